//! One session between a child and its parent, as a state machine: events in, actions out. Both ends run this
//! same code.
//!
//! Hello → pages of heads where digests differ → live: each side sends the runs that the other lacks and
//! acknowledges what it has committed. Nothing here waits, sleeps or does I/O; whoever drives a session feeds it
//! what happened and carries out what it asks for.

mod ahead;
mod inbound;
mod opening;
mod outbound;

use std::sync::Arc;

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::session_message::Message;

use crate::authority::Refusal;
use crate::digest::Heads;
use crate::directory::{Direction, Directory, Link};
use crate::id::{FrameHash, Head, Millis, SiteId, StreamHead, StreamId};
use crate::limits::{OPENING_LIMIT_MS, PING_AFTER_MS, SILENCE_LIMIT_MS};
use crate::run::Run;

use ahead::{Ahead, Unkept};
use inbound::Inbound;
use opening::Opening;
use outbound::Outbound;

pub use ahead::run_messages;

/// Who the session is between.
#[derive(Clone, Debug)]
pub struct Parties {
    /// The line.
    pub link: Link,
    /// The own site, one of its ends.
    pub me: SiteId,
    /// The genesis hash.
    pub network: FrameHash,
    /// The own software and version.
    pub software: String,
}

impl Parties {
    /// The way that frames go from here to the peer.
    pub fn outward(&self) -> Direction {
        if self.me == self.link.child { Direction::Up } else { Direction::Down }
    }

    /// The way that frames come from the peer.
    pub fn inward(&self) -> Direction {
        if self.me == self.link.child { Direction::Down } else { Direction::Up }
    }

    /// The other end.
    pub fn peer(&self) -> SiteId {
        if self.me == self.link.child { self.link.parent } else { self.link.child }
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A message arrived.
    Received(proto::SessionMessage),
    /// The answer to [`Action::Load`]: the next run, or none if the stream ends there.
    Loaded {
        /// Which stream.
        stream: StreamId,
        /// Its next run.
        run: Option<Run>,
    },
    /// The answer to [`Action::Load`] when the stored bytes are damaged; the stream waits for
    /// [`Event::Repaired`].
    LoadFailed {
        /// Which stream.
        stream: StreamId,
    },
    /// The answer to [`Action::Ingest`]: the stream's head after the commit, or why nothing was stored.
    Ingested {
        /// Which stream.
        stream: StreamId,
        /// The durable head.
        result: Result<StreamHead, IngestFailure>,
    },
    /// The answer to [`Action::RefuseUnreadable`].
    Unreadable {
        /// The durable head of the stream here.
        own: StreamHead,
        /// What is wrong with the run.
        why: String,
    },
    /// Streams advanced here, durably, whoever wrote them.
    Advanced(Vec<StreamHead>),
    /// A damaged stretch of a stream is whole again.
    Repaired(StreamId),
    /// The directory changed; with all heads, since other streams may travel now.
    Directory(Arc<Directory>, Heads),
    /// Something to pass on: root receipts, beats, pulses, wanted objects, a repair or its answer.
    Push(Message),
    /// Bytes arrived from the peer that are no whole message yet: on a thin line a large run takes longer than
    /// silence may last.
    Heard,
    /// Time passed. Expected about once a second.
    Tick,
}

/// Why a run was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngestFailure {
    /// The engine refused it.
    Refused(Refusal, StreamHead),
    /// The disk would not take it.
    CannotStore(StreamHead),
}

/// What to do.
#[derive(Debug)]
pub enum Action {
    /// Send a message. Messages go in order.
    Send(proto::SessionMessage),
    /// Load the run that follows frame `after`, and answer with [`Event::Loaded`].
    Load {
        /// Which stream.
        stream: StreamId,
        /// The frame before the run.
        after: u64,
    },
    /// Store a run and answer with [`Event::Ingested`].
    Ingest(Run),
    /// A run of this stream can't be read: answer with [`Event::Unreadable`].
    RefuseUnreadable {
        /// Which stream.
        stream: StreamId,
        /// What is wrong with it.
        why: String,
    },
    /// Mend the own copy with this run.
    Repair(Run),
    /// The peer asks for the run that holds a frame again; answer with [`Event::Push`].
    AnswerRepair {
        /// Which stream.
        stream: StreamId,
        /// The damaged frame.
        seq: u64,
    },
    /// The peer said hello.
    Greeted(proto::Hello),
    /// Both sides know each other's heads.
    Live,
    /// The peer has stored these streams up to these heads.
    PeerStored(Vec<StreamHead>),
    /// The peer lets a stream stand still.
    PeerHolds(StreamHead, proto::hold::Reason, String),
    /// A stream from the peer stands still here.
    Holding(StreamHead, proto::hold::Reason, String),
    /// A message that the session only carries: root receipts, beats, pulses, wanted objects.
    Deliver(Message),
    /// A message that breaks the format; counted, otherwise without effect.
    Malformed(String),
    /// The session is over.
    Close(proto::Goodbye),
}

