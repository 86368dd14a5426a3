//! What came in.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_bureau::documents::{DocumentView, Stage, is_open};

use super::read::Deadline;
use super::words;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::texts::Language;
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
    kind: &'static str,
    deadline: Deadline,
    stage: &'static str,
    is_settled: bool,
    is_recalled: bool,
    is_replaced: bool,
    reminders: u32,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(View { all }): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let (today, language) = (console.bureau().today(), visitor.language);
    let now = console.now();
    let documents = console.bureau().inbox(all).await?;
    let rows = documents.into_iter().map(|document| row(document, today, now, language)).collect();
    Ok(render(&InboxPage { shell, all, rows }))
}

fn row(view: DocumentView, today: Day, now: i64, language: Language) -> Row {
    let stage = view.receipt.as_ref().map_or(Stage::Sent, |receipt| receipt.stage);
    let document = view.document;
    let receipt = view.receipt.map(|view| view.receipt).unwrap_or_default();
    let is_settled = !is_open(&document, &receipt);
    Row {
        id: view.id.to_string(),
        number: document.number,
        title: document.title,
        issuer: document.issuer,
        published: format::time(document.published_ms, now),
        kind: words::kind(language, document.r#type),
        deadline: Deadline::of(&document.deadline, today, is_settled),
        stage: words::stage(language, stage),
        is_settled,
        is_recalled: document.recalled_ms > 0,
        is_replaced: view.replaced_by.is_some(),
        reminders: view.reminder.map_or(0, |reminder| reminder.count),
    }
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(View { all }): Query<View>,
) -> Result<Response, Problem> {
    let (t, today) = (visitor.language.texts(), console.bureau().today());
    let documents = console.bureau().inbox(all).await?;
    let w = &t.documents;
    let cells = |document: DocumentView| {
        let row = row(document, today, sheet::ANOTHER_DAY, visitor.language);
        let state = match (row.is_recalled, row.is_replaced) {
            (true, _) => w.recalled,
            (false, true) => w.replaced,
            (false, false) => row.stage,
        };
        let texts = [row.number, row.title, row.kind.to_owned(), row.issuer, row.published, row.deadline.day];
        texts.into_iter().chain([state.to_owned()]).map(Into::into).collect()
    };
    let columns = vec![w.number, w.title, w.kind, w.issuer, w.published, w.deadline, w.stage];
    Sheet::new(w.inbox, columns, documents.into_iter().map(cells).collect()).file(&console, t).await
}
