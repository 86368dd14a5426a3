//! The old unit's side: a person is released, or asked back.

use prost::Message;
use yanzhen_proto::v1::{PersonStatus, Transfer, TransferOutcome};
use yanzhen_store::{Edit, Expected, Fields, Target, Write, WriteError, with_list};
use yanzhen_sync::{RecordId, UnitId};

use super::{Acceptance, Held, TransferError};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{transfer, unknown};
use crate::people::PersonView;
use crate::sql::VALUES_PER_LIST;

/// A person to be released.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// The unit's code; empty for the site's own unit.
    pub unit_code: String,
    /// 编号 or id of the person.
    pub person: String,
    /// The code of the unit that is to take the person.
    pub to: String,
    /// 介绍信 number; may be empty.
    pub letter: String,
    /// The letter's day; empty for today.
    pub issued: String,
    /// The last day on which it can be accepted; empty for three months after the letter's day.
    pub valid_until: String,
    /// Why.
    pub reason: String,
    /// Where both units are at home here, the person moves at once: with these in the new unit.
    pub acceptance: Acceptance,
}

impl Bureau {
    /// Releases a person of a unit at home here to another unit; gives back the transfer. Where that unit is at home
    /// here too, the person is in it now.
    pub async fn release_person(&self, release: Release) -> Result<RecordId, BureauError> {
        let unit = self.home_unit(&release.unit_code)?;
        let writing = self.writing().await;
        let (id, _, edits) = self.planned_release(unit, &release).await?;
        writing.write(Write { targets: vec![Target::Journal], edits }).await?;
        Ok(id)
    }

    /// What a release comes to, with the days that were left out; refused as the release itself would be.
    pub async fn check_release(&self, release: &Release) -> Result<Transfer, BureauError> {
        let unit = self.home_unit(&release.unit_code)?;
        let (_, transfer, _) = self.planned_release(unit, release).await?;
        Ok(transfer)
    }

    async fn planned_release(
        &self,
        unit: UnitId,
        release: &Release,
    ) -> Result<(RecordId, Transfer, Vec<Edit>), BureauError> {
        let view = self.show_person(Some(unit), &release.person).await?;
        let to = self.other_unit(unit, &release.to)?;
        if view.person.status() != PersonStatus::Living {
            return Err(TransferError::NotLiving { name: view.person.name }.into());
        }
        self.require_not_in_transfer(view.id, &view.person.name).await?;
        let id = self.new_id();
        let mut transfer = self.transfer(&view, to, release)?;
        let moves_at_once = self.is_home(to);
        transfer.private = match moves_at_once {
            true => self.is_private_coming(view.id).await?,
            false => self.has_private_to_move(view.id, unit).await?,
        };
        let released = Edit::upsert(transfer::KIND, id, unit, transfer.encode_to_vec(), Expected::New);
        let mut edits = vec![released];
        if moves_at_once {
            let held = Held { id, from: unit, to, person: view.id };
            let moving = self.moving(&held).await?.ok_or(TransferError::NotArrived)?;
            edits.push(self.answer_edit(&held, TransferOutcome::Accepted, ""));
            edits.extend(self.taken_over(&held, moving, &release.acceptance).await?);
            if !transfer.private {
                edits.extend(self.private_within(&held).await?);
            }
        }
        Ok((id, transfer, edits))
    }

    fn transfer(&self, view: &PersonView, to: UnitId, release: &Release) -> Result<Transfer, BureauError> {
        let today = self.today();
        let day = |text: &str| {
            crate::Day::parse(text).map_or_else(|_| text.trim().to_owned(), |day| day.to_string())
        };
        let issued = if release.issued.trim().is_empty() { today.to_string() } else { day(&release.issued) };
        let last = crate::Day::normal(&issued).ok().and_then(transfer::last_day);
        let valid_until = match release.valid_until.trim() {
            "" => last.map(|day| day.to_string()).unwrap_or_default(),
            until => day(until),
        };
        let transfer = Transfer {
            person: view.id.to_bytes(),
            to: to.to_bytes(),
            letter: release.letter.trim().to_owned(),
            issued,
            valid_until,
            reason: release.reason.trim().to_owned(),
            released_ms: self.now().max(1),
            withdrawn_ms: 0,
            number: view.person.number.clone(),
            name: view.person.name.clone(),
            private: false,
        };
        transfer::validate_to_release(&transfer, today).map_err(BureauError::Fields)?;
        Ok(transfer)
    }

    /// Asks for a released person back. The new home grants it unless it has answered before; until its answer is here
    /// the person can't be changed.
    pub async fn withdraw_transfer(&self, id: RecordId) -> Result<(), BureauError> {
        let writing = self.writing().await;
        let (record, mut transfer) = self.transfer_record(id).await?;
        self.require_home(record.unit)?;
        if self.answer_to(id).await?.is_some() {
            return Err(TransferError::Answered.into());
        }
        if transfer.withdrawn_ms > 0 {
            return Ok(());
        }
        transfer.withdrawn_ms = self.now().max(1);
        let old = record.body.unwrap_or_default();
        let body = unknown::keep_unknown(&old, &transfer, transfer::MESSAGE);
        let edit = Edit::upsert(transfer::KIND, id, record.unit, body, Expected::At(record.version));
        match writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await {
            Ok(_) => Ok(()),
            Err(WriteError::Conflict { .. }) => Err(BureauError::Busy),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses where the person is on the way to another unit.
    pub async fn require_not_in_transfer(&self, person: RecordId, name: &str) -> Result<(), BureauError> {
        match self.in_transfer(&[person]).await?.is_empty() {
            true => Ok(()),
            false => Err(TransferError::UnderWay { name: name.to_owned() }.into()),
        }
    }

    /// Which of these people are released and not answered for; they can't be changed.
    pub async fn in_transfer(&self, people: &[RecordId]) -> Result<Vec<RecordId>, BureauError> {
        let mut found = Vec::new();
        for chunk in people.chunks(VALUES_PER_LIST) {
            let sql = with_list(
                "SELECT DISTINCT t.person FROM transfer t JOIN person p ON p.id = t.person AND p.unit = t.from_unit \
                 LEFT JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
                 WHERE a.id IS NULL AND t.person IN (",
                1,
                chunk.len(),
                ")",
            );
            let query = sqlx::query(sql).persistent(false);
            let query = chunk.iter().fold(query, |query, id| query.bind(id.as_bytes().to_vec()));
            for row in &query.fetch_all(self.store().reader()).await? {
                found.push(Fields::of("transfer", row).id()?);
            }
        }
        Ok(found)
    }
}
