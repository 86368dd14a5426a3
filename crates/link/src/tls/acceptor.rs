//! Accepts links: bounded in rate and number, with handshakes beside each other.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::Stream;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use yanzhen_sync::SiteId;

use super::admission::{Gate, Limits, Places, TooFast, network};
use super::connection::{Connection, Open, Standing};
use super::links::Links;
use super::metrics::{AcceptorMetrics, count};
use super::socket::tune;
use super::verify::key_of;
use super::{KeyTest, Peer, TlsConfig, TlsError};

/// Links that have passed their handshake and wait to be served: the server takes them at once.
const READY: usize = 64;

/// The pause after the system could not accept (no file handles, no memory), doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Accepted links, for `tonic::transport::Server::serve_with_incoming`. Ends when it is told to stop; accepting
/// stops at once when it is dropped. Links that are served already live on: [`Incoming::links`] closes them.
#[derive(Debug)]
pub struct Incoming {
    ready: mpsc::Receiver<Connection>,
    links: Links,
    _accepting: AbortOnDropHandle<()>,
}

impl Incoming {
    /// A hold on the open links. Take it before the server takes the stream.
    pub fn links(&self) -> Links {
        self.links.clone()
    }
}

impl Stream for Incoming {
    type Item = Result<Connection, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ready.poll_recv(cx).map(|connection| connection.map(Ok))
    }
}

/// Begins to accept links on a bound listener, until `stop`. `is_registered` tells the sites that belong here:
/// other keys get few links and for a short time only, enough to join.
pub fn accept(
    listener: TcpListener,
    tls: &TlsConfig,
    limits: Limits,
    is_registered: KeyTest,
    metrics: Arc<AcceptorMetrics>,
    stop: CancellationToken,
) -> Result<Incoming, TlsError> {
    let (sender, ready) = mpsc::channel(READY);
    let links = Links::default();
    let acceptor = Acceptor {
        tls: TlsAcceptor::from(tls.server()?),
        limits,
        is_registered,
        metrics,
        handshakes: Arc::new(Semaphore::new(limits.handshakes)),
        connections: Arc::new(Semaphore::new(limits.connections)),
        strangers: Arc::new(Semaphore::new(limits.strangers)),
        sites: Places::new(),
        strangers_by_address: Places::new(),
        links: links.clone(),
        ready: sender,
    };
    let accepting = tokio::spawn(Arc::new(acceptor).run(listener, stop));
    Ok(Incoming { ready, links, _accepting: AbortOnDropHandle::new(accepting) })
}

struct Acceptor {
    tls: TlsAcceptor,
    limits: Limits,
    is_registered: KeyTest,
    metrics: Arc<AcceptorMetrics>,
    handshakes: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    sites: Places<SiteId>,
    strangers_by_address: Places<IpAddr>,
    links: Links,
    ready: mpsc::Sender<Connection>,
}

/// What a connection needs to begin its handshake.
struct Permits {
    handshake: OwnedSemaphorePermit,
    connection: OwnedSemaphorePermit,
}

