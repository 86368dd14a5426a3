//! What the site holds of the records that some rows are about, read before they are planned.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use yanzhen_store::{Expected, Fields, Record, StoreError, push_placeholder, with_list};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::{Kind, RecordId, SiteId, UnitId, Version};

use crate::Bureau;
use crate::import::plan::{Existing, Known};
use crate::kinds::{membership, party_org, person};
use crate::sql::VALUES_PER_LIST;

/// Numbers by the unit in which they are looked up.
pub(crate) type Numbers = BTreeMap<UnitId, Vec<String>>;

/// The records that a plan asks for, in memory.
pub(crate) struct Held {
    directory: Arc<Directory>,
    me: SiteId,
    people: HashMap<(UnitId, String), Existing>,
    memberships: HashMap<RecordId, Existing>,
    orgs: HashMap<(UnitId, String), Existing>,
    org_parents: HashMap<RecordId, RecordId>,
    versions: HashMap<(Kind, RecordId), Version>,
    /// The record that is edited, under the number that its row gives it.
    edited: Option<(String, Existing)>,
}

impl Held {
    pub(super) fn nothing(bureau: &Bureau) -> Held {
        Held {
            directory: bureau.directory(),
            me: bureau.store().me(),
            people: HashMap::new(),
            memberships: HashMap::new(),
            orgs: HashMap::new(),
            org_parents: HashMap::new(),
            versions: HashMap::new(),
            edited: None,
        }
    }

    /// The state that a write of a record builds on.
    pub(super) fn expected(&self, kind: &Kind, record: RecordId) -> Expected {
        let version = self.versions.get(&(kind.clone(), record));
        version.map_or(Expected::New, |version| Expected::At(*version))
    }

    /// Reads people by their numbers, with their memberships.
    pub(super) async fn read_people(&mut self, bureau: &Bureau, numbers: &Numbers) -> Result<(), StoreError> {
        let mut found: Vec<(RecordId, UnitId, String)> = Vec::new();
        for (unit, numbers) in numbers {
            found.extend(by_number(bureau, "person", *unit, numbers).await?);
        }
        let ids: Vec<RecordId> = found.iter().map(|(id, ..)| *id).collect();
        let mut people = self.take(bureau.store().records_by_ids(&person::KIND, &ids).await?);
        for (id, unit, number) in found {
            if let Some(existing) = people.remove(&id) {
                self.people.insert((unit, number), existing);
            }
        }
        self.read_memberships(bureau, &ids).await
    }

    /// Reads the memberships of people.
    pub(super) async fn read_memberships(
        &mut self,
        bureau: &Bureau,
        people: &[RecordId],
    ) -> Result<(), StoreError> {
        let ids: Vec<RecordId> = people.iter().map(|person| membership::id_of(*person)).collect();
        let mut held = self.take(bureau.store().records_by_ids(&membership::KIND, &ids).await?);
        for (person, id) in people.iter().zip(&ids) {
            if let Some(existing) = held.remove(id) {
                self.memberships.insert(*person, existing);
            }
        }
        Ok(())
    }

    /// Reads which organisations have these numbers, without what they hold.
    pub(super) async fn read_branches(
        &mut self,
        bureau: &Bureau,
        numbers: &Numbers,
    ) -> Result<(), StoreError> {
        for (unit, numbers) in numbers {
            for (record, unit, number) in by_number(bureau, "party_org", *unit, numbers).await? {
                self.orgs.insert((unit, number), Existing { record, body: bytes::Bytes::new() });
            }
        }
        Ok(())
    }

