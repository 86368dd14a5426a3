//! Small values by name.

use bytes::Bytes;
use sqlx::{Any, AnyConnection, Executor};

use crate::error::StoreError;
use crate::sql::{Fields, affected};

pub(crate) async fn get<'e>(
    db: impl Executor<'e, Database = Any>,
    name: &str,
) -> Result<Option<Bytes>, StoreError> {
    let row = sqlx::query("SELECT value FROM meta WHERE name = $1").bind(name).fetch_optional(db).await?;
    row.map(|row| Ok(Bytes::copy_from_slice(Fields::of("meta", &row).bytes()?))).transpose()
}

pub(crate) async fn set(db: &mut AnyConnection, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let done = sqlx::query(
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(db)
    .await?;
    affected("meta", 1, done.rows_affected())
}

pub(crate) async fn remove(db: &mut AnyConnection, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meta WHERE name = $1").bind(name).execute(db).await?;
    Ok(())
}

/// Counts on: 1, 2, 3 …
pub(crate) async fn next_number(db: &mut AnyConnection, name: &str) -> Result<u64, StoreError> {
    let last = match get(&mut *db, name).await? {
        None => 0,
        Some(bytes) => {
            std::str::from_utf8(&bytes).ok().and_then(|text| text.parse::<u64>().ok()).ok_or_else(|| {
                StoreError::Corrupt { table: "meta", key: name.to_owned(), why: "not a number".to_owned() }
            })?
        }
    };
    let next = last.saturating_add(1);
    set(db, name, next.to_string().as_bytes()).await?;
    Ok(next)
}
