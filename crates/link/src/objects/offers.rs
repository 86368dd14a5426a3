//! Manifests that children have offered and not begun to upload yet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use yanzhen_store::objects::{MAX_CHUNKS, Manifest};
use yanzhen_sync::{ObjectRef, SiteId};

/// Offers of one child: it uploads few objects at once, and offers again what was forgotten.
const OFFERS_PER_CHILD: usize = 4;

/// Chunks in all offers together: sixteen of the largest, less than 64 MiB.
const MAX_OFFERED_CHUNKS: usize = 16 * MAX_CHUNKS;

/// The oldest are forgotten first.
#[derive(Default)]
pub(super) struct Offers(Mutex<VecDeque<(SiteId, Manifest)>>);

impl Offers {
    pub(super) fn put(&self, child: SiteId, manifest: Manifest) {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offers.retain(|(by, known)| *by != child || known.object() != manifest.object());
        while offers.iter().filter(|(by, _)| *by == child).count() >= OFFERS_PER_CHILD {
            forget(&mut offers, |by| *by == child);
        }
        let mut chunks: usize = offers.iter().map(|(_, manifest)| manifest.chunks().len()).sum();
        while chunks + manifest.chunks().len() > MAX_OFFERED_CHUNKS
            && let Some((_, oldest)) = offers.pop_front()
        {
            chunks -= oldest.chunks().len();
        }
        offers.push_back((child, manifest));
    }

    pub(super) fn take(&self, child: SiteId, object: &ObjectRef) -> Option<Manifest> {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = offers.iter().position(|(by, known)| *by == child && known.object() == object)?;
        offers.remove(place).map(|(_, manifest)| manifest)
    }
}

fn forget(offers: &mut VecDeque<(SiteId, Manifest)>, is_meant: impl Fn(&SiteId) -> bool) {
    if let Some(place) = offers.iter().position(|(by, _)| is_meant(by)) {
        offers.remove(place);
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
        offers.put(quiet, manifests[0].clone());
        for manifest in &manifests {
            offers.put(busy, manifest.clone());
        }
        let kept = manifests.iter().filter(|manifest| offers.take(busy, manifest.object()).is_some());
        assert_eq!(kept.count(), OFFERS_PER_CHILD);
        assert_eq!(offers.take(quiet, manifests[0].object()), Some(manifests[0].clone()));
        assert_eq!(offers.take(quiet, manifests[0].object()), None);
    }
}
