//! What can go wrong with objects.

use std::io;
use std::path::{Path, PathBuf};

use yanzhen_sync::ObjectHash;
use yanzhen_sync::limits::{CHUNK_BYTES, MAX_OBJECT_BYTES};
use yanzhen_sync::wire::WireError;

use super::manifest::MAX_CHUNKS;

/// Why the object folder did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The disk has no room.
    #[error(
        "the disk is full, so {path} could not be written; what was stored before is safe: free some space, \
         then try again"
    )]
    DiskFull {
        /// What was being written.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The file system failed otherwise.
    #[error("could not {action} {path}: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// More bytes than an object may have.
    #[error(
        "{path} is larger than {limit} bytes, the most that one object may have: divide it or compress it"
    )]
    TooLarge {
        /// What was to be added.
        path: PathBuf,
        /// Bytes that it may have.
        limit: u64,
    },
    /// The object is not here, or not complete.
    #[error("object {object} is not here yet")]
    Missing {
        /// Which object.
        object: ObjectHash,
    },
    /// The object has fewer chunks.
    #[error("object {object} has {chunks} chunks and none of index {index}")]
    NoSuchChunk {
        /// Which object.
        object: ObjectHash,
        /// The chunk asked for, from 0.
        index: u32,
        /// Chunks it has.
        chunks: u32,
    },
    /// Bytes on disk are not what they were; to be discarded and fetched again.
    #[error("object {object} is damaged on this disk ({path}): it has to be fetched again")]
    Damaged {
        /// Which object.
        object: ObjectHash,
        /// The damaged file.
        path: PathBuf,
        /// The damaged chunk, from 0, where that is known.
        index: Option<u32>,
    },
    /// The bytes are not the chunk that the manifest names; nothing was changed.
    #[error("chunk {index} of object {object} is not what its manifest names: it has to be sent again")]
    WrongChunk {
        /// Which object.
        object: ObjectHash,
        /// Which chunk, from 0.
        index: u32,
    },
    /// A chunk came before its predecessor.
    #[error("chunk {found} of object {object} came where {expected} was due")]
    OutOfOrder {
        /// Which object.
        object: ObjectHash,
        /// The next chunk, from 0.
        expected: u32,
        /// The chunk that came.
        found: u32,
    },
    /// Finished before all chunks were there.
    #[error("object {object} has {held} of {chunks} chunks only")]
    Incomplete {
        /// Which object.
        object: ObjectHash,
        /// Leading chunks that are here.
        held: u32,
        /// Chunks it has.
        chunks: u32,
    },
    /// Every chunk is what the manifest names, but the whole is another object: the manifest is false.
    #[error("the manifest of object {object} describes another object: what came by it was dropped")]
    FalseManifest {
        /// Which object.
        object: ObjectHash,
    },
    /// Another caller writes the object at this moment.
    #[error("object {object} is already on its way")]
    Busy {
        /// Which object.
        object: ObjectHash,
    },
    /// The program is going down.
    #[error("the program is stopping")]
    Stopping,
}

impl ObjectError {
    /// Tells whether the same call can succeed once there is room on the disk.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, ObjectError::DiskFull { .. })
    }

    /// Tells whether the object should be discarded and fetched again.
    pub fn is_damage(&self) -> bool {
        matches!(self, ObjectError::Damaged { .. })
    }
}

/// Says what was being done to `path` when the system refused.
pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ObjectError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ObjectError::DiskFull { path: path.to_owned(), source }
        }
        _ => ObjectError::Io { action, path: path.to_owned(), source },
    }
}

/// Why a message is not an object's manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not protobuf, or the object's name is malformed.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Larger than an object may be.
    #[error("the object has {0} bytes; an object has at most {MAX_OBJECT_BYTES}")]
    ObjectSize(u64),
    /// More chunks than an object may have.
    #[error("the manifest has {0} chunks; a manifest has at most {MAX_CHUNKS}")]
    TooManyChunks(usize),
    /// A chunk of no bytes or of too many.
    #[error("chunk {index} has {size} bytes; a chunk has 1 to {max}", max = CHUNK_BYTES.2)]
    ChunkSize {
        /// Which chunk, from 0.
        index: usize,
        /// Its bytes.
        size: u32,
    },
    /// A chunk whose hash has not 32 bytes.
    #[error("the hash of chunk {0} is malformed")]
    ChunkHash(usize),
    /// The chunks are not the object's length together.
    #[error("the chunks have {chunks} bytes together, the object {object}")]
    Sum {
        /// Bytes of all chunks.
        chunks: u64,
        /// Bytes of the object.
        object: u64,
    },
    /// The list does not have the hash that the object's reference names.
    #[error("the list of chunks is not the one that the object's reference names")]
    Hash,
}
