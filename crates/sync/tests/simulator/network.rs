//! Lines between sites, and the messages on them.

use rand::RngExt;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Link;

use crate::site::End;
use crate::world::{Happening, World};
use yanzhen_sync::session::{Parties, Session, Tokens};

/// The way of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

/// A connection's end: at a site, on the line of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) site: usize,
    pub(crate) line: usize,
    pub(crate) connection: u64,
}

/// The line from a child, after which it is named, to its parent.
pub(crate) struct Line {
    pub(crate) child: usize,
    pub(crate) parent: usize,
    pub(crate) cut: bool,
    /// Messages that way vanish, and nobody is told.
    pub(crate) dead: [bool; 2],
    latest: [i64; 2],
    pub(crate) attempts: u32,
    pub(crate) dialling: bool,
}

/// How a seed's lines treat messages while faults are on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) loss: f64,
    pub(crate) doubling: f64,
    pub(crate) overtaking: f64,
    /// Milliseconds, at most.
    pub(crate) latency: i64,
}

/// Milliseconds of the longest wait between two dials.
const MAX_BACKOFF_MS: i64 = 60_000;

impl Line {
    pub(crate) fn new(child: usize, parent: usize) -> Line {
        Line { child, parent, cut: false, dead: [false; 2], latest: [0; 2], attempts: 0, dialling: false }
    }

    pub(crate) fn carries(&self, way: Way) -> bool {
        !self.cut && !self.dead[way as usize]
    }

    fn other(&self, site: usize) -> usize {
        if site == self.child { self.parent } else { self.child }
    }
}

impl World {
    pub(crate) fn peer(&self, at: At) -> At {
        At { site: self.lines[at.line].other(at.site), ..at }
    }

    fn way_from(&self, at: At) -> Way {
        if at.site == self.lines[at.line].child { Way::Up } else { Way::Down }
    }

    /// Sends a message from an end; the weather decides what becomes of it.
    pub(crate) fn transmit(&mut self, from: At, message: proto::SessionMessage) {
        let way = self.way_from(from);
        if !self.lines[from.line].carries(way) || self.chance(|weather| weather.loss) {
            return;
        }
        let copies = if self.chance(|weather| weather.doubling) { 2 } else { 1 };
        for _ in 0..copies {
            let due = self.arrival(from.line, way);
            let to = self.peer(from);
            self.at(due, Happening::Deliver(to, Box::new(message.clone())));
        }
    }

    /// When something sent now arrives: in order, unless the weather lets it be overtaken.
    fn arrival(&mut self, line: usize, way: Way) -> i64 {
        let due = self.now + self.rng.random_range(1..=self.weather.latency);
        if self.chance(|weather| weather.overtaking) {
            return due + self.rng.random_range(0..3_000);
        }
        let latest = &mut self.lines[line].latest[way as usize];
        *latest = due.max(*latest);
        *latest
    }

    fn chance(&mut self, of: impl Fn(&Weather) -> f64) -> bool {
        self.faults_on && of(&self.weather) > 0.0 && self.rng.random_bool(of(&self.weather))
    }

    /// Ends a connection at one end and lets the other know if the line still carries that.
    pub(crate) fn hang_up(&mut self, at: At) {
        let ends = &mut self.sites[at.site].ends;
        if ends.get(&at.line).is_none_or(|end| end.connection != at.connection) {
            return;
        }
        ends.remove(&at.line);
        if self.lines[at.line].carries(self.way_from(at)) {
            let due = self.arrival(at.line, self.way_from(at));
            let peer = self.peer(at);
            self.at(due, Happening::HungUp(peer));
        }
        if at.site == self.lines[at.line].child {
            self.dial_later(at.line);
        }
    }

    pub(crate) fn dial_later(&mut self, line: usize) {
        if std::mem::replace(&mut self.lines[line].dialling, true) {
            return;
        }
        let attempts = self.lines[line].attempts.min(7);
        self.lines[line].attempts += 1;
        let longest = (500_i64 << attempts).min(MAX_BACKOFF_MS);
        let wait = self.rng.random_range(longest / 2..=longest);
        self.after(wait, Happening::Dial(line));
    }

    pub(crate) fn dial(&mut self, line: usize) {
        let Line { child, parent, .. } = self.lines[line];
        self.lines[line].dialling = false;
        if !self.sites[child].up || !self.sites[child].joined || self.sites[child].ends.contains_key(&line) {
            return;
        }
        let reachable = self.lines[line].carries(Way::Up) && self.lines[line].carries(Way::Down);
        let id = self.sites[child].id;
        let admitted = self.sites[parent].up && self.sites[parent].directory.site(id).is_some();
        if !reachable || !admitted {
            return self.dial_later(line);
        }
        if let Some(old) = self.sites[parent].ends.get(&line) {
            self.hang_up(At { site: parent, line, connection: old.connection });
        }
        self.connections += 1;
        let connection = self.connections;
        for site in [child, parent] {
            self.open(At { site, line, connection });
        }
    }

    fn open(&mut self, at: At) {
        let Line { child, parent, .. } = self.lines[at.line];
        let link = Link { parent: self.sites[parent].id, child: self.sites[child].id };
        let now = self.local_time(at.site);
        let site = &mut self.sites[at.site];
        let parties = Parties {
            link,
            me: site.id,
            network: site.directory.genesis().hash,
            software: "yanzhen-simulator 1".to_owned(),
        };
        let heads = site.replica.heads();
        let (session, actions) =
            Session::open(parties, site.directory.clone(), &heads, Tokens::default(), now);
        site.ends.insert(at.line, End { connection: at.connection, session });
        self.statistics.sessions += 1;
        self.carry_out(at, actions);
    }
}
