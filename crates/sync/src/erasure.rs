//! Proof that a missing body was erased by its record's owner.

use bytes::Bytes;
use yanzhen_proto::v1 as proto;

use crate::frame::{Change, EntryHeader, FrameError, FrameHeader, header_hash};
use crate::id::{Head, StreamHead};
use crate::limits::MAX_ERASE_HEADER_BYTES;
use crate::seal::Seal;
use crate::wire::WireError;

/// The header of a frame with an erase entry, and the seal on it: such a frame has no other entry and is the last of
/// its run. The seal's signature and the author's right are judged by [`authority`](crate::authority).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureProof {
    erase: EntryHeader,
    header: Bytes,
    seal: Seal,
}

/// Why bytes prove no erasure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// More bytes than such a header takes.
    #[error("an erasure proof's header has {0} bytes, more than {MAX_ERASE_HEADER_BYTES}")]
    TooLarge(usize),
    /// A header that can't be read.
    #[error("an erasure proof's header: {0}")]
    Header(#[from] FrameError),
    /// A seal that can't be read.
    #[error("an erasure proof's seal: {0}")]
    Seal(#[from] WireError),
    /// A header without an erase entry.
    #[error("an erasure proof's header has no erase entry")]
    NoErasure,
    /// A seal on another frame.
    #[error("an erasure proof's seal is on another frame")]
    Broken,
}

impl ErasureProof {
    /// Takes the original header of a frame with an erase entry and the seal on that frame.
    pub fn new(header: Bytes, seal: Seal) -> Result<ErasureProof, ProofError> {
        let (erase, head) = read(&header)?;
        if seal.head == head { Ok(ErasureProof { erase, header, seal }) } else { Err(ProofError::Broken) }
    }

    /// The erase entry.
    pub fn erase(&self) -> &EntryHeader {
        &self.erase
    }

    /// The seal that vouches for the entry.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Bytes that it takes on its way, at most.
    pub fn size(&self) -> usize {
        self.header.len() + 80
    }

    /// Whether the body of `entry` may be missing for it.
    pub fn covers(&self, entry: &EntryHeader) -> bool {
        erases(&self.erase, entry)
    }
}

/// The erase entry of a frame, and the stream up to it.
fn read(header: &Bytes) -> Result<(EntryHeader, StreamHead), ProofError> {
    if header.len() > MAX_ERASE_HEADER_BYTES {
        return Err(ProofError::TooLarge(header.len()));
    }
    let frame = FrameHeader::decode(header)?;
    let head = Head { seq: frame.seq, hash: header_hash(header) };
    let erase = frame.entries.into_iter().find(|entry| entry.change == Change::Erase);
    Ok((erase.ok_or(ProofError::NoErasure)?, StreamHead { stream: frame.stream, head }))
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
        let seal = proto::Seal::from(proof.seal);
        proto::ErasureProof {
            header: proof.header.clone(),
            algorithm: seal.algorithm,
            signature: seal.signature,
        }
    }
}

impl TryFrom<proto::ErasureProof> for ErasureProof {
    type Error = ProofError;

    fn try_from(wire: proto::ErasureProof) -> Result<Self, ProofError> {
        let (erase, head) = read(&wire.header)?;
        let seal =
            proto::Seal { head: Some(head.into()), algorithm: wire.algorithm, signature: wire.signature };
        Ok(ErasureProof { erase, header: wire.header, seal: Seal::try_from(seal)? })
    }
}
