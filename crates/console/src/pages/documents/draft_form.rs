//! The form in which its author writes a draft.

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{Course, Written};
use yanzhen_bureau::drafts::{Act, Kept};
use yanzhen_bureau::units::UnitView;
use yanzhen_bureau::{BureauError, Day};
use yanzhen_proto::v1::{Document, DocumentType, DocumentUrgency};
use yanzhen_sync::{RecordId, UnitId};

use super::{draft_refusal, person, record, refusal, words};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

/// What a browser sends: names come again for each box that is ticked.
type Typed = Vec<(String, String)>;

/// Which way a new draft is to go.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    course: String,
    #[serde(default)]
    of: String,
}

#[derive(Template)]
#[template(path = "documents/draft_form.html")]
struct FormPage {
    shell: Shell,
    /// Empty for a draft that is not kept yet.
    id: String,
    course: &'static str,
    of: String,
    heading: &'static str,
    source: Option<Source>,
    is_passed_on: bool,
    typed: Values,
    kinds: Vec<Choice>,
    urgencies: Vec<Choice>,
    /// Where the course leaves only one.
    only_recipient: String,
    units: Vec<Recipient>,
    next_number: String,
    files: Vec<super::read::Attached>,
    files_path: String,
    returned: Option<(String, String)>,
    errors: Vec<String>,
}

/// What the form shows.
#[derive(Default)]
struct Values {
    title: String,
    body: String,
    deadline: String,
    covering_note: String,
    needs_reply: bool,
}

struct Choice {
    number: i32,
    word: &'static str,
    is_chosen: bool,
}

/// The document that a draft builds on.
struct Source {
    id: String,
    number: String,
    title: String,
    issuer: String,
    body: Vec<String>,
}

/// A unit to tick.
struct Recipient {
    code: String,
    name: String,
    depth: u32,
    has_site: bool,
    has_below: bool,
    is_to: bool,
    is_tree: bool,
    is_copy: bool,
}

pub(super) async fn blank(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let course = course_of(&asked.course, &asked.of)?;
    let content = match course {
        Course::Replacing(old) => {
            let view = console.bureau().show_document(old, None).await?;
            Document {
                supersedes: old.to_bytes(),
                ..yanzhen_bureau::kinds::document::content(&view.document)
            }
        }
        _ => Document::default(),
    };
    page(&console, &visitor, None, course, shown(&console, &content), Vec::new()).await
}

/// The form of a draft that is with its author.
pub(super) async fn of(console: &Console, visitor: &Visitor, kept: &Kept) -> Result<Response, Problem> {
    let content = kept.content();
    page(console, visitor, Some(kept), Course::of(&content), shown(console, &content), Vec::new()).await
}

pub(super) async fn begin(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let course = course_of(&one(&typed, "course"), &one(&typed, "of"))?;
    keep(&console, &visitor, None, course, typed).await
}

pub(super) async fn save(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let kept = console.drafts().find(record(&id)?).await.map_err(problem)?;
    let course = Course::of(&kept.content());
    keep(&console, &visitor, Some(kept), course, typed).await
}

async fn keep(
    console: &Console,
    visitor: &Visitor,
    kept: Option<Kept>,
    course: Course,
    typed: Typed,
) -> Result<Response, Problem> {
    let submits = one(&typed, "do") == "submit";
    match write(console, visitor, kept.as_ref(), course, &typed, submits).await {
        Ok(kept) => Ok(see(format!("/documents/drafts/{}", kept.id))),
        Err(error) => {
            let errors = refusal(console, error)?;
            page(console, visitor, kept.as_ref(), course, typed, errors).await
        }
    }
}

