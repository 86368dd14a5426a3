//! Dials a parent. One channel is one connection to a peer that was checked; when it breaks, the channel fails.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::Channel;
use tower::service_fn;

use super::certificate::SITE_NAME;
use super::http::endpoint;
use super::socket::tune;
use super::verify::{KeyRefused, key_of};
use super::{ALPN, KeyTest, Peer, TlsConfig, TlsError};
use crate::address::Address;

/// Time to look a name up.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for TCP to connect: two lost packets, each repeated after some seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for the handshake, as at the other end.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// IP addresses of one name that are tried.
const MAX_SOCKETS: usize = 4;

/// What HTTP/2 requests name as their origin.
const ORIGIN: &str = "https://site.yanzhen";

/// A link to a parent.
#[derive(Clone, Debug)]
pub struct Dialled {
    /// For the service clients. It never reconnects: after a break all its requests fail.
    pub channel: Channel,
    /// Who answered, and where.
    pub peer: Peer,
}

/// No address led to the parent.
#[derive(Debug)]
pub struct DialError {
    /// What became of each address, in the order in which they were tried.
    pub attempts: Vec<Attempt>,
}

/// One address that did not lead to the parent.
#[derive(Debug, thiserror::Error)]
#[error("{address}: {error}")]
pub struct Attempt {
    /// Which address.
    pub address: Address,
    /// What happened.
    #[source]
    pub error: AttemptError,
}

/// Why an address did not lead to the parent.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The name has no IP address.
    #[error("the name can't be looked up: {0}")]
    Resolve(#[source] io::Error),
    /// Nobody listens there, or there is no way to it.
    #[error("no connection: {0}")]
    Connect(#[source] io::Error),
    /// Nobody answered in time.
    #[error("no answer in time ({0})")]
    TimedOut(&'static str),
    /// Somebody else answered.
    #[error(transparent)]
    WrongKey(#[from] KeyRefused),
    /// The other end closed the connection before it was established.
    #[error("closed by the other end, which may be busy: {0}")]
    Closed(#[source] io::Error),
    /// The handshake failed in another way.
    #[error("the handshake failed; is this a Yanzhen site? {0}")]
    Handshake(#[source] io::Error),
    /// HTTP/2 failed on the established connection.
    #[error("HTTP/2 failed: {0}")]
    Http(#[from] tonic::transport::Error),
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl DialError {
    /// Whether dialling again can't help until somebody changes the addresses or the expected key.
    pub fn is_permanent(&self) -> bool {
        self.attempts.iter().all(|attempt| matches!(attempt.error, AttemptError::WrongKey(_)))
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return f.write_str("no address of the parent is known");
        }
        f.write_str("the parent can't be reached: ")?;
        for (index, attempt) in self.attempts.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{attempt}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DialError {}

/// Connects to the first of `addresses` where somebody with an accepted key answers.
pub async fn connect(
    addresses: &[Address],
    tls: &TlsConfig,
    accepted: KeyTest,
) -> Result<Dialled, DialError> {
    let mut attempts = Vec::new();
    for address in addresses {
        // Boxed: a TLS stream inside makes it large.
        match Box::pin(connect_to(address, tls, accepted.clone())).await {
            Ok(dialled) => return Ok(dialled),
            Err(error) => attempts.push(Attempt { address: address.clone(), error }),
        }
    }
    Err(DialError { attempts })
}

async fn connect_to(address: &Address, tls: &TlsConfig, accepted: KeyTest) -> Result<Dialled, AttemptError> {
    let connector = TlsConnector::from(tls.client(accepted)?);
    let sockets = in_time(RESOLVE_TIMEOUT, "looking up the name", lookup_host(address.as_str()))
        .await?
        .map_err(AttemptError::Resolve)?;
    let mut last = AttemptError::Resolve(io::ErrorKind::NotFound.into());
    for socket in sockets.take(MAX_SOCKETS) {
        match establish(socket, &connector).await {
            Ok((stream, peer)) => return open_channel(stream, peer).await,
            Err(error @ AttemptError::WrongKey(_)) => return Err(error),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn establish(
    socket: SocketAddr,
    connector: &TlsConnector,
) -> Result<(TlsStream<TcpStream>, Peer), AttemptError> {
    let tcp = in_time(CONNECT_TIMEOUT, "connecting", TcpStream::connect(socket))
        .await?
        .map_err(AttemptError::Connect)?;
    tune(&tcp).map_err(AttemptError::Connect)?;
    let name = ServerName::try_from(SITE_NAME).expect("invariant: the constant is a DNS name");
    let stream = in_time(HANDSHAKE_TIMEOUT, "handshake", connector.connect(name, tcp))
        .await?
        .map_err(handshake_error)?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(ALPN) {
        return Err(AttemptError::Handshake(io::Error::other("it does not speak HTTP/2")));
    }
    let certificate = session.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.expect("invariant: TLS servers show a certificate");
    let key = key_of(certificate).map_err(|error| AttemptError::Handshake(io::Error::other(error)))?;
    let peer = Peer::new(key, socket);
    Ok((stream, peer))
}

fn handshake_error(error: io::Error) -> AttemptError {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    if let Some(refused) = KeyRefused::in_error(&error) {
        return AttemptError::WrongKey(refused.clone());
    }
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => AttemptError::Closed(error),
        _ => AttemptError::Handshake(error),
    }
}

/// The channel gets this one connection: tonic's attempt to make another one finds none.
async fn open_channel(stream: TlsStream<TcpStream>, peer: Peer) -> Result<Dialled, AttemptError> {
    let mut only = Some(stream);
    let connector = service_fn(move |_| {
        let stream = only.take().ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotConnected, "the link is gone; a new one has to be dialled")
        });
        async { stream.map(TokioIo::new) }
    });
    let endpoint = endpoint(ORIGIN);
    let opening = endpoint.connect_with_connector(connector);
    let channel = in_time(HANDSHAKE_TIMEOUT, "opening HTTP/2", opening).await??;
    Ok(Dialled { channel, peer })
}

async fn in_time<T>(
    limit: Duration,
    what: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, AttemptError> {
    timeout(limit, work).await.map_err(|_| AttemptError::TimedOut(what))
}
