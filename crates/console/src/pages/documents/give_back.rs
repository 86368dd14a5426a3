//! 退回: a page that says what it means, then the act.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::Stage;
use yanzhen_sync::RecordId;

use super::{record, refusal};
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/give_back.html")]
struct GiveBackPage {
    shell: Shell,
    id: String,
    title: String,
    number: String,
    issuer: String,
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

pub(super) async fn give_back(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = record(&id)?;
    match console.bureau().return_document(id, None, &typed.reason).await {
        Ok(_) => Ok(see(format!("/inbox/{id}"))),
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
    let view = console.bureau().show_document(id, None).await?;
    let receipt = view.receipt.ok_or_else(Problem::not_found)?;
    let is_refused = !errors.is_empty();
    if !is_refused && (receipt.stage >= Stage::Signed || view.document.recalled_ms > 0) {
        return Ok(see(format!("/inbox/{id}")));
    }
    let page = GiveBackPage {
        shell: Shell::of(console, visitor).await?,
        id: id.to_string(),
        title: view.document.title,
        number: view.document.number,
        issuer: view.document.issuer,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}
