//! What moves with a person: the records as they were handed over become those of the new unit.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Membership, Person};
use yanzhen_store::{Edit, Expected, Record};
use yanzhen_sync::{EntryRef, Kind, RecordId, UnitId};

use super::{Acceptance, Held, TransferError};
use crate::Bureau;
use crate::bureau::code_of;
use crate::error::BureauError;
use crate::kinds::{membership, person, unknown};
use crate::listing::{find, is_free};

/// A person's records as they are handed over.
pub(super) struct Moving {
    person: Handed,
    membership: Option<Handed>,
}

/// One record, and the entry that hands it over.
struct Handed {
    body: Bytes,
    by: EntryRef,
}

/// The kinds and ids of all records that go with a person.
pub(super) fn records_of(person: RecordId) -> [(Kind, RecordId); 2] {
    [(person::KIND, person), (membership::KIND, membership::id_of(person))]
}

impl Bureau {
    /// The person's records as they come to this site: as they are where the old home is here or below, else as they
    /// were mailed. None until they have arrived.
    pub(super) async fn moving(&self, held: &Held) -> Result<Option<Moving>, BureauError> {
        let directory = self.directory();
        let as_they_are = directory.is_home_within(held.from, self.store().me());
        let [person, membership] = records_of(held.person);
        let person = match as_they_are {
            true => self.store().record(&person.0, person.1).await?.filter(|held_| held_.unit == held.from),
            false => self.mailed(&person, held).await?,
        };
        let Some(person) = person else { return Ok(None) };
        let membership = match as_they_are {
            true => self.store().record(&membership.0, membership.1).await?,
            false => self.mailed(&membership, held).await?,
        };
        Ok(handed(&person).map(|person| Moving { person, membership: membership.as_ref().and_then(handed) }))
    }

    /// A record as a superior's latest mail hands it over to the new unit.
    pub(super) async fn mailed(
        &self,
        (kind, record): &(Kind, RecordId),
        held: &Held,
    ) -> Result<Option<Record>, BureauError> {
        let directory = self.directory();
        let me = directory.present(self.store().me());
        let to_here =
            |entry: &EntryRef| entry.stream.recipient().is_some_and(|to| directory.present(to) == me);
        let history = self.store().history(kind, *record).await?;
        let mail = history.into_iter().filter(|entry| entry.unit == held.to && to_here(&entry.entry));
        Ok(mail.max_by_key(|entry| (entry.version, entry.entry.stream, entry.entry.seq)))
    }

    /// The edits that make the records those of the new unit.
    pub(super) async fn taken_over(
        &self,
        held: &Held,
        moving: Moving,
        acceptance: &Acceptance,
    ) -> Result<Vec<Edit>, BureauError> {
        let mut taken = Person::decode(moving.person.body.clone()).unwrap_or_default();
        let number = acceptance.number.trim();
        if !number.is_empty() {
            number.clone_into(&mut taken.number);
        }
        taken.counting_unit = Bytes::new();
        person::validate(&taken, self.today()).map_err(BureauError::Fields)?;
        if !is_free(self, "person", held.to, &taken.number, Some(held.person)).await? {
            return Err(TransferError::NumberTaken(taken.number).into());
        }
        let body = unknown::keep_unknown(&moving.person.body, &taken, person::MESSAGE);
        let mut edits = vec![edit(person::KIND, held.person, held.to, body, moving.person.by)];
        if let Some(old) = moving.membership {
            let mut member = Membership::decode(old.body.clone()).unwrap_or_default();
            member.branch = self.branch(held.to, &acceptance.branch).await?;
            let body = unknown::keep_unknown(&old.body, &member, membership::MESSAGE);
            let id = membership::id_of(held.person);
            edits.push(edit(membership::KIND, id, held.to, body, old.by));
        }
        Ok(edits)
    }

    /// The id of the branch with this number in the unit; empty for no number.
    async fn branch(&self, unit: UnitId, number: &str) -> Result<Bytes, BureauError> {
        let number = number.trim();
        if number.is_empty() {
            return Ok(Bytes::new());
        }
        match find(self, "party_org", "organisation", Some(unit), number).await {
            Ok(branch) => Ok(branch.to_bytes()),
            Err(BureauError::NotFound { .. } | BureauError::Ambiguous { .. }) => {
                Err(TransferError::NoSuchBranch(number.to_owned()).into())
            }
            Err(error) => Err(error),
        }
    }

    /// The unit with this code, which must not be `from`.
    pub(super) fn other_unit(&self, from: UnitId, code: &str) -> Result<UnitId, BureauError> {
        let directory = self.directory();
        let code = code.trim();
        let unit = directory.unit_by_code(code).ok_or_else(|| BureauError::UnknownUnit(code.to_owned()))?;
        if unit.id == from {
            return Err(TransferError::ToItself(code_of(&directory, from)).into());
        }
        Ok(unit.id)
    }
}

fn handed(record: &Record) -> Option<Handed> {
    record.body.clone().map(|body| Handed { body, by: record.entry })
}

fn edit(kind: Kind, record: RecordId, unit: UnitId, body: Bytes, by: EntryRef) -> Edit {
    Edit { handed_over_by: Some(by), ..Edit::upsert(kind, record, unit, body, Expected::Any) }
}
