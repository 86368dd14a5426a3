//! Mails documents to recipients whose site joined after they were issued.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::Document;
use yanzhen_store::{Fields, with_list};
use yanzhen_sync::{RecordId, SiteId, UnitId};

use super::Addressed;
use super::recipients::{addressed, direction_of, home_below, reaches, recipients_of, was_mailed};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::document;
use crate::kinds::recipient::Recipient;
use crate::people::decoded;
use crate::sql::VALUES_PER_LIST;

/// Copies in one transaction: each carries a whole body.
const COPIES_PER_WRITE: usize = 50;

/// The sites below that units had when everything waiting for them was mailed.
pub(crate) type Settled = BTreeMap<UnitId, Sites>;

/// The site below where a unit reads its documents, and the one where its branches do, which it may share with the
/// unit above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sites {
    own: Option<SiteId>,
    branches: SiteId,
}

impl Sites {
    fn of(self, to: Recipient) -> Option<SiteId> {
        match to.branch {
            None => self.own,
            Some(_) => Some(self.branches),
        }
    }
}

impl Bureau {
    /// Mails what waits for units that have a site now, each document at the version that everybody else got. Costs
    /// nothing while no unit's site has changed since the last time. Tells how many copies were mailed. Call it at
    /// start and whenever the directory has changed.
    pub async fn dispatch_waiting(&self) -> Result<u64, BureauError> {
        let mut settled = self.settled.lock().await;
        let seats = self.seats();
        let changed: Vec<UnitId> = seats
            .iter()
            .filter(|(unit, sites)| settled.get(unit) != Some(sites))
            .map(|(unit, _)| *unit)
            .collect();
        let mut mailed = 0;
        for units in changed.chunks(VALUES_PER_LIST) {
            let addressed = self.issued_to(units).await?;
            mailed += self.mail_missing(&addressed, &seats).await?;
        }
        *settled = seats;
        Ok(mailed)
    }

    /// Mails one document to those of its recipients who have a site and have not got it.
    pub(super) async fn dispatch_document(&self, id: RecordId) -> Result<u64, BureauError> {
        let Some(record) = self.store().record(&document::KIND, id).await? else { return Ok(0) };
        let document: Document = decoded(&record);
        let directory = self.directory();
        let named = recipients_of(&directory, record.unit, &document);
        let addressed: Vec<Addressed> = named.map(|(to, _)| Addressed { document: id, to }).collect();
        self.mail_missing(&addressed, &self.seats()).await
    }

    /// The sites below by the units that read their documents there.
    fn seats(&self) -> Settled {
        let (directory, me) = (self.directory(), self.store().me());
        let below = directory.units().filter_map(|unit| {
            let branches = home_below(&directory, me, unit.id)?;
            Some((unit.id, Sites { own: directory.has_own_home(unit.id).then_some(branches), branches }))
        });
        below.collect()
    }

    /// Documents issued here that are addressed to any of the units or their branches.
    async fn issued_to(&self, units: &[UnitId]) -> Result<Vec<Addressed>, BureauError> {
        let sql = with_list(
            "SELECT r.document, r.unit, r.branch, d.unit, d.direction FROM document_recipient r \
             JOIN document d ON d.id = r.document WHERE d.direction <> 2 AND d.recalled_ms = 0 AND r.unit IN (",
            1,
            units.len(),
            ")",
        );
        let query = sqlx::query(sql).persistent(false);
        let query = units.iter().fold(query, |query, unit| query.bind(unit.as_bytes().to_vec()));
        let directory = self.directory();
        let mut issued = Vec::new();
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("document_recipient", row);
            let addressed = addressed(&mut fields)?;
            let (issuer, direction): (UnitId, _) = (fields.id()?, direction_of(fields.int()?));
            if self.is_home(issuer) && reaches(&directory, issuer, addressed.to, direction) {
                issued.push(addressed);
            }
        }
        Ok(issued)
    }

    async fn mail_missing(&self, addressed: &[Addressed], seats: &Settled) -> Result<u64, BureauError> {
        let directory = self.directory();
        let mut missing: BTreeMap<SiteId, BTreeSet<RecordId>> = BTreeMap::new();
        for chunk in addressed.chunks(VALUES_PER_LIST) {
            let documents: Vec<RecordId> = chunk.iter().map(|addressed| addressed.document).collect();
            let sent = self.store().mailed_to(&document::KIND, &documents).await?;
            for Addressed { document, to } in chunk {
                let nobody = BTreeSet::new();
                let sites = sent.get(document).unwrap_or(&nobody);
                let Some(seat) = seats.get(&to.unit).and_then(|seat| seat.of(*to)) else { continue };
                if !was_mailed(&directory, self.store().me(), *to, sites) {
                    missing.entry(seat).or_default().insert(*document);
                }
            }
        }
        let mut mailed = 0;
        for (site, documents) in missing {
            let documents: Vec<_> = documents.into_iter().map(|id| (document::KIND, id)).collect();
            for chunk in documents.chunks(COPIES_PER_WRITE) {
                self.store().mail_copies(site, chunk.to_vec()).await?;
                mailed += chunk.len() as u64;
            }
        }
        Ok(mailed)
    }
}
