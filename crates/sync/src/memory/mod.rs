//! The reference replica: what a site's storage does, in memory and as plainly as possible. For simulators and
//! tests; the store over SQL does the same and runs the same conformance suite.
//!
//! What [`Replica::ingest`] and [`Replica::write`] take is visible to them at once, durable with
//! [`Replica::commit`], and gone after [`Replica::crash`] until then. Only what is durable is told to others:
//! [`Replica::heads`] and [`Replica::load_run`] know nothing else.
//!
//! Storing (frames, heads, the directory) runs ahead of projecting (the state of records): received frames wait for
//! [`Replica::project`], own writes are projected as they are written. A record's state is a fold over its entries
//! in order of their versions, so it depends on no order of arrival.

mod log;
mod records;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::authority::{Admission, Context, Judgement, Refusal, judge};
use crate::digest::Heads;
use crate::directory::{Applied, Direction, Directory, Genesis, Link, NETWORK_KINDS};
use crate::erasure::ErasureProof;
use crate::frame::{Body, EntryHeader, EntryRef, Frame, Kind, Version};
use crate::id::{FrameHash, Head, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId};
use crate::run::Run;
use crate::seal::{Sign, Verify};
use crate::wire::WireError;

use log::Log;

pub use records::{Project, Reason, Record};
pub use write::{Edit, Target, WriteError};

/// Names a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Its kind.
    pub kind: Kind,
    /// Which one of that kind.
    pub record: RecordId,
}

impl RecordKey {
    fn of(entry: &EntryHeader) -> RecordKey {
        RecordKey { kind: entry.kind.clone(), record: entry.record }
    }
}

/// A stored frame does not pass its check any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("frame {seq} of {stream} is damaged")]
pub struct Damaged {
    /// Which stream.
    pub stream: StreamId,
    /// Which frame.
    pub seq: u64,
}

/// A rule that a simulator may switch off to see that its checks notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A frame that is here already is not taken again.
    SkipDuplicates,
    /// What an old home wrote beyond its cut is set aside.
    HonourCuts,
}

/// One site's storage.
pub struct Replica {
    me: SiteId,
    signer: Arc<dyn Sign>,
    verifier: Arc<dyn Verify>,
    genesis: Genesis,
    directory: Arc<Directory>,
    logs: BTreeMap<StreamId, Log>,
    /// Every entry of every record.
    index: BTreeMap<RecordKey, BTreeSet<(Version, EntryRef)>>,
    records: BTreeMap<RecordKey, Record>,
    quarantine: BTreeMap<EntryRef, Reason>,
    /// Records of the network that the directory did not take.
    rejected: BTreeMap<EntryRef, String>,
    /// How far each record is erased by each unit, and what proves it.
    erased: BTreeMap<(RecordKey, UnitId), ErasureProof>,
    /// Entries whose bodies were read here, though they may be erased since.
    vouched: BTreeSet<EntryRef>,
    uncommitted: BTreeSet<StreamId>,
    project: Project,
    broken: Option<Rule>,
    applied: Vec<StreamHead>,
    salts: u64,
}

impl Replica {
    /// The storage of a new site that holds nothing but the genesis run.
    pub fn new(
        me: SiteId,
        genesis: Run,
        signer: Arc<dyn Sign>,
        verifier: Arc<dyn Verify>,
    ) -> Result<Replica, WireError> {
        let read = Genesis::of_frame(&genesis.frames()[0])?;
        let mut replica = Replica {
            me,
            signer,
            verifier,
            directory: Arc::new(Directory::new(read.clone())),
            genesis: read,
            logs: BTreeMap::new(),
            index: BTreeMap::new(),
            records: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            rejected: BTreeMap::new(),
            erased: BTreeMap::new(),
            vouched: BTreeSet::new(),
            uncommitted: BTreeSet::new(),
            project: |_, _| Ok(()),
            broken: None,
            applied: Vec::new(),
            salts: 0,
        };
        replica.append(&genesis);
        replica.commit();
        replica.project(usize::MAX);
        Ok(replica)
    }

    /// Whose storage it is.
    pub fn me(&self) -> SiteId {
        self.me
    }

    /// The network as stored so far, uncommitted changes included.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The durable heads.
    pub fn heads(&self) -> Heads {
        let durable = self.logs.iter().map(|(stream, log)| (*stream, log.durable_head()));
        durable.filter(|(_, head)| head.seq > 0).collect()
    }

    /// The durable head of one stream.
    pub fn head(&self, stream: StreamId) -> StreamHead {
        let head = self.logs.get(&stream).map_or(Head::NONE, Log::durable_head);
        StreamHead { stream, head }
    }

    /// A stored frame, uncommitted ones included.
    pub fn frame(&self, stream: &StreamId, seq: u64) -> Option<&Frame> {
        self.logs.get(stream)?.frame(seq)
    }

    /// Every frame in the order of storing, since the start or the last crash.
    pub fn applied(&self) -> &[StreamHead] {
        &self.applied
    }

