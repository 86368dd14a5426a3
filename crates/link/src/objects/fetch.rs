//! Fetches from the parent what streams from above refer to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};
use tonic::transport::Channel;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_client::ObjectsClient;
use yanzhen_store::objects::{Manifest, ManifestError, ObjectError, Partial};
use yanzhen_store::{StoreError, Wanted};
use yanzhen_sync::ObjectRef;
use yanzhen_sync::directory::{Direction, Link};

use super::MAX_OBJECT_MESSAGE_BYTES;
use super::flights::Flights;
use super::metrics::count;
use super::shared::{ANSWER_PATIENCE, LOOK_EVERY, LOOK_PAUSE, Moving, PATIENCE, Shared};

/// Why an object did not come this time.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the parent answers: {0}")]
    Parent(#[from] tonic::Status),
    #[error("the parent's manifest is refused: {0}")]
    Manifest(#[from] ManifestError),
    #[error("the parent sent the manifest of another object")]
    OtherObject,
    #[error("the parent sent chunk {found} where {expected} was due")]
    WrongPlace { expected: u32, found: u32 },
    #[error("the parent ended at chunk {0}")]
    Ended(u32),
    #[error("the parent sends nothing")]
    Silent,
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FetchError {
    /// Whether the parent sent something else than it should.
    fn is_refusal(&self) -> bool {
        use ObjectError::{FalseManifest, WrongChunk};
        match self {
            FetchError::Manifest(_) | FetchError::OtherObject | FetchError::WrongPlace { .. } => true,
            FetchError::Object(error) => matches!(error, WrongChunk { .. } | FalseManifest { .. }),
            _ => false,
        }
    }
}

pub(super) async fn keep_fetching(shared: Arc<Shared>) {
    let mut parent = shared.lines.parent_channel();
    let mut woken = shared.woken();
    let mut flights = Flights::new(shared.limits.fetches);
    let mut turns: VecDeque<Wanted> = VecDeque::new();
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            changed = parent.changed() => match changed {
                Ok(()) => {
                    flights.reset();
                    turns.clear();
                    look_at = Instant::now();
                }
                Err(_) => return,
            },
            (object, result) = flights.ended() => {
                let came = note(&shared, &mut flights, object, result.ok());
                // What fails again and again is not looked for without a pause.
                let pause = if came || !turns.is_empty() { Duration::ZERO } else { LOOK_PAUSE };
                look_at = look_at.min(Instant::now() + pause);
            }
            _ = woken.changed() => {
                turns.clear();
                look_at = look_at.min(Instant::now() + LOOK_PAUSE);
            }
            () = sleep_until(look_at) => {
                let channel = parent.borrow_and_update().clone();
                if let Some(channel) = channel
                    && let Err(error) = begin(&shared, &channel, &mut turns, &mut flights).await
                {
                    tracing::warn!(%error, "the index of attachments can't be read; trying again");
                }
                look_at = flights.look_again(LOOK_EVERY);
            }
        }
    }
}

/// Goes on with those whose turn it is; the index is read again once all have had theirs.
async fn begin(
    shared: &Arc<Shared>,
    channel: &Channel,
    turns: &mut VecDeque<Wanted>,
    flights: &mut Flights<Result<(), FetchError>>,
) -> Result<(), StoreError> {
    let Some(link) = shared.link_above() else { return Ok(()) };
    if turns.is_empty() {
        turns.extend(shared.wanted().await?);
    }
    let directory = shared.store.directory();
    while flights.has_room()
        && let Some(Wanted { object, stream }) = turns.pop_front()
    {
        if flights.may_begin(&object) && directory.travels(&stream, link, Direction::Down) {
            flights.begin(object, fetch(shared.clone(), channel.clone(), link, object));
        }
    }
    Ok(())
}

/// Tells whether it came; `None` stands for a panic.
fn note(
    shared: &Shared,
    flights: &mut Flights<Result<(), FetchError>>,
    object: ObjectRef,
    result: Option<Result<(), FetchError>>,
) -> bool {
    match result {
        Some(Ok(())) => {
            flights.succeeded(&object);
            return true;
        }
        Some(Err(error)) if error.is_refusal() => {
            count(&shared.metrics.refused);
            tracing::warn!(object = %object.hash, %error, "an object from the parent was refused; trying again");
        }
        Some(Err(error @ (FetchError::Parent(_) | FetchError::Ended(_)))) => {
            tracing::debug!(object = %object.hash, %error, "an object did not come; trying again");
        }
        Some(Err(error)) => {
            tracing::warn!(object = %object.hash, %error, "an object did not come; trying again");
        }
        None => tracing::error!(object = %object.hash, "fetching an object panicked; trying again"),
    }
    flights.failed(object);
    false
}

async fn fetch(
    shared: Arc<Shared>,
    channel: Channel,
    link: Link,
    object: ObjectRef,
) -> Result<(), FetchError> {
    if !shared.folder.has(&object).await? {
        let mut parent = ObjectsClient::new(channel)
            .max_decoding_message_size(MAX_OBJECT_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_OBJECT_MESSAGE_BYTES);
        let manifest = manifest(&mut parent, object).await?;
        if let Some(mut partial) = shared.folder.partial(manifest).await? {
            let moving = shared.moving(object, link, Direction::Down);
            while !partial.is_full() {
                fill(&mut parent, &mut partial, &moving).await?;
            }
            partial.finish().await?;
            count(&shared.metrics.fetched);
            tracing::debug!(object = %object.hash, bytes = object.size, "an object has come");
        }
    }
    Ok(shared.note_arrival(&object).await?)
}

async fn manifest(parent: &mut ObjectsClient<Channel>, object: ObjectRef) -> Result<Manifest, FetchError> {
    let request = proto::ObjectRequest { object: Some(object.into()) };
    let reply =
        timeout(ANSWER_PATIENCE, parent.get_manifest(request)).await.map_err(|_| FetchError::Silent)??;
    let manifest = Manifest::try_from(reply.into_inner())?;
    if *manifest.object() == object { Ok(manifest) } else { Err(FetchError::OtherObject) }
}

/// Takes chunks from the next one on, until the object is full or chunks that were found on this disk make it
/// worth while to ask anew.
async fn fill(
    parent: &mut ObjectsClient<Channel>,
    partial: &mut Partial,
    moving: &Moving,
) -> Result<(), FetchError> {
    let first_chunk = partial.chunks_held();
    let request = proto::FetchRequest { object: Some((*partial.manifest().object()).into()), first_chunk };
    let reply = timeout(PATIENCE, parent.fetch(request)).await.map_err(|_| FetchError::Silent)??;
    let mut chunks = reply.into_inner();
    let mut expected = first_chunk;
    loop {
        moving.left(partial.bytes_left());
        let chunk = timeout(PATIENCE, chunks.message()).await.map_err(|_| FetchError::Silent)??;
        let chunk = chunk.ok_or(FetchError::Ended(expected))?;
        if chunk.index != expected {
            return Err(FetchError::WrongPlace { expected, found: chunk.index });
        }
        // Before it is written: that goes on even if this task ends meanwhile.
        moving.received(chunk.data.len());
        let next = partial.write_chunk(expected, chunk.data).await?;
        if partial.is_full() || next != expected + 1 {
            return Ok(());
        }
        expected = next;
    }
}
