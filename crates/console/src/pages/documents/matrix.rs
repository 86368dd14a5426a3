//! One document that was issued here: how far its recipients are, whom to remind; and its text as it is set.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::documents::{DocumentView, Matrix, ReceiptView};
use yanzhen_bureau::kinds::recipient::Recipient;
use yanzhen_bureau::workbook::Cell;
use yanzhen_proto::v1::{Document, DocumentDirection};
use yanzhen_sync::RecordId;

use super::draft::PaperPage;
use super::paper::Paper;
use super::read::{Attached, Deadline, attached};
use super::receipts::{Funnel, Group};
use super::{person, receipts, record, refusal, words};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::sheet::{self, Sheet};
use crate::texts::Language;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/matrix.html")]
struct MatrixPage {
    shell: Shell,
    id: String,
    document: Head,
    attachments: Vec<Attached>,
    funnel: Funnel,
    groups: Vec<Group>,
    /// Rows that can be reminded.
    to_remind: usize,
    remind_text: String,
    may_recall: bool,
    may_replace: bool,
    errors: Vec<String>,
}

/// What stands above the table.
struct Head {
    number: String,
    title: String,
    kind: &'static str,
    urgency: &'static str,
    published: String,
    signer: String,
    issued_by: String,
    has_approval: bool,
    deadline: Deadline,
    needs_reply: bool,
    recalled: String,
    recall_reason: String,
    replaced_by: Option<(String, String)>,
    supersedes: String,
    passed_on: Option<(String, String)>,
    covering_note: String,
    answers: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&console, &visitor, record(&id)?, String::new(), Vec::new()).await
}

pub(super) async fn text(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_document(record(&id)?, None).await?;
    let place = if view.receipt.is_some() { "inbox" } else { "documents" };
    Ok(render(&PaperPage {
        shell: Shell::of(&console, &visitor).await?,
        back: (format!("/{place}/{id}"), view.document.title.clone()),
        paper: Paper::of(&console, &view.document, ""),
    }))
}

/// Reminds the ticked ones.
pub(super) async fn remind(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = record(&id)?;
    let text =
        typed.iter().find(|(key, _)| key == "text").map(|(_, value)| value.clone()).unwrap_or_default();
    let ticked = typed.iter().filter(|(key, _)| key == "unit");
    let units = ticked.filter_map(|(_, code)| console.bureau().unit_of_code(code).ok());
    let units: Vec<Recipient> = units.map(Recipient::from).collect();
    if units.is_empty() {
        let none = vec!["请至少勾选一个单位。".to_owned()];
        return page(&console, &visitor, id, text, none).await;
    }
    match console.bureau().remind(id, &units, &text, &person(&visitor)?.name).await {
        Ok(_) => Ok(see(format!("/documents/{id}"))),
        Err(error) => {
            let errors = refusal(&console, error)?;
            page(&console, &visitor, id, text, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    id: RecordId,
    text: String,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let Matrix { document, rows, counts } = console.bureau().receipts(id).await?;
    let view = document.ok_or_else(Problem::not_found)?;
    let shell = Shell::of(console, visitor).await?;
    let issued_here = console.bureau().own_unit() == Some(view.unit);
    let may_issue = issued_here && visitor.may(Right::IssueDocuments);
    let is_live = issued_here && view.document.recalled_ms == 0;
    let language = visitor.language;
    let goes_up = view.document.direction() == DocumentDirection::Up;
    let can_remind = may_issue && !goes_up;
    let groups = receipts::groups(console, &view, &rows, language, can_remind).await;
    let is_refused = !errors.is_empty();
    let page = MatrixPage {
        id: id.to_string(),
        attachments: attached(&view),
        to_remind: groups.iter().flat_map(|group| &group.rows).filter(|row| row.can_remind).count(),
        remind_text: if text.is_empty() { suggested(&view.document) } else { text },
        may_recall: is_live && visitor.may(Right::SignDocuments),
        may_replace: is_live && may_issue && !goes_up && view.document.answers.is_empty(),
        document: head(console, &view, language),
        funnel: Funnel { t: shell.t, counts },
        groups,
        shell,
        errors,
    };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

fn suggested(document: &Document) -> String {
    let what = if document.number.is_empty() { &document.title } else { &document.number };
    match document.deadline.is_empty() {
        true => format!("请尽快办理 {what}。"),
        false => format!("{what} 的办理期限是 {}，请及时办理。", format::day(&document.deadline)),
    }
}

fn head(console: &Console, view: &DocumentView, language: Language) -> Head {
    let document = &view.document;
    let (now, today) = (console.now(), console.bureau().today());
    let hex = |id: &[u8]| RecordId::try_from(id).map(|id| id.to_string()).unwrap_or_default();
    let time = |at: i64| if at > 0 { format::time(at, now) } else { String::new() };
    Head {
        number: document.number.clone(),
        title: document.title.clone(),
        kind: words::kind(language, document.r#type),
        urgency: words::urgency(language, document.urgency),
        published: format::full_time(document.published_ms),
        signer: document.signer.clone(),
        issued_by: document.issued_by.clone(),
        has_approval: !document.approved.is_empty(),
        deadline: Deadline::of(&document.deadline, today, view.document.recalled_ms > 0),
        needs_reply: document.needs_reply,
        recalled: time(document.recalled_ms),
        recall_reason: document.recall_reason.clone(),
        replaced_by: view
            .replaced_by
            .as_ref()
            .map(|by| (by.id.to_string(), format!("{} {}", by.number, by.title))),
        supersedes: hex(&document.supersedes),
        passed_on: (!document.passed_on_from.is_empty()).then(|| {
            let named = format!("{} {}", document.passed_on_issuer, document.passed_on_number);
            (hex(&document.passed_on_from), named)
        }),
        covering_note: document.covering_note.clone(),
        answers: hex(&document.answers),
    }
}

pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Matrix { document, rows, .. } = console.bureau().receipts(record(&id)?).await?;
    let document = document.ok_or_else(Problem::not_found)?.document;
    let t = visitor.language.texts();
    let w = &t.documents;
    let time = |at: i64| if at > 0 { format::time(at, sheet::ANOTHER_DAY) } else { String::new() };
    let cells = |view: ReceiptView| {
        let receipt = view.receipt;
        let unit = if view.copy { format!("{} {}", view.name, w.copy) } else { view.name };
        let stage = words::stage(visitor.language, view.stage).to_owned();
        let reached = [receipt.delivered_ms, receipt.read_ms, receipt.signed_ms, receipt.replied_ms];
        let reply = match receipt.returned_ms {
            0 => receipt.reply,
            at => format!("{} {}：{}", w.returned, time(at), receipt.return_reason),
        };
        let texts = [unit, stage].into_iter().chain(reached.map(time)).chain([receipt.signed_by, reply]);
        let reminders = match view.reminder.unwrap_or_default().count {
            0 => Cell::Text(String::new()),
            times => Cell::Number(times.into()),
        };
        texts.map(Cell::Text).chain([reminders]).collect()
    };
    let columns =
        vec![w.recipients, w.stage, w.delivered, w.read, w.signed, w.settled, w.by, w.their_reply, w.remind];
    let rows = rows.into_iter().map(cells).collect();
    let note = [document.number, document.title].join(" ");
    Sheet { note, ..Sheet::new(w.matrix, columns, rows) }.file(&console, t).await
}