async fn write(
    console: &Console,
    visitor: &Visitor,
    kept: Option<&Kept>,
    course: Course,
    typed: &Typed,
    submits: bool,
) -> Result<Kept, BureauError> {
    use yanzhen_bureau::documents::DocumentError;
    let refused = |error| BureauError::Document(DocumentError::from(error));
    let who = person(visitor).map_err(|_| refused(yanzhen_bureau::drafts::DraftError::NotYou))?;
    let (bureau, drafts) = (console.bureau(), console.drafts());
    let mut written = written(typed);
    written.attachments = kept.map(|kept| kept.content().attachments).unwrap_or_default();
    let content = bureau.draft_content(course, written).await?;
    bureau.check_unfinished(&content)?;
    let kept = match kept {
        Some(kept) => drafts.edit(kept, content.clone(), &who).await.map_err(refused)?,
        None => drafts.begin(bureau.new_id(), content.clone(), &who).await.map_err(refused)?,
    };
    if !submits {
        return Ok(kept);
    }
    bureau.check_draft(&content).await?;
    drafts.step(&kept, Act::Submit, &who, "").await.map_err(refused)
}

fn written(typed: &Typed) -> Written {
    let number = |name: &str| one(typed, name).parse::<i32>().unwrap_or_default();
    Written {
        title: one(typed, "title"),
        body: one(typed, "body"),
        kind: DocumentType::try_from(number("kind")).unwrap_or_default(),
        urgency: DocumentUrgency::try_from(number("urgency")).unwrap_or_default(),
        deadline: day(&one(typed, "deadline")),
        needs_reply: !one(typed, "needs_reply").is_empty(),
        attachments: Vec::new(),
        to: all(typed, "to"),
        trees: all(typed, "tree"),
        copy: all(typed, "copy"),
        covering_note: one(typed, "covering_note"),
        ..Written::default()
    }
}

