//! Uploads to the parent what it asks for.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic::transport::Channel;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_client::ObjectsClient;
use yanzhen_store::StoreError;
use yanzhen_store::objects::{ObjectError, ObjectReader};
use yanzhen_sync::ObjectRef;
use yanzhen_sync::directory::{Direction, Link};

use super::MAX_OBJECT_MESSAGE_BYTES;
use super::flights::Flights;
use super::metrics::count;
use super::shared::{ANSWER_PATIENCE, CHUNKS_AHEAD, LOOK_EVERY, LOOK_PAUSE, Moving, PATIENCE, Shared};

/// Objects that the parent has asked for and that have not gone yet; it asks again for more.
const MAX_ASKED: usize = 4_096;

/// Time after which what the parent asked for counts no more: it asks again for what it still misses, and what
/// nobody has must not take the place of what somebody will have.
const ASKED_FOR: Duration = Duration::from_secs(60);

/// Why an object did not go this time.
#[derive(Debug, thiserror::Error)]
enum UploadError {
    #[error("the parent answers: {0}")]
    Parent(#[from] tonic::Status),
    #[error("the parent holds {held} of {chunks} chunks after all were sent")]
    Incomplete { held: u32, chunks: u32 },
    #[error("the parent takes nothing")]
    Silent,
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of an upload that did not fail.
enum Outcome {
    Taken,
    /// The parent has no use for it; it asks again when it does.
    NotWanted,
}

/// What the parent asks for, and when it did.
type Asked = BTreeMap<ObjectRef, Instant>;

type Uploads = Flights<Result<Outcome, UploadError>>;

pub(super) async fn keep_uploading(shared: Arc<Shared>) {
    let mut parent = shared.lines.parent_channel();
    let mut asking = shared.lines.objects_asked();
    let mut woken = shared.woken();
    let mut asked: Asked = Asked::new();
    let mut uploads = Uploads::new(shared.limits.uploads);
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            changed = parent.changed() => match changed {
                Ok(()) => {
                    uploads.reset();
                    look_at = Instant::now();
                }
                Err(_) => return,
            },
            objects = asking.recv() => match objects {
                Ok(objects) => {
                    remember(&mut asked, objects);
                    look_at = Instant::now();
                }
                // The parent asks again.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            (object, result) = uploads.ended() => {
                note(&shared, &mut uploads, &mut asked, object, result.ok());
                look_at = Instant::now();
            }
            _ = woken.changed() => look_at = look_at.min(Instant::now() + LOOK_PAUSE),
            () = sleep_until(look_at) => {
                let channel = parent.borrow_and_update().clone();
                if let Some(channel) = channel
                    && let Err(error) = begin(&shared, &channel, &mut asked, &mut uploads).await
                {
                    tracing::warn!(%error, "objects that the parent asks for can't be read; trying again");
                }
                look_at = uploads.look_again(LOOK_EVERY);
            }
        }
    }
}

fn remember(asked: &mut Asked, objects: Vec<ObjectRef>) {
    let now = Instant::now();
    for object in objects {
        if asked.len() < MAX_ASKED || asked.contains_key(&object) {
            asked.insert(object, now);
        }
    }
}

/// Begins with what is here; what is not, at a node, is uploaded by its own child first.
async fn begin(
    shared: &Arc<Shared>,
    channel: &Channel,
    asked: &mut Asked,
    uploads: &mut Uploads,
) -> Result<(), UploadError> {
    let Some(link) = shared.link_above() else { return Ok(()) };
    asked.retain(|object, at| at.elapsed() < ASKED_FOR || uploads.moves(object));
    let objects: Vec<ObjectRef> = asked.keys().copied().collect();
    for object in objects {
        if !uploads.has_room() {
            break;
        }
        if !uploads.may_begin(&object) {
            continue;
        }
        if !shared.folder.has(&object).await? {
            if shared.store.is_object_present(object.hash).await? {
                if shared.is_lost(&object).await {
                    shared.note_loss(&object).await;
                } else {
                    // The bytes are whole; the parent has a reference that does not fit them.
                    asked.remove(&object);
                }
            }
            continue;
        }
        if shared.is_in_scope(&object, link, Direction::Up).await? {
            uploads.begin(object, upload(shared.clone(), channel.clone(), link, object));
        } else {
            count(&shared.metrics.out_of_scope);
            tracing::warn!(object = %object.hash, "the parent asks for an object that no stream to it refers to");
            asked.remove(&object);
        }
    }
    Ok(())
}

