//! How documents are shown: the inbox, one document, its recipients.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::{Document, DocumentDirection, Receipt};
use yanzhen_store::{Fields, with_list};
use yanzhen_sync::{ObjectRef, RecordId, UnitId};

use super::branches::name_in;
use super::recipients::{recipients_of, units_here, was_mailed};
use super::{Addressed, AttachmentView, DocumentView, Named, ReceiptView, Recipient, RecipientView, Stage};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::{document, receipt, reminder};
use crate::listing::by_digits;
use crate::people::{by_id, decoded};
use crate::sql::VALUES_PER_LIST;

/// Documents that an inbox shows, the newest first.
const INBOX_ROWS: usize = 500;

/// Units here for which one inbox is read at once; a site is home to a few units that read their own documents.
const INBOX_UNITS: usize = 500;

impl Bureau {
    /// What is addressed to units here, the newest first and without bodies: what is neither done nor returned,
    /// or `all`.
    pub async fn inbox(&self, all: bool) -> Result<Vec<DocumentView>, BureauError> {
        let directory = self.directory();
        let mut units = units_here(&directory, self.store().me());
        units.retain(|unit| directory.has_own_home(*unit));
        units.truncate(INBOX_UNITS);
        self.inbox_of(&units, "AND LENGTH(r.branch) = 0", all).await
    }

    /// The same for branches: those of the units here, or one of them.
    pub async fn branch_inbox(
        &self,
        branch: Option<Recipient>,
        all: bool,
    ) -> Result<Vec<DocumentView>, BureauError> {
        let units = match branch {
            Some(branch) => vec![branch.unit],
            None => units_here(&self.directory(), self.store().me()),
        };
        let mut views = Vec::new();
        for units in units.chunks(INBOX_UNITS) {
            views.extend(self.inbox_of(units, "AND LENGTH(r.branch) > 0", all).await?);
        }
        let is_its =
            |view: &DocumentView| view.receipt.as_ref().is_some_and(|receipt| Some(receipt.to) == branch);
        views.retain(|view| branch.is_none() || is_its(view));
        Ok(views)
    }

    async fn inbox_of(
        &self,
        units: &[UnitId],
        whom: &str,
        all: bool,
    ) -> Result<Vec<DocumentView>, BureauError> {
        // What was recalled or replaced asks for nothing any more, nor what was signed for and needs no reply.
        let open = "AND NOT (d.needs_reply = 0 AND COALESCE(x.signed_ms, 0) > 0) AND COALESCE(x.replied_ms, 0) = 0 AND COALESCE(x.returned_ms, 0) = 0 AND d.recalled_ms = 0 \
             AND NOT EXISTS (SELECT 1 FROM document n WHERE n.supersedes = d.id AND n.unit = d.unit) ";
        let rest = format!(
            "{whom} {} ORDER BY d.published_ms DESC, d.id DESC, r.unit, r.branch LIMIT {INBOX_ROWS}",
            if all { "" } else { open }
        );
        let addressed = self.addressed_to(units, &rest).await?;
        let mut views = self.document_views(&addressed).await?;
        views.iter_mut().for_each(|view| view.document.body.clear());
        Ok(views)
    }

    /// One document, with the receipt of a unit or branch here (the site's own unit if none is named) where it concerns
    /// them.
    pub async fn show_document(
        &self,
        id: RecordId,
        to: Option<Recipient>,
    ) -> Result<DocumentView, BureauError> {
        let to = self.recipient_or_own(to)?;
        let mut views = self.document_views(&[Addressed { document: id, to }]).await?;
        views.pop().ok_or_else(|| BureauError::NotFound { what: "document", key: id.to_string() })
    }

