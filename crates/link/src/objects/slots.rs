//! Bounds the requests of children, each child's and all together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use yanzhen_sync::SiteId;

/// Places for requests.
#[derive(Clone)]
pub(super) struct Slots {
    per_child: usize,
    all: usize,
    held: Arc<Mutex<HashMap<SiteId, usize>>>,
}

/// One place, given back when dropped.
pub(super) struct Slot {
    slots: Slots,
    child: SiteId,
}

impl Slots {
    pub(super) fn new(per_child: usize, all: usize) -> Slots {
        Slots { per_child, all, held: Arc::default() }
    }

    /// Takes a place, unless too many are taken.
    pub(super) fn take(&self, child: SiteId) -> Option<Slot> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_all: usize = held.values().sum();
        let of_child = held.get(&child).copied().unwrap_or(0);
        if of_child >= self.per_child || of_all >= self.all {
            return None;
        }
        held.insert(child, of_child + 1);
        Some(Slot { slots: self.clone(), child })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut held = self.slots.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.child) {
            Some(number) if *number > 1 => *number -= 1,
            _ => drop(held.remove(&self.child)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_child_cannot_take_all_places_and_places_come_back() {
        let (greedy, modest) = (SiteId::new([1; 32]), SiteId::new([2; 32]));
        let slots = Slots::new(2, 3);
        let held = [slots.take(greedy), slots.take(greedy)];
        assert!(held.iter().all(Option::is_some));
        assert!(slots.take(greedy).is_none());
        let one = slots.take(modest);
        assert!(one.is_some());
        assert!(slots.take(modest).is_none(), "all places are taken");
        drop(held);
        assert!(slots.take(modest).is_some());
        drop(one);
        assert!(slots.held.lock().unwrap().is_empty());
    }
}
