//! Places that need help: what is overdue, by unit.

use std::collections::BTreeMap;

use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::branch_rules::{self, BranchAlert};
use crate::kinds::party_org;
use crate::listing::path_of;
use crate::people::decoded;
use crate::projection::subtree;
use crate::report::UnitRow;

/// Documents that have come to a unit and whose deadline has passed without what they ask for: an answer, or else a
/// signature. What was returned with a reason waits for its issuer; what was recalled or replaced asks for nothing.
const DOCUMENTS: &str = "SELECT u.id, COUNT(*) \
     FROM document d \
     JOIN document_recipient r ON r.document = d.id \
     JOIN unit u ON u.id = r.unit \
     LEFT JOIN receipt x ON x.document = d.id AND x.unit = r.unit AND x.branch = r.branch \
     WHERE d.deadline <> '' AND d.deadline < $3 AND COALESCE(x.returned_ms, 0) = 0 AND d.recalled_ms = 0 \
       AND NOT EXISTS (SELECT 1 FROM document n WHERE n.supersedes = d.id AND n.unit = d.unit) \
       AND (CASE WHEN d.needs_reply = 1 THEN COALESCE(x.replied_ms, 0) ELSE COALESCE(x.signed_ms, 0) END) = 0 \
       AND u.path >= $1 AND u.path < $2 \
     GROUP BY u.id";

/// Organisations whose term may have ended; of a month alone that begins before the day this is not known yet.
const TERMS: &str = "SELECT o.id FROM party_org o JOIN unit u ON u.id = o.unit \
     WHERE o.closed_on = '' AND o.term_end <> '' AND o.term_end <= $3 AND u.path >= $1 AND u.path < $2";

/// What is overdue at one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The unit.
    pub unit: UnitRow,
    /// Documents past their deadline that it has not settled.
    pub documents: u64,
    /// Organisations past the end of their term.
    pub terms: u64,
}

impl Bureau {
    /// The units with something overdue today, in the order of the tree; without a unit those of the site's own part.
    pub async fn attention(&self, under: Option<UnitId>) -> Result<Vec<Attention>, BureauError> {
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(Vec::new()) };
        let range = subtree(&path);
        let documents = self.overdue(DOCUMENTS, &range).await?;
        let terms = self.terms_over(&range).await?;
        let of = |counts: &BTreeMap<UnitId, u64>, unit| counts.get(&unit).copied().unwrap_or_default();
        let place = |unit: UnitRow| Attention {
            documents: of(&documents, unit.id),
            terms: of(&terms, unit.id),
            unit,
        };
        let places = self.units_of(&range).await?.into_iter().map(place);
        Ok(places.filter(|place| place.documents + place.terms > 0).collect())
    }

    /// Organisations past their term by unit; where an election was put off the term is not over.
    async fn terms_over(
        &self,
        (from, to): &(Vec<u8>, Vec<u8>),
    ) -> Result<BTreeMap<UnitId, u64>, BureauError> {
        let today = self.today();
        let query = sqlx::query(TERMS).bind(from.clone()).bind(to.clone()).bind(today.to_string());
        let rows = query.fetch_all(self.store().reader()).await?;
        let ids: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("party_org", row).id()).collect::<Result<_, _>>()?;
        let mut counts = BTreeMap::new();
        for record in self.store().records_by_ids(&party_org::KIND, &ids).await? {
            if let Some(BranchAlert::TermOver { .. }) = branch_rules::term(&decoded(&record), today) {
                *counts.entry(record.unit).or_default() += 1;
            }
        }
        Ok(counts)
    }

    async fn overdue(
        &self,
        sql: &'static str,
        (from, to): &(Vec<u8>, Vec<u8>),
    ) -> Result<BTreeMap<UnitId, u64>, BureauError> {
        let query = sqlx::query(sql).bind(from.clone()).bind(to.clone()).bind(self.today().to_string());
        let mut counts = BTreeMap::new();
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("unit", row);
            counts.insert(fields.id()?, fields.number()?);
        }
        Ok(counts)
    }
}
