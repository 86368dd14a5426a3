//! Sessions, message by message: what the simulator finds out by chance is laid down here.

use std::sync::Arc;

use prost::Message as _;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::authority::Refusal;
use yanzhen_sync::digest::Heads;
use yanzhen_sync::limits::{
    HEADS_PER_PAGE, IN_FLIGHT_BYTES, MAX_STREAMS_PER_LINK, OPENING_LIMIT_MS, PING_AFTER_MS, SILENCE_LIMIT_MS,
};
use yanzhen_sync::session::{Action, Event, IngestFailure, Parties, Session, Tokens, message};
use yanzhen_sync::{FrameHash, Head, Run, StreamHead, StreamId};

use crate::fixture::{
    CENTRAL, NEIGHBOUR, NODE, TERMINAL, basis, directory, draft, empty, forge, genesis_run, id, link, start,
    unit, version,
};

/// One end of the line between the terminal and the node.
pub(crate) struct End {
    session: Session,
    now: i64,
}

/// Ten minutes and a bit: after this nothing on the way counts any more.
const LONG: i64 = 660_000;

fn journal(epoch: u32) -> StreamId {
    StreamId::journal(id(TERMINAL), epoch)
}

fn head_of(stream: StreamId, seq: u64) -> StreamHead {
    StreamHead { stream, head: Head { seq, hash: FrameHash::new([u8::try_from(seq).unwrap(); 32]) } }
}

fn open(me: usize, heads: &[StreamHead]) -> (Session, Vec<Action>) {
    let parties = Parties {
        link: link(NODE, TERMINAL),
        me: id(me),
        network: genesis_run().frames()[0].hash(),
        software: "test 1".to_owned(),
    };
    let heads: Heads = heads.iter().map(|head| (head.stream, head.head)).collect();
    Session::open(parties, Arc::new(directory()), &heads, Tokens::default(), 0)
}

pub(crate) fn sent(actions: &[Action]) -> Vec<&Message> {
    let messages = actions.iter().filter_map(|action| match action {
        Action::Send(message) => message.message.as_ref(),
        _ => None,
    });
    messages.collect()
}

pub(crate) fn loads(actions: &[Action]) -> Vec<(StreamId, u64)> {
    let loads = actions.iter().filter_map(|action| match action {
        Action::Load { stream, after } => Some((*stream, *after)),
        _ => None,
    });
    loads.collect()
}

fn acked(actions: &[Action]) -> Vec<StreamHead> {
    let acks = sent(actions).into_iter().filter_map(|message| match message {
        Message::Ack(ack) => Some(ack.stored.clone()),
        _ => None,
    });
    acks.flatten().map(|head| StreamHead::try_from(head).unwrap()).collect()
}

pub(crate) fn closes(actions: &[Action]) -> Option<Code> {
    actions.iter().find_map(|action| match action {
        Action::Close(goodbye) => Some(goodbye.code()),
        _ => None,
    })
}

fn peer_holds(actions: &[Action]) -> Vec<Reason> {
    let holds = actions.iter().filter_map(|action| match action {
        Action::PeerHolds(_, reason, _) => Some(*reason),
        _ => None,
    });
    holds.collect()
}

fn hello(from: usize, heads: &[StreamHead]) -> Message {
    let (_, actions) = open(from, heads);
    sent(&actions)[0].clone()
}

fn page(heads: &[StreamHead], last: bool) -> Message {
    Message::Heads(proto::HeadsPage { heads: heads.iter().map(|head| (*head).into()).collect(), last })
}

fn ack(head: StreamHead) -> Message {
    Message::Ack(proto::Ack { stored: vec![head.into()] })
}

fn hold(head: StreamHead, reason: Reason) -> Message {
    Message::Hold(proto::Hold { head: Some(head.into()), reason: reason.into(), detail: String::new() })
}

