//! The objects that move now, for those who look.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::{ObjectRef, SiteId};

/// How long an object must have moved before its rate is told: before that it says little about the line.
const RATE_AFTER: Duration = Duration::from_secs(5);

/// One object that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Which object, with its bytes in all.
    pub object: ObjectRef,
    /// The neighbour.
    pub peer: SiteId,
    /// Up or down the tree.
    pub direction: Direction,
    /// Bytes that are still to come.
    pub bytes_left: u64,
    /// Bytes a second since it began to move, once that tells something.
    pub rate: Option<u64>,
}

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Transfers(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    next: u64,
    moving: BTreeMap<u64, Moving>,
}

struct Moving {
    transfer: Transfer,
    /// When it was first known how many bytes are left, and how many they were: some may have been here before.
    began: Option<(Instant, u64)>,
}

impl Moving {
    fn now(&self) -> Transfer {
        let rate = self
            .began
            .and_then(|(began, left)| rate(left.saturating_sub(self.transfer.bytes_left), began.elapsed()));
        Transfer { rate, ..self.transfer }
    }
}

/// Bytes a second, once they tell something.
fn rate(moved: u64, elapsed: Duration) -> Option<u64> {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    (elapsed >= RATE_AFTER).then(|| moved.saturating_mul(1_000) / millis)
}

/// Shows a transfer until it is dropped.
pub(super) struct Shown {
    transfers: Transfers,
    number: u64,
}

impl Transfers {
    pub(super) fn show(&self, transfer: Transfer) -> Shown {
        let number = self.with(|table| {
            table.next += 1;
            table.moving.insert(table.next, Moving { transfer, began: None });
            table.next
        });
        Shown { transfers: self.clone(), number }
    }

    pub(super) fn list(&self) -> Vec<Transfer> {
        self.with(|table| table.moving.values().map(Moving::now).collect())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shown {
    pub(super) fn left(&self, bytes: u64) {
        self.transfers.with(|table| {
            if let Some(moving) = table.moving.get_mut(&self.number) {
                moving.transfer.bytes_left = bytes;
                moving.began.get_or_insert_with(|| (Instant::now(), bytes));
            }
        });
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.transfers.with(|table| table.moving.remove(&self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_once_it_says_something() {
        let after = |seconds| rate(4_000, Duration::from_secs(seconds));
        assert_eq!([after(0), after(4), after(5), after(8)], [None, None, Some(800), Some(500)]);
    }
}
