//! The sending half of a session: which run goes next, and what the peer has.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;

use super::{Action, message, run_messages};
use crate::digest::Heads;
use crate::id::{Head, Millis, StreamHead, StreamId};
use crate::limits::{IN_FLIGHT_BYTES, MAX_PENDING_RUNS, MAX_RUN_BYTES, MAX_STREAMS_PER_LINK};
use crate::plan::{Operation, plan, priority};
use crate::run::Run;

/// Milliseconds without an acknowledgement after which a run counts as lost and is sent again. A safety net: a live
/// line loses nothing, and on a thin one a run of 1 MiB is on its way for minutes.
pub(super) const RESEND_AFTER_MS: i64 = 600_000;

/// Milliseconds after which a stream that waits for something at the peer is offered again. The peer asks for it by
/// itself; this is for the case that its asking was lost.
pub(super) const OFFER_AGAIN_MS: i64 = 300_000;

/// What goes next: the most urgent kind first, and among these the stream that has sent least.
type Turn = (u8, u64, StreamId);

#[derive(Default)]
pub(super) struct Outbound {
    streams: BTreeMap<StreamId, Stream>,
    /// The streams that want to send.
    ready: BTreeSet<Turn>,
    /// Streams that wait for something at the peer, and since when.
    waiting: BTreeMap<StreamId, Millis>,
    /// Runs sent and not acknowledged, in the order of sending.
    in_flight: VecDeque<Sent>,
    bytes_in_flight: usize,
    loading: usize,
    /// A stream whose next run fits no window that others share, for its proofs: it goes once nothing else is in
    /// flight.
    alone: Option<StreamId>,
    /// When the latest of the acknowledged runs was sent, and when the peer last answered for any.
    acknowledged_sent_at: Millis,
    answered_at: Millis,
}

/// One stream on its way to the peer.
struct Stream {
    ours: Head,
    /// What the peer has, as it said.
    theirs: Head,
    /// The last frame sent.
    sent: u64,
    /// Bytes sent in this session.
    bytes: u64,
    /// The frame after which a run was asked for.
    loading: Option<u64>,
    stands: Option<Standstill>,
}

/// Why a stream does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standstill {
    /// The peer takes no more after this frame until it says so.
    Held(Reason, u64),
    /// The own copy is damaged.
    Repairing,
    /// Two histories exist.
    Forked,
}

struct Sent {
    stream: StreamId,
    seq: u64,
    bytes: usize,
    at: Millis,
}

impl Outbound {
    /// Starts from both sides' heads. What the peer has sent meanwhile stays known.
    pub(super) fn begin(&mut self, ours: &Heads, theirs: &Heads) -> Vec<Action> {
        for (stream, head) in theirs {
            self.peer_has(StreamHead { stream: *stream, head: *head });
        }
        for (stream, head) in ours {
            self.advanced(StreamHead { stream: *stream, head: *head });
        }
        let forks = plan(ours, theirs).into_iter().filter_map(|operation| match operation {
            Operation::Forked { stream, seq } => Some((stream, seq)),
            Operation::Send { .. } => None,
        });
        forks.collect::<Vec<_>>().into_iter().flat_map(|(stream, seq)| self.forked(stream, seq)).collect()
    }

    pub(super) fn bytes_in_flight(&self) -> usize {
        self.bytes_in_flight
    }

    /// A stream advanced here.
    pub(super) fn advanced(&mut self, head: StreamHead) {
        self.streams.entry(head.stream).or_default();
        self.change(head.stream, |stream| {
            if head.head.seq > stream.ours.seq {
                stream.ours = head.head;
            }
        });
    }

    /// The peer said, or showed by sending it, that it has a stream up to here.
    pub(super) fn peer_has(&mut self, head: StreamHead) {
        if self.streams.len() < MAX_STREAMS_PER_LINK {
            self.streams.entry(head.stream).or_default();
        }
        self.change(head.stream, |stream| {
            if head.head.seq > stream.theirs.seq {
                stream.theirs = head.head;
            }
        });
    }

