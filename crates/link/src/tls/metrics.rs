//! Counters of an acceptor.

use std::sync::atomic::{AtomicU64, Ordering};

/// What an acceptor has seen since its start. All but `open` and `strangers_open` only grow.
#[derive(Debug, Default)]
pub struct AcceptorMetrics {
    /// Links that completed their handshake and went to the services.
    pub established: AtomicU64,
    /// Links that are open now.
    pub open: AtomicU64,
    /// Links by unregistered keys that are open now; also counted in `open`.
    pub strangers_open: AtomicU64,
    /// Handshakes that failed: no certificate, a wrong key, an old version, or not TLS at all.
    pub failed: AtomicU64,
    /// Handshakes that took too long.
    pub timed_out: AtomicU64,
    /// Connections closed at once because their address dialled too often.
    pub refused_address_rate: AtomicU64,
    /// Connections closed at once because all addresses together dialled too often.
    pub refused_overall_rate: AtomicU64,
    /// Connections closed at once because too many handshakes were under way.
    pub refused_handshakes: AtomicU64,
    /// Connections closed at once because too many links were open.
    pub refused_connections: AtomicU64,
    /// Links closed after the handshake because their site had too many.
    pub refused_site: AtomicU64,
    /// Links closed after the handshake because too many unregistered keys had one.
    pub refused_strangers: AtomicU64,
    /// Times that the system could not accept a connection.
    pub accept_errors: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn uncount(counter: &AtomicU64) {
    counter.fetch_sub(1, Ordering::Relaxed);
}
