//! Documents, whom they are addressed to, and what became of them.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Document, DocumentRules, Receipt, Reminder};
use yanzhen_store::{ProjectionError, Record};
use yanzhen_sync::{RecordId, UnitId};

use super::{Batch, State, in_words};
use crate::kinds::document_number::DocumentNumber;
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

const RECIPIENT: Table =
    Table { name: "document_recipient", key: &["document", "unit"], columns: &["copied", "position"] };

const RECEIPT: Table = Table {
    name: "receipt",
    key: &["id"],
    columns: &["document", "unit", "delivered_ms", "read_ms", "signed_ms", "returned_ms", "replied_ms"],
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
    let unit = UnitId::try_from(body.unit.as_ref()).map_err(|why| why.to_string())?;
    if unit != record.unit {
        return Err("it answers for another unit than the one it belongs to".to_owned());
    }
    let fits = receipt::id_of(document, unit) == record.record;
    if fits {
        Ok(())
    } else {
        Err("its id is not the one of this unit's receipt for this document".to_owned())
    }
}

fn check_reminder(record: &Record, body: &Reminder) -> Result<(), String> {
    in_words(reminder::validate(body))?;
    let document = RecordId::try_from(body.document.as_ref()).map_err(|why| why.to_string())?;
    let unit = UnitId::try_from(body.unit.as_ref()).map_err(|why| why.to_string())?;
    let fits = reminder::id_of(document, unit) == record.record;
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
    let recipients: Vec<(RecordId, Vec<u8>, i64, i64)> =
        documents.live.iter().flat_map(|(record, document)| recipients(record.record, document)).collect();
    let put = |row: Statement, (document, unit, copied, position): &(RecordId, Vec<u8>, i64, i64)| {
        row.bind(document.as_bytes().to_vec()).bind(unit.clone()).bind(*copied).bind(*position)
    };
    RECIPIENT.put(db, &recipients, put).await
}

fn recipients(id: RecordId, document: &Document) -> impl Iterator<Item = (RecordId, Vec<u8>, i64, i64)> {
    let main = document.to.iter().map(|unit| (unit, 0));
    let all = main.chain(document.copy.iter().map(|unit| (unit, 1)));
    (0_i64..).zip(all).map(move |(position, (unit, copied))| (id, unit.to_vec(), copied, position))
}

async fn put_receipts(db: &mut AnyConnection, receipts: &Batch<'_, Receipt>) -> Result<(), sqlx::Error> {
    delete(db, RECEIPT.name, "id", &receipts.gone).await?;
    let put = |row: Statement, (record, receipt): &(&Record, Receipt)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(receipt.document.to_vec())
            .bind(receipt.unit.to_vec())
            .bind(receipt.delivered_ms)
            .bind(receipt.read_ms)
            .bind(receipt.signed_ms)
            .bind(receipt.returned_ms)
            .bind(receipt.replied_ms)
    };
    RECEIPT.put(db, &receipts.live, put).await
}
