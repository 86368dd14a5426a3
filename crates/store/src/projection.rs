//! Typed tables beside the generic records: what a program makes of the records is behind a trait.

use futures_util::future::BoxFuture;
use sqlx::AnyConnection;
use yanzhen_sync::{Kind, RecordId};

use crate::record::Record;

/// Keeps typed tables in step with the records, in the store's own transactions.
///
/// The connections passed in are inside a transaction: SAVEPOINTs are fine, BEGIN, COMMIT and ROLLBACK are not
/// ([`Projection::migrate`] alone runs outside of one). A panic counts as a failure.
pub trait Projection: Send + Sync {
    /// Counts the versions of the tables. When it differs from the one that the tables were built by, they are
    /// cleared and built again from the records.
    fn version(&self) -> i64;

    /// Brings the tables up to date, for example with [`run_migrations`](crate::run_migrations).
    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>>;

    /// Takes changes in order. A record may come again with the state that it has, or with an older version than
    /// before when a newer one was set aside: the last one told is the record's state.
    fn apply<'a>(
        &'a self,
        db: &'a mut AnyConnection,
        changes: &'a [RecordChange],
    ) -> BoxFuture<'a, Result<(), ProjectionError>>;

    /// Empties the tables.
    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>>;
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// This is its state now, which may be retired or erased.
    Set(Record),
    /// No entry of it counts any more.
    Removed {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
    },
}

impl RecordChange {
    /// The record's kind.
    pub fn kind(&self) -> &Kind {
        match self {
            RecordChange::Set(record) => &record.kind,
            RecordChange::Removed { kind, .. } => kind,
        }
    }
}

/// Why a projection can't take a change. The entry is set aside with the reason.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The record breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// What the record refers to has not arrived; it is tried again when it does.
    #[error("{kind} {record} has not arrived here")]
    Awaits {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
    },
    /// A statement failed.
    #[error("the tables do not take it: {0}")]
    Database(#[from] sqlx::Error),
}

/// Keeps no typed tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProjection;

impl Projection for NoProjection {
    fn version(&self) -> i64 {
        0
    }

    fn migrate<'a>(&'a self, _: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn apply<'a>(
        &'a self,
        _: &'a mut AnyConnection,
        _: &'a [RecordChange],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
