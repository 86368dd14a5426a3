//! Rows of rosters, from a file or typed by a person, become writes: read what is held, plan, write.

mod held;
mod single;

use std::collections::BTreeMap;

use prost::Message;
use yanzhen_proto::v1::Membership;
use yanzhen_store::{Edit, Record, StoreError, Target, Write, WriteError};
use yanzhen_sync::limits::{MAX_ENTRIES_PER_FRAME, MAX_FRAME_BYTES};
use yanzhen_sync::{Kind, RecordId};

use crate::Bureau;
use crate::error::BureauError;
use crate::import::plan::{self, Outcome, Planned};
use crate::import::{OrgSheet, PersonSheet, Row, Sheet};
use crate::kinds::day::Day;
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::{membership, party_org, person};
use crate::writing::Writing;

use held::{Held, Numbers};

pub(crate) use single::{Found, save};
pub use single::{Save, Saved};

/// Times that a write is planned anew because its records changed in the meantime. At this site only what arrives
/// from others can do that.
pub(crate) const CONFLICT_RETRIES: usize = 3;

/// Bytes of bodies in one write, so that it is one frame and with that one transaction everywhere.
const BYTES_PER_WRITE: usize = MAX_FRAME_BYTES - 16 * 1024;

/// Bytes of an entry besides its body, at most.
const BYTES_PER_ENTRY: usize = 400;

/// A kind of row that can be saved.
pub(crate) trait Roster: Sheet + Send + Sync {
    /// Their kind.
    const KIND: Kind;

    /// Their typed table.
    const TABLE: &'static str;

    /// Rows that are planned together.
    const ROWS: usize;

    /// Reads what the plan of these rows asks for.
    fn read(
        held: &mut Held,
        bureau: &Bureau,
        rows: &[Row<Self>],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Plans rows; one answer for each.
    fn plan(
        rows: &[Row<Self>],
        held: &Held,
        today: Day,
        new_id: impl FnMut() -> RecordId,
    ) -> Vec<Result<Planned, Vec<FieldError>>>;
}

impl Roster for PersonSheet {
    const KIND: Kind = person::KIND;

    const TABLE: &'static str = "person";

    /// As many as one read of existing records and a few frames take.
    const ROWS: usize = 500;

    async fn read(held: &mut Held, bureau: &Bureau, rows: &[Row<Self>]) -> Result<(), StoreError> {
        let people = numbers(bureau, rows.iter().map(|row| (row.sheet.unit(), row.sheet.number())));
        held.read_people(bureau, &people).await?;
        let branches = rows.iter().filter_map(|row| {
            let branch = row.sheet.membership.branch.as_deref().filter(|branch| !branch.is_empty())?;
            Some((row.sheet.unit(), branch))
        });
        held.read_branches(bureau, &numbers(bureau, branches)).await
    }

    fn plan(
        rows: &[Row<Self>],
        held: &Held,
        today: Day,
        mut new_id: impl FnMut() -> RecordId,
    ) -> Vec<Result<Planned, Vec<FieldError>>> {
        rows.iter().map(|row| plan::person(row, held, today, &mut new_id)).collect()
    }
}

impl Roster for OrgSheet {
    const KIND: Kind = party_org::KIND;

    const TABLE: &'static str = "party_org";

    /// Organisations name each other, so a file of them is planned as a whole.
    const ROWS: usize = usize::MAX;

    async fn read(held: &mut Held, bureau: &Bureau, rows: &[Row<Self>]) -> Result<(), StoreError> {
        let orgs = numbers(bureau, rows.iter().map(|row| (row.sheet.unit(), row.sheet.number())));
        held.read_orgs(bureau, &orgs).await
    }

    fn plan(
        rows: &[Row<Self>],
        held: &Held,
        today: Day,
        new_id: impl FnMut() -> RecordId,
    ) -> Vec<Result<Planned, Vec<FieldError>>> {
        plan::orgs(rows, held, today, new_id)
    }
}

/// Numbers by unit; rows of units that nobody knows are left to the plan, which refuses them.
fn numbers<'a>(bureau: &Bureau, rows: impl Iterator<Item = (&'a str, &'a str)>) -> Numbers {
    let directory = bureau.directory();
    let mut numbers = BTreeMap::<_, Vec<String>>::new();
    for (code, number) in rows {
        if let Some(unit) = directory.unit_by_code(code) {
            numbers.entry(unit.id).or_default().push(number.to_owned());
        }
    }
    for numbers in numbers.values_mut() {
        numbers.sort_unstable();
        numbers.dedup();
    }
    numbers
}

/// What became of rows.
pub(crate) struct Done {
    /// One for each row: how it came out and the record that it is about, or what is wrong with it.
    pub(crate) rows: Vec<Result<Outcome, Vec<FieldError>>>,
    /// Writes, each of which is one frame.
    pub(crate) frames: u64,
}

/// Plans rows and writes nothing.
pub(crate) async fn plan_rows<S: Roster>(bureau: &Bureau, rows: &[Row<S>]) -> Result<Done, BureauError> {
    let mut held = Held::nothing(bureau);
    S::read(&mut held, bureau, rows).await?;
    let planned = S::plan(rows, &held, bureau.today(), || bureau.new_id());
    let rows = planned.into_iter().map(|planned| planned.map(|planned| planned.outcome)).collect();
    Ok(Done { rows, frames: 0 })
}

