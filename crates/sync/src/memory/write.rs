//! What the site writes itself.

use bytes::Bytes;
use std::collections::BTreeMap;

use super::{RecordKey, Replica};
use crate::authority::{Context, Judgement, judge};
use crate::directory::NETWORK_KINDS;
use crate::frame::{
    Change, Draft, EntryRef, Frame, FrameError, Kind, ObjectRef, Place, Version, may_share_frame,
};
use crate::hash::{self, Hash};
use crate::id::{Millis, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId};
use crate::limits::{MAX_RUN_BYTES, MAX_RUN_FRAMES, SALT_BYTES};
use crate::run::Run;
use crate::seal::Seal;

/// One of the own streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// For all sites above.
    Journal,
    /// For one site below.
    Mailbox(SiteId),
    /// For all sites below.
    Bulletin,
}

/// One change of one record.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The record's kind.
    pub kind: Kind,
    /// Which record of that kind.
    pub record: RecordId,
    /// The unit that it belongs to, which must be at home here.
    pub unit: UnitId,
    /// What happens to it.
    pub change: Change,
    /// Its new state; empty for [`Change::Erase`].
    pub body: Bytes,
    /// The objects that the body refers to.
    pub objects: Vec<ObjectRef>,
    /// For a record that comes from another unit: the mail that handed it over, or what it was before where both
    /// units are at home at or below this site.
    pub handed_over_by: Option<EntryRef>,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The unit is at home elsewhere.
    #[error("unit {0} is not at home at this site")]
    NotHome(UnitId),
    /// The engine refuses the edit.
    #[error("{0}")]
    Refused(&'static str),
    /// It does not fit into a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl Replica {
    /// Writes edits into own streams as one transaction, durable with the next commit. The same entries go into
    /// each target, in one frame but for erase entries, which stand alone. Tells how far the targets reach then.
    pub fn write(
        &mut self,
        targets: &[Target],
        edits: &[Edit],
        time: Millis,
    ) -> Result<Vec<StreamHead>, WriteError> {
        let drafts = self.drafts(edits)?;
        let mut frames = Vec::with_capacity(targets.len());
        let mut heads = Vec::with_capacity(targets.len());
        for target in targets {
            let mut head = self.end_of(*target);
            for group in drafts.chunk_by(may_share_frame) {
                let frame = self.build(head, group, time)?;
                head = frame.stream_head();
                frames.push(frame);
            }
            heads.push(head);
        }
        for frame in frames {
            self.append_own(frame);
        }
        Ok(heads)
    }

    fn drafts(&self, edits: &[Edit]) -> Result<Vec<Draft>, WriteError> {
        let mut latest: BTreeMap<RecordKey, Version> = BTreeMap::new();
        let mut drafts = Vec::with_capacity(edits.len());
        for edit in edits {
            let key = RecordKey { kind: edit.kind.clone(), record: edit.record };
            let known = latest.get(&key).copied().or_else(|| self.greatest_version(&key));
            let version = self.next_version(edit, known)?;
            latest.insert(key, version);
            drafts.push(Draft {
                kind: edit.kind.clone(),
                record: edit.record,
                unit: edit.unit,
                version,
                change: edit.change,
                objects: edit.objects.clone(),
                body: edit.body.clone(),
                handed_over_by: edit.handed_over_by,
            });
        }
        Ok(drafts)
    }

    /// The greatest version that a record has had here, so that no version is given twice.
    fn greatest_version(&self, key: &RecordKey) -> Option<Version> {
        let read = |at: &EntryRef| self.directory.reads(&at.stream, self.me);
        self.index.get(key)?.iter().rev().find(|(_, at)| read(at)).map(|(version, _)| *version)
    }

    fn next_version(&self, edit: &Edit, known: Option<Version>) -> Result<Version, WriteError> {
        let known = known.unwrap_or_default();
        if NETWORK_KINDS.contains(&edit.kind) {
            return Ok(Version { revision: known.revision + 1, ..Version::default() });
        }
        let home = self.directory.home(edit.unit).filter(|home| home.site == self.me);
        let home = home.ok_or(WriteError::NotHome(edit.unit))?;
        let transfer = match edit.handed_over_by {
            None => known.transfer,
            Some(by) => {
                let (named, _) =
                    self.entry(&by).ok_or(WriteError::Refused("what hands it over is not here"))?;
                named.version.transfer + u32::from(by.stream.kind == StreamType::Journal)
            }
        };
        Ok(Version {
            transfer,
            generation: home.generation,
            epoch: self.epoch(),
            revision: known.revision + 1,
        })
    }

    fn epoch(&self) -> u32 {
        self.directory.site(self.me).map_or(0, |site| site.epoch)
    }

    fn end_of(&self, target: Target) -> StreamHead {
        let kind = match target {
            Target::Journal => StreamType::Journal,
            Target::Mailbox(recipient) => StreamType::Mailbox(recipient),
            Target::Bulletin => StreamType::Bulletin,
        };
        let stream = StreamId { author: self.me, kind, epoch: self.epoch() };
        StreamHead { stream, head: self.tip(&stream) }
    }

    fn build(&mut self, after: StreamHead, drafts: &[Draft], time: Millis) -> Result<Frame, WriteError> {
        let stream = after.stream;
        let place =
            Place { after, genesis: self.genesis.hash, time, basis: Some(self.directory.bulletin_head()) };
        let (signer, mut count) = (self.signer.public_key(), self.salts);
        let salt = || {
            count += 1;
            let hash = Hash::of(hash::Context::Record, &[signer.as_bytes(), &count.to_be_bytes()]);
            let mut salt = [0; SALT_BYTES];
            salt.copy_from_slice(&hash.as_bytes()[..SALT_BYTES]);
            salt
        };
        let frame = Frame::build(place, drafts.to_vec(), salt)?;
        self.salts = count;
        for entry in &frame.header().entries {
            let judgement = judge(&self.directory, &stream, frame.header().seq, entry, &Context::default());
            match judgement {
                Judgement::Accept | Judgement::HandsOver => {}
                Judgement::Quarantine(_) => return Err(WriteError::NotHome(entry.unit)),
                Judgement::Refuse(why) => return Err(WriteError::Refused(why)),
                Judgement::AwaitRegistration(_) => {
                    return Err(WriteError::Refused("the recipient is not registered here"));
                }
            }
        }
        Ok(frame)
    }

    fn append_own(&mut self, frame: Frame) {
        let (stream, seq) = (frame.header().stream, frame.header().seq);
        let is_erasure = frame.header().is_erasure();
        let unsealed = self.logs.get(&stream).map_or(&[][..], |log| log.unsealed());
        let bytes: usize = unsealed.iter().map(Frame::encoded_len).sum();
        if unsealed.len() >= MAX_RUN_FRAMES || bytes + frame.encoded_len() > MAX_RUN_BYTES {
            self.seal(&stream);
        }
        self.applied.push(frame.stream_head());
        self.logs.entry(stream).or_insert_with(|| super::Log::new(stream)).push(frame.clone());
        self.uncommitted.insert(stream);
        if self.learn(&frame) {
            self.evaluate_all();
        }
        self.project_frame((stream, seq));
        if is_erasure {
            self.seal(&stream);
        }
    }

    /// Seals the frames of an own stream that no seal vouches for yet.
    pub(super) fn seal(&mut self, stream: &StreamId) {
        let Some(log) = self.logs.get_mut(stream).filter(|log| !log.unsealed().is_empty()) else { return };
        let frames = log.unsealed().to_vec();
        let seal = Seal::sign(StreamHead { stream: *stream, head: log.tip() }, self.signer.as_ref());
        log.seal(seal);
        let run = Run::new(frames, seal, Vec::new()).expect("frames are sealed before they outgrow a run");
        self.note_erasures(&run);
    }
}