impl End {
    /// A live session; the actions are those of going live.
    pub(crate) fn live(me: usize, ours: &[StreamHead], theirs: &[StreamHead]) -> (End, Vec<Action>) {
        let (session, _) = open(me, ours);
        let mut end = End { session, now: 0 };
        end.gets(hello(if me == TERMINAL { NODE } else { TERMINAL }, theirs));
        let actions = end.gets(page(theirs, true));
        assert!(matches!(actions[0], Action::Live));
        (end, actions)
    }

    pub(crate) fn gets(&mut self, content: Message) -> Vec<Action> {
        self.session.handle(Event::Received(message(content)), self.now)
    }

    pub(crate) fn does(&mut self, event: Event) -> Vec<Action> {
        self.session.handle(event, self.now)
    }

    pub(crate) fn loads(&mut self, run: &Run) -> Vec<Action> {
        self.does(Event::Loaded { stream: run.stream(), run: Some(run.clone()) })
    }

    /// Time passes on a line that is not silent.
    fn waits(&mut self, wait: i64) -> Vec<Action> {
        self.now += wait;
        self.does(Event::Heard);
        self.does(Event::Tick)
    }
}

/// Runs of one small frame each, of the terminal's journal.
fn runs(count: u8) -> Vec<Run> {
    let mut at = start(journal(0));
    let one = |number| {
        let run = forge(TERMINAL, at, basis(), vec![vec![draft(number, unit(TERMINAL), version(1, 1))]]);
        at = run.stream_head();
        run
    };
    (0..count).map(one).collect()
}

/// A run of nearly the largest size.
fn large(stream: StreamId) -> Run {
    let mut entry = draft(1, unit(TERMINAL), version(1, 1));
    entry.body = vec![1; 500_000].into();
    forge(TERMINAL, start(stream), basis(), vec![vec![entry.clone()], vec![entry]])
}

#[test]
fn sites_that_agree_tell_no_heads() {
    let same = [head_of(journal(0), 3)];
    let (mut session, _) = open(TERMINAL, &same);
    let actions = session.handle(Event::Received(message(hello(NODE, &same))), 0);
    assert!(matches!(sent(&actions)[..], [Message::Heads(page)] if page.heads.is_empty() && page.last));
    let actions = session.handle(Event::Received(message(page(&[], true))), 0);
    assert!(session.is_live() && loads(&actions).is_empty());
}

#[test]
fn what_the_other_lacks_is_sent_and_acknowledged() {
    let runs = runs(3);
    let (mut terminal, actions) = End::live(TERMINAL, &[runs[2].stream_head()], &[runs[0].stream_head()]);
    assert_eq!(loads(&actions), [(journal(0), 1)]);
    let actions = terminal.loads(&runs[1]);
    assert!(matches!(sent(&actions)[..], [Message::Run(_)]));
    assert_eq!(loads(&actions), [(journal(0), 2)]);
    terminal.loads(&runs[2]);
    assert_eq!(terminal.session.bytes_in_flight(), runs[1].size() + runs[2].size());
    let actions = terminal.gets(ack(runs[2].stream_head()));
    assert!(matches!(&actions[..], [Action::PeerStored(heads)] if *heads == [runs[2].stream_head()]));
    assert_eq!(terminal.session.bytes_in_flight(), 0);
}

#[test]
fn many_large_runs_stay_within_the_window() {
    let streams: Vec<StreamId> = (0..10).map(journal).collect();
    let runs: Vec<Run> = streams.iter().map(|stream| large(*stream)).collect();
    let heads: Vec<StreamHead> = runs.iter().map(Run::stream_head).collect();
    let (mut terminal, actions) = End::live(TERMINAL, &heads, &[]);
    let mut waiting = loads(&actions);
    let mut sent_runs = 0;
    while let Some((stream, _)) = waiting.pop() {
        let actions = terminal.loads(&runs[stream.epoch as usize]);
        sent_runs += sent(&actions).len();
        waiting.extend(loads(&actions));
        assert!(terminal.session.bytes_in_flight() <= IN_FLIGHT_BYTES);
    }
    assert!((3..10).contains(&sent_runs), "{sent_runs} runs fill the window");
    let acks: Vec<proto::StreamHead> = heads.iter().map(|head| (*head).into()).collect();
    let actions = terminal.gets(Message::Ack(proto::Ack { stored: acks }));
    assert_eq!(terminal.session.bytes_in_flight(), 0);
    assert!(loads(&actions).is_empty(), "the other end has all of them, it says");
}

