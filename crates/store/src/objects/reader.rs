//! Reads complete objects, verifying what is read.

use std::fs::{self, File};
use std::io::{self as std_io, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use yanzhen_sync::hash::{Context, Hasher};
use yanzhen_sync::{ObjectHash, ObjectRef};

use super::blocking;
use super::error::{ObjectError, io};
use super::layout::{Layout, Temp, sync_folder};
use super::manifest::{Chunk, Manifest};

/// Bytes read at once where a whole object passes: large enough to keep the disk busy.
const COPY_BYTES: usize = 256 * 1024;

/// An open object. Clones share the file.
#[derive(Clone)]
pub struct ObjectReader {
    manifest: Arc<Manifest>,
    path: Arc<PathBuf>,
    file: Arc<Mutex<File>>,
}

impl ObjectReader {
    pub(super) fn open(layout: &Layout, object: &ObjectRef) -> Result<ObjectReader, ObjectError> {
        Ok(ObjectReader {
            manifest: Arc::new(layout.manifest_of(object)?),
            path: Arc::new(layout.object(&object.hash)),
            file: Arc::new(Mutex::new(layout.open_object(&object.hash)?)),
        })
    }

    /// The object's chunks.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Reads one chunk and verifies it; what is not as it was gives [`ObjectError::Damaged`].
    pub async fn read_chunk(&self, index: u32) -> Result<Bytes, ObjectError> {
        let reader = self.clone();
        blocking(move || reader.read(index)).await
    }

    fn read(&self, index: u32) -> Result<Bytes, ObjectError> {
        let object = self.manifest.object().hash;
        let chunks = self.manifest.count();
        let chunk = self.manifest.chunk(index).ok_or(ObjectError::NoSuchChunk { object, index, chunks })?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        match read_chunk(&mut file, chunk).map_err(io("read", &self.path))? {
            Some(bytes) => Ok(bytes.into()),
            None => Err(ObjectError::Damaged { object, path: self.path.to_path_buf(), index: Some(index) }),
        }
    }
}

/// Reads the chunk where it lies in its own object; `None` where these are not its bytes.
pub(super) fn read_chunk(file: &mut File, chunk: &Chunk) -> std_io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; chunk.size as usize];
    file.seek(SeekFrom::Start(chunk.offset))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(chunk.is(&bytes).then_some(bytes)),
        Err(error) if error.kind() == std_io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// What an export does where a file of that name exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leaves it as it is and gives [`ObjectError::Exists`].
    Keep,
    /// Replaces it.
    Replace,
}

pub(super) fn export(
    layout: &Layout,
    object: &ObjectHash,
    to: &Path,
    existing: Existing,
) -> Result<(), ObjectError> {
    if existing == Existing::Keep && to.exists() {
        return Err(ObjectError::Exists { path: to.to_owned() });
    }
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temp = Temp::create(folder.join(format!(".{:016x}.part", rand::random::<u64>())))?;
    copy_verified(layout, object, &mut temp)?;
    temp.file.sync_all().map_err(io("write", &temp.path))?;
    // Takes the name before the rename, which would replace a file that somebody else made meanwhile.
    if existing == Existing::Keep {
        File::create_new(to).map_err(|error| match error.kind() {
            std_io::ErrorKind::AlreadyExists => ObjectError::Exists { path: to.to_owned() },
            _ => io("make", to)(error),
        })?;
    }
    if let Err(error) = fs::rename(&temp.path, to) {
        if existing == Existing::Keep {
            // The empty file that took the name; the rename's error is the one to tell.
            let _ = fs::remove_file(to);
        }
        return Err(io("write", to)(error));
    }
    sync_folder(folder)
}

fn copy_verified(layout: &Layout, object: &ObjectHash, to: &mut Temp) -> Result<(), ObjectError> {
    let path = layout.object(object);
    let mut from = layout.open_object(object)?;
    let mut hasher = Hasher::new(Context::Object);
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std_io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io("read", &path)(error)),
        };
        hasher.update(&buffer[..read]);
        to.file.write_all(&buffer[..read]).map_err(io("write", &to.path))?;
    }
    if hasher.finish().as_bytes() == object.as_bytes() {
        Ok(())
    } else {
        Err(ObjectError::Damaged { object: *object, path, index: None })
    }
}
