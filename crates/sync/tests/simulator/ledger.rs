//! What was promised, kept outside of all sites, and the checks after every step.

use std::collections::BTreeMap;

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::directory::Home;
use yanzhen_sync::{Frame, Head, StreamHead, StreamId, UnitId};

use crate::world::{World, short};

#[derive(Default)]
pub(crate) struct Ledger {
    /// Frames that their authors have committed, in order: acknowledged to who wrote them.
    pub(crate) frames: BTreeMap<StreamId, Vec<Frame>>,
    /// Heads that were acknowledged to a neighbour, by the site that acknowledged.
    promised: BTreeMap<(usize, StreamId), Head>,
    /// How far each site has applied each stream.
    applied: BTreeMap<(usize, StreamId), u64>,
    /// Writes since the last commit.
    uncommitted: BTreeMap<usize, u64>,
    /// Homes as central wrote them, with the bulletin frame.
    homes: Vec<(StreamHead, UnitId, Vec<Home>)>,
}

impl Ledger {
    pub(crate) fn authored(&mut self, frame: Option<&Frame>) {
        if let Some(frame) = frame {
            self.frames.entry(frame.header().stream).or_default().push(frame.clone());
        }
    }

    pub(crate) fn written(&mut self, site: usize) {
        *self.uncommitted.entry(site).or_default() += 1;
    }

    pub(crate) fn homes_written(&mut self, frame: StreamHead, unit: UnitId, homes: Vec<Home>) {
        self.homes.push((frame, unit, homes));
    }

    /// The homes of units by what central committed.
    pub(crate) fn homes(&self) -> BTreeMap<UnitId, &[Home]> {
        let committed = self.homes.iter().filter(|(head, ..)| self.is_authored(head));
        committed.map(|(_, unit, homes)| (*unit, homes.as_slice())).collect()
    }

    fn is_authored(&self, head: &StreamHead) -> bool {
        let frame = self.frames.get(&head.stream).and_then(|frames| frames.get(head.head.seq as usize - 1));
        frame.is_some_and(|frame| frame.hash() == head.head.hash)
    }
}

impl World {
    /// After a commit: frames are those of their authors, came once and in order, and belong here.
    pub(crate) fn check_commit(&mut self, site: usize, advanced: &[StreamHead]) {
        let me = self.sites[site].id;
        self.ledger.uncommitted.remove(&site);
        for head in advanced.iter().filter(|head| head.stream.author == me) {
            let known = self.ledger.frames.get(&head.stream).map_or(0, Vec::len) as u64;
            for seq in known + 1..=head.head.seq {
                self.ledger.authored(self.sites[site].replica.frame(&head.stream, seq));
                self.statistics.frames += 1;
            }
        }
        let applied = self.sites[site].replica.applied()[self.sites[site].checked..].to_vec();
        self.sites[site].checked += applied.len();
        for head in applied {
            let last = self.ledger.applied.entry((site, head.stream)).or_default();
            *last += 1;
            let last = *last;
            if last != head.head.seq {
                return self.violated(format!("site {site} applied {} where {last} was next", short(&head)));
            }
            if !self.ledger.is_authored(&head) {
                return self.violated(format!("site {site} holds {}, which nobody committed", short(&head)));
            }
        }
        for head in advanced {
            if !self.sites[0].replica.directory().keeps(&head.stream, me) {
                return self.violated(format!("site {site} holds {}, out of its scope", head.stream));
            }
        }
    }

    /// What a site says of itself must be durable there.
    pub(crate) fn check_sent(&mut self, site: usize, message: &proto::SessionMessage) {
        let heads = match &message.message {
            Some(Message::Ack(ack)) => ack.stored.clone(),
            Some(Message::Heads(page)) => page.heads.clone(),
            Some(Message::Run(run)) => run.seal.iter().filter_map(|seal| seal.head.clone()).collect(),
            Some(Message::Hold(hold)) if hold.reason() != Reason::Repairing => {
                hold.head.clone().into_iter().collect()
            }
            _ => return,
        };
        for head in heads {
            let head = StreamHead::try_from(head).unwrap();
            if !self.is_durable(site, &head) {
                self.violated(format!("site {site} tells of {}, which is not durable there", short(&head)));
            }
        }
    }

    fn is_durable(&self, site: usize, head: &StreamHead) -> bool {
        let replica = &self.sites[site].replica;
        let durable = replica.head(head.stream).head;
        head.head.seq == 0
            || (head.head.seq <= durable.seq
                && replica.hash(&head.stream, head.head.seq) == Some(head.head.hash))
    }

    /// A neighbour takes a head for stored at this site, now and for ever.
    pub(crate) fn check_promised(&mut self, site: usize, head: StreamHead) {
        let promised = self.ledger.promised.entry((site, head.stream)).or_insert(Head::NONE);
        if head.head.seq > promised.seq {
            *promised = head.head;
        }
        if !self.is_durable(site, &head) {
            self.violated(format!("site {site} has acknowledged {} and does not have it", short(&head)));
        }
    }

    /// After a crash: what was acknowledged is there, to clerks and to neighbours.
    pub(crate) fn check_crash(&mut self, site: usize) {
        self.statistics.writes_lost += self.ledger.uncommitted.remove(&site).unwrap_or_default();
        let me = self.sites[site].id;
        let own = self.ledger.frames.iter().filter(|(stream, _)| stream.author == me);
        let own = own.filter_map(|(_, frames)| Some(frames.last()?.stream_head()));
        let promised = self.ledger.promised.iter().filter(|((at, _), _)| *at == site);
        let promised = promised.map(|((_, stream), head)| StreamHead { stream: *stream, head: *head });
        let lost = own.chain(promised).find(|head| !self.is_durable(site, head));
        if let Some(head) = lost {
            self.violated(format!("site {site} lost {} in a crash", short(&head)));
        }
        self.ledger.applied.retain(|(at, _), _| *at != site);
        for (stream, head) in self.sites[site].replica.heads() {
            self.ledger.applied.insert((site, stream), head.seq);
        }
    }

    /// Among honest sites nothing stands still for good.
    pub(crate) fn check_reason(&mut self, site: usize, head: StreamHead, reason: Reason, why: &str) {
        let wrong = match reason {
            Reason::Forked | Reason::Damaged | Reason::NotAuthorised | Reason::Unspecified => true,
            Reason::AwaitsBulletin
            | Reason::AwaitsRegistration
            | Reason::OutOfScope
            | Reason::Repairing
            | Reason::CannotStore
            | Reason::Gap => false,
        };
        if wrong {
            self.violated(format!("site {site}: {} stands still: {reason:?}: {why}", short(&head)));
        }
    }
}
