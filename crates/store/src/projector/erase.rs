//! Erasing: every holder drops bodies and salts, whether it reads the stream or not.

use std::collections::{BTreeMap, HashMap};

use yanzhen_sync::{Body, Change, StreamId, UnitId, Version};

use super::Candidate;
use crate::damage;
use crate::error::StoreError;
use crate::frames;
use crate::quarantine;
use crate::record::{At, RecordKey, at};
use crate::sql::{Fields, ROWS_PER_STATEMENT, affected, big, with_list};
use crate::writer::Transaction;

/// Drops what these erase entries cover, and what earlier ones cover among the entries that just came.
pub(super) async fn drop_bodies(
    tx: &mut Transaction,
    came: &[Candidate],
    erased: &[&Candidate],
) -> Result<(), StoreError> {
    let mut doomed = Vec::new();
    if tx.hints.erasures {
        let present =
            came.iter().filter(|candidate| candidate.record.change != Change::Erase && !candidate.erased);
        doomed = covered(tx, present).await?;
    }
    for erase in erased {
        note(tx, erase).await?;
        doomed.extend(entries_before(tx, erase).await?);
    }
    drop_all(tx, doomed).await
}

/// Remembers an erase entry that counts.
async fn note(tx: &mut Transaction, erase: &Candidate) -> Result<(), StoreError> {
    tx.hints.erasures = true;
    let version = erase.record.version;
    sqlx::query(
        "INSERT INTO erasures (record, kind, transfer, generation, epoch, revision, stream, seq, idx) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (stream, seq, idx) DO NOTHING",
    )
    .bind(erase.key.record.as_bytes().as_slice())
    .bind(erase.key.kind.as_str())
    .bind(i64::from(version.transfer))
    .bind(i64::from(version.generation))
    .bind(i64::from(version.epoch))
    .bind(big(version.revision))
    .bind(erase.at.stream)
    .bind(big(erase.at.seq))
    .bind(i64::from(erase.at.index))
    .execute(&mut tx.db)
    .await?;
    Ok(())
}

/// The entries that an erase entry covers: of its record and unit, below its version.
async fn entries_before(tx: &mut Transaction, erase: &Candidate) -> Result<Vec<At>, StoreError> {
    let version = erase.record.version;
    let rows = sqlx::query(
        "SELECT stream, seq, idx, transfer, generation, epoch, revision, change FROM entries \
         WHERE record = $1 AND kind = $2 AND unit = $3",
    )
    .bind(erase.key.record.as_bytes().as_slice())
    .bind(erase.key.kind.as_str())
    .bind(erase.record.unit.as_bytes().as_slice())
    .fetch_all(&mut tx.db)
    .await?;
    let mut before = Vec::new();
    for row in &rows {
        let mut fields = Fields::of("entries", row);
        let at = at(&mut fields)?;
        if fields.version()? < version && fields.change()? != Change::Erase {
            before.push(at);
        }
    }
    Ok(before)
}

