//! Names of things: every id is a type of its own, checked when it is decoded.

use std::fmt;

use crate::hash::{Context, Hash};
use crate::seal::PublicKey;

/// Bytes did not have the length that an id has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} has {found} bytes instead of {expected}")]
pub struct IdError {
    /// Which id.
    pub name: &'static str,
    /// Bytes it has.
    pub expected: usize,
    /// Bytes that came.
    pub found: usize,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $size]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn new(bytes: [u8; $size]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }

            /// The bytes as they go over the wire and into tables.
            pub fn to_bytes(&self) -> bytes::Bytes {
                bytes::Bytes::copy_from_slice(&self.0)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                match bytes.try_into() {
                    Ok(bytes) => Ok(Self(bytes)),
                    Err(_) => Err(IdError { name: stringify!($name), expected: $size, found: bytes.len() }),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            /// Reads lower-case hexadecimal.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap_or_default();
                Self::try_from(bytes.as_slice())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl $name {
            /// The last 8 hexadecimal digits, for logs and small columns.
            pub fn short(&self) -> String {
                data_encoding::HEXLOWER.encode(&self.0[$size - 4..])
            }
        }
    };
}

byte_id! {
    /// A site: the hash of its first public key.
    SiteId, 32
}
byte_id! {
    /// A frame: the hash of its header, and so of the whole chain up to it.
    FrameHash, 32
}
byte_id! {
    /// An object: the hash of its bytes.
    ObjectHash, 32
}
byte_id! {
    /// A record: a version 7 UUID, or the first bytes of a hash for records that are named by what they are about.
    RecordId, 16
}
byte_id! {
    /// A unit of the administrative tree: the id of its record.
    UnitId, 16
}

impl SiteId {
    /// The id of the site whose first key this is.
    pub fn of_key(key: &PublicKey) -> SiteId {
        SiteId(*Hash::of(Context::Site, &[&[key.algorithm()], key.as_bytes()]).as_bytes())
    }
}

impl FrameHash {
    /// What the genesis frame names as its predecessor.
    pub const ZERO: FrameHash = FrameHash([0; 32]);
}

impl From<UnitId> for RecordId {
    fn from(unit: UnitId) -> RecordId {
        RecordId(unit.0)
    }
}

impl From<RecordId> for UnitId {
    fn from(record: RecordId) -> UnitId {
        UnitId(record.0)
    }
}

/// Milliseconds since 1970 in UTC, by somebody's clock.
pub type Millis = i64;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamType {
    /// The author's own records, for all its ancestors.
    Journal,
    /// From the author to one site below it.
    Mailbox(SiteId),
    /// From the author to everything below it.
    Bulletin,
}

/// Names an append-only sequence of frames with one author.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Who writes it.
    pub author: SiteId,
    /// What it is for, with the recipient of a mailbox.
    pub kind: StreamType,
    /// Counts the author's restarts from a copied or restored database.
    pub epoch: u32,
}

impl StreamId {
    /// The journal of `author`.
    pub fn journal(author: SiteId, epoch: u32) -> StreamId {
        StreamId { author, kind: StreamType::Journal, epoch }
    }

    /// The mailbox from `author` to `recipient`.
    pub fn mailbox(author: SiteId, recipient: SiteId, epoch: u32) -> StreamId {
        StreamId { author, kind: StreamType::Mailbox(recipient), epoch }
    }

    /// The bulletin of `author`.
    pub fn bulletin(author: SiteId, epoch: u32) -> StreamId {
        StreamId { author, kind: StreamType::Bulletin, epoch }
    }

    /// The recipient of a mailbox.
    pub fn recipient(&self) -> Option<SiteId> {
        match self.kind {
            StreamType::Mailbox(recipient) => Some(recipient),
            StreamType::Journal | StreamType::Bulletin => None,
        }
    }

    /// The bytes that stand for the stream in seals and digests, as sync.proto lays down.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(70);
        bytes.extend_from_slice(self.author.as_bytes());
        match self.kind {
            StreamType::Journal => bytes.extend_from_slice(&[1, 0]),
            StreamType::Mailbox(recipient) => {
                bytes.extend_from_slice(&[2, 32]);
                bytes.extend_from_slice(recipient.as_bytes());
            }
            StreamType::Bulletin => bytes.extend_from_slice(&[3, 0]),
        }
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes
    }

    /// The hash that sorts streams into buckets.
    pub fn key(&self) -> Hash {
        Hash::of(Context::Stream, &[&self.signed_bytes()])
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let author = self.author.short();
        match self.kind {
            StreamType::Journal => write!(f, "journal of {author}")?,
            StreamType::Mailbox(recipient) => write!(f, "mailbox of {author} to {}", recipient.short())?,
            StreamType::Bulletin => write!(f, "bulletin of {author}")?,
        }
        if self.epoch > 0 { write!(f, ", epoch {}", self.epoch) } else { Ok(()) }
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far a stream reaches: the last frame's number, from 1, and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    /// The last frame's number; 0 while there is none.
    pub seq: u64,
    /// The last frame's hash; zeros while there is none.
    pub hash: FrameHash,
}

impl Head {
    /// Nothing yet.
    pub const NONE: Head = Head { seq: 0, hash: FrameHash::ZERO };
}

/// A stream up to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamHead {
    /// Which stream.
    pub stream: StreamId,
    /// Up to where.
    pub head: Head,
}

impl StreamHead {
    /// The bytes that stand for a head in signed statements.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.stream.signed_bytes();
        bytes.extend_from_slice(&self.head.seq.to_be_bytes());
        bytes.extend_from_slice(self.head.hash.as_bytes());
        bytes
    }
}
