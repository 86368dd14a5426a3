//! What is kept in memory, read back when a store is opened.

use bytes::Bytes;
use sqlx::AnyConnection;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{Directory, Genesis, HOME, KEY_CHANGE, REGISTRATION, UNIT};
use yanzhen_sync::{FrameHash, Head, Kind, SiteId, StreamHead, StreamId, StreamType, Verify};

use crate::error::StoreError;
use crate::frames;
use crate::meta;
use crate::projector::Candidate;
use crate::quarantine;
use crate::record::{self, at};
use crate::shared::{StreamState, Streams};
use crate::sql::{Fields, big};
use crate::writer::Hints;

/// Frames read at once.
const FRAMES_PER_READ: u64 = 64;

/// Makes sure that the database is the one of this network and site.
pub(crate) async fn check_identity(
    db: &mut AnyConnection,
    network: FrameHash,
    me: SiteId,
) -> Result<(), StoreError> {
    let malformed =
        |name: &str| StoreError::Corrupt { table: "meta", key: name.to_owned(), why: "not an id".to_owned() };
    match meta::get(&mut *db, "network").await? {
        None => meta::set(db, "network", network.as_bytes()).await?,
        Some(found) => {
            let found = FrameHash::try_from(found.as_ref()).map_err(|_| malformed("network"))?;
            if found != network {
                return Err(StoreError::OtherNetwork { expected: network, found });
            }
        }
    }
    match meta::get(&mut *db, "site").await? {
        None => meta::set(db, "site", me.as_bytes()).await,
        Some(found) => {
            let found = SiteId::try_from(found.as_ref()).map_err(|_| malformed("site"))?;
            if found == me { Ok(()) } else { Err(StoreError::OtherSite { expected: me, found }) }
        }
    }
}

pub(crate) async fn streams(db: &mut AnyConnection) -> Result<Streams, StoreError> {
    let rows = sqlx::query(
        "SELECT number, author, type, recipient, epoch, seq, hash, projected, bytes FROM streams",
    )
    .fetch_all(db)
    .await?;
    let mut streams = Streams::default();
    for row in &rows {
        let mut fields = Fields::of("streams", row);
        let number = fields.int()?;
        let wire = proto::StreamId {
            author: Bytes::copy_from_slice(fields.bytes()?),
            r#type: fields.number()?,
            recipient: Bytes::copy_from_slice(fields.bytes()?),
            epoch: fields.number()?,
        };
        let id = StreamId::try_from(wire).map_err(|why| fields.corrupt(why))?;
        let head = Head { seq: fields.number()?, hash: fields.id()? };
        let (projected, bytes) = (fields.number()?, fields.number()?);
        streams.set(id, StreamState { number, head, projected, bytes });
    }
    Ok(streams)
}

pub(crate) async fn hints(db: &mut AnyConnection) -> Result<Hints, StoreError> {
    let mut hints = Hints::default();
    quarantine::load_hints(db, &mut hints).await?;
    let erasures: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM erasures").fetch_one(db).await?;
    hints.erasures = erasures > 0;
    Ok(hints)
}

/// The directory as it was after the last commit.
pub(crate) async fn directory(
    db: &mut AnyConnection,
    genesis: Genesis,
    streams: &Streams,
    verifier: &dyn Verify,
) -> Result<Directory, StoreError> {
    let mut directory = Directory::new(genesis);
    let root = directory.root();
    for kind in [UNIT, HOME, REGISTRATION] {
        restore_kind(db, &mut directory, streams, &kind, verifier).await?;
    }
    restore_key_changes(db, &mut directory, streams, verifier).await?;
    let bulletins = streams.of_author(root).filter(|(id, _)| id.kind == StreamType::Bulletin);
    for (id, state) in bulletins {
        for head in bulletin_heads(db, *id, *state).await? {
            directory.advance(head).map_err(|why| corrupt(id, head.head.seq, &why.to_string()))?;
        }
    }
    Ok(directory)
}

