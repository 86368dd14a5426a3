//! What others are told after each commit.

use yanzhen_sync::StreamHead;
use yanzhen_sync::statement::RootReceipt;

/// Commits that a slow subscriber may be behind before it is told that it missed some; it then reads
/// [`Store::heads`](crate::Store::heads) again.
pub(crate) const COMMITS_KEPT: usize = 1_024;

/// What one commit made durable.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Streams that advanced, whoever wrote them.
    pub advanced: Vec<StreamHead>,
    /// Receipts that this site issued, where it is central.
    pub receipts: Vec<RootReceipt>,
    /// The directory is another one now; see [`Store::directory`](crate::Store::directory).
    pub directory_changed: bool,
    /// Records changed.
    pub records_changed: bool,
}

impl Committed {
    pub(crate) fn is_empty(&self) -> bool {
        self.advanced.is_empty()
            && self.receipts.is_empty()
            && !self.directory_changed
            && !self.records_changed
    }
}
