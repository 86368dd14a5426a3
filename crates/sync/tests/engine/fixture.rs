//! A small network: central, a node with two terminals, a terminal on central; and frames that nobody's rules kept
//! from being written.

use std::sync::Arc;

use yanzhen_sync::directory::{Directory, Home, Link, Role, Site};
use yanzhen_sync::frame::Place;
use yanzhen_sync::memory::{Replica, Target};
use yanzhen_sync::testing::{
    FakeSigner, FakeVerifier, genesis, homes_edit, registration_edit, site, unit_edit,
};
use yanzhen_sync::{
    Change, Draft, Frame, Head, Kind, RecordId, Run, Seal, SiteId, StreamHead, StreamId, UnitId, Version,
};

pub(crate) const CENTRAL: usize = 0;
pub(crate) const NODE: usize = 1;
/// Two terminals of the node, and one of central.
pub(crate) const TERMINAL: usize = 2;
pub(crate) const NEIGHBOUR: usize = 3;
pub(crate) const DIRECT: usize = 4;
/// Not registered.
pub(crate) const STRANGER: usize = 9;

const PARENTS: [usize; 5] = [CENTRAL, CENTRAL, NODE, NODE, CENTRAL];

/// A township of the terminal's unit, without a site of its own.
pub(crate) const TOWNSHIP: UnitId = UnitId::new([77; 16]);

pub(crate) const PERSON: Kind = Kind::known("person");

pub(crate) fn signer(index: usize) -> FakeSigner {
    FakeSigner::new(index as u64)
}

pub(crate) fn id(index: usize) -> SiteId {
    signer(index).site()
}

pub(crate) fn unit(index: usize) -> UnitId {
    UnitId::new([u8::try_from(index).unwrap() + 1; 16])
}

pub(crate) fn record(number: u8) -> RecordId {
    RecordId::new([number; 16])
}

pub(crate) fn link(parent: usize, child: usize) -> Link {
    Link { parent: id(parent), child: id(child) }
}

pub(crate) fn genesis_run() -> Run {
    genesis(&signer(CENTRAL), &signer(99), unit(CENTRAL), 1_000)
}

/// A replica with nothing but the genesis run.
pub(crate) fn empty(index: usize) -> Replica {
    Replica::new(id(index), genesis_run(), signer(index).shared(), Arc::new(FakeVerifier)).unwrap()
}

pub(crate) fn registration(index: usize) -> Site {
    let role = match index {
        CENTRAL => Role::Central,
        NODE => Role::Node,
        _ => Role::Terminal,
    };
    site(&signer(index), role, unit(index), id(PARENTS.get(index).copied().unwrap_or(CENTRAL)))
}

/// Central with the whole network written and committed.
pub(crate) fn central() -> Replica {
    let mut central = empty(CENTRAL);
    let mut units: Vec<_> = (0..5)
        .map(|i| unit_edit(unit(i), &format!("9900{i:02}"), (i > 0).then(|| unit(PARENTS[i]))))
        .collect();
    units.push(unit_edit(TOWNSHIP, "990077", Some(unit(TERMINAL))));
    central.write(&[Target::Bulletin], &units, 2_000).unwrap();
    for (index, parent) in PARENTS.into_iter().enumerate().skip(1) {
        let home = Home { generation: 1, site: id(index), cuts: Vec::new() };
        central.write(&[Target::Bulletin], &[homes_edit(unit(index), &[home])], 2_000).unwrap();
        let mut targets = vec![Target::Mailbox(id(index))];
        if parent != CENTRAL {
            targets.push(Target::Mailbox(id(parent)));
        }
        central.write(&targets, &[registration_edit(&registration(index))], 2_000).unwrap();
    }
    for index in [TERMINAL, NEIGHBOUR] {
        let node = registration_edit(&registration(NODE));
        central.write(&[Target::Mailbox(id(index))], &[node], 2_000).unwrap();
    }
    central.commit();
    central
}

pub(crate) fn directory() -> Directory {
    central().directory().as_ref().clone()
}

/// Moves a unit's home, the old one counting up to `cuts`.
pub(crate) fn move_home(central: &mut Replica, unit: UnitId, to: SiteId, cuts: Vec<StreamHead>) {
    let mut homes = central.directory().homes(unit).to_vec();
    let old = homes.last_mut().unwrap();
    old.cuts = cuts;
    let generation = old.generation + 1;
    homes.push(Home { generation, site: to, cuts: Vec::new() });
    central.write(&[Target::Bulletin], &[homes_edit(unit, &homes)], 3_000).unwrap();
    central.commit();
}

/// Brings everything durable that may travel from one replica to the other.
pub(crate) fn exchange(parent: &mut Replica, child: &mut Replica) {
    use yanzhen_sync::directory::Direction::{Down, Up};
    let link = Link { parent: parent.me(), child: child.me() };
    // Twice: what the first round told of the network lets more pass in the second.
    for _ in 0..2 {
        for direction in [Down, Up] {
            let (from, to) = match direction {
                Down => (&*parent, &mut *child),
                Up => (&*child, &mut *parent),
            };
            let mut streams: Vec<StreamId> = from.heads().into_keys().collect();
            streams.sort_by_key(yanzhen_sync::plan::priority);
            for stream in streams.into_iter().filter(|s| from.directory().travels(s, link, direction)) {
                while let Some(run) = from.load_run(&stream, to.head(stream).head.seq).unwrap() {
                    if to.ingest(link, direction, &run).is_err() {
                        break;
                    }
                    to.commit();
                }
            }
        }
    }
    parent.project(usize::MAX);
    child.project(usize::MAX);
}

/// An entry to be written.
pub(crate) fn draft(number: u8, unit: UnitId, version: Version) -> Draft {
    Draft {
        kind: PERSON,
        record: record(number),
        unit,
        version,
        change: Change::Upsert,
        objects: Vec::new(),
        body: format!("record {number} at {version:?}").into(),
        handed_over_by: None,
    }
}

/// Version (0, generation, 0, revision).
pub(crate) fn version(generation: u32, revision: u64) -> Version {
    Version { generation, revision, ..Version::default() }
}

/// Writes frames without asking whether their author may: one for each list of entries.
pub(crate) fn forge(
    author: usize,
    after: StreamHead,
    basis: Option<StreamHead>,
    frames: Vec<Vec<Draft>>,
) -> Run {
    let mut at = after;
    let mut made: Vec<Frame> = Vec::new();
    for drafts in frames {
        let place = Place { after: at, genesis: genesis_run().frames()[0].hash(), time: 5_000, basis };
        let frame = Frame::build(place, drafts, || [made.len() as u8; 16]).unwrap();
        at = frame.stream_head();
        made.push(frame);
    }
    Run::new(made, Seal::sign(at, &signer(author)), Vec::new()).unwrap()
}

/// The beginning of a stream.
pub(crate) fn start(stream: StreamId) -> StreamHead {
    StreamHead { stream, head: Head::NONE }
}

/// The head of central's bulletin in [`directory`].
pub(crate) fn basis() -> Option<StreamHead> {
    Some(directory().bulletin_head())
}