/// Whether an older entry of the record and unit of an erase entry is read here, and not set aside.
pub(super) async fn is_named(tx: &mut Transaction, erase: &Candidate) -> Result<bool, StoreError> {
    for before in entries_before(tx, erase).await? {
        let read = tx.stream(before.stream).is_some_and(|id| tx.pending.directory.reads(&id, tx.site.me));
        if read && !quarantine::contains(&mut tx.db, before).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those of the entries that an erase entry known here covers.
async fn covered<'c>(
    tx: &mut Transaction,
    present: impl Iterator<Item = &'c Candidate>,
) -> Result<Vec<At>, StoreError> {
    let present: Vec<&Candidate> = present.collect();
    let mut greatest: HashMap<(RecordKey, UnitId), Version> = HashMap::new();
    for chunk in present.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list(
            "SELECT x.record, x.kind, own.unit, x.transfer, x.generation, x.epoch, x.revision FROM erasures x \
             JOIN entries own ON own.stream = x.stream AND own.seq = x.seq AND own.idx = x.idx \
             WHERE x.record IN (",
            1,
            chunk.len(),
            ")",
        );
        let query = chunk.iter().fold(sqlx::query(sql), |query, candidate| {
            query.bind(candidate.key.record.as_bytes().as_slice())
        });
        for row in query.persistent(false).fetch_all(&mut tx.db).await? {
            let mut fields = Fields::of("erasures", &row);
            let record = fields.id()?;
            let key = RecordKey { kind: fields.kind()?, record };
            let unit = fields.id()?;
            let version = fields.version()?;
            let known = greatest.entry((key, unit)).or_insert(version);
            *known = version.max(*known);
        }
    }
    let covered = present.into_iter().filter(|candidate| {
        let covering = greatest.get(&(candidate.key.clone(), candidate.record.unit));
        covering.is_some_and(|erase| *erase > candidate.record.version)
    });
    Ok(covered.map(|candidate| candidate.at).collect())
}

/// Drops the bodies among frames `after` to `to` of a stream that erase entries known here cover.
pub(crate) async fn drop_covered(
    tx: &mut Transaction,
    stream: i64,
    after: u64,
    to: u64,
) -> Result<(), StoreError> {
    if !tx.hints.erasures {
        return Ok(());
    }
    let rows = sqlx::query(
        "SELECT e.stream, e.seq, e.idx, e.transfer, e.generation, e.epoch, e.revision, \
         x.transfer, x.generation, x.epoch, x.revision \
         FROM entries e JOIN erasures x ON x.record = e.record AND x.kind = e.kind \
         JOIN entries own ON own.stream = x.stream AND own.seq = x.seq AND own.idx = x.idx AND own.unit = e.unit \
         WHERE e.stream = $1 AND e.seq > $2 AND e.seq <= $3 AND e.change <> 3",
    )
    .bind(stream)
    .bind(big(after))
    .bind(big(to))
    .fetch_all(&mut tx.db)
    .await?;
    let mut doomed = Vec::new();
    for row in &rows {
        let mut fields = Fields::of("entries", row);
        let at = at(&mut fields)?;
        if fields.version()? < fields.version()? {
            doomed.push(at);
        }
    }
    drop_all(tx, doomed).await
}

/// Drops bodies, frame by frame.
async fn drop_all(tx: &mut Transaction, doomed: Vec<At>) -> Result<(), StoreError> {
    let mut by_frame: BTreeMap<(i64, u64), Vec<u32>> = BTreeMap::new();
    for at in doomed {
        by_frame.entry((at.stream, at.seq)).or_default().push(at.index);
    }
    for ((number, seq), indexes) in by_frame {
        let Some(id) = tx.stream(number) else { continue };
        drop_in_frame(tx, &id, number, seq, &indexes).await?;
    }
    Ok(())
}

async fn drop_in_frame(
    tx: &mut Transaction,
    id: &StreamId,
    number: i64,
    seq: u64,
    indexes: &[u32],
) -> Result<(), StoreError> {
    let mut frame = match frames::read_one(&mut tx.db, (id, number), seq).await? {
        Ok(frame) => frame,
        Err(what) => return damage::note(tx, id, seq, &what).await,
    };
    let indexes = indexes.iter().filter_map(|index| usize::try_from(*index).ok());
    let still_there: Vec<usize> = indexes
        .filter(|index| frame.bodies().get(*index).is_some_and(|body| *body != Body::Erased))
        .collect();
    if still_there.is_empty() {
        return Ok(());
    }
    for index in still_there {
        frame.erase_body(index);
    }
    let (before, after) = frames::replace(&mut tx.db, number, &frame).await?;
    let state = tx.stream_mut(id);
    state.bytes = (state.bytes + after).saturating_sub(before);
    affected("frames", 1, u64::from(before > 0))
}
