//! The limits and rules of the format, each broken once.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::frame::{FrameError, Place};
use yanzhen_sync::limits::{
    MAX_ENTRIES_PER_FRAME, MAX_FRAME_BYTES, MAX_OBJECT_BYTES, MAX_OBJECTS_PER_ENTRY, MAX_RUN_FRAMES,
};
use yanzhen_sync::run::RunError;
use yanzhen_sync::{
    Change, Draft, Frame, FrameHash, FrameHeader, Hash, Kind, ObjectHash, ObjectRef, RecordId, Run, SiteId,
    StreamId,
};

use crate::fixture::{TERMINAL, basis, draft, forge, genesis_run, id, start, unit, version};

fn journal() -> StreamId {
    StreamId::journal(id(TERMINAL), 0)
}

fn good() -> Draft {
    draft(1, unit(TERMINAL), version(1, 1))
}

fn build(drafts: Vec<Draft>) -> Result<Frame, FrameError> {
    let place = Place { after: start(journal()), genesis: FrameHash::new([9; 32]), time: 1, basis: basis() };
    Frame::build(place, drafts, || [1; 16])
}

#[test]
fn entries_keep_the_limits_of_the_format() {
    let object = |size| ObjectRef { hash: ObjectHash::new([1; 32]), size, manifest: Hash::ZERO };
    let entry = |why| Err(FrameError::Entry(0, why));
    let one = |draft| build(vec![draft]).map(|_| ());
    assert_eq!(one(good()), Ok(()));
    let objects = vec![object(1); MAX_OBJECTS_PER_ENTRY + 1];
    assert_eq!(one(Draft { objects, ..good() }), entry("it refers to more than 64 objects"));
    let objects = vec![object(MAX_OBJECT_BYTES + 1)];
    assert_eq!(one(Draft { objects, ..good() }), entry("it refers to an object over the size limit"));
    assert_eq!(one(Draft { version: version(1, 0), ..good() }), entry("revisions begin at 1"));
    assert_eq!(
        one(Draft { version: version(1, u64::MAX), ..good() }),
        entry("its revision is beyond all counting")
    );
    assert_eq!(one(Draft { change: Change::Erase, ..good() }), entry("an erase entry has no body"));
}

#[test]
fn frames_keep_the_limits_of_the_format() {
    let entries = FrameError::Header("a frame has 1 to 500 entries");
    assert_eq!(build(Vec::new()), Err(entries.clone()));
    assert!(build(vec![good(); MAX_ENTRIES_PER_FRAME]).is_ok());
    assert_eq!(build(vec![good(); MAX_ENTRIES_PER_FRAME + 1]), Err(entries));
    let body = Bytes::from(vec![0; MAX_FRAME_BYTES]);
    assert!(matches!(build(vec![Draft { body, ..good() }]), Err(FrameError::TooLarge(_))));
    let mut wire = build(vec![good()]).unwrap().to_wire();
    wire.bodies.push(wire.bodies[0].clone());
    assert_eq!(Frame::decode(wire), Err(FrameError::BodyCount { entries: 1, bodies: 2 }));
}

#[test]
fn only_the_genesis_frame_stands_on_nothing() {
    let genesis = genesis_run();
    assert!(genesis.frames()[0].header().is_genesis());
    let header = |change: fn(&mut proto::FrameHeader)| {
        let mut wire = proto::FrameHeader::decode(genesis.frames()[0].header_bytes().clone()).unwrap();
        change(&mut wire);
        FrameHeader::decode(&Bytes::from(wire.encode_to_vec())).map(|_| ())
    };
    let wrong = Err(FrameError::Header("only the genesis frame has no basis and no predecessor"));
    assert_eq!(header(|_| {}), Ok(()));
    assert_eq!(header(|wire| wire.seq = 2), wrong);
    assert_eq!(header(|wire| wire.previous = vec![1; 32].into()), wrong);
    assert_eq!(header(|wire| wire.stream.as_mut().unwrap().epoch = 1), wrong);
    assert_eq!(header(|wire| wire.stream.as_mut().unwrap().r#type = 1), wrong);
    assert_eq!(header(|wire| wire.entries.push(wire.entries[0].clone())), wrong);
    assert_eq!(header(|wire| wire.seq = 0), Err(FrameError::Header("frame numbers begin at 1")));
}

#[test]
fn a_run_is_one_chain_up_to_its_seal() {
    let frames: Vec<Vec<Draft>> = (0..MAX_RUN_FRAMES).map(|_| vec![good()]).collect();
    let run = forge(TERMINAL, start(journal()), basis(), frames);
    let all = run.frames().to_vec();
    let new = |frames: Vec<Frame>| Run::new(frames, *run.seal(), Vec::new()).map(|run| run.frames().len());
    assert_eq!(new(all.clone()), Ok(MAX_RUN_FRAMES));
    assert_eq!(new(Vec::new()), Err(RunError::Length(0)));
    assert_eq!(new([all.clone(), vec![all[0].clone()]].concat()), Err(RunError::Length(MAX_RUN_FRAMES + 1)));
    assert_eq!(new(all[..9].to_vec()), Err(RunError::Broken), "not up to the seal");
    assert_eq!(new([&all[..3], &all[4..]].concat()), Err(RunError::Broken), "one is missing");
    let mut swapped = all.clone();
    swapped.swap(3, 4);
    assert_eq!(new(swapped), Err(RunError::Broken));
    let large = Draft { body: vec![0; 400_000].into(), ..good() };
    let frames = forge(TERMINAL, start(journal()), basis(), vec![vec![large.clone()], vec![large]]);
    let third = Draft { body: vec![0; 400_000].into(), ..good() };
    let more = forge(TERMINAL, frames.stream_head(), basis(), vec![vec![third]]);
    let all = [frames.frames(), more.frames()].concat();
    assert!(matches!(Run::new(all, *more.seal(), Vec::new()), Err(RunError::TooLarge(_))));
}

#[test]
fn names_are_checked_where_they_are_read() {
    for good in ["a", "person", "party_org", "x9", &"k".repeat(32)] {
        assert_eq!(Kind::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "Person", "a-b", "人", "a b", &"k".repeat(33)] {
        assert!(Kind::parse(bad).is_none(), "{bad:?}");
    }
    let site = id(TERMINAL);
    assert_eq!(site.to_string().parse(), Ok(site));
    assert!(site.to_string()[1..].parse::<SiteId>().is_err());
    assert!("not hexadecimal".parse::<RecordId>().is_err());
    assert_eq!(SiteId::try_from(&[0; 31][..]).unwrap_err().to_string(), "SiteId has 31 bytes instead of 32");
    assert!(site.to_string().ends_with(&site.short()));
    let stream = proto::StreamId { r#type: 9, ..StreamId::journal(site, 0).into() };
    assert!(StreamId::try_from(stream).is_err(), "an unknown type of stream");
    let stream = proto::StreamId { recipient: vec![1; 32].into(), ..StreamId::journal(site, 0).into() };
    assert!(StreamId::try_from(stream).is_err(), "a journal has no recipient");
}
