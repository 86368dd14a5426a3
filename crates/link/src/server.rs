//! Serves the sites below: sessions, objects and joining, over one listener.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use tower::util::MapRequestLayer;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_server::Objects;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_proto::v1::sync_server::{Sync, SyncServer};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::limits::MAX_MESSAGE_BYTES;
use yanzhen_sync::session::message;
use yanzhen_sync::{PublicKey, SiteId};

use crate::activity::{Activity, watch_request};
use crate::driver::{LAST_WORDS, Line, WIRE_MESSAGES, busy, drive};
use crate::hub::{Hub, NotAChild, Side, count, stopping};
use crate::joining::{Admit, JoiningService};
use crate::objects::Exchange;
use crate::tls::{self, AcceptorMetrics, Links, Peer, TlsConfig, TlsError};

/// Sessions at once: 10,000 sites, and some that a newer one is about to replace.
const MAX_SESSIONS: usize = 12_000;

/// When a child that found no room is to come back.
const BUSY_FOR: Duration = Duration::from_secs(30);

/// Time for requests to end after the sessions have said goodbye.
const DRAIN: Duration = Duration::from_secs(10);

/// What is served, and how.
pub struct Serving<O> {
    /// The site's sessions.
    pub hub: Hub,
    /// The site's side of its links.
    pub tls: TlsConfig,
    /// How many links, and how fast.
    pub limits: tls::Limits,
    /// The service of objects.
    pub objects: O,
    /// Who decides on joining.
    pub admit: Arc<dyn Admit>,
    /// What the listener counts.
    pub metrics: Arc<AcceptorMetrics>,
}

/// Why serving ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server failed.
    #[error("the server for the sites below failed: {0}")]
    Server(#[from] tonic::transport::Error),
}

/// Serves until `stop`, then says goodbye to all sessions, lets requests end, and hangs up on what is left.
pub async fn serve<O: Objects>(
    listener: TcpListener,
    serving: Serving<O>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let Serving { hub, tls, limits, objects, admit, metrics } = serving;
    let registered = {
        let hub = hub.clone();
        Arc::new(move |key: &PublicKey| hub.child_of_key(key).is_ok())
    };
    let incoming = tls::accept(listener, &tls, limits, registered, metrics, stop.clone())?;
    let links = incoming.links();
    let shutting_out = AbortOnDropHandle::new(tokio::spawn(shut_out(hub.clone(), links.clone())));
    let sessions = Sessions { hub: hub.clone(), places: Arc::new(Semaphore::new(MAX_SESSIONS)) };
    let sessions = SyncServer::new(sessions)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    // Before any of a body is read: messages are large, and whoever has a key of its own can dial.
    let sessions = InterceptedService::new(sessions, {
        let hub = hub.clone();
        move |request: Request<()>| child_with_session(&hub, &request).map(|_| request)
    });
    let objects = InterceptedService::new(Exchange::server(objects), {
        let hub = hub.clone();
        move |request: Request<()>| child_of(&hub, &request).map(|_| request)
    });
    let drained = CancellationToken::new();
    let serving = tls::limited(Server::builder())
        .layer(MapRequestLayer::new(watch_request))
        .add_service(sessions)
        .add_service(objects)
        .add_service(JoiningService::server(admit))
        .serve_with_incoming_shutdown(incoming, drained.clone().cancelled_owned());
    tokio::pin!(serving);
    tokio::select! {
        served = &mut serving => return Ok(served?),
        () = stop.cancelled() => {}
    }
    drop(shutting_out);
    hub.stop().await;
    drained.cancel();
    let served = timeout(DRAIN, serving).await;
    links.close_all();
    match served {
        Ok(served) => Ok(served?),
        Err(_) => {
            tracing::warn!("hung up on requests that did not end");
            Ok(())
        }
    }
}

/// Closes the links of sites that are children no more, once their sessions have had time to say why: the objects
/// end here too.
async fn shut_out(hub: Hub, links: Links) {
    let mut directory = hub.store().watch_directory();
    let mut children = children_of(&hub, &directory.borrow_and_update());
    while directory.changed().await.is_ok() {
        let now = children_of(&hub, &directory.borrow_and_update());
        let gone: Vec<SiteId> = children.difference(&now).copied().collect();
        children = now;
        if !gone.is_empty() {
            sleep(LAST_WORDS).await;
            gone.iter().for_each(|site| links.close(site));
        }
    }
}

fn children_of(hub: &Hub, directory: &Directory) -> BTreeSet<SiteId> {
    directory.children(hub.me()).map(|child| child.id).collect()
}

/// The service of sessions.
struct Sessions {
    hub: Hub,
    places: Arc<Semaphore>,
}

type Messages = Pin<Box<dyn Stream<Item = Result<proto::SessionMessage, Status>> + Send>>;

#[tonic::async_trait]
impl Sync for Sessions {
    type SessionStream = Messages;

    async fn session(
        &self,
        request: Request<Streaming<proto::SessionMessage>>,
    ) -> Result<Response<Messages>, Status> {
        let peer = peer_of(&request)?;
        let child = child_with_session(&self.hub, &request)?;
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            count(&self.hub.counters().sessions_busy);
            return Ok(Response::new(only(busy(BUSY_FOR))));
        };
        let activity = request.extensions().get::<Activity>().cloned().unwrap_or_default();
        let Some(seat) = self.hub.seat(child, Side::Child, peer.address.to_string()) else {
            return Ok(Response::new(only(stopping())));
        };
        let (outgoing, messages) = mpsc::channel(WIRE_MESSAGES);
        let line = Line { incoming: request.into_inner(), outgoing, activity };
        self.hub.tasks().spawn(async move {
            let _place: OwnedSemaphorePermit = place;
            drive(seat, line).await
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}

/// Who sent a request, as the handshake proved.
pub(crate) fn peer_of<T>(request: &Request<T>) -> Result<Peer, Status> {
    let peer = request.extensions().get::<Peer>().copied();
    peer.ok_or_else(|| Status::unauthenticated("the link does not show who is at its other end"))
}

/// The child that sent a request.
fn child_of<T>(hub: &Hub, request: &Request<T>) -> Result<SiteId, Status> {
    let peer = peer_of(request)?;
    hub.child_of_key(&peer.key).map_err(|why| {
        tracing::debug!(peer = %peer.site.short(), %why, "refused a request");
        refusal(why)
    })
}

/// The same, where it asks for a session.
fn child_with_session<T>(hub: &Hub, request: &Request<T>) -> Result<SiteId, Status> {
    child_of(hub, request).inspect_err(|_| count(&hub.counters().sessions_refused))
}

fn refusal(why: NotAChild) -> Status {
    match why {
        NotAChild::Unknown => Status::unauthenticated(why.to_string()),
        NotAChild::Revoked | NotAChild::Replaced | NotAChild::Elsewhere => {
            Status::permission_denied(why.to_string())
        }
    }
}

fn only(words: proto::Goodbye) -> Messages {
    Box::pin(tokio_stream::once(Ok(message(Message::Goodbye(words)))))
}
