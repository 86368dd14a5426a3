//! One document at a recipient: reading it is noted; then it is signed for, returned or answered.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::BureauError;
use yanzhen_bureau::documents::{Answer, DocumentView, Stage};

use super::{record, refusal};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/read.html")]
struct ReadPage {
    shell: Shell,
    id: String,
    number: String,
    title: String,
    issuer: String,
    published: String,
    deadline: String,
    needs_reply: bool,
    paragraphs: Vec<String>,
    attachments: Vec<Attached>,
    /// Word and time of each stage that was reached.
    steps: Vec<(&'static str, String)>,
    return_reason: String,
    reply: String,
    may_sign: bool,
    may_return: bool,
    may_reply: bool,
    has_replied: bool,
    /// What was typed and refused.
    typed: Typed,
    errors: Vec<String>,
}

/// An attachment of a document as pages show it.
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) is_here: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    replace: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&console, &visitor, &id, Typed::default(), Vec::new()).await
}

pub(super) async fn sign(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let by = visitor.session.as_ref().map(|session| session.account.name.clone()).unwrap_or_default();
    let signed = console.bureau().sign_document(record(&id)?, None, &by).await;
    done(&console, &visitor, &id, Typed::default(), signed.map(|_| ())).await
}

pub(super) async fn give_back(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let returned = console.bureau().return_document(record(&id)?, None, &typed.reason).await;
    done(&console, &visitor, &id, typed, returned.map(|_| ())).await
}

pub(super) async fn reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let replace = typed.replace.is_some();
    let answer = Answer { text: typed.text.trim().to_owned(), attachments: Vec::new(), replace };
    let replied = console.bureau().reply_document(record(&id)?, None, answer).await;
    done(&console, &visitor, &id, typed, replied.map(|_| ())).await
}

async fn done(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    acted: Result<(), BureauError>,
) -> Result<Response, Problem> {
    match acted {
        Ok(()) => Ok(see(format!("/inbox/{id}"))),
        Err(error) => {
            let errors = refusal(console, error)?;
            page(console, visitor, id, typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let (bureau, document) = (console.bureau(), record(id)?);
    // Who handles documents, a clerk or a leader, reads them for the unit; a reader's look says nothing of it.
    let view = match visitor.may(Right::HandleDocuments) {
        true => bureau.open_document(document, None).await?,
        false => bureau.show_document(document, None).await?,
    };
    let Some(receipt) = view.receipt.clone() else { return Err(Problem::not_found()) };
    let may = visitor.may(Right::HandleDocuments);
    let open = receipt.stage < Stage::Signed;
    let is_refused = !errors.is_empty();
    let page = ReadPage {
        shell: Shell::of(console, visitor).await?,
        id: id.to_owned(),
        published: format::full_time(view.document.published_ms),
        deadline: format::day(&view.document.deadline),
        needs_reply: view.document.needs_reply,
        paragraphs: paragraphs(&view.document.body),
        attachments: attached(&view),
        steps: steps(&view, console.now()),
        may_sign: may && open,
        may_return: may && open,
        may_reply: may && receipt.stage != Stage::Returned,
        has_replied: receipt.stage == Stage::Replied,
        return_reason: receipt.receipt.return_reason,
        reply: receipt.receipt.reply,
        number: view.document.number,
        title: view.document.title,
        issuer: view.document.issuer,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// The text's paragraphs, as they are set.
pub(super) fn paragraphs(body: &str) -> Vec<String> {
    body.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(super) fn attached(view: &DocumentView) -> Vec<Attached> {
    let one = |attachment: &yanzhen_bureau::documents::AttachmentView| Attached {
        name: attachment.name.clone(),
        size: format::bytes(attachment.object.size),
        is_here: attachment.present,
    };
    view.attachments.iter().map(one).collect()
}

fn steps(view: &DocumentView, now: i64) -> Vec<(&'static str, String)> {
    let Some(receipt) = view.receipt.as_ref().map(|view| &view.receipt) else { return Vec::new() };
    let reached = [
        (Stage::Delivered, receipt.delivered_ms),
        (Stage::Read, receipt.read_ms),
        (Stage::Signed, receipt.signed_ms),
        (Stage::Returned, receipt.returned_ms),
        (Stage::Replied, receipt.replied_ms),
    ];
    let reached = reached.into_iter().filter(|(_, at)| *at > 0);
    reached.map(|(stage, at)| (stage.word(), format::time(at, now))).collect()
}
