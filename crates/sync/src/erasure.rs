//! Proof that a missing body was erased by its record's owner.

use bytes::Bytes;
use yanzhen_proto::v1 as proto;

use crate::frame::{Change, EntryHeader, FrameError, FrameHeader};
use crate::hash::{Context, Hash};
use crate::id::FrameHash;
use crate::limits::MAX_PROOF_HEADERS;
use crate::seal::Seal;
use crate::wire::WireError;

/// Headers of one stream from a frame with erase entries to the seal that vouches for it. The chain of hashes
/// is checked on reading; the seal's signature and the author's right are judged by
/// [`authority`](crate::authority).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureProof {
    headers: Vec<FrameHeader>,
    original: Vec<Bytes>,
    seal: Seal,
}

/// Why bytes prove no erasure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Its headers are too many or none.
    #[error("an erasure proof has 1 to {MAX_PROOF_HEADERS} headers, not {0}")]
    Length(usize),
    /// A header that can't be read.
    #[error("an erasure proof's header: {0}")]
    Header(#[from] FrameError),
    /// A seal that can't be read.
    #[error("an erasure proof's seal: {0}")]
    Seal(#[from] WireError),
    /// Headers that do not follow each other up to the seal.
    #[error("an erasure proof's headers do not lead to its seal")]
    Broken,
}

impl ErasureProof {
    /// Takes the original headers and the seal and checks that they are one chain.
    pub fn new(original: Vec<Bytes>, seal: Seal) -> Result<ErasureProof, ProofError> {
        if original.is_empty() || original.len() > MAX_PROOF_HEADERS {
            return Err(ProofError::Length(original.len()));
        }
        let headers = original.iter().map(FrameHeader::decode).collect::<Result<Vec<_>, _>>()?;
        let hashes: Vec<FrameHash> = original
            .iter()
            .map(|bytes| FrameHash::new(*Hash::of(Context::Frame, &[bytes]).as_bytes()))
            .collect();
        let chained = headers.windows(2).zip(&hashes).all(|(pair, hash)| {
            pair[1].stream == pair[0].stream && pair[1].seq == pair[0].seq + 1 && pair[1].previous == *hash
        });
        let sealed = headers.last().zip(hashes.last()).is_some_and(|(last, hash)| {
            seal.head.stream == last.stream && seal.head.head.seq == last.seq && seal.head.head.hash == *hash
        });
        if chained && sealed { Ok(ErasureProof { headers, original, seal }) } else { Err(ProofError::Broken) }
    }

    /// The seal that vouches for the headers.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Bytes of the headers.
    pub fn size(&self) -> usize {
        self.original.iter().map(Bytes::len).sum()
    }

    /// The headers, in order.
    pub fn headers(&self) -> &[FrameHeader] {
        &self.headers
    }

    /// The first erase entry that covers `entry`, with the number of its frame.
    pub fn covering(&self, entry: &EntryHeader) -> Option<(&EntryHeader, u64)> {
        self.headers.iter().find_map(|header| {
            let erase = header.entries.iter().find(|erase| erases(erase, entry))?;
            Some((erase, header.seq))
        })
    }
}

/// Whether `erase` makes holders drop the body of `entry`. Nobody erases another unit's records by using their ids: the
/// erase is of the same unit. What a record was before a hand-over is erased by the unit that it was with then.
pub fn erases(erase: &EntryHeader, entry: &EntryHeader) -> bool {
    erase.change == Change::Erase
        && erase.kind == entry.kind
        && erase.record == entry.record
        && erase.unit == entry.unit
        && erase.version > entry.version
}

impl From<&ErasureProof> for proto::ErasureProof {
    fn from(proof: &ErasureProof) -> Self {
        proto::ErasureProof { headers: proof.original.clone(), seal: Some(proof.seal.into()) }
    }
}

impl TryFrom<proto::ErasureProof> for ErasureProof {
    type Error = ProofError;

    fn try_from(wire: proto::ErasureProof) -> Result<Self, ProofError> {
        let seal = Seal::try_from(wire.seal.ok_or(WireError::Missing("seal"))?)?;
        ErasureProof::new(wire.headers, seal)
    }
}
