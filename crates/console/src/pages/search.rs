//! 搜索: people, Party organisations and documents that some words fit, from every page.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{Found as Document, Search, Sent};
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::{Bureau, Filter};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_list::List;
use crate::routes::{Access, Route};
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Findings of each kind that are shown; its list has all.
const SHOWN: u32 = 10;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/search", Access::Needs(Right::ReadRecords), search)]
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    groups: Vec<Group>,
}

/// What was found of one kind.
struct Group {
    title: &'static str,
    total: String,
    /// The list of all.
    href: String,
    found: Vec<Found>,
}

/// One finding.
struct Found {
    href: String,
    name: String,
    /// What tells it from others of the same name.
    notes: Vec<String>,
}

async fn search(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let q = view.q.trim().to_owned();
    let mut groups = Vec::new();
    if !q.is_empty() {
        let (bureau, t) = (console.bureau(), shell.t);
        groups.push(group::<PersonView>(bureau, t, &q, person).await?);
        groups.push(group::<OrgView>(bureau, t, &q, org).await?);
        if visitor.may(Right::ReadDocuments) {
            groups.push(documents(bureau, t, &q).await?);
        }
        groups.retain(|group| !group.found.is_empty());
    }
    Ok(render(&SearchPage { shell, q, groups }))
}

/// The first findings of one kind, whatever their status.
async fn group<L: List>(
    bureau: &Bureau,
    t: &'static Texts,
    q: &str,
    found: fn(&L) -> Found,
) -> Result<Group, Problem>
where
    L::Which: Default,
{
    let filter = Filter { search: q.to_owned(), limit: SHOWN, ..Filter::default() };
    let page = L::page(bureau, &filter).await?;
    let mut query = form_urlencoded::Serializer::new(format!("{}?status=all&", L::PATH));
    let href = query.append_pair("q", q).finish();
    let found = page.rows.iter().map(found).collect();
    Ok(Group { title: L::words(t).title, total: format::count(page.total), href, found })
}

/// What the units here have issued and received.
async fn documents(bureau: &Bureau, t: &'static Texts, q: &str) -> Result<Group, Problem> {
    let search = Search { text: q.to_owned(), limit: SHOWN, ..Search::default() };
    let page = bureau.search_documents(&search).await?;
    let found = |document: &Document| Found {
        href: match document.sent {
            Sent::Issued => format!("/documents/{}", document.id),
            Sent::Received => format!("/inbox/{}", document.id),
        },
        name: document.title.clone(),
        notes: notes([&document.number, &document.issuer, &format::full_time(document.published)]),
    };
    Ok(Group {
        title: t.search.documents,
        total: format::count(page.total),
        href: format::link("/documents/archive", &[("q", q)]),
        found: page.rows.iter().map(found).collect(),
    })
}

fn person(view: &PersonView) -> Found {
    let branch = view.branch.as_ref().map(|branch| branch.name.clone()).unwrap_or_default();
    Found {
        href: format!("{}/{}", PersonView::PATH, view.id),
        name: view.person.name.clone(),
        notes: notes([&view.person.number, &view.unit_name, &view.person.former_unit, &branch]),
    }
}

fn org(view: &OrgView) -> Found {
    Found {
        href: format!("{}/{}", OrgView::PATH, view.id),
        name: view.org.name.clone(),
        notes: notes([&view.org.number, &view.unit_name]),
    }
}

fn notes<const N: usize>(texts: [&String; N]) -> Vec<String> {
    texts.into_iter().filter(|text| !text.is_empty()).cloned().collect()
}
