//! The list of what a site's own unit has issued, with how far its recipients have come.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::{DocumentDirection, Receipt};
use yanzhen_store::{Fields, with_list};
use yanzhen_sync::{Millis, RecordId, UnitId};

use super::recipients::{addressed, direction_of, reaches, was_mailed};
use super::{Addressed, Stage, StageCounts};
use crate::Bureau;
use crate::bureau::name_of;
use crate::error::BureauError;
use crate::kinds::document;
use crate::listing::{self, Page};
use crate::sql::VALUES_PER_LIST;

/// A document at the site that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The record.
    pub id: RecordId,
    /// 发文字号; may be empty.
    pub number: String,
    /// 标题
    pub title: String,
    /// When it was issued.
    pub published: Millis,
    /// A day, or empty.
    pub deadline: String,
    /// Whether recipients are to reply.
    pub needs_reply: bool,
    /// The first recipient's name.
    pub to: String,
    /// Which way it went.
    pub direction: DocumentDirection,
    /// When it was recalled; 0 for not.
    pub recalled: Millis,
    /// Whether a later one has taken its place.
    pub is_replaced: bool,
    /// Its recipients by the stages that they have reached.
    pub counts: StageCounts,
}

/// Of one document: the name of the first recipient, and how far all have come.
#[derive(Default)]
struct Progress {
    to: String,
    counts: StageCounts,
}

impl Bureau {
    /// What the site's own unit has issued, the newest first. `limit` is at most 500; 0 for 50.
    pub async fn issued(&self, offset: u32, limit: u32) -> Result<Page<Issued>, BureauError> {
        let own = self.unit_or_own(None)?;
        let db = self.store().reader();
        let count = sqlx::query("SELECT COUNT(*) FROM document WHERE unit = $1");
        let count = count.bind(own.as_bytes().to_vec()).fetch_one(db).await?;
        let total = Fields::of("document", &count).number()?;
        let query = sqlx::query(
            "SELECT id, number, title, published_ms, deadline, needs_reply, direction, recalled_ms, \
             (SELECT COUNT(*) FROM document n WHERE n.supersedes = d.id AND n.unit = d.unit AND n.recalled_ms = 0) \
             FROM document d WHERE unit = $1 \
             ORDER BY published_ms DESC, id DESC LIMIT $2 OFFSET $3",
        );
        let query = query.bind(own.as_bytes().to_vec()).bind(listing::rows(limit)).bind(i64::from(offset));
        let mut rows = Vec::new();
        for row in &query.fetch_all(db).await? {
            let mut fields = Fields::of("document", row);
            rows.push(Issued {
                id: fields.id()?,
                number: fields.text()?.to_owned(),
                title: fields.text()?.to_owned(),
                published: fields.int()?,
                deadline: fields.text()?.to_owned(),
                needs_reply: fields.flag()?,
                direction: direction_of(fields.int()?),
                recalled: fields.int()?,
                is_replaced: fields.int()? > 0,
                to: String::new(),
                counts: StageCounts::default(),
            });
        }
        let ids: Vec<RecordId> = rows.iter().map(|issued| issued.id).collect();
        let mut progress = self.progress(own, &ids).await?;
        for issued in &mut rows {
            let Progress { to, counts } = progress.remove(&issued.id).unwrap_or_default();
            (issued.to, issued.counts) = (to, counts);
        }
        Ok(Page { rows, total })
    }

    /// How far the recipients of documents of unit `issuer` have come: as the matrix of each would count them.
    async fn progress(
        &self,
        issuer: UnitId,
        documents: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Progress>, BureauError> {
        let (directory, me) = (self.directory(), self.store().me());
        let mailed = self.store().mailed_to(&document::KIND, documents).await?;
        let nobody = BTreeSet::new();
        let mut progress: BTreeMap<RecordId, Progress> = BTreeMap::new();
        for ids in documents.chunks(VALUES_PER_LIST) {
            let sql = with_list(
                "SELECT r.document, r.unit, r.branch, d.direction, COALESCE(x.delivered_ms, 0), COALESCE(x.read_ms, 0), \
                 COALESCE(x.signed_ms, 0), COALESCE(x.returned_ms, 0), COALESCE(x.replied_ms, 0) \
                 FROM document_recipient r JOIN document d ON d.id = r.document LEFT JOIN receipt x ON x.document = r.document AND x.unit = r.unit AND x.branch = r.branch \
                 WHERE r.document IN (",
                1,
                ids.len(),
                ") ORDER BY r.document, r.position",
            );
            let query = sqlx::query(sql).persistent(false);
            let query = ids.iter().fold(query, |query, id| query.bind(id.as_bytes().to_vec()));
            for row in &query.fetch_all(self.store().reader()).await? {
                let mut fields = Fields::of("document_recipient", row);
                let Addressed { document: id, to } = addressed(&mut fields)?;
                let direction = direction_of(fields.int()?);
                let receipt = Receipt {
                    delivered_ms: fields.int()?,
                    read_ms: fields.int()?,
                    signed_ms: fields.int()?,
                    returned_ms: fields.int()?,
                    replied_ms: fields.int()?,
                    ..Receipt::default()
                };
                if !reaches(&directory, issuer, to, direction) {
                    continue;
                }
                let sent = direction == DocumentDirection::Up
                    || was_mailed(&directory, me, to, mailed.get(&id).unwrap_or(&nobody));
                let so_far = progress.entry(id).or_default();
                if so_far.to.is_empty() {
                    so_far.to = name_of(&directory, to.unit);
                }
                so_far.counts.add(&receipt, Stage::of(&receipt, sent) != Stage::Waiting);
            }
        }
        Ok(progress)
    }
}
