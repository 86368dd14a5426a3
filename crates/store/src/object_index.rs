//! Which objects the stored entries refer to, which of them are on this disk, and who may read them.

use sqlx::AnyPool;
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::hash::Hash;
use yanzhen_sync::{ObjectHash, ObjectRef, StreamId};

use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql::{Fields, big};
use crate::writer::Transaction;

/// The first `limit` objects, by their hashes, that stored entries refer to and that are not here; those behind
/// `after`.
pub(crate) async fn wanted(
    db: &AnyPool,
    after: Option<ObjectRef>,
    limit: usize,
) -> Result<Vec<ObjectRef>, StoreError> {
    let before_all = ObjectRef { hash: ObjectHash::new([0; 32]), size: 0, manifest: Hash::ZERO };
    let after = after.unwrap_or(before_all);
    let rows = sqlx::query(
        "SELECT DISTINCT hash, size, manifest FROM object_refs r WHERE (hash, size, manifest) > ($1, $2, $3) \
         AND NOT EXISTS (SELECT 1 FROM objects_present p WHERE p.hash = r.hash) \
         ORDER BY hash, size, manifest LIMIT $4",
    )
    .bind(after.hash.as_bytes().as_slice())
    .bind(big(after.size))
    .bind(after.manifest.as_bytes().as_slice())
    .bind(big(limit as u64))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// How much is referred to and not here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Objects.
    pub objects: u64,
    /// Bytes of them; where references to one object differ, the least that any of them says.
    pub bytes: u64,
}

/// Counts what is missing.
pub(crate) async fn missing(db: &AnyPool) -> Result<Missing, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM ( \
         SELECT MIN(size) AS size FROM object_refs r \
         WHERE NOT EXISTS (SELECT 1 FROM objects_present p WHERE p.hash = r.hash) GROUP BY hash) AS missing",
    )
    .fetch_one(db)
    .await?;
    let mut fields = Fields::of("object_refs", &row);
    Ok(Missing { objects: fields.number()?, bytes: fields.number()? })
}

/// An object that is not here, and one of the streams that refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Which object.
    pub object: ObjectRef,
    /// The stream.
    pub stream: StreamId,
}

/// How many missing objects are looked at, and where to begin.
#[derive(Clone, Copy, Debug)]
pub struct WantedPage {
    /// Objects of one stream.
    pub per_stream: usize,
    /// Objects of all streams together.
    pub in_all: usize,
    /// Within a stream, objects with hashes from here on come first, then the others.
    pub from: ObjectHash,
}

/// Missing objects: the first of each stream, then the second of each, and so on, so that none waits for all of
/// another's.
pub(crate) async fn wanted_in_turn(
    db: &AnyPool,
    shared: &Shared,
    page: WantedPage,
) -> Result<Vec<Wanted>, StoreError> {
    let rows = sqlx::query(
        "SELECT hash, size, manifest, stream FROM ( \
         SELECT hash, size, manifest, stream, wrapped, ROW_NUMBER() OVER \
         (PARTITION BY stream ORDER BY wrapped, hash, size, manifest) AS turn FROM ( \
         SELECT DISTINCT hash, size, manifest, stream, CASE WHEN hash < $1 THEN 1 ELSE 0 END AS wrapped \
         FROM object_refs r WHERE NOT EXISTS (SELECT 1 FROM objects_present p WHERE p.hash = r.hash) \
         ) AS missing) AS turns WHERE turn <= $2 ORDER BY turn, wrapped, hash LIMIT $3",
    )
    .bind(page.from.as_bytes().as_slice())
    .bind(big(page.per_stream as u64))
    .bind(big(page.in_all as u64))
    .fetch_all(db)
    .await?;
    let mut wanted = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut fields = Fields::of("object_refs", row);
        let object = read_fields(&mut fields)?;
        // A stream that this process has not heard of yet is there the next time.
        wanted.extend(shared.stream(fields.int()?).map(|stream| Wanted { object, stream }));
    }
    Ok(wanted)
}

/// Whether a stored entry refers to exactly this object, and it is not here.
pub(crate) async fn is_wanted(db: &AnyPool, object: &ObjectRef) -> Result<bool, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT hash, size, manifest FROM object_refs r WHERE hash = $1 \
         AND NOT EXISTS (SELECT 1 FROM objects_present p WHERE p.hash = r.hash)",
    )
    .bind(object.hash.as_bytes().as_slice())
    .fetch_all(db)
    .await?;
    let known: Vec<ObjectRef> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(known.contains(object))
}

/// The reference to an object that the stored entries make.
pub(crate) async fn object_ref(db: &AnyPool, hash: ObjectHash) -> Result<Option<ObjectRef>, StoreError> {
    let row = sqlx::query(
        "SELECT hash, size, manifest FROM object_refs WHERE hash = $1 ORDER BY stream, seq, idx LIMIT 1",
    )
    .bind(hash.as_bytes().as_slice())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &sqlx::any::AnyRow) -> Result<ObjectRef, StoreError> {
    read_fields(&mut Fields::of("object_refs", row))
}

fn read_fields(fields: &mut Fields<'_>) -> Result<ObjectRef, StoreError> {
    let (hash, size) = (fields.id()?, fields.number()?);
    let manifest = fields.bytes()?;
    let manifest =
        Hash::from_slice(manifest).ok_or_else(|| fields.corrupt("the manifest hash is malformed"))?;
    Ok(ObjectRef { hash, size, manifest })
}

pub(crate) async fn mark(tx: &mut Transaction, hash: ObjectHash, present: bool) -> Result<(), StoreError> {
    let query = if present {
        sqlx::query("INSERT INTO objects_present (hash) VALUES ($1) ON CONFLICT (hash) DO NOTHING")
    } else {
        sqlx::query("DELETE FROM objects_present WHERE hash = $1")
    };
    query.bind(hash.as_bytes().as_slice()).execute(&mut tx.db).await?;
    Ok(())
}

pub(crate) async fn is_present(db: &AnyPool, hash: ObjectHash) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM objects_present WHERE hash = $1")
        .bind(hash.as_bytes().as_slice())
        .fetch_one(db)
        .await?;
    Ok(found > 0)
}

/// Whether a stream that travels on a link refers to the object.
pub(crate) async fn may_read(
    db: &AnyPool,
    shared: &Shared,
    hash: ObjectHash,
    link: Link,
    direction: Direction,
) -> Result<bool, StoreError> {
    let rows = sqlx::query("SELECT DISTINCT stream FROM object_refs WHERE hash = $1")
        .bind(hash.as_bytes().as_slice())
        .fetch_all(db)
        .await?;
    let directory = shared.directory();
    for row in &rows {
        let number = Fields::of("object_refs", row).int()?;
        if shared.stream(number).is_some_and(|stream| directory.travels(&stream, link, direction)) {
            return Ok(true);
        }
    }
    Ok(false)
}
