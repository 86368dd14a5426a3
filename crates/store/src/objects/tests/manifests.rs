use bytes::Bytes;
use proptest::prelude::*;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::limits::{CHUNK_BYTES, MAX_OBJECT_BYTES};

use super::super::{MAX_CHUNKS, MAX_MANIFEST_BYTES, Manifest, ManifestError};
use super::{cut_otherwise, noise};

fn message() -> proto::ObjectManifest {
    (&cut_otherwise(&noise(40, 10_000), 3_000)).into()
}

fn refusal(change: impl FnOnce(&mut proto::ObjectManifest)) -> ManifestError {
    let mut message = message();
    change(&mut message);
    Manifest::try_from(message).unwrap_err()
}

fn object(message: &mut proto::ObjectManifest) -> &mut proto::ObjectRef {
    message.object.as_mut().unwrap()
}

#[test]
fn a_manifest_survives_the_wire() {
    for size in [0, 1, 10_000] {
        let manifest = cut_otherwise(&noise(41, size), 3_000);
        assert_eq!(Manifest::decode(&manifest.encode()).unwrap(), manifest);
    }
    let manifest = Manifest::try_from(message()).unwrap();
    let offsets: Vec<_> = manifest.chunks().iter().map(|chunk| chunk.offset).collect();
    assert_eq!(offsets, [0, 3_000, 6_000, 9_000]);
}

#[test]
fn whatever_is_inconsistent_is_refused() {
    assert!(matches!(refusal(|m| m.object = None), ManifestError::Wire(_)));
    assert!(matches!(refusal(|m| object(m).algorithm = 2), ManifestError::Wire(_)));
    assert!(matches!(refusal(|m| object(m).hash = Bytes::new()), ManifestError::Wire(_)));
    assert_eq!(refusal(|m| object(m).size += 1), ManifestError::Sum { chunks: 10_000, object: 10_001 });
    let huge = MAX_OBJECT_BYTES + 1;
    assert_eq!(refusal(|m| object(m).size = huge), ManifestError::ObjectSize(huge));
    assert_eq!(refusal(|m| object(m).manifest_hash = vec![1; 32].into()), ManifestError::Hash);
    assert_eq!(refusal(|m| m.chunks[1].size = 0), ManifestError::ChunkSize { index: 1, size: 0 });
    let large = u32::try_from(CHUNK_BYTES.2).unwrap() + 1;
    assert_eq!(refusal(|m| m.chunks[2].size = large), ManifestError::ChunkSize { index: 2, size: large });
    assert_eq!(refusal(|m| m.chunks[3].hash.truncate(31)), ManifestError::ChunkHash(3));
    assert_eq!(refusal(|m| m.chunks[0].hash = vec![1; 32].into()), ManifestError::Hash);
    assert_eq!(refusal(|m| m.chunks.swap(0, 1)), ManifestError::Hash);
    let many = |m: &mut proto::ObjectManifest| m.chunks = vec![m.chunks[0].clone(); MAX_CHUNKS + 1];
    assert_eq!(refusal(many), ManifestError::TooManyChunks(MAX_CHUNKS + 1));
}

#[test]
fn the_largest_manifest_fits_its_bound() {
    let mut message = message();
    message.chunks[0].size = u32::try_from(CHUNK_BYTES.2).unwrap();
    message.chunks = vec![message.chunks[0].clone(); MAX_CHUNKS];
    assert!(prost::Message::encoded_len(&message) <= MAX_MANIFEST_BYTES);
}

prop_compose! {
    fn any_chunk()(
        size in prop_oneof![any::<u32>(), 0..5_u32],
        hash in prop::collection::vec(any::<u8>(), 30..34),
    ) -> proto::object_manifest::Chunk {
        proto::object_manifest::Chunk { size, hash: hash.into() }
    }
}

prop_compose! {
    fn any_message()(
        named in any::<bool>(),
        algorithm in -1..3,
        hash in prop::collection::vec(any::<u8>(), 31..34),
        manifest_hash in prop::collection::vec(any::<u8>(), 31..34),
        size in prop_oneof![any::<u64>(), 0..10_u64],
        chunks in prop::collection::vec(any_chunk(), 0..5),
    ) -> proto::ObjectManifest {
        let (hash, manifest_hash) = (hash.into(), manifest_hash.into());
        let object = named.then_some(proto::ObjectRef { algorithm, hash, size, manifest_hash });
        proto::ObjectManifest { object, chunks }
    }
}

proptest! {
    #[test]
    fn an_arbitrary_message_is_refused_without_a_panic(message in any_message()) {
        // Random manifest hashes are not those of the lists beside them.
        prop_assert!(Manifest::try_from(message).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Manifest::decode(&bytes).is_err());
    }

    #[test]
    fn a_changed_byte_is_refused_or_names_another_object(at in any::<prop::sample::Index>(), mask in 1..=u8::MAX) {
        let manifest = Manifest::try_from(message()).unwrap();
        let mut bytes = manifest.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        if let Ok(changed) = Manifest::decode(&bytes) {
            prop_assert_eq!(changed.chunks(), manifest.chunks());
            prop_assert_ne!(changed.object().hash, manifest.object().hash);
        }
    }
}