#[test]
fn bulletins_go_first_and_then_who_has_sent_least() {
    let bulletin = StreamId::bulletin(id(TERMINAL), 0);
    let (_, actions) =
        End::live(TERMINAL, &[head_of(journal(0), 9), head_of(journal(1), 9), head_of(bulletin, 9)], &[]);
    assert_eq!(loads(&actions)[0], (bulletin, 0));
    let first = large(journal(0));
    let more = StreamHead { head: Head { seq: 9, ..first.stream_head().head }, ..first.stream_head() };
    let others: Vec<StreamHead> = (1..8).map(|epoch| head_of(journal(epoch), 9)).collect();
    let (mut terminal, _) = End::live(TERMINAL, &[vec![more], others].concat(), &[]);
    let after_it_sent = loads(&terminal.loads(&first));
    assert!(after_it_sent.iter().all(|(stream, _)| *stream != journal(0)));
}

#[test]
fn a_held_stream_goes_on_when_the_other_end_asks() {
    let runs = runs(2);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[1].stream_head()], &[]);
    terminal.loads(&runs[0]);
    terminal.loads(&runs[1]);
    let standstill = hold(start(journal(0)), Reason::AwaitsBulletin);
    assert_eq!(peer_holds(&terminal.gets(standstill.clone())), [Reason::AwaitsBulletin]);
    assert!(peer_holds(&terminal.gets(standstill)).is_empty(), "reported once");
    assert_eq!(terminal.session.bytes_in_flight(), 0);
    assert!(loads(&terminal.does(Event::Advanced(vec![head_of(journal(0), 3)]))).is_empty());
    assert!(loads(&terminal.gets(hold(start(journal(0)), Reason::Gap))).is_empty(), "a gap does not free it");
    assert_eq!(loads(&terminal.gets(ack(start(journal(0))))), [(journal(0), 0)]);
}

#[test]
fn a_stream_whose_freeing_was_lost_is_offered_again() {
    let runs = runs(1);
    for (reason, again) in [(Reason::AwaitsBulletin, true), (Reason::Forked, false), (Reason::Damaged, false)]
    {
        let (mut terminal, _) = End::live(TERMINAL, &[runs[0].stream_head()], &[]);
        terminal.loads(&runs[0]);
        terminal.gets(hold(start(journal(0)), reason));
        assert_eq!(!loads(&terminal.waits(LONG)).is_empty(), again, "{reason:?}");
    }
}

#[test]
fn a_run_that_was_asked_for_before_a_hold_is_not_sent_after_it() {
    let runs = runs(2);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[1].stream_head()], &[]);
    assert_eq!(loads(&terminal.loads(&runs[0])), [(journal(0), 1)]);
    terminal.gets(hold(start(journal(0)), Reason::AwaitsBulletin));
    let actions = terminal.gets(ack(start(journal(0))));
    assert!(loads(&actions).is_empty(), "one load at a time, whatever the other end says");
    let actions = terminal.loads(&runs[1]);
    assert!(sent(&actions).is_empty(), "its predecessor is not there any more");
    assert_eq!(loads(&actions), [(journal(0), 0)]);
    let actions = terminal.loads(&runs[0]);
    assert!(matches!(sent(&actions)[..], [Message::Run(_)]));
}