    /// Reads all organisations of the units: the tree, and what those with the given numbers hold.
    pub(super) async fn read_orgs(&mut self, bureau: &Bureau, numbers: &Numbers) -> Result<(), StoreError> {
        let mut wanted: Vec<(RecordId, UnitId, String)> = Vec::new();
        for (unit, numbers) in numbers {
            let numbers: std::collections::HashSet<&String> = numbers.iter().collect();
            let rows = sqlx::query("SELECT id, number, parent FROM party_org WHERE unit = $1")
                .bind(unit.as_bytes().to_vec())
                .fetch_all(bureau.store().reader())
                .await?;
            for row in &rows {
                let mut fields = Fields::of("party_org", row);
                let (record, number) = (fields.id::<RecordId>()?, fields.text()?.to_owned());
                if let Ok(parent) = RecordId::try_from(fields.bytes()?) {
                    self.org_parents.insert(record, parent);
                }
                if numbers.contains(&number) {
                    wanted.push((record, *unit, number));
                } else {
                    self.orgs.insert((*unit, number), Existing { record, body: bytes::Bytes::new() });
                }
            }
        }
        let ids: Vec<RecordId> = wanted.iter().map(|(id, ..)| *id).collect();
        let mut held = self.take(bureau.store().records_by_ids(&party_org::KIND, &ids).await?);
        for (id, unit, number) in wanted {
            if let Some(existing) = held.remove(&id) {
                self.orgs.insert((unit, number), existing);
            }
        }
        Ok(())
    }

    /// Takes the record that is to be edited; its row gives it this number.
    pub(super) fn edit(&mut self, record: Record, number: &str) {
        let id = record.record;
        self.edited = self.take(vec![record]).remove(&id).map(|existing| (number.to_owned(), existing));
    }

    fn edited(&self, number: &str) -> Option<Existing> {
        self.edited.as_ref().filter(|(edited, _)| edited == number).map(|(_, existing)| existing.clone())
    }

    fn take(&mut self, records: Vec<Record>) -> HashMap<RecordId, Existing> {
        let mut taken = HashMap::with_capacity(records.len());
        for record in records {
            self.versions.insert((record.kind, record.record), record.version);
            if let Some(body) = record.body {
                taken.insert(record.record, Existing { record: record.record, body });
            }
        }
        taken
    }
}

impl Known for Held {
    fn own_unit(&self, code: &str) -> Option<UnitId> {
        let unit = self.directory.unit_by_code(code)?.id;
        self.directory.home(unit).filter(|home| home.site == self.me).map(|_| unit)
    }

    fn any_unit(&self, code: &str) -> Option<UnitId> {
        self.directory.unit_by_code(code).map(|unit| unit.id)
    }

    fn person(&self, unit: UnitId, number: &str) -> Option<Existing> {
        self.edited(number).or_else(|| self.people.get(&(unit, number.to_owned())).cloned())
    }

    fn membership(&self, person: RecordId) -> Option<Existing> {
        self.memberships.get(&person).cloned()
    }

    fn org(&self, unit: UnitId, number: &str) -> Option<Existing> {
        self.edited(number).or_else(|| self.orgs.get(&(unit, number.to_owned())).cloned())
    }

    fn org_parent(&self, org: RecordId) -> Option<RecordId> {
        self.org_parents.get(&org).copied()
    }
}

/// Rows of `table` with these numbers in a unit.
async fn by_number(
    bureau: &Bureau,
    table: &'static str,
    unit: UnitId,
    numbers: &[String],
) -> Result<Vec<(RecordId, UnitId, String)>, StoreError> {
    let mut found = Vec::with_capacity(numbers.len());
    for chunk in numbers.chunks(VALUES_PER_LIST) {
        let mut before = format!("SELECT id, number FROM {table} WHERE unit = ");
        push_placeholder(&mut before, 1);
        before.push_str(" AND number IN (");
        let query = sqlx::query(with_list(&before, 2, chunk.len(), ")")).bind(unit.as_bytes().to_vec());
        let query = chunk.iter().fold(query, |query, number| query.bind(number.clone()));
        for row in &query.fetch_all(bureau.store().reader()).await? {
            let mut fields = Fields::of(table, row);
            found.push((fields.id()?, unit, fields.text()?.to_owned()));
        }
    }
    Ok(found)
}
