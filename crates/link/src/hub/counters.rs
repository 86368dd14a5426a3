//! What the sessions of a site count, since the program started.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use yanzhen_proto::v1::hold::Reason;

/// Reasons of a hold that have a number of their own.
const REASONS: usize = 10;

/// What the sessions of a site count. All but [`Counters::sessions_live`] only ever grow.
#[derive(Debug, Default)]
pub struct Counters {
    /// Sessions that were opened, in either direction.
    pub sessions_opened: AtomicU64,
    /// Sessions that are open now.
    pub sessions_live: AtomicU64,
    /// Sessions that a newer one of the same peer replaced.
    pub sessions_replaced: AtomicU64,
    /// Sessions refused because the key is not that of a child of this site, or is revoked.
    pub sessions_refused: AtomicU64,
    /// Sessions refused because too many were open.
    pub sessions_busy: AtomicU64,
    /// Sessions closed because the peer did not take what it was sent.
    pub sessions_stuck: AtomicU64,
    /// Messages that broke the format, or that had no business to come from that side.
    pub malformed: AtomicU64,
    /// Root receipts dropped: not by central's key, or not for this site or one below it.
    pub receipts_dropped: AtomicU64,
    /// Beats dropped, likewise.
    pub beats_dropped: AtomicU64,
    /// Pulses dropped: too large, about streams of another site, or not by the registered key of a site at or
    /// below the child that sent them.
    pub pulses_dropped: AtomicU64,
    /// Messages to a peer dropped because its queue was full.
    pub pushes_dropped: AtomicU64,
    /// Runs asked for again because the own copy is damaged.
    pub repairs_asked: AtomicU64,
    /// Runs that came to mend the own copy and were refused.
    pub repairs_refused: AtomicU64,
    /// Streams mended.
    pub repaired: AtomicU64,
    refused: [AtomicU64; REASONS],
}

impl Counters {
    /// Runs that were refused, by reason; reasons without any are left out.
    pub fn refused(&self) -> BTreeMap<Reason, u64> {
        let counts = self.refused.iter().enumerate().map(|(number, count)| {
            let reason = i32::try_from(number).ok().and_then(|number| Reason::try_from(number).ok());
            (reason.unwrap_or(Reason::Unspecified), count.load(Ordering::Relaxed))
        });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    pub(crate) fn count_refused(&self, reason: Reason) {
        let number = usize::try_from(i32::from(reason)).unwrap_or(0);
        count(&self.refused[if number < REASONS { number } else { 0 }]);
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn count_many(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}

pub(crate) fn uncount(counter: &AtomicU64) {
    counter.fetch_sub(1, Ordering::Relaxed);
}
