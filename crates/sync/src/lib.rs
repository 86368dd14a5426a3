//! The sync engine of Yanzhen, without I/O.
//!
//! A site writes frames to streams that it alone authors; streams are what replicates between a child and
//! its parent. This crate knows the format of frames and seals, who may write what and what travels where
//! ([`directory`], [`authority`]), and how two neighbours exchange what the other lacks ([`session`]). It
//! knows no sockets, no database, no clock and no source of randomness: what it needs of them is passed in,
//! so that a seed replays a run.

pub mod authority;
pub mod digest;
pub mod directory;
pub mod envelope;
pub mod erasure;
pub mod frame;
pub mod hash;
pub mod id;
pub mod limits;
pub mod memory;
pub mod plan;
pub mod run;
pub mod seal;
pub mod session;
pub mod statement;
pub mod testing;
pub mod wire;

pub use frame::{Body, Change, Draft, EntryHeader, EntryRef, Frame, FrameHeader, Kind, ObjectRef, Version};
pub use hash::Hash;
pub use id::{
    FrameHash, Head, Millis, ObjectHash, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId,
};
pub use run::Run;
pub use seal::{PublicKey, Seal, Sign, Signature, Verify};
