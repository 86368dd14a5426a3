//! Finds the state of a record anew when the entry that made it no longer counts.

use super::attempt::{Failure, Verdict, apply_guarded, judge};
use super::{Candidate, load_candidate};
use crate::error::StoreError;
use crate::projection::RecordChange;
use crate::quarantine;
use crate::record::{self, At, RecordKey, Row, State, at};
use crate::sql::Fields;
use crate::writer::Transaction;

/// Makes the greatest entry that counts the record's state; where none does, the record is gone.
pub(super) async fn settle(tx: &mut Transaction, key: &RecordKey) -> Result<(), StoreError> {
    tx.pending.records_changed = true;
    let mut counting = counting_entries(tx, key).await?;
    while let Some((candidate, state)) = counting.pop() {
        if take(tx, &candidate, state.vouched).await? {
            quarantine::remove(&mut tx.db, candidate.at).await?;
            return Ok(());
        }
    }
    record::remove(&mut tx.db, key).await?;
    let removed = RecordChange::Removed { kind: key.kind.clone(), record: key.record };
    match apply_guarded(tx, &[removed]).await {
        Ok(()) => Ok(()),
        Err(Failure::Store(error)) => Err(error),
        Err(Failure::Projection(reason)) => {
            tracing::warn!(kind = %key.kind, record = %key.record, why = reason.why,
                "a record that no entry supports stays in the typed tables");
            Ok(())
        }
    }
}

/// The entries that count, lesser versions first. Those that projecting has not reached yet come later.
async fn counting_entries(
    tx: &mut Transaction,
    key: &RecordKey,
) -> Result<Vec<(Candidate, State)>, StoreError> {
    let mut counting: Vec<(Candidate, State)> = Vec::new();
    // Bodies that were read here may be erased since.
    let last = record::states(&mut tx.db, std::iter::once(key)).await?.remove(key);
    let vouched_unit = last.filter(|last| last.vouched).map(|last| last.unit);
    let mut state: Option<State> = None;
    for at in places(tx, key).await? {
        let Some(id) = tx.stream(at.stream) else { continue };
        let reached = tx.state(&id).is_some_and(|stream| at.seq <= stream.projected);
        if !reached || !tx.pending.directory.reads(&id, tx.site.me) {
            continue;
        }
        let Some(candidate) = load_candidate(tx, at).await? else { continue };
        let before = candidate.against(state.as_ref());
        if matches!(judge(tx, &candidate, before).await?, Verdict::Counts) {
            let mut next = candidate.state(before);
            next.vouched |= vouched_unit == Some(next.unit);
            state = Some(next);
            counting.push((candidate, next));
        }
    }
    counting.retain(|(candidate, _)| !candidate.erased);
    Ok(counting)
}

/// A record's entries, lesser versions first.
pub(crate) async fn places(tx: &mut Transaction, key: &RecordKey) -> Result<Vec<At>, StoreError> {
    let rows = sqlx::query(
        "SELECT stream, seq, idx FROM entries WHERE record = $1 AND kind = $2 \
         ORDER BY transfer, generation, epoch, revision, stream, seq, idx",
    )
    .bind(key.record.as_bytes().as_slice())
    .bind(key.kind.as_str())
    .fetch_all(&mut tx.db)
    .await?;
    rows.iter().map(|row| at(&mut Fields::of("entries", row))).collect()
}

/// Whether the typed tables take an entry; else it is set aside.
async fn take(tx: &mut Transaction, candidate: &Candidate, vouched: bool) -> Result<bool, StoreError> {
    let savepoint = tx.savepoint().await?;
    let row = Row { record: &candidate.record, stream: candidate.at.stream, vouched };
    record::put(&mut tx.db, &[row]).await?;
    match apply_guarded(tx, &[RecordChange::Set(candidate.record.clone())]).await {
        Ok(()) => {
            tx.release(savepoint).await?;
            Ok(true)
        }
        Err(Failure::Store(error)) => Err(error),
        Err(Failure::Projection(reason)) => {
            tx.back_to(savepoint).await?;
            quarantine::put(tx, &candidate.entry(), &reason).await?;
            Ok(false)
        }
    }
}