impl Acceptor {
    async fn run(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        let mut gate = Gate::new(&self.limits, Instant::now());
        let mut handshakes = JoinSet::new();
        let mut pause = FIRST_PAUSE;
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                () = self.ready.closed() => return,
                Some(_) = handshakes.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, address)) => {
                    pause = FIRST_PAUSE;
                    if let Some(permits) = self.admit(&mut gate, address) {
                        handshakes.spawn(self.clone().establish(tcp, address, permits));
                    }
                }
                Err(error) if is_of_one_connection(&error) => count(&self.metrics.accept_errors),
                Err(error) => {
                    count(&self.metrics.accept_errors);
                    tracing::warn!(%error, "the system accepts no connections now; trying again");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    }
                }
            }
        }
    }

    /// Without permits the connection is closed at once: a late-comer learns soonest that way.
    fn admit(&self, gate: &mut Gate, address: SocketAddr) -> Option<Permits> {
        let counter = match gate.admit(address.ip(), Instant::now()) {
            Err(TooFast::Address) => &self.metrics.refused_address_rate,
            Err(TooFast::Overall) => &self.metrics.refused_overall_rate,
            Ok(()) => match self.connections.clone().try_acquire_owned() {
                Err(_) => &self.metrics.refused_connections,
                Ok(connection) => match self.handshakes.clone().try_acquire_owned() {
                    Ok(handshake) => return Some(Permits { handshake, connection }),
                    Err(_) => &self.metrics.refused_handshakes,
                },
            },
        };
        count(counter);
        tracing::debug!(%address, "closed a connection at once: too many");
        None
    }

    async fn establish(self: Arc<Self>, tcp: TcpStream, address: SocketAddr, permits: Permits) {
        let Permits { handshake, connection } = permits;
        let Some((stream, peer)) = self.shake_hands(tcp, address).await else { return };
        drop(handshake);
        let Some((standing, closed)) = self.standing(&peer) else { return };
        let open = Open::new(self.metrics.clone(), standing, connection);
        // It fails only when nobody serves any more.
        let _ = self.ready.send(Connection::new(stream, peer, open, closed)).await;
    }

    async fn shake_hands(&self, tcp: TcpStream, address: SocketAddr) -> Option<(TlsStream<TcpStream>, Peer)> {
        let shaken = async {
            tune(&tcp)?;
            let stream = self.tls.accept(tcp).await?;
            let peer = peer_of(&stream, address)?;
            Ok::<_, io::Error>((stream, peer))
        };
        match timeout(self.limits.handshake_timeout, shaken).await {
            Ok(Ok(established)) => Some(established),
            Ok(Err(error)) => {
                count(&self.metrics.failed);
                tracing::debug!(%address, %error, "a handshake failed");
                None
            }
            Err(_) => {
                count(&self.metrics.timed_out);
                tracing::debug!(%address, "a handshake took too long");
                None
            }
        }
    }

    /// What the peer's key is to this site, and what closes its link; nothing where there is no place for it.
    fn standing(&self, peer: &Peer) -> Option<(Standing, CancellationToken)> {
        let found = match (self.is_registered)(&peer.key) {
            true => self.registered(peer),
            false => self.stranger(peer),
        };
        if found.is_none() {
            tracing::debug!(site = %peer.site, address = %peer.address, "closed a link: no place for it");
        }
        found
    }

    fn registered(&self, peer: &Peer) -> Option<(Standing, CancellationToken)> {
        let Some(place) = self.sites.take(peer.site, self.limits.per_site) else {
            count(&self.metrics.refused_site);
            return None;
        };
        let closed = self.links.of_site(peer.site);
        // Asked again: a revocation since then has closed the site's links without knowing of this one.
        (self.is_registered)(&peer.key).then_some((Standing::Known { _place: place }, closed))
    }

    fn stranger(&self, peer: &Peer) -> Option<(Standing, CancellationToken)> {
        let Limits { strangers_per_address, stranger_lifetime, .. } = self.limits;
        let place = self.strangers_by_address.take(network(peer.address.ip()), strangers_per_address);
        let permit = self.strangers.clone().try_acquire_owned().ok();
        let Some((place, permit)) = place.zip(permit) else {
            count(&self.metrics.refused_strangers);
            return None;
        };
        let standing = Standing::Stranger { lifetime: stranger_lifetime, _place: place, _permit: permit };
        Some((standing, self.links.of_stranger()))
    }
}

fn peer_of(stream: &TlsStream<TcpStream>, address: SocketAddr) -> io::Result<Peer> {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.ok_or_else(|| io::Error::other("the client showed no certificate"))?;
    let key = key_of(certificate).map_err(io::Error::other)?;
    Ok(Peer::new(key, address))
}

/// Errors that concern only the connection that was about to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
