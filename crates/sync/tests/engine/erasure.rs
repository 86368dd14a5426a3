//! Erasures on their way: the rule that keeps a proof small, and thousands of proofs ahead of one run.

use prost::Message as _;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::authority::Refusal;
use yanzhen_sync::directory::Direction::Up;
use yanzhen_sync::erasure::{ErasureProof, ProofError};
use yanzhen_sync::frame::{FrameError, Place};
use yanzhen_sync::limits::{
    IN_FLIGHT_BYTES, MAX_ENTRIES_PER_FRAME, MAX_ERASE_HEADER_BYTES, MAX_PROOFS_PER_RUN, MAX_RUN_BYTES,
    MIN_ENTRY_BYTES, PROOFS_PER_MESSAGE,
};
use yanzhen_sync::memory::{Replica, Target};
use yanzhen_sync::run::RunError;
use yanzhen_sync::session::{Action, Event, IngestFailure, run_messages};
use yanzhen_sync::{
    Body, Change, Draft, EntryRef, Frame, FrameHash, Head, Kind, ObjectHash, ObjectRef, RecordId, Run, Seal,
    StreamHead, StreamId, Version,
};

use crate::fixture::{
    NODE, PERSON, TERMINAL, basis, central, draft, empty, exchange, forge, id, link, signer, start, unit,
    version,
};
use crate::session::{End, closes, loads, sent};

fn journal() -> StreamId {
    StreamId::journal(id(TERMINAL), 0)
}

fn numbered(number: usize) -> RecordId {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    RecordId::new(bytes)
}

fn entry(number: usize) -> Draft {
    Draft { record: numbered(number), body: Default::default(), ..draft(1, unit(TERMINAL), version(1, 1)) }
}

fn erase(number: usize) -> Draft {
    Draft { change: Change::Erase, version: version(1, 2), ..entry(number) }
}

/// A run of full frames with all bodies missing, each record erased later by a frame of its own.
fn all_erased(stream: StreamId, frames: usize) -> Run {
    let numbers = |frame| frame * MAX_ENTRIES_PER_FRAME..(frame + 1) * MAX_ENTRIES_PER_FRAME;
    let drafts = (0..frames).map(|frame| numbers(frame).map(entry).collect());
    let whole = forge(TERMINAL, start(stream), basis(), drafts.collect());
    let mut at = whole.stream_head();
    let proofs = (0..frames * MAX_ENTRIES_PER_FRAME).map(|number| {
        let run = forge(TERMINAL, at, basis(), vec![vec![erase(number)]]);
        at = run.stream_head();
        ErasureProof::new(run.frames()[0].header_bytes().clone(), *run.seal()).unwrap()
    });
    let proofs = proofs.collect();
    let (seal, mut frames) = (*whole.seal(), whole.into_frames());
    for frame in &mut frames {
        (0..MAX_ENTRIES_PER_FRAME).for_each(|index| frame.erase_body(index));
    }
    Run::new(frames, seal, proofs).unwrap()
}

/// The node, which knows the network.
fn node() -> Replica {
    let (mut central, mut node) = (central(), empty(NODE));
    exchange(&mut central, &mut node);
    node
}

#[test]
fn an_erase_entry_stands_alone_in_its_frame_and_closes_its_run() {
    let build = |drafts| {
        let place =
            Place { after: start(journal()), genesis: FrameHash::new([9; 32]), time: 1, basis: basis() };
        Frame::build(place, drafts, || [1; 16])
    };
    assert!(build(vec![erase(1)]).is_ok());
    let alone = FrameError::Header("an erase entry stands alone in its frame, in at most 640 bytes");
    assert_eq!(build(vec![erase(1), erase(2)]), Err(alone.clone()));
    assert_eq!(build(vec![entry(1), erase(1)]), Err(alone));
    let object = ObjectRef { hash: ObjectHash::new([1; 32]), size: 1, manifest: yanzhen_sync::Hash::ZERO };
    let why = FrameError::Entry(0, "an erase entry refers to no objects");
    assert_eq!(build(vec![Draft { objects: vec![object], ..erase(1) }]), Err(why));

    let closing = forge(TERMINAL, start(journal()), basis(), vec![vec![entry(1)], vec![erase(1)]]);
    let next = forge(TERMINAL, closing.stream_head(), basis(), vec![vec![entry(2)]]);
    let frames = [closing.frames(), next.frames()].concat();
    assert_eq!(Run::new(frames, *next.seal(), Vec::new()), Err(RunError::Unsealed(2)));
}

