//! Serves the sites below.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_server::Objects;
use yanzhen_store::StoreError;
use yanzhen_store::objects::{Manifest, ObjectError, ObjectReader, Partial};
use yanzhen_sync::ObjectRef;
use yanzhen_sync::directory::{Direction, Link};

use super::metrics::count;
use super::shared::{CHUNKS_AHEAD, Moving, PATIENCE, Shared};
use super::slots::Slot;
use crate::tls::Peer;

/// Serves objects to the site's children and takes theirs. Requests need a [`Peer`] in their extensions.
#[derive(Clone)]
pub struct ObjectService {
    shared: Arc<Shared>,
}

type Chunks = Pin<Box<dyn Stream<Item = Result<proto::ObjectChunk, Status>> + Send>>;

#[tonic::async_trait]
impl Objects for ObjectService {
    type FetchStream = Chunks;

    async fn get_manifest(
        &self,
        request: Request<proto::ObjectRequest>,
    ) -> Result<Response<proto::ObjectManifest>, Status> {
        let link = self.caller(&request)?;
        let object = object(request.into_inner().object)?;
        self.check_scope(&object, link, Direction::Down).await?;
        let manifest = match self.shared.folder.manifest(&object).await {
            Ok(manifest) => manifest,
            Err(error) => return Err(self.not_served(&object, error).await),
        };
        Ok(Response::new((&manifest).into()))
    }

    async fn fetch(&self, request: Request<proto::FetchRequest>) -> Result<Response<Chunks>, Status> {
        let link = self.caller(&request)?;
        let proto::FetchRequest { object: name, first_chunk } = request.into_inner();
        let object = object(name)?;
        self.check_scope(&object, link, Direction::Down).await?;
        let slot = self.slot(link)?;
        let reader = match self.shared.folder.reader(&object).await {
            Ok(reader) => reader,
            Err(error) => return Err(self.not_served(&object, error).await),
        };
        count(&self.shared.metrics.served);
        let moving = Arc::new(self.shared.moving(object, link, Direction::Down));
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        tokio::spawn(send_chunks(self.clone(), reader, first_chunk, moving.clone(), sender, slot));
        // Counted where the line takes them: what waits here when it is cut was not sent.
        let counted = ReceiverStream::new(chunks).inspect(move |chunk| {
            if let Ok(chunk) = chunk {
                moving.sent(chunk.data.len());
            }
        });
        Ok(Response::new(Box::pin(counted)))
    }

    async fn offer(
        &self,
        request: Request<proto::ObjectManifest>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        let link = self.caller(&request)?;
        let manifest = Manifest::try_from(request.into_inner()).map_err(|error| {
            count(&self.shared.metrics.refused);
            Status::invalid_argument(error.to_string())
        })?;
        let object = *manifest.object();
        self.check_scope(&object, link, Direction::Up).await?;
        let _slot = self.slot(link)?;
        let chunks = manifest.count();
        if self.shared.folder.has(&object).await.map_err(folder_failed)? {
            return Ok(Response::new(proto::OfferReply { chunks_held: chunks, complete: true }));
        }
        if !self.is_wanted(&object).await? {
            return Err(not_found());
        }
        if let Some(chunks_held) = self.shared.offers.held(link.child, &manifest) {
            return Ok(Response::new(proto::OfferReply { chunks_held, complete: false }));
        }
        let partial = self.shared.folder.try_partial(manifest.clone()).await.map_err(folder_failed)?;
        let Some(partial) = partial else {
            self.shared.note_arrival(&object).await.map_err(store_failed)?;
            return Ok(Response::new(proto::OfferReply { chunks_held: chunks, complete: true }));
        };
        let chunks_held = partial.chunks_held();
        drop(partial);
        self.shared.offers.put(link.child, manifest, chunks_held);
        Ok(Response::new(proto::OfferReply { chunks_held, complete: false }))
    }

    async fn upload(
        &self,
        request: Request<Streaming<proto::ObjectChunk>>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        let link = self.caller(&request)?;
        let _slot = self.slot(link)?;
        let mut chunks = request.into_inner();
        let Some(first) = self.next(&mut chunks).await? else {
            return Err(Status::invalid_argument("an upload begins with a chunk"));
        };
        let object = object(first.object.clone())?;
        let offered = self.shared.offers.take(link.child, &object);
        let manifest = offered.ok_or_else(|| Status::failed_precondition("offer the object first"))?;
        let count_of_chunks = manifest.count();
        if let Some(partial) = self.shared.folder.try_partial(manifest).await.map_err(folder_failed)? {
            let moving = self.shared.moving(object, link, Direction::Up);
            let partial = self.take_chunks(partial, first, &mut chunks, &moving).await?;
            if !partial.is_full() {
                let chunks_held = partial.chunks_held();
                return Ok(Response::new(proto::OfferReply { chunks_held, complete: false }));
            }
            partial.finish().await.map_err(|error| self.not_taken(&error))?;
            count(&self.shared.metrics.taken);
        }
        self.shared.note_arrival(&object).await.map_err(store_failed)?;
        Ok(Response::new(proto::OfferReply { chunks_held: count_of_chunks, complete: true }))
    }
}

impl ObjectService {
    pub(super) fn new(shared: Arc<Shared>) -> ObjectService {
        ObjectService { shared }
    }

    /// The link to the child that asks.
    fn caller<T>(&self, request: &Request<T>) -> Result<Link, Status> {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.ok_or_else(|| Status::unauthenticated("the link shows no key"))?;
        let (directory, me) = (self.shared.store.directory(), self.shared.store.me());
        let site = directory.site_of_key(&peer.key).filter(|site| directory.present(site.id) == site.id);
        let child = site.filter(|site| site.parent.is_some_and(|parent| directory.present(parent) == me));
        match child {
            Some(child) => Ok(Link { parent: me, child: child.id }),
            None => Err(Status::permission_denied("this key belongs to no site below this one")),
        }
    }

