//! Files on their way in from browsers: gathered piece by piece in a folder, so that an interrupted upload goes on where
//! it stopped, then put among the objects.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use futures_util::StreamExt;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout_at};
use yanzhen_store::Clock;
use yanzhen_store::objects::{ObjectError, ObjectFolder};
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::{Millis, ObjectRef};

/// Bytes of one file, at most.
pub(crate) const FILE_LIMIT: u64 = yanzhen_sync::limits::MAX_OBJECT_BYTES;

/// Bytes of one piece that the script sends: lost pieces cost little, and there are not too many of them.
pub(crate) const PIECE_LIMIT: u64 = 4 * 1024 * 1024;

/// Bytes of all files on their way, at most: four of the largest.
const FOLDER_LIMIT: u64 = 4 * FILE_LIMIT;

/// Pieces that are received at a time.
const MAX_RECEIVING: usize = 32;

/// How long a piece may take: 10 minutes are enough for 4 MiB on a line of 56 kbit/s.
const PIECE_TIME: Duration = Duration::from_secs(600);

/// How long an upload that nobody goes on with is kept.
const ABANDONED_MS: Millis = 24 * 60 * 60 * 1000;

/// The folder of files on their way.
pub(crate) struct Uploads {
    folder: PathBuf,
    objects: ObjectFolder,
    clock: Arc<dyn Clock>,
    /// Pieces that are being received, each in memory: a line that hangs keeps nobody else from writing.
    receiving: Semaphore,
    /// Pieces are written one after the other: an office's disk gains nothing by more.
    turn: Mutex<()>,
}

/// Names one upload: whose it is, for what, and which file of how many bytes; 0 where that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    name: Hash,
    size: u64,
}

/// Why a piece is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The piece does not begin where the file ends.
    #[error("the file has {held} bytes so far")]
    Elsewhere {
        /// Bytes that are here.
        held: u64,
    },
    /// More bytes than a file may have, or than the folder holds.
    #[error("there is no room for so many bytes")]
    TooLarge,
    /// The browser broke off.
    #[error("the bytes did not all come")]
    BrokenOff,
    /// The disk failed.
    #[error("the file can't be written: {0}")]
    Disk(#[from] io::Error),
    /// The objects failed.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl Upload {
    pub(crate) fn of(account: &[u8; 16], purpose: &str, file: &str, size: u64, modified: &str) -> Upload {
        let bytes = size.to_be_bytes();
        let parts: [&[u8]; 8] =
            [account, purpose.as_bytes(), &[0], file.as_bytes(), &[0], &bytes, modified.as_bytes(), &[0]];
        Upload { name: Hash::of(Context::Object, &parts), size }
    }
}