/// One session.
pub struct Session {
    parties: Parties,
    directory: Arc<Directory>,
    opening: Option<Opening>,
    outbound: Outbound,
    inbound: Inbound,
    ahead: Ahead,
    opened: Millis,
    last_heard: Millis,
    last_sent: Millis,
    closed: bool,
}

impl Session {
    /// Opens a session and says hello. `heads` are all heads of the site; `tokens` are the last one that the
    /// parent issued (child's side) and the next one (parent's side).
    pub fn open(
        parties: Parties,
        directory: Arc<Directory>,
        heads: &Heads,
        tokens: Tokens,
        now: Millis,
    ) -> (Session, Vec<Action>) {
        let (opening, hello) = Opening::begin(&parties, &directory, heads, tokens, now);
        let mut session = Session {
            outbound: Outbound::default(),
            inbound: Inbound::default(),
            ahead: Ahead::default(),
            opening: Some(opening),
            parties,
            directory,
            opened: now,
            last_heard: now,
            last_sent: now,
            closed: false,
        };
        let actions = session.finish(vec![Action::Send(message(Message::Hello(hello)))], now);
        (session, actions)
    }

    /// Takes one event.
    pub fn handle(&mut self, event: Event, now: Millis) -> Vec<Action> {
        if self.closed {
            return Vec::new();
        }
        let mut actions = match event {
            Event::Received(message) => {
                self.last_heard = now;
                self.receive(message, now)
            }
            Event::Heard => {
                self.last_heard = now;
                Vec::new()
            }
            Event::Loaded { stream, run } => self.outbound.loaded(stream, run, now),
            Event::LoadFailed { stream } => self.outbound.load_failed(stream),
            Event::Ingested { stream, result } => self.ingested(stream, result, now),
            Event::Unreadable { own, why } => self.unreadable(own, why),
            Event::Advanced(heads) => self.advanced(&heads),
            Event::Repaired(stream) => self.outbound.repaired(stream),
            Event::Directory(directory, heads) => self.directory_changed(directory, &heads),
            Event::Push(content) => vec![Action::Send(message(content))],
            Event::Tick => self.tick(now),
        };
        if self.opening.is_none() {
            actions.extend(self.outbound.fill_window());
        }
        self.finish(actions, now)
    }

    /// Whether both sides know each other's heads.
    pub fn is_live(&self) -> bool {
        self.opening.is_none() && !self.closed
    }

    /// Bytes sent and not acknowledged.
    pub fn bytes_in_flight(&self) -> usize {
        self.outbound.bytes_in_flight()
    }

    /// Bytes received and not yet answered by the store.
    pub fn bytes_pending(&self) -> usize {
        self.inbound.bytes_pending()
    }

    /// Who the session is between.
    pub fn parties(&self) -> &Parties {
        &self.parties
    }

    fn receive(&mut self, wire: proto::SessionMessage, now: Millis) -> Vec<Action> {
        let Some(content) = wire.message else { return Vec::new() }; // A message of later software.
        match content {
            Message::Hello(hello) => self.greeted(hello),
            Message::Heads(page) => self.page(page),
            Message::Erasures(erasures) => self.erasures(erasures),
            Message::Run(run) => self.run(run),
            Message::Ack(ack) => self.outbound.acknowledged(ack, now),
            Message::Hold(hold) => self.outbound.held(hold, now),
            Message::Repaired(run) => self.repaired(run),
            Message::Repair(repair) => self.repair_asked(repair),
            Message::Ping(ping) => vec![Action::Send(message(Message::Pong(ping)))],
            Message::Pong(_) => Vec::new(),
            Message::Goodbye(goodbye) => vec![Action::Close(goodbye)],
            Message::RootReceipts(_) | Message::Beats(_) | Message::Pulses(_) | Message::ObjectsWanted(_) => {
                vec![Action::Deliver(content)]
            }
        }
    }