/// `None` stands for a panic.
fn note(
    shared: &Shared,
    uploads: &mut Uploads,
    asked: &mut Asked,
    object: ObjectRef,
    result: Option<Result<Outcome, UploadError>>,
) {
    match result {
        Some(Ok(outcome)) => {
            if matches!(outcome, Outcome::Taken) {
                count(&shared.metrics.uploaded);
            }
            asked.remove(&object);
            return uploads.succeeded(&object);
        }
        Some(Err(UploadError::Parent(status))) => {
            tracing::debug!(object = %object.hash, %status, "an object did not go; trying again");
        }
        Some(Err(error)) => {
            tracing::warn!(object = %object.hash, %error, "an object did not go; trying again");
        }
        None => tracing::error!(object = %object.hash, "uploading an object panicked; trying again"),
    }
    uploads.failed(object);
}

async fn upload(
    shared: Arc<Shared>,
    channel: Channel,
    link: Link,
    object: ObjectRef,
) -> Result<Outcome, UploadError> {
    let reader = match shared.folder.reader(&object).await {
        Ok(reader) => reader,
        Err(error) => return Err(unreadable(&shared, &object, error).await),
    };
    let mut parent = ObjectsClient::new(channel)
        .max_decoding_message_size(MAX_OBJECT_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_OBJECT_MESSAGE_BYTES);
    let offer = parent.offer(proto::ObjectManifest::from(reader.manifest()));
    let held = match timeout(ANSWER_PATIENCE, offer).await.map_err(|_| UploadError::Silent)? {
        Ok(reply) => reply.into_inner(),
        Err(status) if status.code() == Code::NotFound => return Ok(Outcome::NotWanted),
        Err(status) => return Err(status.into()),
    };
    if held.complete {
        return Ok(Outcome::Taken);
    }
    let moving = shared.moving(object, link, Direction::Up);
    let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
    let mut replying = pin!(parent.upload(ReceiverStream::new(chunks)));
    let reply = tokio::select! {
        fed = feed(&reader, held.chunks_held, &moving, sender) => match fed {
            Ok(()) => timeout(ANSWER_PATIENCE, replying).await.map_err(|_| UploadError::Silent)?,
            Err(UploadError::Object(error)) => return Err(unreadable(&shared, &object, error).await),
            Err(error) => return Err(error),
        },
        // The parent has heard enough.
        reply = &mut replying => reply,
    };
    let proto::OfferReply { complete, chunks_held } = reply?.into_inner();
    if complete {
        Ok(Outcome::Taken)
    } else {
        Err(UploadError::Incomplete { held: chunks_held, chunks: reader.manifest().count() })
    }
}

/// Sends chunks as fast as the line takes them.
async fn feed(
    reader: &ObjectReader,
    first: u32,
    moving: &Moving,
    chunks: mpsc::Sender<proto::ObjectChunk>,
) -> Result<(), UploadError> {
    let manifest = reader.manifest();
    for index in first..manifest.count() {
        moving.left(manifest.object().size - manifest.bytes_before(index));
        let data = reader.read_chunk(index).await?;
        let bytes = data.len();
        let object = (index == first).then(|| (*manifest.object()).into());
        let sending = chunks.send(proto::ObjectChunk { object, index, data });
        match timeout(PATIENCE, sending).await {
            Ok(Ok(())) => moving.sent(bytes),
            // The request has ended; its answer says why.
            Ok(Err(_)) => break,
            Err(_) => return Err(UploadError::Silent),
        }
    }
    moving.left(0);
    Ok(())
}

async fn unreadable(shared: &Shared, object: &ObjectRef, error: ObjectError) -> UploadError {
    shared.note_read_error(object, &error).await;
    error.into()
}
