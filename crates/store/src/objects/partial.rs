//! An object that comes chunk by chunk.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OwnedMutexGuard;
use yanzhen_sync::ObjectRef;
use yanzhen_sync::hash::{Context, Hash, Hasher};

use super::blocking;
use super::error::{ObjectError, io};
use super::layout::Layout;
use super::manifest::{Chunk, Manifest};
use super::reader::read_chunk;

/// Files whose chunks one partial object may use again: enough for all earlier versions that matter, few
/// enough to keep open.
const MAX_SOURCES: usize = 16;

/// An object on its way: its leading chunks are on disk. Dropping it keeps them; the next
/// [`partial`](super::ObjectFolder::partial) of the same object goes on from there, after a crash too.
pub struct Partial {
    manifest: Arc<Manifest>,
    writer: Arc<Mutex<Writer>>,
}

impl Partial {
    /// `None` where the object is complete.
    pub(super) fn open(
        layout: Arc<Layout>,
        manifest: Manifest,
        flight: OwnedMutexGuard<()>,
    ) -> Result<Option<Partial>, ObjectError> {
        let Some(writer) = Writer::open(layout, Arc::new(manifest), flight)? else { return Ok(None) };
        let manifest = writer.manifest.clone();
        Ok(Some(Partial { manifest, writer: Arc::new(Mutex::new(writer)) }))
    }

