//! One record from a person's hand: the fields go through the same reader and rules as a row of an import.

use yanzhen_store::Record;
use yanzhen_sync::{RecordId, UnitId};

use super::{Done, Roster, save_rows};
use crate::Bureau;
use crate::bureau::code_of;
use crate::error::BureauError;
use crate::import::plan::Outcome;
use crate::import::{FileError, Import, Options, Row};
use crate::kinds::reason::Reason;
use crate::listing::{find, is_free};
use crate::writing::Writing;

/// A record to be added or edited.
#[derive(Clone, Debug, Default)]
pub struct Save {
    /// The unit's code; empty for the site's own unit.
    pub unit_code: String,
    /// Empty to add; else 编号 or id of what is edited.
    pub number: String,
    /// Fields by their names in an import's header, Chinese or English. A field that is not named stays as it is.
    pub fields: Vec<(String, String)>,
}

/// What a save came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The record.
    pub id: RecordId,
    /// 编号, as it is now.
    pub number: String,
    /// Whether anything changed.
    pub changed: bool,
    /// The record's revision now.
    pub revision: u64,
}

/// A record that is edited.
pub(crate) struct Found {
    pub(crate) record: Record,
    /// The columns that every row must have, by their labels, with what they hold now.
    pub(crate) required: Vec<(&'static str, String)>,
    /// The label and value of the column that says whether a person is a member.
    pub(crate) member: Option<(&'static str, String)>,
}

/// Saves one row: `found` is the record to edit, none to add one to `unit`.
pub(crate) async fn save<S: Roster>(
    bureau: &Bureau,
    writing: &Writing,
    unit: UnitId,
    fields: &[(String, String)],
    found: Option<&Found>,
) -> Result<Saved, BureauError> {
    let code = code_of(&bureau.directory(), unit);
    let (import, row) = read::<S>(bureau, &code, fields, found)?;
    if row.sheet.unit() != code && found.is_some() {
        let why = "a record is moved to another unit by a hand-over, which is not part of an edit";
        return Err(BureauError::Refused(why.to_owned()));
    }
    let unit = bureau.home_unit(row.sheet.unit())?;
    let number = row.sheet.number().to_owned();
    let edited = found.map(|found| &found.record);
    if !is_free(bureau, S::TABLE, unit, &number, edited.map(|record| record.record)).await? {
        return Err(BureauError::Exists { number, unit: row.sheet.unit().to_owned() });
    }
    let Done { rows, .. } = save_rows(bureau, writing, &[row], edited).await?;
    let outcome = match rows.into_iter().next() {
        Some(Ok(outcome)) => outcome,
        Some(Err(errors)) => return Err(BureauError::Values(import.row_errors(0, &[], errors))),
        None => return Err(BureauError::Busy),
    };
    let id = match edited {
        Some(record) => record.record,
        None => find(bureau, S::TABLE, "record", Some(unit), &number).await?,
    };
    let record = bureau.store().record(&S::KIND, id).await?;
    let revision = record.map_or(0, |record| record.version.revision);
    Ok(Saved { id, number, changed: outcome != Outcome::Unchanged, revision })
}

/// Reads the fields as a file of one row. An edit need not name what every row must have.
fn read<S: Roster>(
    bureau: &Bureau,
    unit_code: &str,
    fields: &[(String, String)],
    found: Option<&Found>,
) -> Result<(Import<S>, Row<S>), BureauError> {
    let mut cells: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let options = Options { today: bureau.today(), own_unit: Some(unit_code.to_owned()) };
    let file =
        |cells: &[(&str, &str)]| Ok::<_, BureauError>(Import::<S>::read(&table(cells)?, options.clone()));
    let import = match (file(&cells)?, found) {
        (Err(FileError::MissingColumns { missing, .. }), Some(found)) => {
            let is_missing = |label: &str| missing.iter().any(|field| field.label == label);
            let absent = found.required.iter().filter(|(label, _)| is_missing(label));
            cells.extend(absent.map(|(label, value)| (*label, value.as_str())));
            file(&cells)??
        }
        (Err(FileError::MissingColumns { missing, .. }), None) => {
            return Err(BureauError::MissingFields(missing.iter().map(|field| field.label).collect()));
        }
        (Err(FileError::NoHeader { .. }), _) => {
            return Err(BureauError::UnknownFields(fields.iter().map(|(name, _)| name.clone()).collect()));
        }
        (import, _) => import?,
    };
    let unknown: Vec<String> = import.ignored().into_iter().map(str::to_owned).collect();
    if !unknown.is_empty() {
        return Err(BureauError::UnknownFields(unknown));
    }
    let errors = match first_row(&import)? {
        Ok(row) => return Ok((import, row)),
        Err(errors) => errors,
    };
    // A member's dates can be edited without saying again that the person is one.
    let unclear = errors.iter().any(|error| error.reason == Reason::MembershipUnclear);
    let Some((label, value)) = found.and_then(|found| found.member.as_ref()).filter(|_| unclear) else {
        return Err(BureauError::Values(errors));
    };
    cells.push((label, value));
    let import = file(&cells)??;
    let row = first_row(&import)?.map_err(BureauError::Values)?;
    Ok((import, row))
}

type FirstRow<S> = Result<Row<S>, Vec<crate::import::RowError>>;

fn first_row<S: Roster>(import: &Import<S>) -> Result<FirstRow<S>, BureauError> {
    let row = import.rows().next();
    row.map(|row| row.result).ok_or_else(|| BureauError::Refused("every field is empty".to_owned()))
}

/// A file with a header and one row.
fn table(cells: &[(&str, &str)]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|(name, _)| name))?;
    writer.write_record(cells.iter().map(|(_, value)| value))?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
