//! The archive: what the units here have issued and received, searched by number, title, text, unit and day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use yanzhen_proto::v1::DocumentDirection;
use yanzhen_store::Fields;
use yanzhen_sync::{Millis, RecordId, UnitId};

use super::Recipient;
use super::recipients::{direction_of, reaches, reads_here, units_here};
use crate::Bureau;
use crate::bureau::name_of;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::kinds::text;
use crate::listing::{self, Page};
use crate::sql::containing;

/// Recipients here that a search looks through, the newest documents' first: who finds more should ask more closely.
const MATCHES: i64 = 2_000;

/// What is looked for; what is empty or none leaves it open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Part of number, title or text; several words must all be there.
    pub text: String,
    /// The issuing unit.
    pub unit: Option<UnitId>,
    /// Issued on this day or later.
    pub from: Option<Day>,
    /// Issued on this day or earlier.
    pub to: Option<Day>,
    /// Documents to skip.
    pub offset: u32,
    /// Documents to answer with, at most 500; 0 for 50.
    pub limit: u32,
}

/// Whether a document was sent from here or came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// 发文
    Issued,
    /// 收文
    Received,
}

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The record.
    pub id: RecordId,
    /// Whether it was sent from here or came here.
    pub sent: Sent,
    /// Which way it went.
    pub direction: DocumentDirection,
    /// Its type's number.
    pub kind: i32,
    /// 发文字号; may be empty.
    pub number: String,
    /// 标题
    pub title: String,
    /// The issuing unit's name.
    pub issuer: String,
    /// When it was issued.
    pub published: Millis,
    /// Whether it was recalled.
    pub is_recalled: bool,
}

impl Bureau {
    /// Searches what units at home here have issued or received.
    pub async fn search_documents(&self, search: &Search) -> Result<Page<Found>, BureauError> {
        let directory = self.directory();
        let here = units_here(&directory, self.store().me());
        if here.is_empty() {
            return Ok(Page { rows: Vec::new(), total: 0 });
        }
        let words: Vec<String> = search.text.split_whitespace().map(text::key).collect();
        let mut sql = String::from(
            "SELECT d.id, d.unit, d.direction, d.type, d.number, d.title, d.published_ms, d.recalled_ms, r.unit, r.branch \
             FROM document d LEFT JOIN document_recipient r ON r.document = d.id AND r.unit IN (",
        );
        let marks = vec!["?"; here.len()].join(",");
        sql.push_str(&marks);
        sql.push_str(") WHERE d.published_ms >= ? AND d.published_ms < ?");
        words.iter().for_each(|_| sql.push_str(" AND d.search LIKE ? ESCAPE '!'"));
        if search.unit.is_some() {
            sql.push_str(" AND d.unit = ?");
        }
        sql.push_str(&format!(
            " AND (d.unit IN ({marks}) OR r.unit IS NOT NULL) ORDER BY d.published_ms DESC, d.id DESC LIMIT {MATCHES}"
        ));
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
        let query = here.iter().fold(query, |query, unit| query.bind(unit.as_bytes().to_vec()));
        let query = query.bind(begins(search.from).unwrap_or(0)).bind(ends(search.to).unwrap_or(i64::MAX));
        let query = words.iter().fold(query, |query, word| query.bind(containing(word)));
        let query = search.unit.iter().fold(query, |query, unit| query.bind(unit.as_bytes().to_vec()));
        let query = here.iter().fold(query, |query, unit| query.bind(unit.as_bytes().to_vec()));
        let mut found: Vec<Found> = Vec::new();
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("document", row);
            let (id, unit): (RecordId, UnitId) = (fields.id()?, fields.id()?);
            let direction = direction_of(fields.int()?);
            let one = Found {
                id,
                sent: if here.contains(&unit) { Sent::Issued } else { Sent::Received },
                direction,
                kind: fields.number()?,
                number: fields.text()?.to_owned(),
                title: fields.text()?.to_owned(),
                issuer: name_of(&directory, unit),
                published: fields.int()?,
                is_recalled: fields.int()? > 0,
            };
            // Nobody is addressed in what an old record says to none.
            let to = Recipient::of(fields.bytes().unwrap_or_default(), fields.bytes().unwrap_or_default());
            let is_read = |to| {
                reads_here(&directory, self.store().me(), to) && reaches(&directory, unit, to, direction)
            };
            let concerns = one.sent == Sent::Issued || to.is_some_and(is_read);
            if concerns && found.last().is_none_or(|last| last.id != id) {
                found.push(one);
            }
        }
        let total = found.len() as u64;
        let limit = usize::try_from(listing::rows(search.limit)).unwrap_or_default();
        let offset = usize::try_from(search.offset).unwrap_or(usize::MAX);
        Ok(Page { rows: found.into_iter().skip(offset).take(limit).collect(), total })
    }
}

fn begins(day: Option<Day>) -> Option<Millis> {
    let date: Date = day?.to_string().parse().ok()?;
    Some(date.to_zoned(TimeZone::system()).ok()?.timestamp().as_millisecond())
}

fn ends(day: Option<Day>) -> Option<Millis> {
    begins(day?.plus_days(1))
}