impl Uploads {
    pub(crate) async fn open(
        folder: PathBuf,
        objects: ObjectFolder,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Uploads> {
        fs::create_dir_all(&folder).await?;
        let (receiving, turn) = (Semaphore::new(MAX_RECEIVING), Mutex::new(()));
        Ok(Uploads { folder, objects, clock, receiving, turn })
    }

    /// Bytes of an upload that are here.
    pub(crate) async fn held(&self, upload: Upload) -> u64 {
        fs::metadata(self.path(upload)).await.map_or(0, |file| file.len())
    }

    /// Appends a piece, which must begin at `offset`. Tells how many bytes are here then, also where the browser broke
    /// off within the piece.
    pub(crate) async fn append(&self, upload: Upload, offset: u64, piece: Body) -> Result<u64, UploadError> {
        let received = {
            let _place = self.receiving.acquire().await;
            received(piece, upload.size.saturating_sub(offset).min(PIECE_LIMIT)).await?
        };
        let _turn = self.turn.lock().await;
        let held = self.held(upload).await;
        if held != offset {
            return Err(UploadError::Elsewhere { held });
        }
        if held == 0 {
            self.make_room(upload.size).await?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(upload)).await?;
        file.write_all(&received).await?;
        file.flush().await?;
        Ok(held + received.len() as u64)
    }

    /// Takes a file of a form that came without the script, from its beginning to its end.
    pub(crate) async fn take(&self, upload: Upload, mut field: Field<'_>) -> Result<ObjectRef, UploadError> {
        {
            let _turn = self.turn.lock().await;
            self.make_room(0).await?;
        }
        let path = self.path(upload);
        let mut file = File::create_new(&path).await?;
        let taken = copy(&mut field, &mut file).await;
        drop(file);
        match taken {
            Ok(()) => self.finish(upload).await,
            Err(error) => {
                remove(&path).await;
                Err(error)
            }
        }
    }

    /// Deletes what is here of an upload that is not wanted any more.
    pub(crate) async fn discard(&self, upload: Upload) {
        let _turn = self.turn.lock().await;
        let path = self.path(upload);
        if fs::try_exists(&path).await.unwrap_or(false) {
            remove(&path).await;
        }
    }

    /// Puts a file that is all here among the objects.
    pub(crate) async fn finish(&self, upload: Upload) -> Result<ObjectRef, UploadError> {
        let path = self.path(upload);
        let added = self.objects.add_file(&path).await;
        remove(&path).await;
        Ok(*added?.object())
    }

    /// Deletes what was abandoned, and sees whether `size` more bytes fit.
    async fn make_room(&self, size: u64) -> Result<(), UploadError> {
        if size > FILE_LIMIT {
            return Err(UploadError::TooLarge);
        }
        let mut sum = size;
        let mut files = fs::read_dir(&self.folder).await?;
        while let Some(file) = files.next_entry().await? {
            let known = file.metadata().await?;
            let written = known.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            let written = Millis::try_from(written.as_millis()).unwrap_or(Millis::MAX);
            if self.clock.now().saturating_sub(written) > ABANDONED_MS {
                remove(&file.path()).await;
            } else {
                sum += known.len().max(announced(&file.file_name()));
            }
        }
        if sum > FOLDER_LIMIT { Err(UploadError::TooLarge) } else { Ok(()) }
    }

    fn path(&self, upload: Upload) -> PathBuf {
        self.folder.join(format!("{}-{}", upload.name, upload.size))
    }
}

/// The size that a file's name tells, see [`Uploads::path`].
fn announced(name: &OsStr) -> u64 {
    let size = name.to_str().and_then(|name| name.rsplit_once('-'));
    size.and_then(|(_, size)| size.parse().ok()).unwrap_or(0)
}

/// What comes of a piece of at most `room` bytes until it ends, breaks off or takes too long.
async fn received(piece: Body, room: u64) -> Result<Vec<u8>, UploadError> {
    let (mut pieces, mut taken) = (piece.into_data_stream(), Vec::new());
    let deadline = Instant::now() + PIECE_TIME;
    while let Ok(Some(Ok(bytes))) = timeout_at(deadline, pieces.next()).await {
        taken.extend_from_slice(&bytes);
        if taken.len() as u64 > room {
            return Err(UploadError::TooLarge);
        }
    }
    Ok(taken)
}

async fn copy(field: &mut Field<'_>, file: &mut File) -> Result<(), UploadError> {
    let mut taken = 0;
    loop {
        let bytes: Option<Bytes> = field.chunk().await.map_err(|_| UploadError::BrokenOff)?;
        let Some(bytes) = bytes else { return Ok(file.flush().await?) };
        taken += bytes.len() as u64;
        if taken > FILE_LIMIT {
            return Err(UploadError::TooLarge);
        }
        file.write_all(&bytes).await?;
    }
}

async fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path).await {
        tracing::warn!(%error, "an upload's file could not be deleted");
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tempfile::TempDir;
    use yanzhen_store::ManualClock;

    use super::*;

    /// Beyond any file's time of writing in this test.
    const LATER: Millis = 4_000_000_000_000;

    async fn uploads(folder: &TempDir, now: Millis) -> Uploads {
        let objects = ObjectFolder::open(folder.path().join("objects")).await.unwrap();
        let clock = Arc::new(ManualClock::new(now));
        Uploads::open(folder.path().join("uploads"), objects, clock).await.unwrap()
    }

    fn upload(name: &str, size: u64) -> Upload {
        Upload::of(&[1; 16], "draft", name, size, "1")
    }

    #[tokio::test]
    async fn an_upload_goes_on_where_it_stopped_and_becomes_an_object() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(&folder, 0).await;
        let one = upload("附件.pdf", 10);
        assert_eq!(uploads.append(one, 0, Body::from("01234")).await.unwrap(), 5);
        let again = uploads.append(one, 0, Body::from("01234")).await.unwrap_err();
        assert!(matches!(again, UploadError::Elsewhere { held: 5 }));
        assert_eq!(uploads.held(one).await, 5);
        assert_eq!(uploads.append(one, 5, Body::from("56789")).await.unwrap(), 10);
        let object = uploads.finish(one).await.unwrap();
        assert_eq!((object.size, uploads.held(one).await), (10, 0));
        assert!(uploads.objects.has(&object).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_was_announced_or_fits_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(&folder, 0).await;
        let more = uploads.append(upload("a", 3), 0, Body::from("0123")).await.unwrap_err();
        assert!(matches!(more, UploadError::TooLarge));
        let huge = uploads.append(upload("b", FILE_LIMIT + 1), 0, Body::from("0")).await.unwrap_err();
        assert!(matches!(huge, UploadError::TooLarge));
        let large = File::create(uploads.folder.join("large")).await.unwrap();
        large.set_len(FOLDER_LIMIT).await.unwrap();
        let full = uploads.append(upload("c", 1), 0, Body::from("0")).await.unwrap_err();
        assert!(matches!(full, UploadError::TooLarge));
    }

    #[tokio::test]
    async fn what_is_not_wanted_any_more_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(&folder, 0).await;
        let (one, other) = (upload("a", 10), upload("b", 10));
        uploads.append(one, 0, Body::from("01234")).await.unwrap();
        uploads.append(other, 0, Body::from("0")).await.unwrap();
        uploads.discard(one).await;
        uploads.discard(one).await;
        assert_eq!((uploads.held(one).await, uploads.held(other).await), (0, 1));
    }

    #[tokio::test]
    async fn what_was_abandoned_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        uploads(&folder, 0).await.append(upload("a", 10), 0, Body::from("01234")).await.unwrap();
        let later = uploads(&folder, LATER).await;
        later.append(upload("b", 10), 0, Body::from("0")).await.unwrap();
        assert_eq!((later.held(upload("a", 10)).await, later.held(upload("b", 10)).await), (0, 1));
    }

    #[tokio::test]
    async fn what_was_announced_takes_its_room_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(&folder, 0).await;
        for name in ["a", "b", "c", "d"] {
            uploads.append(upload(name, FILE_LIMIT), 0, Body::from("0")).await.unwrap();
        }
        let full = uploads.append(upload("e", 1), 0, Body::from("0")).await.unwrap_err();
        assert!(matches!(full, UploadError::TooLarge));
    }

    #[tokio::test]
    async fn a_line_that_hangs_keeps_nobody_waiting_and_its_piece_comes_too_late() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(&folder, 0).await;
        let (sender, hanging) = tokio::sync::mpsc::unbounded_channel();
        let hanging =
            stream::unfold(hanging, async |mut hanging| hanging.recv().await.map(|bytes| (bytes, hanging)));
        let hangs = uploads.append(upload("a", 10), 0, Body::from_stream(hanging));
        let others = async {
            sender.send(Ok::<_, io::Error>(Bytes::from("01"))).unwrap();
            assert_eq!(uploads.append(upload("b", 5), 0, Body::from("01234")).await.unwrap(), 5);
            assert_eq!(
                uploads.append(upload("a", 10), 0, Body::from("0123")).await.unwrap(),
                4,
                "sent again"
            );
            drop(sender);
        };
        let (late, ()) = tokio::join!(hangs, others);
        assert!(matches!(late, Err(UploadError::Elsewhere { held: 4 })));
    }
}
