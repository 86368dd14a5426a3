//! One draft: its author writes it; others read, check, sign or return it.

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::DocumentError;
use yanzhen_bureau::drafts::{Act, DraftError, Kept, Person, allowed};
use yanzhen_bureau::{BureauError, kinds};
use yanzhen_proto::v1::{BranchRecipient, DraftAct, DraftState};
use yanzhen_sync::UnitId;

use super::draft_form::{self, next_number, problem};
use super::paper::Paper;
use super::read::Attached;
use super::{files, person, record, refusal, words};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/draft.html")]
struct DraftPage {
    shell: Shell,
    id: String,
    /// What the page shows; who checks or signs off a later one would not have read it.
    revision: i64,
    title: String,
    state: &'static str,
    kind: &'static str,
    steps: [Step; 4],
    paper: Paper,
    files: Vec<Attached>,
    recipients: Vec<String>,
    copies: Vec<String>,
    deadline: String,
    needs_reply: bool,
    next_number: String,
    trail: Vec<Trail>,
    may: Acts,
    typed: Typed,
    errors: Vec<String>,
}

#[derive(Template)]
#[template(path = "documents/paper_page.html")]
pub(super) struct PaperPage {
    pub(super) shell: Shell,
    /// Where the page belongs: path and name.
    pub(super) back: (String, String),
    pub(super) paper: Paper,
}

#[derive(Template)]
#[template(path = "documents/drop.html")]
struct DropPage {
    shell: Shell,
    id: String,
    title: String,
}

/// A step of the draft's way with who took it and when.
struct Step {
    title: &'static str,
    by: String,
    is_done: bool,
    is_current: bool,
}

/// One line of what happened to it.
struct Trail {
    name: String,
    act: &'static str,
    at: String,
    note: String,
    is_return: bool,
}

/// What the one who asks may do.
struct Acts {
    check: bool,
    sign: bool,
    give_back: bool,
    take_back: bool,
    issue: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    /// The draft's revision that the page showed.
    #[serde(default)]
    revision: i64,
    #[serde(default)]
    act: String,
    #[serde(default)]
    note: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    if kept.draft.state() == DraftState::Issued {
        return Ok(see(format!("/documents/{}", kept.id)));
    }
    if allowed(&kept.draft, Act::Edit, &person(&visitor)?).is_ok() {
        return draft_form::of(&console, &visitor, &kept).await;
    }
    page(&console, &visitor, &kept, Typed::default(), Vec::new()).await
}

pub(super) async fn preview(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    let today = format::chinese_day(&console.bureau().today().to_string());
    Ok(render(&PaperPage {
        shell: Shell::of(&console, &visitor).await?,
        back: (format!("/documents/drafts/{}", kept.id), kept.content().title),
        paper: Paper::of(&console, &kept.content(), &today),
    }))
}

pub(super) async fn step(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    let act = match typed.act.as_str() {
        "check" => Act::Check,
        "sign" => Act::Sign,
        "return" => Act::Return,
        "take-back" => Act::TakeBack,
        "drop" => Act::Drop,
        _ => return Err(Problem::bad_request("没有这一步。")),
    };
    if matches!(act, Act::Check | Act::Sign) && typed.revision != kept.revision {
        let errors = refusal(&console, BureauError::Document(DocumentError::from(DraftError::Overtaken)))?;
        return page(&console, &visitor, &kept, typed, errors).await;
    }
    match taken(&console, &person(&visitor)?, &kept, act, &typed.note).await {
        Ok(kept) if kept.draft.state() == DraftState::Dropped => Ok(see("/documents/drafts")),
        Ok(kept) => Ok(see(format!("/documents/drafts/{}", kept.id))),
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, &kept, typed, errors).await
        }
    }
}

