//! 组织关系转接: people change their unit, within a site or across sites, and are in exactly one at every moment.
//!
//! The releasing unit's home writes a [`Transfer`](yanzhen_proto::v1::Transfer). The nearest common ancestor of both
//! homes mails it, with the person's records, to the new home, which answers; an acceptance takes the records over in
//! the same frame. The ancestor mails the answer to the old home and the sites between, where the records leave with it.
//! Until then the person counts at the old unit and can't be changed there.
//!
//! The new home alone decides, and once: a withdrawal is a request to it, which it grants by itself unless it has
//! answered before; and it returns by itself what nobody has answered while the letter was valid. So nobody is left
//! between two units for want of an answer, and no two sites decide differently.
//!
//! What is private of the person follows an acceptance, closed to the new home (`private.rs`); posts, absences and
//! links with communities end at the old unit (`ties.rs`).

mod answer;
mod list;
mod moving;
mod pass;
mod private;
mod release;
mod ties;

use yanzhen_proto::v1::TransferOutcome;
use yanzhen_sync::{RecordId, UnitId};

pub use answer::Acceptance;
pub use list::{TransferAlerts, TransferFilter, TransferView};
pub(crate) use pass::Passed;
pub use pass::TransfersPassed;
pub use release::Release;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferState {
    /// 待接收: the new unit has not answered.
    Released,
    /// 撤回中: the old unit wants the person back; the new one's home has not answered.
    Withdrawing,
    /// 已接收
    Accepted,
    /// 已退回
    Returned,
    /// 已撤回
    Withdrawn,
    /// 已过期: nobody answered in time, and the person stays.
    Expired,
}

impl TransferState {
    fn of(outcome: Option<TransferOutcome>, withdrawn: bool) -> TransferState {
        match outcome {
            Some(TransferOutcome::Accepted) => TransferState::Accepted,
            Some(TransferOutcome::Returned) => TransferState::Returned,
            Some(TransferOutcome::Withdrawn) => TransferState::Withdrawn,
            Some(TransferOutcome::Expired) => TransferState::Expired,
            Some(TransferOutcome::Unspecified) | None if withdrawn => TransferState::Withdrawing,
            Some(TransferOutcome::Unspecified) | None => TransferState::Released,
        }
    }

    /// Whether the new unit has not answered.
    pub fn is_open(self) -> bool {
        matches!(self, TransferState::Released | TransferState::Withdrawing)
    }
}

/// Why a step of a transfer is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The person is on the way already.
    #[error("{name} is being transferred already: withdraw that transfer, or wait for its answer")]
    UnderWay {
        /// The person's name.
        name: String,
    },
    /// Only the living change their unit.
    #[error("{name} is no longer in the unit's care and can't be transferred")]
    NotLiving {
        /// The person's name.
        name: String,
    },
    /// From a unit to itself.
    #[error("the person belongs to unit {0} already: choose another")]
    ToItself(String),
    /// The new unit answered before.
    #[error("the transfer was answered before: nothing more can be done about it")]
    Answered,
    /// The old unit has asked for the person back.
    #[error("the releasing unit has withdrawn the transfer: it can't be accepted any more")]
    Withdrawn,
    /// The letter is no longer valid.
    #[error("the letter was valid until {0}: the releasing unit has to issue a new one")]
    Expired(String),
    /// The person's records are still under way.
    #[error("the person's records have not arrived yet: wait until the site has synchronised")]
    NotArrived,
    /// What is private of the person has not followed yet.
    #[error(
        "what is private of the person is still on its way from the former unit: it can be changed once it has come"
    )]
    PrivateComing,
    /// Somebody else has the number in the new unit.
    #[error("number {0} is taken in the new unit: choose another")]
    NumberTaken(String),
    /// No such organisation in the new unit.
    #[error("{0} is not the number of an organisation of the new unit")]
    NoSuchBranch(String),
}

/// A transfer as it is held.
struct Held {
    id: RecordId,
    from: UnitId,
    to: UnitId,
    person: RecordId,
}