/// Plans and writes rows. What one row comes to is one transaction; when a later write fails, the earlier ones
/// stay, and the same rows may come again.
pub(crate) async fn save_rows<S: Roster>(
    bureau: &Bureau,
    writing: &Writing,
    rows: &[Row<S>],
    edited: Option<&Record>,
) -> Result<Done, BureauError> {
    let mut outcomes: Vec<Option<Result<Outcome, Vec<FieldError>>>> = rows.iter().map(|_| None).collect();
    let mut frames = 0;
    for _ in 0..=CONFLICT_RETRIES {
        let mut held = Held::nothing(bureau);
        S::read(&mut held, bureau, rows).await?;
        if let (Some(record), [row]) = (edited, rows) {
            held.read_memberships(bureau, &[record.record]).await?;
            let record = bureau.store().record(&record.kind, record.record).await?;
            record.into_iter().for_each(|record| held.edit(record, row.sheet.number()));
        }
        let mut planned = S::plan(rows, &held, bureau.today(), || bureau.new_id());
        refuse_in_transfer(bureau, &mut planned).await?;
        match write_planned(writing, &held, planned, &mut outcomes, &mut frames).await {
            Err(BureauError::Write(WriteError::Conflict { .. })) => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(Done { rows: outcomes.into_iter().flatten().collect(), frames }),
        }
    }
    Err(BureauError::Busy)
}

/// Who is on the way to another unit is not changed: the change would stay behind.
async fn refuse_in_transfer(
    bureau: &Bureau,
    planned: &mut [Result<Planned, Vec<FieldError>>],
) -> Result<(), BureauError> {
    let people: Vec<Vec<RecordId>> = planned
        .iter()
        .map(|row| row.iter().flat_map(|row| row.writes.iter().filter_map(person_of)).collect())
        .collect();
    let on_the_way = bureau.in_transfer(&people.concat()).await?;
    if on_the_way.is_empty() {
        return Ok(());
    }
    for (row, people) in planned.iter_mut().zip(people) {
        if people.iter().any(|person| on_the_way.contains(person)) {
            *row = Err(vec![FieldError { field: person::field::NUMBER, reason: Reason::InTransfer }]);
        }
    }
    Ok(())
}

/// Whom a write is about.
fn person_of(write: &plan::Write) -> Option<RecordId> {
    if write.kind == person::KIND {
        return Some(write.record);
    }
    let is_membership = write.kind == membership::KIND;
    let member = is_membership.then(|| Membership::decode(write.body.clone()).ok()).flatten()?;
    RecordId::try_from(member.person.as_ref()).ok()
}

/// Rows that are written together.
#[derive(Default)]
struct Pack {
    edits: Vec<Edit>,
    bytes: usize,
    rows: Vec<(usize, Outcome)>,
}

impl Pack {
    fn has_room(&self, edits: usize, bytes: usize) -> bool {
        self.edits.len() + edits <= MAX_ENTRIES_PER_FRAME && self.bytes + bytes <= BYTES_PER_WRITE
    }
}

async fn write_planned(
    writing: &Writing,
    held: &Held,
    planned: Vec<Result<Planned, Vec<FieldError>>>,
    outcomes: &mut [Option<Result<Outcome, Vec<FieldError>>>],
    frames: &mut u64,
) -> Result<(), BureauError> {
    let mut pack = Pack::default();
    for (row, planned) in planned.into_iter().enumerate() {
        let planned = match planned {
            Ok(planned) if !planned.writes.is_empty() => planned,
            // What an earlier attempt wrote comes out unchanged now.
            other => {
                outcomes[row].get_or_insert(other.map(|planned| planned.outcome));
                continue;
            }
        };
        let bytes = planned.writes.iter().map(|write| write.body.len() + BYTES_PER_ENTRY).sum();
        if !pack.has_room(planned.writes.len(), bytes) {
            write_pack(writing, std::mem::take(&mut pack), outcomes, frames).await?;
        }
        pack.bytes += bytes;
        pack.rows.push((row, planned.outcome));
        pack.edits.extend(planned.writes.into_iter().map(|write| edit(held, write)));
    }
    write_pack(writing, pack, outcomes, frames).await
}

fn edit(held: &Held, write: plan::Write) -> Edit {
    let expected = held.expected(&write.kind, write.record);
    let plan::Write { kind, record, unit, body } = write;
    Edit::upsert(kind, record, unit, body, expected)
}

async fn write_pack(
    writing: &Writing,
    pack: Pack,
    outcomes: &mut [Option<Result<Outcome, Vec<FieldError>>>],
    frames: &mut u64,
) -> Result<(), BureauError> {
    if pack.edits.is_empty() {
        return Ok(());
    }
    writing.write(Write { targets: vec![Target::Journal], edits: pack.edits }).await?;
    *frames += 1;
    for (row, outcome) in pack.rows {
        outcomes[row].get_or_insert(Ok(outcome));
    }
    Ok(())
}
