//! The objects that move now, for those who look.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use yanzhen_sync::directory::Direction;
use yanzhen_sync::{ObjectRef, SiteId};

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
}

/// All of them.
#[derive(Clone, Default)]
pub(super) struct Transfers(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    next: u64,
    moving: BTreeMap<u64, Transfer>,
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
            table.moving.insert(table.next, transfer);
            table.next
        });
        Shown { transfers: self.clone(), number }
    }

    pub(super) fn list(&self) -> Vec<Transfer> {
        self.with(|table| table.moving.values().copied().collect())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shown {
    pub(super) fn left(&self, bytes: u64) {
        self.transfers.with(|table| {
            if let Some(transfer) = table.moving.get_mut(&self.number) {
                transfer.bytes_left = bytes;
            }
        });
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.transfers.with(|table| table.moving.remove(&self.number));
    }
}
