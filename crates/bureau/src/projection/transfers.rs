//! Transfers of people and their answers.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Transfer, TransferAnswer};
use yanzhen_store::{ProjectionError, Record};
use yanzhen_sync::RecordId;

use super::{Batch, State, in_words};
use crate::kinds::transfer;
use crate::sql::{Statement, Table, delete};

const TRANSFER: Table = Table {
    name: "transfer",
    key: &["id"],
    columns: &["person", "from_unit", "to_unit", "valid_until", "released_ms", "withdrawn_ms", "private"],
};

const ANSWER: Table = Table {
    name: "transfer_answer",
    key: &["id"],
    columns: &["transfer", "unit", "outcome", "answered_ms", "private_transfer"],
};

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    let transfers = Batch::of(&transfer::KIND, states, |_, body| in_words(transfer::validate(body)))?;
    let answers = Batch::of(&transfer::ANSWER, states, check_answer)?;
    put_transfers(db, &transfers).await?;
    put_answers(db, &answers).await?;
    Ok(())
}

fn check_answer(record: &Record, answer: &TransferAnswer) -> Result<(), String> {
    in_words(transfer::validate_answer(answer))?;
    let about = RecordId::try_from(answer.transfer.as_ref()).map_err(|why| why.to_string())?;
    let fits = transfer::answer_id(about, record.unit) == record.record;
    if fits { Ok(()) } else { Err("its id is not the one of this unit's answer to this transfer".to_owned()) }
}

async fn put_transfers(db: &mut AnyConnection, rows: &Batch<'_, Transfer>) -> Result<(), sqlx::Error> {
    delete(db, TRANSFER.name, "id", &rows.gone).await?;
    let bind = |row: Statement, (record, transfer): &(&Record, Transfer)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(transfer.person.to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(transfer.to.to_vec())
            .bind(transfer.valid_until.clone())
            .bind(transfer.released_ms)
            .bind(transfer.withdrawn_ms)
            .bind(i64::from(transfer.private))
    };
    TRANSFER.put(db, &rows.live, bind).await
}

async fn put_answers(db: &mut AnyConnection, rows: &Batch<'_, TransferAnswer>) -> Result<(), sqlx::Error> {
    delete(db, ANSWER.name, "id", &rows.gone).await?;
    let bind = |row: Statement, (record, answer): &(&Record, TransferAnswer)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(answer.transfer.to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(i64::from(answer.outcome))
            .bind(answer.answered_ms)
            .bind(i64::from(answer.private_transfer))
    };
    ANSWER.put(db, &rows.live, bind).await
}
