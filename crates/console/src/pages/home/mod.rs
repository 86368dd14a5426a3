//! 工作台: what must be done today, and how the site stands.

mod sources;
mod task;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::documents::{DocumentView, Stage};
use yanzhen_proto::v1::StatusReply;

use super::reports::{CompletenessView, sites};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::visitor::Visitor;
use task::{Listed, Urgency};

/// Tasks that are listed; the page says how many more there are.
const LISTED: usize = 40;

/// Documents under "came in last".
const LATEST: usize = 3;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/", Access::SignedIn, show)]
}

#[derive(Template)]
#[template(path = "home/show.html")]
struct HomePage {
    shell: Shell,
    today: String,
    tasks: Vec<Listed>,
    /// All of them, and those that are not listed; empty for none.
    count: String,
    more: String,
    figures: Option<Figures>,
    /// Where there are sites below.
    completeness: Option<CompletenessView>,
    parent: Option<Parent>,
    latest: Vec<Incoming>,
    may_run: bool,
    may_write: bool,
    may_issue: bool,
}

struct Figures {
    people: String,
    honoured: String,
    ordinary: String,
    orgs: String,
}

struct Parent {
    name: String,
    last_contact: String,
    frames_waiting: String,
    bytes_waiting: String,
}

/// A document that came in.
struct Incoming {
    title: String,
    href: String,
    more: String,
    on: String,
    is_open: bool,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let today = console.bureau().today();
    let tasks = sources::gather(&console, &visitor, &status.troubles, shell.t).await?;
    let mut tasks = task::listed(tasks, today);
    let (count, more) = (format::count(tasks.len() as u64), tasks.len().saturating_sub(LISTED));
    tasks.truncate(LISTED);
    let (figures, completeness) = match visitor.may(Right::ReadRecords) {
        true => figures(&console, &visitor).await?,
        false => (None, None),
    };
    let latest = match visitor.may(Right::ReadDocuments) {
        true => latest(&console).await?,
        false => Vec::new(),
    };
    let parent = parent(&status, &shell, console.now());
    Ok(render(&HomePage {
        today: format::day(&today.to_string()),
        tasks,
        count,
        more: if more == 0 { String::new() } else { format::count(more as u64) },
        figures,
        completeness,
        may_run: visitor.may(Right::RunSite) && parent.is_some(),
        parent,
        latest,
        may_write: visitor.may(Right::WriteRecords),
        may_issue: visitor.may(Right::IssueDocuments),
        shell,
    }))
}

/// What the site counts, and where there are sites below it how complete that is.
async fn figures(
    console: &Console,
    visitor: &Visitor,
) -> Result<(Option<Figures>, Option<CompletenessView>), Problem> {
    let bureau = console.bureau();
    let report = bureau.rollup(None).await?;
    let sites = sites(console, visitor).await?;
    let completeness = bureau.completeness(&sites);
    let of_top = report.rows.first().and_then(|top| completeness.get(&top.unit));
    let of_top = of_top.filter(|found| found.sites > 1);
    let figures = Figures {
        people: format::count(report.total.people),
        honoured: format::count(report.total.honoured),
        ordinary: format::count(report.total.ordinary),
        orgs: format::count(report.total.orgs),
    };
    Ok((
        Some(figures),
        of_top.map(|found| CompletenessView::of(Some(found), visitor.language, console.now())),
    ))
}

/// The documents that came in last, settled or not.
async fn latest(console: &Console) -> Result<Vec<Incoming>, Problem> {
    let mut inbox = console.bureau().inbox(true).await?;
    inbox.sort_by_key(|document| std::cmp::Reverse(document.document.published_ms));
    let now = console.now();
    let incoming = |document: &DocumentView| {
        let stage = document.receipt.as_ref().map_or(Stage::Sent, |receipt| receipt.stage);
        Incoming {
            title: document.document.title.clone(),
            href: format!("/inbox/{}", document.id),
            more: format!("{} · {}", document.document.number, stage.word()),
            on: format::time(document.document.published_ms, now),
            is_open: stage < Stage::Signed,
        }
    };
    Ok(inbox.iter().take(LATEST).map(incoming).collect())
}

fn parent(status: &StatusReply, shell: &Shell, now: i64) -> Option<Parent> {
    let link = status.links.iter().find(|link| link.side == "parent")?;
    Some(Parent {
        name: link.peer_unit_name.clone(),
        last_contact: match link.last_contact_ms {
            0 => shell.t.home.never.to_owned(),
            at => format::time(at, now),
        },
        frames_waiting: format::count(link.backlog_frames),
        bytes_waiting: format::bytes(link.backlog_bytes),
    })
}
