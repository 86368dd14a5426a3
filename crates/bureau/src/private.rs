//! What is private of a person: kept and read at home only.

use yanzhen_proto::v1::{Person, PersonPrivate};
use yanzhen_store::{Expected, Target, Write, WriteError};
use yanzhen_sync::RecordId;

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::person_private::{KIND, id_of, validate};
use crate::people::decoded;
use crate::transfers::TransferError;

/// What is private of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivateView {
    /// What the record holds.
    pub held: PersonPrivate,
    /// Counts the record's changes; 0 where there is none yet.
    pub revision: u64,
}

impl Bureau {
    /// Whether anything private is kept of a person, here or below: more than that is nobody's business but their home's.
    pub async fn has_private(&self, person: RecordId) -> Result<bool, BureauError> {
        Ok(self.store().record(&KIND, id_of(person)).await?.is_some_and(|record| record.body.is_some()))
    }

    /// What is private of a person of a unit at home here; empty where nothing is.
    pub async fn private(&self, person: RecordId) -> Result<PrivateView, BureauError> {
        self.require_home(self.unit_of_person(person).await?)?;
        Ok(match self.open_sealed::<PersonPrivate>(id_of(person)).await? {
            Some(opened) => PrivateView { held: opened.body, revision: opened.version.revision },
            None => PrivateView { held: PersonPrivate::default(), revision: 0 },
        })
    }

    /// Keeps what is private of a person, in place of what revision `revision` held.
    pub async fn save_private(
        &self,
        person: RecordId,
        revision: u64,
        mut body: PersonPrivate,
    ) -> Result<(), BureauError> {
        let unit = self.unit_of_person(person).await?;
        self.require_home(unit)?;
        body.person = person.to_bytes();
        validate(&body, self.today()).map_err(BureauError::Fields)?;
        let writing = self.writing().await;
        self.require_not_in_transfer(person, &self.name_of_person(person).await?).await?;
        if self.is_private_coming(person).await? {
            return Err(TransferError::PrivateComing.into());
        }
        let record = self.store().record(&KIND, id_of(person)).await?;
        if record.as_ref().map_or(0, |record| record.version.revision) != revision {
            return Err(BureauError::Busy);
        }
        let expected = record.map_or(Expected::New, |record| Expected::At(record.version));
        let edit = self.sealed_edit(id_of(person), unit, &body, expected).await?;
        match writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await {
            Ok(_) => Ok(()),
            Err(WriteError::Conflict { .. }) => Err(BureauError::Busy),
            Err(error) => Err(error.into()),
        }
    }

    async fn name_of_person(&self, person: RecordId) -> Result<String, BureauError> {
        let record = self.store().record(&crate::kinds::person::KIND, person).await?;
        Ok(record.map(|record| decoded::<Person>(&record).name).unwrap_or_default())
    }

    async fn unit_of_person(&self, person: RecordId) -> Result<yanzhen_sync::UnitId, BureauError> {
        let record = self.store().record(&crate::kinds::person::KIND, person).await?;
        let missing = || BureauError::NotFound { what: "person", key: person.to_string() };
        Ok(record.ok_or_else(missing)?.unit)
    }
}