#[test]
fn a_stale_hold_does_not_stop_a_stream() {
    let runs = runs(3);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[2].stream_head()], &[]);
    terminal.loads(&runs[0]);
    terminal.loads(&runs[1]);
    terminal.gets(ack(runs[1].stream_head()));
    assert!(peer_holds(&terminal.gets(hold(runs[0].stream_head(), Reason::AwaitsBulletin))).is_empty());
    let actions = terminal.loads(&runs[2]);
    assert!(matches!(sent(&actions)[..], [Message::Run(_)]));
}

#[test]
fn a_gap_takes_the_sender_back() {
    let runs = runs(3);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[2].stream_head()], &[]);
    for run in &runs {
        terminal.loads(run);
    }
    assert_eq!(loads(&terminal.gets(hold(runs[0].stream_head(), Reason::Gap))), [(journal(0), 1)]);
}

#[test]
fn a_lost_run_is_sent_again_but_not_while_others_are_answered() {
    let runs = runs(1);
    let other = large(journal(1));
    let (mut terminal, _) = End::live(TERMINAL, &[runs[0].stream_head(), other.stream_head()], &[]);
    terminal.loads(&other);
    assert!(loads(&terminal.waits(LONG / 2)).is_empty());
    terminal.loads(&runs[0]);
    // The small run is still behind the large one on a thin line.
    terminal.waits(LONG / 3);
    terminal.gets(ack(other.stream_head()));
    assert!(loads(&terminal.waits(LONG * 3 / 4)).is_empty(), "not that long after the last answer");
    assert_eq!(loads(&terminal.waits(LONG)), [(journal(0), 0)]);
    assert_eq!(terminal.session.bytes_in_flight(), 0);
}

#[test]
fn an_acknowledgement_of_what_was_never_written_counts_for_nothing() {
    let runs = runs(1);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[0].stream_head()], &[]);
    terminal.loads(&runs[0]);
    let stored = |actions: &[Action]| actions.iter().any(|action| matches!(action, Action::PeerStored(_)));
    assert!(!stored(&terminal.gets(ack(head_of(journal(0), 200)))));
    assert!(
        !stored(&terminal.gets(ack(head_of(StreamId::journal(id(NEIGHBOUR), 0), 1)))),
        "an unknown stream"
    );
}

#[test]
fn two_histories_are_reported_once() {
    let runs = runs(2);
    let other = head_of(journal(0), 2);
    let (mut terminal, actions) = End::live(TERMINAL, &[runs[1].stream_head()], &[other]);
    assert_eq!(peer_holds(&actions), [Reason::Forked], "at the same frame");
    assert!(peer_holds(&terminal.gets(ack(other))).is_empty());
    assert!(peer_holds(&terminal.gets(hold(other, Reason::Forked))).is_empty());
    assert!(loads(&terminal.does(Event::Advanced(vec![head_of(journal(0), 3)]))).is_empty());

    let behind = head_of(journal(0), 1);
    let (mut terminal, actions) = End::live(TERMINAL, &[runs[1].stream_head()], &[behind]);
    assert!(peer_holds(&actions).is_empty(), "below the own head it shows only in the frames");
    let actions = terminal.loads(&runs[1]);
    assert_eq!(peer_holds(&actions), [Reason::Forked]);
    assert!(sent(&actions).is_empty());
}

#[test]
fn a_damaged_own_copy_waits_for_its_repair() {
    let runs = runs(1);
    let (mut terminal, _) = End::live(TERMINAL, &[runs[0].stream_head()], &[]);
    let actions = terminal.does(Event::LoadFailed { stream: journal(0) });
    assert!(matches!(sent(&actions)[..], [Message::Hold(hold)] if hold.reason() == Reason::Repairing));
    assert!(loads(&terminal.gets(ack(start(journal(0))))).is_empty(), "asking does not mend it");
    assert_eq!(loads(&terminal.does(Event::Repaired(journal(0)))), [(journal(0), 0)]);
}

