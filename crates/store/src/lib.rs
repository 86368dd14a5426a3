//! Frames, heads, records and objects on disk.
//!
//! A [`Store`] keeps what a site writes and what comes to it over its links. *Storing* (frames, seals, heads) and
//! *projecting* (the state of each record, typed tables) have separate cursors: what was stored is acknowledged at
//! once, what it means for the records is worked out after it, slice by slice, and an entry that can't be read is
//! set aside without blocking its stream. Local writes do both in one transaction.
//!
//! One task writes, in group commits; a few connections read beside it. The SQL is portable; what is particular to
//! SQLite is in one module. [`objects`] keeps the attachments, as files.

mod clock;
mod damage;
mod edit;
mod error;
mod frames;
mod history;
mod load;
mod mailed;
mod meta;
mod notify;
mod object_index;
pub mod objects;
mod projection;
mod projector;
mod quarantine;
mod record;
mod repair;
mod restore;
mod schema;
mod shared;
mod sql;
mod sqlite;
mod statements;
mod statistics;
mod store;
mod writer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use damage::DamageEvent;
pub use edit::{Edit, Expected, Mail, Target, Write, WriteError, Written};
pub use error::StoreError;
pub use load::LoadError;
pub use notify::Committed;
pub use object_index::{Missing, Wanted, WantedPage};
pub use projection::{NoProjection, Projection, ProjectionError, RecordChange};
pub use quarantine::{Cause, Retried, Retry, SetAside};
pub use record::{Record, RecordKey};
pub use repair::Repaired;
pub use schema::{Migration, run_migrations};
pub use sql::{Fields, insert, with_list};
pub use sqlite::{open_beside, push_placeholder};
pub use statistics::{Backlog, Statistics};
pub use store::{Options, Store};
pub use writer::IngestError;
