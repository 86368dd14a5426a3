//! Drives one session: feeds the state machine what happened and carries out what it asks for. The same at both
//! ends of a line.
//!
//! One task reads, decides and sends; what touches the disk or checks signatures runs beside it, and its results
//! come back as events. Sending never blocks reading: what the peer does not take yet waits in a bounded queue.

mod end;
mod outgoing;
mod time;
mod tokens;
mod work;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tonic::{Code, Status, Streaming};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::session::{Action, Event, Parties, Session, message};
use yanzhen_sync::{Head, Run, StreamHead, StreamId};

use crate::activity::Activity;
use crate::hub::{Seat, Side, Waiting, count, hold};

use outgoing::Outgoing;
use time::Time;
use work::Done;

pub(crate) use end::{End, Ended, busy};

/// Messages between a session and HTTP/2, which has its own window: one that is sent and one that is next.
pub(crate) const WIRE_MESSAGES: usize = 2;

/// Between two events of time.
const TICK: Duration = Duration::from_secs(1);

/// Time to send the last words of a session, and to see the peer hang up.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(2);

/// Messages with statements that wait to be checked: a peer that sends more than are checked loses some.
const MAX_UNHEARD: usize = 32;

/// Runs from the peer that wait to mend own copies.
const MAX_MENDING: usize = 4;

/// Runs that the peer wants to mend its copies with.
const MAX_ANSWERS: usize = 1_000;

/// The stream of messages to and from a peer.
pub(crate) struct Line {
    /// From the peer.
    pub(crate) incoming: Streaming<proto::SessionMessage>,
    /// To the peer.
    pub(crate) outgoing: mpsc::Sender<proto::SessionMessage>,
    /// Tells that bytes arrive on `incoming`.
    pub(crate) activity: Activity,
}

/// Runs a session to its end.
pub(crate) async fn drive(seat: Seat, line: Line) -> Ended {
    let hub = seat.hub.clone();
    let parties = Parties {
        link: hub.routes().link(seat.peer, seat.side),
        me: hub.me(),
        network: hub.store().network(),
        software: hub.software().to_owned(),
    };
    let tokens = tokens::of_session(&hub, seat.peer, seat.side).await;
    let issued = tokens.next.clone();
    let routes = hub.routes();
    let time = Time { opened: hub.now(), since: Instant::now() };
    let heads = hub.heads_on(seat.peer, seat.side);
    let (session, first) = Session::open(parties, routes.directory().clone(), &heads, tokens, time.now());
    let mut driver = Driver {
        seat,
        session,
        time,
        issued,
        outgoing: Outgoing::default(),
        work: JoinSet::new(),
        runs: Vec::new(),
        is_ingesting: false,
        stored: BTreeMap::new(),
        is_noting: false,
        unheard: VecDeque::new(),
        is_hearing: false,
        mending: VecDeque::new(),
        is_mending: false,
        answers: VecDeque::new(),
        is_answering: false,
        held_here: BTreeSet::new(),
        held_by_peer: BTreeSet::new(),
        was_live: false,
        was_malformed: false,
        end: None,
    };
    driver.execute(first);
    driver.run(line).await
}

struct Driver {
    seat: Seat,
    session: Session,
    time: Time,
    /// The token that this parent issues to its child.
    issued: Option<bytes::Bytes>,
    outgoing: Outgoing,
    work: JoinSet<Done>,
    /// What waits for the store, taken all at once; the session bounds it.
    runs: Vec<Run>,
    is_ingesting: bool,
    /// What the peer has stored and the own store does not know yet.
    stored: BTreeMap<StreamId, Head>,
    is_noting: bool,
    unheard: VecDeque<Message>,
    is_hearing: bool,
    mending: VecDeque<Run>,
    is_mending: bool,
    answers: VecDeque<(StreamId, u64)>,
    is_answering: bool,
    /// What the hub remembers as standing still.
    held_here: BTreeSet<StreamId>,
    held_by_peer: BTreeSet<StreamId>,
    was_live: bool,
    was_malformed: bool,
    end: Option<End>,
}

