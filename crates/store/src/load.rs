//! Reading runs back for whoever lacks them, checked from the disk up every time.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use sqlx::AnyPool;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::erasure::ErasureProof;
use yanzhen_sync::{
    Body, EntryHeader, Frame, FrameHash, Kind, RecordId, Run, Seal, StreamId, UnitId, Verify,
};

use crate::error::StoreError;
use crate::frames;
use crate::shared::{Shared, Site, StreamState};
use crate::sql::{Fields, big};

/// Why a run can't be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// Its stored bytes are damaged. The stream waits for [`Store::repair`](crate::Store::repair).
    #[error("frame {seq} of the {stream} is damaged on disk; it has to be fetched again")]
    Damaged {
        /// Which stream.
        stream: StreamId,
        /// The frame that was hit.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for LoadError {
    fn from(error: sqlx::Error) -> Self {
        LoadError::Store(error.into())
    }
}

/// What reading needs.
pub(crate) struct Loader<'a> {
    pub(crate) db: &'a AnyPool,
    pub(crate) shared: &'a Shared,
    pub(crate) site: &'a Site,
}

impl Loader<'_> {
    /// The frames of a stream after one, up to the next seal; none where the stream ends there.
    pub(crate) async fn run_after(&self, stream: StreamId, after: u64) -> Result<Option<Run>, LoadError> {
        let Some(state) = self.shared.state(&stream).filter(|state| after < state.head.seq) else {
            return Ok(None);
        };
        let seal = self.next_seal(&stream, state, after).await?;
        let end = seal.head.head.seq;
        let mut frames = Vec::new();
        let mut previous = self.hash_of(state, after).await?;
        for (seq, checked) in frames::read(self.db, (&stream, state.number), after, end).await? {
            let next = after + 1 + frames.len() as u64;
            if seq != next {
                return Err(damaged(stream, next, "it is missing"));
            }
            let frame = checked.map_err(|what| damaged(stream, seq, &what))?;
            if previous.is_some_and(|hash| hash != frame.header().previous) {
                // The frame's own header and hash agree, so the hash before it was hit.
                return Err(damaged(
                    stream,
                    seq.max(2) - 1,
                    "its hash is another one than its successor names",
                ));
            }
            previous = Some(frame.hash());
            frames.push(frame);
        }
        if previous != Some(seal.head.head.hash) || frames.len() as u64 != end - after {
            return Err(damaged(stream, end, "it is not the frame that its seal vouches for"));
        }
        let proofs = self.proofs(&stream, state, end, &frames).await?;
        let run = Run::new(frames, seal, proofs);
        run.map(Some).map_err(|why| damaged(stream, end, &why.to_string()))
    }

    /// The whole run between two seals that holds a frame.
    pub(crate) async fn run_holding(&self, stream: StreamId, seq: u64) -> Result<Option<Run>, LoadError> {
        let Some(state) = self.shared.state(&stream) else { return Ok(None) };
        let before: i64 =
            sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM seals WHERE stream = $1 AND seq < $2")
                .bind(state.number)
                .bind(big(seq))
                .fetch_one(self.db)
                .await?;
        self.run_after(stream, u64::try_from(before).unwrap_or(0)).await
    }

    /// The author's next seal, by a key that it had the right to use.
    async fn next_seal(&self, stream: &StreamId, state: StreamState, after: u64) -> Result<Seal, LoadError> {
        let row =
            sqlx::query("SELECT seq, seal FROM seals WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT 1")
                .bind(state.number)
                .bind(big(after))
                .fetch_optional(self.db)
                .await?;
        let Some(row) = row else { return Err(damaged(*stream, state.head.seq, "its seal is missing")) };
        let mut fields = Fields::of("seals", &row);
        let seq: u64 = fields.number()?;
        let seal = fields.bytes().ok().and_then(|bytes| {
            let wire = proto::Seal::decode(Bytes::copy_from_slice(bytes)).ok()?;
            Seal::try_from(wire).ok()
        });
        let directory = self.shared.directory();
        let verifier: &dyn Verify = self.site.verifier.as_ref();
        seal.filter(|seal| seal.head.stream == *stream && seal.head.head.seq == seq)
            .filter(|seal| directory.seal_holds(seal, verifier) != Some(false))
            .ok_or_else(|| damaged(*stream, seq, "its seal is not its author's"))
    }

    /// The hash that the frame after this one names: none where nothing tells.
    async fn hash_of(&self, state: StreamState, seq: u64) -> Result<Option<FrameHash>, LoadError> {
        if seq == 0 {
            return Ok(None); // The header's own rules and the admission see to a stream's beginning.
        }
        let hash: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT hash FROM frames WHERE stream = $1 AND seq = $2")
                .bind(state.number)
                .bind(big(seq))
                .fetch_optional(self.db)
                .await?;
        Ok(hash.map(|hash| FrameHash::try_from(hash.as_slice()).unwrap_or(FrameHash::ZERO)))
    }

    /// What proves to the next holder that the missing bodies were erased: one proof for each record and unit.
    async fn proofs(
        &self,
        stream: &StreamId,
        state: StreamState,
        end: u64,
        frames: &[Frame],
    ) -> Result<Vec<ErasureProof>, LoadError> {
        let mut missing: BTreeMap<Erased<'_>, &EntryHeader> = BTreeMap::new();
        for (entry, _) in frames.iter().flat_map(Frame::entries).filter(|(_, body)| **body == Body::Erased) {
            let latest = missing.entry(erased(entry)).or_insert(entry);
            if entry.version > latest.version {
                *latest = entry;
            }
        }
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let kept = self.kept_proofs(state, end).await?;
        let kept: BTreeMap<Erased<'_>, &ErasureProof> =
            kept.iter().map(|proof| (erased(proof.erase()), proof)).collect();
        let mut proofs = Vec::with_capacity(missing.len());
        for (key, latest) in &missing {
            let proof = match kept.get(key).filter(|proof| proof.covers(latest)) {
                Some(proof) => Some((*proof).clone()),
                None => self.proof_from_own(latest).await?,
            };
            let nothing = || damaged(*stream, end, "a body is missing and nothing proves its erasure");
            proofs.push(proof.ok_or_else(nothing)?);
        }
        Ok(proofs)
    }

    /// An erase entry that is stored here, with its seal.
    async fn proof_from_own(&self, entry: &EntryHeader) -> Result<Option<ErasureProof>, LoadError> {
        let rows = sqlx::query("SELECT stream, seq FROM erasures WHERE record = $1 AND kind = $2")
            .bind(entry.record.as_bytes().as_slice())
            .bind(entry.kind.as_str())
            .fetch_all(self.db)
            .await?;
        for row in &rows {
            let mut fields = Fields::of("erasures", row);
            let (number, seq): (i64, u64) = (fields.number()?, fields.number()?);
            let Some(stream) = self.shared.stream(number) else { continue };
            let Some(state) = self.shared.state(&stream) else { continue };
            let Ok(frame) = frames::read_one(self.db, (&stream, number), seq).await? else { continue };
            let seal = self.next_seal(&stream, state, seq - 1).await?;
            let proof = ErasureProof::new(frame.header_bytes().clone(), seal).ok();
            if let Some(proof) = proof.filter(|proof| proof.covers(entry)) {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }

    /// The proofs that came with the run.
    async fn kept_proofs(&self, state: StreamState, end: u64) -> Result<Vec<ErasureProof>, LoadError> {
        let proofs: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT proof FROM erasure_proofs WHERE stream = $1 AND seq = $2 ORDER BY position",
        )
        .bind(state.number)
        .bind(big(end))
        .fetch_all(self.db)
        .await?;
        let proofs = proofs.into_iter().filter_map(|bytes| {
            let wire = proto::ErasureProof::decode(Bytes::from(bytes)).ok()?;
            ErasureProof::try_from(wire).ok()
        });
        Ok(proofs.collect())
    }
}

/// What one erase entry erases.
type Erased<'e> = (&'e Kind, RecordId, UnitId);

fn erased(entry: &EntryHeader) -> Erased<'_> {
    (&entry.kind, entry.record, entry.unit)
}

fn damaged(stream: StreamId, seq: u64, what: &str) -> LoadError {
    LoadError::Damaged { stream, seq, what: what.to_owned() }
}
