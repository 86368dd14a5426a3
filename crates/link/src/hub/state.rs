//! What is known of each link, for `status`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use yanzhen_proto::v1::hold::Reason;
use yanzhen_sync::limits::MAX_SOFTWARE_BYTES;
use yanzhen_sync::{Head, Millis, SiteId, StreamHead, StreamId};

/// Streams that stand still and are remembered for each link: more of them have one common cause.
const MAX_HELD: usize = 1_000;

/// Characters of a peer's words that are kept.
const MAX_WORDS: usize = 500;

/// What a peer is to this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The peer is above; this site dials it.
    Parent,
    /// The peer is below; it dials this site.
    Child,
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Both ends know each other's heads.
    Connected,
    /// The session is open, heads are being compared.
    Opening,
    /// This site is dialling.
    Connecting,
    /// This site waits for its next attempt to dial.
    Waiting,
    /// A child that has not come since this program started.
    NeverSeen,
    /// A child that was here and is gone.
    Away,
}

/// Why a stream stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where.
    pub at: Head,
    /// Why.
    pub reason: Reason,
    /// The same for people.
    pub detail: String,
}

/// One link. Times are by the own clock; what is about the past goes back to the start of the program.
#[derive(Clone, Debug)]
pub struct LinkState {
    /// The other end.
    pub peer: SiteId,
    /// What it is to this site.
    pub side: Side,
    /// How the link stands.
    pub state: State,
    /// When something last arrived.
    pub last_contact: Option<Millis>,
    /// Why the last attempt or session failed; none while connected.
    pub last_error: Option<String>,
    /// Where the peer was dialled, or from where it came.
    pub address: Option<String>,
    /// When the parent is dialled next.
    pub next_attempt: Option<Millis>,
    /// The peer's clock less the own one, in milliseconds, as of its last hello.
    pub drift: Option<Millis>,
    /// The peer's software, in its own words.
    pub software: Option<String>,
    /// Streams from here that stand still at the peer.
    pub held_by_peer: BTreeMap<StreamId, Held>,
    /// Streams from the peer that stand still here.
    pub held_here: BTreeMap<StreamId, Held>,
    /// Bytes of frames sent and not acknowledged.
    pub bytes_in_flight: usize,
    /// Bytes of frames received and not yet stored.
    pub bytes_pending: usize,
    /// Bytes of objects that went up on the link.
    pub object_bytes_up: u64,
    /// Bytes of objects that went down on the link.
    pub object_bytes_down: u64,
}

/// What a running session reports of itself.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    live: AtomicBool,
    last_contact: AtomicI64,
    in_flight: AtomicUsize,
    pending: AtomicUsize,
}

impl Figures {
    pub(crate) fn heard(&self, now: Millis) {
        self.last_contact.store(now, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, live: bool, in_flight: usize, pending: usize) {
        self.live.store(live, Ordering::Relaxed);
        self.in_flight.store(in_flight, Ordering::Relaxed);
        self.pending.store(pending, Ordering::Relaxed);
    }

    fn last_contact(&self) -> Option<Millis> {
        Some(self.last_contact.load(Ordering::Relaxed)).filter(|time| *time != 0)
    }
}

/// What is remembered of a link beyond its sessions.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What a dialling site does.
    pub(crate) phase: Option<State>,
    pub(crate) last_contact: Option<Millis>,
    pub(crate) last_error: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) next_attempt: Option<Millis>,
    pub(crate) drift: Option<Millis>,
    pub(crate) software: Option<String>,
    pub(crate) held_by_peer: BTreeMap<StreamId, Held>,
    pub(crate) held_here: BTreeMap<StreamId, Held>,
    pub(crate) object_bytes_up: u64,
    pub(crate) object_bytes_down: u64,
}

impl Memory {
    /// A session of it ended.
    pub(crate) fn ended(&mut self, figures: &Figures, why: &str) {
        self.last_contact = figures.last_contact().or(self.last_contact);
        self.last_error = Some(readable(why, MAX_WORDS));
        self.phase = None;
        self.held_by_peer.clear();
        self.held_here.clear();
    }

    pub(crate) fn greeted(&mut self, software: &str, drift: Millis) {
        self.software = Some(readable(software, MAX_SOFTWARE_BYTES));
        self.drift = Some(drift);
    }

    pub(crate) fn state(&self, peer: SiteId, side: Side, session: Option<&Figures>) -> LinkState {
        let idle = match (side, self.phase, self.last_contact) {
            (_, Some(phase), _) => phase,
            (Side::Parent, None, _) => State::Waiting,
            (Side::Child, None, Some(_)) => State::Away,
            (Side::Child, None, None) => State::NeverSeen,
        };
        let live = session.map(|figures| figures.live.load(Ordering::Relaxed));
        let load =
            |number: fn(&Figures) -> &AtomicUsize| session.map_or(0, |f| number(f).load(Ordering::Relaxed));
        LinkState {
            peer,
            side,
            state: match live {
                Some(true) => State::Connected,
                Some(false) => State::Opening,
                None => idle,
            },
            last_contact: session.and_then(Figures::last_contact).or(self.last_contact),
            last_error: self.last_error.clone().filter(|_| live != Some(true)),
            address: self.address.clone(),
            next_attempt: self.next_attempt.filter(|_| session.is_none()),
            drift: self.drift,
            software: self.software.clone(),
            held_by_peer: self.held_by_peer.clone(),
            held_here: self.held_here.clone(),
            bytes_in_flight: load(|figures| &figures.in_flight),
            bytes_pending: load(|figures| &figures.pending),
            object_bytes_up: self.object_bytes_up,
            object_bytes_down: self.object_bytes_down,
        }
    }
}

/// Notes that a stream stands still, unless too many do.
pub(crate) fn hold(held: &mut BTreeMap<StreamId, Held>, head: StreamHead, reason: Reason, detail: &str) {
    if held.len() < MAX_HELD || held.contains_key(&head.stream) {
        let detail = readable(detail, MAX_WORDS);
        held.insert(head.stream, Held { at: head.head, reason, detail });
    }
}

/// A stranger's words, safe to show: short and without control characters.
pub(crate) fn readable(words: &str, limit: usize) -> String {
    words.chars().filter(|c| !c.is_control()).take(limit).collect()
}
