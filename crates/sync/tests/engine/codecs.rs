//! Codecs: what goes out comes in again, and nothing else does.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{Direction, Genesis, HOME, KEY_CHANGE, REGISTRATION, UNIT};
use yanzhen_sync::erasure::ErasureProof;
use yanzhen_sync::frame::{Place, draft_size};
use yanzhen_sync::seal::Sign;
use yanzhen_sync::statement::{Beat, Pulse, PulseContent, RootReceipt};
use yanzhen_sync::testing::FakeVerifier;
use yanzhen_sync::{
    Body, Change, Draft, EntryRef, Frame, FrameHash, FrameHeader, Hash, Head, Kind, ObjectHash, ObjectRef,
    RecordId, Run, Seal, SiteId, StreamHead, StreamId, UnitId, Version,
};

use crate::fixture::{self, CENTRAL, NODE, TERMINAL, id, signer};

fn stream() -> impl Strategy<Value = StreamId> {
    let author = id(TERMINAL);
    prop_oneof![
        any::<u32>().prop_map(move |epoch| StreamId::journal(author, epoch)),
        any::<u32>().prop_map(move |epoch| StreamId::bulletin(author, epoch)),
        (any::<[u8; 32]>(), any::<u32>()).prop_map(move |(to, epoch)| StreamId::mailbox(
            author,
            SiteId::new(to),
            epoch
        )),
    ]
}

fn object() -> impl Strategy<Value = ObjectRef> {
    (any::<[u8; 32]>(), 0..1_000_000_u64, any::<[u8; 32]>()).prop_map(|(hash, size, manifest)| ObjectRef {
        hash: ObjectHash::new(hash),
        size,
        manifest: Hash::from_slice(&manifest).unwrap(),
    })
}

fn entry_ref() -> impl Strategy<Value = EntryRef> {
    (stream(), 1..1_000_000_u64, any::<u32>()).prop_map(|(stream, seq, index)| EntryRef {
        stream,
        seq,
        index,
    })
}

fn version() -> impl Strategy<Value = Version> {
    (any::<u32>(), any::<u32>(), any::<u32>(), 1..i64::MAX as u64)
        .prop_map(|(transfer, generation, epoch, revision)| Version { transfer, generation, epoch, revision })
}

prop_compose! {
    fn draft()(
        kind in "[a-z0-9_]{1,32}",
        record in any::<[u8; 16]>(),
        unit in any::<[u8; 16]>(),
        version in version(),
        change in prop_oneof![Just(Change::Upsert), Just(Change::Retire), Just(Change::Erase)],
        objects in vec(object(), 0..3),
        body in vec(any::<u8>(), 0..80),
        handed_over_by in proptest::option::of(entry_ref()),
    ) -> Draft {
        Draft {
            kind: Kind::parse(&kind).unwrap(),
            record: RecordId::new(record),
            unit: UnitId::new(unit),
            version,
            change,
            objects: if change == Change::Erase { Vec::new() } else { objects },
            body: if change == Change::Erase { Bytes::new() } else { body.into() },
            handed_over_by,
        }
    }
}

fn kept() -> impl Strategy<Value = Draft> {
    draft().prop_filter("an erase entry", |draft| draft.change != Change::Erase)
}

fn erasure() -> impl Strategy<Value = Draft> {
    draft().prop_filter("no erase entry", |draft| draft.change == Change::Erase)
}

prop_compose! {
    fn frames()(
        stream in stream(),
        time in any::<i64>(),
        basis_seq in 1..1_000_u64,
        frames in vec(vec(kept(), 1..4), 1..4),
        erasure in proptest::option::of(erasure()),
    ) -> Vec<Frame> {
        let mut at = StreamHead { stream, head: Head::NONE };
        let basis = StreamHead {
            stream: StreamId::bulletin(id(CENTRAL), 0),
            head: Head { seq: basis_seq, hash: FrameHash::new([5; 32]) },
        };
        let build = |drafts: Vec<Draft>| {
            let place = Place { after: at, genesis: FrameHash::new([9; 32]), time, basis: Some(basis) };
            let frame = Frame::build(place, drafts, || [6; 16]).unwrap();
            at = frame.stream_head();
            frame
        };
        frames.into_iter().chain(erasure.map(|erasure| vec![erasure])).map(build).collect()
    }
}

fn run() -> impl Strategy<Value = Run> {
    frames().prop_map(|frames| {
        let seal = Seal::sign(frames.last().unwrap().stream_head(), &signer(TERMINAL));
        Run::new(frames, seal, Vec::new()).unwrap()
    })
}

fn through_bytes<M: Message + Default>(message: &M) -> M {
    M::decode(message.encode_to_vec().as_slice()).unwrap()
}

