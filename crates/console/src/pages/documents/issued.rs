//! What was issued here.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_bureau::documents::{Issued, StageCounts};
use yanzhen_proto::v1::DocumentDirection;

use super::read::Deadline;
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
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
