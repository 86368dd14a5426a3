//! 图表: ages, kinds of retirement by unit, and the years, as drawings with their figures beside them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::ages::{AgeBand, Ages};
use yanzhen_bureau::report::RollupReport;
use yanzhen_bureau::workbook::Cell;
use yanzhen_bureau::{Bureau, BureauError, Day};
use yanzhen_sync::UnitId;

use super::Tab;
use super::chart::{Chart, FigureRow, Figures};
use super::completeness::{CompletenessView, sites};
use super::days::DayField;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Year ends that are drawn before the day itself.
const YEARS: i16 = 5;

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    unit: String,
    /// Empty for today.
    #[serde(default)]
    on: String,
}

#[derive(Template)]
#[template(path = "reports/charts.html")]
struct ChartsPage {
    shell: Shell,
    tab: Tab,
    units: Vec<UnitChoice>,
    unit: String,
    on: DayField,
    as_of: String,
    made: String,
    completeness: CompletenessView,
    charts: Vec<Chart>,
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
    let on = DayField::of(&view.on, today);
    let report = bureau.rollup_on(unit, on.day).await?;
    let of_top = report.rows.first().and_then(|top| completeness.get(&top.unit));
    let completeness = CompletenessView::of(of_top, visitor.language, now);
    let drawn =
        ["ages", "kinds", "years"].into_iter().zip(figures(bureau, unit, on.day, &report, shell.t).await?);
    let charts = drawn.map(|(id, figures)| Chart::of(id, figures)).collect();
    Ok(render(&ChartsPage {
        tab: Tab::Charts,
        units: choices,
        unit: view.unit,
        as_of: format::day(&on.day.to_string()),
        made: format::full_time(now),
        completeness,
        charts,
        on,
        shell,
    }))
}

/// What the charts draw, in their order.
async fn figures(
    bureau: &Bureau,
    unit: Option<UnitId>,
    on: Day,
    report: &RollupReport,
    t: &Texts,
) -> Result<[Figures; 3], BureauError> {
    let ages = ages(&bureau.ages(unit, on).await?, t);
    Ok([ages, kinds(report, t), years(bureau, unit, on, t).await?])
}

/// The figures of all charts, each row with the chart that it is of.
pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let (bureau, t) = (console.bureau(), visitor.language.texts());
    let (_, unit) = units(bureau, &view.unit)?;
    let on = DayField::of(&view.on, bureau.today()).day;
    let report = bureau.rollup_on(unit, on).await?;
    let w = &t.reports;
    let mut rows = Vec::new();
    for Figures { title, rows: figures, .. } in figures(bureau, unit, on, &report, t).await? {
        for figure in figures {
            let total = figure.values.iter().sum::<u64>();
            let numbers = figure.values.into_iter().chain([total]).map(Cell::Number);
            rows.push([title.into(), Cell::Text(figure.label)].into_iter().chain(numbers).collect());
        }
    }
    let columns = vec![w.charts, w.item, w.honoured, w.ordinary, w.total];
    let note = format!("{} {}", w.on_day, format::day(&on.to_string()));
    Sheet { note, ..Sheet::new(w.charts_title, columns, rows) }.file(&console, t).await
}

fn kinds_of_retirement(t: &Texts) -> Vec<&'static str> {
    vec![t.reports.honoured, t.reports.ordinary]
}

fn ages(ages: &Ages, t: &Texts) -> Figures {
    let row = |label: String, values| FigureRow { label, href: String::new(), values };
    let band = |band: &AgeBand| {
        let label = match (band.from, band.to) {
            (0, Some(to)) => format!("{to} {}", t.reports.years_below),
            (from, Some(to)) => format!("{from}—{to} {}", t.reports.years_old),
            (from, None) => format!("{from} {}", t.reports.years_above),
        };
        row(label, vec![band.honoured, band.ordinary])
    };
    let mut rows: Vec<FigureRow> = ages.bands.iter().map(band).collect();
    if ages.unknown != (0, 0) {
        rows.push(row(t.reports.age_unknown.to_owned(), vec![ages.unknown.0, ages.unknown.1]));
    }
    Figures { title: t.reports.by_age, series: kinds_of_retirement(t), rows }
}

/// The units right below the top one with all that is below them, and the top one's own share.
fn kinds(report: &RollupReport, t: &Texts) -> Figures {
    let mut rows = Vec::new();
    for (place, row) in report.rows.iter().enumerate().filter(|(_, row)| row.depth <= 1) {
        let has_below = report.rows.get(place + 1).is_some_and(|next| next.depth > row.depth);
        let (label, href, counts) = match (row.depth, has_below) {
            (0, true) => (format!("{}{}", row.name, t.reports.own), String::new(), &row.own),
            (1, true) => (row.name.clone(), format!("/reports/charts?unit={}", row.code), &row.total),
            _ => (row.name.clone(), format!("/people?unit={}", row.code), &row.total),
        };
        rows.push(FigureRow { label, href, values: vec![counts.honoured, counts.ordinary] });
    }
    Figures { title: t.reports.by_unit, series: kinds_of_retirement(t), rows }
}

/// The ends of the years before a day, and the day itself.
async fn years(bureau: &Bureau, unit: Option<UnitId>, on: Day, t: &Texts) -> Result<Figures, BureauError> {
    let before = (1..=YEARS).rev().filter_map(|years| on.end_of_year().years_earlier(years));
    let mut rows = Vec::new();
    for day in before.chain([on]) {
        let counts = bureau.rollup_on(unit, day).await?.total;
        rows.push(FigureRow {
            label: day.to_string(),
            href: String::new(),
            values: vec![counts.honoured, counts.ordinary],
        });
    }
    Ok(Figures { title: t.reports.by_year, series: kinds_of_retirement(t), rows })
}
