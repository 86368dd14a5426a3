//! Entries that are stored and relayed and change nothing here, each with the reason.

use std::collections::HashSet;
use std::fmt;

use sqlx::AnyConnection;
use yanzhen_sync::{EntryRef, Kind, Millis, RecordId, StreamId, UnitId, Version};

use crate::error::StoreError;
use crate::record::{At, RecordKey, at};
use crate::shared::Shared;
use crate::sql::{Fields, ROWS_PER_STATEMENT, big, with_list};
use crate::writer::{Hints, Transaction};

/// Names of what entries wait for that are kept in memory, of about 100 bytes each.
const NAMES_KNOWN: usize = 10_000;

/// What came of trying entries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retried {
    /// Entries that were tried.
    pub tried: u64,
    /// Those of them that are not set aside any more.
    pub accepted: u64,
}

/// An entry that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Names it for [`Retry::These`].
    pub id: i64,
    /// The entry.
    pub entry: EntryRef,
    /// Its record's kind.
    pub kind: Kind,
    /// Its record.
    pub record: RecordId,
    /// The unit that it names.
    pub unit: UnitId,
    /// The version that it would give its record.
    pub version: Version,
    /// What kept it out.
    pub cause: Cause,
    /// The reason, for people.
    pub why: String,
    /// How often it was tried.
    pub tries: u32,
    /// The own clock when it was first set aside.
    pub since: Millis,
}

/// What kept an entry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its author had no right to it.
    Authority,
    /// The network's records do not take it.
    Network,
    /// The typed tables do not take it, or it refers to what has not arrived.
    Projection,
    /// Reading it into the typed tables panicked, which is an error in this software.
    Panic,
}

/// Which entries to try again.
#[derive(Clone, Debug)]
pub enum Retry {
    /// All of them.
    All,
    /// Those with these ids.
    These(Vec<i64>),
}

/// What may let an entry pass once it is here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Awaits {
    Record(RecordKey),
    Frame(StreamId, u64),
}

/// Why an entry is set aside.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub(crate) cause: Cause,
    pub(crate) why: String,
    pub(crate) awaits: Option<Awaits>,
}

impl fmt::Display for Awaits {
    /// The text in column `awaits`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Awaits::Record(key) => write!(f, "record {} {}", key.kind, key.record),
            Awaits::Frame(stream, seq) => write!(f, "frame {} {seq}", stream.key()),
        }
    }
}

/// What a row needs of its entry.
pub(crate) struct Entry<'a> {
    pub(crate) at: At,
    pub(crate) key: &'a RecordKey,
    pub(crate) unit: UnitId,
    pub(crate) version: Version,
}

/// Sets an entry aside, or notes that it was tried in vain.
pub(crate) async fn put(tx: &mut Transaction, entry: &Entry<'_>, reason: &Reason) -> Result<(), StoreError> {
    let next: i64 =
        sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) + 1 FROM quarantine").fetch_one(&mut tx.db).await?;
    let awaits = reason.awaits.as_ref().map(ToString::to_string).unwrap_or_default();
    let done = sqlx::query(
        "INSERT INTO quarantine (id, stream, seq, idx, kind, record, unit, transfer, generation, epoch, \
         revision, cause, why, awaits, due, tries, since_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 1, $15) \
         ON CONFLICT (stream, seq, idx) DO UPDATE SET cause = excluded.cause, why = excluded.why, \
         awaits = excluded.awaits, due = 0, tries = quarantine.tries + 1",
    )
    .bind(next)
    .bind(entry.at.stream)
    .bind(big(entry.at.seq))
    .bind(i64::from(entry.at.index))
    .bind(entry.key.kind.as_str())
    .bind(entry.key.record.as_bytes().as_slice())
    .bind(entry.unit.as_bytes().as_slice())
    .bind(i64::from(entry.version.transfer))
    .bind(i64::from(entry.version.generation))
    .bind(i64::from(entry.version.epoch))
    .bind(big(entry.version.revision))
    .bind(reason.cause.number())
    .bind(reason.why.as_str())
    .bind(awaits)
    .bind(tx.site.clock.now())
    .execute(&mut tx.db)
    .await?;
    tx.hints.quarantined = true;
    tx.hints.awaited.extend(reason.awaits.as_ref().map(ToString::to_string));
    crate::sql::affected("quarantine", 1, done.rows_affected())
}

