//! How long entries are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::{Any, Row, Transaction};
use yanzhen_sync::Millis;

use super::{AuditError, End, FIRST, Hash, set_end};

/// Days that an entry is kept, at least: three years. The rules ask for half a year.
pub const KEEP_DAYS: i64 = 3 * 366;

/// How often entries past keeping are looked for.
const EVERY_MS: Millis = DAY_MS;

/// Entries taken away at once: what is left over goes on another day.
const AT_ONCE: i64 = 10_000;

/// Days with entries that must remain: half a year, as the rules ask. A clock that is years ahead takes nothing away,
/// since all that it has written is of a few days.
const LEAST_DAYS: i64 = 183;

const DAY_MS: Millis = 24 * 60 * 60 * 1_000;

/// When entries past keeping were last looked for. Clones share it.
#[derive(Clone)]
pub(super) struct Pruning(Arc<AtomicI64>);

impl Default for Pruning {
    fn default() -> Pruning {
        Pruning(Arc::new(AtomicI64::new(Millis::MIN)))
    }
}

impl Pruning {
    /// Whether it is time; then the next one is a day later.
    pub(super) fn is_due(&self, now: Millis) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(last) >= EVERY_MS;
        if is_due {
            self.0.store(now, Ordering::Relaxed);
        }
        is_due
    }
}

/// Takes away entries past keeping from the beginning, up to the first that is to be kept. The last one taken stays as
/// the end that the rest is verified from.
pub(super) async fn prune(tx: &mut Transaction<'_, Any>, now: Millis) -> Result<(), AuditError> {
    let oldest = sqlx::query("SELECT seq, at_ms FROM audit ORDER BY seq LIMIT 1");
    let Some(row) = oldest.fetch_optional(&mut **tx).await? else { return Ok(()) };
    let (oldest, at_ms, since): (i64, Millis, Millis) =
        (row.try_get(0)?, row.try_get(1)?, now - KEEP_DAYS * DAY_MS);
    if at_ms >= since {
        return Ok(());
    }
    let kept: Option<i64> = sqlx::query_scalar("SELECT MIN(seq) FROM audit WHERE at_ms >= $1")
        .bind(since)
        .fetch_one(&mut **tx)
        .await?;
    let Some(kept) = kept else { return Ok(()) };
    let days: i64 = sqlx::query_scalar("SELECT COUNT(DISTINCT at_ms / $2) FROM audit WHERE at_ms >= $1")
        .bind(since)
        .bind(DAY_MS)
        .fetch_one(&mut **tx)
        .await?;
    if days < LEAST_DAYS {
        return Ok(());
    }
    let upto = (kept - 1).min(oldest + AT_ONCE - 1);
    let last = sqlx::query("SELECT hash FROM audit WHERE seq = $1").bind(upto);
    let Some(row) = last.fetch_optional(&mut **tx).await? else { return Ok(()) };
    let hash: Vec<u8> = row.try_get(0)?;
    let hash = Hash::try_from(hash).map_err(|_| AuditError::Damaged(upto))?;
    sqlx::query("DELETE FROM audit WHERE seq <= $1").bind(upto).execute(&mut **tx).await?;
    set_end(tx, FIRST, End { seq: upto, hash }).await
}