proptest! {
    #[test]
    fn a_run_comes_back_as_it_went_out(run in run()) {
        prop_assert_eq!(Run::decode(through_bytes(&run.to_wire())), Ok(run));
    }

    #[test]
    fn a_frame_is_never_larger_than_its_drafts_were_reckoned(drafts in prop_oneof![vec(kept(), 1..20), vec(erasure(), 1)]) {
        let most: usize = drafts.iter().map(draft_size).sum();
        let place = Place {
            after: StreamHead { stream: StreamId::mailbox(id(NODE), id(TERMINAL), 7), head: Head::NONE },
            genesis: FrameHash::new([9; 32]),
            time: i64::MAX,
            basis: fixture::basis(),
        };
        let frame = Frame::build(place, drafts, || [6; 16]).unwrap();
        const ENVELOPE: usize = 400;
        prop_assert!(frame.encoded_len() <= most + ENVELOPE);
    }

    #[test]
    fn an_erased_body_leaves_the_hash_as_it_was(frames in frames()) {
        let mut erased = frames[0].clone();
        erased.erase_body(0);
        let back = Frame::decode(through_bytes(&erased.to_wire())).unwrap();
        prop_assert_eq!(back.hash(), frames[0].hash());
        prop_assert_eq!(&back.bodies()[0], &Body::Erased);
    }

    #[test]
    fn unknown_fields_of_a_header_stay_in_its_bytes(frames in frames(), number in 100_u32..1000, value in any::<u64>()) {
        let mut wire = frames[0].to_wire();
        let mut header = wire.header.to_vec();
        prost::encoding::uint64::encode(number, &value, &mut header);
        wire.header = Bytes::from(header.clone());
        let frame = Frame::decode(through_bytes(&wire)).unwrap();
        prop_assert_eq!(frame.header(), frames[0].header());
        prop_assert_ne!(frame.hash(), frames[0].hash());
        prop_assert_eq!(frame.to_wire().header, Bytes::from(header));
    }

    #[test]
    fn an_erasure_proof_comes_back_as_it_went_out(
        run in run().prop_filter("erases", |run| run.frames().last().unwrap().header().is_erasure()),
    ) {
        let header = run.frames().last().unwrap().header_bytes().clone();
        let proof = ErasureProof::new(header, *run.seal()).unwrap();
        let wire = proto::ErasureProof::from(&proof);
        prop_assert_eq!(ErasureProof::try_from(through_bytes(&wire)), Ok(proof));
    }

    #[test]
    fn statements_come_back_and_hold(seq in 1..u64::MAX / 4, time in any::<i64>(), counter in any::<u64>(), stream in stream()) {
        let head = StreamHead { stream, head: Head { seq, hash: FrameHash::new([8; 32]) } };
        let key = signer(CENTRAL).public_key();
        let receipt = RootReceipt::sign(head, time, &signer(CENTRAL));
        let back = RootReceipt::try_from(through_bytes(&proto::RootReceipt::from(receipt))).unwrap();
        prop_assert_eq!(back, receipt);
        prop_assert!(back.is_by(&key, &FakeVerifier) && !back.is_by(&signer(NODE).public_key(), &FakeVerifier));

        let beat = Beat::sign(id(TERMINAL), counter, time, head, (seq % 2 == 0).then_some(head), &signer(CENTRAL));
        let back = Beat::try_from(through_bytes(&proto::Beat::from(beat))).unwrap();
        prop_assert_eq!(back, beat);
        prop_assert!(back.is_by(&key, &FakeVerifier));
        let mut renumbered = back;
        renumbered.counter = counter.wrapping_add(1);
        prop_assert!(!renumbered.is_by(&key, &FakeVerifier), "the counter is signed");

        let content = PulseContent {
            site: id(CENTRAL),
            counter,
            time,
            software: "yanzhen 1".to_owned(),
            free_disk: seq,
            heads: vec![head],
            digest: Hash::ZERO,
            quarantined: 3,
            waiting_since: Some(7),
        };
        let pulse = Pulse::sign(content, &signer(CENTRAL));
        let back = Pulse::try_from(through_bytes(&proto::Pulse::from(&pulse))).unwrap();
        prop_assert!(back.is_by(&key, &FakeVerifier));
        prop_assert_eq!(back, pulse);
    }

    #[test]
    fn arbitrary_bytes_are_refused_and_nothing_panics(bytes in vec(any::<u8>(), 0..300), more in vec(any::<u8>(), 0..40)) {
        let bytes = Bytes::from(bytes);
        let body = proto::EntryBody { salt: Bytes::copy_from_slice(&more), body: bytes.clone(), erased: false };
        let _ = FrameHeader::decode(&bytes);
        let _ = Frame::decode(proto::Frame { header: bytes.clone(), bodies: vec![body] });
        read_everything(&bytes);
    }

    #[test]
    fn spoiled_messages_never_panic(run in run(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = run.to_wire().encode_to_vec();
        let position = at.index(bytes.len());
        bytes[position] = value;
        read_everything(&Bytes::from(bytes));
        let mut header = run.frames()[0].header_bytes().to_vec();
        let position = at.index(header.len());
        header[position] = value;
        let _ = FrameHeader::decode(&Bytes::from(header));
    }
}

/// Reads bytes as everything that comes from outside.
fn read_everything(bytes: &Bytes) {
    let _ = proto::Run::decode(bytes.clone()).map(Run::decode);
    let _ = proto::Frame::decode(bytes.clone()).map(Frame::decode);
    let _ = proto::ErasureProof::decode(bytes.clone()).map(ErasureProof::try_from);
    let _ = proto::Seal::decode(bytes.clone()).map(Seal::try_from);
    let _ = proto::StreamHead::decode(bytes.clone()).map(StreamHead::try_from);
    let _ = proto::Beat::decode(bytes.clone()).map(Beat::try_from);
    let _ = proto::RootReceipt::decode(bytes.clone()).map(RootReceipt::try_from);
    let pulse = proto::Pulse {
        signed: bytes.clone(),
        algorithm: 1,
        signature: Bytes::from_static(&[0; 64]),
        ..Default::default()
    };
    let _ = Pulse::try_from(pulse);
    let _ = proto::SessionMessage::decode(bytes.clone());
    let mut directory = fixture::directory();
    for kind in [UNIT, HOME, REGISTRATION, KEY_CHANGE] {
        let _ = directory.apply(&kind, fixture::record(1), fixture::version(9, 9), bytes, &FakeVerifier);
    }
    let place = Place {
        after: StreamHead { stream: StreamId::bulletin(id(CENTRAL), 0), head: Head::NONE },
        genesis: FrameHash::ZERO,
        time: 0,
        basis: None,
    };
    let draft = Draft {
        kind: yanzhen_sync::directory::GENESIS,
        body: bytes.clone(),
        ..fixture::draft(1, fixture::unit(CENTRAL), fixture::version(0, 1))
    };
    assert!(Genesis::of_frame(&Frame::build(place, vec![draft], || [0; 16]).unwrap()).is_err());
}

/// Every single bit of a run counts: flipped, it is refused by the decoder or by the seal, or says the same.
#[test]
fn a_flipped_bit_anywhere_in_a_run_is_refused() {
    let entries = |number| vec![fixture::draft(number, fixture::unit(TERMINAL), fixture::version(1, 1))];
    let stream = StreamId::journal(id(TERMINAL), 0);
    let run =
        fixture::forge(TERMINAL, fixture::start(stream), fixture::basis(), vec![entries(1), entries(2)]);
    let directory = fixture::directory();
    let admission = yanzhen_sync::authority::Admission {
        directory: &directory,
        link: fixture::link(NODE, TERMINAL),
        direction: Direction::Up,
        verifier: &FakeVerifier,
    };
    assert_eq!(admission.admit(&run, Head::NONE, |_| None), Ok(()));
    let original = run.to_wire().encode_to_vec();
    for bit in 0..original.len() * 8 {
        let mut bytes = original.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(Ok(flipped)) = proto::Run::decode(bytes.as_slice()).map(Run::decode) else { continue };
        let admitted = admission.admit(&flipped, Head::NONE, |_| None);
        assert!(admitted.is_err() || flipped == run, "bit {bit} flipped is admitted: {flipped:?}");
    }
}

#[test]
fn a_flipped_bit_in_a_pulse_is_noticed() {
    let content = PulseContent {
        site: id(TERMINAL),
        counter: 7,
        time: 1_000,
        software: "yanzhen-terminal 0.1.0".to_owned(),
        free_disk: 1 << 30,
        heads: vec![fixture::basis().unwrap()],
        digest: Hash::ZERO,
        quarantined: 0,
        waiting_since: None,
    };
    let pulse = Pulse::sign(content, &signer(TERMINAL));
    let original = proto::Pulse::from(&pulse).encode_to_vec();
    for bit in 0..original.len() * 8 {
        let mut bytes = original.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(Ok(flipped)) = proto::Pulse::decode(bytes.as_slice()).map(Pulse::try_from) else { continue };
        assert!(
            !flipped.is_by(&signer(TERMINAL).public_key(), &FakeVerifier) || flipped == pulse,
            "bit {bit}"
        );
    }
}
