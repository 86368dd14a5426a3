//! The new unit's side: a released person is accepted or returned, for good.

use prost::Message;
use yanzhen_proto::v1::{EnvelopeWord, Transfer, TransferAnswer, TransferOutcome};
use yanzhen_store::{Edit, Expected, Record, Target, Write};
use yanzhen_sync::{RecordId, UnitId};

use super::{Held, TransferError};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::kinds::transfer;
use crate::people::decoded;
use crate::writing::Writing;

/// What the new unit gives a person.
#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    /// 编号 in the new unit; empty to keep the old one.
    pub number: String,
    /// The number of the branch in the new unit; empty while there is none.
    pub branch: String,
}

impl Bureau {
    /// Takes a released person into a unit at home here.
    pub async fn accept_transfer(&self, id: RecordId, acceptance: &Acceptance) -> Result<(), BureauError> {
        let writing = self.writing().await;
        let (held, transfer) = self.answerable(id).await?;
        if transfer.withdrawn_ms > 0 {
            return Err(TransferError::Withdrawn.into());
        }
        if is_over(&transfer, self.today()) {
            return Err(TransferError::Expired(transfer.valid_until).into());
        }
        let moving = self.moving(&held).await?.ok_or(TransferError::NotArrived)?;
        let mut edits = vec![self.answer_edit(&held, TransferOutcome::Accepted, "")];
        edits.extend(self.taken_over(&held, moving, acceptance).await?);
        write(&writing, edits).await
    }

    /// Returns a released person with a reason.
    pub async fn return_transfer(&self, id: RecordId, reason: &str) -> Result<(), BureauError> {
        let writing = self.writing().await;
        let (held, _) = self.answerable(id).await?;
        self.write_answer(&writing, &held, TransferOutcome::Returned, reason).await
    }

    /// Grants withdrawals and returns what was not answered in time; tells how many that were.
    pub(super) async fn answer_by_itself(&self, open: &[(Held, Record)]) -> Result<u64, BureauError> {
        let mut answered = 0;
        let today = self.today();
        for (held, record) in open.iter().filter(|(held, _)| self.is_home(held.to)) {
            let transfer: Transfer = decoded(record);
            let outcome = match transfer.withdrawn_ms > 0 {
                true => TransferOutcome::Withdrawn,
                false if is_over(&transfer, today) => TransferOutcome::Expired,
                false => continue,
            };
            let writing = self.writing().await;
            if self.answer_to(held.id).await?.is_none() {
                self.write_answer(&writing, held, outcome, "").await?;
                answered += 1;
            }
        }
        Ok(answered)
    }

    async fn write_answer(
        &self,
        writing: &Writing,
        held: &Held,
        outcome: TransferOutcome,
        reason: &str,
    ) -> Result<(), BureauError> {
        transfer::validate_answer(&self.answer(held.id, outcome, reason)).map_err(BureauError::Fields)?;
        write(writing, vec![self.answer_edit(held, outcome, reason)]).await
    }

    fn answer(&self, id: RecordId, outcome: TransferOutcome, reason: &str) -> TransferAnswer {
        TransferAnswer {
            transfer: id.to_bytes(),
            outcome: outcome.into(),
            reason: reason.trim().to_owned(),
            answered_ms: self.now().max(1),
            envelope: self.envelope_word().filter(|_| outcome == TransferOutcome::Accepted),
            private_transfer: 0,
        }
    }

    pub(super) fn answer_edit(&self, held: &Held, outcome: TransferOutcome, reason: &str) -> Edit {
        let body = self.answer(held.id, outcome, reason).encode_to_vec();
        Edit::upsert(transfer::ANSWER, transfer::answer_id(held.id, held.to), held.to, body, Expected::New)
    }

    /// A transfer to a unit at home here that nobody has answered.
    async fn answerable(&self, id: RecordId) -> Result<(Held, Transfer), BureauError> {
        let (record, transfer) = self.transfer_record(id).await?;
        let held = held(&record, &transfer).ok_or_else(|| not_found(id))?;
        self.require_home(held.to)?;
        match self.answer_to(id).await? {
            Some(_) => Err(TransferError::Answered.into()),
            None => Ok((held, transfer)),
        }
    }

    /// A transfer with its record.
    pub(super) async fn transfer_record(&self, id: RecordId) -> Result<(Record, Transfer), BureauError> {
        let record = self.store().record(&transfer::KIND, id).await?.ok_or_else(|| not_found(id))?;
        let transfer = decoded(&record);
        Ok((record, transfer))
    }

    /// What the new unit has answered.
    pub(super) async fn answer_to(&self, id: RecordId) -> Result<Option<TransferAnswer>, BureauError> {
        let (_, transfer) = self.transfer_record(id).await?;
        let Ok(to) = UnitId::try_from(transfer.to.as_ref()) else { return Ok(None) };
        let record = self.store().record(&transfer::ANSWER, transfer::answer_id(id, to)).await?;
        Ok(record.as_ref().map(decoded))
    }

    /// The word for the key to which whatever comes to units at home here is to be closed.
    pub(super) fn envelope_word(&self) -> Option<EnvelopeWord> {
        let key = self.directory().site(self.store().me())?.sealing_key;
        Some(self.store().envelope_word(key).into())
    }
}

async fn write(writing: &Writing, edits: Vec<Edit>) -> Result<(), BureauError> {
    writing.write(Write { targets: vec![Target::Journal], edits }).await?;
    Ok(())
}

fn not_found(id: RecordId) -> BureauError {
    BureauError::NotFound { what: "transfer", key: id.to_string() }
}

pub(super) fn held(record: &Record, transfer: &Transfer) -> Option<Held> {
    let to = UnitId::try_from(transfer.to.as_ref()).ok()?;
    let person = RecordId::try_from(transfer.person.as_ref()).ok()?;
    Some(Held { id: record.record, from: record.unit, to, person })
}

/// Whether a transfer's letter is no longer valid.
pub(super) fn is_over(transfer: &Transfer, today: Day) -> bool {
    Day::normal(&transfer.valid_until).is_ok_and(|last| last < today)
}
