//! The table of people and Party organisations by unit, as of today or as of an earlier day.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::report::{RollupReport, RollupRow, WrittenSince};
use yanzhen_bureau::workbook::Cell;
use yanzhen_bureau::{Day, Rollup};
use yanzhen_sync::UnitId;

use super::Tab;
use super::completeness::{CompletenessCell, CompletenessView, sites};
use super::days::{DayField, Preset};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Year ends that are offered.
const YEAR_ENDS: i16 = 3;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    unit: String,
    /// Empty for today.
    #[serde(default)]
    on: String,
}

#[derive(Template)]
#[template(path = "reports/rollup.html")]
struct RollupPage {
    shell: Shell,
    tab: Tab,
    units: Vec<UnitChoice>,
    unit: String,
    on: DayField,
    presets: Vec<Preset>,
    made: String,
    /// The day that the table is as of, and the one a year before.
    as_of: String,
    before: String,
    completeness: CompletenessView,
    /// For a day that is past.
    since: Option<Since>,
    rows: Vec<Row>,
    total: Row,
    mismatches: Vec<String>,
}

struct Since {
    people: String,
    gone: String,
}

struct Row {
    code: String,
    name: String,
    is_top: bool,
    has_below: bool,
    counts: [u64; 8],
    /// People a year before, and the difference.
    before: u64,
    change: String,
    /// None for a share of the row above.
    completeness: Option<CompletenessCell>,
}

/// The table as it is shown, with what stands in no cell of it.
struct Made {
    on: DayField,
    choices: Vec<UnitChoice>,
    report: RollupReport,
    before: Before,
    year_before: Day,
    unit: Option<UnitId>,
}

async fn make(console: &Console, view: &View) -> Result<Made, Problem> {
    let bureau = console.bureau();
    let (choices, unit) = units(bureau, &view.unit)?;
    let on = DayField::of(&view.on, bureau.today());
    let report = bureau.rollup_on(unit, on.day).await?;
    let year_before = on.day.years_earlier(1).unwrap_or(on.day);
    let before = Before::of(&bureau.rollup_on(unit, year_before).await?);
    Ok(Made { on, choices, report, before, year_before, unit })
}

/// The units with all below them, and the own shares of those that have others below.
fn rows(made: &Made, t: &Texts, cell: impl Fn(UnitId) -> CompletenessCell) -> Vec<Row> {
    let mut rows = Vec::with_capacity(made.report.rows.len());
    for (place, row) in made.report.rows.iter().enumerate() {
        let has_below = made.report.rows.get(place + 1).is_some_and(|next| next.depth > row.depth);
        rows.push(whole(row, has_below, made.before.total(row.unit), cell(row.unit)));
        if has_below && row.own != Rollup::default() {
            rows.push(share(row, made.before.own(row.unit), t.reports.own));
        }
    }
    rows
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let sites = sites(&console, &visitor).await?;
    let completeness = console.bureau().completeness(&sites);
    let (t, made) = (visitor.language.texts(), make(&console, &view).await?);
    let w = &t.reports;
    let cell = |unit| CompletenessCell::of(completeness.get(&unit), t, visitor.language, sheet::ANOTHER_DAY);
    let total = Row { name: w.total.to_owned(), ..figures(&made.report.total, made.before.whole) };
    let cells = |row: Row| {
        let complete = row.completeness.map_or(String::new(), |cell| cell.text);
        let numbers = row.counts.into_iter().chain([row.before]).map(Cell::Number);
        let name = [Cell::Text(row.name)].into_iter();
        name.chain(numbers).chain([Cell::Text(row.change), Cell::Text(complete)]).collect()
    };
    let rows = rows(&made, t, cell).into_iter().chain([total]).map(cells).collect();
    let (orgs, of) = (w.orgs, w.members);
    let columns = vec![
        w.unit,
        w.people,
        w.honoured,
        of,
        w.ordinary,
        of,
        orgs,
        w.single,
        w.joint,
        w.year_before,
        w.change,
        w.complete_as_of,
    ];
    let day = |day: Day| format::day(&day.to_string());
    let note = format!("{} {}　{} {}", w.on_day, day(made.on.day), w.year_before, day(made.year_before));
    Sheet { note, ..Sheet::new(w.title, columns, rows) }.file(&console, t).await
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
    let made = make(&console, &view).await?;
    let cell = |unit| CompletenessCell::of(completeness.get(&unit), shell.t, visitor.language, now);
    let rows = rows(&made, shell.t, cell);
    let Made { on, choices, report, before, year_before, unit } = made;
    let since = match on.day < today {
        true => Some(bureau.written_since(unit, on.day).await?),
        false => None,
    };
    let of_top = report.rows.first().and_then(|top| completeness.get(&top.unit));
    Ok(render(&RollupPage {
        tab: Tab::Table,
        units: choices,
        presets: presets(&view.unit, &on, today, shell.t.reports.today),
        unit: view.unit,
        made: format::full_time(now),
        as_of: format::day(&on.day.to_string()),
        before: format::day(&year_before.to_string()),
        completeness: CompletenessView::of(of_top, visitor.language, now),
        since: since
            .filter(|since| *since != WrittenSince::default())
            .map(|since| Since { people: format::count(since.people), gone: format::count(since.gone) }),
        total: figures(&report.total, before.whole),
        mismatches: report.mismatches.iter().map(|(_, mismatch)| mismatch.to_string()).collect(),
        rows,
        on,
        shell,
    }))
}

