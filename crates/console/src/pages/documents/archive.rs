//! The archive of what was sent and received.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_bureau::documents::{Found, Search, Sent};

use super::words;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::texts::Language;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 25;

#[derive(Default, Deserialize)]
pub(super) struct View {
    #[serde(default)]
    q: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    page: u32,
}

#[derive(Template)]
#[template(path = "documents/archive.html")]
struct ArchivePage {
    shell: Shell,
    view: View,
    /// Code, name, whether it is chosen.
    units: Vec<(String, String, bool)>,
    rows: Vec<Row>,
    pager: Pager,
    unreadable_day: bool,
}

struct Row {
    href: String,
    number: String,
    title: String,
    kind: &'static str,
    sent: &'static str,
    issuer: String,
    published: String,
    is_recalled: bool,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let page = view.page.max(1);
    let day = |text: &str| Day::parse(text).ok().filter(|day| day.is_full());
    let unreadable = |text: &str| !text.trim().is_empty() && day(text).is_none();
    let search = Search {
        text: view.q.clone(),
        unit: if view.unit.is_empty() { None } else { Some(bureau.unit_of_code(&view.unit)?) },
        from: day(&view.from),
        to: day(&view.to),
        offset: (page - 1).saturating_mul(ROWS),
        limit: ROWS,
    };
    let found = bureau.search_documents(&search).await?;
    let pairs = [("q", view.q.as_str()), ("unit", &view.unit), ("from", &view.from), ("to", &view.to)];
    let pager = Pager::new("/documents/archive", &pairs, page, ROWS, found.total);
    let units = bureau.unit_tree(None).into_iter().map(|one| {
        let chosen = one.unit.code == view.unit;
        (one.unit.code, one.unit.name, chosen)
    });
    Ok(render(&ArchivePage {
        shell: Shell::of(&console, &visitor).await?,
        units: units.collect(),
        rows: found.rows.into_iter().map(|found| row(found, visitor.language)).collect(),
        pager,
        unreadable_day: unreadable(&view.from) || unreadable(&view.to),
        view,
    }))
}

fn row(found: Found, language: Language) -> Row {
    let place = match found.sent {
        Sent::Issued => "documents",
        Sent::Received => "inbox",
    };
    Row {
        href: format!("/{place}/{}", found.id),
        number: found.number,
        title: found.title,
        kind: words::kind(language, found.kind),
        sent: words::sent(language, found.sent),
        issuer: found.issuer,
        published: format::full_time(found.published),
        is_recalled: found.is_recalled,
    }
}
