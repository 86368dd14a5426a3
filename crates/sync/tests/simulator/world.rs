//! The world of one seed: sites, lines, a clock, and what happens next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Role;
use yanzhen_sync::memory::{Replica, Rule};
use yanzhen_sync::session::Event;
use yanzhen_sync::testing::{FakeSigner, FakeVerifier, genesis};
use yanzhen_sync::{Run, StreamHead, StreamId, UnitId};

use crate::faults::Fault;
use crate::ledger::Ledger;
use crate::network::{At, Line, Weather};
use crate::site::Site;

/// Milliseconds between two ticks of a site.
const TICK_MS: i64 = 2_000;

/// Milliseconds within which all must be equal once the faults are off.
const HEALING_MS: i64 = 45 * 60_000;

/// Milliseconds between two looks at whether all is equal.
const LOOK_MS: i64 = 5_000;

/// A rule that one site breaks, to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    AckAfterCommit,
    SkipDuplicates,
    StopAtSeals,
    HonourCuts,
}

pub(crate) struct Settings {
    pub(crate) broken: Option<Broken>,
    pub(crate) trace: bool,
}

/// What happened in a run, so that a run in which nothing did counts for nothing.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) frames: u64,
    pub(crate) sessions: u64,
    pub(crate) crashes: u64,
    pub(crate) writes_lost: u64,
    pub(crate) gaps: u64,
    pub(crate) holds: u64,
    pub(crate) awaited_bulletins: u64,
    pub(crate) full_disks: u64,
    pub(crate) repairs: u64,
    pub(crate) moves: u64,
    pub(crate) set_aside: u64,
    pub(crate) erased: u64,
    pub(crate) joined_late: u64,
    /// The most bytes that one session had in flight.
    pub(crate) most_in_flight: usize,
    pub(crate) healing_seconds: i64,
}

impl Statistics {
    pub(crate) fn add(&mut self, other: &Statistics) {
        self.frames += other.frames;
        self.sessions += other.sessions;
        self.crashes += other.crashes;
        self.writes_lost += other.writes_lost;
        self.gaps += other.gaps;
        self.holds += other.holds;
        self.awaited_bulletins += other.awaited_bulletins;
        self.full_disks += other.full_disks;
        self.repairs += other.repairs;
        self.moves += other.moves;
        self.set_aside += other.set_aside;
        self.erased += other.erased;
        self.joined_late += other.joined_late;
        self.most_in_flight = self.most_in_flight.max(other.most_in_flight);
        self.healing_seconds = self.healing_seconds.max(other.healing_seconds);
    }

    /// Whether each kind of trouble occurred. Asked of whole test runs.
    pub(crate) fn is_worth_something(&self) -> bool {
        let counts = [
            self.frames,
            self.sessions,
            self.crashes,
            self.writes_lost,
            self.gaps,
            self.holds,
            self.awaited_bulletins,
            self.full_disks,
            self.repairs,
            self.moves,
            self.set_aside,
            self.erased,
            self.joined_late,
        ];
        counts.iter().all(|count| *count > 0)
    }
}

#[derive(Debug)]
pub(crate) enum Happening {
    Dial(usize),
    Deliver(At, Box<proto::SessionMessage>),
    HungUp(At),
    Tick { site: usize, boot: u32 },
    Work { site: usize, boot: u32 },
    Commit { site: usize, boot: u32 },
    Project { site: usize, boot: u32 },
    Load { at: At, stream: StreamId, after: u64 },
    AnswerRepair { at: At, stream: StreamId, seq: u64 },
    Clerk(usize),
    Fault(Fault),
    Heal,
}

pub(crate) struct World {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) now: i64,
    queue: BTreeMap<(i64, u64), Happening>,
    order: u64,
    pub(crate) sites: Vec<Site>,
    /// By their children; that of central is never used.
    pub(crate) lines: Vec<Line>,
    pub(crate) connections: u64,
    pub(crate) weather: Weather,
    pub(crate) faults_on: bool,
    /// Streams of which some site has a damaged frame.
    pub(crate) spoiled: BTreeSet<StreamId>,
    /// Bodies are large enough to fill windows.
    pub(crate) heavy: bool,
    pub(crate) broken: Option<Broken>,
    pub(crate) ledger: Ledger,
    pub(crate) statistics: Statistics,
    trace: bool,
    violation: Option<String>,
}

/// Runs one seed to its end.
pub(crate) fn run(seed: u64, settings: Settings) -> Result<Statistics, String> {
    let mut world = World::new(seed, settings);
    world.begin();
    let mut healed_at = None;
    let mut next_look = 0;
    while world.violation.is_none() {
        let Some(((due, _), happening)) = world.queue.pop_first() else { break };
        world.now = due;
        if matches!(happening, Happening::Heal) {
            healed_at = Some(due);
        }
        world.happen(happening);
        let Some(healed) = healed_at.filter(|_| world.now >= next_look) else { continue };
        next_look = world.now + LOOK_MS;
        match world.difference() {
            None => {
                world.statistics.healing_seconds = (world.now - healed) / 1_000;
                world.check_outcome();
                break;
            }
            Some(difference) if world.now - healed > HEALING_MS => world.violated(difference),
            Some(_) => {}
        }
    }
    match world.violation {
        Some(why) => Err(format!("after {} s: {why}", world.now / 1_000)),
        None => Ok(world.statistics),
    }
}

