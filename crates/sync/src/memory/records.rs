//! Projecting: from stored entries to the state of records, and what is set aside.

use bytes::Bytes;

use super::{RecordKey, Replica, Rule};
use crate::authority::{Context, Judgement, Quarantined, gives_way, hands_over, judge, vouches};
use crate::frame::{Body, Change, EntryHeader, EntryRef, Version};
use crate::id::{Millis, StreamHead, UnitId};

/// The state of a record: the entry with the greatest version that counts at this site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The unit that it belongs to.
    pub unit: UnitId,
    /// Its version.
    pub version: Version,
    /// What its last entry did.
    pub change: Change,
    /// Its content; none once erased.
    pub body: Option<Bytes>,
    /// The entry that made it so.
    pub entry: EntryRef,
    /// The author's clock then.
    pub time: Millis,
}

/// Why an entry is kept and relayed but changes nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its author's right ended before.
    Judged(Quarantined),
    /// The directory does not take it.
    Directory(String),
    /// The projection does not take it; tried again after an upgrade.
    Projection(String),
}

/// A record's state while its entries are folded.
struct Folded {
    record: Record,
    /// A body was read here, be it erased since.
    vouched: bool,
}

/// What a program makes of an entry with a body, or why it can't.
pub type Project = fn(&EntryHeader, &Bytes) -> Result<(), String>;

impl Replica {
    /// The state of a record.
    pub fn record(&self, key: &RecordKey) -> Option<&Record> {
        self.records.get(key)
    }

    /// All records' states.
    pub fn records(&self) -> impl Iterator<Item = (&RecordKey, &Record)> {
        self.records.iter()
    }

    /// The entries that are set aside, and why.
    pub fn quarantine(&self) -> impl Iterator<Item = (&EntryRef, &Reason)> {
        self.quarantine.iter()
    }

    /// Reads up to `frames` stored frames into records; tells how many were read.
    pub fn project(&mut self, frames: usize) -> usize {
        let mut done = 0;
        while done < frames {
            let behind = self.logs.values().find(|log| log.projected < log.len());
            let Some(next) = behind.map(|log| (log.stream(), log.projected + 1)) else { break };
            self.project_frame(next);
            done += 1;
        }
        done
    }

    /// How far a stream has been read into records.
    pub fn projected(&self, head: &StreamHead) -> u64 {
        self.logs.get(&head.stream).map_or(0, |log| log.projected)
    }

    /// Takes newer software's reading of bodies, and tries again what failed.
    pub fn upgrade(&mut self, project: Project) {
        self.project = project;
        self.evaluate_all();
    }

    pub(super) fn project_frame(&mut self, (stream, seq): (crate::StreamId, u64)) {
        if let Some(log) = self.logs.get_mut(&stream) {
            log.projected = seq;
        }
        let entries = self
            .frame(&stream, seq)
            .map_or(Vec::new(), |frame| frame.header().entries.iter().map(RecordKey::of).collect());
        for key in entries {
            self.evaluate(&key);
        }
        if stream.recipient().is_some() {
            self.retry_mail();
        }
    }

    /// What waited for mail may pass now.
    fn retry_mail(&mut self) {
        let waiting =
            self.quarantine.iter().filter(|(_, why)| **why == Reason::Judged(Quarantined::AwaitsMail));
        let keys: Vec<RecordKey> =
            waiting.filter_map(|(at, _)| self.entry(at).map(|(entry, _)| RecordKey::of(entry))).collect();
        for key in keys {
            self.evaluate(&key);
        }
    }

    pub(super) fn evaluate_all(&mut self) {
        let keys: Vec<RecordKey> = self.index.keys().cloned().collect();
        for key in keys {
            self.evaluate(&key);
        }
    }