    fn greeted(&mut self, hello: proto::Hello) -> Vec<Action> {
        let Some(opening) = &mut self.opening else { return Vec::new() };
        match opening.greeted(&self.parties, &hello) {
            Ok(mut actions) => {
                actions.insert(0, Action::Greeted(hello));
                actions.extend(self.try_go_live());
                actions
            }
            Err(goodbye) => close(goodbye),
        }
    }

    fn page(&mut self, page: proto::HeadsPage) -> Vec<Action> {
        let Some(opening) = &mut self.opening else { return Vec::new() };
        match opening.page(page) {
            Ok(()) => self.try_go_live(),
            Err(goodbye) => close(goodbye),
        }
    }

    fn try_go_live(&mut self) -> Vec<Action> {
        let Some(opening) = self.opening.take_if(|opening| opening.is_complete()) else { return Vec::new() };
        let (ours, theirs) = opening.outcome();
        let direction = self.parties.outward();
        let (directory, link) = (&self.directory, self.parties.link);
        let outward = |heads: Heads| -> Heads {
            heads.into_iter().filter(|(stream, _)| directory.travels(stream, link, direction)).collect()
        };
        let (ours, theirs) = (outward(ours), outward(theirs));
        let mut actions = vec![Action::Live];
        actions.extend(self.outbound.begin(&ours, &theirs));
        // An acknowledgement that the last cut took away is made good here.
        let stored = theirs.iter().filter(|(stream, head)| {
            let own = ours.get(*stream).copied().unwrap_or(Head::NONE);
            head.seq > 0 && (head.seq < own.seq || **head == own)
        });
        let stored: Vec<StreamHead> =
            stored.map(|(stream, head)| StreamHead { stream: *stream, head: *head }).collect();
        if !stored.is_empty() {
            actions.push(Action::PeerStored(stored));
        }
        actions
    }

    /// Proofs for a stream that has no business here are not kept: its runs are refused for that.
    fn erasures(&mut self, wire: proto::Erasures) -> Vec<Action> {
        let run = match wire.run.map(StreamHead::try_from) {
            Some(Ok(run)) => run,
            Some(Err(why)) => return vec![Action::Malformed(why.to_string())],
            None => return vec![Action::Malformed("erasure proofs for no run".to_owned())],
        };
        if !self.directory.travels(&run.stream, self.parties.link, self.parties.inward()) {
            return Vec::new();
        }
        match self.ahead.take(run, wire.first, wire.proofs) {
            Ok(()) => Vec::new(),
            Err(Unkept::TooMany) => close(goodbye(
                Code::ProtocolError,
                "the other end sends more erasure proofs than a run can need",
            )),
            Err(Unkept::Unreadable(why)) => self.malformed_run(Some(run.stream.into()), &why),
        }
    }

    fn run(&mut self, wire: proto::Run) -> Vec<Action> {
        let stream = wire.seal.as_ref().and_then(|seal| seal.head.as_ref()?.stream.clone());
        let proofs = self.ahead.of_run(&wire);
        let run = match Run::decode_with(wire, proofs) {
            Ok(run) => run,
            Err(why) => return self.malformed_run(stream, &why.to_string()),
        };
        if self.may_send(&run.stream()) {
            self.outbound.peer_has(run.stream_head());
        }
        match self.inbound.take(run) {
            Ok(run) => vec![Action::Ingest(run)],
            Err(reason) => close(goodbye(Code::ProtocolError, reason)),
        }
    }

    /// The sender learns why a stream stands still where its run at least names one that it may send.
    fn malformed_run(&self, stream: Option<proto::StreamId>, why: &str) -> Vec<Action> {
        let (link, inward) = (self.parties.link, self.parties.inward());
        let stream = stream.and_then(|stream| StreamId::try_from(stream).ok());
        let mut actions = vec![Action::Malformed(why.to_owned())];
        actions.extend(
            stream
                .filter(|stream| self.directory.travels(stream, link, inward))
                .map(|stream| Action::RefuseUnreadable { stream, why: why.to_owned() }),
        );
        actions
    }

    fn unreadable(&mut self, own: StreamHead, why: String) -> Vec<Action> {
        match self.inbound.refuse(Refusal::Unreadable(why), own) {
            Ok(actions) => actions,
            Err(reason) => close(goodbye(Code::ProtocolError, reason)),
        }
    }

