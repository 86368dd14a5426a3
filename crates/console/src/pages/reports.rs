//! 汇总报表: the roll-up of people and Party organisations by unit.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Rollup;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::Told;
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/reports", Access::Needs(Right::ReadRecords), rollup)]
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    unit: String,
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportPage {
    shell: Shell,
    units: Vec<UnitChoice>,
    as_of: String,
    /// What has not arrived or not left, so that the figures may grow.
    incomplete: Vec<String>,
    rows: Vec<Row>,
    total: Row,
    mismatches: Vec<String>,
}

struct Row {
    code: String,
    name: String,
    is_top: bool,
    has_below: bool,
    numbers: [String; 8],
}

async fn rollup(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let told = |trouble| Told::of(trouble, visitor.language, console.now()).what;
    let bureau = console.bureau();
    let (units, unit) = units(bureau, &view.unit)?;
    let report = bureau.rollup(unit).await?;
    let mut rows = Vec::with_capacity(report.rows.len());
    for (place, row) in report.rows.iter().enumerate() {
        let has_below = report.rows.get(place + 1).is_some_and(|next| next.depth > row.depth);
        let indent = "　".repeat(row.depth as usize);
        let name = format!("{indent}{}", row.name);
        rows.push(Row {
            code: row.code.clone(),
            name,
            is_top: row.depth == 0,
            has_below,
            numbers: numbers(&row.total),
        });
        if has_below && row.own != Rollup::default() {
            let name = format!("{indent}　{}本级", row.name);
            rows.push(Row {
                code: String::new(),
                name,
                is_top: false,
                has_below: false,
                numbers: numbers(&row.own),
            });
        }
    }
    let total = Row {
        code: String::new(),
        name: String::new(),
        is_top: false,
        has_below: false,
        numbers: numbers(&report.total),
    };
    Ok(render(&ReportPage {
        units,
        as_of: format::full_time(console.now()),
        incomplete: status.troubles.iter().map(told).collect(),
        rows,
        total,
        mismatches: report.mismatches.iter().map(|(_, mismatch)| mismatch.to_string()).collect(),
        shell,
    }))
}

fn numbers(counts: &Rollup) -> [String; 8] {
    [
        counts.people,
        counts.honoured,
        counts.honoured_members,
        counts.ordinary,
        counts.ordinary_members,
        counts.orgs,
        counts.orgs_single,
        counts.orgs_joint,
    ]
    .map(format::count)
}