#[test]
fn the_limits_hold_for_the_largest_proof_and_the_smallest_entry() {
    let mailbox = StreamId::mailbox(id(TERMINAL), id(NODE), u32::MAX);
    let largest = Draft {
        kind: Kind::known("abcdefghijklmnopqrstuvwxyz_abcde"),
        version: Version {
            transfer: u32::MAX,
            generation: u32::MAX,
            epoch: u32::MAX,
            revision: i64::MAX as u64,
        },
        handed_over_by: Some(EntryRef { stream: mailbox, seq: u64::MAX, index: u32::MAX }),
        ..erase(1)
    };
    let head = Head { seq: i64::MAX as u64, hash: FrameHash::new([1; 32]) };
    let place = Place {
        after: StreamHead { stream: mailbox, head },
        genesis: FrameHash::new([9; 32]),
        time: -1,
        basis: Some(StreamHead { stream: StreamId::bulletin(id(NODE), u32::MAX), head }),
    };
    let frame = Frame::build(place, vec![largest], || [1; 16]).unwrap();
    assert!(frame.header_bytes().len() < MAX_ERASE_HEADER_BYTES, "{}", frame.header_bytes().len());

    let smallest = |number| Draft { kind: Kind::known("a"), ..entry(number) };
    let of = |count| {
        let run = forge(TERMINAL, start(journal()), basis(), vec![(0..count).map(smallest).collect()]);
        let mut frame = run.into_frames().remove(0);
        (0..count).for_each(|index| frame.erase_body(index));
        frame.encoded_len()
    };
    assert!((of(500) - of(400)) / 100 >= MIN_ENTRY_BYTES - 2, "{}", (of(500) - of(400)) / 100);
}

#[test]
fn a_proof_is_the_header_of_an_erase_entry_with_its_own_seal() {
    let run = forge(TERMINAL, start(journal()), basis(), vec![vec![entry(1)], vec![erase(1)]]);
    let header = |index: usize| run.frames()[index].header_bytes().clone();
    assert!(ErasureProof::new(header(1), *run.seal()).is_ok());
    assert_eq!(ErasureProof::new(header(0), *run.seal()), Err(ProofError::NoErasure));
    let other = Seal::sign(run.frames()[0].stream_head(), &signer(TERMINAL));
    assert_eq!(ErasureProof::new(header(1), other), Err(ProofError::Broken));
    let large = vec![0; MAX_ERASE_HEADER_BYTES + 1];
    assert_eq!(ErasureProof::new(large.into(), other), Err(ProofError::TooLarge(MAX_ERASE_HEADER_BYTES + 1)));
}

#[test]
fn a_run_with_more_proofs_than_missing_bodies_is_refused() {
    let run = all_erased(journal(), 1);
    let whole = forge(TERMINAL, start(journal()), basis(), vec![(0..500).map(entry).collect()]);
    assert_eq!(whole.seal().head, run.seal().head, "the same frame");
    let mut frames = whole.into_frames();
    frames[0].erase_body(3);
    let refused = Run::new(frames, *run.seal(), run.erasures()[..2].to_vec());
    assert_eq!(refused, Err(RunError::Proofs { proofs: 2, missing: 1 }));
}