    /// Folds a record's entries in order of their versions.
    fn evaluate(&mut self, key: &RecordKey) {
        let mut state: Option<Folded> = None;
        let mut set_aside: Vec<(Version, EntryRef, Reason)> = Vec::new();
        let mut read = Vec::new();
        let entries: Vec<(Version, EntryRef)> = self.index.get(key).into_iter().flatten().copied().collect();
        for (version, at) in &entries {
            let before = state.as_ref().filter(|state| !self.gives_way(state, at));
            match self.verdict(at, before) {
                Ok(None) => {}
                Ok(Some(record)) if before.is_some_and(|before| before.record.version == record.version) => {}
                Ok(Some(record)) => {
                    let has_body = self.entry(at).is_some_and(|(entry, body)| vouches(entry, body));
                    let vouched =
                        has_body || self.vouched.contains(at) || before.is_some_and(|before| before.vouched);
                    if has_body {
                        read.push(*at);
                    }
                    state = Some(Folded { record, vouched });
                }
                Err(why) => set_aside.push((*version, *at, why)),
            }
        }
        for (_, at) in &entries {
            self.quarantine.remove(at);
        }
        self.vouched.extend(read);
        let latest = state.as_ref().map(|state| state.record.version);
        for (version, at, why) in set_aside {
            let why = match why {
                Reason::Judged(Quarantined::AwaitsRecord) => match self.verdict(&at, state.as_ref()) {
                    Ok(_) => continue, // Its record has come, and is newer.
                    Err(why) => why,
                },
                why => why,
            };
            // What a newer state has overtaken need not be projected any more.
            if !matches!(why, Reason::Projection(_)) || Some(version) > latest {
                self.quarantine.insert(at, why);
            }
        }
        match state {
            Some(state) => self.records.insert(key.clone(), state.record),
            None => self.records.remove(key),
        };
    }

    fn gives_way(&self, state: &Folded, at: &EntryRef) -> bool {
        let gives_way =
            |(entry, body)| gives_way(state.vouched, state.record.unit, entry, vouches(entry, body));
        self.entry(at).is_some_and(gives_way)
    }

    /// What an entry makes of its record. `None` for an entry that is not read here, or not yet.
    fn verdict(&self, at: &EntryRef, state: Option<&Folded>) -> Result<Option<Record>, Reason> {
        let projected = self.logs.get(&at.stream).is_some_and(|log| at.seq <= log.projected);
        if !projected || !self.directory.reads(&at.stream, self.me) {
            return Ok(None);
        }
        let Some(frame) = self.frame(&at.stream, at.seq) else { return Ok(None) };
        let Some((entry, body)) = frame.entries().nth(at.index as usize) else { return Ok(None) };
        if let Some(why) = self.rejected.get(at) {
            return Err(Reason::Directory(why.clone()));
        }
        let context = Context {
            projecting: true,
            state: state.map(|state| (state.record.version, state.record.unit)),
            named: false, // An older entry is in the state by now.
            mail_known: entry.handed_over_by.is_some_and(|mail| {
                let frame = self.frame(&mail.stream, mail.seq);
                let mailed = frame.and_then(|frame| frame.header().entries.get(mail.index as usize));
                mailed.is_some_and(|mailed| hands_over(mailed, entry))
            }),
        };
        match judge(&self.directory, &at.stream, at.seq, entry, &context) {
            Judgement::Accept => {}
            Judgement::HandsOver => return Ok(None),
            Judgement::Quarantine(Quarantined::BeyondCut) if self.broken == Some(Rule::HonourCuts) => {}
            Judgement::Quarantine(why) => return Err(Reason::Judged(why)),
            Judgement::Refuse(why) => return Err(Reason::Directory(why.to_owned())),
            Judgement::AwaitRegistration(site) => {
                return Err(Reason::Directory(format!("site {site} is not registered here yet")));
            }
        }
        if let (Body::Present { bytes, .. }, true) = (body, entry.change != Change::Erase) {
            (self.project)(entry, bytes).map_err(Reason::Projection)?;
        }
        let body = body.bytes().filter(|_| entry.change != Change::Erase).cloned();
        Ok(Some(Record {
            unit: entry.unit,
            version: entry.version,
            change: entry.change,
            body,
            entry: *at,
            time: frame.header().time,
        }))
    }
}
