//! 提醒: what branches fall short of and who is away too long, place by place.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::accounts::Right;
use crate::alert_words;
use crate::console::Console;
use crate::detail::{Cell, Section, State as Stands};
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    let needs = Access::Needs(Right::ReadRecords);
    vec![Route::get("/alerts", needs, list), Route::get("/alerts/export", needs, export).audited()]
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage {
    shell: Shell,
    section: Section,
}

async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let section = section(&console, shell.t).await?;
    Ok(render(&AlertsPage { shell, section }))
}

async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let section = section(&console, t).await?;
    Sheet::of_section(section.title.to_owned(), section).file(&console, t).await
}

async fn section(console: &Console, t: &'static Texts) -> Result<Section, Problem> {
    let bureau = console.bureau();
    let found = bureau.alerts(bureau.own_unit()).await?;
    let mut rows = Vec::new();
    for org in &found.orgs {
        let told = org.alerts.iter().map(|alert| alert_words::of_branch(t, *alert));
        let href = format!("/orgs/{}", org.org);
        rows.extend(told.map(|alert| (bureau.unit_name(org.unit), &org.name, href.clone(), alert)));
    }
    for view in &found.away {
        let told = view.alerts.iter().map(|alert| alert_words::of_away(t, *alert));
        let href = format!("/away/{}", view.notice.id);
        rows.extend(told.map(|alert| (bureau.unit_name(view.notice.unit), &view.name, href.clone(), alert)));
    }
    let row = |(unit, name, href, alert): (String, &String, String, crate::detail::Alert)| {
        let stands = if alert.is_bad { Stands::Bad } else { Stands::Warning };
        vec![Cell::text(unit), Cell::link(name, href), Cell::state(alert.what, stands), Cell::text(alert.why)]
    };
    Ok(Section {
        title: t.alerts.title,
        heads: vec![t.records.unit, t.alerts.of, t.alerts.what, t.common.what_next],
        rows: rows.into_iter().map(row).collect(),
        empty: t.alerts.nothing,
        ..Section::default()
    })
}
