//! The audit log: who did what to what, when, from where, and how it came out; never the content. Each entry's hash
//! covers the one before it, so that nothing in the middle can be altered, taken out or put in unnoticed.
//!
//! The guard writes an entry for every form that is sent and for the pages that are marked for it; no page can forget
//! to. What only the page knows it adds as a note.

mod chain;
mod find;
mod keep;
mod noted;
mod verify;

use std::sync::Arc;

use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Row, Transaction};
use yanzhen_store::{Clock, StoreError};
use yanzhen_sync::Millis;

use keep::Pruning;

pub use chain::Hash;
pub use find::{Found, Search};
pub use keep::KEEP_DAYS;
use noted::Strangers;
pub(crate) use noted::{Deed, Names, Noted, OnlyAPiece};
pub use verify::{Fault, Verdict, verify_file};

/// Characters of an entry's actor, object and note, at most: longer ones are cut.
const LONGEST_TEXT: usize = 200;

/// The audit log of one site. Clones share the database.
#[derive(Clone)]
pub struct Audit {
    db: AnyPool,
    clock: Arc<dyn Clock>,
    pruning: Pruning,
    strangers: Strangers,
}

/// Something that was done, or tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The login name of who did it; empty for somebody who is not known.
    pub actor: String,
    /// From which address; empty for the machine itself.
    pub address: String,
    /// What: the method and the path of the table of routes.
    pub action: String,
    /// To what: ids, never content.
    pub object: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The code that the person was shown; empty for none.
    pub code: String,
    /// Why, where a reason is asked for; how much, where that counts.
    pub note: String,
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 1 without gaps.
    pub seq: i64,
    /// When it was written.
    pub at_ms: Millis,
    /// What was done.
    pub event: Event,
    /// Over this entry and the hash of the one before.
    pub hash: Hash,
}

/// How something came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// What was sent can't be taken, or is not there.
    Refused,
    /// Whoever asked may not.
    Forbidden,
    /// The site failed.
    Failed,
}

/// Why the log can't be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuditError {
    /// The database failed.
    #[error("the audit log can't be read or written: {0}")]
    Database(Arc<sqlx::Error>),
    /// The database can't be opened.
    #[error(transparent)]
    Open(#[from] StoreError),
    /// A row that is no entry.
    #[error("row {0} of the audit log is damaged")]
    Damaged(i64),
}

/// One end of the chain: nothing yet, or an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct End {
    seq: i64,
    hash: Hash,
}

const FIRST: &str = "first";
const LAST: &str = "last";

impl Audit {
    pub(crate) fn new(db: AnyPool, clock: Arc<dyn Clock>) -> Audit {
        Audit { db, clock, pruning: Pruning::default(), strangers: Strangers::default() }
    }

    /// Adds an entry behind the last one. It is on the disk when this returns.
    pub async fn write(&self, event: Event) -> Result<Entry, AuditError> {
        let at_ms = self.clock.now();
        let mut tx = self.db.begin().await?;
        let last = end(&mut tx, LAST).await?;
        let mut entry = Entry { seq: last.seq + 1, at_ms, event: event.cut(), hash: last.hash };
        entry.hash = chain::hash(last.hash, &entry);
        insert(&mut tx, &entry).await?;
        set_end(&mut tx, LAST, End { seq: entry.seq, hash: entry.hash }).await?;
        if self.pruning.is_due(at_ms) {
            keep::prune(&mut tx, at_ms).await?;
        }
        tx.commit().await?;
        Ok(entry)
    }
}

impl Event {
    /// Nothing that a stranger types fills the disk.
    fn cut(self) -> Event {
        let cut = |text: String| match text.char_indices().nth(LONGEST_TEXT) {
            Some((at, _)) => text[..at].to_owned(),
            None => text,
        };
        Event { actor: cut(self.actor), object: cut(self.object), note: cut(self.note), ..self }
    }
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 4] = [Outcome::Done, Outcome::Refused, Outcome::Forbidden, Outcome::Failed];

    /// The name in the database and in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::Forbidden => "forbidden",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome with this name.
    pub fn of_code(code: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

impl From<sqlx::Error> for AuditError {
    fn from(error: sqlx::Error) -> AuditError {
        AuditError::Database(Arc::new(error))
    }
}

/// The columns that [`entry`] reads, in its order.
const COLUMNS: &str = "seq, at_ms, actor, address, action, object, outcome, code, note, hash";

fn entry(row: &AnyRow) -> Result<Entry, AuditError> {
    let seq = row.try_get(0)?;
    let outcome: String = row.try_get(6)?;
    let hash: Vec<u8> = row.try_get(9)?;
    Ok(Entry {
        seq,
        at_ms: row.try_get(1)?,
        event: Event {
            actor: row.try_get(2)?,
            address: row.try_get(3)?,
            action: row.try_get(4)?,
            object: row.try_get(5)?,
            outcome: Outcome::of_code(&outcome).ok_or(AuditError::Damaged(seq))?,
            code: row.try_get(7)?,
            note: row.try_get(8)?,
        },
        hash: Hash::try_from(hash).map_err(|_| AuditError::Damaged(seq))?,
    })
}

async fn insert(tx: &mut Transaction<'_, Any>, entry: &Entry) -> Result<(), AuditError> {
    let event = entry.event.clone();
    sqlx::query(
        "INSERT INTO audit (seq, at_ms, actor, address, action, object, outcome, code, note, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(entry.seq)
    .bind(entry.at_ms)
    .bind(event.actor)
    .bind(event.address)
    .bind(event.action)
    .bind(event.object)
    .bind(event.outcome.code())
    .bind(event.code)
    .bind(event.note)
    .bind(entry.hash.to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn end(tx: &mut Transaction<'_, Any>, name: &'static str) -> Result<End, AuditError> {
    let query = sqlx::query("SELECT seq, hash FROM audit_end WHERE name = $1").bind(name);
    let Some(row) = query.fetch_optional(&mut **tx).await? else { return Ok(End::default()) };
    let (seq, hash): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(End { seq, hash: Hash::try_from(hash).map_err(|_| AuditError::Damaged(seq))? })
}

async fn set_end(tx: &mut Transaction<'_, Any>, name: &'static str, end: End) -> Result<(), AuditError> {
    sqlx::query(
        "INSERT INTO audit_end (name, seq, hash) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    )
    .bind(name)
    .bind(end.seq)
    .bind(end.hash.to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
