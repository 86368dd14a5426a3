//! Whom a document is for.

use bytes::Bytes;
use yanzhen_sync::{RecordId, UnitId};

/// A unit, or a Party branch of a unit, which reads and answers at the home site of that unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient {
    /// The unit.
    pub unit: UnitId,
    /// Its branch; none for the unit itself.
    pub branch: Option<RecordId>,
}

impl From<UnitId> for Recipient {
    fn from(unit: UnitId) -> Self {
        Recipient { unit, branch: None }
    }
}

impl Recipient {
    /// As messages hold it; none where what they hold is no id.
    pub fn of(unit: &[u8], branch: &[u8]) -> Option<Recipient> {
        let unit = UnitId::try_from(unit).ok()?;
        match branch.is_empty() {
            true => Some(unit.into()),
            false => Some(Recipient { unit, branch: Some(RecordId::try_from(branch).ok()?) }),
        }
    }

    /// The branch as messages and tables hold it: empty for none.
    pub fn branch_bytes(&self) -> Bytes {
        self.branch.as_ref().map(RecordId::to_bytes).unwrap_or_default()
    }

    /// What the ids of records about a document and its recipient are made from.
    pub(super) fn with(&self, document: RecordId) -> Vec<RecordId> {
        [document, self.unit.into()].into_iter().chain(self.branch).collect()
    }
}
