//! Records that are entered by a form alone: staff, posts, absences, links with communities.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use yanzhen_proto::v1::{CommunityLink, Person, Staff};
use yanzhen_store::{Edit, Expected, Fields, Record, Target, Write, WriteError};
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::bureau::code_of;
use crate::error::BureauError;
use crate::kinds::column::{Alone, Kept};
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::unknown::keep_unknown;
use crate::kinds::{person, text};
use crate::listing::{Filter, Page, WhichCommunities, WhichStaff, find, page};
use crate::people::{by_id, decoded};
use crate::saving::{Save, Saved};

/// A record with what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Held<M> {
    /// The record.
    pub id: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// What it holds.
    pub body: M,
    /// Counts the record's changes.
    pub revision: u64,
}

impl Bureau {
    /// One record by its id.
    pub async fn held<M: Kept>(&self, id: RecordId) -> Result<Held<M>, BureauError> {
        let found = self.store().record(&M::KIND, id).await?.filter(|record| record.body.is_some());
        let missing = || BureauError::NotFound { what: "record", key: id.to_string() };
        Ok(held_of(&found.ok_or_else(missing)?))
    }

    /// Records by their ids, in their order.
    pub async fn held_all<M: Kept>(&self, ids: &[RecordId]) -> Result<Vec<Held<M>>, BureauError> {
        let records = self.store().records_by_ids(&M::KIND, ids).await?;
        let mut by_id: HashMap<RecordId, Record> =
            records.into_iter().map(|record| (record.record, record)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id).map(|record| held_of(&record))).collect())
    }

    /// Adds a record to a unit at home here, or amends the one with the id `save.number`. Fields that name another record
    /// take its number or id. With `revision`, only if that is still the record's.
    pub async fn save_kept<M: Kept>(&self, save: &Save, revision: Option<u64>) -> Result<Saved, BureauError> {
        let unit = self.home_unit(&save.unit_code)?;
        let writing = self.writing().await;
        let old = match save.number.trim() {
            "" => None,
            key => Some(self.kept_record::<M>(unit, key).await?),
        };
        let is_overtaken = |revision| old.as_ref().is_some_and(|old| old.version.revision != revision);
        if revision.is_some_and(is_overtaken) {
            return Err(BureauError::Busy);
        }
        let mut body: M = old.as_ref().map(decoded).unwrap_or_default();
        let before = body.encode_to_vec();
        self.fill(&mut body, unit, &save.fields).await?;
        body.validate(self.today()).map_err(BureauError::Fields)?;
        let id = old.as_ref().map_or_else(|| self.new_id(), |old| old.record);
        if let Some(alone) = body.alone() {
            self.check_alone(id, &alone).await?;
        }
        let revision = old.as_ref().map_or(0, |old| old.version.revision);
        let saved = |changed, revision| Saved { id, number: id.to_string(), changed, revision };
        if old.is_some() && body.encode_to_vec() == before {
            return Ok(saved(false, revision));
        }
        let (expected, bytes) = match &old {
            Some(old) => (Expected::At(old.version), old.body.clone().unwrap_or_default()),
            None => (Expected::New, bytes::Bytes::new()),
        };
        let edit = Edit::upsert(M::KIND, id, unit, keep_unknown(&bytes, &body, M::MESSAGE), expected);
        match writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await {
            Ok(_) => Ok(saved(true, revision + 1)),
            Err(WriteError::Conflict { .. }) => Err(BureauError::Busy),
            Err(error) => Err(error.into()),
        }
    }

    async fn check_alone(&self, id: RecordId, alone: &Alone) -> Result<(), BureauError> {
        let sql = format!(
            "SELECT COUNT(*) FROM {} WHERE person = $1 AND id <> $2 AND {}",
            alone.table, alone.condition
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(alone.person.to_vec()).bind(id.as_bytes().to_vec());
        let row = query.fetch_one(self.store().reader()).await?;
        match Fields::of(alone.table, &row).int()? {
            0 => Ok(()),
            _ => Err(BureauError::Fields(vec![FieldError { field: alone.field, reason: Reason::StillOpen }])),
        }
    }

    async fn kept_record<M: Kept>(&self, unit: UnitId, key: &str) -> Result<Record, BureauError> {
        let missing = || BureauError::NotFound { what: "record", key: key.to_owned() };
        let id: RecordId = key.parse().map_err(|_| missing())?;
        let record = self.store().record(&M::KIND, id).await?;
        record.filter(|record| record.unit == unit && record.body.is_some()).ok_or_else(missing)
    }

    /// Takes what was typed, field by field, and says of all at once what can't be taken.
    async fn fill<M: Kept>(
        &self,
        body: &mut M,
        unit: UnitId,
        fields: &[(String, String)],
    ) -> Result<(), BureauError> {
        let mut errors = Vec::new();
        for (name, typed) in fields {
            let named = |field: crate::Field| field.label == name || field.name == name;
            let Some(column) = M::COLUMNS.iter().find(|column| named(column.field)) else {
                return Err(BureauError::UnknownFields(vec![name.clone()]));
            };
            let typed = text::tidy(typed);
            let taken = match column.refers {
                Some(table) if !typed.is_empty() => {
                    match find(self, table, table, Some(unit), &typed).await {
                        Ok(id) => (column.set)(body, &id.to_string()),
                        Err(BureauError::NotFound { .. } | BureauError::Ambiguous { .. }) => {
                            Err(Reason::NoSuchRecord)
                        }
                        Err(error) => return Err(error),
                    }
                }
                _ => (column.set)(body, &typed),
            };
            if let Err(reason) = taken {
                errors.push(FieldError { field: column.field, reason });
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(BureauError::Fields(errors)) }
    }

    /// The code of a unit; its id where nobody has told of it yet.
    pub fn code_of_unit(&self, unit: UnitId) -> String {
        code_of(&self.directory(), unit)
    }

    /// What people call a record of a typed table by: its number.
    pub async fn number_of(&self, table: &'static str, id: RecordId) -> Result<Option<String>, BureauError> {
        let sql = format!("SELECT number FROM {table} WHERE id = $1");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(id.as_bytes().to_vec());
        let row = query.fetch_optional(self.store().reader()).await?;
        Ok(row.map(|row| Fields::of(table, &row).text().map(str::to_owned)).transpose()?)
    }

    /// One page of staff.
    pub async fn list_staff(&self, filter: &Filter<WhichStaff>) -> Result<Page<Held<Staff>>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        Ok(Page { rows: self.held_all(&rows).await?, total })
    }

    /// One page of links with communities, each with the name of its person.
    pub async fn list_communities(
        &self,
        filter: &Filter<WhichCommunities>,
    ) -> Result<Page<(Held<CommunityLink>, String)>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        let links = self.held_all::<CommunityLink>(&rows).await?;
        let person = |link: &Held<CommunityLink>| RecordId::try_from(link.body.person.as_ref()).ok();
        let ids: Vec<RecordId> = links.iter().filter_map(person).collect();
        let people = by_id(self.store().records_by_ids(&person::KIND, &ids).await?);
        let name = |link: &Held<CommunityLink>| {
            let record = person(link).and_then(|id| people.get(&id));
            record.map(|record| decoded::<Person>(record).name).unwrap_or_default()
        };
        let rows = links.into_iter().map(|link| {
            let name = name(&link);
            (link, name)
        });
        Ok(Page { rows: rows.collect(), total })
    }

    /// The links of a person with communities, the latest first.
    pub async fn communities_of(&self, person: RecordId) -> Result<Vec<Held<CommunityLink>>, BureauError> {
        let of = person.as_bytes();
        let ids = self.rows_of("community_link", "person", of, "ended_on <> '', consented_on DESC").await?;
        self.held_all(&ids).await
    }

    /// The ids of a typed table's rows whose `column` is `id`, in the order of `order`.
    pub(crate) async fn rows_of(
        &self,
        table: &'static str,
        column: &'static str,
        id: &[u8],
        order: &'static str,
    ) -> Result<Vec<RecordId>, BureauError> {
        let sql = format!("SELECT id FROM {table} WHERE {column} = $1 ORDER BY {order}, id");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(id.to_vec());
        let rows = query.fetch_all(self.store().reader()).await?;
        Ok(rows.iter().map(|row| Fields::of(table, row).id()).collect::<Result<_, _>>()?)
    }
}

fn held_of<M: Kept>(record: &Record) -> Held<M> {
    let revision = record.version.revision;
    Held { id: record.record, unit: record.unit, body: decoded(record), revision }
}
