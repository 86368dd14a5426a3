//! 送达: notes for each unit at home here, and for its branches, which documents have arrived with all their attachments.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Document, Receipt};
use yanzhen_store::{Edit, Expected, Record, Target, Write, WriteError};
use yanzhen_sync::{ObjectHash, RecordId, SiteId, UnitId};

use super::recipients::{Seat, seat, units_here};
use super::{Addressed, objects};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{document, receipt, unknown};
use crate::people::{by_id, decoded};
use crate::saving::CONFLICT_RETRIES;
use crate::sql::VALUES_PER_LIST;
use crate::writing::Writing;

/// Documents in one step: each is read with its whole body to learn its attachments.
const DOCUMENTS_PER_STEP: usize = 50;

/// What a delivery step found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Receipts written.
    pub written: u64,
    /// Documents whose attachments are still under way, counted for each recipient.
    pub under_way: u64,
}

impl Bureau {
    /// Writes the receipts of documents that have arrived whole. Call it after commits that changed records and
    /// after objects have arrived; it does nothing where nothing is new.
    pub async fn deliver(&self) -> Result<Delivered, BureauError> {
        let mut delivered = Delivered::default();
        let mut present = Present::default();
        let writing = self.writing().await;
        for chunk in self.undelivered().await?.chunks(DOCUMENTS_PER_STEP) {
            let whole = self.arrived_whole(chunk, &mut present).await?;
            let arrived: usize = whole.values().map(Vec::len).sum();
            delivered.under_way += (chunk.len() - arrived) as u64;
            for (told, addressed) in &whole {
                delivered.written += self.write_delivered(&writing, *told, addressed).await?;
            }
        }
        Ok(delivered)
    }

    /// What is addressed to units here and not noted as delivered.
    async fn undelivered(&self) -> Result<Vec<Addressed>, BureauError> {
        let mut found = Vec::new();
        for units in units_here(&self.directory(), self.store().me()).chunks(VALUES_PER_LIST) {
            let rest = "AND COALESCE(x.delivered_ms, 0) = 0 ORDER BY r.document, r.unit, r.branch";
            found.extend(self.addressed_to(units, rest).await?);
        }
        Ok(found)
    }

    /// What has arrived, by the site below whose document it is; none for what came from above.
    async fn arrived_whole(
        &self,
        addressed: &[Addressed],
        present: &mut Present,
    ) -> Result<BTreeMap<Option<SiteId>, Vec<Addressed>>, BureauError> {
        let ids: Vec<RecordId> = addressed.iter().map(|one| one.document).collect();
        let documents = by_id(self.store().records_by_ids(&document::KIND, &ids).await?);
        let mut whole = BTreeMap::<_, Vec<Addressed>>::new();
        for one in addressed {
            let Some(record) = documents.get(&one.document) else { continue };
            if present.missing(self, &decoded(record)).await? == 0 {
                whole.entry(self.told_by_mail(record.unit)).or_default().push(*one);
            }
        }
        Ok(whole)
    }

    /// The site below that learns of a receipt by mail: that of the unit which issued the document, since what is in
    /// this site's journal goes up only.
    pub(super) fn told_by_mail(&self, issuer: UnitId) -> Option<SiteId> {
        match seat(&self.directory(), self.store().me(), issuer.into()) {
            Seat::Below(site) => Some(site),
            Seat::Here | Seat::None => None,
        }
    }

    async fn write_delivered(
        &self,
        writing: &Writing,
        told: Option<SiteId>,
        whole: &[Addressed],
    ) -> Result<u64, BureauError> {
        for _ in 0..=CONFLICT_RETRIES {
            let ids: Vec<RecordId> = whole.iter().map(|one| receipt::id_of(one.document, one.to)).collect();
            let held = by_id(self.store().records_by_ids(&receipt::KIND, &ids).await?);
            let now = self.now().max(1);
            let edits: Vec<Edit> = whole
                .iter()
                .zip(&ids)
                .map(|(one, id)| {
                    let mut next = receipt_of(held.get(id), *one);
                    next.delivered_ms = now;
                    receipt_edit(held.get(id), *one, &next)
                })
                .collect();
            match writing.write(Write { targets: targets(told), edits }).await {
                Ok(written) => return Ok(written.records.len() as u64),
                Err(WriteError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BureauError::Busy)
    }
}

/// The own journal, and the mail to a site below that is told too.
pub(super) fn targets(told: Option<SiteId>) -> Vec<Target> {
    std::iter::once(Target::Journal).chain(told.map(Target::Mailbox)).collect()
}

/// What was found out in one step of which objects are here.
#[derive(Default)]
pub(super) struct Present(HashMap<ObjectHash, bool>);

impl Present {
    /// Attachments of a document that are not on this disk.
    pub(super) async fn missing(
        &mut self,
        bureau: &Bureau,
        document: &Document,
    ) -> Result<usize, BureauError> {
        let mut missing = 0;
        for object in objects(&document.attachments) {
            let known = self.0.get(&object.hash).copied();
            let present = match known {
                Some(present) => present,
                None => bureau.store().is_object_present(object.hash).await?,
            };
            self.0.insert(object.hash, present);
            missing += usize::from(!present);
        }
        Ok(missing)
    }
}

/// The receipt as it is held, or an empty one.
pub(super) fn receipt_of(held: Option<&Record>, addressed: Addressed) -> Receipt {
    let fresh = || Receipt {
        document: addressed.document.to_bytes(),
        unit: addressed.to.unit.to_bytes(),
        branch: addressed.to.branch_bytes(),
        ..Receipt::default()
    };
    held.map_or_else(fresh, decoded)
}

/// The edit that makes `next` the receipt; it keeps fields that this software doesn't know.
pub(super) fn receipt_edit(held: Option<&Record>, addressed: Addressed, next: &Receipt) -> Edit {
    let old = held.and_then(|record| record.body.as_ref());
    let body = match old {
        Some(old) => unknown::keep_unknown(old, next, receipt::MESSAGE),
        None => Bytes::from(next.encode_to_vec()),
    };
    let record = receipt::id_of(addressed.document, addressed.to);
    let expected = held.map_or(Expected::New, |record| Expected::At(record.version));
    let edit = Edit::upsert(receipt::KIND, record, addressed.to.unit, body, expected);
    Edit { objects: objects(&next.attachments), ..edit }
}
