//! The archive of what was sent and received.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{Found, Search, Sent};
use yanzhen_bureau::{Bureau, Day};

use super::words;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
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
    let unreadable = |text: &str| !text.trim().is_empty() && day(text).is_none();
    let search = Search { offset: (page - 1).saturating_mul(ROWS), limit: ROWS, ..search(bureau, &view)? };
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

/// What the view asks for; a day that can't be read asks for nothing.
fn search(bureau: &Bureau, view: &View) -> Result<Search, Problem> {
    Ok(Search {
        text: view.q.clone(),
        unit: if view.unit.is_empty() { None } else { Some(bureau.unit_of_code(&view.unit)?) },
        from: day(&view.from),
        to: day(&view.to),
        ..Search::default()
    })
}

fn day(text: &str) -> Option<Day> {
    Day::parse(text).ok().filter(|day| day.is_full())
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let (bureau, t) = (console.bureau(), visitor.language.texts());
    let search = search(bureau, &view)?;
    let page = async |offset| {
        bureau.search_documents(&Search { offset, limit: sheet::SLICE, ..search.clone() }).await
    };
    let found = sheet::all(page).await?;
    let w = &t.documents;
    let cells = |found: Found| {
        let row = row(found, visitor.language);
        let title = if row.is_recalled { format!("{} {}", row.title, w.recalled) } else { row.title };
        let (kind, sent) = (row.kind.to_owned(), row.sent.to_owned());
        [row.number, title, kind, sent, row.issuer, row.published].map(Into::into).into()
    };
    let columns = vec![w.number, w.title, w.kind, w.way, w.issuer, w.published];
    Sheet::new(w.archive, columns, found.into_iter().map(cells).collect()).file(&console, t).await
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
