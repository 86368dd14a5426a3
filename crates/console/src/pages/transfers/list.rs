//! All transfers that concern units of this site and below it.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::transfers::{TransferFilter, TransferView};

use super::{days_left, state};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 25;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    all: bool,
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "transfers/list.html")]
struct ListPage {
    shell: Shell,
    all: bool,
    rows: Vec<Row>,
    pager: Pager,
    to_answer: u64,
}

struct Row {
    id: String,
    name: String,
    from: String,
    to: String,
    letter: String,
    released: String,
    state: (&'static str, &'static str),
    days_left: String,
    is_urgent: bool,
    waits_here: bool,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(View { all, page }): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let page = page.unwrap_or(1).max(1);
    let offset = (page - 1).saturating_mul(ROWS);
    let filter = TransferFilter { answered: all, offset, limit: ROWS };
    let found = console.bureau().transfers(filter).await?;
    let now = console.now();
    let rows = found.rows.into_iter().map(|view| row(shell.t, view, now)).collect();
    let query = [("all", if all { "true" } else { "" })];
    let pager = Pager::new("/transfers", &query, page, ROWS, found.total);
    let to_answer = console.bureau().transfer_alerts().await?.to_answer;
    Ok(render(&ListPage { shell, all, rows, pager, to_answer }))
}

fn row(t: &Texts, view: TransferView, now: i64) -> Row {
    Row {
        id: view.id.to_string(),
        state: state(&t.transfers, &view),
        days_left: days_left(&t.transfers, &view),
        is_urgent: view.is_urgent(),
        waits_here: view.can_be_returned(),
        released: format::time(view.transfer.released_ms, now),
        name: view.transfer.name,
        letter: view.transfer.letter,
        from: view.from.2,
        to: view.to.2,
    }
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(View { all, .. }): Query<View>,
) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let filter = |offset| TransferFilter { answered: all, offset, limit: sheet::SLICE };
    let found = sheet::all(|offset| console.bureau().transfers(filter(offset))).await?;
    let cells = |view: TransferView| {
        let row = row(t, view, sheet::ANOTHER_DAY);
        let state = row.state.0.to_owned();
        [row.name, row.from, row.to, row.letter, row.released, state, row.days_left].map(Into::into).into()
    };
    let w = &t.transfers;
    let columns = vec![w.name, w.from, w.to, w.letter, w.released_on, w.state, w.days_left];
    Sheet::new(w.title, columns, found.into_iter().map(cells).collect()).file(&console, t).await
}
