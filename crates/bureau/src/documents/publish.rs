//! Issues a document: one transaction puts it into the journal and into the mail.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::Document;
use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::{ObjectRef, RecordId, SiteId, UnitId};

use super::recipients::{Recipients, Seat, resolve, seat};
use super::{DocumentError, RecipientView, attached};
use crate::Bureau;
use crate::bureau::name_of;
use crate::error::BureauError;
use crate::kinds::document;

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
    /// Each of `to` also stands for every unit below it that has a site.
    pub subtree: bool,
}

/// A document that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The record.
    pub id: RecordId,
    /// Everyone it is addressed to.
    pub recipients: Vec<RecipientView>,
}

impl Bureau {
    /// Issues a document to units below the site's own.
    pub async fn publish(&self, new: NewDocument) -> Result<Published, BureauError> {
        let directory = self.directory();
        let issuer = self.home_unit("")?;
        let Recipients { to, copy } = resolve(&directory, issuer, &new.to, &new.copy, new.subtree)?;
        let ids = |units: &[UnitId]| units.iter().map(UnitId::to_bytes).collect::<Vec<Bytes>>();
        let issued = Document {
            number: new.number.trim().to_owned(),
            title: new.title.trim().to_owned(),
            body: new.body,
            attachments: attached(&new.attachments),
            to: ids(&to),
            copy: ids(&copy),
            deadline: new.deadline.trim().to_owned(),
            needs_reply: new.needs_reply,
            published_ms: self.now().max(0),
            issuer: name_of(&directory, issuer),
        };
        document::validate_to_issue(&issued, self.today()).map_err(BureauError::Fields)?;
        self.require_objects(&new.attachments).await?;

        let seats: BTreeSet<SiteId> = to
            .iter()
            .chain(&copy)
            .filter_map(|unit| match seat(&directory, self.store().me(), *unit) {
                Seat::Below(site) => Some(site),
                Seat::Here | Seat::None => None,
            })
            .collect();
        let id = self.new_id();
        let edit = Edit {
            objects: new.attachments.iter().map(|(_, object)| *object).collect(),
            ..Edit::upsert(document::KIND, id, issuer, issued.encode_to_vec(), Expected::New)
        };
        let mail = seats.into_iter().map(Target::Mailbox);
        let targets = std::iter::once(Target::Journal).chain(mail).collect();
        self.store().write_all(vec![Write { targets, edits: vec![edit] }]).await?;
        if !Arc::ptr_eq(&directory, &self.directory()) {
            // A site may have joined in between and not been looked at for this document.
            self.dispatch_document(id).await?;
        }
        let recipients = self.recipient_views(&[(id, issuer, &issued)]).await?.pop().unwrap_or_default();
        Ok(Published { id, recipients })
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