/// People by unit, a year before.
struct Before {
    by_unit: BTreeMap<UnitId, (u64, u64)>,
    whole: u64,
}

impl Before {
    fn of(report: &RollupReport) -> Before {
        let row = |row: &RollupRow| (row.unit, (row.own.people, row.total.people));
        Before { by_unit: report.rows.iter().map(row).collect(), whole: report.total.people }
    }

    fn own(&self, unit: UnitId) -> u64 {
        self.by_unit.get(&unit).map_or(0, |(own, _)| *own)
    }

    fn total(&self, unit: UnitId) -> u64 {
        self.by_unit.get(&unit).map_or(0, |(_, total)| *total)
    }
}

/// A unit with all below it.
fn whole(row: &RollupRow, has_below: bool, before: u64, cell: CompletenessCell) -> Row {
    Row {
        code: row.code.clone(),
        name: format!("{}{}", "　".repeat(row.depth as usize), row.name),
        is_top: row.depth == 0,
        has_below,
        completeness: Some(cell),
        ..figures(&row.total, before)
    }
}

/// What a unit with others below it counts itself.
fn share(row: &RollupRow, before: u64, own: &str) -> Row {
    let name = format!("{}　{}{own}", "　".repeat(row.depth as usize), row.name);
    Row { name, ..figures(&row.own, before) }
}

fn figures(counts: &Rollup, before: u64) -> Row {
    Row {
        code: String::new(),
        name: String::new(),
        is_top: false,
        has_below: false,
        counts: numbers(counts),
        before,
        change: change(before, counts.people),
        completeness: None,
    }
}

/// "+12", "−3", "0".
pub(crate) fn change(before: u64, now: u64) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("+{}", format::count(now - before)),
        std::cmp::Ordering::Less => format!("−{}", format::count(before - now)),
        std::cmp::Ordering::Equal => "0".to_owned(),
    }
}

fn numbers(counts: &Rollup) -> [u64; 8] {
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
}

/// Today and the ends of the last years.
fn presets(unit: &str, on: &DayField, today: Day, word: &str) -> Vec<Preset> {
    let mut presets = vec![Preset {
        label: word.to_owned(),
        href: format!("/reports?unit={unit}"),
        is_chosen: on.day == today && !on.is_wrong,
    }];
    for years in 1..=YEAR_ENDS {
        let Some(end) = today.end_of_year().years_earlier(years) else { continue };
        presets.push(Preset {
            label: format::day(&end.to_string()),
            href: format!("/reports?unit={unit}&on={end}"),
            is_chosen: on.day == end && !on.is_wrong,
        });
    }
    presets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_its_direction() {
        let changes = [(10, 12), (12, 10), (7, 7), (0, 1_234)].map(|(before, now)| change(before, now));
        assert_eq!(changes, ["+2", "−2", "0", "+1,234"]);
    }
}
