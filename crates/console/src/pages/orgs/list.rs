//! The organisations: filters, a page at a time.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::{Day, Filter};
use yanzhen_proto::v1::{OrgSetup, OrgType};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::visitor::Visitor;

/// Days before the end of a term at which it is first told.
const TERM_NEAR_DAYS: i64 = 180;

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
#[template(path = "orgs/list.html")]
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
    unit: String,
    kind: &'static str,
    setup: &'static str,
    members: String,
    term_end: String,
    term: Term,
    is_closed: bool,
}

/// How near the end of a committee's term is.
#[derive(PartialEq)]
enum Term {
    /// None is known, or it is far.
    Quiet,
    /// Within [`TERM_NEAR_DAYS`].
    Near,
    /// Over.
    Over,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let (units, unit) = units(bureau, &view.unit)?;
    let today = bureau.today();
    let page = view.page.max(1);
    let offset = (page - 1).saturating_mul(ROWS);
    let filter = Filter { unit, subtree: true, search: view.q.clone(), offset, limit: ROWS };
    let found = bureau.list_orgs(&filter).await?;
    let query = [("q", view.q.as_str()), ("unit", view.unit.as_str())];
    Ok(render(&ListPage {
        shell: Shell::of(&console, &visitor).await?,
        units,
        total: format::count(found.total),
        is_filtered: !view.q.is_empty() || !view.unit.is_empty(),
        rows: found.rows.into_iter().map(|org| row(org, today)).collect(),
        pager: Pager::new("/orgs", &query, page, ROWS, found.total),
        may_write: visitor.may(Right::WriteRecords),
        q: view.q,
    }))
}

fn row(view: OrgView, today: Day) -> Row {
    let org = view.org;
    Row {
        id: view.id.to_string(),
        unit: view.unit_name,
        kind: word_of::<OrgType>(org.r#type),
        setup: word_of::<OrgSetup>(org.setup),
        members: format::count(view.members + u64::from(org.other_members)),
        term_end: format::day(&org.term_end),
        term: if org.closed_on.is_empty() { term(&org.term_end, today) } else { Term::Quiet },
        is_closed: !org.closed_on.is_empty(),
        number: org.number,
        name: org.name,
    }
}

fn term(end: &str, today: Day) -> Term {
    match Day::parse(end).ok().and_then(|end| today.days_until(end)) {
        Some(days) if days < 0 => Term::Over,
        Some(days) if days <= TERM_NEAR_DAYS => Term::Near,
        _ => Term::Quiet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_term_is_told_180_days_before_over_leap_days_too() {
        let today = Day::parse("2027-09-02").unwrap();
        let told = |end| match term(end, today) {
            Term::Quiet => "quiet",
            Term::Near => "near",
            Term::Over => "over",
        };
        assert_eq!(told("2028-02-29"), "near", "180 days later");
        assert_eq!(told("2028-03-01"), "quiet", "181 days later");
        assert_eq!(told("2027-09-02"), "near", "the last day is not over");
        assert_eq!(told("2027-09-01"), "over");
        assert_eq!(told(""), "quiet");
        assert_eq!(told("2027-10"), "quiet", "a month alone does not say");
    }
}