    /// The object's chunks.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Leading chunks that are here and verified: the index of the next one.
    pub fn chunks_held(&self) -> u32 {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).held
    }

    /// Bytes that are still to come.
    pub fn bytes_left(&self) -> u64 {
        self.manifest.object().size - self.manifest.bytes_before(self.chunks_held())
    }

    /// Tells whether all chunks are here.
    pub fn is_full(&self) -> bool {
        self.chunks_held() == self.manifest.count()
    }

    /// Appends the next chunk and gives the index of the one to come then: `index` + 1, or more where the
    /// following ones were on this disk (see [`Partial::reuse`]). A chunk that is held already is ignored.
    /// Whatever is refused changes nothing.
    pub async fn write_chunk(&mut self, index: u32, bytes: Bytes) -> Result<u32, ObjectError> {
        self.with_writer(move |writer| writer.write(index, &bytes)).await
    }

    /// Looks for the object's chunks in complete objects, such as earlier versions of a document, now and
    /// after each chunk written: what is found needn't be sent. Gives the index of the next chunk. At
    /// most 16 objects are looked into; those that are not here are passed over.
    pub async fn reuse(&mut self, others: &[ObjectRef]) -> Result<u32, ObjectError> {
        let others = others.to_vec();
        self.with_writer(move |writer| {
            for other in &others {
                writer.look_into(other);
            }
            writer.fill()
        })
        .await
    }

    /// Verifies the whole object, brings it safely to disk and makes it visible. An object that is not what
    /// its name says is dropped with [`ObjectError::FalseManifest`]; after any other error it can go on.
    pub async fn finish(self) -> Result<(), ObjectError> {
        self.with_writer(Writer::finish).await
    }

    async fn with_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, ObjectError> + Send + 'static,
    ) -> Result<T, ObjectError> {
        // The thread shares the writer, and with it the right to write, also when nobody waits any more.
        let writer = self.writer.clone();
        blocking(move || work(&mut writer.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

struct Writer {
    layout: Arc<Layout>,
    manifest: Arc<Manifest>,
    path: PathBuf,
    file: File,
    /// Over the chunks held.
    whole: Hasher,
    held: u32,
    sources: Sources,
    _flight: OwnedMutexGuard<()>,
}

impl Writer {
    fn open(
        layout: Arc<Layout>,
        manifest: Arc<Manifest>,
        flight: OwnedMutexGuard<()>,
    ) -> Result<Option<Writer>, ObjectError> {
        let object = *manifest.object();
        if layout.has(&object)? || adopt(&layout, &manifest)? {
            return Ok(None);
        }
        layout.expect(&manifest)?;
        let path = layout.partial(&object);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io("open", &path))?;
        let (held, whole) = survey(&mut file, &manifest).map_err(io("read", &path))?;
        file.set_len(manifest.bytes_before(held)).map_err(io("write", &path))?;
        let mut sources = Sources::default();
        for copy in [layout.object(&object.hash), layout.damaged(&object.hash)] {
            if let Ok(copy) = File::open(copy) {
                sources.add(copy, &manifest);
            }
        }
        let mut writer = Writer { layout, manifest, path, file, whole, held, sources, _flight: flight };
        writer.fill()?;
        Ok(Some(writer))
    }

    fn write(&mut self, index: u32, bytes: &[u8]) -> Result<u32, ObjectError> {
        let object = self.manifest.object().hash;
        let chunks = self.manifest.count();
        let chunk = self.manifest.chunk(index).ok_or(ObjectError::NoSuchChunk { object, index, chunks })?;
        if index > self.held {
            return Err(ObjectError::OutOfOrder { object, expected: self.held, found: index });
        }
        if !chunk.is(bytes) {
            return Err(ObjectError::WrongChunk { object, index });
        }
        if index == self.held {
            self.append(bytes)?;
            self.fill()?;
        }
        Ok(self.held)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ObjectError> {
        // Not where the last write ended: one that failed may have left bytes.
        let offset = self.manifest.bytes_before(self.held);
        self.file.seek(SeekFrom::Start(offset)).map_err(io("write", &self.path))?;
        self.file.write_all(bytes).map_err(io("write", &self.path))?;
        self.whole.update(bytes);
        self.held += 1;
        Ok(())
    }

    fn look_into(&mut self, other: &ObjectRef) {
        // A source is a bonus: one that cannot be read is none.
        if let (Ok(manifest), Ok(file)) =
            (self.layout.manifest_of(other), self.layout.open_object(&other.hash))
        {
            self.sources.add(file, &manifest);
        }
    }

    fn fill(&mut self) -> Result<u32, ObjectError> {
        while let Some(bytes) =
            self.manifest.chunk(self.held).and_then(|chunk| self.sources.take(&chunk.hash))
        {
            self.append(&bytes)?;
        }
        Ok(self.held)
    }

    fn finish(&mut self) -> Result<(), ObjectError> {
        let object = self.manifest.object();
        let chunks = self.manifest.count();
        if self.layout.has(object)? {
            // A person added the same file meanwhile.
            return self.layout.remove_partial(object);
        }
        if self.held != chunks {
            return Err(ObjectError::Incomplete { object: object.hash, held: self.held, chunks });
        }
        if self.whole.finish().as_bytes() != object.hash.as_bytes() {
            self.layout.remove_partial(object)?;
            return Err(ObjectError::FalseManifest { object: object.hash });
        }
        self.file.set_len(object.size).map_err(io("write", &self.path))?;
        self.file.sync_all().map_err(io("write", &self.path))?;
        self.layout.place(&self.manifest, &self.path)
    }
}

/// Takes the manifest for an object that came under another one, if it is true of the bytes.
fn adopt(layout: &Layout, manifest: &Manifest) -> Result<bool, ObjectError> {
    let object = manifest.object();
    let mut file = match layout.open_object(&object.hash) {
        Ok(file) => file,
        Err(ObjectError::Missing { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    let path = layout.object(&object.hash);
    let size = file.metadata().map_err(io("read", &path))?.len();
    let (held, whole) = survey(&mut file, manifest).map_err(io("read", &path))?;
    let is_true = size == object.size
        && held == manifest.count()
        && whole.finish().as_bytes() == object.hash.as_bytes();
    if is_true {
        layout.adopt(manifest)?;
    }
    Ok(is_true)
}

/// Counts and hashes the leading chunks in `file` that are whole and right.
fn survey(file: &mut File, manifest: &Manifest) -> std::io::Result<(u32, Hasher)> {
    let mut whole = Hasher::new(Context::Object);
    let mut held = 0;
    for chunk in manifest.chunks() {
        let Some(bytes) = read_chunk(file, chunk)? else { break };
        whole.update(&bytes);
        held += 1;
    }
    Ok((held, whole))
}

/// Chunks that are on this disk already.
#[derive(Default)]
struct Sources {
    files: Vec<File>,
    /// A file's place in `files`, and where the chunk lies in it.
    chunks: HashMap<Hash, (usize, Chunk)>,
}

impl Sources {
    fn add(&mut self, file: File, manifest: &Manifest) {
        if self.files.len() < MAX_SOURCES {
            self.files.push(file);
            let place = self.files.len() - 1;
            self.chunks.extend(manifest.chunks().iter().map(|chunk| (chunk.hash, (place, *chunk))));
        }
    }

    /// `None` where the chunk is not here or not what it was.
    fn take(&mut self, hash: &Hash) -> Option<Vec<u8>> {
        let (place, chunk) = self.chunks.get(hash)?;
        read_chunk(&mut self.files[*place], chunk).ok().flatten()
    }
}
