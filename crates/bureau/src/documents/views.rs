//! How documents are shown: the inbox, one document, its recipients.

use std::collections::BTreeSet;

use yanzhen_proto::v1::{Document, Receipt};
use yanzhen_store::Fields;
use yanzhen_sync::{ObjectRef, RecordId, UnitId};

use super::recipients::{readers, recipients_of, was_mailed};
use super::{Addressed, AttachmentView, DocumentError, DocumentView, ReceiptView, RecipientView, Stage};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::{document, receipt};
use crate::people::{by_id, decoded};

/// Documents that an inbox shows, the newest first.
const INBOX_ROWS: usize = 500;

/// Units here for which one inbox is read; a site is home to a few units that read their own documents.
const INBOX_UNITS: usize = 500;

/// Digits at an id's end that name it, at least.
const FEWEST_DIGITS: usize = 4;

impl Bureau {
    /// What is addressed to units here, the newest first and without bodies: what is neither answered nor returned,
    /// or `all`.
    pub async fn inbox(&self, all: bool) -> Result<Vec<DocumentView>, BureauError> {
        let mut units = readers(&self.directory(), self.store().me());
        units.truncate(INBOX_UNITS);
        let open = "AND COALESCE(x.replied_ms, 0) = 0 AND COALESCE(x.returned_ms, 0) = 0 ";
        let rest = format!(
            "{} ORDER BY d.published_ms DESC, d.id DESC, r.unit LIMIT {INBOX_ROWS}",
            if all { "" } else { open }
        );
        let addressed = self.addressed_to(&units, &rest).await?;
        let mut views = self.document_views(&addressed).await?;
        views.iter_mut().for_each(|view| view.document.body.clear());
        Ok(views)
    }

    /// One document, with the receipt of a unit here (the site's own if none is named) where it concerns that unit.
    pub async fn show_document(
        &self,
        id: RecordId,
        unit: Option<UnitId>,
    ) -> Result<DocumentView, BureauError> {
        let unit = self.unit_or_own(unit)?;
        let mut views = self.document_views(&[Addressed { document: id, unit }]).await?;
        views.pop().ok_or_else(|| BureauError::NotFound { what: "document", key: id.to_string() })
    }

    /// The document that an id names, or the last digits of one that only it has here. Also finds documents of which
    /// only receipts are here.
    pub async fn find_document(&self, id: &str) -> Result<RecordId, BureauError> {
        let digits = id.trim().to_lowercase();
        if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(DocumentError::NotAnId(id.to_owned()).into());
        }
        let rows = sqlx::query("SELECT id FROM document UNION SELECT document FROM receipt")
            .fetch_all(self.store().reader())
            .await?;
        let mut found: Vec<RecordId> = Vec::new();
        for row in &rows {
            let known: RecordId = Fields::of("document", row).id()?;
            found.extend(known.to_string().ends_with(&digits).then_some(known));
        }
        match found.as_slice() {
            [] => Err(BureauError::NotFound { what: "document", key: digits }),
            [one] => Ok(*one),
            several => Err(BureauError::Ambiguous { what: "document", key: digits, found: several.len() }),
        }
    }

    /// Documents, each with one unit's receipt where it is addressed to that unit.
    async fn document_views(&self, addressed: &[Addressed]) -> Result<Vec<DocumentView>, BureauError> {
        let directory = self.directory();
        let ids: Vec<RecordId> = addressed.iter().map(|one| one.document).collect();
        let records = by_id(self.store().records_by_ids(&document::KIND, &ids).await?);
        let receipts: Vec<RecordId> =
            addressed.iter().map(|one| receipt::id_of(one.document, one.unit)).collect();
        let receipts = by_id(self.store().records_by_ids(&receipt::KIND, &receipts).await?);
        let mut views = Vec::with_capacity(addressed.len());
        for one in addressed {
            let Some(record) = records.get(&one.document) else { continue };
            let mut document: Document = decoded(record);
            // Whoever wrote the document chose these words; the tree says whose it is.
            if let Some(issuer) = directory.unit(record.unit) {
                document.issuer.clone_from(&issuer.name);
            }
            let own: Receipt =
                receipts.get(&receipt::id_of(one.document, one.unit)).map(decoded).unwrap_or_default();
            let concerned =
                recipients_of(&directory, record.unit, &document).any(|(unit, _)| unit == one.unit);
            let receipt = concerned.then(|| self.receipt_view(*one, &document, own));
            views.push(DocumentView {
                id: one.document,
                unit: record.unit,
                attachments: self.attachment_views(&document).await?,
                recipients: Vec::new(),
                document,
                receipt,
            });
        }
        let documents: Vec<(RecordId, UnitId, &Document)> =
            views.iter().map(|view| (view.id, view.unit, &view.document)).collect();
        let recipients = self.recipient_views(&documents).await?;
        for (view, recipients) in views.iter_mut().zip(recipients) {
            view.recipients = recipients;
        }
        Ok(views)
    }

    /// The recipients of documents, given with their issuing units. Whether a document was mailed is certain where
    /// it was issued; elsewhere a unit with a site counts as sent to.
    pub(super) async fn recipient_views(
        &self,
        documents: &[(RecordId, UnitId, &Document)],
    ) -> Result<Vec<Vec<RecipientView>>, BureauError> {
        let (directory, me) = (self.directory(), self.store().me());
        let ids: Vec<RecordId> = documents.iter().map(|(id, ..)| *id).collect();
        let mailed = self.store().mailed_to(&document::KIND, &ids).await?;
        let view = |(id, issuer, document): &(RecordId, UnitId, &Document)| {
            let issued_here = self.is_home(*issuer);
            let nobody = BTreeSet::new();
            let sites = mailed.get(id).unwrap_or(&nobody);
            let one = |(unit, copy)| RecipientView {
                unit,
                code: code_of(&directory, unit),
                name: name_of(&directory, unit),
                copy,
                sent: if issued_here {
                    was_mailed(&directory, me, unit, sites)
                } else {
                    directory.has_own_home(unit)
                },
            };
            recipients_of(&directory, *issuer, document).map(one).collect()
        };
        Ok(documents.iter().map(view).collect())
    }

    /// A receipt at the site of its unit, where the document is: so it was sent.
    pub(super) fn receipt_view(
        &self,
        addressed: Addressed,
        document: &Document,
        receipt: Receipt,
    ) -> ReceiptView {
        let directory = self.directory();
        let Addressed { unit, .. } = addressed;
        ReceiptView {
            unit,
            code: code_of(&directory, unit),
            name: name_of(&directory, unit),
            copy: document.copy.iter().any(|copy| copy == unit.as_bytes().as_slice()),
            stage: Stage::of(&receipt, true),
            receipt,
        }
    }

    async fn attachment_views(&self, document: &Document) -> Result<Vec<AttachmentView>, BureauError> {
        let mut views = Vec::with_capacity(document.attachments.len());
        for attachment in &document.attachments {
            let object = attachment.object.clone().and_then(|object| ObjectRef::try_from(object).ok());
            let Some(object) = object else { continue };
            let present = self.store().is_object_present(object.hash).await?;
            views.push(AttachmentView { name: attachment.name.clone(), object, present });
        }
        Ok(views)
    }
}
