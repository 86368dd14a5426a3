//! What a clerk does with a document: open it, sign for it, return it, answer it.
//!
//! Stages only ever grow: each act adds its own to the receipt and loses none; [`turn`] says which act goes when.
//! Signing and answering say that all of it is here, so they wait for the attachments.

use yanzhen_proto::v1::{Document, Receipt};
use yanzhen_store::{Record, Write, WriteError};
use yanzhen_sync::{Millis, ObjectRef, RecordId, UnitId};

use super::deliver::{Present, receipt_edit, receipt_of, targets};
use super::recipients::{reads_here, recipients_of};
use super::turns::{Act, State, Turn, turn};
use super::{Addressed, Behalf, DocumentError, DocumentView, ReceiptView, Recipient, attached, objects};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::{document, receipt};
use crate::people::decoded;
use crate::saving::CONFLICT_RETRIES;

/// What an act came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// The receipt as it is now.
    pub receipt: ReceiptView,
    /// False when it was done before and nothing changed.
    pub changed: bool,
    /// The receipt before, where its answer was replaced.
    pub replaced: Option<ReceiptView>,
}

/// An answer to a document.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What it says.
    pub text: String,
    /// File names with their bytes, which must be on this site's disk.
    pub attachments: Vec<(String, ObjectRef)>,
    /// Whether it may take the place of an earlier answer.
    pub replace: bool,
}

impl Bureau {
    /// Shows a document and notes that it was read, the first time. `behalf` tells whom here it concerns; none for the
    /// site's own unit.
    pub async fn open_document(
        &self,
        id: RecordId,
        behalf: Option<Behalf<'_>>,
    ) -> Result<DocumentView, BureauError> {
        self.act(id, behalf, |receipt, now, _| {
            let turn = turn(receipt, Act::Open)?;
            reach(&mut receipt.read_ms, now);
            Ok(turn)
        })
        .await?;
        self.show_document(id, behalf.map(|behalf| behalf.of)).await
    }

    /// Signs for a document; `by` may be empty for the recipient's name. Signing again changes nothing.
    pub async fn sign_document(
        &self,
        id: RecordId,
        behalf: Option<Behalf<'_>>,
        by: &str,
    ) -> Result<Acted, BureauError> {
        let signer = self.signer(behalf, by).await?;
        self.act(id, behalf, |receipt, now, missing| {
            let turn = turn(receipt, Act::Sign)?;
            if turn == Turn::Goes {
                sign(receipt, now, &signer, missing)?;
            }
            Ok(turn)
        })
        .await
    }

    /// Returns a document with a reason. Returning again changes nothing.
    pub async fn return_document(
        &self,
        id: RecordId,
        behalf: Option<Behalf<'_>>,
        reason: &str,
    ) -> Result<Acted, BureauError> {
        self.act(id, behalf, |receipt, now, _| {
            let turn = turn(receipt, Act::Return)?;
            if turn == Turn::Goes {
                receipt.returned_ms = now;
                receipt.return_reason = reason.trim().to_owned();
                receipt.closed_proxy = proxy(behalf);
                reach(&mut receipt.read_ms, now);
            }
            Ok(turn)
        })
        .await
    }

    /// Answers a document, which signs for it where nobody has. The same answer again changes nothing; another one
    /// takes its place only if it says so.
    pub async fn reply_document(
        &self,
        id: RecordId,
        behalf: Option<Behalf<'_>>,
        answer: Answer,
    ) -> Result<Acted, BureauError> {
        self.require_objects(&answer.attachments).await?;
        let signer = self.signer(behalf, "").await?;
        let attachments = attached(&answer.attachments);
        let act = if answer.replace { Act::Replace } else { Act::Reply };
        self.act(id, behalf, |receipt, now, missing| {
            let same = receipt.reply == answer.text && receipt.attachments == attachments;
            if State::of(receipt) == State::Replied && same {
                return Ok(Turn::Kept);
            }
            let turn = turn(receipt, act)?;
            sign(receipt, now, &signer, missing)?;
            receipt.replied_ms = now;
            receipt.closed_proxy = proxy(behalf);
            receipt.reply.clone_from(&answer.text);
            receipt.attachments.clone_from(&attachments);
            Ok(turn)
        })
        .await
    }

