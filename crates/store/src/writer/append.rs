//! Puts frames into the tables, whoever wrote them.

use prost::Message;
use sqlx::AnyConnection;
use yanzhen_sync::limits::{MAX_RUN_BYTES, MAX_RUN_FRAMES};
use yanzhen_sync::{Frame, StreamId};

use super::Transaction;
use crate::error::StoreError;
use crate::quarantine::{Awaits, wake};
use crate::sql::{ROWS_PER_STATEMENT, affected, big, change_number, insert};

/// Frames in one statement: a few large ones must not add up to more than SQLite takes.
const FRAMES_PER_STATEMENT: usize = 32;

/// Appends frames that continue their stream. Says nothing of seals.
pub(crate) async fn append(tx: &mut Transaction, id: StreamId, frames: &[Frame]) -> Result<(), StoreError> {
    let Some(last) = frames.last() else { return Ok(()) };
    let number = tx.stream_mut(&id).number;
    let bytes = insert_frames(&mut tx.db, number, frames).await?;
    insert_entries(&mut tx.db, number, frames).await?;
    insert_objects(&mut tx.db, number, frames).await?;
    let state = tx.stream_mut(&id);
    state.head = last.stream_head().head;
    state.bytes += bytes as u64;
    tx.note_advanced(id);
    for frame in frames {
        wake(tx, &Awaits::Frame(id, frame.header().seq)).await?;
    }
    Ok(())
}

/// Appends an own frame that was projected with this transaction. It is sealed with the commit, or at once where
/// the frames between two seals would grow beyond their bounds or it erases a record.
pub(crate) async fn append_own(tx: &mut Transaction, frame: Frame) -> Result<Frame, StoreError> {
    let id = frame.header().stream;
    let size = frame.encoded_len();
    let unsealed = *tx.unsealed(id);
    if unsealed.frames + 1 > MAX_RUN_FRAMES || unsealed.bytes + size > MAX_RUN_BYTES {
        tx.seal(id).await?;
    }
    let frames = [frame];
    append(tx, id, &frames).await?;
    let state = tx.stream_mut(&id);
    if state.projected + 1 == state.head.seq {
        state.projected = state.head.seq;
    }
    let unsealed = tx.unsealed(id);
    unsealed.frames += 1;
    unsealed.bytes += size;
    if frames[0].header().is_erasure() {
        tx.seal(id).await?;
    }
    let [frame] = frames;
    Ok(frame)
}

async fn insert_frames(db: &mut AnyConnection, stream: i64, frames: &[Frame]) -> Result<usize, StoreError> {
    let mut bytes = 0;
    for chunk in frames.chunks(FRAMES_PER_STATEMENT) {
        let sql = insert("frames", "stream, seq, entries, size, hash, frame", chunk.len(), "");
        let mut query = sqlx::query(sql);
        for frame in chunk {
            let encoded = frame.to_wire().encode_to_vec();
            bytes += encoded.len();
            query = query
                .bind(stream)
                .bind(big(frame.header().seq))
                .bind(big(frame.header().entries.len() as u64))
                .bind(big(encoded.len() as u64))
                .bind(frame.hash().as_bytes().as_slice())
                .bind(encoded);
        }
        affected("frames", chunk.len(), query.execute(&mut *db).await?.rows_affected())?;
    }
    Ok(bytes)
}

async fn insert_entries(db: &mut AnyConnection, stream: i64, frames: &[Frame]) -> Result<(), StoreError> {
    let columns = "stream, seq, idx, kind, record, unit, transfer, generation, epoch, revision, change";
    let rows: Vec<_> = frames
        .iter()
        .flat_map(|frame| (0i64..).zip(&frame.header().entries).map(|row| (frame.header().seq, row)))
        .collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let sql = insert("entries", columns, chunk.len(), "");
        let mut query = sqlx::query(sql).persistent(chunk.len() == ROWS_PER_STATEMENT);
        for (seq, (index, entry)) in chunk {
            query = query
                .bind(stream)
                .bind(big(*seq))
                .bind(*index)
                .bind(entry.kind.as_str())
                .bind(entry.record.as_bytes().as_slice())
                .bind(entry.unit.as_bytes().as_slice())
                .bind(i64::from(entry.version.transfer))
                .bind(i64::from(entry.version.generation))
                .bind(i64::from(entry.version.epoch))
                .bind(big(entry.version.revision))
                .bind(change_number(entry.change));
        }
        affected("entries", chunk.len(), query.execute(&mut *db).await?.rows_affected())?;
    }
    Ok(())
}

async fn insert_objects(db: &mut AnyConnection, stream: i64, frames: &[Frame]) -> Result<(), StoreError> {
    let rows: Vec<_> = frames
        .iter()
        .flat_map(|frame| (0i64..).zip(&frame.header().entries).map(|row| (frame.header().seq, row)))
        .flat_map(|(seq, (index, entry))| entry.objects.iter().map(move |object| (seq, index, object)))
        .collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let columns = "hash, stream, seq, idx, size, manifest";
        // An entry may name one object twice.
        let sql = insert("object_refs", columns, chunk.len(), "ON CONFLICT DO NOTHING");
        let mut query = sqlx::query(sql).persistent(false);
        for (seq, index, object) in chunk {
            query = query
                .bind(object.hash.as_bytes().as_slice())
                .bind(stream)
                .bind(big(*seq))
                .bind(*index)
                .bind(big(object.size))
                .bind(object.manifest.as_bytes().as_slice());
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}
