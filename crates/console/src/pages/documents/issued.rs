//! What was issued here, and the matrix of receipts of one document.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{Issued, ReceiptView, Stage, StageCounts};

use super::read::{Attached, attached, paragraphs};
use super::record;
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
}

struct IssuedRow {
    id: String,
    number: String,
    title: String,
    published: String,
    deadline: String,
    is_overdue: bool,
    counts: StageCounts,
}

#[derive(Template)]
#[template(path = "documents/matrix.html")]
struct MatrixPage {
    shell: Shell,
    id: String,
    number: String,
    title: String,
    published: String,
    deadline: String,
    paragraphs: Vec<String>,
    attachments: Vec<Attached>,
    counts: StageCounts,
    rows: Vec<ReceiptRow>,
}

struct ReceiptRow {
    unit: String,
    is_copy: bool,
    stage: &'static str,
    /// 送达, 已读, 签收, 办结: times, empty where they are not reached.
    times: [String; 4],
    returned: String,
    reason: String,
    by: String,
    reply: String,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let page = view.page.max(1);
    let issued = console.bureau().issued((page - 1).saturating_mul(ROWS), ROWS).await?;
    let today = console.bureau().today().to_string();
    let now = console.now();
    Ok(render(&IssuedPage {
        shell: Shell::of(&console, &visitor).await?,
        rows: issued.rows.into_iter().map(|issued| row(issued, &today, now)).collect(),
        pager: Pager::new("/documents", &[], page, ROWS, issued.total),
        may_issue: visitor.may(Right::IssueDocuments),
    }))
}

fn row(issued: Issued, today: &str, now: i64) -> IssuedRow {
    let is_open = issued.counts.replied + issued.counts.returned < issued.counts.recipients;
    IssuedRow {
        id: issued.id.to_string(),
        number: issued.number,
        title: issued.title,
        published: format::time(issued.published, now),
        is_overdue: is_open && !issued.deadline.is_empty() && issued.deadline.as_str() < today,
        deadline: format::day(&issued.deadline),
        counts: issued.counts,
    }
}

pub(super) async fn matrix(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let matrix = console.bureau().receipts(record(&id)?).await?;
    let view = matrix.document.ok_or_else(Problem::not_found)?;
    let now = console.now();
    Ok(render(&MatrixPage {
        shell: Shell::of(&console, &visitor).await?,
        id,
        published: format::full_time(view.document.published_ms),
        deadline: format::day(&view.document.deadline),
        paragraphs: paragraphs(&view.document.body),
        attachments: attached(&view),
        number: view.document.number,
        title: view.document.title,
        counts: matrix.counts,
        rows: matrix.rows.into_iter().map(|receipt| receipt_row(receipt, now)).collect(),
    }))
}

fn receipt_row(view: ReceiptView, now: i64) -> ReceiptRow {
    let receipt = view.receipt;
    let time = |at: i64| if at > 0 { format::time(at, now) } else { String::new() };
    let reached = [receipt.delivered_ms, receipt.read_ms, receipt.signed_ms, receipt.replied_ms];
    ReceiptRow {
        unit: view.name,
        is_copy: view.copy,
        stage: match view.stage {
            Stage::Waiting => "待发：该单位还没有站点",
            stage => stage.word(),
        },
        times: reached.map(time),
        returned: time(receipt.returned_ms),
        reason: receipt.return_reason,
        by: receipt.signed_by,
        reply: receipt.reply,
    }
}
