mod adding;
mod manifests;
mod partials;
mod reading;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use tempfile::TempDir;
use yanzhen_sync::ObjectRef;

use super::manifest::{Builder, Manifest};
use super::{ObjectFolder, Partial};

const MIB: usize = 1024 * 1024;

/// Bytes that look random and are the same in every run.
fn noise(seed: u8, size: usize) -> Bytes {
    let mut bytes = vec![0; size];
    blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
    bytes.into()
}

async fn folder() -> (TempDir, ObjectFolder) {
    let dir = tempfile::tempdir().unwrap();
    let folder = ObjectFolder::open(dir.path()).await.unwrap();
    (dir, folder)
}

/// The manifest of `bytes` and a function that gives its chunks, as a neighbour would send them.
async fn at_a_neighbour(bytes: &Bytes) -> (Manifest, impl Fn(u32) -> Bytes + use<>) {
    let (_dir, folder) = folder().await;
    let manifest = folder.add_bytes(bytes.clone()).await.unwrap();
    let (bytes, chunks) = (bytes.clone(), manifest.chunks().to_vec());
    let chunk = move |index: u32| {
        let chunk = chunks[index as usize];
        let begin = usize::try_from(chunk.offset).unwrap();
        bytes.slice(begin..begin + chunk.size as usize)
    };
    (manifest, chunk)
}

/// Another manifest of the same bytes, as other software might make it.
fn cut_otherwise(bytes: &[u8], size: usize) -> Manifest {
    let mut builder = Builder::new();
    bytes.chunks(size).for_each(|chunk| builder.push(chunk));
    builder.finish()
}

/// Writes what is missing and counts it.
async fn send_missing(partial: &mut Partial, chunk: &impl Fn(u32) -> Bytes) -> u32 {
    let mut sent = 0;
    while !partial.is_full() {
        let next = partial.chunks_held();
        partial.write_chunk(next, chunk(next)).await.unwrap();
        sent += 1;
    }
    sent
}

async fn contents(folder: &ObjectFolder, object: &ObjectRef) -> Vec<u8> {
    let reader = folder.reader(object).await.unwrap();
    let mut bytes = Vec::new();
    for index in 0..reader.manifest().count() {
        bytes.extend(reader.read_chunk(index).await.unwrap());
    }
    bytes
}

fn flip_byte(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
