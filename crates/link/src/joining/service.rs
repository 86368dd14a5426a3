//! The service of joining.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::joining_client::JoiningClient;
use yanzhen_proto::v1::joining_server::{Joining, JoiningServer};

use super::{MAX_JOIN_REPLY_BYTES, MAX_JOIN_REQUEST_BYTES};
use crate::hub::Hub;
use crate::server::peer_of;
use crate::tls::{Gate, Limits, Peer, Rate};

/// Attempts to join of all addresses together: each costs central a check of a signature and some reading.
const RATE: Rate = Rate { per_second: 50, burst: 200 };

/// Attempts to join of one address. A node relays those of all its terminals.
const RATE_PER_ADDRESS: Rate = Rate { per_second: 10, burst: 60 };

/// Time for an attempt through all nodes on the way; each of them waits as long, so the first one decides.
const DEADLINE: Duration = Duration::from_secs(30);

/// Decides on requests to join, or passes them on.
pub trait Admit: Send + std::marker::Sync + 'static {
    /// Answers a request that came over the link with `via`: the new site itself, or a node that relays.
    /// Refusals are those that joining.proto names.
    fn join(&self, request: proto::JoinRequest, via: Peer)
    -> BoxFuture<'_, Result<proto::JoinReply, Status>>;
}

/// Passes requests on to the parent, unchanged. For nodes.
#[derive(Clone, Debug)]
pub struct Relay(Hub);

impl Relay {
    /// Relays over the line of a site.
    pub fn new(hub: Hub) -> Relay {
        Relay(hub)
    }
}

impl Admit for Relay {
    fn join(
        &self,
        request: proto::JoinRequest,
        _via: Peer,
    ) -> BoxFuture<'_, Result<proto::JoinReply, Status>> {
        let channel = self.0.parent_channel().borrow().clone();
        Box::pin(async move {
            let no_line =
                "this site has no line to its parent now; try again in a minute, with the same token";
            let channel = channel.ok_or_else(|| Status::unavailable(no_line))?;
            let answered = timeout(DEADLINE, ask(channel, request)).await;
            match answered.unwrap_or_else(|_| Err(Status::unavailable(no_line))) {
                Ok(reply) => Ok(reply),
                // A broken line is not the request's fault. What broke has a source; what central answers has none.
                Err(status)
                    if status.code() == tonic::Code::Unknown
                        || std::error::Error::source(&status).is_some() =>
                {
                    Err(Status::unavailable(no_line))
                }
                Err(status) => Err(Status::new(status.code(), status.message())),
            }
        })
    }
}

/// Admits nobody. For sites without the right and without a parent to ask.
#[derive(Clone, Copy, Debug)]
pub struct NoAdmission;

impl Admit for NoAdmission {
    fn join(&self, _: proto::JoinRequest, _: Peer) -> BoxFuture<'_, Result<proto::JoinReply, Status>> {
        let refused = Status::permission_denied("no site can join here; check the token's addresses");
        Box::pin(std::future::ready(Err(refused)))
    }
}

/// Sends a request and waits for its answer.
pub(super) async fn ask(channel: Channel, request: proto::JoinRequest) -> Result<proto::JoinReply, Status> {
    let mut client = JoiningClient::new(channel)
        .max_decoding_message_size(MAX_JOIN_REPLY_BYTES)
        .max_encoding_message_size(MAX_JOIN_REQUEST_BYTES);
    Ok(client.join(request).await?.into_inner())
}

/// Takes requests at a bounded rate.
pub(crate) struct JoiningService {
    admit: Arc<dyn Admit>,
    gate: Mutex<Gate>,
}

impl JoiningService {
    pub(crate) fn server(admit: Arc<dyn Admit>) -> JoiningServer<JoiningService> {
        let limits = Limits { rate: RATE, rate_per_address: RATE_PER_ADDRESS, ..Limits::default() };
        let gate = Mutex::new(Gate::new(&limits, Instant::now()));
        JoiningServer::new(JoiningService { admit, gate })
            .max_decoding_message_size(MAX_JOIN_REQUEST_BYTES)
            .max_encoding_message_size(MAX_JOIN_REPLY_BYTES)
    }
}

#[tonic::async_trait]
impl Joining for JoiningService {
    async fn join(&self, request: Request<proto::JoinRequest>) -> Result<Response<proto::JoinReply>, Status> {
        let via = peer_of(&request)?;
        let admitted = {
            let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
            gate.admit(via.address.ip(), Instant::now())
        };
        if admitted.is_err() {
            let words = "too many attempts to join; wait a minute and try again, with the same token";
            return Err(Status::resource_exhausted(words));
        }
        Ok(Response::new(self.admit.join(request.into_inner(), via).await?))
    }
}
