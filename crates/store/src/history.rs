//! Queries of records for whoever shows them.

use std::collections::BTreeMap;

use sqlx::AnyPool;
use yanzhen_sync::{Kind, RecordId, UnitId, Version};

use crate::error::StoreError;
use crate::frames;
use crate::projector::Candidate;
use crate::record::{Record, RecordKey, at, get, read, select_where};
use crate::shared::Shared;
use crate::sql::{Fields, ROWS_PER_STATEMENT, with_list};

pub(crate) async fn record(
    db: &AnyPool,
    shared: &Shared,
    kind: &Kind,
    record: RecordId,
) -> Result<Option<Record>, StoreError> {
    get(db, shared, &RecordKey { kind: kind.clone(), record }).await
}

pub(crate) async fn records_by_ids(
    db: &AnyPool,
    shared: &Shared,
    kind: &Kind,
    records: &[RecordId],
) -> Result<Vec<Record>, StoreError> {
    let mut found = Vec::with_capacity(records.len());
    for chunk in records.chunks(ROWS_PER_STATEMENT) {
        let select = select_where("WHERE record IN (").0;
        let query = sqlx::query(with_list(&select, 1, chunk.len(), ") ORDER BY record"));
        let query = query.persistent(chunk.len() == ROWS_PER_STATEMENT);
        let query = chunk.iter().fold(query, |query, id| query.bind(id.as_bytes().as_slice()));
        for row in query.fetch_all(db).await? {
            found.push(read(&row, |number| shared.stream(number))?);
        }
    }
    found.retain(|record| record.kind == *kind);
    Ok(found)
}

pub(crate) async fn records_of_unit(
    db: &AnyPool,
    shared: &Shared,
    kind: &Kind,
    unit: UnitId,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(select_where("WHERE unit = $1 AND kind = $2 ORDER BY record"))
        .bind(unit.as_bytes().as_slice())
        .bind(kind.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| read(row, |number| shared.stream(number))).collect()
}

/// One for each version: copies of an entry in several streams say the same.
pub(crate) async fn history(
    db: &AnyPool,
    shared: &Shared,
    kind: &Kind,
    record: RecordId,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "SELECT stream, seq, idx FROM entries WHERE record = $1 AND kind = $2 ORDER BY stream, seq",
    )
    .bind(record.as_bytes().as_slice())
    .bind(kind.as_str())
    .fetch_all(db)
    .await?;
    let mut versions: BTreeMap<Version, Record> = BTreeMap::new();
    for row in &rows {
        let place = at(&mut Fields::of("entries", row))?;
        let Some(id) = shared.stream(place.stream) else { continue };
        let Ok(frame) = frames::read_one(db, (&id, place.stream), place.seq).await? else { continue };
        let entries = Candidate::of_frame(&frame, place.stream);
        let Some(entry) = entries.into_iter().find(|entry| entry.at == place) else { continue };
        versions.entry(entry.record.version).or_insert(entry.record);
    }
    Ok(versions.into_values().collect())
}