#[test]
fn a_full_run_of_erased_bodies_is_stored_and_passed_on() {
    let run = all_erased(journal(), 18);
    let mut node = node();
    node.ingest(link(NODE, TERMINAL), Up, &run).unwrap();
    node.commit();
    let passed_on = node.load_run(&journal(), 0).unwrap().unwrap();
    assert_eq!(passed_on.erasures().len(), 9_000);
    assert!(passed_on.frames().iter().flat_map(Frame::bodies).all(|body| *body == Body::Erased));
    // One proof less than needed, and nothing is stored.
    let lacking = Run::new(run.frames().to_vec(), *run.seal(), run.erasures()[1..].to_vec()).unwrap();
    let refused = self::node().ingest(link(NODE, TERMINAL), Up, &lacking);
    assert_eq!(refused, Err(Refusal::MissingBody { seq: 1, index: 0 }));
}

#[test]
fn who_erases_many_records_one_by_one_refills_an_empty_node() {
    let mut central = central();
    let (mut node, mut terminal) = (empty(NODE), empty(TERMINAL));
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    let edit = |number, change, body: &str| yanzhen_sync::memory::Edit {
        change,
        ..yanzhen_sync::testing::edit(PERSON, numbered(number), unit(TERMINAL), body.to_owned())
    };
    for frame in 0..2 {
        let people: Vec<_> =
            (frame * 500..(frame + 1) * 500).map(|number| edit(number, Change::Upsert, "x")).collect();
        terminal.write(&[Target::Journal], &people, 1).unwrap();
    }
    terminal.commit();
    // Some with others, some alone: the writer sets erase entries apart.
    let erased: Vec<_> = (0..1_000).map(|number| edit(number, Change::Erase, "")).collect();
    terminal.write(&[Target::Journal], &erased[..500], 2).unwrap();
    for one in &erased[500..] {
        terminal.write(&[Target::Journal], &[one.clone(), edit(2_000, Change::Upsert, "y")], 3).unwrap();
    }
    terminal.commit();
    let first = terminal.load_run(&journal(), 0).unwrap().unwrap();
    assert_eq!((first.frames().len(), first.erasures().len()), (2, 1_000));
    exchange(&mut node, &mut terminal);
    assert_eq!(node.head(journal()), terminal.head(journal()));
    assert_eq!(node.load_run(&journal(), 0).unwrap().unwrap().erasures().len(), 1_000);
}

#[test]
fn thousands_of_proofs_go_ahead_of_their_run_in_portions_when_nothing_else_is_in_flight() {
    let (large, other) = (all_erased(journal(), 18), {
        let stream = StreamId::journal(id(TERMINAL), 1);
        let big = |number| Draft { body: vec![1; 500_000].into(), ..entry(number) };
        forge(TERMINAL, start(stream), basis(), vec![vec![big(1)], vec![big(2)]])
    });
    assert!(large.size() + other.size() > IN_FLIGHT_BYTES, "{} bytes", large.size());
    let (mut terminal, actions) = End::live(TERMINAL, &[large.stream_head(), other.stream_head()], &[]);
    assert_eq!(loads(&actions).len(), 2);
    assert_eq!(sent(&terminal.loads(&other)).len(), 1);
    assert!(terminal.loads(&large).is_empty(), "it does not fit beside the other");
    let head = proto::Ack { stored: vec![other.stream_head().into()] };
    let actions = terminal.gets(Message::Ack(head));
    assert_eq!(loads(&actions), [(journal(), 0)]);
    let actions = terminal.loads(&large);
    let messages = sent(&actions);
    assert_eq!(messages.len(), 10);
    assert!(messages.iter().all(|message| {
        yanzhen_sync::session::message((*message).clone()).encoded_len() <= MAX_RUN_BYTES + 1_024
    }));
    // The other end puts it together again.
    let (mut node, _) = End::live(NODE, &[], &[]);
    let came: Vec<Action> = messages.into_iter().flat_map(|message| node.gets(message.clone())).collect();
    let [Action::Ingest(came)] = &came[..] else { panic!("{came:?}") };
    assert_eq!(*came, large);
}

