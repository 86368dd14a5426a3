use std::fs;

use bytes::Bytes;
use yanzhen_proto::v1 as proto;

use super::super::{Manifest, ObjectError, ObjectFolder, Progress};
use super::{MIB, at_a_neighbour, contents, cut_otherwise, flip_byte, folder, names, noise, send_missing};

#[tokio::test]
async fn an_object_is_visible_once_it_is_whole() {
    for size in [0, 1, 5 * MIB] {
        let bytes = noise(20, size);
        let (manifest, chunk) = at_a_neighbour(&bytes).await;
        let object = *manifest.object();
        let (dir, folder) = folder().await;
        let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
        assert_eq!((partial.chunks_held(), partial.bytes_left()), (0, size as u64));
        assert_eq!(send_missing(&mut partial, &chunk).await, manifest.count());
        assert_eq!(partial.bytes_left(), 0);
        assert!(!folder.has(&object).await.unwrap());
        partial.finish().await.unwrap();
        assert!(folder.has(&object).await.unwrap());
        assert_eq!(contents(&folder, &object).await, bytes);
        assert!(names(&dir.path().join("partial")).is_empty());
        assert!(folder.partial(manifest).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn after_a_cut_with_a_torn_chunk_only_what_is_missing_is_sent() {
    let bytes = noise(21, 2 * MIB);
    let (manifest, chunk) = at_a_neighbour(&bytes).await;
    let object = *manifest.object();
    let (dir, folder) = folder().await;
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    for index in 0..10 {
        assert_eq!(partial.write_chunk(index, chunk(index)).await.unwrap(), index + 1);
    }
    drop((partial, folder));

    // The crash tore chunk 10.
    let name = format!("{}-{}", object.hash, object.manifest);
    let path = dir.path().join("partial").join(name);
    let mut torn = fs::read(&path).unwrap();
    torn.extend(&chunk(10)[..1000]);
    fs::write(&path, &torn).unwrap();
    let folder = ObjectFolder::open(dir.path()).await.unwrap();
    assert_eq!(folder.partials().await.unwrap(), [Progress { object, held: torn.len() as u64 }]);
    let partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    assert_eq!(partial.chunks_held(), 10);
    assert_eq!(fs::metadata(&path).unwrap().len(), manifest.bytes_before(10));
    drop(partial);

    // Another one garbled chunk 8.
    flip_byte(&path, usize::try_from(manifest.bytes_before(8)).unwrap());
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    assert_eq!(partial.chunks_held(), 8);
    assert_eq!(partial.bytes_left(), object.size - manifest.bytes_before(8));
    assert_eq!(send_missing(&mut partial, &chunk).await, manifest.count() - 8);
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, &object).await, bytes);
    assert!(folder.partials().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_chunk_is_refused_and_changes_nothing() {
    let bytes = noise(22, MIB);
    let (manifest, chunk) = at_a_neighbour(&bytes).await;
    let (_dir, folder) = folder().await;
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    partial.write_chunk(0, chunk(0)).await.unwrap();

    let mut garbled = chunk(1).to_vec();
    garbled[17] ^= 1;
    for wrong in [garbled.into(), chunk(1).slice(1..), chunk(2), Bytes::new()] {
        let result = partial.write_chunk(1, wrong).await;
        assert!(matches!(result, Err(ObjectError::WrongChunk { index: 1, .. })));
    }
    let early = partial.write_chunk(2, chunk(2)).await;
    assert!(matches!(early, Err(ObjectError::OutOfOrder { expected: 1, found: 2, .. })));
    let beyond = partial.write_chunk(manifest.count(), chunk(0)).await;
    assert!(matches!(beyond, Err(ObjectError::NoSuchChunk { .. })));
    assert_eq!(partial.chunks_held(), 1);
    assert_eq!(partial.write_chunk(0, chunk(0)).await.unwrap(), 1);

    assert_eq!(send_missing(&mut partial, &chunk).await, manifest.count() - 1);
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, manifest.object()).await, bytes);
}

#[tokio::test]
async fn an_unfinished_object_cannot_be_finished_and_keeps_its_chunks() {
    let (manifest, chunk) = at_a_neighbour(&noise(23, MIB)).await;
    let (_dir, folder) = folder().await;
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    partial.write_chunk(0, chunk(0)).await.unwrap();
    assert!(matches!(partial.finish().await, Err(ObjectError::Incomplete { held: 1, .. })));
    assert_eq!(folder.partial(manifest).await.unwrap().unwrap().chunks_held(), 1);
}

#[tokio::test]
async fn chunks_of_another_object_than_the_one_named_are_dropped() {
    let (honest, chunk) = at_a_neighbour(&noise(24, MIB)).await;
    let mut message = proto::ObjectManifest::from(&honest);
    message.object.as_mut().unwrap().hash = vec![7; 32].into();
    let lie = Manifest::try_from(message).unwrap();
    let (dir, folder) = folder().await;
    let mut partial = folder.partial(lie.clone()).await.unwrap().unwrap();
    send_missing(&mut partial, &chunk).await;
    assert!(matches!(partial.finish().await, Err(ObjectError::FalseManifest { .. })));
    assert!(!folder.has(lie.object()).await.unwrap());
    assert!(names(&dir.path().join("partial")).is_empty());
    assert!(folder.objects().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_writer_waits_and_finds_the_object_complete() {
    let (manifest, chunk) = at_a_neighbour(&noise(25, MIB)).await;
    let (_dir, folder) = folder().await;
    let mut first = folder.partial(manifest.clone()).await.unwrap().unwrap();
    assert!(matches!(folder.try_partial(manifest.clone()).await, Err(ObjectError::Busy { .. })));
    let second = tokio::spawn({
        let (folder, manifest) = (folder.clone(), manifest.clone());
        async move { folder.partial(manifest).await }
    });
    send_missing(&mut first, &chunk).await;
    assert!(!second.is_finished());
    first.finish().await.unwrap();
    assert!(second.await.unwrap().unwrap().is_none());
}

#[tokio::test]
async fn a_second_writer_goes_on_where_the_first_gave_up() {
    let (manifest, chunk) = at_a_neighbour(&noise(26, MIB)).await;
    let (_dir, folder) = folder().await;
    let mut first = folder.partial(manifest.clone()).await.unwrap().unwrap();
    let second = tokio::spawn({
        let (folder, manifest) = (folder.clone(), manifest.clone());
        async move { folder.partial(manifest).await }
    });
    first.write_chunk(0, chunk(0)).await.unwrap();
    drop(first);
    let second = second.await.unwrap().unwrap().unwrap();
    assert_eq!(second.chunks_held(), 1);
    // Other objects are not held up.
    let (other, _) = at_a_neighbour(&noise(27, 10)).await;
    assert!(folder.try_partial(other).await.unwrap().is_some());
}

#[tokio::test]
async fn of_a_revised_document_only_the_new_chunks_are_sent() {
    let old = noise(28, 5 * MIB);
    let mut new = old[..2 * MIB].to_vec();
    new.extend(b"a sentence more");
    new.extend(&old[2 * MIB..]);
    let new = Bytes::from(new);
    let (manifest, chunk) = at_a_neighbour(&new).await;
    let (_dir, folder) = folder().await;
    let known = *folder.add_bytes(old).await.unwrap().object();
    let (unknown, _) = at_a_neighbour(&noise(29, 10)).await;

    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    assert_eq!(partial.chunks_held(), 0);
    let next = partial.reuse(&[*unknown.object(), known]).await.unwrap();
    assert!(next > 10, "begins at chunk {next}");
    let sent = send_missing(&mut partial, &chunk).await;
    assert!((1..=3).contains(&sent), "{sent} of {} chunks were sent", manifest.count());
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, manifest.object()).await, new);
}

#[tokio::test]
async fn an_object_that_others_cut_otherwise_is_served_by_either_manifest() {
    let bytes = noise(30, MIB);
    let (_dir, folder) = folder().await;
    let ours = folder.add_bytes(bytes.clone()).await.unwrap();
    let theirs = cut_otherwise(&bytes, 100_000);
    assert!(!folder.has(theirs.object()).await.unwrap());
    assert!(folder.partial(theirs.clone()).await.unwrap().is_none());
    assert!(folder.has(theirs.object()).await.unwrap());
    assert_eq!(
        folder.reader(theirs.object()).await.unwrap().read_chunk(1).await.unwrap(),
        bytes[100_000..200_000]
    );
    assert_eq!(folder.manifest(ours.object()).await.unwrap(), ours);
    assert_eq!(folder.objects().await.unwrap().len(), 1);
    folder.remove(&ours.object().hash).await.unwrap();
    assert!(!folder.has(theirs.object()).await.unwrap());
}

#[tokio::test]
async fn an_object_added_while_it_was_on_its_way_is_complete() {
    let bytes = noise(31, MIB);
    let (manifest, chunk) = at_a_neighbour(&bytes).await;
    let (dir, folder) = folder().await;
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    partial.write_chunk(0, chunk(0)).await.unwrap();
    folder.add_bytes(bytes.clone()).await.unwrap();
    send_missing(&mut partial, &chunk).await;
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, manifest.object()).await, bytes);
    assert!(names(&dir.path().join("partial")).is_empty());
}

#[tokio::test]
async fn a_partial_object_that_nobody_wants_is_dropped() {
    let (manifest, chunk) = at_a_neighbour(&noise(32, MIB)).await;
    let (dir, folder) = folder().await;
    let mut partial = folder.partial(manifest.clone()).await.unwrap().unwrap();
    partial.write_chunk(0, chunk(0)).await.unwrap();
    drop(partial);
    folder.remove_partial(manifest.object()).await.unwrap();
    assert!(names(&dir.path().join("partial")).is_empty());
    assert_eq!(folder.partial(manifest).await.unwrap().unwrap().chunks_held(), 0);
}
