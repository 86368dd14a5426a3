//! Handshakes and admission over loopback, with a service that tells its caller who it is.

mod admission;
mod handshake;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};
use yanzhen_proto::v1::joining_client::JoiningClient;
use yanzhen_proto::v1::joining_server::{Joining, JoiningServer};
use yanzhen_proto::v1::{JoinReply, JoinRequest};

use super::*;
use crate::address::Address;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers with the caller's site id.
struct Mirror;

#[tonic::async_trait]
impl Joining for Mirror {
    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let peer = request.extensions().get::<Peer>().ok_or_else(|| Status::internal("no peer"))?;
        Ok(Response::new(JoinReply { site: peer.site.to_bytes(), ..JoinReply::default() }))
    }
}

/// A server on a port of its own; stops when dropped.
struct Parent {
    identity: Identity,
    address: SocketAddr,
    metrics: Arc<AcceptorMetrics>,
    links: Links,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

impl Parent {
    /// Takes every key as registered.
    async fn start(limits: Limits) -> Parent {
        Parent::start_for(limits, Arc::new(|_| true)).await
    }

    async fn start_for(limits: Limits, is_registered: KeyTest) -> Parent {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Parent::on(listener, Identity::generate(), limits, is_registered)
    }

    fn on(listener: TcpListener, identity: Identity, limits: Limits, is_registered: KeyTest) -> Parent {
        let (metrics, stop) = (Arc::<AcceptorMetrics>::default(), CancellationToken::new());
        let address = listener.local_addr().unwrap();
        let tls = TlsConfig::new(&identity).unwrap();
        let incoming = accept(listener, &tls, limits, is_registered, metrics.clone(), stop.clone()).unwrap();
        let links = incoming.links();
        let server = limited(Server::builder()).add_service(JoiningServer::new(Mirror));
        let serving = tokio::spawn(server.serve_with_incoming(incoming));
        Parent { identity, address, metrics, links, stop, serving }
    }

    fn addresses(&self) -> Vec<Address> {
        vec![self.address.to_string().parse().unwrap()]
    }

    async fn dial(&self, child: &Identity) -> Result<Dialled, DialError> {
        let tls = TlsConfig::new(child).unwrap();
        connect(&self.addresses(), &tls, only(vec![self.identity.public_key()])).await
    }

    /// Whether `child` gets through to the service.
    async fn serves(&self, child: &Identity) -> bool {
        match self.dial(child).await {
            Ok(dialled) => ask(&dialled.channel).await.is_ok(),
            Err(_) => false,
        }
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.stop.cancel();
        self.serving.abort();
        self.links.close_all();
    }
}

/// Asks the mirror who is asking.
async fn ask(channel: &Channel) -> Result<Vec<u8>, Status> {
    let reply = JoiningClient::new(channel.clone()).join(JoinRequest::default()).await?;
    Ok(reply.into_inner().site.to_vec())
}

/// Waits until a counter has a value.
async fn until(counter: &AtomicU64, value: u64) {
    let reached = async {
        while counter.load(Ordering::Relaxed) != value {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, reached).await;
    assert!(found.is_ok(), "the counter stays at {} instead of {value}", counter.load(Ordering::Relaxed));
}
