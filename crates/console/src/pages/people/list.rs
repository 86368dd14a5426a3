//! The roster: filters, a page at a time.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Filter;
use yanzhen_bureau::kinds::codes::sex_word;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::people::PersonView;
use yanzhen_proto::v1::{MembershipState, PersonStatus, Retirement};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 25;

/// What the address says of the view, so that any view can be bookmarked.
#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    q: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    page: u32,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    shell: Shell,
    q: String,
    units: Vec<UnitChoice>,
    total: String,
    is_filtered: bool,
    rows: Vec<Row>,
    pager: Pager,
    may_write: bool,
}

struct Row {
    id: String,
    number: String,
    name: String,
    sex: &'static str,
    birth: String,
    kind: &'static str,
    unit: String,
    former_unit: String,
    membership: &'static str,
    branch: String,
    status: &'static str,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let (units, unit) = units(bureau, &view.unit)?;
    let page = view.page.max(1);
    let offset = (page - 1).saturating_mul(ROWS);
    let filter = Filter { unit, subtree: true, search: view.q.clone(), offset, limit: ROWS };
    let found = bureau.list_people(&filter).await?;
    let query = [("q", view.q.as_str()), ("unit", view.unit.as_str())];
    Ok(render(&ListPage {
        shell: Shell::of(&console, &visitor).await?,
        units,
        total: format::count(found.total),
        is_filtered: !view.q.is_empty() || !view.unit.is_empty(),
        rows: found.rows.into_iter().map(row).collect(),
        pager: Pager::new("/people", &query, page, ROWS, found.total),
        may_write: visitor.may(Right::WriteRecords),
        q: view.q,
    }))
}

fn row(view: PersonView) -> Row {
    let person = view.person;
    Row {
        id: view.id.to_string(),
        number: person.number,
        name: person.name,
        sex: sex_word(person.sex).unwrap_or("?"),
        birth: format::day(&person.birth),
        kind: word_of::<Retirement>(person.retirement),
        unit: view.unit_name,
        former_unit: person.former_unit,
        membership: view.membership.map_or("", |membership| word_of::<MembershipState>(membership.state)),
        branch: view.branch.map(|branch| branch.name).unwrap_or_default(),
        status: word_of::<PersonStatus>(person.status),
    }
}
