//! 一屏总览: what a head of bureau looks at: people and branches against last year, documents, completeness, and the
//! places that need help.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::documents::Issued;
use yanzhen_bureau::{Completeness, Period};
use yanzhen_sync::UnitId;

use super::reports::{CompletenessView, change, sites, why};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Documents of the site's own that are listed.
const ISSUED_LOOKED_AT: u32 = 50;

/// Of these, the ones not settled that the page shows.
const OPEN_SHOWN: usize = 8;

pub(super) fn routes() -> Vec<Route> {
    let needs = Access::Needs(Right::ReadRecords);
    vec![Route::get("/overview", needs, show), Route::get("/overview/export", needs, export).audited()]
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    shell: Shell,
    today: String,
    /// The day a year ago that the figures are held against.
    before: String,
    completeness: CompletenessView,
    figures: Vec<Figure>,
    year: Vec<(&'static str, String)>,
    documents: Option<Documents>,
    places: Vec<Place>,
}

/// A number with what it was a year ago.
struct Figure {
    name: &'static str,
    href: &'static str,
    now: String,
    change: String,
}

struct Documents {
    /// That came in and wait.
    incoming: String,
    /// Issued here and not settled by everybody, and those past their deadline among them.
    open: String,
    overdue: String,
    rows: Vec<OpenDocument>,
}

struct OpenDocument {
    title: String,
    href: String,
    number: String,
    signed: u64,
    replied: u64,
    needs_reply: bool,
    recipients: u64,
    deadline: String,
    is_overdue: bool,
}

/// A place that needs help, and with what.
struct Place {
    name: String,
    needs: Vec<Need>,
}

struct Need {
    text: String,
    href: String,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(render(&page(&console, &visitor).await?))
}

/// Each figure of the page with the part that it stands in.
async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let page = page(&console, &visitor).await?;
    let t = page.shell.t;
    let (w, r) = (&t.overview, &t.reports);
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut push = |part: &str, item: &str, value: String, more: String| {
        rows.push([part.to_owned(), item.to_owned(), value, more]);
    };
    for figure in page.figures {
        push(w.title, figure.name, figure.now, format!("{} {}", w.a_year, figure.change));
    }
    for (name, number) in page.year {
        push(r.this_year, name, number, String::new());
    }
    for place in page.places {
        for need in place.needs {
            push(w.places, &place.name, need.text, String::new());
        }
    }
    if let Some(documents) = page.documents {
        push(w.documents, w.incoming, documents.incoming, String::new());
        push(w.documents, w.open, documents.open, String::new());
        push(w.documents, t.home.overdue, documents.overdue, String::new());
        for row in documents.rows {
            push(w.open_documents, &row.title, format!("{} / {}", row.signed, row.recipients), row.deadline);
        }
    }
    let rows = rows.into_iter().map(|row| row.map(Into::into).into()).collect();
    let columns = vec![w.part, r.item, w.value, w.more];
    Sheet { note: page.today, ..Sheet::new(w.title, columns, rows) }.file(&console, t).await
}

async fn page(console: &Console, visitor: &Visitor) -> Result<OverviewPage, Problem> {
    let sites = sites(console, visitor).await?;
    let shell = Shell::of(console, visitor).await?;
    let (bureau, now, today) = (console.bureau(), console.now(), console.bureau().today());
    let completeness = bureau.completeness(&sites);
    let a_year_ago = today.years_earlier(1).unwrap_or(today);
    let present = bureau.rollup(None).await?;
    let (then, total) = (bureau.rollup_on(None, a_year_ago).await?.total, present.total);
    let members = |counts: &yanzhen_bureau::Rollup| counts.honoured_members + counts.ordinary_members;
    let t = &shell.t.overview;
    let figure =
        |name, href, now, before| Figure { name, href, now: format::count(now), change: change(before, now) };
    let figures = vec![
        figure(t.people, "/people", total.people, then.people),
        figure(t.honoured, "/reports", total.honoured, then.honoured),
        figure(t.ordinary, "/reports", total.ordinary, then.ordinary),
        figure(t.members, "/reports", members(&total), members(&then)),
        figure(t.orgs, "/orgs", total.orgs, then.orgs),
    ];
    let mut year = Vec::new();
    if let Some(period) = Period::new(today.start_of_year(), today) {
        let rows = bureau.balance(None, period).await?;
        let balance = rows.first().map(|top| top.total).unwrap_or_default();
        let r = &shell.t.reports;
        year = vec![
            (r.opening, format::count(balance.opening)),
            (r.retired, format::count(balance.retired)),
            (r.moved_in, format::count(balance.moved_in)),
            (r.arrived, format::count(balance.arrived)),
            (r.deceased, format::count(balance.deceased)),
            (r.moved_out, format::count(balance.moved_out)),
            (r.left, format::count(balance.left)),
            (r.closing, format::count(balance.closing)),
        ];
    }
    let documents = match visitor.may(Right::ReadDocuments) {
        true => Some(documents(console).await?),
        false => None,
    };
    let of_top = present.rows.first().and_then(|top| completeness.get(&top.unit));
    Ok(OverviewPage {
        today: format::day(&today.to_string()),
        before: format::day(&a_year_ago.to_string()),
        places: places(console, visitor, of_top, shell.t).await?,
        completeness: CompletenessView::of(of_top, visitor.language, now),
        figures,
        year,
        documents,
        shell,
    })
}

