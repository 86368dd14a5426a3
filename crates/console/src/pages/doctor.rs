//! 运行诊断: what of the machine and the line keeps the site from working well.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use yanzhen_proto::v1::{Check, CheckKind, Grade};

use crate::accounts::Right;
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::{Language, Texts, Told};
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/doctor", Access::SignedIn, show),
        Route::post("/doctor/bundle", Access::Needs(Right::RunSite), bundle),
    ]
}

#[derive(Template)]
#[template(path = "doctor.html")]
struct DoctorPage {
    shell: Shell,
    checked: String,
    rows: Vec<Row>,
    /// The worst that was found.
    worst: Option<(Badge, Told)>,
    /// How many of each grade.
    counts: Vec<(String, &'static str)>,
    may_run: bool,
}

struct Row {
    name: &'static str,
    badge: Badge,
    found: String,
    told: Option<Told>,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let asked = console.platform().doctor().await;
    let reply = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let now = console.now();
    let told = |check: &Check| check.trouble.as_ref().map(|trouble| Told::of(trouble, visitor.language, now));
    let row = |check: &Check| Row {
        name: name(check.kind(), shell.t),
        badge: Badge::of_grade(check.grade(), shell.t),
        found: found(check, visitor.language, shell.t),
        told: told(check),
    };
    let worst = reply.checks.iter().filter(|check| check.trouble.is_some());
    let worst = worst.max_by_key(|check| check.grade);
    let graded = |grade| reply.checks.iter().filter(|check| check.grade() == grade).count();
    let counts = [Grade::Good, Grade::Warning, Grade::Bad]
        .map(|grade| (format::count(graded(grade) as u64), Badge::of_grade(grade, shell.t).word));
    Ok(render(&DoctorPage {
        checked: format::time(reply.time_ms, now),
        rows: reply.checks.iter().map(row).collect(),
        worst: worst.and_then(|check| Some((Badge::of_grade(check.grade(), shell.t), told(check)?))),
        counts: counts.into(),
        may_run: visitor.may(Right::RunSite),
        shell,
    }))
}

async fn bundle(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let zip = console.platform().support_bundle().await;
    let zip = zip.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let name = "attachment; filename=\"yanzhen-support.zip\"";
    Ok(([(CONTENT_TYPE, "application/zip"), (CONTENT_DISPOSITION, name)], zip).into_response())
}

fn name(kind: CheckKind, t: &Texts) -> &'static str {
    let t = &t.doctor;
    match kind {
        CheckKind::Unspecified => "?",
        CheckKind::Clock => t.clock,
        CheckKind::Disk => t.disk,
        CheckKind::Folder => t.folder,
        CheckKind::Database => t.database,
        CheckKind::Log => t.log,
        CheckKind::Key => t.key,
        CheckKind::Parent => t.parent,
        CheckKind::Version => t.version,
        CheckKind::Quarantine => t.quarantine,
    }
}

/// What was found; in English as the command says it.
fn found(check: &Check, language: Language, t: &Texts) -> String {
    if language == Language::English {
        return check.found.clone();
    }
    let t = &t.doctor;
    let text = |name: &str| check.values.get(name).map_or("", String::as_str);
    let number = |name: &str| text(name).parse::<u64>().unwrap_or(0);
    match (check.kind(), check.grade()) {
        (CheckKind::Clock, Grade::Good) if check.values.is_empty() => t.own_clock.to_owned(),
        (CheckKind::Clock, _) if check.values.is_empty() => t.unknown.to_owned(),
        (CheckKind::Clock, _) => format!("{} {}", t.apart, format::seconds(number("drift"))),
        (CheckKind::Disk, _) => format!("{} {}", t.free, format::bytes(number("bytes"))),
        (CheckKind::Log, _) => format::bytes(number("bytes")),
        (CheckKind::Folder, Grade::Good) => t.writable.to_owned(),
        (CheckKind::Database, Grade::Good) => t.whole.to_owned(),
        (CheckKind::Key, Grade::Good) => t.own_key.to_owned(),
        (CheckKind::Parent, Grade::Good) => format!("{} {}", t.connected, text("address")),
        (CheckKind::Parent, _) => text("address").to_owned(),
        (CheckKind::Version, _) => text("version").to_owned(),
        (CheckKind::Quarantine, _) => format::count(number("count")),
        (CheckKind::Folder | CheckKind::Database | CheckKind::Key | CheckKind::Unspecified, _) => {
            "—".to_owned()
        }
    }
}
