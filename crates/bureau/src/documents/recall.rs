//! 撤回: a document is not to be acted on any more. The recall goes where the document went; whoever passed it on
//! recalls what was passed on when it learns of it, so that a site that was offline does so once it is back.

use std::collections::BTreeSet;

use yanzhen_proto::v1::Document;
use yanzhen_store::{Edit, Expected, Fields, Target, Write, WriteError};
use yanzhen_sync::{Millis, RecordId, SiteId, UnitId};

use super::{DocumentError, objects};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{document, unknown};
use crate::people::decoded;
use crate::saving::CONFLICT_RETRIES;

/// Characters of the reason of what was passed on that are kept of the reason above.
const REASON: usize = 480;

impl Bureau {
    /// Recalls a document of the site's own unit. Recalling again changes nothing. Answers when it was recalled.
    pub async fn recall_document(&self, id: RecordId, reason: &str) -> Result<Millis, BureauError> {
        let writing = self.writing().await;
        for _ in 0..=CONFLICT_RETRIES {
            let record = self.store().record(&document::KIND, id).await?;
            let record =
                record.ok_or_else(|| BureauError::NotFound { what: "document", key: id.to_string() })?;
            if !self.is_home(record.unit) {
                return Err(DocumentError::NotIssued.into());
            }
            let held: Document = decoded(&record);
            if held.recalled_ms > 0 {
                return Ok(held.recalled_ms);
            }
            let at = self.now().max(1);
            let next = Document { recalled_ms: at, recall_reason: reason.trim().to_owned(), ..held };
            document::validate(&next).map_err(BureauError::Fields)?;
            let old = record.body.clone().unwrap_or_default();
            let body = unknown::keep_unknown(&old, &next, document::MESSAGE);
            let edit = Edit::upsert(document::KIND, id, record.unit, body, Expected::At(record.version));
            let edit = Edit { objects: objects(&next.attachments), ..edit };
            let mail = self.sites_that_have(id).await?.into_iter().map(Target::Mailbox);
            let targets = std::iter::once(Target::Journal).chain(mail).collect();
            match writing.write(Write { targets, edits: vec![edit] }).await {
                Ok(_) => return Ok(at),
                Err(WriteError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(BureauError::Busy)
    }

    /// Recalls what was passed on from here of documents that were recalled above. Tells how many. Call it after
    /// commits that changed records; it does nothing where nothing is new.
    pub async fn follow_recalls(&self) -> Result<u64, BureauError> {
        let rows = sqlx::query(
            "SELECT p.id, p.unit, o.id FROM document p JOIN document o ON o.id = p.passed_on_from \
             WHERE o.recalled_ms > 0 AND p.recalled_ms = 0",
        )
        .fetch_all(self.store().reader())
        .await?;
        let mut recalled = 0;
        for row in &rows {
            let mut fields = Fields::of("document", row);
            let (passed_on, unit, source): (RecordId, UnitId, RecordId) =
                (fields.id()?, fields.id()?, fields.id()?);
            if !self.is_home(unit) {
                continue;
            }
            let Some(source) = self.store().record(&document::KIND, source).await? else { continue };
            let source: Document = decoded(&source);
            let why: String = source.recall_reason.chars().take(REASON).collect();
            self.recall_document(passed_on, &format!("原文件已撤回：{why}")).await?;
            recalled += 1;
        }
        Ok(recalled)
    }

    /// The sites below that this document was mailed to from here and that still can be.
    async fn sites_that_have(&self, id: RecordId) -> Result<BTreeSet<SiteId>, BureauError> {
        let (directory, me) = (self.directory(), self.store().me());
        let mut mailed = self.store().mailed_to(&document::KIND, &[id]).await?;
        let sites = mailed.remove(&id).unwrap_or_default();
        let present = sites.into_iter().map(|site| directory.present(site));
        Ok(present.filter(|site| directory.is_below(*site, me)).collect())
    }
}
