//! One document at a recipient: reading it is noted; then it is signed for, returned or answered.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::documents::{Answer, AttachmentView, DocumentView, Stage, is_open};
use yanzhen_bureau::drafts::Tray;
use yanzhen_bureau::{BureauError, Day};
use yanzhen_proto::v1::{DocumentDirection, DocumentType};
use yanzhen_sync::RecordId;

use super::draft_form::problem;
use super::paper::Paper;
use super::{person, record, refusal, words};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::texts::Language;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/read.html")]
struct ReadPage {
    shell: Shell,
    id: String,
    number: String,
    title: String,
    issuer: String,
    published: String,
    kind: &'static str,
    deadline: Deadline,
    needs_reply: bool,
    paper: Paper,
    attachments: Vec<Attached>,
    /// Word and time of each stage that was reached.
    steps: Vec<(&'static str, String)>,
    return_reason: String,
    reply: String,
    /// Files that lie ready to go with the answer.
    tray: Vec<Attached>,
    came_up: bool,
    recalled: String,
    recall_reason: String,
    replaced_by: Option<(String, String)>,
    /// When and with which words this unit was reminded, the latest first.
    reminders: Vec<(String, String)>,
    passed_on: String,
    /// The own request that this document answers.
    answers: String,
    may_pass_on: bool,
    may_answer: bool,
    may_sign: bool,
    may_return: bool,
    may_reply: bool,
    has_replied: bool,
    /// What was typed and refused.
    typed: Typed,
    errors: Vec<String>,
}

/// An attachment of a document as pages show it.
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) is_here: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    text: String,
    #[serde(default)]
    replace: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&console, &visitor, &id, Typed::default(), Vec::new()).await
}

pub(super) async fn sign(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let by = visitor.session.as_ref().map(|session| session.account.name.clone()).unwrap_or_default();
    let signed = console.bureau().sign_document(record(&id)?, None, &by).await;
    done(&console, &visitor, &id, Typed::default(), signed.map(|_| ())).await
}

pub(super) async fn reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let replace = typed.replace.is_some();
    let tray = Tray { account: person(&visitor)?.account, document: record(&id)? };
    let attachments = console.drafts().tray(tray).await.map_err(problem)?;
    let answer = Answer { text: typed.text.trim().to_owned(), attachments, replace };
    let replied = console.bureau().reply_document(record(&id)?, None, answer).await;
    if replied.is_ok() {
        console.drafts().empty(tray).await.map_err(problem)?;
    }
    done(&console, &visitor, &id, typed, replied.map(|_| ())).await
}

