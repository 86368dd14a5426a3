//! 增减变动: opening + in − out = closing, by unit.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::balance::BalanceRow;
use yanzhen_bureau::workbook::Cell;
use yanzhen_bureau::{Balance, Day, Period};

use super::Tab;
use super::completeness::{CompletenessView, sites};
use super::days::{DayField, Preset};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    unit: String,
    /// Empty for the first day of this year.
    #[serde(default)]
    from: String,
    /// Empty for today.
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "reports/changes.html")]
struct ChangesPage {
    shell: Shell,
    tab: Tab,
    units: Vec<UnitChoice>,
    unit: String,
    from: DayField,
    to: DayField,
    /// The last day lies before the first.
    is_reversed: bool,
    presets: Vec<Preset>,
    made: String,
    completeness: CompletenessView,
    rows: Vec<Row>,
    total: Option<[u64; 10]>,
    /// Units whose sums do not come out.
    wrong: Vec<String>,
}

struct Row {
    code: String,
    name: String,
    is_top: bool,
    has_below: bool,
    numbers: [u64; 10],
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let sites = sites(&console, &visitor).await?;
    let shell = Shell::of(&console, &visitor).await?;
    let (bureau, now, today) = (console.bureau(), console.now(), console.bureau().today());
    let completeness = bureau.completeness(&sites);
    let (choices, unit) = units(bureau, &view.unit)?;
    let (from, to) = days(&view, today);
    let period = Period::new(from.day, to.day);
    let report = match period {
        Some(period) => bureau.balance(unit, period).await?,
        None => Vec::new(),
    };
    let rows = rows(&report, shell.t);
    let of_top = report.first().and_then(|top| completeness.get(&top.unit.id));
    let wrong = |row: &&BalanceRow| !(row.own.holds() && row.total.holds());
    Ok(render(&ChangesPage {
        tab: Tab::Changes,
        units: choices,
        presets: presets(&view.unit, (from.day, to.day), today, shell.t.reports.this_year),
        unit: view.unit,
        is_reversed: period.is_none(),
        made: format::full_time(now),
        completeness: CompletenessView::of(of_top, visitor.language, now),
        total: report.first().map(|top| numbers(&top.total)),
        wrong: report.iter().filter(wrong).map(|row| row.unit.name.clone()).collect(),
        rows,
        from,
        to,
        shell,
    }))
}

/// The days asked for; without any this year so far.
fn days(view: &View, today: Day) -> (DayField, DayField) {
    let to = DayField::of(&view.to, today);
    (DayField::of(&view.from, to.day.start_of_year()), to)
}

/// The units with all below them, and the own shares of those that have others below.
fn rows(report: &[BalanceRow], t: &Texts) -> Vec<Row> {
    let mut rows = Vec::with_capacity(report.len());
    for (place, row) in report.iter().enumerate() {
        let has_below = report.get(place + 1).is_some_and(|next| next.unit.depth > row.unit.depth);
        let indent = "　".repeat(row.unit.depth as usize);
        rows.push(Row {
            code: row.unit.code.clone(),
            name: format!("{indent}{}", row.unit.name),
            is_top: row.unit.depth == 0,
            has_below,
            numbers: numbers(&row.total),
        });
        if has_below && row.own != Balance::default() {
            rows.push(Row {
                code: String::new(),
                name: format!("{indent}　{}{}", row.unit.name, t.reports.own),
                is_top: false,
                has_below: false,
                numbers: numbers(&row.own),
            });
        }
    }
    rows
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let (bureau, t) = (console.bureau(), visitor.language.texts());
    let (_, unit) = units(bureau, &view.unit)?;
    let (from, to) = days(&view, bureau.today());
    let w = &t.reports;
    let period = Period::new(from.day, to.day).ok_or_else(|| Problem::bad_request(w.reversed))?;
    let report = bureau.balance(unit, period).await?;
    let cells = |name: String, numbers: [u64; 10]| -> Vec<Cell> {
        [Cell::Text(name)].into_iter().chain(numbers.map(Cell::Number)).collect()
    };
    let total = report.first().map(|top| cells(w.total.to_owned(), numbers(&top.total)));
    let rows = rows(&report, t).into_iter().map(|row| cells(row.name, row.numbers)).chain(total);
    let columns = vec![
        w.unit,
        w.opening,
        w.incoming,
        w.retired,
        w.moved_in,
        w.arrived,
        w.outgoing,
        w.deceased,
        w.moved_out,
        w.left,
        w.closing,
    ];
    let note = format!("{} — {}", format::day(&from.day.to_string()), format::day(&to.day.to_string()));
    Sheet { note, ..Sheet::new(w.changes_title, columns, rows.collect()) }.file(&console, t).await
}

fn numbers(balance: &Balance) -> [u64; 10] {
    [
        balance.opening,
        balance.incoming(),
        balance.retired,
        balance.moved_in,
        balance.arrived,
        balance.outgoing(),
        balance.deceased,
        balance.moved_out,
        balance.left,
        balance.closing,
    ]
}

/// This year so far, and the two before.
fn presets(unit: &str, chosen: (Day, Day), today: Day, this_year: &str) -> Vec<Preset> {
    let mut presets = Vec::new();
    for years in 0..=2 {
        let Some(end) = today.end_of_year().years_earlier(years) else { continue };
        let (first, last) = (end.start_of_year(), end.min(today));
        let label = if years == 0 { this_year.to_owned() } else { format::day(&end.to_string()[..4]) };
        presets.push(Preset {
            label,
            href: format!("/reports/changes?unit={unit}&from={first}&to={last}"),
            is_chosen: chosen == (first, last),
        });
    }
    presets
}