fn node_run(number: u8) -> Run {
    forge(
        NODE,
        start(StreamId::bulletin(id(NODE), 0)),
        basis(),
        vec![vec![draft(number, unit(NODE), version(1, 1))]],
    )
}

fn refused(run: &Run, refusal: Refusal) -> Event {
    let own = start(run.stream());
    Event::Ingested { stream: run.stream(), result: Err(IngestFailure::Refused(refusal, own)) }
}

#[test]
fn what_was_refused_for_lack_of_something_is_asked_for_when_it_comes() {
    let run = node_run(1);
    let known = directory().bulletin_head();
    let ahead = StreamHead { head: Head { seq: known.head.seq + 1, ..known.head }, ..known };
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    terminal.gets(Message::Run(run.to_wire()));
    assert_eq!(terminal.session.bytes_pending(), run.size());
    let actions = terminal.does(refused(&run, Refusal::AwaitsBulletin(ahead)));
    assert_eq!(terminal.session.bytes_pending(), 0);
    assert!(actions.iter().any(|action| matches!(action, Action::Holding(_, Reason::AwaitsBulletin, _))));
    let mut newer = directory();
    let same = terminal.does(Event::Directory(Arc::new(newer.clone()), Heads::new()));
    assert!(acked(&same).is_empty(), "it is not here yet");
    newer.advance(ahead).unwrap();
    let newer = Arc::new(newer);
    let actions = terminal.does(Event::Directory(newer.clone(), Heads::new()));
    assert_eq!(acked(&actions), [start(run.stream())]);
    let actions = terminal.does(Event::Directory(newer, Heads::new()));
    assert!(acked(&actions).is_empty(), "asked for once");
}

#[test]
fn what_came_between_the_judgement_and_its_answer_is_asked_for_at_once() {
    let run = node_run(1);
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    for refusal in [
        Refusal::AwaitsBulletin(directory().bulletin_head()),
        Refusal::AwaitsRegistration(id(NODE)),
        Refusal::OutOfScope(run.stream()),
    ] {
        terminal.gets(Message::Run(run.to_wire()));
        assert_eq!(acked(&terminal.does(refused(&run, refusal))), [start(run.stream())]);
    }
    terminal.gets(Message::Run(run.to_wire()));
    let why = "its unit was never at home with the author";
    let actions = terminal.does(refused(&run, Refusal::NotAuthorised { seq: 1, index: 0, why }));
    assert!(acked(&actions).is_empty(), "or it would be sent for ever");
}

#[test]
fn a_gap_is_told_once_in_a_while() {
    let run = node_run(1);
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    let gap = |terminal: &mut End| {
        terminal.gets(Message::Run(run.to_wire()));
        sent(&terminal.does(refused(&run, Refusal::Gap { first: 2, own: 0 }))).len()
    };
    assert_eq!((gap(&mut terminal), gap(&mut terminal)), (1, 0));
    terminal.waits(10_000);
    assert_eq!(gap(&mut terminal), 1);
}

#[test]
fn what_a_full_disk_refused_is_asked_for_again() {
    let run = node_run(1);
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    terminal.gets(Message::Run(run.to_wire()));
    let own = start(run.stream());
    let result = Err(IngestFailure::CannotStore(own));
    let actions = terminal.does(Event::Ingested { stream: run.stream(), result });
    assert!(actions.iter().any(|action| matches!(action, Action::Holding(_, Reason::CannotStore, _))));
    assert_eq!(acked(&terminal.waits(20_000)), [own]);
    assert!(acked(&terminal.waits(20_000)).is_empty());
}

