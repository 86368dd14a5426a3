//! Brings the index in line with the folder, at start.

use super::ExchangeError;
use super::shared::Shared;

/// Missing objects that are looked for together: less than 256 KiB, so that what a frame invents takes no memory.
const OBJECTS_PER_PAGE: usize = 1_000;

/// Notes objects that became complete just before a crash. Those that vanished from the disk are noticed when
/// somebody asks for them.
pub(super) async fn reconcile(shared: &Shared) -> Result<(), ExchangeError> {
    let mut after = None;
    loop {
        let page = shared.store.objects_wanted(after, OBJECTS_PER_PAGE).await?;
        for object in &page {
            if shared.folder.has(object).await? {
                shared.store.mark_object_present(object.hash).await?;
            }
        }
        match page.last() {
            Some(last) => after = Some(*last),
            None => return Ok(()),
        }
    }
}
