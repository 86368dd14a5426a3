//! Issues a document: one transaction gives it its number and puts it into the journal and into the mail.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Attachment, Document, DocumentDirection, DocumentType};
use yanzhen_store::{Edit, Expected, Fields, Target, Write};
use yanzhen_sync::{ObjectRef, RecordId, SiteId, UnitId};

use super::recipients::{Recipients, Seat, reaches, recipients_of, resolve, seat};
use super::{DocumentError, RecipientView, attached, objects};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::drafts::{Act, Kept, Person, allowed, approval};
use crate::error::BureauError;
use crate::kinds::document;
use crate::kinds::document_number::DocumentNumber;
use crate::people::decoded;

/// A document to be issued by the site's own unit.
#[derive(Clone, Debug, Default)]
pub struct NewDocument {
    /// 标题
    pub title: String,
    /// 正文, plain text or Markdown.
    pub body: String,
    /// 发文字号; may be empty.
    pub number: String,
    /// A day, or empty.
    pub deadline: String,
    /// Whether recipients are to reply.
    pub needs_reply: bool,
    /// File names with their bytes, which must be on this site's disk.
    pub attachments: Vec<(String, ObjectRef)>,
    /// 主送: unit codes.
    pub to: Vec<String>,
    /// 抄送: unit codes.
    pub copy: Vec<String>,
    /// 主送 to branches: their numbers or ids.
    pub to_branches: Vec<String>,
    /// Each of `to` also stands for every unit below it that has a site.
    pub subtree: bool,
    /// Who issues it, where no draft tells: the name of who gave the command.
    pub issued_by: String,
}

/// A document that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The record.
    pub id: RecordId,
    /// Everyone it is addressed to.
    pub recipients: Vec<RecipientView>,
}

/// Which number a document gets.
enum Numbering {
    /// The unit's next, which it must have a mark for.
    Next,
    /// The unit's next if it has a mark, else none.
    NextIfMarked,
    /// This one; where it is of the unit's own mark and year, it must be the next.
    Given(String),
    /// None, as 信息 has.
    None,
}

impl Bureau {
    /// Issues a document to units below the site's own, by command: nobody's check or signature is on record then, and
    /// the document says who issued it.
    pub async fn publish(&self, new: NewDocument) -> Result<Published, BureauError> {
        let directory = self.directory();
        let issuer = self.home_unit("")?;
        let Recipients { to, copy } = resolve(&directory, issuer, &new.to, &new.copy, new.subtree)?;
        let to_branches = self.branches_named(issuer, &new.to_branches).await?;
        let ids = |units: &[UnitId]| units.iter().map(UnitId::to_bytes).collect::<Vec<Bytes>>();
        let document = Document {
            title: new.title.trim().to_owned(),
            body: new.body,
            attachments: attached(&new.attachments),
            to: ids(&to),
            copy: ids(&copy),
            to_branches,
            deadline: new.deadline.trim().to_owned(),
            needs_reply: new.needs_reply,
            direction: DocumentDirection::Down.into(),
            r#type: DocumentType::Notice.into(),
            issued_by: new.issued_by,
            ..Document::default()
        };
        let numbering = match new.number.trim() {
            "" => Numbering::NextIfMarked,
            number => Numbering::Given(number.to_owned()),
        };
        self.issue(self.new_id(), issuer, document, numbering).await
    }

