//! What came in.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{DocumentView, Stage};

use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    all: bool,
}

#[derive(Template)]
#[template(path = "documents/inbox.html")]
struct InboxPage {
    shell: Shell,
    all: bool,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    number: String,
    title: String,
    issuer: String,
    published: String,
    deadline: String,
    is_overdue: bool,
    stage: &'static str,
    is_settled: bool,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(View { all }): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let today = console.bureau().today().to_string();
    let now = console.now();
    let documents = console.bureau().inbox(all).await?;
    let rows = documents.into_iter().map(|document| row(document, &today, now)).collect();
    Ok(render(&InboxPage { shell, all, rows }))
}

fn row(view: DocumentView, today: &str, now: i64) -> Row {
    let stage = view.receipt.as_ref().map_or(Stage::Sent, |receipt| receipt.stage);
    let document = view.document;
    let is_settled = matches!(stage, Stage::Replied | Stage::Returned);
    Row {
        id: view.id.to_string(),
        number: document.number,
        title: document.title,
        issuer: document.issuer,
        published: format::time(document.published_ms, now),
        is_overdue: !is_settled && !document.deadline.is_empty() && document.deadline.as_str() < today,
        deadline: format::day(&document.deadline),
        stage: stage.word(),
        is_settled,
    }
}
