//! The entries that fit as a workbook, in words as the page shows them and as they stand in the log, so that their
//! hashes can be made again.

use axum::extract::{Query, State};
use axum::response::Response;
use yanzhen_bureau::workbook::Cell;

use super::view::{View, act, outcome};
use crate::audit::{Entry, Search};
use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Entries of one file, the newest: more than a spreadsheet is looked through for.
const ROWS: u32 = 100_000;

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let accounts = console.accounts().list().await?;
    let search = Search { limit: ROWS, ..view.search(&accounts).0 };
    let found = console.audit().find(&search).await?;
    let w = &t.audit;
    let columns = vec![
        w.seq, w.time, w.person, w.address, w.act, w.action, w.object, w.note, w.outcome, w.code, w.hash,
    ];
    let rows = found.entries.into_iter().map(|entry| cells(t, entry)).collect();
    Sheet::new(w.title, columns, rows).file(&console, t).await
}

fn cells(t: &Texts, entry: Entry) -> Vec<Cell> {
    let event = entry.event;
    let texts = [
        format::stamp(entry.at_ms),
        event.actor,
        event.address,
        act(t, &event.action),
        event.action,
        event.object,
        event.note,
        outcome(t, event.outcome).to_owned(),
        event.code,
        entry.hash.to_string(),
    ];
    [Cell::Number(entry.seq.unsigned_abs())].into_iter().chain(texts.map(Cell::Text)).collect()
}
