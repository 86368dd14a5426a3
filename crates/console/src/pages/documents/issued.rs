//! What was issued here.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_bureau::documents::{Issued, StageCounts};
use yanzhen_bureau::workbook::Cell;
use yanzhen_proto::v1::DocumentDirection;

use super::read::Deadline;
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 25;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    page: u32,
}

#[derive(Template)]
#[template(path = "documents/issued.html")]
struct IssuedPage {
    shell: Shell,
    rows: Vec<IssuedRow>,
    pager: Pager,
    may_issue: bool,
    can_go_up: bool,
}

struct IssuedRow {
    id: String,
    number: String,
    title: String,
    published: String,
    deadline: Deadline,
    goes_up: bool,
    is_reply: bool,
    is_recalled: bool,
    is_replaced: bool,
    counts: StageCounts,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let page = view.page.max(1);
    let issued = console.bureau().issued((page - 1).saturating_mul(ROWS), ROWS).await?;
    let today = console.bureau().today();
    let now = console.now();
    Ok(render(&IssuedPage {
        shell: Shell::of(&console, &visitor).await?,
        rows: issued.rows.into_iter().map(|issued| row(issued, today, now)).collect(),
        pager: Pager::new("/documents", &[], page, ROWS, issued.total),
        may_issue: visitor.may(Right::IssueDocuments),
        can_go_up: console.bureau().office_above().is_some(),
    }))
}

fn row(issued: Issued, today: Day, now: i64) -> IssuedRow {
    let done = if issued.needs_reply { issued.counts.replied } else { issued.counts.signed };
    let is_settled = done + issued.counts.returned >= issued.counts.recipients;
    IssuedRow {
        id: issued.id.to_string(),
        number: issued.number,
        title: issued.title,
        published: format::time(issued.published, now),
        deadline: Deadline::of(&issued.deadline, today, is_settled || issued.recalled > 0),
        goes_up: issued.direction == DocumentDirection::Up,
        is_reply: issued.direction == DocumentDirection::Reply,
        is_recalled: issued.recalled > 0,
        is_replaced: issued.is_replaced,
        counts: issued.counts,
    }
}

pub(super) async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let (t, today) = (visitor.language.texts(), console.bureau().today());
    let issued = sheet::all(|offset| console.bureau().issued(offset, sheet::SLICE)).await?;
    let w = &t.documents;
    let cells = |issued: Issued| {
        let row = row(issued, today, sheet::ANOTHER_DAY);
        let mut tags = vec![row.title.as_str()];
        tags.extend(row.goes_up.then_some(w.up).or(row.is_reply.then_some(w.answer)));
        tags.extend(row.is_recalled.then_some(w.recalled).or(row.is_replaced.then_some(w.replaced)));
        let texts = [row.number.clone(), tags.join(" "), row.published.clone(), row.deadline.day.clone()];
        let counts = &row.counts;
        let counts = [counts.recipients, counts.delivered, counts.signed, counts.returned, counts.replied];
        texts.into_iter().map(Cell::Text).chain(counts.map(Cell::Number)).collect()
    };
    let columns = vec![
        w.number,
        w.title,
        w.published,
        w.deadline,
        w.recipients,
        w.delivered,
        w.signed,
        w.returned,
        w.settled,
    ];
    Sheet::new(w.issued, columns, issued.into_iter().map(cells).collect()).file(&console, t).await
}