    /// Forgets the streams that have no business on the link any more.
    pub(super) fn retain(&mut self, travels: impl Fn(&StreamId) -> bool) {
        let gone: Vec<StreamId> = self.streams.keys().filter(|id| !travels(id)).copied().collect();
        for id in gone {
            self.settle(id, u64::MAX);
            if let Some(stream) = self.streams.remove(&id) {
                self.ready.remove(&stream.turn(id));
                self.waiting.remove(&id);
                self.loading -= usize::from(stream.loading.is_some());
            }
        }
    }

    /// Asks for runs as long as the window has room for them at their largest.
    pub(super) fn fill_window(&mut self) -> Vec<Action> {
        if let Some(id) = self.alone {
            let wants = self.streams.get(&id).is_some_and(Stream::wants);
            if wants && self.loading == 0 && self.in_flight.is_empty() {
                return self.load(id).into_iter().collect();
            }
            if wants || self.is_loading(id) {
                return Vec::new();
            }
            self.alone = None; // It is held, or has nothing to send any more.
        }
        let mut actions = Vec::new();
        while self.has_room() {
            let Some((_, _, id)) = self.ready.first().copied() else { break };
            actions.extend(self.load(id));
        }
        actions
    }

    fn load(&mut self, id: StreamId) -> Option<Action> {
        let after = self.change(id, |stream| {
            stream.loading = Some(stream.position());
            stream.position()
        })?;
        self.loading += 1;
        Some(Action::Load { stream: id, after })
    }

    fn is_loading(&self, id: StreamId) -> bool {
        self.streams.get(&id).is_some_and(|stream| stream.loading.is_some())
    }

    fn has_room(&self) -> bool {
        let reserved = (self.loading + 1) * MAX_RUN_BYTES;
        self.bytes_in_flight + reserved <= IN_FLIGHT_BYTES
            && self.loading + self.in_flight.len() < MAX_PENDING_RUNS
    }

    /// Sends a run that was asked for, unless the stream was held or went elsewhere meanwhile.
    pub(super) fn loaded(&mut self, id: StreamId, run: Option<Run>, now: Millis) -> Vec<Action> {
        let Some(after) = self.load_answered(id) else { return Vec::new() };
        self.alone.take_if(|alone| *alone == id);
        let alone = self.loading == 0 && self.in_flight.is_empty();
        let Some(run) = run else {
            self.change(id, |stream| {
                if stream.position() == after {
                    stream.ours.seq = after; // Ends here until it advances again.
                }
            });
            return Vec::new();
        };
        let Some(stream) = self.streams.get(&id) else { return Vec::new() };
        let (previous, last) = (run.previous(), run.stream_head().head.seq);
        if stream.stands.is_some() || previous.seq > stream.position() || last <= stream.position() {
            return Vec::new();
        }
        if !continues(&run, stream.theirs) {
            return self.forked(id, stream.theirs.seq);
        }
        if !alone && self.bytes_in_flight + run.size() > IN_FLIGHT_BYTES {
            self.alone.get_or_insert(id); // It is loaded again; another that waits so has its turn first.
            return Vec::new();
        }
        self.change(id, |stream| {
            stream.sent = last;
            stream.bytes += run.size() as u64;
        });
        self.bytes_in_flight += run.size();
        self.in_flight.push_back(Sent { stream: id, seq: last, bytes: run.size(), at: now });
        run_messages(&run, Message::Run).into_iter().map(|content| Action::Send(message(content))).collect()
    }

    /// The own copy is damaged: the stream waits for its repair.
    pub(super) fn load_failed(&mut self, id: StreamId) -> Vec<Action> {
        if self.load_answered(id).is_none() {
            return Vec::new();
        }
        let theirs = self.change(id, |stream| {
            stream.stands = Some(Standstill::Repairing);
            stream.theirs
        });
        let head = StreamHead { stream: id, head: theirs.unwrap_or(Head::NONE) };
        self.waiting.remove(&id);
        vec![Action::Send(message(Message::Hold(proto::Hold {
            head: Some(head.into()),
            reason: Reason::Repairing.into(),
            detail: "a frame was damaged on disk and is being fetched again".to_owned(),
        })))]
    }

