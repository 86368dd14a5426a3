use std::fs;

use super::super::ObjectError;
use super::{MIB, at_a_neighbour, contents, flip_byte, folder, names, noise, send_missing};

#[tokio::test]
async fn a_damaged_byte_is_found_when_its_chunk_is_read() {
    let (_dir, folder) = folder().await;
    let manifest = folder.add_bytes(noise(10, MIB)).await.unwrap();
    let object = *manifest.object();
    let damaged = 3;
    flip_byte(&folder.path(&object.hash), usize::try_from(manifest.bytes_before(damaged)).unwrap() + 5);
    for index in 0..manifest.count() {
        match folder.reader(&object).await.unwrap().read_chunk(index).await {
            Err(ObjectError::Damaged { index: Some(found), .. }) => {
                assert_eq!((found, index), (damaged, damaged));
            }
            other => assert!(other.is_ok() && index != damaged, "chunk {index}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_truncated_object_is_not_here() {
    let (_dir, folder) = folder().await;
    let object = *folder.add_bytes(noise(11, MIB)).await.unwrap().object();
    fs::File::options().write(true).open(folder.path(&object.hash)).unwrap().set_len(9).unwrap();
    assert!(!folder.has(&object).await.unwrap());
}

#[tokio::test]
async fn of_a_discarded_object_only_the_damaged_chunk_is_sent_again() {
    let bytes = noise(12, MIB);
    let (manifest, chunk) = at_a_neighbour(&bytes).await;
    let (dir, folder) = folder().await;
    let object = *folder.add_bytes(bytes.clone()).await.unwrap().object();
    flip_byte(&folder.path(&object.hash), MIB / 2);
    folder.discard(&object).await.unwrap();
    assert!(!folder.has(&object).await.unwrap());
    assert!(matches!(folder.manifest(&object).await, Err(ObjectError::Missing { .. })));

    let mut partial = folder.partial(manifest).await.unwrap().unwrap();
    assert_eq!(send_missing(&mut partial, &chunk).await, 1);
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, &object).await, bytes);
    assert!(names(&dir.path().join("partial")).is_empty());
}

#[tokio::test]
async fn a_damaged_manifest_is_found_and_made_again_without_sending_a_chunk() {
    let bytes = noise(13, MIB);
    let (manifest, _) = at_a_neighbour(&bytes).await;
    let (_dir, folder) = folder().await;
    let object = *folder.add_bytes(bytes.clone()).await.unwrap().object();
    let path = folder.path(&object.hash);
    let name = names(path.parent().unwrap()).into_iter().find(|name| name.contains('-')).unwrap();
    flip_byte(&path.with_file_name(name), 60);
    assert!(folder.manifest(&object).await.unwrap_err().is_damage());

    folder.discard(&object).await.unwrap();
    let partial = folder.partial(manifest).await.unwrap().unwrap();
    assert_eq!(partial.bytes_left(), 0);
    partial.finish().await.unwrap();
    assert_eq!(contents(&folder, &object).await, bytes);
}

#[tokio::test]
async fn adding_the_file_again_repairs_it() {
    let (_dir, folder) = folder().await;
    let bytes = noise(14, MIB);
    let object = *folder.add_bytes(bytes.clone()).await.unwrap().object();
    flip_byte(&folder.path(&object.hash), 7);
    folder.add_bytes(bytes.clone()).await.unwrap();
    assert_eq!(contents(&folder, &object).await, bytes);
}

#[tokio::test]
async fn a_removed_object_is_gone_with_its_manifest() {
    let (_dir, folder) = folder().await;
    let object = *folder.add_bytes(noise(15, 100)).await.unwrap().object();
    let shelf = folder.path(&object.hash).parent().unwrap().to_owned();
    assert_eq!(names(&shelf).len(), 2);
    folder.remove(&object.hash).await.unwrap();
    assert!(names(&shelf).is_empty());
    assert!(!folder.has(&object).await.unwrap());
    assert!(folder.objects().await.unwrap().is_empty());
    assert!(matches!(folder.reader(&object).await, Err(ObjectError::Missing { .. })));
    folder.remove(&object.hash).await.unwrap();
}