#[test]
fn a_stream_that_has_no_business_on_the_link_any_more_is_not_sent() {
    // The node's end of its line to central.
    let parties = Parties {
        link: link(CENTRAL, NODE),
        me: id(NODE),
        network: genesis_run().frames()[0].hash(),
        software: "test 1".to_owned(),
    };
    let runs = runs(1);
    let heads: Heads =
        [head_of(journal(1), 5), runs[0].stream_head()].map(|head| (head.stream, head.head)).into();
    let (mut session, actions) =
        Session::open(parties.clone(), Arc::new(directory()), &heads, Tokens::default(), 0);
    let Message::Hello(mut hello) = sent(&actions)[0].clone() else { panic!("a session begins with hello") };
    hello.digests.iter_mut().for_each(|digest| *digest = vec![0; 16].into());
    session.handle(Event::Received(message(Message::Hello(hello))), 0);
    let actions = session.handle(Event::Received(message(page(&[], true))), 0);
    assert_eq!(loads(&actions).len(), 2);
    session.handle(Event::Loaded { stream: journal(0), run: Some(runs[0].clone()) }, 0);
    assert!(session.bytes_in_flight() > 0);
    // In this directory the terminal is nowhere.
    let bare = empty(CENTRAL).directory().clone();
    let actions = session.handle(Event::Directory(bare, heads.clone()), 0);
    assert_eq!(session.bytes_in_flight(), 0);
    assert!(loads(&actions).is_empty());
    let late = session.handle(Event::Loaded { stream: journal(1), run: Some(large(journal(1))) }, 0);
    assert!(sent(&late).is_empty(), "what was asked for before comes too late");
    // And back again.
    let actions = session.handle(Event::Directory(Arc::new(directory()), heads), 0);
    assert_eq!(loads(&actions).len(), 2);
}

#[test]
fn a_peer_that_sends_far_beyond_its_window_is_cut_off() {
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    let bulletin = large(StreamId::bulletin(id(NODE), 0)).to_wire();
    let flood = (0..20).find_map(|_| closes(&terminal.gets(Message::Run(bulletin.clone()))));
    assert_eq!(flood, Some(Code::ProtocolError));
}

#[test]
fn a_session_that_does_not_open_or_falls_silent_is_closed() {
    let (mut session, _) = open(TERMINAL, &[]);
    let mut now = 0;
    let closed = loop {
        now += 5_000;
        session.handle(Event::Received(message(Message::Pong(proto::Ping { nonce: 1 }))), now);
        if let Some(code) = closes(&session.handle(Event::Tick, now)) {
            break code;
        }
        assert!(now <= OPENING_LIMIT_MS + 5_000);
    };
    assert_eq!(closed, Code::Unspecified);

    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    terminal.now = SILENCE_LIMIT_MS;
    assert!(closes(&terminal.does(Event::Tick)).is_none());
    terminal.now += 1;
    assert!(closes(&terminal.does(Event::Tick)).is_some());
    assert!(terminal.waits(1).is_empty(), "and does nothing more");

    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    assert!(
        (0..10).all(|_| closes(&terminal.waits(SILENCE_LIMIT_MS)).is_none()),
        "a large message is arriving"
    );
}

#[test]
fn an_idle_session_pings_and_answers_pings() {
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    assert!(sent(&terminal.waits(PING_AFTER_MS - 1)).is_empty());
    assert!(matches!(sent(&terminal.waits(1))[..], [Message::Ping(_)]));
    let actions = terminal.gets(Message::Ping(proto::Ping { nonce: 7 }));
    assert!(matches!(sent(&actions)[..], [Message::Pong(pong)] if pong.nonce == 7));
}