    /// The document that an id names, or the last digits of one that only it has here. Also finds documents of which
    /// only receipts are here.
    pub async fn find_document(&self, id: &str) -> Result<RecordId, BureauError> {
        let rows = sqlx::query("SELECT id FROM document UNION SELECT document FROM receipt")
            .fetch_all(self.store().reader())
            .await?;
        let known: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("document", row).id()).collect::<Result<_, _>>()?;
        by_digits(&known, "document", id)
    }

    /// Documents, each with one recipient's receipt where it is addressed to that one.
    async fn document_views(&self, addressed: &[Addressed]) -> Result<Vec<DocumentView>, BureauError> {
        let directory = self.directory();
        let ids: Vec<RecordId> = addressed.iter().map(|one| one.document).collect();
        let records = by_id(self.store().records_by_ids(&document::KIND, &ids).await?);
        let receipts: Vec<RecordId> =
            addressed.iter().map(|one| receipt::id_of(one.document, one.to)).collect();
        let receipts = by_id(self.store().records_by_ids(&receipt::KIND, &receipts).await?);
        // Only the issuer's words count.
        let issued_by = |one: &Addressed| records.get(&one.document).map(|record| record.unit);
        let reminders: Vec<RecordId> = addressed
            .iter()
            .filter_map(|one| issued_by(one).map(|unit| reminder::id_of(unit, one.document, one.to)))
            .collect();
        let reminders = by_id(self.store().records_by_ids(&reminder::KIND, &reminders).await?);
        let mut replacing = self.replacing(&ids).await?;
        let mut views = Vec::with_capacity(addressed.len());
        for one in addressed {
            let Some(record) = records.get(&one.document) else { continue };
            let mut document: Document = decoded(record);
            // Whoever wrote the document chose these words; the tree says whose it is.
            if let Some(issuer) = directory.unit(record.unit) {
                document.issuer.clone_from(&issuer.name);
            }
            let own: Receipt =
                receipts.get(&receipt::id_of(one.document, one.to)).map(decoded).unwrap_or_default();
            let concerned = recipients_of(&directory, record.unit, &document).any(|(to, _)| to == one.to);
            let receipt = concerned.then(|| self.receipt_view(*one, &document, own));
            views.push(DocumentView {
                id: one.document,
                unit: record.unit,
                attachments: self.attachment_views(&document).await?,
                recipients: Vec::new(),
                document,
                receipt,
                reminder: reminders.get(&reminder::id_of(record.unit, one.document, one.to)).map(decoded),
                replaced_by: replacing.remove(&one.document),
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

    /// The documents that have taken the place of others of the same unit.
    async fn replacing(&self, ids: &[RecordId]) -> Result<BTreeMap<RecordId, Named>, BureauError> {
        let mut replacing = BTreeMap::new();
        for chunk in ids.chunks(VALUES_PER_LIST) {
            let sql = with_list(
                "SELECT o.id, n.id, n.number, n.title FROM document n JOIN document o ON o.id = n.supersedes \
                 WHERE n.unit = o.unit AND n.recalled_ms = 0 AND n.supersedes IN (",
                1,
                chunk.len(),
                ") ORDER BY n.published_ms",
            );
            let query = sqlx::query(sql).persistent(false);
            let query = chunk.iter().fold(query, |query, id| query.bind(id.as_bytes().to_vec()));
            for row in &query.fetch_all(self.store().reader()).await? {
                let mut fields = Fields::of("document", row);
                let (old, id) = (fields.id()?, fields.id()?);
                let (number, title) = (fields.text()?.to_owned(), fields.text()?.to_owned());
                replacing.insert(old, Named { id, number, title });
            }
        }
        Ok(replacing)
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
            let goes_up = document.direction() == DocumentDirection::Up;
            let one = |(to, copy): (Recipient, bool)| RecipientView {
                to,
                code: code_of(&directory, to.unit),
                name: name_of(&directory, to.unit),
                branch: name_in(document, to.branch),
                copy,
                sent: if goes_up {
                    true
                } else if issued_here {
                    was_mailed(&directory, me, to, sites)
                } else {
                    to.branch.is_some() || directory.has_own_home(to.unit)
                },
            };
            recipients_of(&directory, *issuer, document).map(one).collect()
        };
        Ok(documents.iter().map(view).collect())
    }

    /// A receipt at the site of its recipient, where the document is: so it was sent.
    pub(super) fn receipt_view(
        &self,
        addressed: Addressed,
        document: &Document,
        receipt: Receipt,
    ) -> ReceiptView {
        let directory = self.directory();
        let Addressed { to, .. } = addressed;
        ReceiptView {
            to,
            code: code_of(&directory, to.unit),
            name: name_of(&directory, to.unit),
            branch: name_in(document, to.branch),
            copy: document::named(document).any(|(one, copy)| one == to && copy),
            stage: Stage::of(&receipt, true),
            receipt,
            reminder: None,
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
