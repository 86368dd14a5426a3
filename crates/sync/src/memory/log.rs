//! One stream as stored: frames, seals, and how far they are durable.

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::{EntryRef, Frame};
use crate::id::{Head, StreamId};
use crate::run::Run;
use crate::seal::Seal;

pub(super) struct Log {
    stream: StreamId,
    frames: Vec<Frame>,
    /// By the frames that they vouch for. Every one is kept.
    seals: BTreeMap<u64, Seal>,
    durable: usize,
    /// Frames that have been read into records.
    pub(super) projected: u64,
    damaged: BTreeSet<u64>,
}

impl Log {
    pub(super) fn new(stream: StreamId) -> Log {
        let (frames, seals, damaged) = Default::default();
        Log { stream, frames, seals, durable: 0, projected: 0, damaged }
    }

    pub(super) fn stream(&self) -> StreamId {
        self.stream
    }

    pub(super) fn len(&self) -> u64 {
        self.frames.len() as u64
    }

    pub(super) fn tip(&self) -> Head {
        self.frames.last().map_or(Head::NONE, |frame| frame.stream_head().head)
    }

    pub(super) fn durable_head(&self) -> Head {
        self.frames[..self.durable].last().map_or(Head::NONE, |frame| frame.stream_head().head)
    }

    pub(super) fn frame(&self, seq: u64) -> Option<&Frame> {
        self.frames.get(index(seq.checked_sub(1)?))
    }

    /// Frames that no seal vouches for yet.
    pub(super) fn unsealed(&self) -> &[Frame] {
        &self.frames[self.last_seal()..]
    }

    fn last_seal(&self) -> usize {
        self.seals.last_key_value().map_or(0, |(seq, _)| index(*seq))
    }

    pub(super) fn push(&mut self, frame: Frame) {
        self.frames.push(frame);
    }

    pub(super) fn seal(&mut self, seal: Seal) {
        self.seals.insert(seal.head.head.seq, seal);
    }

    pub(super) fn append(&mut self, run: &Run) {
        self.frames.extend(run.frames().iter().cloned());
        self.seal(*run.seal());
    }

    pub(super) fn commit(&mut self) {
        self.durable = self.frames.len();
    }

    pub(super) fn crash(&mut self) {
        self.frames.truncate(self.durable);
        let durable = self.len();
        self.seals.retain(|seq, _| *seq <= durable);
        self.projected = self.projected.min(durable);
    }

    /// The durable frames from the seal before frame `after + 1` to the one after it.
    pub(super) fn run_after(&self, after: u64) -> Option<(&[Frame], Seal)> {
        if after >= self.durable as u64 {
            return None;
        }
        let (last, seal) = self.seals.range(after + 1..).next()?;
        let first = self.seals.range(..=after).next_back().map_or(0, |(seq, _)| *seq);
        let (first, last) = (index(first), index(*last));
        (last <= self.durable).then(|| (&self.frames[first..last], *seal))
    }

    /// All sealed runs, in order.
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut first = 0;
        let runs = self.seals.iter().map(|(last, seal)| {
            let frames = self.frames[first..index(*last)].to_vec();
            first = index(*last);
            Run::new(frames, *seal, Vec::new()).expect("stored frames between two seals are a run")
        });
        runs.collect()
    }

    pub(super) fn is_damaged(&self, seq: u64) -> bool {
        self.damaged.contains(&seq)
    }

    pub(super) fn damage(&mut self, seq: u64) {
        self.damaged.insert(seq);
    }

    pub(super) fn mend(&mut self, seq: u64) {
        self.damaged.remove(&seq);
    }

    pub(super) fn erase_body(&mut self, at: &EntryRef) {
        if let Some(frame) = self.frames.get_mut(index(at.seq - 1)) {
            frame.erase_body(at.index as usize);
        }
    }
}

/// The place of what comes after frame `seq`.
fn index(seq: u64) -> usize {
    usize::try_from(seq).unwrap_or(usize::MAX)
}
