//! All that is particular to SQLite; the rest of the crate's SQL is portable.

use std::path::Path;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Executor};

use crate::error::StoreError;

/// Connections that read beside the writer: a page or a session's loads seldom wait for each other.
const READERS: u32 = 4;

/// Begins a transaction that writes. `IMMEDIATE` takes the write lock at once, so that it never has to be
/// upgraded, which can fail half-way.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Moves all of the write-ahead log into the database and empties it.
pub(crate) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Milliseconds that a statement waits for a lock: only a copy or a check from outside ever holds one.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// Bytes that the write-ahead log keeps on disk once it is empty: a large import's, used again by the next.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// KiB of pages that the writer keeps: the indexes that each frame touches, at a node with 1,000 terminals.
const WRITER_CACHE_KIB: u32 = 32 * 1024;

/// KiB of pages that each reader keeps.
const READER_CACHE_KIB: u32 = 8 * 1024;

/// For the writer: durable commits, a bounded log, checks of pages as they are read, and erased bytes overwritten
/// where that costs no extra write.
fn writer_pragmas() -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "PRAGMA journal_mode = WAL; \
         PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; \
         PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; \
         PRAGMA journal_size_limit = {LOG_BYTES}; \
         PRAGMA cell_size_check = ON; \
         PRAGMA secure_delete = FAST; \
         PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{WRITER_CACHE_KIB}"
    ))
}

fn reader_pragmas() -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "PRAGMA query_only = ON; \
         PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; \
         PRAGMA cell_size_check = ON; \
         PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{READER_CACHE_KIB}"
    ))
}

/// Appends the placeholder of value `number`, from 1, to a statement that binds all its values in this order and
/// writes all its placeholders so. PostgreSQL wants `$number`; SQLite looks each numbered one up in a list, which
/// makes a statement of some thousand values a hundred times slower.
pub fn push_placeholder(sql: &mut String, _number: usize) {
    sql.push('?');
}

/// SQLite's code for a full disk; extended codes carry it in their low byte.
const SQLITE_FULL: i32 = 13;

/// SQLite's codes for what the database, not the statement, is to blame for: busy, locked, out of memory,
/// read-only, interrupted, input or output, corrupt, full, can't open, locking, not a database.
const STORAGE_FAILURES: [i32; 11] = [5, 6, 7, 8, 9, 10, 11, SQLITE_FULL, 14, 15, 26];

/// Opens the writing connection and makes the file where it is missing.
pub(crate) async fn open_writer(path: &Path) -> Result<AnyConnection, StoreError> {
    let failed = |source| StoreError::Open { path: path.to_owned(), source: std::sync::Arc::new(source) };
    let mut connection = options(path, "rwc").map_err(failed)?.connect().await.map_err(failed)?;
    connection.execute(writer_pragmas()).await.map_err(failed)?;
    Ok(connection)
}

/// Opens the reading connections.
pub(crate) async fn open_readers(path: &Path) -> Result<AnyPool, StoreError> {
    let failed = |source| StoreError::Open { path: path.to_owned(), source: std::sync::Arc::new(source) };
    AnyPoolOptions::new()
        .max_connections(READERS)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(reader_pragmas()).await?;
                Ok(())
            })
        })
        .connect_with(options(path, "rw").map_err(failed)?)
        .await
        .map_err(failed)
}

/// Opens another database of the site with the same care: one connection, durable commits. It is made where it is
/// missing; its tables are the caller's.
pub async fn open_beside(path: &Path) -> Result<AnyPool, StoreError> {
    let failed = |source| StoreError::Open { path: path.to_owned(), source: std::sync::Arc::new(source) };
    AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(writer_pragmas()).await?;
                Ok(())
            })
        })
        .connect_with(options(path, "rwc").map_err(failed)?)
        .await
        .map_err(failed)
}

fn options(path: &Path, mode: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    sqlx::any::install_default_drivers();
    let text = path.to_str().ok_or_else(|| {
        sqlx::Error::Configuration("the path is not valid Unicode; choose another folder".into())
    })?;
    format!("sqlite:{}?mode={mode}", percent_encoded(text)).parse()
}

/// The driver decodes percent signs before it opens the file.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

pub(crate) fn is_disk_full(error: &sqlx::Error) -> bool {
    code(error) == Some(SQLITE_FULL)
}

/// Whether the database failed, rather than that a statement asked for what can't be.
pub(crate) fn is_storage_failure(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(code) => STORAGE_FAILURES.contains(&code),
        None => matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::PoolClosed
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::WorkerCrashed
        ),
    }
}

fn code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<i32>().ok()? & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_with_signs_of_every_sort_is_opened_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("数据 100% #1 ?a=b.sqlite");
        let mut connection = open_writer(&path).await.unwrap();
        connection.execute("CREATE TABLE t (a BIGINT)").await.unwrap();
        assert!(path.exists());
        open_readers(&path).await.unwrap();
    }
}
