//! The list of an object's chunks.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::hash::{Context, Hash, Hasher};
use yanzhen_sync::limits::{CHUNK_BYTES, MAX_OBJECT_BYTES};
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{ObjectHash, ObjectRef};

use super::error::ManifestError;

/// Chunks in one manifest: what the largest object has when each chunk is as small as chunking makes them.
#[expect(clippy::cast_possible_truncation, reason = "the quotient is 65,536")]
pub const MAX_CHUNKS: usize = (MAX_OBJECT_BYTES / CHUNK_BYTES.0 as u64) as usize;

/// Bytes of one encoded manifest: 48 for each chunk (40 are needed) and 1 KiB for the rest.
pub const MAX_MANIFEST_BYTES: usize = 48 * MAX_CHUNKS + 1024;

/// One piece of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes of the object before it.
    pub offset: u64,
    /// Its bytes, 1 to 262,144.
    pub size: u32,
    /// The hash of its bytes.
    pub hash: Hash,
}

impl Chunk {
    /// Tells whether these are its bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.size as usize && Hash::of(Context::Chunk, &[bytes]) == self.hash
    }
}

/// An object's name and its chunks in order. Only consistent ones can be made: the sizes add up and the
/// hash of the list is the one in the name. Whether the object has this hash shows when its bytes are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    object: ObjectRef,
    chunks: Vec<Chunk>,
}

impl Manifest {
    /// The object's name, which names this manifest too.
    pub fn object(&self) -> &ObjectRef {
        &self.object
    }

    /// All chunks in order; none for an empty object.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// How many chunks there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.chunks.len()).expect("a manifest has at most MAX_CHUNKS chunks")
    }

    /// One chunk; indices begin at 0.
    pub fn chunk(&self, index: u32) -> Option<&Chunk> {
        self.chunks.get(index as usize)
    }

    /// Bytes in the first `count` chunks.
    pub fn bytes_before(&self, count: u32) -> u64 {
        self.chunk(count).map_or(self.object.size, |next| next.offset)
    }

    /// Decodes and checks an encoded message.
    pub fn decode(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        proto::ObjectManifest::decode(bytes).map_err(WireError::from)?.try_into()
    }

    /// Encodes the message.
    pub fn encode(&self) -> Vec<u8> {
        proto::ObjectManifest::from(self).encode_to_vec()
    }
}

/// Makes the manifest of an object whose chunks come one after the other.
pub(super) struct Builder {
    whole: Hasher,
    list: Hasher,
    size: u64,
    chunks: Vec<Chunk>,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            whole: Hasher::new(Context::Object),
            list: Hasher::new(Context::Manifest),
            size: 0,
            chunks: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let size = u32::try_from(bytes.len()).expect("a chunk has at most CHUNK_BYTES.2 bytes");
        let chunk = Chunk { offset: self.size, size, hash: Hash::of(Context::Chunk, &[bytes]) };
        self.whole.update(bytes);
        list_chunk(&mut self.list, &chunk);
        self.size += u64::from(size);
        self.chunks.push(chunk);
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn finish(self) -> Manifest {
        let hash = ObjectHash::new(*self.whole.finish().as_bytes());
        let object = ObjectRef { hash, size: self.size, manifest: self.list.finish() };
        Manifest { object, chunks: self.chunks }
    }
}

fn list_chunk(list: &mut Hasher, chunk: &Chunk) {
    list.update(&chunk.size.to_be_bytes());
    list.update(chunk.hash.as_bytes());
}

impl From<&Manifest> for proto::ObjectManifest {
    fn from(manifest: &Manifest) -> Self {
        let chunks = manifest.chunks.iter().map(|chunk| proto::object_manifest::Chunk {
            size: chunk.size,
            hash: Bytes::copy_from_slice(chunk.hash.as_bytes()),
        });
        proto::ObjectManifest { object: Some(manifest.object.into()), chunks: chunks.collect() }
    }
}

impl TryFrom<proto::ObjectManifest> for Manifest {
    type Error = ManifestError;

    fn try_from(wire: proto::ObjectManifest) -> Result<Self, ManifestError> {
        let object: ObjectRef = wire.object.ok_or(WireError::Missing("object"))?.try_into()?;
        if object.size > MAX_OBJECT_BYTES {
            return Err(ManifestError::ObjectSize(object.size));
        }
        if wire.chunks.len() > MAX_CHUNKS {
            return Err(ManifestError::TooManyChunks(wire.chunks.len()));
        }
        let mut list = Hasher::new(Context::Manifest);
        let mut chunks = Vec::with_capacity(wire.chunks.len());
        let mut offset = 0;
        for (index, chunk) in wire.chunks.iter().enumerate() {
            let size = chunk.size;
            if !(1..=CHUNK_BYTES.2).contains(&(size as usize)) {
                return Err(ManifestError::ChunkSize { index, size });
            }
            let hash = Hash::from_slice(&chunk.hash).ok_or(ManifestError::ChunkHash(index))?;
            let chunk = Chunk { offset, size, hash };
            list_chunk(&mut list, &chunk);
            offset += u64::from(size);
            chunks.push(chunk);
        }
        if offset != object.size {
            return Err(ManifestError::Sum { chunks: offset, object: object.size });
        }
        if list.finish() != object.manifest {
            return Err(ManifestError::Hash);
        }
        Ok(Manifest { object, chunks })
    }
}
