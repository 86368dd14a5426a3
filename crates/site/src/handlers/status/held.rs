//! Why a stream stands still, in words.

use yanzhen_link::Held;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::{Trouble, TroubleKind};

use super::troubles;
use crate::named::Named;

/// Where a stream stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Frames from here, at the peer.
    AtPeer,
    /// Frames from the peer, here.
    Here,
}

/// Whether it goes on by itself in a moment, as a part of every exchange.
pub(super) fn is_passing(reason: Reason) -> bool {
    matches!(reason, Reason::Gap)
}

/// Whether the frames are wrong, rather than early or unlucky.
pub(super) fn is_refusal(reason: Reason) -> bool {
    match reason {
        Reason::Forked
        | Reason::Damaged
        | Reason::NotAuthorised
        | Reason::OutOfScope
        | Reason::Unspecified => true,
        Reason::AwaitsBulletin
        | Reason::AwaitsRegistration
        | Reason::Repairing
        | Reason::CannotStore
        | Reason::Gap => false,
    }
}

/// The reason in a few words, for a table.
pub(super) fn short(held: &Held) -> String {
    let words = match held.reason {
        Reason::AwaitsBulletin => "waits for central's bulletin",
        Reason::AwaitsRegistration => "waits for its author's registration",
        Reason::Forked => "two histories exist",
        Reason::Damaged => "damaged",
        Reason::NotAuthorised => "its author had no right to it",
        Reason::OutOfScope => "does not belong on this link",
        Reason::Repairing => "the sender's copy is being mended",
        Reason::CannotStore => "can't be stored",
        Reason::Gap => "frames before are missing",
        Reason::Unspecified => "held",
    };
    if held.detail.is_empty() { words.to_owned() } else { format!("{words}: {}", held.detail) }
}

/// The same as a trouble of the stream called `stream`, with a peer called `peer`.
pub(super) fn trouble(stream: &str, peer: &str, place: Where, held: &Held) -> Trouble {
    let seq = held.at.seq;
    let what = match place {
        Where::AtPeer => format!("the {stream} stands still at {peer} after frame {seq}"),
        Where::Here => format!("the {stream}, from {peer}, stands still here after frame {seq}"),
    };
    let (receiver, sender) = match place {
        Where::AtPeer => (peer, "this site"),
        Where::Here => ("this site", peer),
    };
    troubles::trouble(what, short(held), next(held.reason, receiver, sender))
        .of(TroubleKind::StandsStill)
        .with("stream", stream)
        .with("site", peer)
        .with("here", u8::from(place == Where::Here))
        .with("frame", seq)
        .with("reason", held.reason.as_str_name())
        .with("detail", &held.detail)
}

fn next(reason: Reason, receiver: &str, sender: &str) -> String {
    match reason {
        Reason::AwaitsBulletin | Reason::AwaitsRegistration => {
            format!(
                "it goes on by itself once that has reached {receiver} from central; look at {receiver}'s line up"
            )
        }
        Reason::Forked => format!(
            "two copies of one site were at work, or an old backup came back: leave only one running, and ask \
             central's administrator which history of {sender} counts"
        ),
        Reason::Damaged => format!(
            "it is sent again by itself; if it stays, look at the disk and memory of {sender} and of what lies between"
        ),
        Reason::NotAuthorised => {
            format!(
                "{receiver} does not take it; ask central's administrator whose units these records belong to"
            )
        }
        Reason::OutOfScope => {
            format!("tell central's administrator: {sender} sends what it has no business to send")
        }
        Reason::Repairing => {
            format!("{sender} fetches a whole copy by itself; see the damage in its `status`")
        }
        Reason::CannotStore => format!("make room on the disk of {receiver}, or see its log"),
        Reason::Gap => "nothing: it goes on by itself".to_owned(),
        Reason::Unspecified => format!("see the log of {receiver}; it may run newer software"),
    }
}