    /// The own copy is whole again.
    pub(super) fn repaired(&mut self, id: StreamId) -> Vec<Action> {
        self.change(id, |stream| stream.stands.take_if(|stands| *stands == Standstill::Repairing));
        Vec::new()
    }

    /// The peer has committed streams up to heads; a stream that it names goes on.
    pub(super) fn acknowledged(&mut self, ack: proto::Ack, now: Millis) -> Vec<Action> {
        self.answered_at = now;
        let mut actions = Vec::new();
        let mut stored = Vec::with_capacity(ack.stored.len());
        for head in ack.stored {
            let head = match StreamHead::try_from(head) {
                Ok(head) => head,
                Err(why) => {
                    actions.push(Action::Malformed(why.to_string()));
                    break;
                }
            };
            let Some(ours) = self.streams.get(&head.stream).map(|stream| stream.ours) else { continue };
            if head.head.seq == ours.seq && head.head.hash != ours.hash && ours.seq > 0 {
                actions.extend(self.forked(head.stream, ours.seq));
                continue;
            }
            self.settle(head.stream, head.head.seq);
            self.go_on(head);
            if head.head.seq <= ours.seq {
                stored.push(head); // What the peer has beyond the own head says nothing of what will be written.
            }
        }
        if !stored.is_empty() {
            actions.push(Action::PeerStored(stored));
        }
        actions
    }

    fn go_on(&mut self, head: StreamHead) {
        self.waiting.remove(&head.stream);
        self.change(head.stream, |stream| {
            if head.head.seq >= stream.theirs.seq {
                stream.theirs = head.head;
            }
            if matches!(stream.stands, Some(Standstill::Held(..))) {
                stream.stands = None;
                stream.sent = head.head.seq;
            }
        });
    }

    /// The peer lets a stream stand still, or lacks what came before.
    pub(super) fn held(&mut self, hold: proto::Hold, now: Millis) -> Vec<Action> {
        let reason = hold.reason();
        let head = match hold.head.map(StreamHead::try_from) {
            Some(Ok(head)) => head,
            Some(Err(_)) | None => return vec![Action::Malformed("a hold without a head".to_owned())],
        };
        let holds = vec![Action::PeerHolds(head, reason, hold.detail)];
        let Some(stream) = self.streams.get(&head.stream) else { return Vec::new() };
        if reason == Reason::Repairing {
            return holds; // The peer's sending, not its taking.
        }
        if head.head.seq < stream.theirs.seq {
            return Vec::new(); // Overtaken by an acknowledgement.
        }
        let stood = stream.stands;
        self.answered_at = now;
        self.settle(head.stream, u64::MAX);
        let stands = Standstill::Held(reason, head.head.seq);
        self.change(head.stream, |stream| {
            stream.sent = head.head.seq;
            stream.theirs = head.head;
            if reason != Reason::Gap && !matches!(stood, Some(Standstill::Repairing | Standstill::Forked)) {
                stream.stands = Some(stands);
            }
        });
        if reason == Reason::Gap || stood == Some(stands) || stood == Some(Standstill::Forked) {
            return Vec::new();
        }
        if is_waiting(reason) {
            self.waiting.insert(head.stream, now);
        }
        holds
    }

    /// Counts runs as lost that nobody acknowledged, and offers again what waits for the peer.
    pub(super) fn tick(&mut self, now: Millis) -> Vec<Action> {
        let silent = now - self.answered_at > RESEND_AFTER_MS;
        let overtaken = |sent: &Sent| silent || sent.at < self.acknowledged_sent_at;
        let lost: BTreeSet<StreamId> = self
            .in_flight
            .iter()
            .filter(|sent| now - sent.at > RESEND_AFTER_MS && overtaken(sent))
            .map(|sent| sent.stream)
            .collect();
        let due = self.waiting.iter().filter(|(_, since)| now - **since > OFFER_AGAIN_MS);
        let due: Vec<StreamId> = due.map(|(id, _)| *id).collect();
        for id in due.iter().chain(&lost) {
            self.settle(*id, u64::MAX);
            self.waiting.remove(id);
            self.change(*id, |stream| {
                stream.sent = stream.theirs.seq;
                stream.stands.take_if(|stands| matches!(stands, Standstill::Held(..)) && due.contains(id));
            });
        }
        Vec::new()
    }

