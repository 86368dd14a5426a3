//! Files on their way to the site and from it.

use std::io;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use indicatif::ProgressBar;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use yanzhen_proto::v1::{AttachmentView, GetObjectRequest, PutObjectRequest};

use crate::control::{ControlClient, PIECE_BYTES};
use crate::failure::{Failure, system_says};
use crate::out::{BYTES_BAR, Out, clean};

/// Pieces that are read ahead of the connection.
const PIECES_AHEAD: usize = 4;

/// Bytes of a file name on today's file systems.
const MAX_NAME_BYTES: usize = 255;

pub(super) fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} can't be read", path.display()))
        .why(system_says(error))
        .next("check the name and permissions")
}

/// Reads a whole file of at most `limit` bytes.
pub(super) async fn read_whole(path: &Path, limit: u64) -> Result<Bytes, Failure> {
    let failed = |error| cannot_read(path, &error);
    let file = File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::refused(format!("{} is too large", path.display()))
            .why(format!("at most {} are taken at once", crate::out::size(limit)))
            .next("split the file"));
    }
    Ok(bytes.into())
}

/// Brings attachments into the site's object store, in this order.
pub(super) async fn put_all(
    paths: &[PathBuf],
    client: &mut ControlClient,
    out: &Out<'_>,
) -> Result<Vec<AttachmentView>, Failure> {
    let mut attachments = Vec::with_capacity(paths.len());
    for path in paths {
        attachments.push(put(path, client, out).await?);
    }
    Ok(attachments)
}

async fn put(path: &Path, client: &mut ControlClient, out: &Out<'_>) -> Result<AttachmentView, Failure> {
    let failed = |error| cannot_read(path, &error);
    let file = File::open(path).await.map_err(failed)?;
    let metadata = file.metadata().await.map_err(failed)?;
    let name = path.file_name().and_then(|name| name.to_str()).filter(|_| metadata.is_file());
    let Some(name) = name else {
        return Err(Failure::refused(format!("{} can't be attached", path.display()))
            .why("it is not a file, or its name is not Unicode")
            .next("name a file"));
    };
    let bar = out.progress(metadata.len(), name, BYTES_BAR);
    let (pieces, sent) = mpsc::channel(PIECES_AHEAD);
    let first = PutObjectRequest { name: name.to_owned(), size: metadata.len(), data: Bytes::new() };
    let feeding = feed(file, first, pieces.clone(), &bar);
    let call = client.site.put_object(ReceiverStream::new(sent));
    tokio::pin!(feeding, call);
    tokio::select! {
        // A site that answers before the end has refused.
        reply = &mut call => return Ok(reply?.into_inner()),
        // `pieces` still holds the stream open: an error here breaks the call off, instead of ending the
        // stream as if the file were whole.
        fed = &mut feeding => fed.map_err(failed)?,
    }
    drop(pieces);
    let reply = call.await?.into_inner();
    bar.finish_and_clear();
    Ok(reply)
}

/// Sends a file's pieces until its end, or until nobody takes them any more.
async fn feed(
    mut file: File,
    first: PutObjectRequest,
    pieces: mpsc::Sender<PutObjectRequest>,
    bar: &ProgressBar,
) -> io::Result<()> {
    let mut next = first;
    loop {
        let mut data = BytesMut::with_capacity(PIECE_BYTES);
        while data.len() < PIECE_BYTES && file.read_buf(&mut data).await? > 0 {}
        data.truncate(PIECE_BYTES);
        let end = data.is_empty();
        bar.inc(data.len() as u64);
        next.data = data.freeze();
        // An empty file is one message; after others an empty piece says nothing.
        if (!end || !next.name.is_empty()) && pieces.send(next).await.is_err() {
            return Ok(());
        }
        if end {
            return Ok(());
        }
        next = PutObjectRequest::default();
    }
}

