//! Records: the state of each one, and what it was before.

use std::collections::HashMap;

use bytes::Bytes;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use yanzhen_sync::{Change, EntryRef, Kind, Millis, RecordId, UnitId, Version};

use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql::{Fields, ROWS_PER_STATEMENT, big, change_number, insert, with_list};

/// The state of a record, from the entry with the greatest version that counts at this site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its kind.
    pub kind: Kind,
    /// Which one.
    pub record: RecordId,
    /// The unit that it belongs to.
    pub unit: UnitId,
    /// Its version.
    pub version: Version,
    /// What its last entry did.
    pub change: Change,
    /// Its content; none once erased.
    pub body: Option<Bytes>,
    /// The entry that made it so.
    pub entry: EntryRef,
    /// The author's clock then.
    pub time: Millis,
}

/// Names a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Its kind.
    pub kind: Kind,
    /// Which one of that kind.
    pub record: RecordId,
}

impl Record {
    /// Its name.
    pub fn key(&self) -> RecordKey {
        RecordKey { kind: self.kind.clone(), record: self.record }
    }
}

/// What must be known of a record to judge a new entry of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) version: Version,
    pub(crate) unit: UnitId,
    /// A body of it was read here, be it erased since.
    pub(crate) vouched: bool,
    /// The stream's number, the frame and the place of the entry that made it so.
    pub(crate) at: At,
}

/// Where an entry is, with the stream's number in this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    pub(crate) stream: i64,
    pub(crate) seq: u64,
    pub(crate) index: u32,
}

pub(crate) type States = HashMap<RecordKey, State>;

const COLUMNS: &str = "record, kind, unit, transfer, generation, epoch, revision, change, \
                       stream, seq, idx, time_ms, body";

/// A record to be kept.
pub(crate) struct Row<'r> {
    pub(crate) record: &'r Record,
    /// The number of its entry's stream.
    pub(crate) stream: i64,
    /// See [`State`].
    pub(crate) vouched: bool,
}

/// Looks up the states of records; those that are not there are left out.
pub(crate) async fn states<'k>(
    db: &mut AnyConnection,
    keys: impl Iterator<Item = &'k RecordKey>,
) -> Result<States, StoreError> {
    let mut ids: Vec<RecordId> = keys.map(|key| key.record).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut states = States::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list(
            "SELECT record, kind, unit, transfer, generation, epoch, revision, stream, seq, idx, vouched \
             FROM records WHERE record IN (",
            1,
            chunk.len(),
            ")",
        );
        let mut query = sqlx::query(sql).persistent(chunk.len() == ROWS_PER_STATEMENT);
        for id in chunk {
            query = query.bind(id.as_bytes().as_slice());
        }
        for row in query.fetch_all(&mut *db).await? {
            let mut fields = Fields::of("records", &row);
            let record = fields.id()?;
            let key = RecordKey { kind: fields.kind()?, record };
            let (unit, version, at) = (fields.id()?, fields.version()?, at(&mut fields)?);
            let state = State { unit, version, at, vouched: fields.int()? != 0 };
            states.insert(key, state);
        }
    }
    Ok(states)
}

pub(crate) fn at(fields: &mut Fields<'_>) -> Result<At, StoreError> {
    Ok(At { stream: fields.number()?, seq: fields.number()?, index: fields.number()? })
}

/// Makes these the states of their records.
pub(crate) async fn put(db: &mut AnyConnection, records: &[Row<'_>]) -> Result<(), StoreError> {
    for chunk in records.chunks(ROWS_PER_STATEMENT) {
        let then = "ON CONFLICT (record, kind) DO UPDATE SET unit = excluded.unit, \
                    transfer = excluded.transfer, generation = excluded.generation, \
                    epoch = excluded.epoch, revision = excluded.revision, change = excluded.change, \
                    stream = excluded.stream, seq = excluded.seq, idx = excluded.idx, \
                    time_ms = excluded.time_ms, body = excluded.body, vouched = excluded.vouched";
        let sql = insert("records", &format!("{COLUMNS}, vouched"), chunk.len(), then);
        let mut query = sqlx::query(sql).persistent(chunk.len() == ROWS_PER_STATEMENT);
        for Row { record, stream, vouched } in chunk {
            query = query
                .bind(record.record.as_bytes().as_slice())
                .bind(record.kind.as_str())
                .bind(record.unit.as_bytes().as_slice())
                .bind(i64::from(record.version.transfer))
                .bind(i64::from(record.version.generation))
                .bind(i64::from(record.version.epoch))
                .bind(big(record.version.revision))
                .bind(change_number(record.change))
                .bind(*stream)
                .bind(big(record.entry.seq))
                .bind(i64::from(record.entry.index))
                .bind(record.time)
                .bind(record.body.as_deref())
                .bind(i64::from(*vouched));
        }
        let done = query.execute(&mut *db).await?;
        crate::sql::affected("records", chunk.len(), done.rows_affected())?;
    }
    Ok(())
}

/// Forgets the state of a record of which no entry counts any more.
pub(crate) async fn remove(db: &mut AnyConnection, key: &RecordKey) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM records WHERE record = $1 AND kind = $2")
        .bind(key.record.as_bytes().as_slice())
        .bind(key.kind.as_str())
        .execute(&mut *db)
        .await?;
    Ok(())
}

/// Reads one record.
pub(crate) async fn get<'e>(
    db: impl sqlx::Executor<'e, Database = sqlx::Any>,
    shared: &Shared,
    key: &RecordKey,
) -> Result<Option<Record>, StoreError> {
    let row = sqlx::query(select_where("WHERE record = $1 AND kind = $2"))
        .bind(key.record.as_bytes().as_slice())
        .bind(key.kind.as_str())
        .fetch_optional(db)
        .await?;
    row.map(|row| read(&row, |number| shared.stream(number))).transpose()
}

/// Selects records for [`read`].
pub(crate) fn select_where(condition: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM records {condition}"))
}

/// Reads a row of [`select_where`].
pub(crate) fn read(
    row: &AnyRow,
    stream: impl Fn(i64) -> Option<yanzhen_sync::StreamId>,
) -> Result<Record, StoreError> {
    let mut fields = Fields::of("records", row);
    let record = fields.id()?;
    let kind = fields.kind()?;
    let unit = fields.id()?;
    let version = fields.version()?;
    let change = fields.change()?;
    let at = at(&mut fields)?;
    let stream = stream(at.stream).ok_or_else(|| fields.corrupt(format!("no stream {}", at.stream)))?;
    let entry = EntryRef { stream, seq: at.seq, index: at.index };
    let time = fields.int()?;
    let body = fields.optional_bytes()?.map(Bytes::copy_from_slice);
    Ok(Record { kind, record, unit, version, change, body, entry, time })
}
