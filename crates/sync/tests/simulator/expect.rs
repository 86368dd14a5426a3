//! What all sites must hold once all is quiet, worked out from the ledger alone.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use yanzhen_sync::authority::Quarantined;
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Home, NETWORK_KINDS};
use yanzhen_sync::memory::{Reason, RecordKey};
use yanzhen_sync::{Change, EntryRef, SiteId, StreamId, StreamType, UnitId, Version};

use crate::world::World;

/// The state of a record in the expectation: version, change and body.
type State = (Version, Change, Option<Bytes>);

impl World {
    /// What still differs from the end of all exchange, or none.
    pub(crate) fn difference(&self) -> Option<String> {
        for (index, site) in self.sites.iter().enumerate() {
            if !site.joined {
                return Some(format!("site {index} has not joined"));
            }
            if site.writing {
                return Some(format!("site {index} is still writing"));
            }
            let (expected, found) = (self.expected_heads(index), site.replica.heads());
            if expected != found {
                let streams: BTreeSet<&StreamId> = expected.keys().chain(found.keys()).collect();
                let differs = streams.into_iter().find(|stream| expected.get(stream) != found.get(stream));
                let stream = differs.unwrap();
                let seq = |heads: &Heads| heads.get(stream).map_or(0, |head| head.seq);
                return Some(format!(
                    "site {index} has {stream} up to {} instead of {}",
                    seq(&found),
                    seq(&expected)
                ));
            }
            for (line, end) in &site.ends {
                let (sent, taken) = (end.session.bytes_in_flight(), end.session.bytes_pending());
                if sent + taken > 0 {
                    return Some(format!(
                        "site {index}, line {line}: {sent} bytes in flight, {taken} pending"
                    ));
                }
            }
        }
        None
    }

    fn expected_heads(&self, site: usize) -> Heads {
        let held = self.ledger.frames.iter().filter(|(stream, _)| self.holds(site, stream));
        held.filter_map(|(stream, frames)| Some((*stream, frames.last()?.stream_head().head))).collect()
    }

    fn index_of(&self, id: SiteId) -> usize {
        self.sites.iter().position(|site| site.id == id).unwrap()
    }

    fn is_at_or_above(&self, above: usize, site: usize) -> bool {
        let mut path = std::iter::successors(Some(site), |at| self.sites[*at].parent);
        path.any(|at| at == above)
    }

    /// Whether a stream has business at a site, by the tree alone.
    fn holds(&self, site: usize, stream: &StreamId) -> bool {
        let author = self.index_of(stream.author);
        self.is_at_or_above(site, author)
            || match stream.kind {
                StreamType::Journal => false,
                StreamType::Mailbox(to) => self.is_at_or_above(site, self.index_of(to)),
                StreamType::Bulletin => self.is_at_or_above(author, site),
            }
    }

    fn reads(&self, site: usize, stream: &StreamId) -> bool {
        let me = self.sites[site].id;
        match stream.kind {
            StreamType::Mailbox(to) => to == me || stream.author == me,
            StreamType::Journal | StreamType::Bulletin => true,
        }
    }

    /// Compares all records and all that is set aside with the expectation.
    pub(crate) fn check_outcome(&mut self) {
        for index in 0..self.sites.len() {
            self.sites[index].replica.project(usize::MAX);
            if let Some(why) = self.wrong_outcome(index) {
                return self.violated(format!("site {index}: {why}"));
            }
        }
    }