    /// Stores what is new in a run. The answer is the stream's head, durable with the next commit.
    pub fn ingest(&mut self, link: Link, direction: Direction, run: &Run) -> Result<StreamHead, Refusal> {
        let stream = run.stream();
        let own = self.tip(&stream);
        let directory = self.directory.clone();
        let admission =
            Admission { directory: &directory, link, direction, verifier: self.verifier.as_ref() };
        admission.admit(run, own, |seq| self.frame(&stream, seq).map(Frame::hash))?;
        let mut proofs_needed = BTreeSet::new();
        for (entry, body) in run.frames().iter().flat_map(Frame::entries) {
            if *body == Body::Erased {
                proofs_needed.insert((RecordKey::of(entry), entry.unit));
            }
        }
        for proof in run.erasures() {
            if proofs_needed.contains(&(RecordKey::of(proof.erase()), proof.erase().unit)) {
                self.note_erased(proof.clone());
            }
        }
        self.append(run);
        Ok(StreamHead { stream, head: self.tip(&stream) })
    }

    /// The durable run that follows frame `after` of a stream, or holds the frame after it.
    pub fn load_run(&self, stream: &StreamId, after: u64) -> Result<Option<Run>, Damaged> {
        let Some(log) = self.logs.get(stream) else { return Ok(None) };
        let Some((frames, seal)) = log.run_after(after) else { return Ok(None) };
        if let Some(seq) = frames.iter().map(|frame| frame.header().seq).find(|seq| log.is_damaged(*seq)) {
            return Err(Damaged { stream: *stream, seq });
        }
        let entries = frames.iter().flat_map(Frame::entries);
        let missing: BTreeSet<(RecordKey, UnitId)> = entries
            .filter(|(_, body)| **body == Body::Erased)
            .map(|(entry, _)| (RecordKey::of(entry), entry.unit))
            .collect();
        let proofs = missing.iter().filter_map(|key| self.erased.get(key)).cloned();
        let run = Run::new(frames.to_vec(), seal, proofs.collect());
        Ok(Some(run.expect("stored frames between two seals are a run")))
    }

    /// Spoils the stored bytes of a frame, as a failing disk does.
    pub fn damage(&mut self, stream: &StreamId, seq: u64) {
        if let Some(log) = self.logs.get_mut(stream) {
            log.damage(seq);
        }
    }

    /// Mends damaged frames from a run that somebody else has kept. Tells whether it is the run that was stored.
    pub fn repair(&mut self, run: &Run) -> bool {
        let Some(log) = self.logs.get_mut(&run.stream()) else { return false };
        let genuine = run
            .frames()
            .iter()
            .all(|frame| log.frame(frame.header().seq).is_some_and(|stored| stored.hash() == frame.hash()));
        if genuine {
            run.frames().iter().for_each(|frame| log.mend(frame.header().seq));
        }
        genuine
    }

    /// Seals what was written and makes everything durable. Tells which streams advanced.
    pub fn commit(&mut self) -> Vec<StreamHead> {
        let streams: Vec<StreamId> = std::mem::take(&mut self.uncommitted).into_iter().collect();
        for stream in &streams {
            self.seal(stream);
        }
        let advanced: Vec<StreamHead> = streams
            .into_iter()
            .filter_map(|stream| {
                let log = self.logs.get_mut(&stream)?;
                let before = log.durable_head();
                log.commit();
                let head = log.durable_head();
                (head != before).then_some(StreamHead { stream, head })
            })
            .collect();
        self.drop_erased_bodies();
        advanced
    }

    /// The power goes: what was not committed is gone, the rest is read again from the stored frames.
    pub fn crash(&mut self) {
        for log in self.logs.values_mut() {
            log.crash();
        }
        self.logs.retain(|_, log| log.len() > 0);
        let (me, logs) = (self.me, &self.logs);
        self.erased.retain(|_, proof| {
            let end = proof.seal().head;
            end.stream.author != me || logs.get(&end.stream).is_some_and(|log| end.head.seq <= log.len())
        });
        self.vouched.retain(|at| logs.get(&at.stream).is_some_and(|log| at.seq <= log.len()));
        self.uncommitted.clear();
        self.applied.clear();
        self.rebuild();
    }

    /// Switches a rule off.
    pub fn break_rule(&mut self, rule: Rule) {
        self.broken = Some(rule);
    }

    /// Reads directory, records and quarantine anew from the stored frames.
    pub fn rebuild(&mut self) {
        self.directory = Arc::new(Directory::new(self.genesis.clone()));
        self.index.clear();
        self.records.clear();
        self.quarantine.clear();
        self.rejected.clear();
        let logs = std::mem::take(&mut self.logs);
        // Bulletins first, for what follows is judged by them.
        let bulletin = |log: &&Log| log.stream().kind == StreamType::Bulletin;
        let (bulletins, others): (Vec<&Log>, Vec<&Log>) = logs.values().partition(bulletin);
        for log in bulletins.into_iter().chain(others) {
            for run in log.runs() {
                run.frames().iter().for_each(|frame| {
                    self.learn(frame);
                });
                self.note_erasures(&run);
            }
        }
        self.logs = logs;
        self.evaluate_all();
    }

