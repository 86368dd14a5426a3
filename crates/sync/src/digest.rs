//! Digests of heads: two sites that agree learn so from 1 KiB, however many streams they share.

use std::collections::BTreeMap;

use crate::hash::{Context, Hash, Hasher};
use crate::id::{Head, StreamId};

/// How far each stream reaches.
pub type Heads = BTreeMap<StreamId, Head>;

/// Buckets that streams are sorted into.
pub const BUCKETS: usize = 64;

/// Bytes of one bucket's digest: enough against accidents, and a peer that lies fools only itself.
pub const DIGEST_BYTES: usize = 16;

/// One digest for each bucket.
pub type Digests = [[u8; DIGEST_BYTES]; BUCKETS];

/// The bucket of a stream.
pub fn bucket(stream: &StreamId) -> usize {
    bucket_of_key(&stream.key())
}

fn bucket_of_key(key: &Hash) -> usize {
    usize::from(key.as_bytes()[0]) % BUCKETS
}

/// Digests heads, bucket by bucket, as `Hello` in sync.proto lays down. Streams without frames don't count.
pub fn digests(heads: &Heads) -> Digests {
    let mut sorted: Vec<(Hash, &Head)> =
        heads.iter().filter(|(_, head)| head.seq > 0).map(|(stream, head)| (stream.key(), head)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let mut hashers: [Option<Hasher>; BUCKETS] = [const { None }; BUCKETS];
    for (key, head) in sorted {
        let hasher = hashers[bucket_of_key(&key)].get_or_insert_with(|| Hasher::new(Context::Heads));
        hasher.update(key.as_bytes());
        hasher.update(&head.seq.to_be_bytes());
        hasher.update(head.hash.as_bytes());
    }
    hashers.map(|hasher| {
        let hash = hasher.unwrap_or_else(|| Hasher::new(Context::Heads)).finish();
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(&hash.as_bytes()[..DIGEST_BYTES]);
        digest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FrameHash, SiteId};

    fn heads(count: u8) -> Heads {
        let head = |n| Head { seq: u64::from(n) + 1, hash: FrameHash::new([n; 32]) };
        (0..count).map(|n| (StreamId::journal(SiteId::new([n; 32]), 0), head(n))).collect()
    }

    #[test]
    fn one_changed_head_changes_one_digest() {
        let before = heads(200);
        let mut after = before.clone();
        let stream = StreamId::journal(SiteId::new([7; 32]), 0);
        after.insert(stream, Head { seq: 99, hash: FrameHash::new([9; 32]) });
        let (a, b) = (digests(&before), digests(&after));
        let differing: Vec<usize> = (0..BUCKETS).filter(|i| a[*i] != b[*i]).collect();
        assert_eq!(differing, [bucket(&stream)]);
    }

    #[test]
    fn streams_without_frames_do_not_count() {
        let mut padded = heads(3);
        padded.insert(StreamId::journal(SiteId::new([99; 32]), 0), Head::NONE);
        assert_eq!(digests(&padded), digests(&heads(3)));
    }
}
