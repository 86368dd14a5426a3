//! Statements whose length depends on the data, and rows read field by field.

use std::fmt::Write as _;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row, ValueRef};
use yanzhen_sync::frame::Kind;
use yanzhen_sync::{Change, Version};

use crate::error::StoreError;
use crate::sqlite;

/// Rows in one INSERT, and values in one IN list: few enough that a statement stays far from SQLite's 32,766
/// parameters with any of our tables, enough that the statement's own cost does not count.
pub(crate) const ROWS_PER_STATEMENT: usize = 50;

/// `INSERT INTO … (…) VALUES (…),(…)` with `rows` rows, bound in order; `columns` as in the statement's text.
pub fn insert(table: &str, columns: &str, rows: usize, then: &str) -> AssertSqlSafe<String> {
    let width = columns.split(',').count();
    let mut sql = String::with_capacity(64 + columns.len() + rows * width * 6);
    let _ = write!(sql, "INSERT INTO {table} ({columns}) VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        placeholders(&mut sql, row * width + 1, width);
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(then);
    AssertSqlSafe(sql)
}

/// `before`, `count` placeholders with commas, `after`; `first` is the number of the first one in the statement.
pub fn with_list(before: &str, first: usize, count: usize, after: &str) -> AssertSqlSafe<String> {
    let mut sql = String::with_capacity(before.len() + after.len() + count * 6);
    sql.push_str(before);
    placeholders(&mut sql, first, count);
    sql.push_str(after);
    AssertSqlSafe(sql)
}

fn placeholders(sql: &mut String, first: usize, count: usize) {
    for number in first..first + count {
        if number > first {
            sql.push(',');
        }
        sqlite::push_placeholder(sql, number);
    }
}

/// Checks that a statement changed as many rows as it had to.
pub(crate) fn affected(table: &'static str, expected: usize, changed: u64) -> Result<(), StoreError> {
    let expected = expected as u64;
    if changed == expected { Ok(()) } else { Err(StoreError::Affected { table, expected, changed }) }
}

/// Numbers of the engine that go into BIGINT columns; it bounds them to 63 bits where they come in.
pub(crate) fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads the columns of one row in their order. A value that is not what its column holds is
/// [`StoreError::Corrupt`], which names the row without its texts: they may be personal.
pub struct Fields<'r> {
    table: &'static str,
    row: &'r AnyRow,
    next: usize,
}

impl<'r> Fields<'r> {
    /// A row of the table, from its first column on.
    pub fn of(table: &'static str, row: &'r AnyRow) -> Fields<'r> {
        Fields { table, row, next: 0 }
    }

    fn take<T>(&mut self) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        let column = self.next;
        self.next += 1;
        self.row.try_get(column).map_err(|why| self.corrupt(why))
    }

    /// Bytes.
    pub fn bytes(&mut self) -> Result<&'r [u8], StoreError> {
        self.take()
    }

    pub(crate) fn optional_bytes(&mut self) -> Result<Option<&'r [u8]>, StoreError> {
        let null = self.row.try_get_raw(self.next).map_err(|why| self.corrupt(why))?.is_null();
        if null {
            self.next += 1;
            return Ok(None);
        }
        self.bytes().map(Some)
    }

    /// A text.
    pub fn text(&mut self) -> Result<&'r str, StoreError> {
        self.take()
    }

    /// A whole number.
    pub fn int(&mut self) -> Result<i64, StoreError> {
        self.take()
    }

    pub(crate) fn optional_int(&mut self) -> Result<Option<i64>, StoreError> {
        self.take()
    }

    /// A number that fits its narrower type.
    pub fn number<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let value = self.int()?;
        T::try_from(value).map_err(|_| self.corrupt(format!("{value} is out of range")))
    }

    /// Whether a number is not 0.
    pub fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.int()? != 0)
    }

    /// An id of fixed length.
    pub fn id<T>(&mut self) -> Result<T, StoreError>
    where
        T: TryFrom<&'r [u8]>,
        T::Error: std::fmt::Display,
    {
        let bytes = self.bytes()?;
        T::try_from(bytes).map_err(|why| self.corrupt(why))
    }

    pub(crate) fn kind(&mut self) -> Result<Kind, StoreError> {
        let word = self.text()?;
        Kind::parse(word).ok_or_else(|| self.corrupt("the kind is malformed"))
    }

    pub(crate) fn version(&mut self) -> Result<Version, StoreError> {
        Ok(Version {
            transfer: self.number()?,
            generation: self.number()?,
            epoch: self.number()?,
            revision: self.number()?,
        })
    }

    pub(crate) fn change(&mut self) -> Result<Change, StoreError> {
        match self.int()? {
            1 => Ok(Change::Upsert),
            2 => Ok(Change::Retire),
            3 => Ok(Change::Erase),
            other => Err(self.corrupt(format!("change {other} is not known"))),
        }
    }

    /// Says what is wrong with the row; it is named by the numbers and ids among its first columns.
    pub(crate) fn corrupt(&self, why: impl std::fmt::Display) -> StoreError {
        let key: Vec<String> =
            (0..self.row.len().min(3)).filter_map(|column| describe(self.row, column)).collect();
        StoreError::Corrupt { table: self.table, key: key.join(" "), why: why.to_string() }
    }
}

fn describe(row: &AnyRow, column: usize) -> Option<String> {
    if let Ok(number) = row.try_get::<i64, _>(column) {
        return Some(number.to_string());
    }
    let bytes = row.try_get::<&[u8], _>(column).ok()?;
    Some(bytes.iter().take(32).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The number that stands for a change in tables, as on the wire.
pub(crate) fn change_number(change: Change) -> i64 {
    match change {
        Change::Upsert => 1,
        Change::Retire => 2,
        Change::Erase => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_as_many_placeholders_as_there_are_columns() {
        let sql = insert("t", "a, b", 2, "ON CONFLICT DO NOTHING").0;
        assert_eq!(sql, "INSERT INTO t (a, b) VALUES (?,?),(?,?) ON CONFLICT DO NOTHING");
        assert_eq!(with_list("x IN (", 1, 2, ")").0, "x IN (?,?)");
    }
}
