//! Files on their way into the object store and out of it.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use yanzhen_bureau::kinds::file_name;
use yanzhen_proto::v1::{AttachmentView, GetObjectReply, GetObjectRequest, PutObjectRequest};
use yanzhen_store::objects::{ObjectError, ObjectReader};
use yanzhen_sync::limits::MAX_OBJECT_BYTES;
use yanzhen_sync::{ObjectHash, ObjectRef};

use super::failure::{of_object, of_store};
use crate::failure::Failure;
use crate::runtime::Site;

/// Pieces of a file that wait for the disk or for the client; each has at most 1 MiB.
const PIECES_AHEAD: usize = 4;

type Chunk = Result<GetObjectReply, Status>;

/// Takes a file. It is in the store only if all of it came.
pub(super) async fn put(
    site: &Site,
    mut pieces: Streaming<PutObjectRequest>,
) -> Result<AttachmentView, Status> {
    let first = pieces.message().await?.ok_or_else(|| Failure::refused("no file came"))?;
    let name = checked_name(&first)?;
    let (taken, given) = mpsc::channel(PIECES_AHEAD);
    let feeding = feed(first, pieces, taken);
    let adding = site.objects.add_reader(Incoming { pieces: given, rest: Bytes::new(), ended: false });
    let (fed, added) = tokio::join!(feeding, adding);
    fed?;
    let object = *added.map_err(of_object)?.object();
    site.store.mark_object_present(object.hash).await.map_err(of_store)?;
    Ok(AttachmentView { name, hash: object.hash.to_string(), size: object.size, present: true })
}

fn checked_name(first: &PutObjectRequest) -> Result<String, Failure> {
    file_name::check(&first.name).map_err(|reason| {
        Failure::refused(format!("{:?} can't be attached", first.name))
            .why(format!("the file's name {reason}"))
            .next("give the file another name")
    })?;
    if first.size > MAX_OBJECT_BYTES {
        return Err(of_object(ObjectError::TooLarge {
            path: first.name.clone().into(),
            limit: MAX_OBJECT_BYTES,
        }));
    }
    Ok(first.name.clone())
}

/// Hands a file's pieces on, and its end if all of it came.
async fn feed(
    first: PutObjectRequest,
    mut pieces: Streaming<PutObjectRequest>,
    taken: Sender<Piece>,
) -> Result<(), Status> {
    let mut count = Count { size: first.size, came: 0 };
    let mut piece = Some(first);
    while let Some(PutObjectRequest { data, .. }) = piece {
        count.add(data.len())?;
        // Who takes them has failed and says so itself.
        if !data.is_empty() && taken.send(Piece::Data(data)).await.is_err() {
            return Ok(());
        }
        piece = pieces.message().await?;
    }
    count.end()?;
    let _ = taken.send(Piece::End).await;
    Ok(())
}

/// How much of a file has come.
struct Count {
    size: u64,
    came: u64,
}

impl Count {
    fn add(&mut self, bytes: usize) -> Result<(), Failure> {
        self.came += bytes as u64;
        if self.came > self.size { Err(self.changed()) } else { Ok(()) }
    }

    fn end(&self) -> Result<(), Failure> {
        if self.came < self.size { Err(self.changed()) } else { Ok(()) }
    }

    fn changed(&self) -> Failure {
        Failure::refused("the file did not come whole")
            .why(format!("it was announced with {} bytes, and {} came", self.size, self.came))
            .next("see that nobody changes the file, then try again")
    }
}

/// What comes of a file.
enum Piece {
    Data(Bytes),
    /// All of it has come.
    End,
}

/// A file as its pieces come. An error where they stop before the end: half a file must not pass for a whole one.
struct Incoming {
    pieces: Receiver<Piece>,
    rest: Bytes,
    ended: bool,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Data(data)) => self.rest = data,
                Some(Piece::End) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the file broke off")),
            }
        }
        let count = self.rest.len().min(buffer.len());
        self.rest.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}

