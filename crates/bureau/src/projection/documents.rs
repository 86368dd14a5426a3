//! Documents, whom they are addressed to, and what became of them.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Document, DocumentRules, Receipt, Reminder};
use yanzhen_store::{ProjectionError, Record};
use yanzhen_sync::RecordId;

use super::{Batch, State, in_words};
use crate::kinds::document_number::DocumentNumber;
use crate::kinds::recipient::Recipient;
use crate::kinds::{document, document_rules, receipt, reminder, text};
use crate::sql::{Statement, Table, delete};

const DOCUMENT: Table = Table {
    name: "document",
    key: &["id"],
    columns: &[
        "unit",
        "number",
        "title",
        "issuer",
        "published_ms",
        "deadline",
        "needs_reply",
        "direction",
        "type",
        "supersedes",
        "passed_on_from",
        "answers",
        "recalled_ms",
        "mark",
        "year",
        "serial",
        "search",
    ],
};

const RECIPIENT: Table = Table {
    name: "document_recipient",
    key: &["document", "unit", "branch"],
    columns: &["copied", "position"],
};

const RECEIPT: Table = Table {
    name: "receipt",
    key: &["id"],
    columns: &[
        "document",
        "unit",
        "branch",
        "delivered_ms",
        "read_ms",
        "signed_ms",
        "returned_ms",
        "replied_ms",
    ],
};

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    let documents = Batch::of(&document::KIND, states, |_, body| in_words(document::validate(body)))?;
    let receipts = Batch::of(&receipt::KIND, states, check_receipt)?;
    // These two have no tables: they are looked up by their ids.
    Batch::of(&reminder::KIND, states, check_reminder)?;
    Batch::of(&document_rules::KIND, states, check_rules)?;
    put_documents(db, &documents).await?;
    put_receipts(db, &receipts).await?;
    Ok(())
}

fn check_receipt(record: &Record, body: &Receipt) -> Result<(), String> {
    in_words(receipt::validate(body))?;
    let document = RecordId::try_from(body.document.as_ref()).map_err(|why| why.to_string())?;
    let recipient = Recipient::of(&body.unit, &body.branch).ok_or("it names no recipient")?;
    if recipient.unit != record.unit {
        return Err("it answers for another unit than the one it belongs to".to_owned());
    }
    let fits = receipt::id_of(document, recipient) == record.record;
    if fits {
        Ok(())
    } else {
        Err("its id is not the one of this unit's receipt for this document".to_owned())
    }
}

fn check_reminder(record: &Record, body: &Reminder) -> Result<(), String> {
    in_words(reminder::validate(body))?;
    let document = RecordId::try_from(body.document.as_ref()).map_err(|why| why.to_string())?;
    let recipient = Recipient::of(&body.unit, &body.branch).ok_or("it names no recipient")?;
    let fits = reminder::id_of(record.unit, document, recipient) == record.record;
    if fits {
        Ok(())
    } else {
        Err("its id is not the one of this unit's reminders of this document".to_owned())
    }
}

fn check_rules(record: &Record, body: &DocumentRules) -> Result<(), String> {
    in_words(document_rules::validate(body))?;
    let fits = document_rules::id_of(record.unit) == record.record;
    if fits { Ok(()) } else { Err("its id is not the one of its unit's rules".to_owned()) }
}

/// What is searched in.
pub(crate) fn search_text(document: &Document) -> String {
    let parts = [&document.number, &document.title, &document.body, &document.covering_note];
    parts.map(|part| text::key(part)).join(" ")
}

async fn put_documents(db: &mut AnyConnection, documents: &Batch<'_, Document>) -> Result<(), sqlx::Error> {
    if documents.is_empty() {
        return Ok(());
    }
    delete(db, DOCUMENT.name, "id", &documents.gone).await?;
    let put = |row: Statement, (record, document): &(&Record, Document)| {
        let number = DocumentNumber::parse(&document.number);
        row.bind(record.record.as_bytes().to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(document.number.clone())
            .bind(document.title.clone())
            .bind(document.issuer.clone())
            .bind(document.published_ms)
            .bind(document.deadline.clone())
            .bind(i64::from(document.needs_reply))
            .bind(i64::from(i32::from(document::direction(document))))
            .bind(i64::from(document.r#type))
            .bind(document.supersedes.to_vec())
            .bind(document.passed_on_from.to_vec())
            .bind(document.answers.to_vec())
            .bind(document.recalled_ms)
            .bind(number.as_ref().map(|number| number.mark.clone()).unwrap_or_default())
            .bind(number.as_ref().map_or(0, |number| i64::from(number.year)))
            .bind(number.as_ref().map_or(0, |number| i64::from(number.serial)))
            .bind(search_text(document))
    };
    DOCUMENT.put(db, &documents.live, put).await?;

    let live = documents.live.iter().map(|(record, _)| record.record.as_bytes().to_vec());
    let all: Vec<Vec<u8>> = live.chain(documents.gone.iter().cloned()).collect();
    delete(db, RECIPIENT.name, "document", &all).await?;
    let recipients: Vec<Row> =
        documents.live.iter().flat_map(|(record, document)| recipients(record.record, document)).collect();
    let put = |row: Statement, one: &Row| {
        row.bind(one.document.as_bytes().to_vec())
            .bind(one.to.unit.as_bytes().to_vec())
            .bind(one.to.branch_bytes().to_vec())
            .bind(i64::from(one.copied))
            .bind(one.position)
    };
    RECIPIENT.put(db, &recipients, put).await
}

/// One line of the table of recipients.
struct Row {
    document: RecordId,
    to: Recipient,
    copied: bool,
    position: i64,
}

fn recipients(document: RecordId, body: &Document) -> impl Iterator<Item = Row> {
    let all = (0_i64..).zip(document::named(body));
    all.map(move |(position, (to, copied))| Row { document, to, copied, position })
}

async fn put_receipts(db: &mut AnyConnection, receipts: &Batch<'_, Receipt>) -> Result<(), sqlx::Error> {
    delete(db, RECEIPT.name, "id", &receipts.gone).await?;
    let put = |row: Statement, (record, receipt): &(&Record, Receipt)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(receipt.document.to_vec())
            .bind(receipt.unit.to_vec())
            .bind(receipt.branch.to_vec())
            .bind(receipt.delivered_ms)
            .bind(receipt.read_ms)
            .bind(receipt.signed_ms)
            .bind(receipt.returned_ms)
            .bind(receipt.replied_ms)
    };
    RECEIPT.put(db, &receipts.live, put).await
}