impl World {
    fn new(seed: u64, settings: Settings) -> World {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let signer = |index: usize| FakeSigner::new(seed << 8 | index as u64);
        let unit = |index: usize| UnitId::new([u8::try_from(index).unwrap() + 1; 16]);
        let network = genesis(&signer(0), &signer(99), unit(0), 0);
        let mut parents = vec![None, Some(0), Some(0)];
        for _ in 0..rng.random_range(3..=5) {
            parents.push(Some(rng.random_range(0..=2)));
        }
        let late = rng.random_bool(0.7).then_some(parents.len() - 1);
        let mut sites: Vec<Site> = Vec::new();
        for (index, parent) in parents.iter().enumerate() {
            let skew = if rng.random_bool(0.3) { rng.random_range(-10_i64..10) * 31_536_000_000 } else { 0 };
            sites.push(new_site(index, *parent, signer(index), unit(index), &network, skew));
            sites[index].joined = late != Some(index);
        }
        let lines = parents.iter().enumerate().map(|(child, parent)| Line::new(child, parent.unwrap_or(0)));
        let rough = rng.random_range(0..4);
        let weather = Weather {
            loss: [0.0, 0.0, 0.005, 0.03][rough],
            doubling: [0.0, 0.02, 0.01, 0.05][rough],
            overtaking: [0.0, 0.0, 0.01, 0.05][rough],
            latency: [5, 50, 400, 2_000][rng.random_range(0..4)],
        };
        World {
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            lines: lines.collect(),
            connections: 0,
            weather,
            faults_on: true,
            spoiled: BTreeSet::new(),
            heavy: seed % 8 == 3,
            broken: settings.broken,
            ledger: Ledger::default(),
            statistics: Statistics::default(),
            trace: settings.trace,
            violation: None,
            sites,
            rng,
        }
    }

    fn begin(&mut self) {
        let replica_rule = match self.broken {
            Some(Broken::SkipDuplicates) => Some(Rule::SkipDuplicates),
            Some(Broken::HonourCuts) => Some(Rule::HonourCuts),
            Some(Broken::AckAfterCommit | Broken::StopAtSeals) | None => None,
        };
        if let Some(rule) = replica_rule {
            self.sites[1].replica.break_rule(rule);
        }
        self.found_network();
        for index in 0..self.sites.len() {
            self.start(index);
        }
        self.plan_faults();
    }

    /// A site starts, for the first time or again.
    pub(crate) fn start(&mut self, index: usize) {
        self.sites[index].up = true;
        let boot = self.sites[index].boot;
        self.after(1, Happening::Tick { site: index, boot });
        self.after(1, Happening::Project { site: index, boot });
        if index > 0 && self.sites[index].joined {
            self.lines[index].attempts = 0;
            self.dial_later(index);
        }
    }

    pub(crate) fn after(&mut self, wait: i64, happening: Happening) {
        self.at(self.now + wait, happening);
    }

    pub(crate) fn at(&mut self, due: i64, happening: Happening) {
        self.order += 1;
        self.queue.insert((due, self.order), happening);
    }

    pub(crate) fn local_time(&self, site: usize) -> i64 {
        self.now + self.sites[site].skew
    }

    pub(crate) fn violated(&mut self, why: String) {
        self.violation.get_or_insert(why);
    }

    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("{:>9} ms  {}", self.now, text());
        }
    }

    fn is_stale(&self, site: usize, boot: u32) -> bool {
        !self.sites[site].up || self.sites[site].boot != boot
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Dial(line) => self.dial(line),
            Happening::Deliver(at, message) => self.handle(at, Event::Received(*message)),
            Happening::HungUp(at) => self.hang_up(at),
            Happening::Tick { site, boot } if !self.is_stale(site, boot) => {
                self.tell_all(site, |_| Event::Tick);
                self.ask_for_repairs(site);
                self.after(TICK_MS, Happening::Tick { site, boot });
            }
            Happening::Work { site, boot } if !self.is_stale(site, boot) => self.work(site),
            Happening::Commit { site, boot } if !self.is_stale(site, boot) => self.commit(site),
            Happening::Project { site, boot } if !self.is_stale(site, boot) => {
                let frames = self.rng.random_range(1..40);
                self.sites[site].replica.project(frames);
                let wait = self.rng.random_range(100..3_000);
                self.after(wait, Happening::Project { site, boot });
            }
            Happening::Load { at, stream, after } => self.load(at, stream, after),
            Happening::AnswerRepair { at, stream, seq } => self.answer_repair(at, stream, seq),
            Happening::Clerk(site) => self.clerk(site),
            Happening::Fault(fault) => self.strike(fault),
            Happening::Heal => self.heal(),
            Happening::Tick { .. }
            | Happening::Work { .. }
            | Happening::Commit { .. }
            | Happening::Project { .. } => {}
        }
    }
}

fn new_site(
    index: usize,
    parent: Option<usize>,
    signer: FakeSigner,
    unit: UnitId,
    network: &Run,
    skew: i64,
) -> Site {
    let replica =
        Replica::new(signer.site(), network.clone(), signer.shared(), Arc::new(FakeVerifier)).unwrap();
    Site {
        id: signer.site(),
        signer,
        role: match index {
            0 => Role::Central,
            1 | 2 => Role::Node,
            _ => Role::Terminal,
        },
        unit,
        parent,
        directory: replica.directory().clone(),
        replica,
        joined: true,
        up: false,
        boot: 0,
        skew,
        disk_full: false,
        ends: BTreeMap::new(),
        jobs: Default::default(),
        answers: Vec::new(),
        writing: false,
        damaged: Default::default(),
        checked: 0,
    }
}

/// A head in few words, for traces.
pub(crate) fn short(head: &StreamHead) -> String {
    format!("{} @{}", head.stream, head.head.seq)
}
