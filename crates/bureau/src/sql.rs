//! Statements whose length depends on the data, and rows read field by field.

use std::fmt::Write as _;

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use yanzhen_store::{StoreError, push_placeholder};

/// Values in one IN list.
pub(crate) const VALUES_PER_LIST: usize = 500;

/// Parameters in one INSERT: a frame of 500 people in one statement, far from SQLite's limit of 32,766.
const PARAMETERS_PER_INSERT: usize = 16_000;

/// A statement with its arguments so far.
pub(crate) type Statement = Query<'static, Any, AnyArguments>;

/// A table that rows are put into.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns of the primary key.
    pub(crate) key: &'static [&'static str],
    /// The other columns, which follow the key's.
    pub(crate) columns: &'static [&'static str],
}

impl Table {
    /// Puts rows into the table in place of those with the same key; `bind` binds one row's columns in order.
    pub(crate) async fn put<T>(
        &self,
        db: &mut AnyConnection,
        rows: &[T],
        bind: impl Fn(Statement, &T) -> Statement,
    ) -> Result<(), sqlx::Error> {
        let rows_per_insert = PARAMETERS_PER_INSERT / (self.key.len() + self.columns.len());
        for chunk in rows.chunks(rows_per_insert) {
            let sql = AssertSqlSafe(self.put_sql(chunk.len()));
            let query = sqlx::query(sql).persistent(chunk.len() == rows_per_insert);
            chunk.iter().fold(query, &bind).execute(&mut *db).await?;
        }
        Ok(())
    }

    fn put_sql(&self, rows: usize) -> String {
        let columns = [self.key, self.columns].concat();
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.name, columns.join(", "));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ",(" });
            placeholders(&mut sql, row * columns.len() + 1, columns.len());
            sql.push(')');
        }
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        let _ = write!(sql, " ON CONFLICT ({}) DO UPDATE SET {}", self.key.join(", "), set.join(", "));
        sql
    }
}

/// Runs `DELETE FROM table WHERE column IN (…)`.
pub(crate) async fn delete(
    db: &mut AnyConnection,
    table: &str,
    column: &str,
    values: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    for chunk in values.chunks(VALUES_PER_LIST) {
        let sql = with_list(&format!("DELETE FROM {table} WHERE {column} IN ("), 1, chunk.len(), ")");
        let query = sqlx::query(sql).persistent(false);
        chunk.iter().fold(query, |query, value| query.bind(value.clone())).execute(&mut *db).await?;
    }
    Ok(())
}

/// `before`, `count` placeholders with commas, `after`; `first` is the number of the first one in the statement.
pub(crate) fn with_list(before: &str, first: usize, count: usize, after: &str) -> AssertSqlSafe<String> {
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
        push_placeholder(sql, number);
    }
}

/// The pattern for LIKE … ESCAPE '!' that finds `part` anywhere.
pub(crate) fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Reads the columns of one row in their order.
pub(crate) struct Fields<'r> {
    table: &'static str,
    row: &'r AnyRow,
    next: usize,
}

impl<'r> Fields<'r> {
    pub(crate) fn of(table: &'static str, row: &'r AnyRow) -> Fields<'r> {
        Fields { table, row, next: 0 }
    }

    fn take<T>(&mut self) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        let column = self.next;
        self.next += 1;
        self.row.try_get(column).map_err(|why| self.corrupt(column, why))
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.take()
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.take()
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.take()
    }

    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        let column = self.next;
        let value = self.int()?;
        u64::try_from(value).map_err(|_| self.corrupt(column, format!("{value} is out of range")))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.int()? != 0)
    }

    /// An id of fixed length.
    pub(crate) fn id<T>(&mut self) -> Result<T, StoreError>
    where
        T: for<'b> TryFrom<&'b [u8], Error = yanzhen_sync::id::IdError>,
    {
        let column = self.next;
        let bytes = self.bytes()?;
        T::try_from(&bytes).map_err(|why| self.corrupt(column, why))
    }

    fn corrupt(&self, column: usize, why: impl std::fmt::Display) -> StoreError {
        StoreError::Corrupt { table: self.table, key: format!("column {column}"), why: why.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_number_their_placeholders_and_replace_what_is_there() {
        let table = Table { name: "t", key: &["a", "b"], columns: &["c"] };
        assert_eq!(
            table.put_sql(2),
            "INSERT INTO t (a, b, c) VALUES (?,?,?),(?,?,?) \
             ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
        );
        assert_eq!(with_list("x IN (", 3, 2, ")").0, "x IN (?,?)");
    }

    #[test]
    fn signs_with_a_meaning_of_their_own_are_searched_for_as_they_are() {
        assert_eq!(containing("50%_a!"), "%50!%!_a!!%");
    }
}
