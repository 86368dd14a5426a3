//! 批量导入: people and Party organisations from workbooks: template, check, import, refused rows.

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use yanzhen_bureau::import::plan::Outcome;
use yanzhen_bureau::import::{OrgSheet, PersonSheet};
use yanzhen_bureau::importing::{ImportKind, ImportOutcome, ImportProgress};
use yanzhen_bureau::workbook;

use crate::accounts::Right;
use crate::console::Console;
use crate::download;
use crate::format;
use crate::imports::{Stage, receive};
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::routes::{Access, Route};
use crate::texts::{Language, Texts, row_error};
use crate::visitor::Visitor;

const WRITE: Access = Access::Needs(Right::WriteRecords);

/// Reasons of refused rows that are listed; the file of refused rows has all.
const REFUSALS: usize = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/people/import", WRITE, async |c, v| form(c, v, ImportKind::People).await),
        Route::post("/people/import/files", WRITE, async |c, v, f| send(c, v, ImportKind::People, f).await),
        Route::get("/people/template", WRITE, async |v| template(&v, ImportKind::People)),
        Route::get("/orgs/import", WRITE, async |c, v| form(c, v, ImportKind::Orgs).await),
        Route::post("/orgs/import/files", WRITE, async |c, v, f| send(c, v, ImportKind::Orgs, f).await),
        Route::get("/orgs/template", WRITE, async |v| template(&v, ImportKind::Orgs)),
        Route::get("/imports/{id}", WRITE, show),
        Route::post("/imports/{id}/start", WRITE, start),
        Route::post("/imports/{id}/stop", WRITE, stop),
        Route::get("/imports/{id}/refused", WRITE, refused_rows).audited(),
    ]
}

#[derive(Template)]
#[template(path = "imports/form.html")]
struct FormPage {
    shell: Shell,
    title: &'static str,
    list: (&'static str, &'static str),
    /// Units at home here, by code; none to choose from where there is only the site's own.
    units: Vec<(String, String)>,
    error: &'static str,
    /// Files that are kept: where their pages are, their names, how far they are.
    sent: Vec<(String, String, &'static str)>,
}

type Sent = Result<Multipart, MultipartRejection>;

async fn form(
    State(console): State<Console>,
    visitor: Visitor,
    kind: ImportKind,
) -> Result<Response, Problem> {
    Ok(render(&form_page(&console, &visitor, kind, "").await?))
}

async fn form_page(
    console: &Console,
    visitor: &Visitor,
    kind: ImportKind,
    error: &'static str,
) -> Result<FormPage, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let store = console.bureau().store();
    let directory = store.directory();
    let units: Vec<(String, String)> =
        directory.units_at(store.me()).map(|unit| (unit.code.clone(), unit.name.clone())).collect();
    let sent = console.imports().sent(account(visitor), kind).into_iter();
    let sent = sent.map(|(key, what, stage)| (format!("/imports/{key}"), what.name, state(shell.t, &stage)));
    Ok(FormPage {
        sent: sent.collect(),
        title: title(shell.t, kind),
        list: list(shell.t, kind),
        units: if units.len() > 1 { units } else { Vec::new() },
        error,
        shell,
    })
}

async fn send(
    State(console): State<Console>,
    visitor: Visitor,
    kind: ImportKind,
    sent: Sent,
) -> Result<Response, Problem> {
    let form = sent.map_err(|_| Problem::bad_request("表单里没有文件。"))?;
    let t = visitor.language.texts();
    let Some(upload) = receive(console.imports().folder(), form).await? else {
        return Ok(refused(&form_page(&console, &visitor, kind, t.imports.no_file).await?));
    };
    match console.imports().take(console.bureau(), account(&visitor), kind, upload) {
        Ok(key) => Ok(see(format!("/imports/{key}"))),
        Err(_) => Ok(refused(&form_page(&console, &visitor, kind, t.imports.full).await?)),
    }
}

