//! Builds the typed tables again from the records, in slices.

use bytes::Bytes;
use yanzhen_sync::RecordId;

use super::attempt::{Failure, apply_guarded};
use crate::error::StoreError;
use crate::meta;
use crate::projection::RecordChange;
use crate::quarantine::{self, Retry};
use crate::record::{self, At, Record};
use crate::writer::Transaction;

/// Records of one slice.
const RECORDS_PER_SLICE: i64 = 1_000;

/// The version by which the typed tables were built.
const VERSION: &str = "projection.version";

/// The record up to which they were built again; absent while they are whole.
const REACHED: &str = "projection.rebuilt";

/// A rebuild that is under way.
pub(crate) struct Rebuild {
    record: RecordId,
    kind: String,
}

/// Lets the projection prepare its tables, and begins a rebuild where its version is another one than theirs.
pub(crate) async fn prepare(tx: &mut Transaction) -> Result<Option<Rebuild>, StoreError> {
    let projection = tx.site.projection.clone();
    let failed = |why: crate::projection::ProjectionError| StoreError::Projection(why.to_string());
    projection.migrate(&mut tx.db).await.map_err(failed)?;
    let version = Bytes::from(projection.version().to_string());
    if meta::get(&mut tx.db, VERSION).await? == Some(version.clone()) {
        return Ok(meta::get(&mut tx.db, REACHED).await?.and_then(|reached| Rebuild::decode(&reached)));
    }
    tx.begin().await?;
    projection.clear(&mut tx.db).await.map_err(failed)?;
    let rebuild = Rebuild { record: RecordId::new([0; 16]), kind: String::new() };
    meta::set(&mut tx.db, VERSION, &version).await?;
    meta::set(&mut tx.db, REACHED, &rebuild.encode()).await?;
    tx.commit().await?;
    Ok(Some(rebuild))
}

impl Rebuild {
    fn encode(&self) -> Vec<u8> {
        [self.record.as_bytes().as_slice(), self.kind.as_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Rebuild> {
        let (record, kind) = bytes.split_at_checked(16)?;
        Some(Rebuild {
            record: RecordId::try_from(record).ok()?,
            kind: String::from_utf8(kind.to_vec()).ok()?,
        })
    }

    /// Tells the typed tables the next records; gives back what is left after them.
    pub(super) async fn slice(&self, tx: &mut Transaction) -> Result<Option<Rebuild>, StoreError> {
        let condition = "WHERE record > $1 OR (record = $2 AND kind > $3) ORDER BY record, kind LIMIT $4";
        let rows = sqlx::query(record::select_where(condition))
            .bind(self.record.as_bytes().as_slice())
            .bind(self.record.as_bytes().as_slice())
            .bind(self.kind.as_str())
            .bind(RECORDS_PER_SLICE)
            .fetch_all(&mut tx.db)
            .await?;
        let records: Vec<Record> =
            rows.iter().map(|row| record::read(row, |number| tx.stream(number))).collect::<Result<_, _>>()?;
        let Some(last) = records.last() else {
            meta::remove(&mut tx.db, REACHED).await?;
            // What the old tables did not take the new ones may.
            quarantine::mark_due(tx, &Retry::All).await?;
            return Ok(None);
        };
        let reached = Rebuild { record: last.record, kind: last.kind.as_str().to_owned() };
        tell(tx, &records).await?;
        meta::set(&mut tx.db, REACHED, &reached.encode()).await?;
        tx.pending.records_changed = true;
        Ok(Some(reached))
    }
}

/// Tells the typed tables; records that they do not take are set aside.
async fn tell(tx: &mut Transaction, records: &[Record]) -> Result<(), StoreError> {
    let mut groups = vec![records];
    while let Some(group) = groups.pop() {
        let savepoint = tx.savepoint().await?;
        let changes: Vec<RecordChange> = group.iter().cloned().map(RecordChange::Set).collect();
        match apply_guarded(tx, &changes).await {
            Ok(()) => tx.release(savepoint).await?,
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Projection(reason)) => {
                tx.back_to(savepoint).await?;
                if let [one] = group {
                    set_aside(tx, one, &reason).await?;
                } else {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second, first]);
                }
            }
        }
    }
    Ok(())
}

async fn set_aside(
    tx: &mut Transaction,
    record: &Record,
    reason: &quarantine::Reason,
) -> Result<(), StoreError> {
    let number = tx.stream_mut(&record.entry.stream).number;
    let at = At { stream: number, seq: record.entry.seq, index: record.entry.index };
    let key = record.key();
    let entry = quarantine::Entry { at, key: &key, unit: record.unit, version: record.version };
    quarantine::put(tx, &entry, reason).await
}
