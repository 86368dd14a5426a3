//! Keeps the line to the parent: dials, runs a session, and dials again, for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code as StatusCode, Status};
use tower::ServiceExt;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::sync_client::SyncClient;
use yanzhen_sync::directory::Directory;
use yanzhen_sync::limits::MAX_MESSAGE_BYTES;
use yanzhen_sync::{Millis, PublicKey, SiteId};

use crate::activity::{Activity, watch_response};
use crate::address::{Address, MAX_ADDRESSES};
use crate::backoff::Backoff;
use crate::driver::{End, Ended, Line, WIRE_MESSAGES, drive};
use crate::hub::{Hub, Side, State, stopping};
use crate::tls::{self, DialError, Dialled, TlsConfig};

/// The shortest and longest wait before dialling again, and the part of it that is left to chance.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const JITTER: f64 = 0.5;

/// Time for the parent to answer the request for a session.
const OPENING: Duration = Duration::from_secs(20);

/// A session that lasted this long was a good one: after it the waits begin anew. What breaks sooner, such as two
/// copies of a site that push each other out, waits longer each time.
const GOOD: Duration = Duration::from_secs(10);

/// Time for a session to end after the stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// The parent as the site learnt of it when it joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Which site.
    pub site: SiteId,
    /// Its key, until the directory knows it.
    pub key: PublicKey,
    /// Where to dial it; what the directory knows comes after.
    pub addresses: Vec<Address>,
}

impl Parent {
    /// The parent as the directory has it now, else as it was when joining.
    fn present(&self, directory: &Directory, me: SiteId) -> Parent {
        let site = directory.site(me).and_then(|site| site.parent).unwrap_or(self.site);
        let site = directory.present(site);
        let known = directory.site(site).into_iter().flat_map(|site| &site.addresses);
        let known = known.filter_map(|text| text.parse().ok());
        // What a person wrote into the settings comes first, unless it was about another parent.
        let mut addresses = if site == self.site { self.addresses.clone() } else { Vec::new() };
        for address in known {
            if addresses.len() < MAX_ADDRESSES && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            addresses.clone_from(&self.addresses);
        }
        Parent { site, key: directory.key(site).unwrap_or(self.key), addresses }
    }
}

/// Why a session could not be opened, or ended.
enum Failure {
    Dial(DialError),
    Refused(Status),
    Ended(Ended),
}

