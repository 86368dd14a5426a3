//! The receiving half of a session: what waits for the store, and what stands still and why.

use std::collections::BTreeMap;

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;

use super::{Action, IngestFailure, message};
use crate::authority::Refusal;
use crate::directory::{Direction, Directory, Link};
use crate::id::{Millis, StreamHead, StreamId};
use crate::limits::{MAX_PENDING_RUNS, MAX_PROOF_BYTES, MAX_RUN_BYTES, MAX_STREAMS_PER_LINK};
use crate::run::Run;

/// Milliseconds after which the sender of a run with a gap before it is told again.
const TELL_AGAIN_MS: i64 = 5_000;

/// Milliseconds after which a stream that the disk would not take is asked for again.
const RETRY_STORE_MS: i64 = 15_000;

/// Bytes of runs that wait for the store, at most: the largest window, which is one run with all proofs that it can
/// need, and what was on its way when the peer was told to go back and send another.
const MAX_PENDING_BYTES: usize = 2 * (MAX_RUN_BYTES + MAX_PROOF_BYTES);

/// Runs that wait for the store, at most; as above, and some for doubles.
const MAX_WAITING_RUNS: usize = 4 * MAX_PENDING_RUNS;

#[derive(Default)]
pub(super) struct Inbound {
    pending: BTreeMap<StreamId, Vec<usize>>,
    bytes_pending: usize,
    runs_pending: usize,
    /// Streams that stand still, and why.
    holding: BTreeMap<StreamId, (Refusal, StreamHead)>,
    gaps: BTreeMap<StreamId, (u64, Millis)>,
    cannot_store: BTreeMap<StreamId, (StreamHead, Millis)>,
}

impl Inbound {
    pub(super) fn bytes_pending(&self) -> usize {
        self.bytes_pending
    }

