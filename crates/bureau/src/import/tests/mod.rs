//! Files as clerks send them, and a site that holds what was imported.

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Membership, PartyOrg, Person};
use yanzhen_sync::{RecordId, UnitId};

use super::plan::{self, Existing, Known, Outcome, Planned, Write};
use super::*;
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::{ids, membership, party_org, person};
use crate::{Day, Rollup};

mod files;
mod orgs;
mod people;

const UNIT: UnitId = UnitId::new([9; 16]);
const OTHER_UNIT: UnitId = UnitId::new([8; 16]);

fn today() -> Day {
    Day::parse("2026-11-22").unwrap()
}

fn options() -> Options {
    Options { today: today(), own_unit: Some("990100".into()) }
}

fn read<S: Sheet>(text: &str) -> Import<S> {
    Import::read(text.as_bytes(), options()).unwrap()
}

/// Line, column and reason of everything that is refused in a file.
fn refusals<S: Sheet>(text: &str) -> Vec<(u64, String, Reason)> {
    let import = read::<S>(text);
    let errors = import.rows().filter_map(|row| row.result.err()).flatten();
    errors.map(|e| (e.line, e.column.unwrap_or_default(), e.reason)).collect()
}

/// A site with one unit of its own and another in the network.
#[derive(Default)]
struct Site {
    people: HashMap<(UnitId, String), RecordId>,
    orgs: HashMap<(UnitId, String), RecordId>,
    bodies: HashMap<RecordId, Bytes>,
    made: u8,
}

impl Site {
    fn existing(&self, record: Option<&RecordId>) -> Option<Existing> {
        record.map(|record| Existing { record: *record, body: self.bodies[record].clone() })
    }

    fn store(&mut self, write: &Write) {
        if write.kind == person::KIND {
            let person = Person::decode(write.body.clone()).unwrap();
            self.people.insert((write.unit, person.number), write.record);
        } else if write.kind == party_org::KIND {
            let org = PartyOrg::decode(write.body.clone()).unwrap();
            self.orgs.insert((write.unit, org.number), write.record);
        }
        self.bodies.insert(write.record, write.body.clone());
    }

    fn new_id(&mut self) -> RecordId {
        self.made += 1;
        ids::new(1_700_000_000_000, [self.made; 10])
    }

    /// Imports a file of people; what each row came to.
    fn import_people(&mut self, text: &str) -> Vec<Result<Outcome, Vec<FieldError>>> {
        let rows: Vec<_> = read::<PersonSheet>(text).rows().map(|row| row.result.unwrap()).collect();
        rows.iter()
            .map(|row| {
                let id = self.new_id();
                let planned = plan::person(row, self, today(), || id)?;
                planned.writes.iter().for_each(|write| self.store(write));
                Ok(planned.outcome)
            })
            .collect()
    }

    /// Imports a file of organisations; what each row came to.
    fn import_orgs(&mut self, text: &str) -> Vec<Result<Outcome, Vec<FieldError>>> {
        let rows: Vec<_> = read::<OrgSheet>(text).rows().map(|row| row.result.unwrap()).collect();
        let new: Vec<RecordId> = rows.iter().map(|_| self.new_id()).collect();
        let mut new = new.into_iter();
        let planned: Vec<Result<Planned, _>> = plan::orgs(&rows, self, today(), || new.next().unwrap());
        planned
            .into_iter()
            .map(|planned| {
                let planned = planned?;
                planned.writes.iter().for_each(|write| self.store(write));
                Ok(planned.outcome)
            })
            .collect()
    }

    fn held_person(&self, number: &str) -> Person {
        self.person(UNIT, number).unwrap().message()
    }

    fn held_membership(&self, number: &str) -> Option<Membership> {
        Some(Known::membership(self, self.person(UNIT, number)?.record)?.message())
    }

    fn held_org(&self, number: &str) -> PartyOrg {
        self.org(UNIT, number).unwrap().message()
    }

    fn rollup(&self) -> Rollup {
        let people = self.people.keys().map(|(_, number)| {
            Rollup::of_person(&self.held_person(number), self.held_membership(number).as_ref())
        });
        let orgs = self.orgs.keys().map(|(_, number)| Rollup::of_org(&self.held_org(number)));
        people.chain(orgs).sum()
    }
}

impl Known for Site {
    fn own_unit(&self, code: &str) -> Option<UnitId> {
        (code == "990100").then_some(UNIT)
    }

    fn any_unit(&self, code: &str) -> Option<UnitId> {
        self.own_unit(code).or((code == "990200").then_some(OTHER_UNIT))
    }

    fn person(&self, unit: UnitId, number: &str) -> Option<Existing> {
        self.existing(self.people.get(&(unit, number.to_owned())))
    }

    fn membership(&self, person: RecordId) -> Option<Existing> {
        let record = membership::id_of(person);
        self.bodies.get(&record).map(|body| Existing { record, body: body.clone() })
    }

    fn org(&self, unit: UnitId, number: &str) -> Option<Existing> {
        self.existing(self.orgs.get(&(unit, number.to_owned())))
    }

    fn org_parent(&self, org: RecordId) -> Option<RecordId> {
        let org = PartyOrg::decode(self.bodies[&org].clone()).unwrap();
        RecordId::try_from(org.parent.as_ref()).ok()
    }
}
