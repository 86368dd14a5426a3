//! Stored bytes that failed their check: found whenever they are read, mended from a neighbour's copy.

use sqlx::{AnyConnection, AnyPool};
use yanzhen_sync::{Millis, StreamId};

use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql::{Fields, big};
use crate::writer::Transaction;

/// A stretch of the disk that did not give back what was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamageEvent {
    /// Counts the events.
    pub id: i64,
    /// The stream that was hit.
    pub stream: StreamId,
    /// The frame that was hit.
    pub seq: u64,
    /// What was wrong with it.
    pub what: String,
    /// The own clock when it was found.
    pub found: Millis,
    /// The own clock when it was mended.
    pub repaired: Option<Millis>,
}

/// Notes that a frame is damaged, once until it is mended.
pub(crate) async fn note(
    tx: &mut Transaction,
    id: &StreamId,
    seq: u64,
    what: &str,
) -> Result<(), StoreError> {
    let Some(state) = tx.state(id) else { return Ok(()) };
    let open: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM damage WHERE stream = $1 AND seq = $2 AND repaired_ms IS NULL",
    )
    .bind(state.number)
    .bind(big(seq))
    .fetch_one(&mut tx.db)
    .await?;
    if open > 0 {
        return Ok(());
    }
    tracing::warn!(stream = %id, seq, what, "a stored frame is damaged; it is fetched again");
    sqlx::query(
        "INSERT INTO damage (id, stream, seq, what, found_ms) \
         SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4 FROM damage",
    )
    .bind(state.number)
    .bind(big(seq))
    .bind(what)
    .bind(tx.site.clock.now())
    .execute(&mut tx.db)
    .await?;
    Ok(())
}

/// Notes that a frame is whole again.
pub(crate) async fn note_repaired(
    db: &mut AnyConnection,
    stream: i64,
    seq: u64,
    now: Millis,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE damage SET repaired_ms = $1 WHERE stream = $2 AND seq = $3 AND repaired_ms IS NULL")
        .bind(now)
        .bind(stream)
        .bind(big(seq))
        .execute(db)
        .await?;
    Ok(())
}

/// All events, oldest first.
pub(crate) async fn list(db: &AnyPool, shared: &Shared) -> Result<Vec<DamageEvent>, StoreError> {
    let rows = sqlx::query("SELECT id, stream, seq, what, found_ms, repaired_ms FROM damage ORDER BY id")
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            let mut fields = Fields::of("damage", row);
            let id = fields.int()?;
            let number = fields.int()?;
            Ok(DamageEvent {
                id,
                stream: shared.stream(number).ok_or_else(|| fields.corrupt(format!("no stream {number}")))?,
                seq: fields.number()?,
                what: fields.text()?.to_owned(),
                found: fields.int()?,
                repaired: fields.optional_int()?,
            })
        })
        .collect()
}
