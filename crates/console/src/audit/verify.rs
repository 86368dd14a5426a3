//! Whether the log is whole.

use std::path::Path;

use sqlx::AnyPool;
use yanzhen_store::open_beside;

use super::{Audit, AuditError, COLUMNS, End, FIRST, Hash, LAST, chain, end, entry};

/// Entries read at once, so that pages are answered in between.
const PAGE: i64 = 2_000;

/// What a look at the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries looked at.
    pub entries: i64,
    /// The first of them; 0 for none.
    pub first: i64,
    /// The last of them; 0 for none.
    pub last: i64,
    /// The hash of the last one: noted elsewhere, it proves later that all up to here is unchanged.
    pub hash: Hash,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// What is wrong with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This entry, or the one before it, was altered.
    Altered(i64),
    /// This entry is missing.
    Missing(i64),
}

impl Audit {
    /// Looks at every entry.
    pub async fn verify(&self) -> Result<Verdict, AuditError> {
        verify(&self.db).await
    }
}

/// Looks at every entry of the log in this file, of a running site or of a stopped one, without the program that wrote
/// it.
pub async fn verify_file(path: &Path) -> Result<Verdict, AuditError> {
    let db = open_beside(path).await?;
    let verdict = verify(&db).await;
    db.close().await;
    verdict
}

async fn verify(db: &AnyPool) -> Result<Verdict, AuditError> {
    loop {
        let ends = ends(db).await?;
        let verdict = walk(db, ends).await?;
        // What was taken away as too old in the meantime is not missing.
        if verdict.fault.is_none() || self::ends(db).await?.0 == ends.0 {
            return Ok(verdict);
        }
    }
}

/// Where the chain begins and ends now.
async fn ends(db: &AnyPool) -> Result<(End, End), AuditError> {
    let mut tx = db.begin().await?;
    Ok((end(&mut tx, FIRST).await?, end(&mut tx, LAST).await?))
}

async fn walk(db: &AnyPool, (first, last): (End, End)) -> Result<Verdict, AuditError> {
    let mut walk = Walk { at: first, entries: 0, fault: None };
    while walk.at.seq < last.seq && walk.fault.is_none() {
        walk.page(db, last.seq).await?;
    }
    if walk.fault.is_none() && walk.at != last {
        walk.fault = Some(Fault::Altered(last.seq));
    }
    let Walk { at, entries, fault } = walk;
    let (first, last) = if entries > 0 { (first.seq + 1, at.seq) } else { (0, 0) };
    Ok(Verdict { entries, first, last, hash: at.hash, fault })
}

/// How far the look has come.
struct Walk {
    at: End,
    entries: i64,
    fault: Option<Fault>,
}

impl Walk {
    async fn page(&mut self, db: &AnyPool, last: i64) -> Result<(), AuditError> {
        let select =
            format!("SELECT {COLUMNS} FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3");
        let query = sqlx::query(sqlx::AssertSqlSafe(select)).bind(self.at.seq).bind(last).bind(PAGE);
        let rows = query.fetch_all(db).await?;
        if rows.is_empty() {
            self.fault = Some(Fault::Missing(self.at.seq + 1));
        }
        for row in rows {
            // A row that can't be read was altered as well.
            let seq: i64 = sqlx::Row::try_get(&row, 0)?;
            if seq != self.at.seq + 1 {
                self.fault = Some(Fault::Missing(self.at.seq + 1));
                return Ok(());
            }
            match entry(&row) {
                Ok(entry) if chain::hash(self.at.hash, &entry) == entry.hash => {
                    self.at = End { seq, hash: entry.hash };
                    self.entries += 1;
                }
                _ => {
                    self.fault = Some(Fault::Altered(seq));
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