    /// Takes runs of a stream up to a frame out of the window.
    fn settle(&mut self, id: StreamId, seq: u64) {
        let mut freed = 0;
        let mut latest = self.acknowledged_sent_at;
        self.in_flight.retain(|sent| {
            let settled = sent.stream == id && sent.seq <= seq;
            if settled {
                freed += sent.bytes;
                latest = latest.max(sent.at);
            }
            !settled
        });
        self.bytes_in_flight -= freed;
        self.acknowledged_sent_at = latest;
    }

    /// Two histories exist; reported once.
    fn forked(&mut self, id: StreamId, seq: u64) -> Vec<Action> {
        let before = self.change(id, |stream| {
            (stream.stands.replace(Standstill::Forked), StreamHead { stream: id, head: stream.theirs })
        });
        self.settle(id, u64::MAX);
        self.waiting.remove(&id);
        match before {
            None | Some((Some(Standstill::Forked), _)) => Vec::new(),
            Some((_, theirs)) => {
                let detail =
                    format!("the other end has another frame {seq}: two histories of one stream exist");
                vec![Action::PeerHolds(theirs, Reason::Forked, detail)]
            }
        }
    }

    /// Notes the answer to a load, and tells after which frame it was asked for.
    fn load_answered(&mut self, id: StreamId) -> Option<u64> {
        let after = self.change(id, |stream| stream.loading.take()).flatten()?;
        self.loading -= 1;
        Some(after)
    }

    /// Changes a stream and keeps its place among those that want to send.
    fn change<T>(&mut self, id: StreamId, change: impl FnOnce(&mut Stream) -> T) -> Option<T> {
        let stream = self.streams.get_mut(&id)?;
        let (wanted, before) = (stream.wants(), stream.turn(id));
        let result = change(stream);
        let (wants, after) = (stream.wants(), stream.turn(id));
        if wanted && (!wants || before != after) {
            self.ready.remove(&before);
        }
        if wants {
            self.ready.insert(after);
        }
        Some(result)
    }
}

impl Default for Stream {
    fn default() -> Stream {
        Stream { ours: Head::NONE, theirs: Head::NONE, sent: 0, bytes: 0, loading: None, stands: None }
    }
}

impl Stream {
    /// The frame after which sending goes on.
    fn position(&self) -> u64 {
        self.sent.max(self.theirs.seq)
    }

    fn wants(&self) -> bool {
        self.loading.is_none() && self.stands.is_none() && self.ours.seq > self.position()
    }

    fn turn(&self, id: StreamId) -> Turn {
        (priority(&id), self.bytes, id)
    }
}

/// Whether a run goes on from what the peer has, as far as the run reaches back to there.
fn continues(run: &Run, theirs: Head) -> bool {
    let previous = run.previous();
    let there = run.frames().iter().find(|frame| frame.header().seq == theirs.seq).map(|frame| frame.hash());
    let there = there.or((previous.seq == theirs.seq && theirs.seq > 0).then_some(previous.hash));
    there.is_none_or(|hash| hash == theirs.hash)
}

/// Whether what the peer lacks comes to it by itself.
fn is_waiting(reason: Reason) -> bool {
    match reason {
        Reason::AwaitsBulletin | Reason::AwaitsRegistration | Reason::CannotStore | Reason::OutOfScope => {
            true
        }
        Reason::Unspecified
        | Reason::Forked
        | Reason::Damaged
        | Reason::NotAuthorised
        | Reason::Repairing
        | Reason::Gap => false,
    }
}
