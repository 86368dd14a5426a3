//! The new site's side of joining.

use std::time::Duration;

use tokio::time::timeout;
use tonic::{Code, Status};
use yanzhen_sync::Frame;

use super::service::ask;
use crate::address::Address;
use crate::dial::Parent;
use crate::identity::Identity;
use crate::join::{Admission, Application, JoinError};
use crate::tls::{self, DialError, TlsConfig, TlsError};
use crate::token::Token;

/// Time for the answer: longer than the nodes on the way wait for it.
const DEADLINE: Duration = Duration::from_secs(40);

/// A site's place in the network.
#[derive(Clone, Debug)]
pub struct Joined {
    /// What central granted.
    pub admission: Admission,
    /// The network's beginning.
    pub genesis: Frame,
    /// Whom to dial from now on.
    pub parent: Parent,
}

/// Why a site could not join. The same token may be used again with the same identity after any of these.
#[derive(Debug, thiserror::Error)]
pub enum JoiningError {
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The parent can't be reached.
    #[error("{0}; check this machine's network and the addresses in the token, then join again")]
    Dial(#[from] DialError),
    /// The parent can't ask central now, or is busy.
    #[error("the network can't admit this site now: {}; join again later, with the same token", .0.message())]
    Later(Status),
    /// Central refused.
    #[error("the network refused to admit this site: {}", .0.message())]
    Refused(Status),
    /// The answer proves nothing.
    #[error(transparent)]
    Reply(#[from] JoinError),
}

impl JoiningError {
    /// Whether trying again can't help until a person has acted.
    pub fn is_permanent(&self) -> bool {
        match self {
            JoiningError::Dial(error) => error.is_permanent(),
            JoiningError::Later(_) => false,
            JoiningError::Tls(_) | JoiningError::Refused(_) | JoiningError::Reply(_) => true,
        }
    }
}

/// Asks to be admitted with a token. `addresses` is where children will dial the site. Idempotent: asking again
/// with the same token and identity gives the same place.
pub async fn join_network(
    token: &Token,
    identity: &Identity,
    software: &str,
    addresses: Vec<Address>,
) -> Result<Joined, JoiningError> {
    let tls = TlsConfig::new(identity)?;
    let keys = tls::only(vec![token.parent_key]);
    let dialled = tls::connect(&token.parent_addresses, &tls, keys).await?;
    let application = Application::new(token, identity, addresses, software);
    let answered = timeout(DEADLINE, ask(dialled.channel, application.request().clone())).await;
    let reply = answered.unwrap_or_else(|_| Err(Status::unavailable("no answer came in time")));
    let (admission, genesis) = application.check_reply(reply.map_err(refused)?)?;
    let parent =
        Parent { site: admission.parent, key: token.parent_key, addresses: token.parent_addresses.clone() };
    Ok(Joined { admission, genesis, parent })
}

fn refused(status: Status) -> JoiningError {
    match status.code() {
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Unknown
        | Code::Internal => JoiningError::Later(status),
        _ => JoiningError::Refused(status),
    }
}
