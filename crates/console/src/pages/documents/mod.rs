//! 收文办理 and 文件通知: what came in and what becomes of it; what was issued here and who has signed for it.

mod attachment;
mod compose;
mod inbox;
mod issued;
mod read;

use yanzhen_bureau::documents::DocumentError;
use yanzhen_bureau::{BureauError, FieldError};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Needs(Right::ReadDocuments);
    let handle = Access::Needs(Right::HandleDocuments);
    let issue = Access::Needs(Right::IssueDocuments);
    vec![
        Route::get("/inbox", read, inbox::list),
        Route::get("/inbox/{id}", read, read::show),
        Route::post("/inbox/{id}/sign", handle, read::sign),
        Route::post("/inbox/{id}/return", handle, read::give_back),
        Route::post("/inbox/{id}/reply", handle, read::reply),
        Route::get("/documents", read, issued::list),
        Route::get("/documents/new", issue, compose::blank),
        Route::post("/documents/new", issue, compose::issue),
        Route::get("/documents/{id}", read, issued::matrix),
        Route::get("/documents/{id}/attachments/{place}", read, attachment::download),
    ]
}

fn record(id: &str) -> Result<RecordId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// What a person is told of a step or a document that is refused; anything else is a page of its own.
fn refusal(console: &Console, error: BureauError) -> Result<Vec<String>, Problem> {
    let at = |at: i64| format::time(at, console.now());
    match error {
        BureauError::Fields(errors) => Ok(errors.iter().map(FieldError::chinese).collect()),
        BureauError::Document(error) => Ok(vec![match error {
            DocumentError::NotBelow { code, .. } => {
                format!("单位 {code} 不在本单位之下，文件只能下发到下级单位。")
            }
            DocumentError::ToItself(code) => format!("单位 {code} 就是发文单位，不能作收文单位。"),
            DocumentError::ObjectMissing(name) => format!("附件“{name}”不在本机，请重新添加。"),
            DocumentError::NotDelivered { missing, all } => {
                format!("{all} 个附件还有 {missing} 个没有到齐，到齐后才能签收或办结；附件会自动续传。")
            }
            DocumentError::AlreadySigned { at: signed } => {
                format!("{} 已经签收，不能再退回；有异议请在办结时说明。", at(signed))
            }
            DocumentError::AlreadyReturned { at: returned } => {
                format!("{} 已经退回，请等待重新发文。", at(returned))
            }
            DocumentError::AlreadyReplied { at: replied } => {
                format!("{} 已经办结；原来的答复有误时，请勾选“代替原来的答复”再提交。", at(replied))
            }
            DocumentError::NotAddressed { .. } => "这份文件不是发给本单位的。".to_owned(),
            DocumentError::NotAnId(_) => return Err(Problem::not_found()),
        }]),
        BureauError::UnknownUnit(code) => Ok(vec![format!("没有代码为“{code}”的单位。")]),
        BureauError::Refused(why) => Ok(vec![why]),
        other => Err(other.into()),
    }
}
