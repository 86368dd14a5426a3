//! Events that came up from the logs of sites below.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::oversight::AuditedUnit;
use yanzhen_proto::v1::AuditEvent;
use yanzhen_sync::UnitId;

use super::view::{act, outcome};
use crate::audit::Outcome;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 50;

/// Events of one file, the newest: more than a spreadsheet is looked through for.
const FILE_ROWS: usize = 100_000;

#[derive(Default, Deserialize)]
pub(super) struct View {
    /// The unit's code; empty for the first that there is.
    #[serde(default)]
    unit: String,
    #[serde(default)]
    page: u32,
}

#[derive(Template)]
#[template(path = "audit/below.html")]
struct BelowPage {
    shell: Shell,
    /// Code, name, whether it is chosen.
    units: Vec<(String, String, bool)>,
    rows: Vec<[String; 8]>,
    pager: Pager,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let (units, chosen) = units(&console, &view).await?;
    let page = view.page.max(1);
    let offset = (page - 1).saturating_mul(ROWS);
    let (total, rows) = match &chosen {
        Some(unit) => {
            (unit.events, rows(&console, unit.unit, (offset as usize, ROWS as usize), shell.t).await?)
        }
        None => (0, Vec::new()),
    };
    let code = chosen.map(|unit| unit.code).unwrap_or_default();
    let choice = |unit: AuditedUnit| (unit.code.clone(), unit.name, unit.code == code);
    Ok(render(&BelowPage {
        pager: Pager::new("/audit/offices", &[("unit", &code)], page, ROWS, total),
        units: units.into_iter().map(choice).collect(),
        rows,
        shell,
    }))
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let (_, chosen) = units(&console, &view).await?;
    let (name, rows) = match chosen {
        Some(unit) => (unit.name, rows(&console, unit.unit, (0, FILE_ROWS), t).await?),
        None => (String::new(), Vec::new()),
    };
    let w = &t.audit;
    let columns = vec![w.seq, w.time, w.person, w.act, w.object, w.outcome, w.code, w.hash];
    let rows = rows.into_iter().map(|row| row.map(Into::into).into()).collect();
    Sheet { note: name, ..Sheet::new(t.offices.events, columns, rows) }.file(&console, t).await
}

/// The units whose events are here, and the one that is asked for or the first.
async fn units(console: &Console, view: &View) -> Result<(Vec<AuditedUnit>, Option<AuditedUnit>), Problem> {
    let units = console.bureau().audited_units().await?;
    let chosen = units.iter().find(|unit| unit.code == view.unit).or(units.first()).cloned();
    Ok((units, chosen))
}

async fn rows(
    console: &Console,
    unit: UnitId,
    which: (usize, usize),
    t: &Texts,
) -> Result<Vec<[String; 8]>, Problem> {
    let events = console.bureau().audit_of(unit, which).await?;
    Ok(events.into_iter().map(|event| row(event, t)).collect())
}

fn row(event: AuditEvent, t: &Texts) -> [String; 8] {
    let (day, time) = format::day_and_second(event.at_ms);
    // Later software may know more ways in which something comes out.
    let came_out = Outcome::of_code(&event.outcome).map(|known| outcome(t, known).to_owned());
    [
        event.seq.to_string(),
        format!("{day} {time}"),
        event.actor,
        act(t, &event.action),
        event.object,
        came_out.unwrap_or(event.outcome),
        event.code,
        data_encoding::HEXLOWER.encode(&event.hash),
    ]
}
