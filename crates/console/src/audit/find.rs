//! Looking for entries.

use sqlx::{Any, QueryBuilder, Row};
use yanzhen_sync::Millis;

use super::{Audit, AuditError, COLUMNS, Entry, FIRST, Hash, Outcome, end, entry};

/// What is looked for; the empty search finds all.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Written at this time or later.
    pub from_ms: Option<Millis>,
    /// Written before this time.
    pub until_ms: Option<Millis>,
    /// The path of the action begins with this.
    pub path: String,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// Part of the actor or of the object.
    pub text: String,
    /// Actors whose entries fit as those with [`Search::text`] do.
    pub actors: Vec<String>,
    /// Entries passed over, newest first.
    pub offset: u32,
    /// Entries given back, at most.
    pub limit: u32,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// All that fit.
    pub total: u64,
}

impl Audit {
    /// Entries behind one, oldest first and so many at most, with the hash of the entry before the first of them. What is
    /// past keeping is passed over.
    pub(crate) async fn after(&self, seq: i64, limit: usize) -> Result<(Hash, Vec<Entry>), AuditError> {
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(seq);
        let rows = query.bind(i64::try_from(limit).unwrap_or(i64::MAX)).fetch_all(&self.db).await?;
        let entries = rows.iter().map(entry).collect::<Result<Vec<Entry>, AuditError>>()?;
        let Some(first) = entries.first() else { return Ok((Hash::default(), entries)) };
        let mut tx = self.db.begin().await?;
        let before = sqlx::query("SELECT hash FROM audit WHERE seq = $1").bind(first.seq - 1);
        let hash = match before.fetch_optional(&mut *tx).await? {
            Some(row) => Hash::try_from(row.try_get::<Vec<u8>, _>(0)?),
            None => Ok(end(&mut tx, FIRST).await?.hash),
        };
        Ok((hash.map_err(|_| AuditError::Damaged(first.seq - 1))?, entries))
    }

    /// Entries that fit, newest first.
    pub async fn find(&self, search: &Search) -> Result<Found, AuditError> {
        let mut count = QueryBuilder::<Any>::new("SELECT COUNT(*) FROM audit WHERE 1 = 1");
        narrow(&mut count, search);
        let total: i64 = count.build_query_scalar().fetch_one(&self.db).await?;
        let mut page = QueryBuilder::<Any>::new(format!("SELECT {COLUMNS} FROM audit WHERE 1 = 1"));
        narrow(&mut page, search);
        page.push(" ORDER BY seq DESC LIMIT ").push_bind(i64::from(search.limit));
        page.push(" OFFSET ").push_bind(i64::from(search.offset));
        let rows = page.build().fetch_all(&self.db).await?;
        let entries: Result<Vec<Entry>, AuditError> = rows.iter().map(entry).collect();
        Ok(Found { entries: entries?, total: u64::try_from(total).unwrap_or_default() })
    }
}

/// Adds the search's conditions.
fn narrow(sql: &mut QueryBuilder<Any>, search: &Search) {
    if let Some(from) = search.from_ms {
        sql.push(" AND at_ms >= ").push_bind(from);
    }
    if let Some(until) = search.until_ms {
        sql.push(" AND at_ms < ").push_bind(until);
    }
    if let Some(outcome) = search.outcome {
        sql.push(" AND outcome = ").push_bind(outcome.code());
    }
    if !search.path.is_empty() {
        let like = |method| format!("{method} {}%", escaped(&search.path));
        sql.push(" AND (action LIKE ").push_bind(like("POST")).push(" ESCAPE '\\'");
        sql.push(" OR action LIKE ").push_bind(like("GET")).push(" ESCAPE '\\')");
    }
    if !search.text.is_empty() {
        let like = format!("%{}%", escaped(&search.text));
        sql.push(" AND (actor LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql.push(" OR object LIKE ").push_bind(like).push(" ESCAPE '\\' OR actor IN (");
        let mut actors = sql.separated(", ");
        search.actors.iter().for_each(|actor| {
            actors.push_bind(actor.clone());
        });
        sql.push("))");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
