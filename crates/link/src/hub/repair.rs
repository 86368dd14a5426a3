//! Frames that are damaged on disk are asked for again from those who hold them.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::IngestError;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::{Run, SiteId, StreamId};

use super::routes::Routes;
use super::{Hub, Side, count};

/// Damaged streams that are remembered: more of them are a broken disk, which no repair helps.
const MAX_DAMAGED: usize = 1_000;

/// The first damaged frame that is known of each damaged stream.
pub(super) type Damaged = BTreeMap<StreamId, u64>;

impl Hub {
    /// A frame can't be read: everybody who may hold it is asked for it.
    pub(crate) fn damaged(&self, stream: StreamId, seq: u64) {
        {
            let mut damaged = self.0.damaged.lock().unwrap_or_else(PoisonError::into_inner);
            if damaged.len() >= MAX_DAMAGED && !damaged.contains_key(&stream) {
                return;
            }
            damaged.insert(stream, seq);
        }
        self.ask_around(stream, seq);
    }

    /// Asks again for all that the store says is damaged, whoever found it.
    pub(super) async fn ask_for_damaged(&self) {
        let events = match self.0.store.damage().await {
            Ok(events) => events,
            Err(error) => return tracing::warn!(%error, "the list of damaged frames can't be read"),
        };
        let mut damaged = Damaged::new();
        for event in events.into_iter().filter(|event| event.repaired.is_none()).take(MAX_DAMAGED) {
            let first = damaged.entry(event.stream).or_insert(event.seq);
            *first = event.seq.min(*first);
        }
        let before = {
            let mut known = self.0.damaged.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *known, damaged.clone())
        };
        before
            .into_keys()
            .filter(|stream| !damaged.contains_key(stream))
            .for_each(|stream| self.mended(stream));
        damaged.into_iter().for_each(|(stream, seq)| self.ask_around(stream, seq));
    }

    fn ask_around(&self, stream: StreamId, seq: u64) {
        let routes = self.routes();
        let peers: Vec<(SiteId, Side)> =
            self.links().live.iter().map(|(peer, live)| (*peer, live.side)).collect();
        for (peer, side) in peers {
            if may_hold(&routes, peer, side, &stream) && self.push_to(peer, repair(stream, seq)) {
                count(&self.0.counters.repairs_asked);
            }
        }
    }

    /// What to ask of a peer whose session has gone live.
    pub(crate) fn repairs_for(&self, peer: SiteId, side: Side) -> Vec<Message> {
        let routes = self.routes();
        let damaged = self.0.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = damaged.iter().filter(|(stream, _)| may_hold(&routes, peer, side, stream));
        asked.map(|(stream, seq)| repair(*stream, *seq)).collect()
    }

    /// A run came back that may mend the own copy.
    pub(crate) async fn mend(&self, peer: SiteId, side: Side, run: Run) {
        let stream = run.stream();
        let link = self.routes().link(peer, side);
        let direction = inward(side);
        match self.0.store.repair(link, direction, run).await {
            Ok(repaired) if repaired.frames.is_empty() => {}
            Ok(_) => self.mended(stream),
            // Every peer can cause it with every message: it must not fill the log.
            Err(IngestError::Refused { refusal, .. }) => {
                count(&self.0.counters.repairs_refused);
                tracing::debug!(%stream, %refusal, peer = %peer.short(), "a run mends nothing");
            }
            Err(error) => tracing::warn!(%stream, %error, "a damaged frame could not be mended"),
        }
    }

    fn mended(&self, stream: StreamId) {
        tracing::info!(%stream, "a damaged frame was mended");
        count(&self.0.counters.repaired);
        self.0.damaged.lock().unwrap_or_else(PoisonError::into_inner).remove(&stream);
        for live in self.links().live.values() {
            live.mailbox.leave(|waiting| waiting.repaired.insert(stream));
        }
    }
}

/// The way that frames come from a peer.
pub(crate) fn inward(side: Side) -> Direction {
    match side {
        Side::Parent => Direction::Down,
        Side::Child => Direction::Up,
    }
}

fn may_hold(routes: &Routes, peer: SiteId, side: Side, stream: &StreamId) -> bool {
    routes.directory().travels(stream, routes.link(peer, side), inward(side))
}

fn repair(stream: StreamId, seq: u64) -> Message {
    Message::Repair(proto::Repair { stream: Some(stream.into()), seq })
}
