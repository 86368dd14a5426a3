//! What an entry's hash covers. The encoding never changes: entries of earlier years are verified with it.

use super::Entry;

/// The key of this use of BLAKE3; another encoding gets another one.
const CONTEXT: &str = "yanzhen.v1 audit entry";

/// The hash of an entry; zeros before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash([u8; 32]);

/// The hash of an entry behind one with the hash `previous`: over `previous`, place and time as eight bytes each,
/// little end first, and each text with its length in bytes before it, as eight too.
pub(super) fn hash(previous: Hash, entry: &Entry) -> Hash {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&previous.0);
    hasher.update(&entry.seq.to_le_bytes());
    hasher.update(&entry.at_ms.to_le_bytes());
    let event = &entry.event;
    let texts: [&str; 7] = [
        &event.actor,
        &event.address,
        &event.action,
        &event.object,
        event.outcome.code(),
        &event.code,
        &event.note,
    ];
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    Hash(hasher.finalize().into())
}

impl Hash {
    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl TryFrom<Vec<u8>> for Hash {
    type Error = Vec<u8>;

    fn try_from(bytes: Vec<u8>) -> Result<Hash, Vec<u8>> {
        bytes.try_into().map(Hash)
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}