#[test]
fn hellos_and_pages_that_break_the_format_end_the_session() {
    let Message::Hello(good) = hello(NODE, &[]) else { panic!("a session begins with hello") };
    let greeted = |change: fn(&mut proto::Hello)| {
        let mut hello = good.clone();
        change(&mut hello);
        closes(&open(TERMINAL, &[]).0.handle(Event::Received(message(Message::Hello(hello))), 0))
    };
    assert_eq!(greeted(|_| {}), None);
    assert_eq!(greeted(|hello| hello.network = vec![1; 32].into()), Some(Code::OtherNetwork));
    assert_eq!(
        greeted(|hello| (hello.protocol_min, hello.protocol_max) = (2, 3)),
        Some(Code::ProtocolTooOld)
    );
    assert_eq!(greeted(|hello| hello.digests.truncate(63)), Some(Code::ProtocolError));

    let paged = |pages: Vec<Message>| {
        let (mut session, _) = open(TERMINAL, &[]);
        pages.into_iter().find_map(|page| closes(&session.handle(Event::Received(message(page)), 0)))
    };
    let heads = |count: usize, from: usize| -> Vec<StreamHead> {
        (from..from + count).map(|epoch| head_of(journal(epoch as u32), 1)).collect()
    };
    let error = Some(Code::ProtocolError);
    assert_eq!(paged(vec![page(&heads(HEADS_PER_PAGE, 0), false), page(&[], true)]), None);
    assert_eq!(paged(vec![page(&heads(HEADS_PER_PAGE + 1, 0), true)]), error, "a page that is too long");
    assert_eq!(paged(vec![page(&[], false)]), error, "pages without end");
    let many = (0..=MAX_STREAMS_PER_LINK / HEADS_PER_PAGE)
        .map(|n| page(&heads(HEADS_PER_PAGE, n * HEADS_PER_PAGE), false));
    assert_eq!(paged(many.collect()), error, "more streams than a link can have");
    let malformed = proto::StreamHead { seq: 1, ..Default::default() };
    assert_eq!(paged(vec![Message::Heads(proto::HeadsPage { heads: vec![malformed], last: true })]), error);
}

#[test]
fn repairs_are_answered_only_for_what_may_travel() {
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    let ask = |stream: StreamId| Message::Repair(proto::Repair { stream: Some(stream.into()), seq: 3 });
    let actions = terminal.gets(ask(journal(0)));
    assert!(matches!(actions[..], [Action::AnswerRepair { seq: 3, .. }]));
    let actions = terminal.gets(ask(StreamId::journal(id(NEIGHBOUR), 0)));
    assert!(matches!(actions[..], [Action::Malformed(_)]));
}

#[test]
fn a_run_that_cannot_be_read_stands_still_and_its_sender_is_told_why() {
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    let run = |stream: StreamId| {
        let seal = proto::Seal {
            head: Some(head_of(stream, 3).into()),
            algorithm: 1,
            signature: vec![7; 64].into(),
        };
        Message::Run(proto::Run { erasures: 0, frames: vec![proto::Frame::default()], seal: Some(seal) })
    };
    let bulletin = StreamId::bulletin(id(CENTRAL), 0);
    let actions = terminal.gets(run(bulletin));
    let [Action::Malformed(_), Action::RefuseUnreadable { stream, why }] = &actions[..] else {
        panic!("{actions:?}")
    };
    let own = StreamHead { stream: *stream, head: Head::NONE };
    let actions = terminal.does(Event::Unreadable { own, why: why.clone() });
    let [Message::Hold(hold)] = &sent(&actions)[..] else { panic!("{actions:?}") };
    assert_eq!((hold.reason(), hold.head.clone()), (Reason::Damaged, Some(own.into())));
    assert!(hold.detail.contains("can't be read"), "{}", hold.detail);
    // A stream that has no business on the line is answered with nothing.
    let actions = terminal.gets(run(StreamId::journal(id(NEIGHBOUR), 0)));
    assert!(matches!(actions[..], [Action::Malformed(_)]));
}

#[test]
fn messages_of_later_software_are_passed_over() {
    let (mut terminal, _) = End::live(TERMINAL, &[], &[]);
    let mut bytes = Vec::new();
    prost::encoding::string::encode(900, &"later".to_owned(), &mut bytes);
    let later = proto::SessionMessage::decode(bytes.as_slice()).unwrap();
    assert!(terminal.does(Event::Received(later)).is_empty());
}
