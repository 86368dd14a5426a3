//! What people do: clerks write, central admits sites and moves units.

use bytes::Bytes;
use rand::RngExt;
use yanzhen_sync::directory::Home;
use yanzhen_sync::memory::{Edit, Target};
use yanzhen_sync::testing::{edit, homes_edit, registration_edit, site, unit_edit};
use yanzhen_sync::{Change, Kind, RecordId, StreamHead, UnitId};

use crate::site::Job;
use crate::world::{Happening, World};

const PERSON: Kind = Kind::known("person");
const DOCUMENT: Kind = Kind::known("document");
/// A kind that no software of today knows.
const NOVELTY: Kind = Kind::known("novelty");

impl World {
    /// Central writes the unit tree and admits everybody who is there from the start.
    pub(crate) fn found_network(&mut self) {
        self.ledger.authored(self.sites[0].replica.frame(&self.sites[0].directory.bulletin_head().stream, 1));
        let units: Vec<Edit> = (0..self.sites.len())
            .map(|index| {
                let above = self.sites[index].parent.map(|parent| self.sites[parent].unit);
                unit_edit(self.sites[index].unit, &format!("99{index:04}"), above)
            })
            .collect();
        self.sites[0].replica.write(&[Target::Bulletin], &units, 0).unwrap();
        for index in 1..self.sites.len() {
            if self.sites[index].joined {
                self.admit(index);
            }
        }
        self.commit(0);
    }

    /// Registers a site and makes it the home of its unit.
    pub(crate) fn admit(&mut self, new: usize) {
        let (id, unit) = (self.sites[new].id, self.sites[new].unit);
        if self.sites[0].replica.directory().site(id).is_some() {
            return;
        }
        let time = self.local_time(0);
        let parent = self.sites[new].parent.unwrap();
        let registration = site(&self.sites[new].signer, self.sites[new].role, unit, self.sites[parent].id);
        let path: Vec<usize> = std::iter::successors(Some(parent), |above| self.sites[*above].parent)
            .filter(|at| *at > 0)
            .collect();
        let above: Vec<Edit> = path
            .iter()
            .map(|at| registration_edit(self.sites[0].replica.directory().site(self.sites[*at].id).unwrap()))
            .collect();
        let mut targets = vec![Target::Mailbox(id)];
        targets.extend(path.iter().map(|at| Target::Mailbox(self.sites[*at].id)));
        self.change_home(unit, id);
        let central = &mut self.sites[0].replica;
        central.write(&targets, &[registration_edit(&registration)], time).unwrap();
        if !above.is_empty() {
            central.write(&[Target::Mailbox(id)], &above, time).unwrap();
        }
    }

    /// Moves some unit to another home.
    pub(crate) fn move_unit(&mut self) {
        let there: Vec<usize> = (0..self.sites.len()).filter(|index| self.sites[*index].joined).collect();
        let unit = self.sites[there[self.rng.random_range(1..there.len())]].unit;
        let to = self.sites[there[self.rng.random_range(0..there.len())]].id;
        let directory = self.sites[0].replica.directory();
        if directory.has_own_home(unit) && directory.home(unit).is_some_and(|home| home.site != to) {
            self.statistics.moves += 1;
            self.note(|| format!("unit {unit} moves to {}", to.short()));
            self.change_home(unit, to);
        }
    }

    /// The old home counts as far as central holds its streams.
    fn change_home(&mut self, unit: UnitId, to: yanzhen_sync::SiteId) {
        let time = self.local_time(0);
        let central = &mut self.sites[0].replica;
        let mut homes = central.directory().homes(unit).to_vec();
        let old = homes.last_mut().unwrap();
        let held = central.heads().into_iter().filter(|(stream, _)| stream.author == old.site);
        old.cuts = held.map(|(stream, head)| StreamHead { stream, head }).collect();
        let generation = old.generation + 1;
        homes.push(Home { generation, site: to, cuts: Vec::new() });
        let written = central.write(&[Target::Bulletin], &[homes_edit(unit, &homes)], time).unwrap();
        self.ledger.homes_written(written[0], unit, homes);
    }

    /// Time for a clerk to write something, and for the next one.
    pub(crate) fn clerk(&mut self, site: usize) {
        if !self.faults_on {
            return;
        }
        if self.sites[site].up && self.sites[site].joined {
            for _ in 0..self.rng.random_range(1..4) {
                self.queue_job(site, Job::Write);
            }
        }
        let wait = self.rng.random_range(500..25_000);
        self.after(wait, Happening::Clerk(site));
    }

    /// A clerk writes what the own directory allows.
    pub(crate) fn write(&mut self, index: usize) {
        let below: Vec<usize> = (0..self.sites.len())
            .filter(|other| self.sites[index].directory.is_below(self.sites[*other].id, self.sites[index].id))
            .collect();
        let (target, kind) = match self.rng.random_range(0..10) {
            0..2 if !below.is_empty() => {
                let to = below[self.rng.random_range(0..below.len())];
                (Target::Mailbox(self.sites[to].id), DOCUMENT)
            }
            2 if !below.is_empty() => (Target::Bulletin, DOCUMENT),
            3..6 => (Target::Journal, NOVELTY),
            _ => (Target::Journal, PERSON),
        };
        let id = self.sites[index].id;
        let units: Vec<UnitId> =
            self.sites[index].replica.directory().units_at(id).map(|unit| unit.id).collect();
        if units.is_empty() {
            return;
        }
        let unit = units[self.rng.random_range(0..units.len())];
        let count = if self.heavy { 1 } else { self.rng.random_range(1..=4) };
        let edits: Vec<Edit> = (0..count).map(|_| self.edit(index, &kind, unit)).collect();
        let time = self.local_time(index);
        match self.sites[index].replica.write(&[target], &edits, time) {
            Ok(_) => self.ledger.written(index),
            Err(why) => self.violated(format!("site {index} can't write into {target:?}: {why}")),
        }
    }

    fn edit(&mut self, index: usize, kind: &Kind, unit: UnitId) -> Edit {
        let known: Vec<RecordId> = self.sites[index]
            .replica
            .records()
            .filter(|(key, record)| {
                key.kind == *kind && record.unit == unit && record.change != Change::Erase
            })
            .map(|(key, _)| key.record)
            .collect();
        let old = !known.is_empty() && self.rng.random_bool(0.6);
        let record = match old {
            true => known[self.rng.random_range(0..known.len())],
            false => RecordId::new(self.rng.random()),
        };
        let largest = if self.heavy && index == 3 { 300_000 } else { 200 };
        let size = self.rng.random_range(1..largest);
        let mut edit = edit(kind.clone(), record, unit, vec![self.rng.random::<u8>(); size]);
        match self.rng.random_range(0..20) {
            0 if old => edit.change = Change::Retire,
            1 if old => {
                edit.change = Change::Erase;
                edit.body = Bytes::new();
                self.statistics.erased += 1;
            }
            _ => {}
        }
        edit
    }
}
