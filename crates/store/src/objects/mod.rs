//! Immutable objects (attachments, scans) as files in one folder.
//!
//! An object is named by the hash of its bytes and cut into content-defined chunks; its [`Manifest`] lists
//! them. It becomes visible only when all of it is on disk and verified: [`ObjectFolder::add_file`] makes
//! one from a file, a [`Partial`] gathers one chunk by chunk from a neighbour and goes on after any cut.
//! Whoever reads chunks gets verified bytes or [`ObjectError::Damaged`].
//!
//! ```text
//! ab/cdef…             an object: 2 + 62 hexadecimal digits of its hash
//! ab/cdef…-0123…       its manifest: the same, and 64 digits of the manifest hash
//! partial/abcdef…-0123…            leading chunks of an object that is on its way
//! partial/abcdef…-0123….manifest   what that will be
//! partial/abcdef….damaged          an object that failed its check: its good chunks are used again
//! incoming/…           files being written; what a crash leaves here is deleted at the next start
//! ```
//!
//! Names derive from hashes only, never from what a person or a peer typed. One object can have several
//! manifests, because whoever refers to it may have cut it differently: [`ObjectRef`] names one of them,
//! [`ObjectHash`] the bytes alone. A folder belongs to one process, which opens it once and shares the
//! handle; the site's lock on its data folder sees to that.

mod error;
mod intake;
mod layout;
mod manifest;
mod partial;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OwnedMutexGuard;
use yanzhen_sync::limits::MAX_OBJECT_BYTES;
use yanzhen_sync::{ObjectHash, ObjectRef};

pub use error::{ManifestError, ObjectError};
pub use manifest::{Chunk, MAX_CHUNKS, MAX_MANIFEST_BYTES, Manifest};
pub use partial::Partial;
pub use reader::ObjectReader;

use layout::Layout;

/// A site's objects. Clones share one folder.
#[derive(Clone)]
pub struct ObjectFolder {
    layout: Arc<Layout>,
    flights: Arc<Flights>,
}

/// Who writes which partial object: one at a time.
type Flights = Mutex<HashMap<ObjectRef, Arc<tokio::sync::Mutex<()>>>>;

/// How far an object on its way has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The object.
    pub object: ObjectRef,
    /// Bytes of it on disk; those of a torn last chunk count until the partial is opened again.
    pub held: u64,
}

impl Progress {
    /// Bytes that are still to come.
    pub fn bytes_left(&self) -> u64 {
        self.object.size.saturating_sub(self.held)
    }
}

impl ObjectFolder {
    /// Opens the folder, makes it where it is missing, and deletes what crashed writers left in it.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<ObjectFolder, ObjectError> {
        let folder = folder.into();
        let layout = blocking(move || Layout::open(folder)).await?;
        Ok(ObjectFolder { layout: Arc::new(layout), flights: Arc::default() })
    }

    /// Copies a file into the folder. Adding the same bytes again gives the same manifest and repairs a
    /// damaged copy.
    pub async fn add_file(&self, path: impl Into<PathBuf>) -> Result<Manifest, ObjectError> {
        let (layout, path) = (self.layout.clone(), path.into());
        blocking(move || intake::add_file(&layout, &path)).await
    }

    /// Copies bytes into the folder, as [`ObjectFolder::add_file`] does.
    pub async fn add_bytes(&self, bytes: impl Into<Bytes>) -> Result<Manifest, ObjectError> {
        self.add_reader(Cursor::new(bytes.into())).await
    }

    /// Copies all that `source` gives into the folder, as [`ObjectFolder::add_file`] does.
    pub async fn add_reader(&self, source: impl Read + Send + 'static) -> Result<Manifest, ObjectError> {
        let layout = self.layout.clone();
        blocking(move || intake::add(&layout, source, Path::new("what was given"), MAX_OBJECT_BYTES)).await
    }

    /// Tells whether the object is here, complete and verified, with the manifest that `object` names.
    pub async fn has(&self, object: &ObjectRef) -> Result<bool, ObjectError> {
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || layout.has(&object)).await
    }

    /// Reads the manifest of a complete object.
    pub async fn manifest(&self, object: &ObjectRef) -> Result<Manifest, ObjectError> {
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || layout.manifest_of(&object)).await
    }

    /// Opens a complete object to read verified chunks from it.
    pub async fn reader(&self, object: &ObjectRef) -> Result<ObjectReader, ObjectError> {
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || ObjectReader::open(&layout, &object)).await
    }

    /// Where the object's bytes are once they are complete.
    pub fn path(&self, object: &ObjectHash) -> PathBuf {
        self.layout.object(object)
    }

    /// Goes on with an object that is on its way, or begins it. `None` where it is complete, be it because
    /// another caller has finished it while this one waited: an object has one writer at a time.
    pub async fn partial(&self, manifest: Manifest) -> Result<Option<Partial>, ObjectError> {
        let flight = self.flight(manifest.object()).lock_owned().await;
        self.begin(manifest, flight).await
    }

    /// Does as [`ObjectFolder::partial`] but gives [`ObjectError::Busy`] instead of waiting.
    pub async fn try_partial(&self, manifest: Manifest) -> Result<Option<Partial>, ObjectError> {
        let object = manifest.object().hash;
        let flight = self.flight(manifest.object());
        let flight = flight.try_lock_owned().map_err(|_| ObjectError::Busy { object })?;
        self.begin(manifest, flight).await
    }

    async fn begin(
        &self,
        manifest: Manifest,
        flight: OwnedMutexGuard<()>,
    ) -> Result<Option<Partial>, ObjectError> {
        let layout = self.layout.clone();
        blocking(move || Partial::open(layout, manifest, flight)).await
    }

    fn flight(&self, object: &ObjectRef) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| Arc::strong_count(flight) > 1);
        flights.entry(*object).or_default().clone()
    }

    /// Lists the objects on their way.
    pub async fn partials(&self) -> Result<Vec<Progress>, ObjectError> {
        let layout = self.layout.clone();
        blocking(move || layout.partials()).await
    }

    /// Drops what has come of an object that nobody wants any more; waits for its writer.
    pub async fn remove_partial(&self, object: &ObjectRef) -> Result<(), ObjectError> {
        let flight = self.flight(object).lock_owned().await;
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || {
            let _flight = flight;
            layout.remove_partial(&object)
        })
        .await
    }

    /// Takes a damaged object out of sight so that it is fetched again. Its next [`Partial`] begins with the
    /// chunks that are still good. Does nothing where the object is not here.
    pub async fn discard(&self, object: &ObjectRef) -> Result<(), ObjectError> {
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || layout.discard(&object)).await
    }

    /// Deletes a complete object and its manifests. Does nothing where it is not here.
    pub async fn remove(&self, object: &ObjectHash) -> Result<(), ObjectError> {
        let (layout, object) = (self.layout.clone(), *object);
        blocking(move || layout.remove(&object)).await
    }

    /// Lists the complete objects with their sizes in bytes.
    pub async fn objects(&self) -> Result<Vec<(ObjectHash, u64)>, ObjectError> {
        let layout = self.layout.clone();
        blocking(move || {
            let mut objects = Vec::new();
            layout.each_object(|object, size| objects.push((object, size)))?;
            Ok(objects)
        })
        .await
    }
}

/// Does what waits for the disk on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ObjectError> + Send + 'static,
) -> Result<T, ObjectError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(join) => match join.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ObjectError::Stopping),
        },
    }
}
