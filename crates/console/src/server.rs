//! HTTP for the console: plain on loopback only, else over TLS with a certificate of the console's own or a supplied
//! one.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::console::Console;
use crate::routes;

/// Browsers that shake hands at once: more wait in the operating system's queue.
const HANDSHAKES: usize = 64;

/// How long a handshake may take: a thin line needs seconds, an attacker takes for ever.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(15);

/// Connections that are through and wait to be served.
const READY: usize = 64;

/// Why the console can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The certificate or its key can't be used.
    #[error("the console's certificate can't be used: {0}")]
    Certificate(String),
    /// Plain HTTP was asked for on an address that others reach.
    #[error("{0} can be reached by others, and the console speaks plain HTTP on loopback only")]
    Plain(SocketAddr),
    /// The network failed.
    #[error("the console can't be reached any more: {0}")]
    Io(#[from] io::Error),
}

/// What browsers are spoken to with.
#[derive(Clone)]
pub enum Speech {
    /// HTTP, on loopback.
    Plain,
    /// HTTPS.
    Tls(Arc<ServerConfig>),
}

impl Speech {
    /// HTTPS with a supplied certificate chain and key, both PEM.
    pub fn supplied(certificate: &Path, key: &Path) -> Result<Speech, ServerError> {
        let unreadable = |error: rustls::pki_types::pem::Error| ServerError::Certificate(error.to_string());
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(certificate).map_err(unreadable)?.collect();
        Speech::tls(chain.map_err(unreadable)?, PrivateKeyDer::from_pem_file(key).map_err(unreadable)?)
    }

    fn tls(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Speech, ServerError> {
        let failed = |error: rustls::Error| ServerError::Certificate(error.to_string());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        // Chromium 78 on the clerks' machines speaks TLS 1.3 as well.
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?;
        let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(failed)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Speech::Tls(Arc::new(config)))
    }
}

/// A certificate that the console makes for itself, for these names, and its key, both PEM. Browsers ask about it
/// once.
pub fn new_certificate(names: Vec<String>) -> Result<(String, String), ServerError> {
    let made = rcgen::generate_simple_self_signed(names);
    let made = made.map_err(|error| ServerError::Certificate(error.to_string()))?;
    Ok((made.cert.pem(), made.signing_key.serialize_pem()))
}

/// Serves the console until `stop`; what is under way then is finished.
pub async fn serve(
    listener: TcpListener,
    speech: Speech,
    console: Console,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let address = listener.local_addr()?;
    let service = routes::router(console);
    let stopped = stop.clone().cancelled_owned();
    match speech {
        Speech::Plain if !address.ip().is_loopback() => return Err(ServerError::Plain(address)),
        Speech::Plain => {
            let service = service.into_make_service_with_connect_info::<Peer>();
            axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
        }
        Speech::Tls(config) => {
            let listener = TlsListener::start(listener, config, stop)?;
            let service = service.into_make_service_with_connect_info::<Peer>();
            axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
        }
    }
    Ok(())
}

/// Hands out connections whose handshake is done; the others keep nobody waiting.
struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    fn start(
        listener: TcpListener,
        config: Arc<ServerConfig>,
        stop: CancellationToken,
    ) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (through, ready) = mpsc::channel(READY);
        let accepting = accept(listener, TlsAcceptor::from(config), through);
        tokio::spawn(async move { stop.run_until_cancelled_owned(accepting).await });
        Ok(TlsListener { address, ready })
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    through: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let turns = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let turn = turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        // axum's own loop: it waits where the machine is out of sockets.
        let (stream, peer) = Listener::accept(&mut listener).await;
        tokio::spawn(shake_hands(acceptor.clone(), stream, peer, through.clone(), turn));
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
    through: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
    _turn: OwnedSemaphorePermit,
) {
    match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => through.send((stream, peer)).await.unwrap_or_default(),
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a browser's handshake failed"),
        Err(_) => tracing::debug!(%peer, "a browser's handshake took too long"),
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // It ends with the token that ends the server too.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}