impl Driver {
    async fn run(mut self, mut line: Line) -> Ended {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = 0;
        while self.end.is_none() {
            let has_room = self.outgoing.has_room();
            tokio::select! {
                permit = line.outgoing.reserve(), if !self.outgoing.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(message) = self.outgoing.pop() {
                            permit.send(message);
                        }
                    }
                    Err(_) => self.end = Some(End::Silent),
                },
                received = line.incoming.message() => match received {
                    Ok(Some(message)) => self.receive(message),
                    Ok(None) => self.end = Some(End::Silent),
                    Err(status) => self.broken(status),
                },
                Some(done) = self.work.join_next() => self.done(done),
                waiting = self.seat.mailbox.take(has_room) => self.news(waiting),
                _ = ticks.tick() => {
                    if heard != line.activity.count() {
                        heard = line.activity.count();
                        self.feed(Event::Heard);
                    }
                    self.feed(Event::Tick);
                }
            }
            self.start_work();
            self.report();
        }
        self.finish(line).await
    }

    /// Sends the last words, if they are this end's, and lets the peer hang up.
    async fn finish(mut self, mut line: Line) -> Ended {
        let why = self.end.take().unwrap_or(End::Silent);
        if let End::Ours(_) = why {
            let saying = async {
                while let Some(message) = self.outgoing.pop() {
                    if line.outgoing.send(message).await.is_err() {
                        return;
                    }
                }
                drop(line.outgoing);
                while let Ok(Some(_)) = line.incoming.message().await {}
            };
            let _ = timeout(LAST_WORDS, saying).await; // The peer notices anyway.
        }
        let ended = Ended { was_live: self.was_live, lasted: self.time.since.elapsed(), why };
        tracing::debug!(peer = %self.seat.peer.short(), why = %ended.why, "a session ended");
        self.seat.ended(ended.why.to_string());
        ended
    }

    fn receive(&mut self, received: proto::SessionMessage) {
        self.seat.figures.heard(self.seat.hub.now());
        let theirs = match &received.message {
            Some(Message::Goodbye(words)) => Some(words.clone()),
            _ => None,
        };
        self.feed(Event::Received(received));
        if let Some(words) = theirs {
            self.end = Some(End::Theirs(words));
        }
    }

    /// The line is gone, or bytes came that are no message: too many, too few or senseless.
    fn broken(&mut self, status: Status) {
        // What HTTP/2 reports has a source; what the codec finds has none.
        let is_unreadable = matches!(status.code(), Code::Internal | Code::OutOfRange)
            && std::error::Error::source(&status).is_none();
        if is_unreadable {
            count(&self.seat.hub.counters().malformed);
            tracing::warn!(peer = %self.seat.peer.short(), why = status.message(), "an unreadable message");
        }
        self.end = Some(End::Broken(status));
    }

    fn feed(&mut self, event: Event) {
        if self.end.is_none() {
            let actions = self.session.handle(event, self.time.now());
            self.execute(actions);
        }
    }

    fn execute(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send(message) => self.send(message),
                Action::Load { stream, after } => self.load(stream, after),
                Action::Ingest(run) => self.runs.push(run),
                Action::RefuseUnreadable { stream, why } => {
                    let own = StreamHead { stream, head: self.seat.hub.head(&stream) };
                    self.feed(Event::Unreadable { own, why });
                }
                Action::Repair(run) => self.take_repair(run),
                Action::AnswerRepair { stream, seq } => {
                    if self.answers.len() < MAX_ANSWERS {
                        self.answers.push_back((stream, seq));
                    }
                }
                Action::Greeted(hello) => self.greeted(hello),
                Action::Live => self.live(),
                Action::PeerStored(heads) => self.peer_stored(heads),
                Action::PeerHolds(head, reason, detail) => {
                    self.held_by_peer.insert(head.stream);
                    let peer = self.seat.peer;
                    self.seat
                        .hub
                        .remember(peer, |memory| hold(&mut memory.held_by_peer, head, reason, &detail));
                }
                Action::Holding(head, reason, detail) => self.holding(head, reason, &detail),
                Action::Deliver(message) => self.deliver(message),
                Action::Malformed(why) => {
                    count(&self.seat.hub.counters().malformed);
                    // Only the first of a session is logged aloud: a peer must not fill the log.
                    if std::mem::replace(&mut self.was_malformed, true) {
                        tracing::debug!(peer = %self.seat.peer.short(), why, "a malformed message");
                    } else {
                        tracing::warn!(peer = %self.seat.peer.short(), why, "a malformed message");
                    }
                }
                Action::Close(words) => self.end = Some(End::Ours(words)),
            }
        }
    }

    fn send(&mut self, message: proto::SessionMessage) {
        self.outgoing.push(message);
        if self.outgoing.is_over_full() && self.end.is_none() {
            count(&self.seat.hub.counters().sessions_stuck);
            self.end = Some(End::Broken(Status::resource_exhausted("the other end takes nothing any more")));
        }
    }

    /// Ends the session with words of this end's.
    fn close(&mut self, words: proto::Goodbye) {
        if self.end.is_none() {
            self.outgoing.push(message(Message::Goodbye(words.clone())));
            self.end = Some(End::Ours(words));
        }
    }

    fn take_repair(&mut self, run: Run) {
        if self.mending.len() < MAX_MENDING {
            self.mending.push_back(run); // What is dropped is asked for again.
        }
    }

    fn greeted(&mut self, hello: proto::Hello) {
        let hub = self.seat.hub.clone();
        let drift = hello.time_ms.saturating_sub(hub.now());
        hub.remember(self.seat.peer, |memory| memory.greeted(&hello.software, drift));
        if self.seat.side == Side::Parent && !hello.next_token.is_empty() {
            self.work.spawn(tokens::keep_from_parent(hub, hello.next_token));
        }
    }

    fn live(&mut self) {
        self.was_live = true;
        let (hub, peer, side) = (self.seat.hub.clone(), self.seat.peer, self.seat.side);
        hub.remember(peer, |memory| memory.last_error = None);
        hub.announce_live(peer);
        if let Some(issued) = self.issued.take() {
            self.work.spawn(tokens::keep_issued(hub, peer, issued));
        }
        self.recall(peer, side);
        tracing::info!(peer = %peer.short(), ?side, "a session is live");
    }

    fn peer_stored(&mut self, heads: Vec<StreamHead>) {
        for head in heads {
            let known = self.stored.entry(head.stream).or_insert(head.head);
            if head.head.seq > known.seq {
                *known = head.head;
            }
            if self.held_by_peer.remove(&head.stream) {
                self.seat.hub.remember(self.seat.peer, |memory| {
                    memory.held_by_peer.remove(&head.stream);
                });
            }
        }
    }

    fn holding(&mut self, head: StreamHead, reason: Reason, detail: &str) {
        let hub = &self.seat.hub;
        hub.counters().count_refused(reason);
        let (peer, stream, seq) = (self.seat.peer.short(), head.stream, head.head.seq);
        if passes_by_itself(reason) {
            tracing::debug!(%peer, %stream, seq, detail, "a stream waits");
        } else {
            tracing::warn!(%peer, %stream, seq, detail, "a stream stands still");
        }
        self.held_here.insert(head.stream);
        hub.remember(self.seat.peer, |memory| hold(&mut memory.held_here, head, reason, detail));
    }

    fn deliver(&mut self, message: Message) {
        if self.unheard.len() < MAX_UNHEARD {
            self.unheard.push_back(message);
        } else {
            count(&self.seat.hub.counters().malformed);
        }
    }

    /// Takes what the site has for this session.
    fn news(&mut self, waiting: Waiting) {
        let Waiting { advanced, repaired, directory, close, words } = waiting;
        if directory {
            self.directory_changed();
        }
        if let Some(words) = close {
            return self.close(words);
        }
        if !advanced.is_empty() {
            let heads = advanced.into_iter().map(|(stream, head)| StreamHead { stream, head });
            self.feed(Event::Advanced(heads.collect()));
        }
        for stream in repaired {
            self.feed(Event::Repaired(stream));
        }
        if words.again {
            self.recall(self.seat.peer, self.seat.side);
        }
        for message in words.into_messages() {
            self.feed(Event::Push(message));
        }
    }

    fn directory_changed(&mut self) {
        let (hub, peer, side) = (self.seat.hub.clone(), self.seat.peer, self.seat.side);
        match hub.may_stay(peer, side) {
            Ok(()) => {
                let routes = hub.routes();
                self.feed(Event::Directory(routes.directory().clone(), hub.heads_on(peer, side)));
            }
            Err(why) => self.close(why.goodbye()),
        }
    }

    fn report(&self) {
        let session = &self.session;
        self.seat.figures.set(session.is_live(), session.bytes_in_flight(), session.bytes_pending());
    }
}

/// Whether it is part of an ordinary exchange, such as right after a site was admitted: what is missing is on its
/// way, or the other end has not heard yet what travels here.
fn passes_by_itself(reason: Reason) -> bool {
    matches!(reason, Reason::Gap | Reason::AwaitsBulletin | Reason::AwaitsRegistration | Reason::OutOfScope)
}
