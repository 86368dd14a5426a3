//! What a site writes itself.

use bytes::Bytes;
use yanzhen_sync::directory::DirectoryError;
use yanzhen_sync::{
    Change, EntryRef, Kind, ObjectRef, RecordId, SiteId, StreamHead, StreamId, UnitId, Version,
};

use crate::error::StoreError;

/// Edits of the own site, written as one transaction. The same entries go into each target.
#[derive(Clone, Debug)]
pub struct Write {
    /// The own streams that it goes into; at least one.
    pub targets: Vec<Target>,
    /// At least one. Those of one record are taken in their order.
    pub edits: Vec<Edit>,
}

/// One of the own streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// For all sites above.
    Journal,
    /// For one site below.
    Mailbox(SiteId),
    /// For all sites below.
    Bulletin,
}

/// One change of one record.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The record's kind.
    pub kind: Kind,
    /// Which record of that kind.
    pub record: RecordId,
    /// The unit that it belongs to, which must be at home here.
    pub unit: UnitId,
    /// What happens to it.
    pub change: Change,
    /// Its new state; empty for [`Change::Erase`].
    pub body: Bytes,
    /// The objects that the body refers to.
    pub objects: Vec<ObjectRef>,
    /// The state that the editor saw.
    pub expected: Expected,
    /// For a record that comes from another unit: the mail that hands it over, or the entry that made it what it was
    /// where both units are at home at or below this site. None for everything else.
    pub handed_over_by: Option<EntryRef>,
}

impl Edit {
    /// A new state of a record, without objects.
    pub fn upsert(
        kind: Kind,
        record: RecordId,
        unit: UnitId,
        body: impl Into<Bytes>,
        expected: Expected,
    ) -> Edit {
        let (change, body, objects) = (Change::Upsert, body.into(), Vec::new());
        Edit { kind, record, unit, change, body, objects, expected, handed_over_by: None }
    }
}

/// Mail about existing records to one site below; what its mailbox holds already is not mailed again.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The site.
    pub to: SiteId,
    /// Records that are told of as they are.
    pub copies: Vec<(Kind, RecordId)>,
    /// Records of unit `from` that are handed over to `unit`, which is at home at the site.
    pub hands_over: Vec<(Kind, RecordId)>,
    /// See `hands_over`.
    pub from: UnitId,
    /// See `hands_over`.
    pub unit: UnitId,
    /// Records that have left for a unit that is neither at home at the site nor below it.
    pub takes_away: Vec<(Kind, RecordId)>,
}

/// The state that an edit builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There is no such record yet.
    New,
    /// The record has this version.
    At(Version),
    /// Whatever it is.
    Any,
}

/// What was written, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The versions that the edits got, in their order.
    pub records: Vec<(Kind, RecordId, Version)>,
    /// How far the targets reach now, in their order.
    pub heads: Vec<StreamHead>,
}

/// Why nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else changed the record in the meantime.
    #[error("{kind} {record} was changed in the meantime; look at its present state and try again")]
    Conflict {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
        /// The version that it has now.
        known: Option<Version>,
    },
    /// A stream that the write rests on has grown in the meantime.
    #[error("{0} has grown in the meantime; look at it and try again")]
    Advanced(StreamId),
    /// The unit is at home elsewhere.
    #[error("unit {0} is not at home at this site; its records are changed where it is at home")]
    NotHome(UnitId),
    /// The engine or a rule of the work refuses the edit.
    #[error("{kind} {record}: {why}")]
    Refused {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
        /// What forbids it.
        why: String,
    },
    /// The work's rules refuse the edits.
    #[error("{0}")]
    Invalid(String),
    /// The record refers to one that is not here.
    #[error("it refers to {kind} {record}, which is not here")]
    Awaits {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
    },
    /// One entry does not fit into a frame.
    #[error(
        "{kind} {record} has {bytes} bytes, more than a frame holds; put large content into an attachment"
    )]
    TooLarge {
        /// Its kind.
        kind: Kind,
        /// Which one.
        record: RecordId,
        /// Bytes of its entry.
        bytes: usize,
    },
    /// A write without a target or without an edit.
    #[error("a write needs at least one target and one edit")]
    Empty,
    /// The network's records do not take it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        WriteError::Store(error.into())
    }
}
