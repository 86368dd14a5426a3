//! Hashes: BLAKE3 with a context for each use, so that bytes hashed for one purpose never pass for another.

use std::fmt;

/// 32 bytes of BLAKE3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// What a hash is taken over; the names are those of sync.proto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A frame's header.
    Frame,
    /// Salt and body of an entry.
    Body,
    /// The heads of one bucket of streams.
    Heads,
    /// A stream id, to sort streams into buckets.
    Stream,
    /// A site's first public key.
    Site,
    /// A whole object.
    Object,
    /// One chunk of an object.
    Chunk,
    /// The list of an object's chunks.
    Manifest,
    /// A joining token's check bytes.
    Token,
    /// What a record is about, for records that are named by it.
    Record,
    /// What was approved of a document.
    Document,
}

impl Context {
    const fn name(self) -> &'static str {
        match self {
            Context::Frame => "yanzhen.v1 frame",
            Context::Body => "yanzhen.v1 body",
            Context::Heads => "yanzhen.v1 heads",
            Context::Stream => "yanzhen.v1 stream",
            Context::Site => "yanzhen.v1 site",
            Context::Object => "yanzhen.v1 object",
            Context::Chunk => "yanzhen.v1 chunk",
            Context::Manifest => "yanzhen.v1 manifest",
            Context::Token => "yanzhen.v1 token",
            Context::Record => "yanzhen.v1 record",
            Context::Document => "yanzhen.v1 document",
        }
    }
}

impl Hash {
    /// All zeros: what the genesis frame names as its predecessor.
    pub const ZERO: Hash = Hash([0; 32]);

    /// Hashes `parts`, one after the other.
    pub fn of(context: Context, parts: &[&[u8]]) -> Hash {
        let mut hasher = Hasher::new(context);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }

    /// Takes exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Hash> {
        Some(Hash(bytes.try_into().ok()?))
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0[..6]))
    }
}

/// Hashes bytes as they come.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Begins a hash.
    pub fn new(context: Context) -> Hasher {
        Hasher(blake3::Hasher::new_derive_key(context.name()))
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Ends the hash.
    pub fn finish(&self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}
