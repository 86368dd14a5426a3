use std::collections::HashSet;
use std::io::{self, ErrorKind, Read};

use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::limits::{CHUNK_BYTES, MAX_OBJECT_BYTES};

use super::super::{ObjectError, ObjectFolder, error, intake, layout::Layout};
use super::{MIB, contents, folder, names, noise};

#[tokio::test]
async fn objects_of_every_size_come_back_as_they_were() {
    let (_dir, folder) = folder().await;
    let (min, _, max) = CHUNK_BYTES;
    for size in [0, 1, min - 1, min, min + 1, max, max + 1, 5 * MIB] {
        let bytes = noise(1, size);
        let manifest = folder.add_bytes(bytes.clone()).await.unwrap();
        let object = *manifest.object();
        assert_eq!(object.hash.as_bytes(), Hash::of(Context::Object, &[&bytes]).as_bytes());
        assert_eq!(object.size, size as u64);
        assert!(folder.has(&object).await.unwrap());
        assert_eq!(folder.manifest(&object).await.unwrap(), manifest);
        assert_eq!(contents(&folder, &object).await, bytes);
        let reader = folder.reader(&object).await.unwrap();
        let mut read = Vec::new();
        for index in 0..manifest.count() {
            read.extend(reader.read_chunk(index).await.unwrap());
        }
        assert_eq!(read, bytes);
        assert!(matches!(reader.read_chunk(manifest.count()).await, Err(ObjectError::NoSuchChunk { .. })));
    }
}

#[tokio::test]
async fn equal_bytes_without_structure_are_cut_at_the_largest_size() {
    let (_dir, folder) = folder().await;
    let manifest = folder.add_bytes(vec![0; 2 * CHUNK_BYTES.2 + 1]).await.unwrap();
    let sizes: Vec<_> = manifest.chunks().iter().map(|chunk| chunk.size as usize).collect();
    assert_eq!(sizes, [CHUNK_BYTES.2, CHUNK_BYTES.2, 1]);
}

#[tokio::test]
async fn a_file_added_twice_is_stored_once() {
    let (dir, folder) = folder().await;
    let path = dir.path().join("scan.pdf");
    std::fs::write(&path, noise(2, MIB)).unwrap();
    let first = folder.add_file(&path).await.unwrap();
    let second = folder.add_file(&path).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(folder.objects().await.unwrap(), [(first.object().hash, MIB as u64)]);
    assert!(names(&dir.path().join("incoming")).is_empty());
}

#[tokio::test]
async fn a_file_revised_in_its_middle_shares_most_chunks() {
    let (_dir, folder) = folder().await;
    let old = noise(3, 5 * MIB);
    let mut new = old[..2 * MIB].to_vec();
    new.extend(b"a sentence more");
    new.extend(&old[2 * MIB..]);
    let old = folder.add_bytes(old).await.unwrap();
    let new = folder.add_bytes(new).await.unwrap();
    let known: HashSet<_> = old.chunks().iter().map(|chunk| chunk.hash).collect();
    let fresh = new.chunks().iter().filter(|chunk| !known.contains(&chunk.hash)).count();
    assert!((1..=3).contains(&fresh), "{fresh} of {} chunks are new", new.count());
}

#[tokio::test]
async fn an_object_beyond_the_limit_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout::open(dir.path().into()).unwrap();
    let bytes = noise(4, MIB);
    let named = dir.path().join("film");
    assert!(intake::add(&layout, &bytes[..], &named, MIB as u64).is_ok());
    let refused = intake::add(&layout, &bytes[..], &named, MIB as u64 - 1);
    assert!(matches!(refused, Err(ObjectError::TooLarge { limit, .. }) if limit == MIB as u64 - 1));
    assert!(names(&dir.path().join("incoming")).is_empty());
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_with_words_for_a_person() {
    let (dir, folder) = folder().await;
    let path = dir.path().join("film.mp4");
    // Sparse: takes no room.
    std::fs::File::create(&path).unwrap().set_len(MAX_OBJECT_BYTES + 1).unwrap();
    let words = folder.add_file(&path).await.unwrap_err().to_string();
    assert!(words.contains("film.mp4") && words.contains("1073741824"), "{words}");
}

#[tokio::test]
async fn a_source_that_fails_leaves_nothing() {
    struct Torn;
    impl Read for Torn {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    let (dir, folder) = folder().await;
    let result = folder.add_reader(io::Cursor::new(noise(5, MIB)).chain(Torn)).await;
    assert!(matches!(result, Err(ObjectError::Io { .. })));
    assert!(names(&dir.path().join("incoming")).is_empty());
    assert!(folder.objects().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_crash_left_is_gone_after_the_next_start() {
    let (dir, folder) = folder().await;
    let kept = folder.add_bytes(noise(6, MIB)).await.unwrap();
    drop(folder);
    let garbage =
        ["incoming/0123456789abcdef", "partial/ab-cd", "partial/ef-ef.manifest", "partial/x.damaged"];
    for name in garbage {
        std::fs::write(dir.path().join(name), b"half").unwrap();
    }
    let folder = ObjectFolder::open(dir.path()).await.unwrap();
    assert!(names(&dir.path().join("incoming")).is_empty());
    assert!(names(&dir.path().join("partial")).is_empty());
    assert!(folder.has(kept.object()).await.unwrap());
}

#[test]
fn a_full_disk_is_told_apart_and_says_what_to_do() {
    let error = error::io("write", "ab/cd".as_ref())(ErrorKind::StorageFull.into());
    assert!(error.is_disk_full());
    assert!(error.to_string().contains("free some space"));
    assert!(!error::io("write", "ab/cd".as_ref())(ErrorKind::PermissionDenied.into()).is_disk_full());
}
