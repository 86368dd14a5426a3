//! What goes wrong with a store.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::migrate::MigrateError;
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{FrameHash, SiteId};

use crate::sqlite;

/// Why the store could not do what it was asked. Cheap to clone: one failed commit answers many callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file can't be opened.
    #[error("the database {path} can't be opened: {source}", path = .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<sqlx::Error>,
    },
    /// No room is left for the database.
    #[error("the disk is full, so nothing was stored; reading goes on. Free some space on it and try again")]
    DiskFull,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(Arc<sqlx::Error>),
    /// The tables can't be brought up to date.
    #[error("the database can't be brought up to date: {0}")]
    Migration(Arc<MigrateError>),
    /// A row that this software can't have written.
    #[error("table {table}, row {key}: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// A statement changed another number of rows than it had to.
    #[error("table {table}: {expected} rows were to change, {changed} did")]
    Affected {
        /// The table.
        table: &'static str,
        /// Rows that were to change.
        expected: u64,
        /// Rows that did.
        changed: u64,
    },
    /// The genesis frame can't be read.
    #[error("the genesis frame can't be read: {0}")]
    Genesis(WireError),
    /// The database belongs to another network.
    #[error("the database belongs to network {found}, not {expected}; is this the right data folder?")]
    OtherNetwork {
        /// The network that was asked for.
        expected: FrameHash,
        /// The database's network.
        found: FrameHash,
    },
    /// The database belongs to another site.
    #[error("the database belongs to site {found}, not {expected}; is this the right data folder?")]
    OtherSite {
        /// The site that was asked for.
        expected: SiteId,
        /// The database's site.
        found: SiteId,
    },
    /// A projection could not prepare its tables.
    #[error("the typed tables can't be prepared: {0}")]
    Projection(String),
    /// What the store was about to write breaks the format of frames.
    #[error("a frame could not be made: {0}")]
    Frame(String),
    /// The store is closed or closing.
    #[error("the store is closed; the program is stopping")]
    Closed,
}

impl StoreError {
    /// Whether it passes without anybody's doing; else a person has to act first.
    pub fn is_permanent(&self) -> bool {
        !matches!(self, StoreError::DiskFull | StoreError::Database(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if sqlite::is_disk_full(&error) {
            StoreError::DiskFull
        } else {
            StoreError::Database(Arc::new(error))
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        StoreError::Migration(Arc::new(error))
    }
}
