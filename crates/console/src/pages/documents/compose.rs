//! Issuing a document to units below.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::Day;
use yanzhen_bureau::documents::NewDocument;
use yanzhen_bureau::units::UnitView;

use super::refusal;
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

/// What a browser sends: names come again for each box that is ticked.
type Typed = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "documents/compose.html")]
struct ComposePage {
    shell: Shell,
    title: String,
    number: String,
    body: String,
    deadline: String,
    needs_reply: bool,
    units: Vec<Recipient>,
    errors: Vec<String>,
}

/// A unit to tick.
struct Recipient {
    code: String,
    name: String,
    depth: u32,
    has_site: bool,
    is_to: bool,
    is_copy: bool,
}

pub(super) async fn blank(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    page(&console, &visitor, &Typed::new(), Vec::new()).await
}

pub(super) async fn issue(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let document = NewDocument {
        title: one(&typed, "title"),
        body: one(&typed, "body"),
        number: one(&typed, "number"),
        deadline: day(&one(&typed, "deadline")),
        needs_reply: !one(&typed, "needs_reply").is_empty(),
        attachments: Vec::new(),
        to: all(&typed, "to"),
        copy: all(&typed, "copy"),
        subtree: false,
    };
    if document.to.is_empty() {
        let missing = "请至少勾选一个主送单位。".to_owned();
        return page(&console, &visitor, &typed, vec![missing]).await;
    }
    match console.bureau().publish(document).await {
        Ok(published) => Ok(see(format!("/documents/{}", published.id))),
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, &typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    typed: &Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let below = bureau.unit_tree(bureau.own_unit()).into_iter().skip(1);
    let (to, copy) = (all(typed, "to"), all(typed, "copy"));
    let recipient = |view: UnitView| Recipient {
        is_to: to.contains(&view.unit.code),
        is_copy: copy.contains(&view.unit.code),
        depth: view.depth,
        has_site: view.has_site,
        code: view.unit.code,
        name: view.unit.name,
    };
    let is_refused = !errors.is_empty();
    let page = ComposePage {
        shell: Shell::of(console, visitor).await?,
        title: one(typed, "title"),
        number: one(typed, "number"),
        body: one(typed, "body"),
        deadline: one(typed, "deadline"),
        needs_reply: !one(typed, "needs_reply").is_empty(),
        units: below.map(recipient).collect(),
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// A day as records hold it; what is none is left for the rules to refuse.
fn day(typed: &str) -> String {
    Day::parse(typed).map_or_else(|_| typed.to_owned(), |day| day.to_string())
}

fn one(typed: &Typed, name: &str) -> String {
    typed.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn all(typed: &Typed, name: &str) -> Vec<String> {
    typed.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}