    fn wrong_outcome(&mut self, site: usize) -> Option<String> {
        let (records, set_aside) = self.expected_records(site);
        let replica = &self.sites[site].replica;
        let found: BTreeMap<RecordKey, State> = replica
            .records()
            .map(|(key, record)| (key.clone(), (record.version, record.change, record.body.clone())))
            .collect();
        let aside: BTreeSet<EntryRef> = replica.quarantine().map(|(at, _)| *at).collect();
        let legal = [Quarantined::BeyondCut, Quarantined::AwaitsRecord].map(Reason::Judged);
        if let Some((at, why)) = replica.quarantine().find(|(_, why)| !legal.contains(why)) {
            return Some(format!("entry {at:?} is set aside: {why:?}"));
        }
        self.statistics.set_aside += aside.len() as u64;
        if aside != set_aside {
            return Some(format!("set aside: {:?}", aside.symmetric_difference(&set_aside).next()));
        }
        let keys = |of: Vec<&RecordKey>| of.into_iter().cloned().collect::<BTreeSet<RecordKey>>();
        let (wanted, there) = (keys(records.keys().collect()), keys(found.keys().collect()));
        if let Some(key) = wanted.symmetric_difference(&there).next() {
            let entry = replica.record(key).map(|record| record.entry);
            return Some(format!("record {key:?} is from {entry:?}, expected {:?}", records.get(key)));
        }
        records.into_iter().find_map(|(key, (state, may_lack_body))| {
            let found = &found[&key];
            let same = *found == state || (may_lack_body && *found == (state.0, state.1, None));
            (!same).then(|| format!("record {key:?} is {found:?} instead of {state:?}"))
        })
    }

    /// Each record's greatest version among the entries that count, and the entries that don't. The flag tells that
    /// the record was erased, maybe in a stream that the site doesn't see, or by a former home, which some sites have
    /// taken for the owner's word: a body may be gone.
    fn expected_records(&self, site: usize) -> (BTreeMap<RecordKey, (State, bool)>, BTreeSet<EntryRef>) {
        let homes = self.ledger.homes();
        let mut records: BTreeMap<RecordKey, (State, bool)> = BTreeMap::new();
        let mut set_aside = BTreeSet::new();
        let mut erasing: Vec<(RecordKey, State, EntryRef)> = Vec::new();
        for (stream, frames) in self.ledger.frames.iter().filter(|(stream, _)| self.holds(site, stream)) {
            for frame in frames.iter().filter(|_| self.reads(site, stream)) {
                let seq = frame.header().seq;
                for (place, (entry, body)) in (0..).zip(frame.entries()) {
                    let key = RecordKey { kind: entry.kind.clone(), record: entry.record };
                    let by_central = NETWORK_KINDS.contains(&entry.kind);
                    if !by_central && self.is_beyond_cut(&homes, stream, seq, entry.unit, entry.version) {
                        set_aside.insert(EntryRef { stream: *stream, seq, index: place });
                        continue;
                    }
                    let body = body.bytes().filter(|_| entry.change != Change::Erase).cloned();
                    let state = (entry.version, entry.change, body);
                    if entry.change == Change::Erase {
                        erasing.push((key, state, EntryRef { stream: *stream, seq, index: place }));
                        continue;
                    }
                    let known = records.entry(key).or_insert_with(|| (state.clone(), false));
                    if known.0.0 < entry.version {
                        known.0 = state;
                    }
                }
            }
        }
        // An erasure counts where the site has read of the record; elsewhere it waits.
        for (key, state, at) in erasing {
            match records.get_mut(&key) {
                Some((known, _)) if known.0 < state.0 => *known = state,
                Some(_) => {}
                None => drop(set_aside.insert(at)),
            }
        }
        for entry in self.ledger.frames.values().flatten().flat_map(|frame| &frame.header().entries) {
            let key = RecordKey { kind: entry.kind.clone(), record: entry.record };
            if let Some((_, may_lack_body)) = records.get_mut(&key).filter(|_| entry.change == Change::Erase)
            {
                *may_lack_body = true;
            }
        }
        (records, set_aside)
    }

    fn is_beyond_cut(
        &self,
        homes: &BTreeMap<UnitId, &[Home]>,
        stream: &StreamId,
        seq: u64,
        unit: UnitId,
        version: Version,
    ) -> bool {
        // A unit without homes of its own is at home where the unit above it is.
        let owner = self.sites.iter().position(|site| site.unit == unit).unwrap();
        let path = std::iter::successors(Some(owner), |at| self.sites[*at].parent);
        let homes = path.map(|at| self.sites[at].unit).find_map(|unit| homes.get(&unit)).copied();
        let homes = homes.unwrap_or_default();
        let Some((_, former)) = homes.split_last() else { return false };
        let home = former.iter().find(|h| h.site == stream.author && h.generation == version.generation);
        home.is_some_and(|home| {
            seq > home.cuts.iter().find(|cut| cut.stream == *stream).map_or(0, |cut| cut.head.seq)
        })
    }
}
