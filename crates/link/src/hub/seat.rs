//! The places of live sessions: one for each peer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use yanzhen_proto::v1::goodbye::Code;
use yanzhen_sync::SiteId;
use yanzhen_sync::session::goodbye;

use super::counters::uncount;
use super::{Figures, Hub, Mailbox, Side, count};

/// What the hub knows of a live session.
pub(super) struct Live {
    pub(super) serial: u64,
    pub(super) side: Side,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) figures: Arc<Figures>,
}

impl Hub {
    /// Takes a session in; an older one of the same peer gives way. None when the site is stopping.
    pub(crate) fn seat(&self, peer: SiteId, side: Side, address: String) -> Option<Seat> {
        if self.0.stopping.is_cancelled() {
            return None;
        }
        let serial = self.0.serial.fetch_add(1, Ordering::Relaxed);
        let (mailbox, figures) = (Arc::new(Mailbox::default()), Arc::new(Figures::default()));
        let live = Live { serial, side, mailbox: mailbox.clone(), figures: figures.clone() };
        let mut links = self.links();
        let memory = links.memory.entry(peer).or_default();
        memory.address = Some(address);
        memory.next_attempt = None;
        if side == Side::Parent {
            links.parent = Some(peer);
        }
        if let Some(older) = links.live.insert(peer, live) {
            count(&self.0.counters.sessions_replaced);
            let words = goodbye(Code::Replaced, "a newer session of this site took the place of this one");
            older.mailbox.leave(|waiting| waiting.close = Some(words));
        }
        drop(links);
        count(&self.0.counters.sessions_opened);
        count(&self.0.counters.sessions_live);
        Some(Seat { hub: self.clone(), peer, side, serial, mailbox, figures, ended: None })
    }
}

/// A session's place at the hub, given back when it is dropped.
pub(crate) struct Seat {
    pub(crate) hub: Hub,
    pub(crate) peer: SiteId,
    pub(crate) side: Side,
    serial: u64,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) figures: Arc<Figures>,
    ended: Option<String>,
}

impl Seat {
    /// Says why the session ended.
    pub(crate) fn ended(&mut self, why: String) {
        self.ended = Some(why);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        uncount(&self.hub.0.counters.sessions_live);
        let mut links = self.hub.links();
        if links.live.get(&self.peer).is_some_and(|live| live.serial == self.serial) {
            links.live.remove(&self.peer);
            let why = self.ended.take().unwrap_or_else(|| "the session was given up".to_owned());
            links.memory.entry(self.peer).or_default().ended(&self.figures, &why);
        }
    }
}