#[test]
fn proofs_that_are_lost_or_come_twice_cost_no_more_than_another_sending() {
    let run = all_erased(journal(), 3);
    let messages = run_messages(&run, Message::Run);
    assert_eq!(messages.len(), 3);
    for order in [vec![1, 2], vec![0, 2], vec![2], vec![1, 0, 2]] {
        let (mut end, _) = End::live(NODE, &[], &[]);
        let mut replica = node();
        let came: Vec<Action> = order.iter().flat_map(|index| end.gets(messages[*index].clone())).collect();
        let [Action::Ingest(came)] = &came[..] else { panic!("{came:?}") };
        let refusal = replica.ingest(link(NODE, TERMINAL), Up, came).unwrap_err();
        assert_eq!(refusal, Refusal::ProofsLost(3), "{order:?}");
        let result = Err(IngestFailure::Refused(refusal, start(journal())));
        let actions = end.does(Event::Ingested { stream: journal(), result });
        let [Message::Hold(hold)] = &sent(&actions)[..] else { panic!("{actions:?}") };
        assert_eq!((hold.reason(), hold.head.clone()), (Reason::Gap, Some(start(journal()).into())));
        let again = [0, 0, 1, 1, 0, 1, 2].into_iter().flat_map(|index| end.gets(messages[index].clone()));
        let [Action::Ingest(came)] = &again.collect::<Vec<_>>()[..] else { panic!("not one run") };
        replica.ingest(link(NODE, TERMINAL), Up, came).unwrap();
    }
}

#[test]
fn floods_of_proofs_are_refused_with_a_reason() {
    let run = all_erased(journal(), 3);
    let Message::Erasures(portion) = run_messages(&run, Message::Run).remove(0) else { panic!() };
    let proof = portion.proofs[0].clone();
    let last = u32::try_from(MAX_PROOFS_PER_RUN).unwrap();
    let floods = [
        proto::Erasures { proofs: vec![proof.clone(); PROOFS_PER_MESSAGE + 1], ..portion.clone() },
        proto::Erasures { first: last, proofs: vec![proof.clone()], ..portion.clone() },
        proto::Erasures { first: u32::MAX, proofs: vec![proof.clone()], ..portion.clone() },
    ];
    for flood in floods {
        let (mut node, _) = End::live(NODE, &[], &[]);
        let actions = node.gets(Message::Erasures(flood));
        assert_eq!(closes(&actions), Some(Code::ProtocolError));
        let Some(Message::Goodbye(words)) = sent(&actions).pop() else { panic!("{actions:?}") };
        assert!(words.reason.contains("erasure proofs"), "{}", words.reason);
    }
    // Proofs for ever more runs take the place of those before.
    let (mut node, _) = End::live(NODE, &[], &[]);
    let whole = run_messages(&run, Message::Run);
    whole[..2].iter().for_each(|message| assert!(node.gets(message.clone()).is_empty()));
    let other = StreamHead { head: Head { seq: 9, hash: FrameHash::new([3; 32]) }, ..run.stream_head() };
    assert!(
        node.gets(Message::Erasures(proto::Erasures { run: Some(other.into()), ..portion.clone() }))
            .is_empty()
    );
    let came = node.gets(whole[2].clone());
    assert!(matches!(&came[..], [Action::Ingest(run)] if run.erasures().is_empty() && run.lacks_proofs()));
    // What can't be read lets the stream stand still.
    let spoilt = proto::ErasureProof { header: vec![1; 9].into(), ..proof };
    let actions = node.gets(Message::Erasures(proto::Erasures { proofs: vec![spoilt], ..portion }));
    assert!(matches!(&actions[..], [Action::Malformed(_), Action::RefuseUnreadable { .. }]), "{actions:?}");
    // A forged seal proves nothing.
    let mut forged = whole.clone();
    let Message::Erasures(first) = &mut forged[0] else { panic!() };
    first.proofs[0].signature = vec![7; 64].into();
    let came: Vec<Action> = forged.into_iter().flat_map(|message| node.gets(message)).collect();
    let [Action::Ingest(came)] = &came[..] else { panic!("{came:?}") };
    let refused = self::node().ingest(link(NODE, TERMINAL), Up, came);
    assert!(matches!(refused, Err(Refusal::MissingBody { .. })), "{refused:?}");
}
