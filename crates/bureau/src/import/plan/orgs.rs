//! Plans a whole file of organisations: they name each other by number, in any order.

use std::collections::HashMap;

use bytes::Bytes;
use yanzhen_proto::v1::PartyOrg;
use yanzhen_sync::{RecordId, UnitId};

use super::{Existing, Known, Outcome, Planned, Write, body, own_unit, refusal};
use crate::import::orgs::OrgSheet;
use crate::import::sheet::Row;
use crate::kinds::day::Day;
use crate::kinds::party_org::{self, field};
use crate::kinds::reason::{Field, FieldError, Reason};

/// Organisations above one another, at most: five types, each within another of its type now and then.
const MAX_DEPTH: usize = 32;

type Refusal = Vec<FieldError>;

/// Plans rows of organisations; the answer has one item for each row, in order. A row that names a refused new
/// organisation is refused too.
pub fn orgs(
    rows: &[Row<OrgSheet>],
    known: &impl Known,
    today: Day,
    mut new_id: impl FnMut() -> RecordId,
) -> Vec<Result<Planned, Refusal>> {
    let mut file = File::new(rows.iter().map(|row| draft(row, known, &mut new_id)).collect(), known);
    let namers = file.namers();
    let mut waiting: Vec<usize> = (0..rows.len()).collect();
    // Whoever names a refused organisation is looked at again; each row is refused at most once.
    while let Some(place) = waiting.pop() {
        if file.drafts[place].is_ok()
            && let Err(refusal) = file.check(place, today)
        {
            file.drafts[place] = Err(refusal);
            waiting.extend(namers.get(&place).into_iter().flatten());
        }
    }
    (0..rows.len()).map(|place| file.planned(place)).collect()
}

/// A row on its way to a plan.
struct Draft {
    unit: UnitId,
    record: RecordId,
    existing: Option<Existing>,
    org: PartyOrg,
    parent: Option<String>,
    merged_into: Option<String>,
}

fn draft(
    row: &Row<OrgSheet>,
    known: &impl Known,
    new_id: &mut impl FnMut() -> RecordId,
) -> Result<Draft, Refusal> {
    let unit = own_unit(&row.sheet.unit, known)?;
    let existing = known.org(unit, &row.sheet.org.number);
    let org = existing.as_ref().map(Existing::message).unwrap_or_default();
    let mut sheet = OrgSheet { org, ..OrgSheet::default() };
    row.apply(&mut sheet);
    sheet.settle();
    let record = existing.as_ref().map_or_else(new_id, |existing| existing.record);
    let OrgSheet { org, parent, merged_into, .. } = sheet;
    Ok(Draft { unit, record, existing, org, parent, merged_into })
}

/// All rows, found by number and by id.
struct File<'a, K> {
    drafts: Vec<Result<Draft, Refusal>>,
    by_number: HashMap<(UnitId, String), usize>,
    by_record: HashMap<RecordId, usize>,
    known: &'a K,
}

/// One organisation on the way up.
#[derive(Clone, Copy)]
struct Step {
    record: RecordId,
    /// Its row, unless only the site holds it.
    place: Option<usize>,
}

impl<'a, K: Known> File<'a, K> {
    fn new(drafts: Vec<Result<Draft, Refusal>>, known: &'a K) -> File<'a, K> {
        let sound =
            || drafts.iter().enumerate().filter_map(|(place, draft)| Some((place, draft.as_ref().ok()?)));
        let by_number =
            sound().map(|(place, draft)| ((draft.unit, draft.org.number.clone()), place)).collect();
        let by_record = sound().map(|(place, draft)| (draft.record, place)).collect();
        File { by_number, by_record, drafts, known }
    }

    /// For each row, the rows that name it.
    fn namers(&self) -> HashMap<usize, Vec<usize>> {
        let mut namers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, draft) in self.drafts.iter().enumerate() {
            let Ok(draft) = draft else { continue };
            for number in [&draft.parent, &draft.merged_into].into_iter().flatten() {
                if let Some(named) = self.by_number.get(&(draft.unit, number.clone())) {
                    namers.entry(*named).or_default().push(place);
                }
            }
        }
        namers
    }

    fn check(&self, place: usize, today: Day) -> Result<(), Refusal> {
        party_org::validate(&self.resolve(place)?, today)?;
        let circle = self.drafts[place].as_ref().is_ok_and(|draft| self.hangs_in_a_circle(draft.record));
        if circle { Err(refusal(field::PARENT, Reason::Circle)) } else { Ok(()) }
    }

    /// The organisation with the ids of those that it names.
    fn resolve(&self, place: usize) -> Result<PartyOrg, Refusal> {
        let draft = self.drafts[place].as_ref().map_err(Clone::clone)?;
        let named = |number: &Option<String>, field: Field, old: &Bytes| match number.as_deref() {
            None => Ok(old.clone()),
            Some("") => Ok(Bytes::new()),
            Some(number) => {
                let found = self.find(draft.unit, number);
                found.map(|step| step.record.to_bytes()).ok_or_else(|| refusal(field, Reason::NoSuchOrg))
            }
        };
        let parent = named(&draft.parent, field::PARENT, &draft.org.parent)?;
        let merged_into = named(&draft.merged_into, field::MERGED_INTO, &draft.org.merged_into)?;
        Ok(PartyOrg { parent, merged_into, ..draft.org.clone() })
    }

    /// Whether the way up from a row comes to no end.
    fn hangs_in_a_circle(&self, record: RecordId) -> bool {
        let mut at = self.step(record);
        for _ in 0..MAX_DEPTH {
            match self.above(at) {
                Some(above) => at = above,
                None => return false,
            }
        }
        true
    }

    fn above(&self, step: Step) -> Option<Step> {
        if let Some(draft) = step.place.and_then(|place| self.drafts[place].as_ref().ok()) {
            if let Some(number) = &draft.parent {
                return self.find(draft.unit, number);
            }
            draft.existing.as_ref()?;
        }
        self.known.org_parent(step.record).map(|above| self.step(above))
    }

    fn find(&self, unit: UnitId, number: &str) -> Option<Step> {
        let place = self.by_number.get(&(unit, number.to_owned()));
        match place.and_then(|place| self.drafts[*place].as_ref().ok()) {
            Some(draft) => Some(self.step(draft.record)),
            None => self.known.org(unit, number).map(|org| self.step(org.record)),
        }
    }

    /// An organisation that the site holds may get another parent from the file.
    fn step(&self, record: RecordId) -> Step {
        let place = self.by_record.get(&record).copied().filter(|place| self.drafts[*place].is_ok());
        Step { record, place }
    }

    fn planned(&self, place: usize) -> Result<Planned, Refusal> {
        let org = self.resolve(place)?;
        let draft = self.drafts[place].as_ref().map_err(Clone::clone)?;
        let old: Option<PartyOrg> = draft.existing.as_ref().map(Existing::message);
        if old.as_ref() == Some(&org) {
            return Ok(Planned { outcome: Outcome::Unchanged, writes: Vec::new() });
        }
        let body = body(draft.existing.as_ref(), &org, party_org::MESSAGE);
        let write = Write { kind: party_org::KIND, record: draft.record, unit: draft.unit, body };
        let outcome = if old.is_some() { Outcome::Updated } else { Outcome::Created };
        Ok(Planned { outcome, writes: vec![write] })
    }
}
