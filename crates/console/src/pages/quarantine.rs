//! 异常记录: entries that are stored and could not be taken in, and trying them again.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_proto::v1::QuarantineView;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::see;
use crate::routes::{Access, Route};
use crate::sheet::{self, Sheet};
use crate::visitor::Visitor;

/// The fields of the form that name entries.
const ID: &str = "id";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/quarantine", Access::Needs(Right::SeeSites), list),
        Route::get("/quarantine/export", Access::Needs(Right::SeeSites), export).audited(),
        Route::post("/quarantine/retry", Access::Needs(Right::RunSite), retry),
    ]
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Entries that are not listed; empty for none.
    more: String,
    /// Tried and taken in, after a retry.
    outcome: Option<(String, String)>,
    may_run: bool,
}

struct Row {
    id: String,
    since: String,
    unit: String,
    kind: String,
    record: String,
    from: String,
    reason: String,
}

/// What a retry came to.
#[derive(Default, Deserialize)]
struct Outcome {
    tried: Option<u64>,
    accepted: Option<u64>,
}

async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(outcome): Query<Outcome>,
) -> Result<Response, Problem> {
    let asked = console.platform().quarantine().await;
    let reply = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let now = console.now();
    Ok(render(&ListPage {
        rows: reply.entries.iter().map(|entry| row(entry, now)).collect(),
        more: if reply.more == 0 { String::new() } else { format::count(reply.more) },
        outcome: outcome.tried.zip(outcome.accepted).map(|(t, a)| (format::count(t), format::count(a))),
        may_run: visitor.may(Right::RunSite),
        shell: Shell::of(&console, &visitor).await?,
    }))
}

async fn retry(
    State(console): State<Console>,
    visitor: Visitor,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let ids = fields.into_iter().filter(|(name, _)| name == ID).map(|(_, id)| id).collect();
    let retried = console.platform().retry_quarantine(ids).await;
    let retried = retried.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    Ok(see(format!("/quarantine?tried={}&accepted={}", retried.tried, retried.accepted)))
}

async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let asked = console.platform().quarantine().await;
    let reply = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let t = visitor.language.texts();
    let w = &t.quarantine;
    let cells = |entry: &QuarantineView| {
        let row = row(entry, sheet::ANOTHER_DAY);
        [row.since, row.unit, row.kind, row.record, row.from, row.reason].map(Into::into).into()
    };
    let columns = vec![w.since, w.unit, w.kind, w.record, w.from, w.reason];
    let note = if reply.more == 0 { String::new() } else { format!("{} {}", reply.more, w.more) };
    let rows = reply.entries.iter().map(cells).collect();
    Sheet { note, ..Sheet::new(w.title, columns, rows) }.file(&console, t).await
}

fn row(entry: &QuarantineView, now: i64) -> Row {
    Row {
        id: entry.id.clone(),
        since: format::time(entry.since_ms, now),
        unit: format::or_dash(&entry.unit_code).to_owned(),
        kind: entry.kind.clone(),
        record: entry.record.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect(),
        from: format!("{} #{}.{}", entry.stream, entry.seq, entry.index),
        reason: entry.reason.clone(),
    }
}
