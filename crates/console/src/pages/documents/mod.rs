//! 收文办理 and 文件通知: what came in and what becomes of it; what is drafted, checked, signed and issued here, and who
//! has signed for it.

mod archive;
mod attachment;
mod draft;
mod draft_form;
mod drafts;
mod files;
mod give_back;
mod inbox;
mod issue;
mod issued;
mod matrix;
mod paper;
mod read;
mod recall;
mod receipts;
mod refusal;
mod settings;
mod words;

pub(crate) use drafts::{WaitingDraft, waiting as waiting_drafts};
pub(crate) use receipts::live;

use yanzhen_bureau::drafts::Person;
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::visitor::Visitor;

use refusal::{draft_refusal, refusal};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Needs(Right::ReadDocuments);
    let handle = Access::Needs(Right::HandleDocuments);
    let issue = Access::Needs(Right::IssueDocuments);
    let sign = Access::Needs(Right::SignDocuments);
    vec![
        Route::get("/inbox", read, inbox::list),
        Route::get("/inbox/export", read, inbox::export).audited(),
        Route::get("/inbox/{id}", read, read::show),
        Route::post("/inbox/{id}/sign", handle, read::sign),
        Route::get("/inbox/{id}/return", handle, give_back::confirm),
        Route::post("/inbox/{id}/return", handle, give_back::give_back),
        Route::post("/inbox/{id}/reply", handle, read::reply),
        Route::get("/inbox/{id}/files", handle, files::held_for_reply),
        Route::post("/inbox/{id}/files", handle, files::add_to_reply),
        Route::post("/inbox/{id}/files/remove", handle, files::remove_from_reply),
        Route::post("/inbox/{id}/files/cancel", handle, files::cancel_for_reply),
        Route::get("/documents", read, issued::list),
        Route::get("/documents/export", read, issued::export).audited(),
        Route::get("/documents/archive", read, archive::list),
        Route::get("/documents/archive/export", read, archive::export).audited(),
        Route::get("/documents/settings", issue, settings::show),
        Route::post("/documents/settings", issue, settings::save),
        Route::get("/documents/new", issue, draft_form::blank),
        Route::post("/documents/new", issue, draft_form::begin),
        Route::get("/documents/drafts", issue, drafts::list),
        Route::get("/documents/drafts/export", issue, drafts::export).audited(),
        Route::get("/documents/drafts/{id}", issue, draft::show),
        Route::post("/documents/drafts/{id}", issue, draft_form::save),
        Route::post("/documents/drafts/{id}/step", issue, draft::step),
        Route::get("/documents/drafts/{id}/drop", issue, draft::confirm_drop),
        Route::get("/documents/drafts/{id}/preview", issue, draft::preview),
        Route::get("/documents/drafts/{id}/issue", issue, issue::confirm),
        Route::post("/documents/drafts/{id}/issue", issue, issue::issue),
        Route::get("/documents/drafts/{id}/files", issue, files::held_for_draft),
        Route::post("/documents/drafts/{id}/files", issue, files::add_to_draft),
        Route::post("/documents/drafts/{id}/files/remove", issue, files::remove_from_draft),
        Route::post("/documents/drafts/{id}/files/cancel", issue, files::cancel_for_draft),
        Route::get("/documents/{id}", read, matrix::show),
        Route::get("/documents/{id}/export", read, matrix::export).audited(),
        Route::post("/documents/{id}/remind", issue, matrix::remind),
        Route::get("/documents/{id}/recall", sign, recall::confirm),
        Route::post("/documents/{id}/recall", sign, recall::recall),
        Route::get("/documents/{id}/text", read, matrix::text),
        Route::get("/documents/{id}/attachments/{place}", read, attachment::download).audited(),
        Route::get("/documents/{id}/replies/{receipt}/{place}", read, attachment::of_reply).audited(),
    ]
}

fn record(id: &str) -> Result<RecordId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// Who asks, as drafts know people.
pub(crate) fn person(visitor: &Visitor) -> Result<Person, Problem> {
    let session = visitor.session.as_ref().ok_or_else(Problem::signed_out)?;
    Ok(Person {
        account: session.account.id.bytes(),
        name: session.account.name.clone(),
        drafts: visitor.may(Right::IssueDocuments),
        signs: visitor.may(Right::SignDocuments),
    })
}
