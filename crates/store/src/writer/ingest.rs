//! Storing what came over a link.

use std::collections::HashMap;

use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::authority::{Admission, Refusal};
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::session::IngestFailure;
use yanzhen_sync::{Body, FrameHash, Run, StreamHead};

use super::{Transaction, append, apply_network, put_seal};
use crate::error::StoreError;
use crate::sql::{Fields, ROWS_PER_STATEMENT, affected, big, insert};

/// Why a run was not stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IngestError {
    /// The engine refuses it.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The own head of its stream.
        own: StreamHead,
    },
    /// The store failed.
    #[error("{error}")]
    Store {
        /// Why.
        error: StoreError,
        /// The own head of its stream.
        own: StreamHead,
    },
}

impl IngestError {
    /// What a session is told.
    pub fn failure(self) -> IngestFailure {
        match self {
            IngestError::Refused { refusal, own } => IngestFailure::Refused(refusal, own),
            IngestError::Store { own, .. } => IngestFailure::CannotStore(own),
        }
    }
}

/// Stores the runs that the engine admits, each after the one before it.
pub(crate) async fn ingest(
    tx: &mut Transaction,
    link: Link,
    direction: Direction,
    runs: Vec<Run>,
) -> Result<Vec<Result<StreamHead, IngestError>>, StoreError> {
    let mut results = Vec::with_capacity(runs.len());
    for run in runs {
        let id = run.stream();
        let outcome = ingest_run(tx, link, direction, run).await?;
        let own = StreamHead { stream: id, head: tx.head(&id) };
        results.push(match outcome {
            Ok(()) => Ok(own),
            Err(refusal) => Err(IngestError::Refused { refusal, own }),
        });
    }
    Ok(results)
}

async fn ingest_run(
    tx: &mut Transaction,
    link: Link,
    direction: Direction,
    run: Run,
) -> Result<Result<(), Refusal>, StoreError> {
    let own = tx.head(&run.stream());
    let known = known_hashes(tx, &run).await?;
    let directory = tx.pending.directory.clone();
    let verifier = tx.site.verifier.clone();
    let admission = Admission { directory: &directory, link, direction, verifier: verifier.as_ref() };
    if let Err(refusal) = admission.admit(&run, own, |seq| known.get(&seq).copied()) {
        return Ok(Err(refusal));
    }
    store(tx, run).await?;
    Ok(Ok(()))
}

/// Stores the frames of an admitted run that are not here yet.
async fn store(tx: &mut Transaction, run: Run) -> Result<(), StoreError> {
    let id = run.stream();
    let own = tx.head(&id);
    let seal = *run.seal();
    let held = own.seq.saturating_sub(run.previous().seq);
    let held = usize::try_from(held).unwrap_or(usize::MAX).min(run.frames().len());
    let new = &run.frames()[held..];
    if new.is_empty() {
        return Ok(());
    }
    let erased = new.iter().any(|frame| frame.bodies().contains(&Body::Erased));
    append(tx, id, new).await?;
    let number = tx.stream_mut(&id).number;
    put_seal(&mut tx.db, number, &seal).await?;
    if erased {
        keep_proofs(tx, number, &run).await?;
    }
    for frame in new {
        for (index, why) in apply_network(tx, frame).await? {
            tracing::warn!(stream = %id, seq = frame.header().seq, index, error = %why,
                "a record of the network is not taken; it is set aside when it is projected");
        }
    }
    Ok(())
}

/// The proofs are kept with the run: its next reader needs them before the erase entries are here.
pub(crate) async fn keep_proofs(tx: &mut Transaction, stream: i64, run: &Run) -> Result<(), StoreError> {
    let rows: Vec<_> = (0i64..).zip(run.erasures()).collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let then = "ON CONFLICT (stream, seq, position) DO UPDATE SET proof = excluded.proof";
        let sql = insert("erasure_proofs", "stream, seq, position, proof", chunk.len(), then);
        let mut query = sqlx::query(sql).persistent(false);
        for (position, proof) in chunk {
            query = query
                .bind(stream)
                .bind(big(run.stream_head().head.seq))
                .bind(*position)
                .bind(proto::ErasureProof::from(*proof).encode_to_vec());
        }
        affected("erasure_proofs", chunk.len(), query.execute(&mut tx.db).await?.rows_affected())?;
    }
    Ok(())
}

/// The hashes of the frames that the run overlaps with, and of the one before it.
async fn known_hashes(tx: &mut Transaction, run: &Run) -> Result<HashMap<u64, FrameHash>, StoreError> {
    let Some(state) = tx.state(&run.stream()) else { return Ok(HashMap::new()) };
    if run.previous().seq >= state.head.seq {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query("SELECT seq, hash FROM frames WHERE stream = $1 AND seq >= $2 AND seq <= $3")
        .bind(state.number)
        .bind(big(run.previous().seq))
        .bind(big(run.stream_head().head.seq))
        .fetch_all(&mut tx.db)
        .await?;
    let hashes = rows.iter().map(|row| {
        let mut fields = Fields::of("frames", row);
        Ok((fields.number()?, fields.id()?))
    });
    hashes.collect()
}
