//! HTTP for the console: plain on loopback only, else over TLS with a certificate of the console's own or a supplied
//! one.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::serve::Listener;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::console::Console;
use crate::live::Stopping;
use crate::routes;

/// Connections at once, handshakes among them: a bureau has some dozen browsers with six each.
const CONNECTIONS: usize = 512;

/// Connections of one address at once; more are closed. A browser opens six; one behind a relay shares with others.
const CONNECTIONS_PER_ADDRESS: usize = 64;

/// Requests at once on one connection.
const REQUESTS: u32 = 32;

/// How long a handshake may take: a thin line needs seconds, an attacker takes for ever.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(15);

/// How long a browser may take to say what it wants, and a connection stays open between two requests.
const HEADER_LIMIT: Duration = Duration::from_secs(60);

/// Between two questions whether a browser is still there.
const ALIVE_EVERY: Duration = Duration::from_secs(60);

/// How long answers under way may take when the site stops.
const FINISH_LIMIT: Duration = Duration::from_secs(5);

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

    /// Whether it is HTTPS.
    pub fn is_secure(&self) -> bool {
        matches!(self, Speech::Tls(_))
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
    mut listener: TcpListener,
    speech: Speech,
    console: Console,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    serve_pages(&mut listener, speech, routes::router(console), stop).await
}

/// Serves these pages until `stop`; what is under way then is finished, and the listener is whole.
pub async fn serve_pages(
    listener: &mut TcpListener,
    speech: Speech,
    pages: Router,
    stop: CancellationToken,
) -> Result<(), ServerError> {
    let address = listener.local_addr()?;
    if matches!(speech, Speech::Plain) && !address.ip().is_loopback() {
        return Err(ServerError::Plain(address));
    }
    let (turns, open) = (Arc::new(Semaphore::new(CONNECTIONS)), TaskTracker::new());
    let shares = Shares::default();
    loop {
        let accepting = async {
            let turn = turns.clone().acquire_owned().await.expect("the semaphore is never closed");
            // axum's own accept: it waits where the machine is out of sockets.
            (Listener::accept(listener).await, turn)
        };
        let Some(((stream, peer), turn)) = stop.run_until_cancelled(accepting).await else { break };
        let Some(share) = Share::take(&shares, peer.ip()) else { continue };
        let (speech, pages, stop) = (speech.clone(), pages.clone(), stop.clone());
        open.spawn(async move {
            if let Err(error) = talk(stream, peer, speech, pages, stop).await {
                tracing::debug!(%peer, %error, "a browser's connection failed");
            }
            drop((turn, share));
        });
    }
    open.close();
    // Whoever has not finished by then asks again after the restart.
    let _ = timeout(FINISH_LIMIT, open.wait()).await;
    Ok(())
}

async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    speech: Speech,
    pages: Router,
    stop: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let http = auto::Builder::new(TokioExecutor::new());
    let Speech::Tls(config) = speech else {
        return answer(stream, http.http1_only(), peer, pages, stop).await;
    };
    let stream = timeout(HANDSHAKE_LIMIT, TlsAcceptor::from(config).accept(stream)).await??;
    // What was agreed on in the handshake; waiting for the first bytes to tell would have no limit.
    let http = match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => http.http2_only(),
        _ => http.http1_only(),
    };
    answer(stream, http, peer, pages, stop).await
}

/// Answers one connection's requests until it ends, or until `stop` and the end of what is under way.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    mut http: auto::Builder<TokioExecutor>,
    peer: SocketAddr,
    pages: Router,
    stop: CancellationToken,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let service = pages.layer(Extension(Peer(peer))).layer(Extension(Stopping(stop.clone())));
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ALIVE_EVERY)
        .keep_alive_timeout(HANDSHAKE_LIMIT)
        .max_concurrent_streams(REQUESTS);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// How many connections each address has.
type Shares = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// One of an address's connections, given back when it is dropped.
struct Share(Shares, IpAddr);

impl Share {
    /// None where the address has its share already. This machine's own programs may have all.
    fn take(shares: &Shares, of: IpAddr) -> Option<Share> {
        let mut taken = shares.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS && !of.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Share(shares.clone(), of))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_can_not_take_all_connections() {
        let shares = Shares::default();
        let (greedy, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut taken: Vec<Share> =
            (0..CONNECTIONS_PER_ADDRESS).map(|_| Share::take(&shares, greedy).unwrap()).collect();
        assert!(Share::take(&shares, greedy).is_none());
        assert!(Share::take(&shares, other).is_some());
        taken.pop();
        assert!(Share::take(&shares, greedy).is_some());
        drop(taken);
        assert!(shares.lock().unwrap().is_empty(), "nothing is kept of who has gone");
    }
}