/// Asks before a draft is dropped.
pub(super) async fn confirm_drop(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    allowed(&kept.draft, Act::Drop, &person(&visitor)?).map_err(problem)?;
    let shell = Shell::of(&console, &visitor).await?;
    let title = Some(kept.content().title).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| shell.t.documents.untitled.to_owned());
    Ok(render(&DropPage { shell, id: kept.id.to_string(), title }))
}

/// Takes a step; what goes on to be signed or issued must be fit to go.
async fn taken(
    console: &Console,
    who: &Person,
    kept: &Kept,
    act: Act,
    note: &str,
) -> Result<Kept, BureauError> {
    if matches!(act, Act::Check | Act::Sign) {
        console.bureau().check_draft(&kept.content()).await?;
    }
    if kinds::marking::in_body(note) {
        let reason = kinds::reason::Reason::Secret;
        let field = kinds::document::field::NOTE;
        return Err(BureauError::Fields(vec![yanzhen_bureau::FieldError { field, reason }]));
    }
    let stepped = console.drafts().step(kept, act, who, note).await;
    stepped.map_err(|error| BureauError::Document(DocumentError::from(error)))
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    kept: &Kept,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let (shell, who, language) = (Shell::of(console, visitor).await?, person(visitor)?, visitor.language);
    let content = kept.content();
    let may = |act| allowed(&kept.draft, act, &who).is_ok();
    let now = console.now();
    let trail = kept.draft.steps.iter().rev().map(|step| Trail {
        name: step.name.clone(),
        act: words::act(language, step.act()),
        at: format::time(step.at_ms, now),
        note: step.note.clone(),
        is_return: step.act() == DraftAct::Returned,
    });
    let is_refused = !errors.is_empty();
    let page = DraftPage {
        id: kept.id.to_string(),
        revision: kept.revision,
        title: content.title.clone(),
        state: words::state(language, kept.draft.state()),
        kind: words::kind(language, content.r#type),
        steps: steps(kept, &shell, now),
        paper: Paper::of(console, &content, &format::chinese_day(&console.bureau().today().to_string())),
        files: files::shown(&content),
        recipients: names(console, &content.to, &content.to_branches),
        copies: names(console, &content.copy, &content.copy_branches),
        deadline: format::day(&content.deadline),
        needs_reply: content.needs_reply,
        next_number: next_number(console).await?,
        trail: trail.collect(),
        may: Acts {
            check: may(Act::Check),
            sign: may(Act::Sign),
            give_back: may(Act::Return),
            take_back: may(Act::TakeBack),
            issue: may(Act::Issue),
        },
        shell,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// Recipients by their names: units, then branches.
pub(super) fn names(console: &Console, units: &[Bytes], branches: &[BranchRecipient]) -> Vec<String> {
    let units = units.iter().filter_map(|unit| UnitId::try_from(unit.as_ref()).ok());
    let units = units.map(|unit| console.bureau().unit_name(unit));
    units.chain(branches.iter().map(|branch| branch.name.clone())).collect()
}

fn steps(kept: &Kept, shell: &Shell, now: i64) -> [Step; 4] {
    let d = &shell.t.documents;
    let reached = match kept.draft.state() {
        DraftState::Checking => 1,
        DraftState::Signing => 2,
        DraftState::Approved => 3,
        DraftState::Issued => 4,
        _ => 0,
    };
    let by = |act: DraftAct| {
        let last = kept.draft.steps.iter().rev().find(|step| step.act() == act);
        last.map(|step| format!("{} {}", step.name, format::time(step.at_ms, now))).unwrap_or_default()
    };
    let all = [
        (d.step_draft, DraftAct::Begun),
        (d.step_check, DraftAct::Checked),
        (d.step_sign, DraftAct::Signed),
        (d.step_issue, DraftAct::Issued),
    ];
    let mut place = 0;
    all.map(|(title, act)| {
        let step = Step {
            title,
            by: if place < reached || place == 0 { by(act) } else { String::new() },
            is_done: place < reached,
            is_current: place == reached,
        };
        place += 1;
        step
    })
}