/// A content as the form would send it.
fn shown(console: &Console, content: &Document) -> Typed {
    let directory = console.bureau().store().directory();
    let code = |unit: &axum::body::Bytes| {
        let unit = UnitId::try_from(unit.as_ref()).ok()?;
        directory.unit(unit).map(|unit| unit.code.clone())
    };
    let mut typed: Typed = [
        ("title", content.title.clone()),
        ("body", content.body.clone()),
        ("kind", content.r#type.to_string()),
        ("urgency", content.urgency.to_string()),
        ("deadline", format::typed_day(&content.deadline)),
        ("covering_note", content.covering_note.clone()),
        ("needs_reply", if content.needs_reply { "1".to_owned() } else { String::new() }),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    typed.extend(content.to.iter().filter_map(code).map(|code| ("to".to_owned(), code)));
    typed.extend(content.copy.iter().filter_map(code).map(|code| ("copy".to_owned(), code)));
    typed
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    kept: Option<&Kept>,
    course: Course,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let shell = Shell::of(console, visitor).await?;
    let language = visitor.language;
    let id = kept.map(|kept| kept.id.to_string()).unwrap_or_default();
    let (key, of) = key_of(course);
    let source = match of {
        Some(of) => Some(source(console, of).await?),
        None => None,
    };
    let chosen = |name: &str| one(&typed, name).parse::<i32>().unwrap_or_default();
    let kinds = course.types().iter().map(|kind| i32::from(*kind));
    let (kind, urgency) = (chosen("kind"), chosen("urgency"));
    let choice = |number: i32, word, chosen| Choice { number, word, is_chosen: number == chosen };
    let is_refused = !errors.is_empty();
    let d = &shell.t.documents;
    let page = FormPage {
        heading: match course {
            Course::Down => d.compose,
            Course::Replacing(_) => d.replace_it,
            Course::PassingOn(_) => d.pass_on,
            Course::Up => d.report_up,
            Course::Answering(_) => d.answer_it,
        },
        course: key,
        of: of.map(|of| of.to_string()).unwrap_or_default(),
        only_recipient: match course {
            Course::Up => bureau.office_above().map(|unit| bureau.unit_name(unit)).unwrap_or_default(),
            Course::Answering(_) => source.as_ref().map(|source| source.issuer.clone()).unwrap_or_default(),
            _ => String::new(),
        },
        units: match course {
            Course::Up | Course::Answering(_) => Vec::new(),
            _ => units(console, &typed),
        },
        source,
        is_passed_on: matches!(course, Course::PassingOn(_)),
        kinds: kinds.map(|number| choice(number, words::kind(language, number), kind)).collect(),
        urgencies: words::URGENCIES
            .map(|(value, ..)| i32::from(value))
            .map(|number| choice(number, words::urgency(language, number), urgency))
            .into(),
        next_number: next_number(console).await?,
        files: kept.map(|kept| super::files::shown(&kept.content())).unwrap_or_default(),
        files_path: format!("/documents/drafts/{id}/files"),
        returned: kept.and_then(returned),
        typed: Values {
            title: one(&typed, "title"),
            body: one(&typed, "body"),
            deadline: one(&typed, "deadline"),
            covering_note: one(&typed, "covering_note"),
            needs_reply: !one(&typed, "needs_reply").is_empty(),
        },
        id,
        shell,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// Who returned the draft last, and why.
fn returned(kept: &Kept) -> Option<(String, String)> {
    use yanzhen_proto::v1::DraftAct;
    let last = kept.draft.steps.last().filter(|step| step.act() == DraftAct::Returned)?;
    Some((last.name.clone(), last.note.clone()))
}

/// The number that it would get if it were issued now; empty where the unit has no mark.
pub(super) async fn next_number(console: &Console) -> Result<String, Problem> {
    let bureau = console.bureau();
    let Some(unit) = bureau.own_unit() else { return Ok(String::new()) };
    let mark = bureau.document_rules(unit).await?.mark;
    if mark.is_empty() {
        return Ok(String::new());
    }
    Ok(bureau.next_number(unit, &mark).await?.to_string())
}

async fn source(console: &Console, of: RecordId) -> Result<Source, Problem> {
    let view = console.bureau().show_document(of, None).await?;
    Ok(Source {
        id: of.to_string(),
        body: super::read::paragraphs(&view.document.body),
        number: view.document.number,
        title: view.document.title,
        issuer: view.document.issuer,
    })
}

fn units(console: &Console, typed: &Typed) -> Vec<Recipient> {
    let bureau = console.bureau();
    let below: Vec<UnitView> = bureau.unit_tree(bureau.own_unit()).into_iter().skip(1).collect();
    let parents: BTreeSet<String> = below.iter().map(|view| view.parent_code.clone()).collect();
    let (to, trees, copy) = (all(typed, "to"), all(typed, "tree"), all(typed, "copy"));
    let recipient = |view: UnitView| Recipient {
        has_below: parents.contains(&view.unit.code),
        is_to: to.contains(&view.unit.code),
        is_tree: trees.contains(&view.unit.code),
        is_copy: copy.contains(&view.unit.code),
        depth: view.depth,
        has_site: view.has_site,
        code: view.unit.code,
        name: view.unit.name,
    };
    below.into_iter().map(recipient).collect()
}

fn course_of(key: &str, of: &str) -> Result<Course, Problem> {
    let of = || record(of);
    Ok(match key {
        "" | "down" => Course::Down,
        "up" => Course::Up,
        "replace" => Course::Replacing(of()?),
        "pass-on" => Course::PassingOn(of()?),
        "answer" => Course::Answering(of()?),
        _ => return Err(Problem::not_found()),
    })
}

fn key_of(course: Course) -> (&'static str, Option<RecordId>) {
    match course {
        Course::Down => ("down", None),
        Course::Up => ("up", None),
        Course::Replacing(of) => ("replace", Some(of)),
        Course::PassingOn(of) => ("pass-on", Some(of)),
        Course::Answering(of) => ("answer", Some(of)),
    }
}

/// A page of its own for what no form can show.
pub(super) fn problem(error: yanzhen_bureau::drafts::DraftError) -> Problem {
    match draft_refusal(error) {
        Ok(why) => Problem::bad_request(&why),
        Err(problem) => problem,
    }
}

/// A day as records hold it; what is none is left for the rules to refuse.
fn day(typed: &str) -> String {
    Day::parse(typed).map_or_else(|_| typed.to_owned(), |day| day.to_string())
}

fn one(typed: &Typed, name: &str) -> String {
    typed.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn all(typed: &Typed, name: &str) -> Vec<String> {
    typed.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}
