//! Mending damaged frames from a neighbour's copy.

use std::collections::BTreeMap;

use yanzhen_sync::authority::{Admission, Refusal};
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::{Frame, FrameHash, Run, StreamHead, StreamId};

use crate::error::StoreError;
use crate::frames::{self, Checked};
use crate::projector::drop_covered;
use crate::shared::StreamState;
use crate::sql::{Fields, big};
use crate::writer::{IngestError, Transaction, keep_proofs, put_seal};
use crate::{damage, meta};

/// What was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Which stream.
    pub stream: StreamId,
    /// The frames that were damaged and are whole again.
    pub frames: Vec<u64>,
}

/// Replaces damaged frames by those of a run that is proved to be the same stretch of the same history: its
/// last frame is the one that was stored here, by the hash beside it, its successor's header or the head.
pub(crate) async fn repair(
    tx: &mut Transaction,
    link: Link,
    direction: Direction,
    run: Run,
) -> Result<Repaired, IngestError> {
    let id = run.stream();
    let own = StreamHead { stream: id, head: tx.head(&id) };
    let store = |error: StoreError| IngestError::Store { error, own };
    let refused = |refusal| IngestError::Refused { refusal, own };
    let end = run.stream_head().head;
    let Some(state) = tx.state(&id).filter(|state| end.seq <= state.head.seq) else {
        return Err(refused(Refusal::Gap { first: run.first_seq(), own: own.head.seq }));
    };
    if !is_same_history(tx, state, &run).await.map_err(store)? {
        return Err(refused(Refusal::Forked(run.first_seq())));
    }
    let hashes: BTreeMap<u64, FrameHash> =
        run.frames().iter().map(|frame| (frame.header().seq, frame.hash())).collect();
    let previous = run.previous();
    let known = |seq| if seq == previous.seq { Some(previous.hash) } else { hashes.get(&seq).copied() };
    let directory = tx.pending.directory.clone();
    let verifier = tx.site.verifier.clone();
    let admission = Admission { directory: &directory, link, direction, verifier: verifier.as_ref() };
    admission.admit(&run, own.head, known).map_err(refused)?;
    mend(tx, state, &run).await.map_err(store)
}

/// Whether the run's end is the frame that was stored at its place.
async fn is_same_history(tx: &mut Transaction, state: StreamState, run: &Run) -> Result<bool, StoreError> {
    let end = run.stream_head().head;
    if end == state.head {
        return Ok(true);
    }
    let row = sqlx::query("SELECT seq, hash FROM frames WHERE stream = $1 AND seq = $2")
        .bind(state.number)
        .bind(big(end.seq))
        .fetch_optional(&mut tx.db)
        .await?;
    let beside = row.and_then(|row| {
        let mut fields = Fields::of("frames", &row);
        fields.number::<u64>().ok()?;
        fields.id::<FrameHash>().ok()
    });
    let successor = frames::read_one(&mut tx.db, (&run.stream(), state.number), end.seq + 1).await?;
    let named = successor.ok().map(|frame| frame.header().previous);
    Ok(beside == Some(end.hash) || named == Some(end.hash))
}

async fn mend(tx: &mut Transaction, state: StreamState, run: &Run) -> Result<Repaired, StoreError> {
    let id = run.stream();
    let stored =
        frames::read(&mut tx.db, (&id, state.number), run.previous().seq, run.stream_head().head.seq).await?;
    let mut stored: BTreeMap<u64, Checked> = stored.into_iter().collect();
    let mut mended = Vec::new();
    let now = tx.site.clock.now();
    for frame in run.frames() {
        let seq = frame.header().seq;
        let whole = stored.remove(&seq).and_then(Result::ok).is_some_and(|own| own.hash() == frame.hash());
        if !whole {
            replace(tx, &id, state.number, frame).await?;
            mended.push(seq);
        }
        damage::note_repaired(&mut tx.db, state.number, seq, now).await?;
    }
    put_seal(&mut tx.db, state.number, run.seal()).await?;
    keep_proofs(tx, state.number, run).await?;
    tx.hints.stalled.remove(&id);
    drop_covered(tx, state.number, run.previous().seq, run.stream_head().head.seq).await?;
    let count = meta::next_number(&mut tx.db, "repairs").await?;
    tracing::info!(stream = %id, frames = mended.len(), repairs = count, "damaged frames are whole again");
    Ok(Repaired { stream: id, frames: mended })
}

async fn replace(tx: &mut Transaction, id: &StreamId, number: i64, frame: &Frame) -> Result<(), StoreError> {
    let (before, after) = frames::replace(&mut tx.db, number, frame).await?;
    let state = tx.stream_mut(id);
    state.bytes = (state.bytes + after).saturating_sub(before);
    Ok(())
}
