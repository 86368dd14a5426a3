//! Statements whose length depends on the data.

use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe};
use yanzhen_store::{insert, with_list};

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
            let sql = self.put_sql(chunk.len());
            let query = sqlx::query(sql).persistent(chunk.len() == rows_per_insert);
            chunk.iter().fold(query, &bind).execute(&mut *db).await?;
        }
        Ok(())
    }

    fn put_sql(&self, rows: usize) -> AssertSqlSafe<String> {
        let columns = [self.key, self.columns].concat().join(", ");
        let set: Vec<String> =
            self.columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        let replace = format!("ON CONFLICT ({}) DO UPDATE SET {}", self.key.join(", "), set.join(", "));
        insert(self.name, &columns, rows, &replace)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_number_their_placeholders_and_replace_what_is_there() {
        let table = Table { name: "t", key: &["a", "b"], columns: &["c"] };
        assert_eq!(
            table.put_sql(2).0,
            "INSERT INTO t (a, b, c) VALUES (?,?,?),(?,?,?) \
             ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
        );
    }

    #[test]
    fn signs_with_a_meaning_of_their_own_are_searched_for_as_they_are() {
        assert_eq!(containing("50%_a!"), "%50!%!_a!!%");
    }
}
