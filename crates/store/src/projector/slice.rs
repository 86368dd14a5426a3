//! The next entries of the streams that projecting is behind with.

use yanzhen_sync::StreamId;
use yanzhen_sync::authority::{self, Judgement};

use super::{Candidate, erase, load_candidate, project};
use crate::error::StoreError;
use crate::quarantine;
use crate::record::at;
use crate::shared::StreamState;
use crate::sql::{Fields, big};
use crate::writer::Transaction;
use crate::{damage, frames};

/// Entries of one slice, about: local writes wait for no more than it.
const ENTRIES_PER_SLICE: usize = 2_000;

/// Bytes of the frames of one slice, about.
const BYTES_PER_SLICE: u64 = 4 * 1024 * 1024;

/// Frames of one stream in one slice.
const FRAMES_PER_STREAM: i64 = 256;

/// Projects a slice of the streams that are behind, in turn; gives back the last one.
pub(super) async fn advance(
    tx: &mut Transaction,
    last: Option<StreamId>,
) -> Result<Option<StreamId>, StoreError> {
    let mut candidates = Vec::new();
    let mut bytes = 0;
    let mut reached = last;
    for id in in_turn(tx, last) {
        let state = *tx.stream_mut(&id);
        if tx.pending.directory.reads(&id, tx.site.me) {
            bytes += take(tx, &id, state, &mut candidates).await?;
        } else {
            pass_by(tx, &id, state).await?;
        }
        reached = Some(id);
        if candidates.len() >= ENTRIES_PER_SLICE || bytes >= BYTES_PER_SLICE {
            break;
        }
    }
    project(tx, &candidates).await?;
    Ok(reached)
}

fn in_turn(tx: &Transaction, last: Option<StreamId>) -> Vec<StreamId> {
    let streams = tx.shared.streams();
    let waiting = streams.behind.iter().filter(|id| !tx.hints.stalled.contains(id));
    let (mut before, after): (Vec<StreamId>, Vec<StreamId>) = waiting.partition(|id| Some(**id) <= last);
    let mut in_turn = after;
    in_turn.append(&mut before);
    in_turn
}

/// Takes frames of a stream that is read here; gives back their bytes.
async fn take(
    tx: &mut Transaction,
    id: &StreamId,
    state: StreamState,
    candidates: &mut Vec<Candidate>,
) -> Result<u64, StoreError> {
    let (to, bytes) = extent(tx, state, candidates.len()).await?;
    let mut next = state.projected;
    for (seq, checked) in frames::read(&mut tx.db, (id, state.number), state.projected, to).await? {
        let frame = match checked {
            Ok(frame) if seq == next + 1 => frame,
            Ok(_) => break,
            Err(what) => {
                damage::note(tx, id, seq, &what).await?;
                break;
            }
        };
        candidates.extend(Candidate::of_frame(&frame, state.number));
        next = seq;
    }
    if next < to || next == state.projected {
        tx.hints.stalled.insert(*id);
        damage::note(tx, id, next + 1, "it is missing").await?;
    }
    if tx.hints.quarantined {
        quarantine::remove_range(&mut tx.db, state.number, state.projected, next).await?;
    }
    tx.stream_mut(id).projected = next;
    Ok(bytes)
}

/// How far this slice goes in a stream, and the bytes of its frames.
async fn extent(tx: &mut Transaction, state: StreamState, taken: usize) -> Result<(u64, u64), StoreError> {
    let rows = sqlx::query(
        "SELECT seq, entries, size FROM frames WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(state.number)
    .bind(big(state.projected))
    .bind(FRAMES_PER_STREAM)
    .fetch_all(&mut tx.db)
    .await?;
    let (mut to, mut entries, mut bytes) = (state.projected, taken, 0);
    for row in &rows {
        let mut fields = Fields::of("frames", row);
        let (seq, count, size) = (fields.number()?, fields.number::<usize>()?, fields.number::<u64>()?);
        to = seq;
        entries += count;
        bytes += size;
        if entries >= ENTRIES_PER_SLICE || bytes >= BYTES_PER_SLICE {
            break;
        }
    }
    Ok((to, bytes))
}

/// Passes over a stream that is only relayed here: nothing counts in it but what it erases.
async fn pass_by(tx: &mut Transaction, id: &StreamId, state: StreamState) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT stream, seq, idx FROM entries WHERE stream = $1 AND seq > $2 AND change = 3 ORDER BY seq, idx",
    )
    .bind(state.number)
    .bind(big(state.projected))
    .fetch_all(&mut tx.db)
    .await?;
    for row in &rows {
        let Some(erase) = load_candidate(tx, at(&mut Fields::of("entries", row))?).await? else { continue };
        let context = authority::Context::default();
        let judgement = authority::judge(&tx.pending.directory, id, erase.at.seq, &erase.header, &context);
        if judgement == Judgement::Accept {
            erase::drop_bodies(tx, &[], &[&erase]).await?;
        }
    }
    erase::drop_covered(tx, state.number, state.projected, state.head.seq).await?;
    tx.stream_mut(id).projected = state.head.seq;
    Ok(())
}
