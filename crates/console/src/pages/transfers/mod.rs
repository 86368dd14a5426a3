//! 组织关系转接: people who are released, accepted, returned and asked back.

mod list;
mod release;
mod show;

use yanzhen_bureau::transfers::{TransferError, TransferState, TransferView};
use yanzhen_bureau::{BureauError, FieldError};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::format;
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::Transfers as Words;

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
fn refusal(error: BureauError) -> Result<Vec<String>, Problem> {
    match error {
        BureauError::Fields(errors) => Ok(errors.iter().map(FieldError::chinese).collect()),
        BureauError::UnknownUnit(_) => Ok(vec!["请选择转入单位。".to_owned()]),
        BureauError::Transfer(error) => Ok(vec![match error {
            TransferError::UnderWay { name } => {
                format!("{name}已有一件转接正在办理：请先撤回那一件，或等待对方答复。")
            }
            TransferError::NotLiving { name } => {
                format!("{name}已不在管理范围内（去世或转出），不能再转出。")
            }
            TransferError::ToItself(_) => "这位同志本来就在这个单位，请选择另一个单位。".to_owned(),
            TransferError::Answered => "这件转接已经答复过，不能再办理。".to_owned(),
            TransferError::Withdrawn => "对方已经撤回这件转接，不能再接收。".to_owned(),
            TransferError::Expired(day) => {
                format!("介绍信有效期到{}为止，已经过期：请转出单位重新开具。", format::day(&day))
            }
            TransferError::NotArrived => "这位同志的资料还没有到齐：待本站点同步后再接收。".to_owned(),
            TransferError::NumberTaken(number) => {
                format!("编号“{number}”在新单位已经用过：请在“在新单位的编号”中换一个。")
            }
            TransferError::NoSuchBranch(number) => format!("转入单位没有编号为“{number}”的支部。"),
        }]),
        other => Err(other.into()),
    }
}