/// Whether an entry is set aside.
pub(crate) async fn contains(db: &mut AnyConnection, at: At) -> Result<bool, StoreError> {
    let found: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM quarantine WHERE stream = $1 AND seq = $2 AND idx = $3")
            .bind(at.stream)
            .bind(big(at.seq))
            .bind(i64::from(at.index))
            .fetch_one(db)
            .await?;
    Ok(found > 0)
}

/// Takes an entry out of quarantine.
pub(crate) async fn remove(db: &mut AnyConnection, at: At) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM quarantine WHERE stream = $1 AND seq = $2 AND idx = $3")
        .bind(at.stream)
        .bind(big(at.seq))
        .bind(i64::from(at.index))
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets what is set aside of frames that are about to be judged again.
pub(crate) async fn remove_range(
    db: &mut AnyConnection,
    stream: i64,
    after: u64,
    to: u64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM quarantine WHERE stream = $1 AND seq > $2 AND seq <= $3")
        .bind(stream)
        .bind(big(after))
        .bind(big(to))
        .execute(db)
        .await?;
    Ok(())
}

/// The directory changed: what was set aside for lack of authority, or by the network's own rules, is due.
pub(crate) async fn judge_again(tx: &mut Transaction) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE quarantine SET due = 1 WHERE cause = $1 OR cause = $2")
        .bind(Cause::Authority.number())
        .bind(Cause::Network.number())
        .execute(&mut tx.db)
        .await?;
    tx.hints.due |= done.rows_affected() > 0;
    Ok(())
}

/// What these wait for is here: they are due.
pub(crate) async fn wake(tx: &mut Transaction, arrived: &Awaits) -> Result<(), StoreError> {
    if !tx.hints.awaited.may_contain(arrived) {
        return Ok(());
    }
    let arrived = arrived.to_string();
    let done = sqlx::query("UPDATE quarantine SET due = 1 WHERE awaits = $1")
        .bind(arrived)
        .execute(&mut tx.db)
        .await?;
    tx.hints.due |= done.rows_affected() > 0;
    Ok(())
}

/// Marks entries as due; tells how many there are.
pub(crate) async fn mark_due(tx: &mut Transaction, which: &Retry) -> Result<u64, StoreError> {
    let mut marked = 0;
    match which {
        Retry::All => {
            let done = sqlx::query("UPDATE quarantine SET due = 1").execute(&mut tx.db).await?;
            marked += done.rows_affected();
        }
        Retry::These(ids) => {
            for chunk in ids.chunks(ROWS_PER_STATEMENT) {
                let sql = with_list("UPDATE quarantine SET due = 1 WHERE id IN (", 1, chunk.len(), ")");
                let query = chunk.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                marked += query.persistent(false).execute(&mut tx.db).await?.rows_affected();
            }
        }
    }
    tx.hints.due |= marked > 0;
    Ok(marked)
}

/// Takes the next entries that are due, lesser versions first, and notes that they are no longer.
pub(crate) async fn take_due(tx: &mut Transaction, limit: i64) -> Result<Vec<At>, StoreError> {
    let rows = sqlx::query(
        "SELECT stream, seq, idx FROM quarantine WHERE due = 1 \
         ORDER BY transfer, generation, epoch, revision, id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(&mut tx.db)
    .await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let at = at(&mut Fields::of("quarantine", &row))?;
        sqlx::query("UPDATE quarantine SET due = 0 WHERE stream = $1 AND seq = $2 AND idx = $3")
            .bind(at.stream)
            .bind(big(at.seq))
            .bind(i64::from(at.index))
            .execute(&mut tx.db)
            .await?;
        due.push(at);
    }
    Ok(due)
}

/// What is set aside after an entry, oldest first.
pub(crate) async fn list(
    db: &sqlx::AnyPool,
    shared: &Shared,
    after: i64,
    limit: u32,
) -> Result<Vec<SetAside>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, stream, seq, idx, kind, record, unit, transfer, generation, epoch, revision, cause, why, \
         tries, since_ms FROM quarantine WHERE id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| read(row, shared)).collect()
}

