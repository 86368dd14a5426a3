//! One record by what a person calls it.

use sqlx::AssertSqlSafe;
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::text;

/// Digits at an id's end that name it, at least.
const FEWEST_DIGITS: usize = 4;

/// The one of these ids that a person names: whole, or by as many of its last digits as only it has.
pub(crate) fn by_digits(ids: &[RecordId], what: &'static str, digits: &str) -> Result<RecordId, BureauError> {
    let key = digits.trim().to_lowercase();
    if key.len() < FEWEST_DIGITS || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(BureauError::NotAnId { what, key: digits.to_owned() });
    }
    let found: Vec<RecordId> = ids.iter().copied().filter(|id| id.to_string().ends_with(&key)).collect();
    match found.as_slice() {
        [] => Err(BureauError::NotFound { what, key }),
        [one] => Ok(*one),
        several => Err(BureauError::Ambiguous { what, key, found: several.len() }),
    }
}

/// The record of `table` that a person names by its number or id: in `unit`, or where none is given in the site's
/// own unit or else wherever exactly one has it.
pub(crate) async fn find(
    bureau: &Bureau,
    table: &'static str,
    what: &'static str,
    unit: Option<UnitId>,
    key: &str,
) -> Result<RecordId, BureauError> {
    let key = key.trim();
    let number = text::fold(key).into_owned();
    // An id is 32 hexadecimal digits; a number may look like that too and then goes first.
    let id = key.parse::<RecordId>().ok().filter(|_| key.len() == 32);
    let sql = format!("SELECT id, unit FROM {table} WHERE number = $1 OR id = $2 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(number)
        .bind(id.map_or_else(Vec::new, |id| id.as_bytes().to_vec()))
        .fetch_all(bureau.store().reader())
        .await?;
    let mut found: Vec<(RecordId, UnitId)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut fields = Fields::of(table, row);
        found.push((fields.id()?, fields.id()?));
    }
    if let Some(unit) = unit {
        found.retain(|(_, of)| *of == unit);
    } else if let Some(own) = bureau.own_unit()
        && found.iter().any(|(_, of)| *of == own)
    {
        found.retain(|(_, of)| *of == own);
    }
    match found.as_slice() {
        [] => Err(BureauError::NotFound { what, key: key.to_owned() }),
        [(record, _)] => Ok(*record),
        several => Err(BureauError::Ambiguous { what, key: key.to_owned(), found: several.len() }),
    }
}

/// Whether nobody but `except` has this number in the unit.
pub(crate) async fn is_free(
    bureau: &Bureau,
    table: &'static str,
    unit: UnitId,
    number: &str,
    except: Option<RecordId>,
) -> Result<bool, BureauError> {
    let sql = format!("SELECT id FROM {table} WHERE unit = $1 AND number = $2");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(unit.as_bytes().to_vec())
        .bind(number.to_owned())
        .fetch_all(bureau.store().reader())
        .await?;
    let mut free = true;
    for row in &rows {
        free &= Some(Fields::of(table, row).id()?) == except;
    }
    Ok(free)
}
