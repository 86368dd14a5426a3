//! People: lists, one person, and what a clerk does with one.

use std::collections::HashMap;

use prost::Message;
use yanzhen_proto::v1::{Membership, PartyOrg, Person, PersonStatus};
use yanzhen_store::{Fields, Record};
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::import::PersonSheet;
use crate::kinds::words::{Words, word_of};
use crate::kinds::{membership, party_org, person, reason};
use crate::listing::{Filter, Page, WhichPeople, find, page};
use crate::saving::{Found, Save, Saved, save};
use crate::writing::Writing;

const TABLE: &str = "person";
const WHAT: &str = "person";

/// Members of one organisation that a page shows: branches have 50, and a committee without branches some hundreds.
const MAX_MEMBERS: i64 = 500;

/// A person with what belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonView {
    /// The record.
    pub id: RecordId,
    /// The unit that cares for them.
    pub unit: UnitId,
    /// Its code.
    pub unit_code: String,
    /// Its name.
    pub unit_name: String,
    /// What the record holds.
    pub person: Person,
    /// 党籍; none for who never was a member.
    pub membership: Option<Membership>,
    /// The branch, if it is known here.
    pub branch: Option<Branch>,
    /// Counts the record's changes.
    pub revision: u64,
}

/// The branch of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// 编号
    pub number: String,
    /// 全称
    pub name: String,
}

/// A person who is no longer in the unit's care.
#[derive(Clone, Debug, Default)]
pub struct ClosePerson {
    /// The unit's code; empty for the site's own unit.
    pub unit_code: String,
    /// 编号 or id.
    pub number: String,
    /// 去世 or 转出, or their English names.
    pub status: String,
    /// The day, as people write it.
    pub on: String,
    /// Why; may be empty.
    pub reason: String,
}