/// Keeps a session with the parent until `stop`. Never gives up.
pub async fn keep_dialling(hub: Hub, tls: TlsConfig, parent: Parent, stop: CancellationToken) {
    let mut backoff =
        Backoff::new(SHORTEST_WAIT, LONGEST_WAIT, JITTER).expect("invariant: the constants make a backoff");
    while !stop.is_cancelled() && !hub.stopping().is_cancelled() {
        let parent = parent.present(hub.routes().directory(), hub.me());
        hub.set_parent(parent.site);
        let Some(failure) = hub.tasks().track_future(attempt(&hub, &tls, &parent, &stop)).await else {
            break;
        };
        let wait = failure.wait(&mut backoff);
        let next = hub.now().saturating_add(Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX));
        hub.remember(parent.site, |memory| {
            memory.phase = Some(State::Waiting);
            memory.last_error = Some(failure.to_string());
            memory.next_attempt = Some(next);
        });
        tracing::info!(parent = %parent.site.short(), why = %failure, ?wait, "no session with the parent");
        tokio::select! {
            () = stop.cancelled() => break,
            () = hub.stopping().cancelled() => break,
            () = hub.dial_now() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Dials once and stays as long as it lasts. None when told to stop.
async fn attempt(hub: &Hub, tls: &TlsConfig, parent: &Parent, stop: &CancellationToken) -> Option<Failure> {
    hub.remember(parent.site, |memory| memory.phase = Some(State::Connecting));
    let opening = open(hub, tls, parent);
    let opened = tokio::select! {
        () = stop.cancelled() => return None,
        () = hub.stopping().cancelled() => return None,
        opened = opening => opened,
    };
    let (dialled, line) = match opened {
        Ok(opened) => opened,
        Err(failure) => return Some(failure),
    };
    let seat = hub.seat(parent.site, Side::Parent, dialled.peer.address.to_string())?;
    hub.set_parent_channel(Some(dialled.channel));
    let session = drive(seat, line);
    tokio::pin!(session);
    let ended = tokio::select! {
        ended = &mut session => Some(ended),
        () = stop.cancelled() => {
            hub.close(parent.site, stopping());
            timeout(PATIENCE, session).await.ok()
        }
    };
    hub.set_parent_channel(None);
    ended.map(Failure::Ended)
}

async fn open(hub: &Hub, tls: &TlsConfig, parent: &Parent) -> Result<(Dialled, Line), Failure> {
    let keys = tls::only(vec![parent.key]);
    let dialled = tls::connect(&parent.addresses, tls, keys).await.map_err(Failure::Dial)?;
    hub.remember(parent.site, |memory| memory.address = Some(dialled.peer.address.to_string()));
    let line = timeout(OPENING, request_session(dialled.channel.clone())).await;
    let line = line.unwrap_or_else(|_| Err(Status::deadline_exceeded("the parent does not answer")));
    Ok((dialled, line.map_err(Failure::Refused)?))
}

async fn request_session(channel: Channel) -> Result<Line, Status> {
    let activity = Activity::default();
    let watched = Arc::new(activity.clone());
    let channel = channel.map_response(move |response| watch_response(&watched, response));
    let mut client = SyncClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    let (outgoing, messages) = mpsc::channel(WIRE_MESSAGES);
    let incoming = client.session(ReceiverStream::new(messages)).await?.into_inner();
    Ok(Line { incoming, outgoing, activity })
}

impl Failure {
    /// How long to wait now.
    fn wait(&self, backoff: &mut Backoff) -> Duration {
        if let Failure::Ended(ended) = self
            && ended.was_live
            && ended.lasted >= GOOD
        {
            backoff.reset();
        }
        if self.is_permanent() {
            backoff.exhaust();
        }
        let asked = match self {
            Failure::Ended(Ended { why: End::Theirs(words), .. }) => {
                Duration::from_millis(words.retry_after_ms)
            }
            _ => Duration::ZERO,
        };
        backoff.next_after(asked, rand::random())
    }

    /// Whether dialling again can't help until a person has acted, at either end.
    fn is_permanent(&self) -> bool {
        match self {
            Failure::Dial(error) => error.is_permanent(),
            Failure::Refused(status) => status.code() == StatusCode::PermissionDenied,
            Failure::Ended(ended) => match &ended.why {
                End::Theirs(words) | End::Ours(words) => {
                    matches!(words.code(), Code::OtherNetwork | Code::ProtocolTooOld | Code::Revoked)
                }
                End::Broken(_) | End::Silent => false,
            },
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Dial(error) => error.fmt(f),
            Failure::Refused(status) => write!(f, "the parent refused the session: {}", status.message()),
            Failure::Ended(ended) => ended.why.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(words: Option<Code>, lasted: Duration) -> Failure {
        let why = match words {
            Some(code) => End::Theirs(yanzhen_sync::session::goodbye(code, "")),
            None => End::Silent,
        };
        Failure::Ended(Ended { why, was_live: true, lasted })
    }

    fn backoff() -> Backoff {
        Backoff::new(SHORTEST_WAIT, LONGEST_WAIT, 0.0).unwrap()
    }

    #[test]
    fn what_only_a_person_can_mend_waits_the_longest_and_goes_on() {
        for code in [Code::OtherNetwork, Code::ProtocolTooOld, Code::Revoked] {
            assert_eq!(ended(Some(code), Duration::ZERO).wait(&mut backoff()), LONGEST_WAIT);
        }
    }

    #[test]
    fn after_a_good_session_waits_begin_anew_and_after_a_short_one_they_grow() {
        let mut backoff = backoff();
        for _ in 0..4 {
            ended(Some(Code::Replaced), Duration::from_secs(1)).wait(&mut backoff);
        }
        assert_eq!(ended(None, Duration::from_secs(1)).wait(&mut backoff), 16 * SHORTEST_WAIT);
        assert_eq!(ended(None, GOOD).wait(&mut backoff), SHORTEST_WAIT);
    }

    #[test]
    fn a_busy_parent_says_when_to_come_back() {
        let words = crate::driver::busy(Duration::from_secs(30));
        let failure = Failure::Ended(Ended { why: End::Theirs(words), was_live: false, lasted: GOOD });
        assert_eq!(failure.wait(&mut backoff()), Duration::from_secs(30));
    }
}