    /// Changes a recipient's receipt by `step`, which is told the time and how many attachments are missing of how many.
    async fn act(
        &self,
        id: RecordId,
        behalf: Option<Behalf<'_>>,
        step: impl Fn(&mut Receipt, Millis, Missing) -> Result<Turn, DocumentError>,
    ) -> Result<Acted, BureauError> {
        let addressed =
            Addressed { document: id, to: self.recipient_or_own(behalf.map(|behalf| behalf.of))? };
        let (issuer, document) = self.addressed_document(addressed).await?;
        let missing = Missing {
            missing: Present::default().missing(self, &document).await?,
            all: objects(&document.attachments).len(),
        };
        let writing = self.writing().await;
        for _ in 0..=CONFLICT_RETRIES {
            let record = receipt::id_of(id, addressed.to);
            let held: Option<Record> = self.store().record(&receipt::KIND, record).await?;
            let before = receipt_of(held.as_ref(), addressed);
            let mut next = before.clone();
            let now = self.now().max(1);
            let turn = step(&mut next, now, missing)?;
            let only_read = Receipt { read_ms: next.read_ms, ..before.clone() };
            if document.recalled_ms > 0 && next != only_read {
                return Err(DocumentError::Recalled { at: document.recalled_ms }.into());
            }
            if missing.missing == 0 {
                reach(&mut next.delivered_ms, now);
            }
            if next != before {
                receipt::validate(&next).map_err(BureauError::Fields)?;
                let edits = vec![receipt_edit(held.as_ref(), addressed, &next)];
                match writing.write(Write { targets: targets(self.told_by_mail(issuer)), edits }).await {
                    Ok(_) => {}
                    Err(WriteError::Conflict { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let changed = turn == Turn::Goes;
            let was_answered = before.replied_ms > 0;
            return Ok(Acted {
                receipt: self.receipt_view(addressed, &document, next),
                changed,
                replaced: (changed && was_answered).then(|| self.receipt_view(addressed, &document, before)),
            });
        }
        Err(BureauError::Busy)
    }

    /// The document with its issuer, if it is addressed to one who reads documents here.
    async fn addressed_document(&self, addressed: Addressed) -> Result<(UnitId, Document), BureauError> {
        let Addressed { document: id, to } = addressed;
        let not_found = || BureauError::NotFound { what: "document", key: id.to_string() };
        let record = self.store().record(&document::KIND, id).await?.ok_or_else(not_found)?;
        let document: Document = decoded(&record);
        let directory = self.directory();
        let named = recipients_of(&directory, record.unit, &document).any(|(one, _)| one == to);
        if named && reads_here(&directory, self.store().me(), to) {
            return Ok((record.unit, document));
        }
        Err(DocumentError::NotAddressed { document: id, unit: code_of(&directory, to.unit) }.into())
    }

    /// Who signs: the one who is named, or else unit or branch by its name; and who does it for the branch.
    async fn signer(&self, behalf: Option<Behalf<'_>>, by: &str) -> Result<Signer, BureauError> {
        /// Characters of a name that fit where a signer's name goes.
        const NAME: usize = 50;
        let to = self.recipient_or_own(behalf.map(|behalf| behalf.of))?;
        let by = by.trim().to_owned();
        let name = match (to.branch, by.is_empty()) {
            (_, false) => by,
            (None, true) => name_of(&self.directory(), to.unit),
            (Some(branch), true) => self.branch_names(&[branch]).await?.remove(&branch).unwrap_or_default(),
        };
        Ok(Signer { name: name.chars().take(NAME).collect(), proxy: proxy(behalf) })
    }

    pub(super) fn recipient_or_own(&self, to: Option<Recipient>) -> Result<Recipient, BureauError> {
        to.map_or_else(|| self.unit_or_own(None).map(Recipient::from), Ok)
    }
}

/// Who signs, and who does it for the branch.
struct Signer {
    name: String,
    proxy: String,
}

/// Who of the unit's office acts; empty where nobody does for another.
fn proxy(behalf: Option<Behalf<'_>>) -> String {
    behalf
        .filter(|behalf| behalf.of.branch.is_some())
        .map(|behalf| behalf.proxy.to_owned())
        .unwrap_or_default()
}

/// Attachments that have not arrived, and all of them.
#[derive(Clone, Copy)]
struct Missing {
    missing: usize,
    all: usize,
}

/// Reaches a stage, unless it was reached before.
fn reach(stage: &mut Millis, now: Millis) {
    if *stage == 0 {
        *stage = now;
    }
}

/// Signs where nobody has.
fn sign(receipt: &mut Receipt, now: Millis, signer: &Signer, missing: Missing) -> Result<(), DocumentError> {
    if missing.missing > 0 && receipt.delivered_ms == 0 {
        return Err(DocumentError::NotDelivered { missing: missing.missing, all: missing.all });
    }
    if receipt.signed_ms == 0 {
        receipt.signed_ms = now;
        receipt.signed_by.clone_from(&signer.name);
        receipt.signed_proxy.clone_from(&signer.proxy);
    }
    reach(&mut receipt.read_ms, now);
    Ok(())
}
