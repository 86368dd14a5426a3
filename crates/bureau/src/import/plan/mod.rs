//! Compares sound rows with what the site holds: what is to be created, updated, or left as it is.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Membership, MembershipState, Person};
use yanzhen_sync::{Kind, RecordId, UnitId};

use super::party::{Claim, MembershipCells};
use super::people::PersonSheet;
use super::sheet::{Row, UNIT};
use crate::kinds::day::Day;
use crate::kinds::reason::{Field, FieldError, Reason};
use crate::kinds::{membership, person, unknown};

mod orgs;

pub use orgs::orgs;

/// A record as the site holds it.
#[derive(Clone, Debug)]
pub struct Existing {
    /// Its id.
    pub record: RecordId,
    /// Its body as it was written, with the fields that this software doesn't know.
    pub body: Bytes,
}

impl Existing {
    /// The body as a message; empty if it can't be read, so that the file's row restores it.
    pub fn message<M: Message + Default>(&self) -> M {
        M::decode(self.body.clone()).unwrap_or_default()
    }
}

/// What a plan asks of the site. It sees the state before the import: a file has each key once.
pub trait Known {
    /// The unit with this code, if this site may write its records.
    fn own_unit(&self, code: &str) -> Option<UnitId>;
    /// The unit with this code anywhere in the network.
    fn any_unit(&self, code: &str) -> Option<UnitId>;
    /// The person with this number in the unit.
    fn person(&self, unit: UnitId, number: &str) -> Option<Existing>;
    /// A person's membership.
    fn membership(&self, person: RecordId) -> Option<Existing>;
    /// The organisation with this number in the unit.
    fn org(&self, unit: UnitId, number: &str) -> Option<Existing>;
    /// The organisation above one that the site holds.
    fn org_parent(&self, org: RecordId) -> Option<RecordId>;
}

/// One record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub record: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// Its new body.
    pub body: Bytes,
}

/// What a row comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its record is new.
    Created,
    /// Its record, or what follows from it, changes.
    Updated,
    /// The site holds exactly this.
    Unchanged,
}

/// What is to be done for one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What the row comes to.
    pub outcome: Outcome,
    /// What is to be written, in this order; nothing if unchanged.
    pub writes: Vec<Write>,
}

/// Plans one row of people. `new_id` gives the id of a new record.
pub fn person(
    row: &Row<PersonSheet>,
    known: &impl Known,
    today: Day,
    new_id: impl FnOnce() -> RecordId,
) -> Result<Planned, Vec<FieldError>> {
    let unit = own_unit(&row.sheet.unit, known)?;
    let existing = known.person(unit, &row.sheet.person.number);
    let old: Option<Person> = existing.as_ref().map(Existing::message);
    let mut sheet = PersonSheet { person: old.clone().unwrap_or_default(), ..PersonSheet::default() };
    row.apply(&mut sheet);
    sheet.settle();
    if let Some(code) = &sheet.counting_unit {
        sheet.person.counting_unit = counting_unit(code, unit, known)?;
    }
    person::validate(&sheet.person, today)?;

    let record = existing.as_ref().map_or_else(new_id, |existing| existing.record);
    let mut writes = Vec::new();
    if old.as_ref() != Some(&sheet.person) {
        let body = body(existing.as_ref(), &sheet.person, person::MESSAGE);
        writes.push(Write { kind: person::KIND, record, unit, body });
    }
    let held = existing.as_ref().and_then(|_| known.membership(record));
    writes.extend(membership(&sheet, (unit, record), held, known, today)?);
    let outcome = match (&existing, writes.is_empty()) {
        (None, _) => Outcome::Created,
        (Some(_), false) => Outcome::Updated,
        (Some(_), true) => Outcome::Unchanged,
    };
    Ok(Planned { outcome, writes })
}

/// The write that brings a person's membership to what the row says, if it isn't there.
fn membership(
    sheet: &PersonSheet,
    (unit, person): (UnitId, RecordId),
    held: Option<Existing>,
    known: &impl Known,
    today: Day,
) -> Result<Option<Write>, Vec<FieldError>> {
    let old: Option<Membership> = held.as_ref().map(Existing::message);
    let Some((state, cells)) = stated(&sheet.membership, old.as_ref())? else { return Ok(None) };
    let mut new = Membership { person: person.to_bytes(), ..old.clone().unwrap_or_default() };
    cells.apply(state, &mut new);
    if let Some(number) = &cells.branch {
        new.branch = org_id(number, unit, membership::field::BRANCH, known)?;
    }
    membership::validate(&new, today)?;
    membership::validate_beside(&new, &sheet.person, today)?;
    if old.as_ref() == Some(&new) {
        return Ok(None);
    }
    let body = body(held.as_ref(), &new, membership::MESSAGE);
    Ok(Some(Write { kind: membership::KIND, record: membership::id_of(person), unit, body }))
}

/// The state that a row gives a membership, with the cells to be set beside it; none if the row leaves it as
/// it is.
fn stated(
    cells: &MembershipCells,
    old: Option<&Membership>,
) -> Result<Option<(MembershipState, MembershipCells)>, Vec<FieldError>> {
    let contradictions = cells.contradictions();
    if !contradictions.is_empty() {
        return Err(contradictions);
    }
    match (cells.claim(), old) {
        (Claim::Has(state), _) => Ok(Some((state, cells.clone()))),
        (Claim::HasNone, Some(old)) if membership::is_member(old.state()) => {
            Ok(Some((MembershipState::Ended, MembershipCells::default())))
        }
        (Claim::HasNone, _) => Ok(None),
        (Claim::Silent, Some(old)) => {
            let cells = cells.clone();
            Ok(Some((old.state(), if cells.open { cells.without_empty() } else { cells })))
        }
        (Claim::Silent, None) => match cells.filled().first() {
            Some(field) => Err(refusal(*field, Reason::MembershipUnclear)),
            None => Ok(None),
        },
    }
}

fn own_unit(code: &str, known: &impl Known) -> Result<UnitId, Vec<FieldError>> {
    known.own_unit(code).ok_or_else(|| refusal(UNIT, Reason::NoSuchUnit))
}

/// The id of the unit in which a person is counted; empty for the person's own.
fn counting_unit(code: &str, own: UnitId, known: &impl Known) -> Result<Bytes, Vec<FieldError>> {
    if code.is_empty() {
        return Ok(Bytes::new());
    }
    let unit = known.any_unit(code);
    let unit = unit.ok_or_else(|| refusal(person::field::COUNTING_UNIT, Reason::UnknownUnit))?;
    Ok(if unit == own { Bytes::new() } else { unit.to_bytes() })
}

/// The id of an organisation that the site holds; empty for no number.
fn org_id(number: &str, unit: UnitId, field: Field, known: &impl Known) -> Result<Bytes, Vec<FieldError>> {
    if number.is_empty() {
        return Ok(Bytes::new());
    }
    let org = known.org(unit, number).ok_or_else(|| refusal(field, Reason::NoSuchOrg))?;
    Ok(org.record.to_bytes())
}

fn body(existing: Option<&Existing>, new: &impl Message, message: &str) -> Bytes {
    let old = existing.map_or(&[][..], |existing| &existing.body);
    unknown::keep_unknown(old, new, message)
}

fn refusal(field: Field, reason: Reason) -> Vec<FieldError> {
    vec![FieldError { field, reason }]
}