    fn tip(&self, stream: &StreamId) -> Head {
        self.logs.get(stream).map_or(Head::NONE, Log::tip)
    }

    /// Stores the frames of a run that are new, and its seal.
    fn append(&mut self, run: &Run) {
        let stream = run.stream();
        let log = self.logs.entry(stream).or_insert_with(|| Log::new(stream));
        let fresh: Vec<Frame> = match self.broken {
            Some(Rule::SkipDuplicates) => run.frames().to_vec(),
            Some(Rule::HonourCuts) | None => {
                let tip = log.tip().seq;
                run.frames().iter().filter(|frame| frame.header().seq > tip).cloned().collect()
            }
        };
        if fresh.is_empty() {
            return;
        }
        self.applied.extend(fresh.iter().map(Frame::stream_head));
        let fresh = Run::new(fresh, *run.seal(), Vec::new()).expect("the tail of a run is a run");
        log.append(&fresh);
        self.uncommitted.insert(stream);
        let changed = fresh.frames().iter().fold(false, |changed, frame| self.learn(frame) | changed);
        self.note_erasures(&fresh);
        if changed {
            self.evaluate_all();
        }
    }

    /// Takes what concerns storing out of a new frame: the index and the directory. Tells whether entries are to be
    /// judged anew.
    fn learn(&mut self, frame: &Frame) -> bool {
        let header = frame.header();
        for (place, entry) in (0..).zip(&header.entries) {
            let at = EntryRef { stream: header.stream, seq: header.seq, index: place };
            self.index.entry(RecordKey::of(entry)).or_default().insert((entry.version, at));
        }
        let by_root = header.stream.author == self.directory.root();
        if by_root && header.stream.kind == StreamType::Bulletin {
            // A frame that is taken twice leaves the directory as it is.
            let _ = Arc::make_mut(&mut self.directory).advance(frame.stream_head());
        }
        by_root && self.directory.reads(&header.stream, self.me) && self.learn_network(frame)
    }

    fn learn_network(&mut self, frame: &Frame) -> bool {
        let mut changed = false;
        for (place, (entry, body)) in (0..).zip(frame.entries()) {
            let Some(body) = body.bytes().filter(|_| NETWORK_KINDS.contains(&entry.kind)) else { continue };
            let directory = Arc::make_mut(&mut self.directory);
            match directory.apply(&entry.kind, entry.record, entry.version, body, self.verifier.as_ref()) {
                Ok(Applied::Nothing | Applied::Key) => {}
                Ok(Applied::Unit(_) | Applied::Homes(_) | Applied::Site(..)) => changed = true,
                Err(why) => {
                    let header = frame.header();
                    let at = EntryRef { stream: header.stream, seq: header.seq, index: place };
                    self.rejected.insert(at, why.to_string());
                }
            }
        }
        changed
    }

    /// Notes what a sealed run erases.
    fn note_erasures(&mut self, run: &Run) {
        let Some(last) = run.frames().last().filter(|last| last.header().is_erasure()) else { return };
        let proof = ErasureProof::new(last.header_bytes().clone(), *run.seal());
        let proof = proof.expect("a run's seal is on its last frame");
        let (stream, seq) = (run.stream(), last.header().seq);
        let judgement = judge(&self.directory, &stream, seq, proof.erase(), &Context::default());
        if judgement == Judgement::Accept {
            self.note_erased(proof);
        }
    }

    fn note_erased(&mut self, proof: ErasureProof) {
        let key = (RecordKey::of(proof.erase()), proof.erase().unit);
        if self.erased.get(&key).is_none_or(|known| known.erase().version < proof.erase().version) {
            self.erased.insert(key, proof);
        }
    }

    fn drop_erased_bodies(&mut self) {
        let mut dropped = Vec::new();
        for ((key, _), proof) in &self.erased {
            for (_, at) in self.index.get(key).into_iter().flatten() {
                let Some((entry, body)) = self.entry(at) else { continue };
                if *body != Body::Erased && proof.covers(entry) {
                    dropped.push(*at);
                }
            }
        }
        for at in dropped {
            if let Some(log) = self.logs.get_mut(&at.stream) {
                log.erase_body(&at);
            }
        }
    }

    fn entry(&self, at: &EntryRef) -> Option<(&EntryHeader, &Body)> {
        self.frame(&at.stream, at.seq)?.entries().nth(at.index as usize)
    }

    /// The hash of a stored frame.
    pub fn hash(&self, stream: &StreamId, seq: u64) -> Option<FrameHash> {
        self.frame(stream, seq).map(Frame::hash)
    }
}
