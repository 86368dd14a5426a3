//! Lists of records: which units, what to search for, which page.

use sqlx::AssertSqlSafe;
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::text;
use crate::projection::subtree;
use crate::sql::{Statement, containing};

/// Rows of a page where nobody says how many.
const ROWS: u32 = 50;

/// Rows of a page, at most: what a screen shows and an answer holds.
const MAX_ROWS: u32 = 500;

/// Which records to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// None for all units whose records are here.
    pub unit: Option<UnitId>,
    /// With the units below it.
    pub subtree: bool,
    /// Part of a name or number; empty for all.
    pub search: String,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to answer with, at most 500; 0 for 50.
    pub limit: u32,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Rows on all pages.
    pub total: u64,
}

/// Rows of a page that is asked for with `limit`.
pub(crate) fn rows(limit: u32) -> i64 {
    i64::from(if limit == 0 { ROWS } else { limit.min(MAX_ROWS) })
}

/// A value that a condition compares with.
enum Value {
    Bytes(Vec<u8>),
    Text(String),
}

/// Reads one page of the ids of `table`, in the order of the tree and within a unit by number.
pub(crate) async fn page(
    bureau: &Bureau,
    table: &'static str,
    filter: &Filter,
) -> Result<Page<RecordId>, BureauError> {
    let Some((condition, values)) = conditions(bureau, filter).await? else {
        return Ok(Page { rows: Vec::new(), total: 0 });
    };
    let from = format!("FROM unit u JOIN {table} r ON r.unit = u.id WHERE {condition}");
    let count = bind(sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) {from}"))), &values);
    let count = count.fetch_one(bureau.store().reader()).await?;
    let total = Fields::of(table, &count).number()?;

    let (limit, offset) = (values.len() + 1, values.len() + 2);
    let order = format!("ORDER BY u.path, r.number, r.id LIMIT ${limit} OFFSET ${offset}");
    let query = bind(sqlx::query(AssertSqlSafe(format!("SELECT r.id {from} {order}"))), &values);
    let query = query.bind(rows(filter.limit)).bind(i64::from(filter.offset));
    let rows = query.fetch_all(bureau.store().reader()).await?;
    let rows = rows.iter().map(|row| Fields::of(table, row).id()).collect::<Result<_, _>>()?;
    Ok(Page { rows, total })
}

/// The condition on `u`, a unit, and `r`, a record of it; none if no unit fits.
async fn conditions(bureau: &Bureau, filter: &Filter) -> Result<Option<(String, Vec<Value>)>, BureauError> {
    let mut parts = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    if let Some(unit) = filter.unit {
        if filter.subtree {
            let Some(path) = path_of(bureau, unit).await? else { return Ok(None) };
            let (from, to) = subtree(&path);
            parts.push("u.path >= $1 AND u.path < $2".to_owned());
            values.extend([Value::Bytes(from), Value::Bytes(to)]);
        } else {
            parts.push("u.id = $1".to_owned());
            values.push(Value::Bytes(unit.as_bytes().to_vec()));
        }
    }
    let search = text::key(&filter.search);
    if !search.is_empty() {
        parts.push(format!("r.search LIKE ${} ESCAPE '!'", values.len() + 1));
        values.push(Value::Text(containing(&search)));
    }
    Ok(Some((parts.join(" AND "), values)))
}

fn bind(query: Statement, values: &[Value]) -> Statement {
    values.iter().fold(query, |query, value| match value {
        Value::Bytes(bytes) => query.bind(bytes.clone()),
        Value::Text(text) => query.bind(text.clone()),
    })
}

/// A unit's place in the order of the tree; none while the unit is not known here.
pub(crate) async fn path_of(bureau: &Bureau, unit: UnitId) -> Result<Option<Vec<u8>>, BureauError> {
    let row = sqlx::query("SELECT path FROM unit WHERE id = $1")
        .bind(unit.as_bytes().to_vec())
        .fetch_optional(bureau.store().reader())
        .await?;
    Ok(row.map(|row| Fields::of("unit", &row).bytes().map(<[u8]>::to_vec)).transpose()?)
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