async fn documents(console: &Console) -> Result<Documents, Problem> {
    let bureau = console.bureau();
    let today = bureau.today().to_string();
    let incoming = bureau.inbox(false).await?.len();
    let issued = bureau.issued(0, ISSUED_LOOKED_AT).await?.rows;
    let is_open = |issued: &&Issued| {
        let counts = &issued.counts;
        let settled = counts.returned + if issued.needs_reply { counts.replied } else { counts.signed };
        settled < counts.recipients && issued.recalled == 0 && !issued.is_replaced
    };
    let is_overdue = |issued: &Issued| !issued.deadline.is_empty() && issued.deadline < today;
    let open: Vec<&Issued> = issued.iter().filter(is_open).collect();
    let row = |issued: &&Issued| OpenDocument {
        title: issued.title.clone(),
        href: format!("/documents/{}", issued.id),
        number: issued.number.clone(),
        signed: issued.counts.signed,
        replied: issued.counts.replied,
        needs_reply: issued.needs_reply,
        recipients: issued.counts.recipients,
        deadline: format::short_day(&issued.deadline, &today),
        is_overdue: is_overdue(issued),
    };
    Ok(Documents {
        incoming: format::count(incoming as u64),
        open: format::count(open.len() as u64),
        overdue: format::count(open.iter().filter(|issued| is_overdue(issued)).count() as u64),
        rows: open.iter().take(OPEN_SHOWN).map(row).collect(),
    })
}

/// Places with anything overdue and places whose sites are not complete, in the order of the tree.
async fn places(
    console: &Console,
    visitor: &Visitor,
    found: Option<&Completeness<'_>>,
    t: &Texts,
) -> Result<Vec<Place>, Problem> {
    let bureau = console.bureau();
    let mut needs: BTreeMap<UnitId, Vec<Need>> = BTreeMap::new();
    for place in bureau.attention(None).await? {
        let code = &place.unit.code;
        let need = |count: u64, what: &str, href: String| {
            (count > 0).then(|| Need { text: format!("{} {what}", format::count(count)), href })
        };
        let of_place = [
            need(place.documents, t.overview.documents_overdue, "/documents".to_owned()),
            need(place.terms, t.overview.terms_over, format!("/orgs?unit={code}")),
        ];
        needs.entry(place.unit.id).or_default().extend(of_place.into_iter().flatten());
    }
    for site in found.map(|found| found.incomplete.as_slice()).unwrap_or_default() {
        let Ok(unit) = bureau.unit_of_code(&site.unit_code) else { continue };
        let text = format!("{}：{}", t.overview.not_complete, why(site, visitor.language, console.now()));
        needs.entry(unit).or_default().push(Need { text, href: "/sites".to_owned() });
    }
    let in_order = bureau.unit_tree(bureau.own_unit()).into_iter();
    let place = |view: yanzhen_bureau::units::UnitView| {
        let needs = needs.remove(&view.unit.id)?;
        Some(Place { name: view.unit.name, needs })
    };
    Ok(in_order.filter_map(place).collect())
}
