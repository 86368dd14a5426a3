//! 下发: a page that names the recipients and the number, then the act.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::drafts::{Act, Kept, allowed};
use yanzhen_proto::v1::DocumentType;

use super::draft::names;
use super::draft_form::{next_number, problem};
use super::{person, record, refusal};
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/issue.html")]
struct IssuePage {
    shell: Shell,
    id: String,
    title: String,
    next_number: String,
    needs_number: bool,
    recipients: Vec<String>,
    copies: Vec<String>,
    errors: Vec<String>,
}

pub(super) async fn confirm(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    allowed(&kept.draft, Act::Issue, &person(&visitor)?).map_err(problem)?;
    page(&console, &visitor, &kept, Vec::new()).await
}

pub(super) async fn issue(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    let who = person(&visitor)?;
    match console.bureau().issue_draft(&kept, &who).await {
        Ok(published) => {
            // The document has the draft's id: where this note is lost, issuing again finds it issued.
            match console.drafts().note_issued(&kept, &who).await {
                Ok(_) | Err(yanzhen_bureau::drafts::DraftError::Overtaken) => {}
                Err(error) => return Err(problem(error)),
            }
            Ok(see(format!("/documents/{}", published.id)))
        }
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, &kept, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    kept: &Kept,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let content = kept.content();
    let is_refused = !errors.is_empty();
    let page = IssuePage {
        shell: Shell::of(console, visitor).await?,
        id: kept.id.to_string(),
        needs_number: content.r#type() != DocumentType::Information,
        recipients: names(console, &content.to, &content.to_branches),
        copies: names(console, &content.copy, &content.copy_branches),
        title: content.title,
        next_number: next_number(console).await?,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}