fn corrupt(id: &StreamId, seq: u64, why: &str) -> StoreError {
    StoreError::Corrupt { table: "frames", key: format!("{id} {seq}"), why: why.to_owned() }
}

/// Each record's state was taken by the directory before, so all of them together are taken again.
async fn restore_kind(
    db: &mut AnyConnection,
    directory: &mut Directory,
    streams: &Streams,
    kind: &Kind,
    verifier: &dyn Verify,
) -> Result<(), StoreError> {
    let rows = sqlx::query(record::select_where("WHERE kind = $1")).bind(kind.as_str()).fetch_all(db).await?;
    for row in &rows {
        let record = record::read(row, |number| streams.id(number))?;
        if let Some(body) = &record.body {
            let applied = directory.apply(kind, record.record, record.version, body, verifier);
            applied.map_err(|why| Fields::of("records", row).corrupt(why))?;
        }
    }
    Ok(())
}

/// Key changes build on each other: they are taken in the order in which they were written.
async fn restore_key_changes(
    db: &mut AnyConnection,
    directory: &mut Directory,
    streams: &Streams,
    verifier: &dyn Verify,
) -> Result<(), StoreError> {
    let sql = "SELECT stream, seq, idx FROM entries WHERE kind = $1 ORDER BY stream, seq, idx";
    let rows = sqlx::query(sql).bind(KEY_CHANGE.as_str()).fetch_all(&mut *db).await?;
    for row in &rows {
        let place = at(&mut Fields::of("entries", row))?;
        let Some(id) = streams.id(place.stream).filter(|id| id.author == directory.root()) else { continue };
        let frame = frames::read_one(&mut *db, (&id, place.stream), place.seq).await?;
        let frame = frame.map_err(|what| corrupt(&id, place.seq, &what))?;
        for candidate in Candidate::of_frame(&frame, place.stream).iter().filter(|c| c.at == place) {
            let record = &candidate.record;
            let Some(body) = &record.body else { continue };
            if let Err(why) = directory.apply(&KEY_CHANGE, record.record, record.version, body, verifier) {
                tracing::debug!(error = %why, "a key change that was set aside stays so");
            }
        }
    }
    Ok(())
}

/// The heads of a bulletin's frames in order. What a frame's successor names counts more than the hash beside it,
/// which the disk may have damaged.
async fn bulletin_heads(
    db: &mut AnyConnection,
    stream: StreamId,
    state: StreamState,
) -> Result<Vec<StreamHead>, StoreError> {
    let mut hashes: Vec<FrameHash> = Vec::new();
    let mut after = 0;
    while after < state.head.seq {
        let to = state.head.seq.min(after + FRAMES_PER_READ);
        for (seq, checked) in frames::read(&mut *db, (&stream, state.number), after, to).await? {
            if seq != hashes.len() as u64 + 1 {
                return Err(corrupt(&stream, seq, "the frame before it is missing"));
            }
            let hash = match checked {
                Ok(frame) => {
                    if let Some(before) = hashes.last_mut() {
                        *before = frame.header().previous;
                    }
                    frame.hash()
                }
                Err(what) => {
                    tracing::warn!(%stream, seq, what, "a stored frame is damaged");
                    stored_hash(db, state.number, seq).await?
                }
            };
            hashes.push(hash);
        }
        after = to;
    }
    if let Some(last) = hashes.last_mut() {
        *last = state.head.hash;
    }
    let heads = (1..).zip(hashes).map(|(seq, hash)| StreamHead { stream, head: Head { seq, hash } });
    Ok(heads.collect())
}

async fn stored_hash(db: &mut AnyConnection, stream: i64, seq: u64) -> Result<FrameHash, StoreError> {
    let row = sqlx::query("SELECT hash FROM frames WHERE stream = $1 AND seq = $2")
        .bind(stream)
        .bind(big(seq))
        .fetch_one(db)
        .await?;
    Fields::of("frames", &row).id()
}