/// Gives a file, each piece verified.
pub(super) async fn get(site: &Site, request: GetObjectRequest) -> Result<ReceiverStream<Chunk>, Failure> {
    let object = attached(site, &request.hash).await?;
    let reader = site.objects.reader(&object).await.map_err(of_object)?;
    let (told, listened) = mpsc::channel(PIECES_AHEAD);
    let site_here = site.clone();
    site.life().spawn(async move {
        if let Err(error) = send_chunks(&reader, &told).await {
            if error.is_damage() {
                fetch_again(&site_here, &object).await;
            }
            let _ = told.send(Err(of_object(error).into())).await;
        }
    });
    Ok(ReceiverStream::new(listened))
}

async fn send_chunks(reader: &ObjectReader, told: &Sender<Chunk>) -> Result<(), ObjectError> {
    for index in 0..reader.manifest().count() {
        let data = reader.read_chunk(index).await?;
        if told.send(Ok(GetObjectReply { data })).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Takes a damaged object out of sight.
async fn fetch_again(site: &Site, object: &ObjectRef) {
    tracing::warn!(object = %object.hash, "an attachment is damaged on this disk; it is fetched again");
    if let Err(error) = site.objects.discard(object).await {
        tracing::warn!(object = %object.hash, %error, "a damaged attachment could not be put aside");
    }
    if let Err(error) = site.store.mark_object_missing(object.hash).await {
        tracing::warn!(object = %object.hash, %error, "a damaged attachment could not be noted");
    }
    site.exchange.look();
}

/// The objects of files as [`put`] answered, under their names.
pub(super) async fn attachments(
    site: &Site,
    attachments: Vec<AttachmentView>,
) -> Result<Vec<(String, ObjectRef)>, Failure> {
    let mut objects = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let object = attached(site, &attachment.hash).await?;
        objects.push((attachment.name, object));
    }
    Ok(objects)
}

/// An object that is here, by the hash that a person named.
async fn attached(site: &Site, hash: &str) -> Result<ObjectRef, Failure> {
    let hash: ObjectHash = hash.parse().map_err(|_| {
        Failure::refused(format!("{hash:?} does not name an attachment"))
            .next("take the name that `open` shows")
    })?;
    if let Some(object) = site.store.object_ref(hash).await.map_err(of_store)?
        && site.objects.has(&object).await.map_err(of_object)?
    {
        return Ok(object);
    }
    // Nothing refers to it yet: it was put just now. Cutting it again gives the name that it had then.
    let path = site.objects.path(&hash);
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return Err(of_object(ObjectError::Missing { object: hash }));
    }
    let object = *site.objects.add_file(&path).await.map_err(of_object)?.object();
    if object.hash == hash {
        Ok(object)
    } else {
        Err(of_object(ObjectError::Damaged { object: hash, path, index: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: Vec<Piece>) -> io::Result<Vec<u8>> {
        let (taken, given) = mpsc::channel(pieces.len().max(1));
        for piece in pieces {
            taken.blocking_send(piece).map_err(|_| "closed").unwrap();
        }
        drop(taken);
        let mut bytes = Vec::new();
        Incoming { pieces: given, rest: Bytes::new(), ended: false }.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn data(bytes: &'static [u8]) -> Piece {
        Piece::Data(Bytes::from_static(bytes))
    }

    #[test]
    fn a_file_is_read_as_its_pieces_come() {
        assert_eq!(read(vec![data(b"ab"), data(b"c"), Piece::End]).unwrap(), b"abc");
        assert_eq!(read(vec![Piece::End]).unwrap(), b"");
    }

    #[test]
    fn a_file_that_breaks_off_is_an_error_and_not_a_shorter_file() {
        assert!(read(vec![data(b"ab")]).is_err());
        assert!(read(Vec::new()).is_err());
    }

    #[test]
    fn a_file_of_another_size_than_announced_is_refused() {
        let mut count = Count { size: 3, came: 0 };
        count.add(2).unwrap();
        assert!(count.end().is_err());
        count.add(1).unwrap();
        count.end().unwrap();
        assert!(count.add(1).is_err());
    }

    #[test]
    fn a_name_with_a_path_is_refused() {
        let first = |name: &str, size| PutObjectRequest { name: name.to_owned(), size, ..Default::default() };
        assert_eq!(checked_name(&first("附件1.pdf", 5)).unwrap(), "附件1.pdf");
        assert!(checked_name(&first("../identity.key", 5)).is_err());
        assert!(checked_name(&first("a.pdf", MAX_OBJECT_BYTES + 1)).is_err());
    }
}