/// Makes a folder for attachments, with those above it.
pub(super) async fn make_folder(path: &Path) -> Result<(), Failure> {
    tokio::fs::create_dir_all(path).await.map_err(|error| {
        Failure::failed(format!("the folder {} can't be made", path.display()))
            .why(system_says(&error))
            .next("name a folder that this account may write to")
    })
}

/// Saves an attachment into a folder, under a name of its own that is not there yet.
pub(super) async fn save(
    attachment: &AttachmentView,
    folder: &Path,
    client: &mut ControlClient,
    out: &Out<'_>,
) -> Result<PathBuf, Failure> {
    let path = folder.join(safe_name(&attachment.name));
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::refused(format!("{} is there already", path.display()))
            .why("saving overwrites nothing")
            .next("save into another folder, or move the file away"),
        _ => Failure::failed(format!("{} can't be written", path.display()))
            .why(system_says(&error))
            .next("check free space and permissions"),
    };
    let mut file = File::options().write(true).create_new(true).open(&path).await.map_err(failed)?;
    let saved = fetch(attachment, &mut file, client, out).await;
    let saved = match saved {
        Ok(()) => file.sync_all().await.map_err(Fault::Write),
        error => error,
    };
    drop(file);
    if let Err(fault) = saved {
        // What is left would pass for the attachment.
        let _ = tokio::fs::remove_file(&path).await;
        return Err(match fault {
            Fault::Write(error) => failed(error),
            Fault::Site(failure) => failure,
        });
    }
    Ok(path)
}

enum Fault {
    Write(io::Error),
    Site(Failure),
}

async fn fetch(
    attachment: &AttachmentView,
    file: &mut File,
    client: &mut ControlClient,
    out: &Out<'_>,
) -> Result<(), Fault> {
    let site = |status: tonic::Status| Fault::Site(status.into());
    let request = GetObjectRequest { hash: attachment.hash.clone() };
    let mut pieces = client.site.get_object(request).await.map_err(site)?.into_inner();
    let bar = out.progress(attachment.size, &clean(&attachment.name), BYTES_BAR);
    let mut written = 0;
    while let Some(piece) = pieces.message().await.map_err(site)? {
        file.write_all(&piece.data).await.map_err(Fault::Write)?;
        written += piece.data.len() as u64;
        bar.set_position(written);
    }
    file.flush().await.map_err(Fault::Write)?;
    bar.finish_and_clear();
    if written == attachment.size {
        Ok(())
    } else {
        let why = format!("{written} of {} bytes came", attachment.size);
        let what = format!("{} did not come whole", clean(&attachment.name));
        Err(Fault::Site(
            Failure::failed(what).why(why).next("save it again; `status` shows whether it is damaged"),
        ))
    }
}

/// A name without a path, whatever system or site it comes from, that every system takes.
pub(super) fn safe_name(name: &str) -> String {
    const FORBIDDEN: &str = "/\\:*?\"<>|";
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let cleaned: String = clean(last).chars().map(|c| if FORBIDDEN.contains(c) { '_' } else { c }).collect();
    let mut short = cleaned.trim().trim_matches('.').to_owned();
    while short.len() > MAX_NAME_BYTES {
        short.pop();
    }
    let stem = short.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(|rest: &str| rest.len() == 1);
    let device = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()) || numbered("COM") || numbered("LPT");
    match short.as_str() {
        "" => "attachment".to_owned(),
        _ if device => format!("_{short}"),
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_the_folder() {
        let cases = [
            ("通知.pdf", "通知.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system.ini", "system.ini"),
            ("..", "attachment"),
            ("", "attachment"),
            ("a/", "attachment"),
            ("a:b|c.txt", "a_b_c.txt"),
            ("com1.txt", "_com1.txt"),
            ("nul", "_nul"),
            ("one\ntwo", "one two"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe);
            assert_eq!(Path::new(&safe_name(name)).components().count(), 1);
        }
        assert!(safe_name(&"长".repeat(500)).len() <= MAX_NAME_BYTES);
    }
}
