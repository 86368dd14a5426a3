//! What goes wrong, and when.

use rand::RngExt;
use yanzhen_sync::StreamId;
use yanzhen_sync::directory::{Direction, Link};

use crate::network::Way;
use crate::site::Job;
use crate::world::{Happening, World};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Cut(usize),
    Mend(usize),
    Deaden(usize, Way),
    Crash(usize),
    Restart(usize),
    FillDisk(usize),
    FreeDisk(usize),
    /// A bit flips on some disk.
    Damage,
    /// A unit gets another home.
    Move,
    /// A new site comes.
    Join(usize),
}

/// Milliseconds between two tries of what needs central.
const TRY_AGAIN_MS: i64 = 5_000;

impl World {
    pub(crate) fn plan_faults(&mut self) {
        let active = self.rng.random_range(240_000..600_000);
        self.at(active, Happening::Heal);
        for _ in 0..self.rng.random_range(8..=24) {
            let due = self.rng.random_range(3_000..active);
            let line = self.rng.random_range(1..self.sites.len());
            let site = self.rng.random_range(0..self.sites.len());
            let fault = match self.rng.random_range(0..100) {
                0..20 => Fault::Cut(line),
                20..35 => Fault::Deaden(line, Way::Up),
                35..50 => Fault::Deaden(line, Way::Down),
                50..75 => Fault::Crash(site),
                75..82 => Fault::FillDisk(site),
                82..91 => Fault::Damage,
                _ => Fault::Move,
            };
            self.at(due, Happening::Fault(fault));
        }
        for site in 0..self.sites.len() {
            if !self.sites[site].joined {
                let due = self.rng.random_range(5_000..active);
                self.at(due, Happening::Fault(Fault::Join(site)));
            }
            self.at(self.now + 1_000, Happening::Clerk(site));
        }
    }

    pub(crate) fn strike(&mut self, fault: Fault) {
        self.note(|| format!("fault: {fault:?}"));
        match fault {
            Fault::Mend(line) => {
                self.lines[line].cut = false;
                self.lines[line].dead = [false; 2];
            }
            Fault::Restart(site) if !self.sites[site].up => self.start(site),
            Fault::Restart(_) => {}
            Fault::FreeDisk(site) => self.sites[site].disk_full = false,
            Fault::Join(site) => self.join(site),
            _ if !self.faults_on => {}
            Fault::Cut(line) => {
                self.lines[line].cut = true;
                self.later(5_000..150_000, Fault::Mend(line));
            }
            Fault::Deaden(line, way) => {
                self.lines[line].dead[way as usize] = true;
                self.later(10_000..120_000, Fault::Mend(line));
            }
            Fault::Crash(site) if self.sites[site].up && !self.sites[site].writing => {
                // The worst moment is in the middle of a transaction.
                self.queue_job(site, Job::Write);
                self.queue_job(site, Job::Write);
                self.later(20..70, Fault::Crash(site));
            }
            Fault::Crash(site) => {
                self.crash(site);
                self.later(500..60_000, Fault::Restart(site));
            }
            Fault::FillDisk(site) => {
                self.sites[site].disk_full = true;
                self.statistics.full_disks += 1;
                self.later(5_000..60_000, Fault::FreeDisk(site));
            }
            Fault::Damage => self.damage(),
            Fault::Move if self.sites[0].up => self.queue_job(0, Job::Move),
            Fault::Move => self.later(TRY_AGAIN_MS..TRY_AGAIN_MS + 1, Fault::Move),
        }
    }

    fn later(&mut self, wait: std::ops::Range<i64>, fault: Fault) {
        let wait = self.rng.random_range(wait);
        self.after(wait, Happening::Fault(fault));
    }

    pub(crate) fn heal(&mut self) {
        self.note(|| "all faults are off".to_owned());
        self.faults_on = false;
        for line in &mut self.lines {
            line.cut = false;
            line.dead = [false; 2];
        }
        for site in 0..self.sites.len() {
            self.sites[site].disk_full = false;
            if !self.sites[site].up {
                self.start(site);
            }
        }
    }

    /// The power goes at a site: its sessions vanish, and what it had not committed.
    fn crash(&mut self, index: usize) {
        if !self.sites[index].up {
            return;
        }
        let ends: Vec<_> = self.sites[index].ends.iter().map(|(line, end)| (*line, end.connection)).collect();
        for (line, connection) in ends {
            self.hang_up(crate::network::At { site: index, line, connection });
        }
        let site = &mut self.sites[index];
        site.up = false;
        site.boot += 1;
        site.jobs.clear();
        site.answers.clear();
        site.writing = false;
        site.replica.crash();
        site.directory = site.replica.directory().clone();
        site.checked = 0;
        self.statistics.crashes += 1;
        self.check_crash(index);
    }

    /// Asks central to admit a site until it has.
    fn join(&mut self, site: usize) {
        let id = self.sites[site].id;
        if self.sites[0].directory.site(id).is_some() {
            self.sites[site].joined = true;
            self.statistics.joined_late += 1;
            return self.dial_later(site);
        }
        if self.sites[0].up {
            self.queue_job(0, Job::Admit(site));
        }
        self.later(TRY_AGAIN_MS..TRY_AGAIN_MS + 1, Fault::Join(site));
    }

    /// Spoils a stored frame that a neighbour still has.
    fn damage(&mut self) {
        let line = self.rng.random_range(1..self.sites.len());
        let (child, parent) = (self.lines[line].child, self.lines[line].parent);
        let link = Link { parent: self.sites[parent].id, child: self.sites[child].id };
        let (victim, helper, direction) = match self.rng.random_bool(0.5) {
            true => (child, parent, Direction::Down),
            false => (parent, child, Direction::Up),
        };
        let helped = self.sites[helper].replica.heads();
        // What other neighbours lack is loaded next.
        let others: Vec<usize> = (0..self.sites.len())
            .filter(|at| {
                *at != helper
                    && (self.sites[*at].parent == Some(victim) || self.sites[victim].parent == Some(*at))
            })
            .collect();
        let mut candidates: Vec<(StreamId, u64)> = Vec::new();
        for (stream, head) in self.sites[victim].replica.heads() {
            // Two damaged copies of one frame may be all that there are: nobody promises anything then.
            let comes = !self.spoiled.contains(&stream)
                && self.sites[victim].directory.travels(&stream, link, direction);
            let Some(last) = helped.get(&stream).filter(|_| comes).map(|helped| helped.seq.min(head.seq))
            else {
                continue;
            };
            let lacking = others.iter().map(|at| self.sites[*at].replica.head(stream).head.seq);
            let lacking = lacking.filter(|has| *has < last).count();
            candidates.extend(std::iter::repeat_n((stream, last), 1 + 50 * lacking));
        }
        if candidates.is_empty() {
            return;
        }
        let (stream, last) = candidates[self.rng.random_range(0..candidates.len())];
        let seq = self.rng.random_range(last.saturating_sub(2).max(1)..=last);
        self.note(|| format!("frame {seq} of {stream} is damaged at site {victim}"));
        self.spoiled.insert(stream);
        self.sites[victim].replica.damage(&stream, seq);
    }
}
