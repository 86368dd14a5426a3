//! Manifests that children have offered and not begun to upload yet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use yanzhen_store::objects::{MAX_CHUNKS, Manifest};
use yanzhen_sync::{ObjectRef, SiteId};

/// Offers of one child: it uploads few objects at once, and offers again what was forgotten.
const OFFERS_PER_CHILD: usize = 4;

/// Chunks in all offers together: sixteen of the largest, less than 64 MiB.
const MAX_OFFERED_CHUNKS: usize = 16 * MAX_CHUNKS;

/// The oldest are forgotten first.
#[derive(Default)]
pub(super) struct Offers(Mutex<VecDeque<Offer>>);

struct Offer {
    child: SiteId,
    manifest: Manifest,
    /// Leading chunks that were here and verified.
    held: u32,
}

impl Offers {
    pub(super) fn put(&self, child: SiteId, manifest: Manifest, held: u32) {
        let mut offers = self.lock();
        offers.retain(|known| known.child != child || known.manifest.object() != manifest.object());
        while offers.iter().filter(|known| known.child == child).count() >= OFFERS_PER_CHILD {
            let oldest = offers.iter().position(|known| known.child == child);
            oldest.and_then(|oldest| offers.remove(oldest));
        }
        let mut chunks: usize = offers.iter().map(|known| known.manifest.chunks().len()).sum();
        while chunks + manifest.chunks().len() > MAX_OFFERED_CHUNKS
            && let Some(oldest) = offers.pop_front()
        {
            chunks -= oldest.manifest.chunks().len();
        }
        offers.push_back(Offer { child, manifest, held });
    }

    /// The chunks that were here when the child offered the same before: they are not read again for each offer.
    pub(super) fn held(&self, child: SiteId, manifest: &Manifest) -> Option<u32> {
        let offers = self.lock();
        offers
            .iter()
            .find(|known| known.child == child && known.manifest == *manifest)
            .map(|known| known.held)
    }

    pub(super) fn take(&self, child: SiteId, object: &ObjectRef) -> Option<Manifest> {
        let mut offers = self.lock();
        let place =
            offers.iter().position(|known| known.child == child && known.manifest.object() == object)?;
        offers.remove(place).map(|offer| offer.manifest)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use yanzhen_store::objects::ObjectFolder;

    use super::*;

    #[tokio::test]
    async fn a_child_that_offers_much_loses_its_own_oldest_offers_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = ObjectFolder::open(dir.path()).await.unwrap();
        let mut manifests = Vec::new();
        for number in 0..10u8 {
            manifests.push(folder.add_bytes(vec![number; 100]).await.unwrap());
        }
        let (busy, quiet) = (SiteId::new([1; 32]), SiteId::new([2; 32]));
        let offers = Offers::default();
        offers.put(quiet, manifests[0].clone(), 7);
        for manifest in &manifests {
            offers.put(busy, manifest.clone(), 0);
        }
        assert_eq!(offers.held(quiet, &manifests[0]), Some(7));
        assert_eq!(offers.held(quiet, &manifests[1]), None);
        let kept = manifests.iter().filter(|manifest| offers.take(busy, manifest.object()).is_some());
        assert_eq!(kept.count(), OFFERS_PER_CHILD);
        assert_eq!(offers.take(quiet, manifests[0].object()), Some(manifests[0].clone()));
        assert_eq!(offers.take(quiet, manifests[0].object()), None);
    }
}