    /// Issues a draft that was checked and signed, under its own id: once, however often it is asked for.
    pub async fn issue_draft(&self, kept: &Kept, by: &Person) -> Result<Published, BureauError> {
        let issuer = self.home_unit("")?;
        if let Some(record) = self.store().record(&document::KIND, kept.id).await? {
            let issued: Document = decoded(&record);
            let recipients = self.recipient_views(&[(kept.id, issuer, &issued)]).await?;
            return Ok(Published {
                id: kept.id,
                recipients: recipients.into_iter().next().unwrap_or_default(),
            });
        }
        allowed(&kept.draft, Act::Issue, by).map_err(DocumentError::from)?;
        let approval = approval(&kept.draft).map_err(DocumentError::from)?;
        let content = kept.content();
        self.check_sources(&content).await?;
        let numbering = match content.r#type() {
            DocumentType::Information => Numbering::None,
            _ => Numbering::Next,
        };
        let document = Document {
            drafter: approval.drafter,
            checker: approval.checker,
            signer: approval.signer,
            approved: approval.content,
            issued_by: by.name.clone(),
            ..document::content(&content)
        };
        self.issue(kept.id, issuer, document, numbering).await
    }

    async fn issue(
        &self,
        id: RecordId,
        issuer: UnitId,
        mut issued: Document,
        numbering: Numbering,
    ) -> Result<Published, BureauError> {
        let directory = self.directory();
        let writing = self.writing().await;
        issued.number = self.number(issuer, numbering).await?;
        issued.published_ms = self.now().max(0);
        issued.issuer = name_of(&directory, issuer);
        document::validate_to_issue(&issued, self.today()).map_err(BureauError::Fields)?;
        self.check_recipients(issuer, &issued)?;
        let objects = objects(&issued.attachments);
        self.require_present(&issued.attachments).await?;
        let seats: BTreeSet<SiteId> = recipients_of(&directory, issuer, &issued)
            .filter_map(|(to, _)| match seat(&directory, self.store().me(), to) {
                Seat::Below(site) => Some(site),
                Seat::Here | Seat::None => None,
            })
            .collect();
        let edit = Edit::upsert(document::KIND, id, issuer, issued.encode_to_vec(), Expected::New);
        let mut edits = vec![Edit { objects, ..edit }];
        edits.extend(self.settled_by(issuer, &issued).await?);
        let mail = seats.into_iter().map(Target::Mailbox);
        let targets = std::iter::once(Target::Journal).chain(mail).collect();
        writing.write(Write { targets, edits }).await?;
        if !Arc::ptr_eq(&directory, &self.directory()) {
            // A site may have joined in between and not been looked at for this document.
            self.dispatch_document(id).await?;
        }
        let recipients = self.recipient_views(&[(id, issuer, &issued)]).await?.pop().unwrap_or_default();
        Ok(Published { id, recipients })
    }

    /// Everyone named must be whom the document's direction reaches.
    pub(super) fn check_recipients(&self, issuer: UnitId, document: &Document) -> Result<(), BureauError> {
        let directory = self.directory();
        let direction = document::direction(document);
        for (to, _) in document::named(document) {
            if !reaches(&directory, issuer, to, direction) {
                let (code, issuer) = (code_of(&directory, to.unit), name_of(&directory, issuer));
                return Err(DocumentError::NotBelow { code, issuer }.into());
            }
        }
        Ok(())
    }

    /// A number that is given while the right to write is held: none is left out, none is given twice.
    async fn number(&self, unit: UnitId, numbering: Numbering) -> Result<String, BureauError> {
        let mark = self.document_rules(unit).await?.mark;
        let next = match mark.is_empty() {
            true => None,
            false => Some(self.next_number(unit, &mark).await?),
        };
        match (numbering, next) {
            (Numbering::Next, None) => Err(DocumentError::NoMark.into()),
            (Numbering::None, _) | (Numbering::NextIfMarked, None) => Ok(String::new()),
            (Numbering::Next | Numbering::NextIfMarked, Some(next)) => Ok(next.to_string()),
            (Numbering::Given(number), next) => match (DocumentNumber::parse(&number), next) {
                (Some(given), Some(next))
                    if given.mark == next.mark && given.year == next.year && given != next =>
                {
                    Err(DocumentError::NotNext { next: next.to_string() }.into())
                }
                _ => Ok(number),
            },
        }
    }

    /// The number that the unit's next document of this year gets.
    pub async fn next_number(&self, unit: UnitId, mark: &str) -> Result<DocumentNumber, BureauError> {
        let year = self.today().year();
        let query = sqlx::query(
            "SELECT COALESCE(MAX(serial), 0) FROM document WHERE unit = $1 AND mark = $2 AND year = $3",
        );
        let query = query.bind(unit.as_bytes().to_vec()).bind(mark.to_owned()).bind(i64::from(year));
        let row = query.fetch_one(self.store().reader()).await?;
        let last: u32 = Fields::of("document", &row).number()?;
        Ok(DocumentNumber { mark: mark.to_owned(), year, serial: last + 1 })
    }

    /// The bytes of each attachment must be here.
    async fn require_present(&self, attachments: &[Attachment]) -> Result<(), BureauError> {
        for attachment in attachments {
            let object = attachment.object.clone().and_then(|object| ObjectRef::try_from(object).ok());
            let Some(object) = object else { continue };
            if !self.store().is_object_present(object.hash).await? {
                return Err(DocumentError::ObjectMissing(attachment.name.clone()).into());
            }
        }
        Ok(())
    }

    /// Each attachment must be on this disk: those who get the document fetch it from here.
    pub(super) async fn require_objects(
        &self,
        attachments: &[(String, ObjectRef)],
    ) -> Result<(), BureauError> {
        for (name, object) in attachments {
            if !self.store().is_object_present(object.hash).await? {
                return Err(DocumentError::ObjectMissing(name.clone()).into());
            }
        }
        Ok(())
    }
}
