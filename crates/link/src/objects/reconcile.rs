//! Brings the index in line with the folder, at start.

use super::ExchangeError;
use super::shared::Shared;

/// Notes objects that became complete just before a crash. Those that vanished from the disk are noticed when
/// somebody asks for them.
pub(super) async fn reconcile(shared: &Shared) -> Result<(), ExchangeError> {
    for object in shared.store.objects_wanted().await? {
        if shared.folder.has(&object).await? {
            shared.store.mark_object_present(object.hash).await?;
        }
    }
    Ok(())
}
