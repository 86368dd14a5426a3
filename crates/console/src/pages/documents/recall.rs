//! 撤回: a page that says what it means, then the act.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_sync::RecordId;

use super::{record, refusal};
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/recall.html")]
struct RecallPage {
    shell: Shell,
    id: String,
    title: String,
    number: String,
    recipients: usize,
    signed: u64,
    typed: Typed,
    errors: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    reason: String,
}

pub(super) async fn confirm(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&console, &visitor, record(&id)?, Typed::default(), Vec::new()).await
}

pub(super) async fn recall(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = record(&id)?;
    match console.bureau().recall_document(id, &typed.reason).await {
        Ok(_) => Ok(see(format!("/documents/{id}"))),
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, id, typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    id: RecordId,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let matrix = console.bureau().receipts(id).await?;
    let view = matrix.document.ok_or_else(Problem::not_found)?;
    let is_refused = !errors.is_empty();
    let page = RecallPage {
        shell: Shell::of(console, visitor).await?,
        id: id.to_string(),
        title: view.document.title,
        number: view.document.number,
        recipients: matrix.rows.len(),
        signed: matrix.counts.signed,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}