/// How many of these are set aside.
pub(crate) async fn count_of(db: &sqlx::AnyPool, which: &Retry) -> Result<u64, StoreError> {
    let Retry::These(ids) = which else { return count(db).await };
    let mut found = 0;
    for chunk in ids.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list("SELECT COUNT(*) FROM quarantine WHERE id IN (", 1, chunk.len(), ")");
        let query = chunk.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
        let row = query.persistent(false).fetch_one(db).await?;
        found += Fields::of("quarantine", &row).number::<u64>()?;
    }
    Ok(found)
}

pub(crate) async fn count(db: &sqlx::AnyPool) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) FROM quarantine").fetch_one(db).await?;
    Fields::of("quarantine", &row).number()
}

fn read(row: &sqlx::any::AnyRow, shared: &Shared) -> Result<SetAside, StoreError> {
    let mut fields = Fields::of("quarantine", row);
    let id = fields.int()?;
    let at = at(&mut fields)?;
    let stream =
        shared.stream(at.stream).ok_or_else(|| fields.corrupt(format!("no stream {}", at.stream)))?;
    Ok(SetAside {
        id,
        entry: EntryRef { stream, seq: at.seq, index: at.index },
        kind: fields.kind()?,
        record: fields.id()?,
        unit: fields.id()?,
        version: fields.version()?,
        cause: {
            let number = fields.int()?;
            Cause::of_number(number).ok_or_else(|| fields.corrupt(format!("no cause {number}")))?
        },
        why: fields.text()?.to_owned(),
        tries: fields.number()?,
        since: fields.int()?,
    })
}

impl Cause {
    fn number(self) -> i64 {
        match self {
            Cause::Authority => 1,
            Cause::Network => 2,
            Cause::Projection => 3,
            Cause::Panic => 4,
        }
    }

    fn of_number(number: i64) -> Option<Cause> {
        [Cause::Authority, Cause::Network, Cause::Projection, Cause::Panic]
            .into_iter()
            .find(|cause| cause.number() == number)
    }
}

/// Reads what entries wait for, when the store is opened.
pub(crate) async fn load_hints(db: &mut AnyConnection, hints: &mut Hints) -> Result<(), StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*), COALESCE(MAX(due), 0) FROM quarantine").fetch_one(&mut *db).await?;
    let mut fields = Fields::of("quarantine", &row);
    hints.quarantined = fields.int()? > 0;
    hints.due = fields.int()? != 0;
    let rows = sqlx::query("SELECT DISTINCT awaits FROM quarantine WHERE awaits <> '' LIMIT $1")
        .bind(i64::try_from(NAMES_KNOWN + 1).unwrap_or(i64::MAX))
        .fetch_all(db)
        .await?;
    for row in &rows {
        hints.awaited.extend(Some(Fields::of("quarantine", row).text()?.to_owned()));
    }
    Ok(())
}

/// What entries wait for, so that most arrivals need no look into the table. May claim too much, never too little.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    /// As in column `awaits`.
    names: HashSet<String>,
    /// There are more than are known here: every arrival is looked up.
    more: bool,
}

impl Awaited {
    fn extend(&mut self, name: Option<String>) {
        let Some(name) = name.filter(|_| !self.more) else { return };
        self.names.insert(name);
        if self.names.len() > NAMES_KNOWN {
            *self = Awaited { names: HashSet::new(), more: true };
        }
    }

    fn may_contain(&self, arrived: &Awaits) -> bool {
        self.more || (!self.names.is_empty() && self.names.contains(&arrived.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_awaited_takes_bounded_memory_and_is_never_missed() {
        let name = |number: usize| {
            let stream = StreamId::journal(yanzhen_sync::SiteId::new([1; 32]), 0);
            Awaits::Frame(stream, number as u64)
        };
        let mut awaited = Awaited::default();
        assert!(!awaited.may_contain(&name(0)));
        for number in 0..=NAMES_KNOWN {
            awaited.extend(Some(name(number).to_string()));
            assert!(awaited.may_contain(&name(number)));
            assert!(awaited.names.len() <= NAMES_KNOWN);
        }
        assert!(awaited.may_contain(&name(0)));
    }
}
