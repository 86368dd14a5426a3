//! Counters of an exchange.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use yanzhen_sync::SiteId;

/// What an exchange has done since its start. All numbers only grow.
#[derive(Debug, Default)]
pub struct ObjectMetrics {
    /// Objects that were fetched from the parent, complete and verified.
    pub fetched: AtomicU64,
    /// Objects that the parent has taken.
    pub uploaded: AtomicU64,
    /// Objects that children have brought, complete and verified.
    pub taken: AtomicU64,
    /// `Fetch` requests of children that were answered with chunks.
    pub served: AtomicU64,
    /// Requests of children that were turned away because too many were under way.
    pub busy: AtomicU64,
    /// Requests of children for objects out of their scope.
    pub out_of_scope: AtomicU64,
    /// Manifests, chunks and whole objects from neighbours that were not what their hashes say.
    pub refused: AtomicU64,
    /// Objects found damaged or missing on this disk, to be fetched again.
    pub damaged: AtomicU64,
    peers: Mutex<BTreeMap<SiteId, Arc<PeerBytes>>>,
}

/// Bytes of chunks that went to and came from one neighbour: payload alone, without any envelope.
#[derive(Debug, Default)]
pub struct PeerBytes {
    /// Handed to the line. What a cut loses on its way counts too, and counts again when it is sent again.
    pub sent: AtomicU64,
    /// Received in whole chunks. None comes twice but those that were refused.
    pub received: AtomicU64,
}

impl ObjectMetrics {
    /// The counters of one neighbour.
    pub fn peer(&self, peer: SiteId) -> Arc<PeerBytes> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).entry(peer).or_default().clone()
    }

    /// The counters of all neighbours with which an object has moved.
    pub fn peers(&self) -> BTreeMap<SiteId, Arc<PeerBytes>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