    async fn check_scope(&self, object: &ObjectRef, link: Link, direction: Direction) -> Result<(), Status> {
        if self.shared.is_in_scope(object, link, direction).await.map_err(store_failed)? {
            return Ok(());
        }
        count(&self.shared.metrics.out_of_scope);
        Err(not_found())
    }

    fn slot(&self, link: Link) -> Result<Slot, Status> {
        self.shared.slots.take(link.child).ok_or_else(|| {
            count(&self.shared.metrics.busy);
            Status::resource_exhausted("too many objects are under way; try again")
        })
    }

    /// Whether exactly this object, with this size and manifest, is still missing here.
    async fn is_wanted(&self, object: &ObjectRef) -> Result<bool, Status> {
        self.shared.store.is_object_wanted(object).await.map_err(store_failed)
    }

    /// Answers for an object that can't be read, and sees to it that it can be read soon.
    async fn not_served(&self, object: &ObjectRef, error: ObjectError) -> Status {
        match self.shared.store.object_ref(object.hash).await {
            Ok(Some(known)) if known == *object => {}
            Ok(_) => return not_found(),
            Err(error) => return store_failed(error),
        }
        match &error {
            ObjectError::Missing { .. } => match self.shared.store.is_object_present(object.hash).await {
                Ok(true) if self.shared.is_lost(object).await => self.shared.note_loss(object).await,
                // The bytes are whole; only the reference does not fit them.
                Ok(true) => return not_found(),
                Ok(false) => self.shared.wake(),
                Err(error) => return store_failed(error),
            },
            error => self.shared.note_read_error(object, error).await,
        }
        not_here()
    }

    async fn take_chunks(
        &self,
        mut partial: Partial,
        first: proto::ObjectChunk,
        chunks: &mut Streaming<proto::ObjectChunk>,
        moving: &Moving,
    ) -> Result<Partial, Status> {
        let mut chunk = Some(first);
        while let Some(proto::ObjectChunk { index, data, .. }) = chunk {
            // Before it is written: that goes on even if this request ends meanwhile.
            moving.received(data.len());
            partial.write_chunk(index, data).await.map_err(|error| self.not_taken(&error))?;
            moving.left(partial.bytes_left());
            if partial.is_full() {
                break;
            }
            chunk = self.next(chunks).await?;
        }
        Ok(partial)
    }

    async fn next(
        &self,
        chunks: &mut Streaming<proto::ObjectChunk>,
    ) -> Result<Option<proto::ObjectChunk>, Status> {
        tokio::select! {
            chunk = timeout(PATIENCE, chunks.message()) => chunk.unwrap_or_else(|_| {
                Err(Status::deadline_exceeded("no chunk came in time; offer the object again"))
            }),
            () = self.shared.stop.cancelled() => Err(stopping()),
        }
    }

    fn not_taken(&self, error: &ObjectError) -> Status {
        use ObjectError::{FalseManifest, NoSuchChunk, OutOfOrder, WrongChunk};
        match error {
            WrongChunk { .. } | FalseManifest { .. } | NoSuchChunk { .. } | OutOfOrder { .. } => {
                count(&self.shared.metrics.refused);
                Status::invalid_argument(error.to_string())
            }
            _ => folder_failed_ref(error),
        }
    }
}

/// Reads ahead by one chunk; the line sets the pace.
async fn send_chunks(
    service: ObjectService,
    reader: ObjectReader,
    first: u32,
    moving: Arc<Moving>,
    chunks: mpsc::Sender<Result<proto::ObjectChunk, Status>>,
    slot: Slot,
) {
    let manifest = reader.manifest();
    for index in first..manifest.count() {
        moving.left(manifest.object().size - manifest.bytes_before(index));
        let chunk = match reader.read_chunk(index).await {
            Ok(data) => Ok(proto::ObjectChunk { object: None, index, data }),
            Err(error) => Err(service.not_served(manifest.object(), error).await),
        };
        let is_last = chunk.is_err();
        let sent = tokio::select! {
            sent = timeout(PATIENCE, chunks.send(chunk)) => matches!(sent, Ok(Ok(()))),
            () = service.shared.stop.cancelled() => false,
        };
        // A child that does not read gives its place to others.
        if !sent || is_last {
            break;
        }
    }
    drop(slot);
}

fn object(name: Option<proto::ObjectRef>) -> Result<ObjectRef, Status> {
    let name = name.ok_or_else(|| Status::invalid_argument("no object is named"))?;
    name.try_into().map_err(|error| Status::invalid_argument(format!("the object's name: {error}")))
}

/// The same for an object that does not exist and for one that is none of the caller's business.
fn not_found() -> Status {
    Status::not_found("no stream in your scope refers to this object")
}

fn not_here() -> Status {
    Status::unavailable("the object is not here yet; try again")
}

fn stopping() -> Status {
    Status::unavailable("this site is stopping; try again")
}

fn store_failed(error: StoreError) -> Status {
    tracing::warn!(%error, "a request for an object failed");
    Status::unavailable("this site can't read its index now; try again")
}

fn folder_failed(error: ObjectError) -> Status {
    folder_failed_ref(&error)
}

fn folder_failed_ref(error: &ObjectError) -> Status {
    match error {
        ObjectError::Busy { .. } => Status::unavailable("the object is on its way already; try again"),
        error => {
            tracing::warn!(%error, "an object can't be stored");
            Status::unavailable("this site can't store objects now; try again")
        }
    }
}
