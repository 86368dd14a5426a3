//! The matrix of receipts: what each recipient has done with a document, as far as this site knows.

use std::collections::BTreeMap;

use yanzhen_proto::v1::Receipt;
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use super::recipients::is_within;
use super::{DocumentView, ReceiptView, Recipient, RecipientView, Stage};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::{receipt, reminder};
use crate::people::{by_id, decoded};

/// All receipts of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The document; none where only receipts of sites below have passed by.
    pub document: Option<DocumentView>,
    /// One for each recipient at or below this site's unit, in the document's order, but branches below their unit; at
    /// the site that issued it, for every one.
    pub rows: Vec<ReceiptView>,
    /// How many reached which stage.
    pub counts: StageCounts,
}

/// Recipients by the stages that they have reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// All that are shown.
    pub recipients: u64,
    /// Those with a site that it was mailed to.
    pub sent: u64,
    /// 送达
    pub delivered: u64,
    /// 已读
    pub read: u64,
    /// 签收
    pub signed: u64,
    /// 退回
    pub returned: u64,
    /// 办结
    pub replied: u64,
}

impl StageCounts {
    /// Counts one recipient's receipt; `sent` tells whether the document was mailed to its site.
    pub(super) fn add(&mut self, receipt: &Receipt, sent: bool) {
        self.recipients += 1;
        self.sent += u64::from(sent);
        for (count, at) in [
            (&mut self.delivered, receipt.delivered_ms),
            (&mut self.read, receipt.read_ms),
            (&mut self.signed, receipt.signed_ms),
            (&mut self.returned, receipt.returned_ms),
            (&mut self.replied, receipt.replied_ms),
        ] {
            *count += u64::from(at > 0);
        }
    }
}

impl Bureau {
    /// The receipts of a document that was issued here, or that concerns this site's unit or units below it.
    pub async fn receipts(&self, id: RecordId) -> Result<Matrix, BureauError> {
        let document = match self.show_document(id, None).await {
            Ok(document) => Some(document),
            Err(BureauError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let recipients = match &document {
            Some(document) => self.recipients_in_scope(document),
            None => self.units_with_receipts(id).await?,
        };
        if document.is_none() && recipients.is_empty() {
            return Err(BureauError::NotFound { what: "document", key: id.to_string() });
        }
        let document_id = id;
        let ids: Vec<RecordId> = recipients.iter().map(|one| receipt::id_of(id, one.to)).collect();
        let held = by_id(self.store().records_by_ids(&receipt::KIND, &ids).await?);
        let reminder_of =
            |to: Recipient| document.as_ref().map(|document| reminder::id_of(document.unit, document_id, to));
        let reminders: Vec<RecordId> = recipients.iter().filter_map(|one| reminder_of(one.to)).collect();
        let reminders = by_id(self.store().records_by_ids(&reminder::KIND, &reminders).await?);
        let row = |(recipient, id): (RecipientView, &RecordId)| {
            let receipt: Receipt = held.get(id).map(decoded).unwrap_or_default();
            ReceiptView {
                reminder: reminder_of(recipient.to).and_then(|id| reminders.get(&id)).map(decoded),
                to: recipient.to,
                code: recipient.code,
                name: recipient.name,
                branch: recipient.branch,
                copy: recipient.copy,
                stage: Stage::of(&receipt, recipient.sent),
                receipt,
            }
        };
        let rows: Vec<ReceiptView> = recipients.into_iter().zip(&ids).map(row).collect();
        let mut counts = StageCounts::default();
        rows.iter().for_each(|row| counts.add(&row.receipt, row.stage != Stage::Waiting));
        Ok(Matrix { document, counts, rows })
    }

    /// A site sees nothing of what is neither below it nor addressed by it.
    fn recipients_in_scope(&self, document: &DocumentView) -> Vec<RecipientView> {
        let directory = self.directory();
        let issued_here = self.is_home(document.unit);
        let own = self.own_unit();
        let in_scope = |unit: UnitId| issued_here || own.is_some_and(|own| is_within(&directory, unit, own));
        let mut recipients: Vec<RecipientView> =
            document.recipients.iter().filter(|recipient| in_scope(recipient.to.unit)).cloned().collect();
        below_their_units(&mut recipients);
        recipients
    }

    async fn units_with_receipts(&self, id: RecordId) -> Result<Vec<RecipientView>, BureauError> {
        let rows = sqlx::query("SELECT unit, branch FROM receipt WHERE document = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_all(self.store().reader())
            .await?;
        let directory = self.directory();
        let mut units = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut fields = Fields::of("receipt", row);
            let Some(to) = Recipient::of(fields.bytes()?, fields.bytes()?) else { continue };
            let (code, name) = (code_of(&directory, to.unit), name_of(&directory, to.unit));
            let branch: Vec<RecordId> = to.branch.into_iter().collect();
            let branch = self.branch_names(&branch).await?.into_values().next().unwrap_or_default();
            units.push(RecipientView { to, code, name, branch, copy: false, sent: true });
        }
        units.sort_by(|a, b| (&a.code, &a.branch).cmp(&(&b.code, &b.branch)));
        Ok(units)
    }
}

/// Puts the branches of a unit right after it, or together where it is no recipient itself.
fn below_their_units(recipients: &mut [RecipientView]) {
    let mut places: BTreeMap<UnitId, usize> = BTreeMap::new();
    for (place, one) in recipients.iter().enumerate() {
        if one.to.branch.is_none() {
            places.insert(one.to.unit, place);
        }
    }
    for (place, one) in recipients.iter().enumerate() {
        places.entry(one.to.unit).or_insert(place);
    }
    recipients.sort_by_key(|one| (places.get(&one.to.unit).copied(), one.to.unit, one.to.branch.is_some()));
}