impl Bureau {
    /// One page of people.
    pub async fn list_people(&self, filter: &Filter<WhichPeople>) -> Result<Page<PersonView>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        Ok(Page { rows: self.person_views(&rows).await?, total })
    }

    /// One person by number or id; without a unit in the site's own, or else where exactly one has the number.
    pub async fn show_person(&self, unit: Option<UnitId>, key: &str) -> Result<PersonView, BureauError> {
        let id = find(self, TABLE, WHAT, unit, key).await?;
        let view = self.person_views(&[id]).await?.pop();
        view.ok_or_else(|| BureauError::NotFound { what: WHAT, key: key.to_owned() })
    }

    /// The living members of an organisation, by number.
    pub async fn members(&self, org: RecordId) -> Result<Vec<PersonView>, BureauError> {
        // The numbers are those of MembershipState (full, probationary) and PersonStatus (living).
        let sql = "SELECT p.id FROM membership m JOIN person p ON p.id = m.person \
                   WHERE m.branch = $1 AND m.state IN (1, 2) AND p.status = 1 ORDER BY p.number, p.id LIMIT $2";
        let query = sqlx::query(sql).bind(org.as_bytes().to_vec()).bind(MAX_MEMBERS);
        let rows = query.fetch_all(self.store().reader()).await?;
        let ids: Vec<RecordId> =
            rows.iter().map(|row| Fields::of(TABLE, row).id()).collect::<Result<_, _>>()?;
        self.person_views(&ids).await
    }

    /// Adds a person to a unit at home here, or edits one.
    pub async fn save_person(&self, save: Save) -> Result<Saved, BureauError> {
        let unit = self.home_unit(&save.unit_code)?;
        let writing = self.writing().await;
        self.save_person_in(&writing, unit, &save).await
    }

    /// Notes that a person has died or moved out; a membership ends with it.
    pub async fn close_person(&self, close: ClosePerson) -> Result<Saved, BureauError> {
        let unit = self.home_unit(&close.unit_code)?;
        let status = PersonStatus::from_word(&close.status).filter(|status| *status != PersonStatus::Living);
        let Some(status) = status else {
            let closed = [PersonStatus::Deceased, PersonStatus::MovedOut].map(Words::word).join("、");
            return Err(refused(person::field::STATUS, reason::Reason::Word(closed)));
        };
        let writing = self.writing().await;
        let view = self.show_person(Some(unit), &close.number).await?;
        let field = |field: reason::Field, value: &str| (field.label.to_owned(), value.to_owned());
        let mut fields = vec![
            field(person::field::STATUS, status.word()),
            field(person::field::STATUS_ON, &close.on),
            field(person::field::STATUS_REASON, &close.reason),
        ];
        if view.membership.is_some_and(|held| membership::is_member(held.state())) {
            let ended = yanzhen_proto::v1::MembershipState::Ended.word();
            fields.push(field(membership::field::STATE, ended));
        }
        let save = Save { unit_code: close.unit_code, number: view.id.to_string(), fields };
        self.save_person_in(&writing, unit, &save).await
    }

    async fn save_person_in(
        &self,
        writing: &Writing,
        unit: UnitId,
        request: &Save,
    ) -> Result<Saved, BureauError> {
        let found = match request.number.trim() {
            "" => None,
            key => Some(self.found_person(unit, key).await?),
        };
        save::<PersonSheet>(self, writing, unit, &request.fields, found.as_ref()).await
    }

    async fn found_person(&self, unit: UnitId, key: &str) -> Result<Found, BureauError> {
        let id = find(self, TABLE, WHAT, Some(unit), key).await?;
        let missing = || BureauError::NotFound { what: WHAT, key: key.to_owned() };
        let record = self.store().record(&person::KIND, id).await?.ok_or_else(missing)?;
        let person: Person = decoded(&record);
        let held = self.store().record(&membership::KIND, membership::id_of(id)).await?;
        let state = held
            .map(|held| word_of::<yanzhen_proto::v1::MembershipState>(decoded::<Membership>(&held).state));
        let retirement = word_of::<yanzhen_proto::v1::Retirement>(person.retirement);
        Ok(Found {
            record,
            required: vec![
                (person::field::NUMBER.label, person.number),
                (person::field::NAME.label, person.name),
                (person::field::RETIREMENT.label, retirement.to_owned()),
            ],
            member: state.map(|state| (membership::field::STATE.label, state.to_owned())),
        })
    }

    /// The people with these ids, in this order; those that are not here are left out.
    pub async fn person_views(&self, ids: &[RecordId]) -> Result<Vec<PersonView>, BureauError> {
        let store = self.store();
        let mut people = by_id(store.records_by_ids(&person::KIND, ids).await?);
        let members: Vec<RecordId> = ids.iter().map(|id| membership::id_of(*id)).collect();
        let memberships = by_id(store.records_by_ids(&membership::KIND, &members).await?);
        let memberships: HashMap<RecordId, Membership> =
            memberships.iter().map(|(id, record)| (*id, decoded(record))).collect();
        let branch_of = |membership: &Membership| RecordId::try_from(membership.branch.as_ref()).ok();
        let mut branches: Vec<RecordId> = memberships.values().filter_map(branch_of).collect();
        branches.sort_unstable();
        branches.dedup();
        let branches = by_id(store.records_by_ids(&party_org::KIND, &branches).await?);
        let directory = self.directory();
        let view = |id: &RecordId| {
            let record = people.remove(id)?;
            let membership = memberships.get(&membership::id_of(*id)).cloned();
            let branch = membership.as_ref().and_then(|membership| branches.get(&branch_of(membership)?));
            let branch = branch.map(|record| {
                let PartyOrg { number, name, .. } = decoded(record);
                Branch { number, name }
            });
            Some(PersonView {
                id: *id,
                unit: record.unit,
                unit_code: code_of(&directory, record.unit),
                unit_name: name_of(&directory, record.unit),
                person: decoded(&record),
                membership,
                branch,
                revision: record.version.revision,
            })
        };
        Ok(ids.iter().filter_map(view).collect())
    }
}

pub(crate) fn by_id(records: Vec<Record>) -> HashMap<RecordId, Record> {
    records.into_iter().map(|record| (record.record, record)).collect()
}

/// The body as a message. The projection has read every body that is listed; one that can't be read is empty.
pub(crate) fn decoded<M: Message + Default>(record: &Record) -> M {
    record.body.clone().and_then(|body| M::decode(body).ok()).unwrap_or_default()
}

fn refused(field: reason::Field, reason: reason::Reason) -> BureauError {
    BureauError::Fields(vec![reason::FieldError { field, reason }])
}
