//! Lists of records: which units, what to search for, which of them, in which order, which page.

mod conditions;
mod find;
mod kept;
mod orgs;
mod people;

use sqlx::AssertSqlSafe;
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::kinds::text;
use crate::projection::subtree;
use crate::sql::containing;

pub(crate) use conditions::Conditions;
pub(crate) use find::{by_digits, find, is_free};
pub use kept::{
    AwayColumn, CommunityColumn, PostColumn, StaffColumn, WhichAway, WhichCommunities, WhichPosts, WhichStaff,
};
pub use orgs::{OrgColumn, WhichOrgs};
pub use people::{Member, PersonColumn, WhichPeople};

/// Rows of a page where nobody says how many.
const ROWS: u32 = 50;

/// Rows of a page, at most: what a screen shows and an answer holds.
const MAX_ROWS: u32 = 500;

/// Words that are searched for, at most: each is one more look at every row.
const MAX_WORDS: usize = 8;

/// Which records to list: `W` says what can be asked of their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter<W> {
    /// None for all units whose records are here.
    pub unit: Option<UnitId>,
    /// With the units below it.
    pub subtree: bool,
    /// Words with spaces between them, each of which is part of some text of the record; empty for all.
    pub search: String,
    /// What else they must be, and their order.
    pub which: W,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to answer with, at most 500; 0 for 50.
    pub limit: u32,
}

/// The order of a list by one column; within the same value by [`Which::ORDER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort<C> {
    /// The column.
    pub column: C,
    /// The greatest first.
    pub descending: bool,
}

/// What can be asked of the list of one kind of record.
pub trait Which {
    /// The typed table, `r` in conditions and columns.
    const TABLE: &'static str;

    /// The order within a unit, and of what the sorted column leaves equal.
    const ORDER: &'static str = "r.number";

    /// How a word is looked for; `?` stands for its pattern.
    const SEARCH: &'static str;

    /// Adds what they must be.
    fn conditions(&self, today: Day, conditions: &mut Conditions);

    /// The column of `r` that they are sorted by; none for the order of the tree and within a unit by [`Which::ORDER`].
    fn sort(&self) -> Option<Sort<&'static str>>;
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

/// Reads one page of ids.
pub(crate) async fn page<W: Which>(
    bureau: &Bureau,
    filter: &Filter<W>,
) -> Result<Page<RecordId>, BureauError> {
    let Some(conditions) = conditions(bureau, filter).await? else {
        return Ok(Page { rows: Vec::new(), total: 0 });
    };
    let from = from::<W>(&conditions);
    let count = conditions.bind(sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) {from}"))));
    let (limit, offset) = (conditions.next(), conditions.next() + 1);
    let order = order::<W>(filter.which.sort());
    let sql = format!("SELECT r.id {from} {order} LIMIT ${limit} OFFSET ${offset}");
    let query = conditions.bind(sqlx::query(AssertSqlSafe(sql)));
    let query = query.bind(rows(filter.limit)).bind(i64::from(filter.offset));
    let reader = bureau.store().reader();
    let (count, rows) = tokio::try_join!(count.fetch_one(reader), query.fetch_all(reader))?;
    let total = Fields::of(W::TABLE, &count).number()?;
    let rows = rows.iter().map(|row| Fields::of(W::TABLE, row).id()).collect::<Result<_, _>>()?;
    Ok(Page { rows, total })
}

impl Bureau {
    /// The ids on all pages of a list, in its order, for whoever works through the whole of it.
    pub async fn list_ids<W: Which>(&self, filter: &Filter<W>) -> Result<Vec<RecordId>, BureauError> {
        let Some(conditions) = conditions(self, filter).await? else { return Ok(Vec::new()) };
        let sql = format!("SELECT r.id {} {}", from::<W>(&conditions), order::<W>(filter.which.sort()));
        let query = conditions.bind(sqlx::query(AssertSqlSafe(sql)));
        let rows = query.fetch_all(self.store().reader()).await?;
        Ok(rows.iter().map(|row| Fields::of(W::TABLE, row).id()).collect::<Result<_, _>>()?)
    }
}

/// Units go first, so that pages in the order of the tree are read off the indexes: SQLite keeps to the order of a
/// CROSS JOIN, which to others is the same as any.
fn from<W: Which>(conditions: &Conditions) -> String {
    format!("FROM unit u CROSS JOIN {} r WHERE r.unit = u.id AND {}", W::TABLE, conditions.sql())
}

fn order<W: Which>(sort: Option<Sort<&'static str>>) -> String {
    match sort {
        None => format!("ORDER BY u.path, {}, r.id", W::ORDER),
        Some(Sort { column, descending }) => {
            let direction = if descending { "DESC" } else { "ASC" };
            format!("ORDER BY r.{column} {direction}, {}, r.id", W::ORDER)
        }
    }
}

/// The conditions on `u`, a unit, and `r`, a record of it; none if no unit fits.
async fn conditions<W: Which>(
    bureau: &Bureau,
    filter: &Filter<W>,
) -> Result<Option<Conditions>, BureauError> {
    let mut conditions = Conditions::default();
    if let Some(unit) = filter.unit {
        if filter.subtree {
            let Some(path) = path_of(bureau, unit).await? else { return Ok(None) };
            let (from, to) = subtree(&path);
            conditions.and("u.path >= ?", from);
            conditions.and("u.path < ?", to);
        } else {
            conditions.and("u.id = ?", unit.as_bytes().to_vec());
        }
    }
    let words = filter.search.split_whitespace().map(text::key).filter(|word| !word.is_empty());
    for (place, word) in words.take(MAX_WORDS).enumerate() {
        let condition = W::SEARCH;
        // The first word is looked for in the table as it lies, the others only in what has the first.
        let condition = match place {
            0 => format!("r.id IN (SELECT r.id FROM {} r WHERE {condition})", W::TABLE),
            _ => condition.to_owned(),
        };
        conditions.and(&condition, containing(&word));
    }
    filter.which.conditions(bureau.today(), &mut conditions);
    Ok(Some(conditions))
}

/// A unit's place in the order of the tree; none while the unit is not known here.
pub(crate) async fn path_of(bureau: &Bureau, unit: UnitId) -> Result<Option<Vec<u8>>, BureauError> {
    let row = sqlx::query("SELECT path FROM unit WHERE id = $1")
        .bind(unit.as_bytes().to_vec())
        .fetch_optional(bureau.store().reader())
        .await?;
    Ok(row.map(|row| Fields::of("unit", &row).bytes().map(<[u8]>::to_vec)).transpose()?)
}
