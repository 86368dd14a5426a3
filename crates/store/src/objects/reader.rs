//! Reads complete objects, verifying what is read.

use std::fs::File;
use std::io::{self as std_io, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use yanzhen_sync::ObjectRef;

use super::blocking;
use super::error::{ObjectError, io};
use super::layout::Layout;
use super::manifest::{Chunk, Manifest};

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
