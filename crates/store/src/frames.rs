//! Frames as they lie on disk, checked whenever they are read.

use bytes::Bytes;
use prost::Message;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Executor, Row};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::{Frame, StreamId};

use crate::error::StoreError;
use crate::sql::{Fields, affected, big};

/// A frame, or what is wrong with its bytes.
pub(crate) type Checked = Result<Frame, String>;

/// Reads the frames after one and up to another; each comes with the number under which it was found.
pub(crate) async fn read<'e>(
    db: impl Executor<'e, Database = Any>,
    stream: (&StreamId, i64),
    after: u64,
    to: u64,
) -> Result<Vec<(u64, Checked)>, StoreError> {
    let (id, number) = stream;
    let rows = sqlx::query(
        "SELECT seq, hash, frame FROM frames WHERE stream = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
    )
    .bind(number)
    .bind(big(after))
    .bind(big(to))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let seq = Fields::of("frames", row).number()?;
            Ok((seq, check(id, seq, row)))
        })
        .collect()
}

/// Reads one frame.
pub(crate) async fn read_one<'e>(
    db: impl Executor<'e, Database = Any>,
    stream: (&StreamId, i64),
    seq: u64,
) -> Result<Checked, StoreError> {
    let found = read(db, stream, seq.saturating_sub(1), seq).await?.pop();
    Ok(found.map_or_else(|| Err("it is missing".to_owned()), |(_, checked)| checked))
}

/// The header and the hash beside it vouch for each other, and the commitments for the bodies.
fn check(id: &StreamId, seq: u64, row: &AnyRow) -> Checked {
    let column = |column| row.try_get::<&[u8], _>(column).map_err(|_| "its row is malformed".to_owned());
    let (hash, bytes) = (column(1)?, column(2)?);
    let wire = proto::Frame::decode(Bytes::copy_from_slice(bytes)).map_err(|why| why.to_string())?;
    let frame = Frame::decode(wire).map_err(|why| why.to_string())?;
    if frame.hash().as_bytes().as_slice() != hash {
        return Err("its hash is another one than was stored".to_owned());
    }
    if frame.header().stream != *id || frame.header().seq != seq {
        return Err("it is another frame than was stored here".to_owned());
    }
    Ok(frame)
}

/// Replaces a stored frame; gives back the bytes that it had and has now.
pub(crate) async fn replace(
    db: &mut AnyConnection,
    stream: i64,
    frame: &Frame,
) -> Result<(u64, u64), StoreError> {
    let seq = big(frame.header().seq);
    let encoded = frame.to_wire().encode_to_vec();
    let size = encoded.len() as u64;
    let before: Option<i64> = sqlx::query_scalar("SELECT size FROM frames WHERE stream = $1 AND seq = $2")
        .bind(stream)
        .bind(seq)
        .fetch_optional(&mut *db)
        .await?;
    let done = sqlx::query(
        "INSERT INTO frames (stream, seq, entries, size, hash, frame) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (stream, seq) DO UPDATE SET entries = excluded.entries, size = excluded.size, \
         hash = excluded.hash, frame = excluded.frame",
    )
    .bind(stream)
    .bind(seq)
    .bind(big(frame.header().entries.len() as u64))
    .bind(big(size))
    .bind(frame.hash().as_bytes().as_slice())
    .bind(encoded)
    .execute(&mut *db)
    .await?;
    affected("frames", 1, done.rows_affected())?;
    Ok((before.and_then(|size| u64::try_from(size).ok()).unwrap_or(0), size))
}