fn template(visitor: &Visitor, kind: ImportKind) -> Result<Response, Problem> {
    let name = title(visitor.language.texts(), kind);
    let bytes = match kind {
        ImportKind::People => workbook::template::<PersonSheet>(name),
        ImportKind::Orgs => workbook::template::<OrgSheet>(name),
    };
    Ok(download::workbook(name, bytes.map_err(|error| Problem::internal(&error))?))
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct ImportPage {
    shell: Shell,
    id: String,
    title: &'static str,
    list: (&'static str, &'static str),
    name: String,
    state: &'static str,
    is_working: bool,
    may_start: bool,
    is_stopped: bool,
    failure: Option<String>,
    progress: Progress,
    header: Vec<String>,
    /// Row, what becomes of it, cells.
    first_rows: Vec<(u64, &'static str, Vec<String>)>,
    /// Row and reason.
    refusals: Vec<(u64, String)>,
    has_more: bool,
    has_refused: bool,
    warnings: Vec<String>,
}

/// How far it is.
#[derive(Template)]
#[template(path = "imports/progress.html")]
struct Progress {
    t: &'static Texts,
    state: &'static str,
    is_working: bool,
    /// Rows done and in all.
    done: u64,
    total: u64,
    /// Word and number.
    counts: [(&'static str, String); 4],
}

impl Progress {
    fn of(stage: &Stage, t: &'static Texts) -> Progress {
        let counts = match stage {
            Stage::Looking(progress) | Stage::Running(progress) | Stage::Stopped(progress) => *progress,
            Stage::Ready(outcome) | Stage::Done(outcome) => outcome.counts,
            Stage::Failed(_) => ImportProgress::default(),
        };
        let i = &t.imports;
        Progress {
            t,
            state: state(t, stage),
            is_working: stage.is_working(),
            done: counts.rows_done,
            total: counts.rows_total,
            counts: [
                (i.created, format::count(counts.created)),
                (i.updated, format::count(counts.updated)),
                (i.unchanged, format::count(counts.unchanged)),
                (i.refused, format::count(counts.refused)),
            ],
        }
    }
}

/// How far an import is, for its page; none once nothing goes on any more.
pub(crate) fn live(
    console: &Console,
    account: &str,
    id: &str,
    language: Language,
) -> Result<Option<String>, Problem> {
    let stage = console.imports().show(account, id).map(|(_, stage)| stage);
    let working = stage.filter(Stage::is_working).map(|stage| Progress::of(&stage, language.texts()));
    working.map(|progress| progress.render()).transpose().map_err(|error| Problem::internal(&error))
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (what, stage) = console.imports().show(account(&visitor), &id).ok_or_else(Problem::not_found)?;
    let shell = Shell::of(&console, &visitor).await?;
    let t = shell.t;
    let outcome = match &stage {
        Stage::Ready(outcome) | Stage::Done(outcome) => Some(outcome),
        _ => None,
    };
    let nothing = ImportOutcome::default();
    let outcome = outcome.map_or(&nothing, |outcome| outcome.as_ref());
    let failure = match &stage {
        Stage::Failed(why) if why.is_empty() => Some(t.imports.internal.to_owned()),
        Stage::Failed(why) => Some(why.clone()),
        _ => None,
    };
    Ok(render(&ImportPage {
        title: title(t, what.kind),
        list: list(t, what.kind),
        id,
        name: what.name,
        state: state(t, &stage),
        is_working: stage.is_working(),
        may_start: match &stage {
            Stage::Ready(outcome) => outcome.counts.created + outcome.counts.updated > 0,
            stage => matches!(stage, Stage::Stopped(_)),
        },
        is_stopped: matches!(stage, Stage::Stopped(_)),
        failure,
        progress: Progress::of(&stage, t),
        header: outcome.header.clone(),
        first_rows: outcome
            .first_rows
            .iter()
            .map(|row| (row.line, outcome_word(t, row.outcome), row.cells.clone()))
            .collect(),
        refusals: outcome.refusals.iter().take(REFUSALS).map(|row| (row.line, row_error(row))).collect(),
        has_more: outcome.refusals.len() > REFUSALS,
        has_refused: outcome.refused_file.is_some(),
        warnings: outcome.warnings.clone(),
        shell,
    }))
}

async fn start(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    console.imports().start(console.bureau(), account(&visitor), &id);
    Ok(see(format!("/imports/{id}")))
}

async fn stop(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    console.imports().stop(account(&visitor), &id);
    Ok(see(format!("/imports/{id}")))
}

async fn refused_rows(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (_, stage) = console.imports().show(account(&visitor), &id).ok_or_else(Problem::not_found)?;
    let (Stage::Ready(outcome) | Stage::Done(outcome)) = stage else { return Err(Problem::not_found()) };
    let file = outcome.refused_file.clone().ok_or_else(Problem::not_found)?;
    let made = tokio::task::spawn_blocking(move || workbook::of_refused(&file)).await;
    let bytes = made.map_err(|error| Problem::internal(&error))?;
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    Ok(download::workbook(visitor.language.texts().imports.refused, bytes))
}

pub(crate) fn account(visitor: &Visitor) -> &str {
    visitor.session.as_ref().map_or("", |session| &session.account.login)
}

fn title(t: &'static Texts, kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::People => t.imports.people,
        ImportKind::Orgs => t.imports.orgs,
    }
}

/// Where the records' list is, and its name.
fn list(t: &'static Texts, kind: ImportKind) -> (&'static str, &'static str) {
    match kind {
        ImportKind::People => ("/people", t.people.title),
        ImportKind::Orgs => ("/orgs", t.orgs.title),
    }
}

fn state(t: &'static Texts, stage: &Stage) -> &'static str {
    match stage {
        Stage::Looking(_) => t.imports.looking,
        Stage::Ready(_) => t.imports.ready,
        Stage::Running(_) => t.imports.running,
        Stage::Stopped(_) => t.imports.stopped,
        Stage::Done(_) => t.imports.done,
        Stage::Failed(_) => t.imports.failed,
    }
}

fn outcome_word(t: &'static Texts, outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Created) => t.imports.created,
        Some(Outcome::Updated) => t.imports.updated,
        Some(Outcome::Unchanged) => t.imports.unchanged,
        None => t.imports.refused,
    }
}