async fn done(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    acted: Result<(), BureauError>,
) -> Result<Response, Problem> {
    match acted {
        Ok(()) => Ok(see(format!("/inbox/{id}"))),
        Err(error) => {
            let errors = refusal(console, error)?;
            page(console, visitor, id, typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let (bureau, document) = (console.bureau(), record(id)?);
    // Who handles documents, a clerk or a leader, reads them for the unit; a reader's look says nothing of it.
    let view = match visitor.may(Right::HandleDocuments) {
        true => bureau.open_document(document, None).await?,
        false => bureau.show_document(document, None).await?,
    };
    let Some(receipt) = view.receipt.clone() else { return Err(Problem::not_found()) };
    let may = visitor.may(Right::HandleDocuments);
    let may_issue = visitor.may(Right::IssueDocuments);
    let came_up = view.document.direction() == DocumentDirection::Up;
    let is_recalled = view.document.recalled_ms > 0;
    let open = receipt.stage < Stage::Signed && !is_recalled;
    let is_refused = !errors.is_empty();
    let page = ReadPage {
        shell: Shell::of(console, visitor).await?,
        id: id.to_owned(),
        published: format::full_time(view.document.published_ms),
        kind: words::kind(visitor.language, view.document.r#type),
        deadline: Deadline::of(
            &view.document.deadline,
            bureau.today(),
            !is_open(&view.document, &receipt.receipt),
        ),
        needs_reply: view.document.needs_reply,
        paper: Paper::of(console, &view.document, ""),
        tray: tray(console, visitor, document).await?,
        came_up,
        recalled: if is_recalled { format::full_time(view.document.recalled_ms) } else { String::new() },
        recall_reason: view.document.recall_reason.clone(),
        replaced_by: view
            .replaced_by
            .as_ref()
            .map(|by| (by.id.to_string(), format!("{} {}", by.number, by.title))),
        reminders: reminders(&view, console.now()),
        passed_on: match view.document.passed_on_from.is_empty() {
            true => String::new(),
            false => format!("{} {}", view.document.passed_on_issuer, view.document.passed_on_number),
        },
        answers: RecordId::try_from(view.document.answers.as_ref())
            .map(|id| id.to_string())
            .unwrap_or_default(),
        may_pass_on: may_issue
            && !came_up
            && !is_recalled
            && view.document.answers.is_empty()
            && bureau.unit_tree(bureau.own_unit()).iter().skip(1).any(|unit| unit.has_site),
        may_answer: may_issue
            && came_up
            && !is_recalled
            && view.document.r#type() == DocumentType::Request
            && !matches!(receipt.stage, Stage::Returned | Stage::Replied),
        attachments: attached(&view),
        steps: steps(&view, visitor.language, console.now()),
        may_sign: may && open,
        may_return: may && open,
        may_reply: may && receipt.stage != Stage::Returned && !is_recalled,
        has_replied: receipt.stage == Stage::Replied,
        return_reason: receipt.receipt.return_reason,
        reply: receipt.receipt.reply,
        number: view.document.number,
        title: view.document.title,
        issuer: view.document.issuer,
        typed,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

/// The text's paragraphs, as they are set.
pub(super) fn paragraphs(body: &str) -> Vec<String> {
    body.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(super) fn attached(view: &DocumentView) -> Vec<Attached> {
    view.attachments.iter().map(attached_one).collect()
}

pub(super) fn attached_one(attachment: &AttachmentView) -> Attached {
    Attached {
        name: attachment.name.clone(),
        size: format::bytes(attachment.object.size),
        is_here: attachment.present,
    }
}

/// The files that the one who asks has uploaded for the answer.
async fn tray(console: &Console, visitor: &Visitor, document: RecordId) -> Result<Vec<Attached>, Problem> {
    let tray = Tray { account: person(visitor)?.account, document };
    let files = console.drafts().tray(tray).await.map_err(problem)?;
    let one = |(name, object)| attached_one(&AttachmentView { name, object, present: true });
    Ok(files.into_iter().map(one).collect())
}

fn reminders(view: &DocumentView, now: i64) -> Vec<(String, String)> {
    let times = view.reminder.iter().flat_map(|reminder| reminder.times.iter().rev());
    times.map(|time| (format::time(time.at_ms, now), time.text.clone())).collect()
}

fn steps(view: &DocumentView, language: Language, now: i64) -> Vec<(&'static str, String)> {
    let Some(receipt) = view.receipt.as_ref().map(|view| &view.receipt) else { return Vec::new() };
    let reached = [
        (Stage::Delivered, receipt.delivered_ms),
        (Stage::Read, receipt.read_ms),
        (Stage::Signed, receipt.signed_ms),
        (Stage::Returned, receipt.returned_ms),
        (Stage::Replied, receipt.replied_ms),
    ];
    let reached = reached.into_iter().filter(|(_, at)| *at > 0);
    reached.map(|(stage, at)| (words::stage(language, stage), format::time(at, now))).collect()
}

/// A deadline by the clock of who reads it.
pub(super) struct Deadline {
    /// Written out; "—" for none.
    pub(super) day: String,
    /// Days from today, negative once it is past; none where nothing is due any more.
    pub(super) left: Option<i64>,
}

impl Deadline {
    pub(super) fn of(deadline: &str, today: Day, is_done: bool) -> Deadline {
        let left = Day::normal(deadline).ok().and_then(|deadline| today.days_until(deadline));
        Deadline { day: format::day(deadline), left: left.filter(|_| !is_done) }
    }

    /// Whether it is past.
    pub(super) fn is_overdue(&self) -> bool {
        self.left.is_some_and(|left| left < 0)
    }

    /// Whether it is today or one of the next days.
    pub(super) fn is_near(&self) -> bool {
        /// Days within which a deadline is worth a warning.
        const NEAR: i64 = 3;
        self.left.is_some_and(|left| (0..=NEAR).contains(&left))
    }

    /// Days past or left.
    pub(super) fn days(&self) -> u64 {
        self.left.unwrap_or_default().unsigned_abs()
    }
}