    fn ingested(
        &mut self,
        stream: StreamId,
        result: Result<StreamHead, IngestFailure>,
        now: Millis,
    ) -> Vec<Action> {
        let (directory, inward) = (&self.directory, (self.parties.link, self.parties.inward()));
        match self.inbound.ingested(stream, result, directory, inward, now) {
            Ok(actions) => actions,
            Err(reason) => close(goodbye(Code::ProtocolError, reason)),
        }
    }

    fn repaired(&mut self, wire: proto::Run) -> Vec<Action> {
        let proofs = self.ahead.of_run(&wire);
        match Run::decode_with(wire, proofs) {
            Ok(run) => vec![Action::Repair(run)],
            Err(why) => vec![Action::Malformed(why.to_string())],
        }
    }

    fn repair_asked(&mut self, repair: proto::Repair) -> Vec<Action> {
        match repair.stream.map(StreamId::try_from) {
            Some(Ok(stream)) if self.may_send(&stream) => {
                vec![Action::AnswerRepair { stream, seq: repair.seq }]
            }
            Some(Ok(stream)) => {
                vec![Action::Malformed(format!("asked to repair {stream}, out of its scope"))]
            }
            Some(Err(why)) => vec![Action::Malformed(why.to_string())],
            None => vec![Action::Malformed("a repair without a stream".to_owned())],
        }
    }

    fn may_send(&self, stream: &StreamId) -> bool {
        self.directory.travels(stream, self.parties.link, self.parties.outward())
    }

    fn advanced(&mut self, heads: &[StreamHead]) -> Vec<Action> {
        for head in heads {
            if self.may_send(&head.stream) {
                match &mut self.opening {
                    Some(opening) => opening.advanced(*head),
                    None => self.outbound.advanced(*head),
                }
            }
        }
        Vec::new()
    }

    fn directory_changed(&mut self, directory: Arc<Directory>, heads: &Heads) -> Vec<Action> {
        self.directory = directory;
        let (link, outward) = (self.parties.link, self.parties.outward());
        self.outbound.retain(|stream| self.directory.travels(stream, link, outward));
        let heads: Vec<StreamHead> =
            heads.iter().map(|(stream, head)| StreamHead { stream: *stream, head: *head }).collect();
        self.advanced(&heads);
        self.inbound.directory_changed(&self.directory, (link, self.parties.inward()))
    }

    fn tick(&mut self, now: Millis) -> Vec<Action> {
        if now - self.last_heard > SILENCE_LIMIT_MS {
            return close(goodbye(Code::Unspecified, "the other end has been silent for too long"));
        }
        if self.opening.is_some() && now - self.opened > OPENING_LIMIT_MS {
            return close(goodbye(
                Code::Unspecified,
                "the session did not open in time; it is dialled again",
            ));
        }
        let mut actions = self.outbound.tick(now);
        actions.extend(self.inbound.tick(now));
        if now - self.last_sent >= PING_AFTER_MS {
            actions.push(Action::Send(message(Message::Ping(proto::Ping { nonce: now.unsigned_abs() }))));
        }
        actions
    }

    fn finish(&mut self, actions: Vec<Action>, now: Millis) -> Vec<Action> {
        if actions.iter().any(|action| matches!(action, Action::Send(_))) {
            self.last_sent = now;
        }
        self.closed |= actions.iter().any(|action| matches!(action, Action::Close(_)));
        actions
    }
}

/// Tokens that tell a restored or copied database from the one that the parent last spoke to.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// What the parent issued last; on the child's side.
    pub last: Option<bytes::Bytes>,
    /// What the child is to give back next time; on the parent's side.
    pub next: Option<bytes::Bytes>,
}

/// Puts a message into its envelope.
pub fn message(content: Message) -> proto::SessionMessage {
    proto::SessionMessage { message: Some(content) }
}

/// Says why a session ends, and leaves the time of the next one to the receiver.
pub fn goodbye(code: Code, reason: impl Into<String>) -> proto::Goodbye {
    proto::Goodbye { code: code.into(), reason: reason.into(), retry_after_ms: 0 }
}

/// Tells the peer and ends the session.
fn close(goodbye: proto::Goodbye) -> Vec<Action> {
    vec![Action::Send(message(Message::Goodbye(goodbye.clone()))), Action::Close(goodbye)]
}
