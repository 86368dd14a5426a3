//! 组织关系转接: people who are released, accepted, returned and asked back.

mod list;
mod release;
mod show;

use yanzhen_bureau::BureauError;
use yanzhen_bureau::transfers::{TransferError, TransferState, TransferView};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::format;
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::{Language, Transfers as Words, field_error};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Needs(Right::ReadRecords);
    let write = Access::Needs(Right::WriteRecords);
    vec![
        Route::get("/transfers", read, list::list),
        Route::get("/transfers/export", read, list::export).audited(),
        Route::get("/transfers/{id}", read, show::show),
        Route::post("/transfers/{id}/accept", write, show::accept),
        Route::get("/transfers/{id}/return", write, show::confirm_return),
        Route::post("/transfers/{id}/return", write, show::give_back),
        Route::get("/transfers/{id}/withdraw", write, show::confirm_withdraw),
        Route::post("/transfers/{id}/withdraw", write, show::withdraw),
        Route::get("/people/{id}/transfer", write, release::blank),
        Route::post("/people/{id}/transfer", write, release::release),
    ]
}

fn record(id: &str) -> Result<RecordId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// The word for a state, and its colour in tables.
fn state(t: &Words, view: &TransferView) -> (&'static str, &'static str) {
    match view.state {
        TransferState::Released => (t.released, ""),
        TransferState::Withdrawing => (t.withdrawing, "st-warn"),
        TransferState::Accepted => (t.accepted, "st-ok"),
        TransferState::Returned => (t.returned, "st-bad"),
        TransferState::Withdrawn => (t.withdrawn, ""),
        TransferState::Expired => (t.expired, "st-bad"),
    }
}

/// What is left of a letter, in words.
fn days_left(t: &Words, view: &TransferView) -> String {
    match view.days_left {
        None => "—".to_owned(),
        Some(days) if days < 0 => t.over.to_owned(),
        Some(days) => format!("{} {}", format::count(days.unsigned_abs()), t.days),
    }
}

/// What a person is told of a step that is refused, with the field to blame; anything else is a page of its own.
pub(crate) fn refusal(error: BureauError) -> Result<Vec<String>, Problem> {
    let t = &Language::spoken().texts().transfers;
    match error {
        BureauError::Fields(errors) => Ok(errors.iter().map(field_error).collect()),
        BureauError::UnknownUnit(_) => Ok(vec![t.no_unit_chosen.to_owned()]),
        BureauError::Transfer(error) => Ok(vec![match error {
            TransferError::UnderWay { name } => t.under_way_before.replace("{0}", &name),
            TransferError::NotLiving { name } => t.not_living.replace("{0}", &name),
            TransferError::ToItself(_) => t.to_itself.to_owned(),
            TransferError::Answered => t.answered_before.to_owned(),
            TransferError::Withdrawn => t.withdrawn_before.to_owned(),
            TransferError::Expired(day) => t.letter_expired.replace("{0}", &format::day(&day)),
            TransferError::NotArrived => t.not_arrived.to_owned(),
            TransferError::PrivateComing => t.private_coming.to_owned(),
            TransferError::NumberTaken(number) => t.number_taken.replace("{0}", &number),
            TransferError::NoSuchBranch(number) => t.no_such_branch.replace("{0}", &number),
        }]),
        other => Err(other.into()),
    }
}