    /// Takes a run from the peer for the store. A peer that sends far beyond its window is hostile or broken.
    pub(super) fn take(&mut self, run: Run) -> Result<Run, &'static str> {
        if self.bytes_pending + run.size() > MAX_PENDING_BYTES || self.runs_pending >= MAX_WAITING_RUNS {
            return Err("the other end sends beyond its window");
        }
        self.bytes_pending += run.size();
        self.runs_pending += 1;
        self.pending.entry(run.stream()).or_default().push(run.size());
        Ok(run)
    }

    /// The store has answered for the stream's oldest pending run. Fails for a peer that names more streams than a
    /// link can have.
    pub(super) fn ingested(
        &mut self,
        stream: StreamId,
        result: Result<StreamHead, IngestFailure>,
        directory: &Directory,
        inward: (Link, Direction),
        now: Millis,
    ) -> Result<Vec<Action>, &'static str> {
        self.settle(&stream);
        match result {
            Ok(head) => {
                self.holding.remove(&stream);
                self.gaps.remove(&stream);
                self.cannot_store.remove(&stream);
                Ok(vec![acknowledge(vec![head])])
            }
            Err(IngestFailure::Refused(Refusal::Gap { .. } | Refusal::ProofsLost(_), own)) => {
                Ok(self.gap(own, now))
            }
            // What it waited for has come between the store's judgement and this answer. The sender goes back only for
            // a stream that was held.
            Err(IngestFailure::Refused(refusal, own)) if has_come(&refusal, directory, inward) => {
                let mut actions = hold(own, refusal.reason(), refusal.to_string(), false);
                actions.push(acknowledge(vec![own]));
                Ok(actions)
            }
            Err(IngestFailure::Refused(refusal, own)) => self.refuse(refusal, own),
            Err(IngestFailure::CannotStore(own)) => {
                let told = self.cannot_store.insert(stream, (own, now));
                let detail = "the disk does not take more; it is tried again".to_owned();
                Ok(hold(own, Reason::CannotStore, detail, told.is_none()))
            }
        }
    }

    /// Lets a stream stand still after the own head. Fails for a peer that names more streams than a link can have.
    pub(super) fn refuse(&mut self, refusal: Refusal, own: StreamHead) -> Result<Vec<Action>, &'static str> {
        let (reason, detail) = (refusal.reason(), refusal.to_string());
        let before = self.holding.insert(own.stream, (refusal, own));
        if self.holding.len() > MAX_STREAMS_PER_LINK {
            return Err("more streams than this link can have");
        }
        let new = before.is_none_or(|(known, at)| known.reason() != reason || at != own);
        Ok(hold(own, reason, detail, new))
    }

    /// Asks again for the streams that the change may have set free.
    pub(super) fn directory_changed(
        &mut self,
        directory: &Directory,
        inward: (Link, Direction),
    ) -> Vec<Action> {
        let may_pass = |refusal: &Refusal| {
            has_come(refusal, directory, inward) || matches!(refusal, Refusal::NotAuthorised { .. })
        };
        let held = self.holding.values();
        let freed: Vec<StreamHead> =
            held.filter(|(refusal, _)| may_pass(refusal)).map(|(_, own)| *own).collect();
        for head in &freed {
            self.holding.remove(&head.stream);
        }
        if freed.is_empty() { Vec::new() } else { vec![acknowledge(freed)] }
    }

    /// Asks again for what the disk would not take before.
    pub(super) fn tick(&mut self, now: Millis) -> Vec<Action> {
        let due: Vec<StreamHead> = self
            .cannot_store
            .values()
            .filter(|(_, at)| now - at >= RETRY_STORE_MS)
            .map(|(own, _)| *own)
            .collect();
        for head in &due {
            self.cannot_store.remove(&head.stream);
        }
        if due.is_empty() { Vec::new() } else { vec![acknowledge(due)] }
    }

    fn settle(&mut self, stream: &StreamId) {
        if let Some(sizes) = self.pending.get_mut(stream) {
            if !sizes.is_empty() {
                self.bytes_pending -= sizes.remove(0);
                self.runs_pending -= 1;
            }
            if sizes.is_empty() {
                self.pending.remove(stream);
            }
        }
    }

    /// Tells the sender where to go on; once, since a whole window may be on its way.
    fn gap(&mut self, own: StreamHead, now: Millis) -> Vec<Action> {
        let told = self.gaps.get(&own.stream);
        if told.is_some_and(|(seq, at)| *seq == own.head.seq && now - at < TELL_AGAIN_MS) {
            return Vec::new();
        }
        if self.gaps.len() >= MAX_STREAMS_PER_LINK {
            self.gaps.clear(); // Some are told once more; a link with that many is no honest one.
        }
        self.gaps.insert(own.stream, (own.head.seq, now));
        let hold = proto::Hold { head: Some(own.into()), reason: Reason::Gap.into(), detail: String::new() };
        vec![Action::Send(message(Message::Hold(hold)))]
    }
}

/// Whether what a refused run waits for is here.
fn has_come(refusal: &Refusal, directory: &Directory, (link, direction): (Link, Direction)) -> bool {
    match refusal {
        Refusal::AwaitsBulletin(basis) => directory.bulletin_hash(&basis.stream, basis.head.seq).is_some(),
        Refusal::AwaitsRegistration(site) => directory.site(*site).is_some(),
        Refusal::OutOfScope(stream) => directory.travels(stream, link, direction),
        Refusal::NotAuthorised { .. }
        | Refusal::Gap { .. }
        | Refusal::Forked(_)
        | Refusal::UnknownBasis(_)
        | Refusal::BadSeal(_)
        | Refusal::Unreadable(_)
        | Refusal::ProofsLost(_)
        | Refusal::MissingBody { .. } => false,
    }
}

fn acknowledge(stored: Vec<StreamHead>) -> Action {
    let stored = stored.into_iter().map(Into::into).collect();
    Action::Send(message(Message::Ack(proto::Ack { stored })))
}

/// Tells the peer; a new reason is reported here too.
fn hold(own: StreamHead, reason: Reason, detail: String, new: bool) -> Vec<Action> {
    let wire = proto::Hold { head: Some(own.into()), reason: reason.into(), detail: detail.clone() };
    let mut actions = vec![Action::Send(message(Message::Hold(wire)))];
    actions.extend(new.then_some(Action::Holding(own, reason, detail)));
    actions
}
