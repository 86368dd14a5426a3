//! A small network to replay to a site under test: central, a node, and two terminals below the node.

use std::collections::BTreeMap;

use bytes::Bytes;
use yanzhen_sync::directory::{Direction, Home, Link, Role, Site};
use yanzhen_sync::memory::{Edit, Replica, Target};
use yanzhen_sync::testing::{self, FakeSigner, FakeVerifier};
use yanzhen_sync::{Change, Kind, ObjectRef, RecordId, Run, SiteId, StreamHead, StreamId, UnitId};

pub(crate) const PERSON: Kind = Kind::known("person");
pub(crate) const MEMBERSHIP: Kind = Kind::known("membership");
pub(crate) const UNKNOWN: Kind = Kind::known("of_later_software");

const TIME: i64 = 1_780_000_000_000;

/// The sites, in the order of their signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Central = 1,
    Node = 2,
    East = 3,
    West = 4,
}

impl Who {
    pub(crate) fn signer(self) -> FakeSigner {
        FakeSigner::new(self as u64)
    }

    pub(crate) fn id(self) -> SiteId {
        self.signer().site()
    }

    /// The unit that the site was joined for.
    pub(crate) fn unit(self) -> UnitId {
        UnitId::new([0xA0 + self as u8; 16])
    }

    pub(crate) fn journal(self) -> StreamId {
        StreamId::journal(self.id(), 0)
    }

    fn parent(self) -> Option<Who> {
        match self {
            Who::Central => None,
            Who::Node => Some(Who::Central),
            Who::East | Who::West => Some(Who::Node),
        }
    }
}

/// The line between the node and one of its terminals, or between central and the node.
pub(crate) fn link(child: Who) -> Link {
    let parent = child.parent().expect("central has no parent");
    Link { parent: parent.id(), child: child.id() }
}

/// The genesis run.
pub(crate) fn genesis() -> Run {
    testing::genesis(&Who::Central.signer(), &FakeSigner::new(99), Who::Central.unit(), TIME)
}

/// Reference replicas of all sites; what they wrote is fed to the site under test.
pub(crate) struct Network {
    replicas: BTreeMap<Who, Replica>,
    clock: i64,
}

impl Network {
    /// All sites joined, each at home in its own unit, and everybody knows.
    pub(crate) fn new() -> Network {
        let all = [Who::Central, Who::Node, Who::East, Who::West];
        let replica = |who: Who| {
            Replica::new(who.id(), genesis(), who.signer().shared(), std::sync::Arc::new(FakeVerifier))
                .unwrap()
        };
        let mut network = Network { replicas: all.map(|who| (who, replica(who))).into(), clock: TIME };
        let mut tree = Vec::new();
        for who in all {
            let parent = who.parent().map(Who::unit);
            tree.push(testing::unit_edit(who.unit(), &format!("99{}", who as u8), parent));
            let home = Home { generation: 1, site: who.id(), cuts: Vec::new() };
            tree.push(testing::homes_edit(who.unit(), &[home]));
        }
        network.write(Who::Central, &[Target::Bulletin], &tree);
        let registrations: Vec<Edit> = all[1..].iter().map(|who| registration(*who)).collect();
        for who in &all[1..] {
            network.write(Who::Central, &[Target::Mailbox(who.id())], &registrations);
        }
        network.exchange();
        network
    }

    pub(crate) fn replica(&mut self, who: Who) -> &mut Replica {
        self.replicas.get_mut(&who).expect("every site has a replica")
    }

    /// Writes at a site and commits.
    pub(crate) fn write(&mut self, who: Who, targets: &[Target], edits: &[Edit]) -> Vec<StreamHead> {
        self.clock += 1;
        let time = self.clock;
        let replica = self.replica(who);
        let heads = replica.write(targets, edits, time).unwrap();
        replica.commit();
        heads
    }

    /// Gives the unit of `from` to `to`; what `from` wrote up to `cuts` counts.
    pub(crate) fn move_unit(&mut self, from: Who, to: Who, cuts: Vec<StreamHead>) {
        let homes = [
            Home { generation: 1, site: from.id(), cuts },
            Home { generation: 2, site: to.id(), cuts: Vec::new() },
        ];
        self.write(Who::Central, &[Target::Bulletin], &[testing::homes_edit(from.unit(), &homes)]);
    }

    /// Every line carries all that travels on it, until nothing moves.
    pub(crate) fn exchange(&mut self) {
        loop {
            let moved = [Who::Node, Who::East, Who::West].map(|child| {
                let parent = child.parent().unwrap();
                self.carry(child, parent, link(child), Direction::Up)
                    | self.carry(parent, child, link(child), Direction::Down)
            });
            if !moved.contains(&true) {
                return;
            }
        }
    }

    fn carry(&mut self, from: Who, to: Who, link: Link, direction: Direction) -> bool {
        let mut moved = false;
        for run in self.runs(from) {
            let before = self.replica(to).head(run.stream());
            if before.head.seq < run.stream_head().head.seq {
                moved |= self.replica(to).ingest(link, direction, &run).is_ok();
            }
        }
        let receiver = self.replica(to);
        receiver.commit();
        receiver.project(usize::MAX);
        moved
    }

    /// All runs of a site, bulletins first.
    pub(crate) fn runs(&mut self, of: Who) -> Vec<Run> {
        let replica = self.replica(of);
        let mut streams: Vec<StreamId> = replica.heads().into_keys().collect();
        streams.sort_by_key(|stream| std::cmp::Reverse(stream.kind));
        streams.into_iter().flat_map(|stream| self.runs_of(of, stream)).collect()
    }

    /// All runs of one stream as a site holds it.
    pub(crate) fn runs_of(&mut self, holder: Who, stream: StreamId) -> Vec<Run> {
        let replica = self.replica(holder);
        let mut runs = Vec::new();
        let mut after = 0;
        while let Some(run) = replica.load_run(&stream, after).unwrap() {
            after = run.stream_head().head.seq;
            runs.push(run);
        }
        runs
    }
}

fn registration(who: Who) -> Edit {
    let role = if who == Who::Node { Role::Node } else { Role::Terminal };
    let parent = who.parent().expect("only others register").id();
    let site: Site = testing::site(&who.signer(), role, who.unit(), parent);
    testing::registration_edit(&site)
}

/// A record's id from a number.
pub(crate) fn record(number: u32) -> RecordId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    RecordId::new(bytes)
}

/// A new state of a person of a unit.
pub(crate) fn person(number: u32, unit: Who, body: &str) -> Edit {
    testing::edit(PERSON, record(number), unit.unit(), Bytes::copy_from_slice(body.as_bytes()))
}

/// A new state of a record that refers to a person.
pub(crate) fn membership(number: u32, unit: Who, person: u32) -> Edit {
    testing::edit(MEMBERSHIP, record(number), unit.unit(), record(person).to_bytes())
}

/// An entry that makes every holder drop a person's bodies.
pub(crate) fn erasure(number: u32, unit: Who) -> Edit {
    Edit { change: Change::Erase, ..person(number, unit, "") }
}

/// A person with an attachment.
pub(crate) fn with_object(number: u32, unit: Who, object: ObjectRef) -> Edit {
    Edit { objects: vec![object], ..person(number, unit, "with a scan") }
}
