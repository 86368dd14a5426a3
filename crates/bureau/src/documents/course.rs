//! What a draft is to become: a document down, up, a 批复, or one from above that is passed on.

use bytes::Bytes;
use yanzhen_proto::v1::{Attachment, Document, DocumentDirection, DocumentType, DocumentUrgency, Receipt};
use yanzhen_store::Edit;
use yanzhen_sync::{RecordId, UnitId};

use super::deliver::{receipt_edit, receipt_of};
use super::recipients::{Recipients, office_above, reads_here, recipients_of, resolve};
use super::turns::{Act, turn};
use super::{Addressed, DocumentError};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{document, receipt};

/// Where a draft is to go, and which document it builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// To units below.
    Down,
    /// To units below, in place of an own document.
    Replacing(RecordId),
    /// To units below: a document from above.
    PassingOn(RecordId),
    /// To the unit above.
    Up,
    /// To the unit whose 请示 this is.
    Answering(RecordId),
}

/// What its author writes of a document.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// 标题
    pub title: String,
    /// 正文
    pub body: String,
    /// 文种
    pub kind: DocumentType,
    /// 紧急程度
    pub urgency: DocumentUrgency,
    /// A day, or empty.
    pub deadline: String,
    /// Whether recipients are to reply.
    pub needs_reply: bool,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// 主送: unit codes.
    pub to: Vec<String>,
    /// Unit codes, each for itself and all below it that have a site.
    pub trees: Vec<String>,
    /// 抄送: unit codes.
    pub copy: Vec<String>,
    /// 主送 to branches: their numbers or ids.
    pub to_branches: Vec<String>,
    /// 抄送 to branches, likewise.
    pub copy_branches: Vec<String>,
    /// Unit codes, each for all branches of that unit, as 主送.
    pub all_branches: Vec<String>,
    /// What is said of a document that is passed on.
    pub covering_note: String,
}

impl Course {
    /// The course that a draft's content has.
    pub fn of(content: &Document) -> Course {
        let id = |bytes: &Bytes| RecordId::try_from(bytes.as_ref()).ok();
        match document::direction(content) {
            DocumentDirection::Up => Course::Up,
            DocumentDirection::Reply => id(&content.answers).map_or(Course::Down, Course::Answering),
            _ => match (id(&content.passed_on_from), id(&content.supersedes)) {
                (Some(source), _) => Course::PassingOn(source),
                (None, Some(old)) => Course::Replacing(old),
                (None, None) => Course::Down,
            },
        }
    }

    /// The types that may go this way, the usual one first.
    pub fn types(self) -> &'static [DocumentType] {
        use DocumentType as T;
        match self {
            Course::Up => &[T::Request, T::Report, T::Information],
            Course::Answering(_) => &[T::Reply],
            Course::Down | Course::Replacing(_) | Course::PassingOn(_) => &[
                T::Notice,
                T::Circular,
                T::Opinion,
                T::Decision,
                T::Letter,
                T::Minutes,
                T::Announcement,
                T::Proclamation,
                T::Communique,
                T::Resolution,
                T::Order,
                T::Motion,
            ],
        }
    }
}

impl Bureau {
    /// What a draft holds: what its author wrote, with what its course adds. Nothing is checked but whom it names and
    /// what it builds on.
    pub async fn draft_content(&self, course: Course, written: Written) -> Result<Document, BureauError> {
        let issuer = self.home_unit("")?;
        let kind = match course.types().contains(&written.kind) {
            true => written.kind,
            false => course.types()[0],
        };
        let plain = Document {
            title: written.title.trim().to_owned(),
            body: written.body.replace("\r\n", "\n"),
            attachments: written.attachments.clone(),
            deadline: written.deadline.trim().to_owned(),
            needs_reply: written.needs_reply,
            direction: DocumentDirection::Down.into(),
            r#type: kind.into(),
            urgency: written.urgency.into(),
            ..Document::default()
        };
        let mut content = match course {
            Course::Up => {
                let above = office_above(&self.directory(), issuer).ok_or(DocumentError::NobodyAbove)?;
                let direction = DocumentDirection::Up.into();
                // A 请示 asks for a 批复; the other two inform.
                let needs_reply = kind == DocumentType::Request;
                return Ok(Document { direction, needs_reply, to: vec![above.to_bytes()], ..plain });
            }
            Course::Answering(question) => {
                let (asker, _) = self.question(question).await?;
                let direction = DocumentDirection::Reply.into();
                let answers = question.to_bytes();
                let to = vec![asker.to_bytes()];
                return Ok(Document { direction, answers, to, needs_reply: false, ..plain });
            }
            Course::Down => plain,
            Course::Replacing(old) => Document { supersedes: old.to_bytes(), ..plain },
            Course::PassingOn(id) => {
                let source = self.source(id).await?;
                Document {
                    title: source.title,
                    body: source.body,
                    attachments: source.attachments,
                    urgency: source.urgency,
                    r#type: source.r#type,
                    passed_on_from: id.to_bytes(),
                    passed_on_number: source.number,
                    passed_on_issuer: source.issuer,
                    covering_note: written.covering_note.trim().to_owned(),
                    supersedes: self.passed_on_before(&source.supersedes).await?,
                    ..plain
                }
            }
        };
        let directory = self.directory();
        let Recipients { mut to, copy } = resolve(&directory, issuer, &written.to, &written.copy, false)?;
        let below = resolve(&directory, issuer, &written.trees, &[], true)?;
        let new = |unit: &UnitId| !to.contains(unit);
        let more: Vec<UnitId> = below.to.into_iter().filter(new).collect();
        to.extend(more);
        let copy = copy.iter().filter(|unit| !to.contains(unit));
        content.copy = copy.map(UnitId::to_bytes).collect();
        content.to = to.iter().map(UnitId::to_bytes).collect();
        let (main, copies) = self.branch_recipients(issuer, &written).await?;
        (content.to_branches, content.copy_branches) = (main, copies);
        self.check_sources(&content).await?;
        Ok(content)
    }

    /// Checks all of a content that could go now, but for the number that it will get.
    pub async fn check_draft(&self, content: &Document) -> Result<(), BureauError> {
        let issuer = self.home_unit("")?;
        let named = Document { issuer: self.unit_name(issuer), ..content.clone() };
        document::validate_to_issue(&named, self.today()).map_err(BureauError::Fields)?;
        self.check_recipients(issuer, content)?;
        self.check_sources(content).await
    }

    /// Checks a content that may be unfinished: nothing in it may be what this network is not for.
    pub fn check_unfinished(&self, content: &Document) -> Result<(), BureauError> {
        use crate::kinds::reason::Reason;
        let unfinished = |error: &crate::FieldError| {
            matches!(error.reason, Reason::Missing | Reason::Past | Reason::NotADay)
        };
        let mut errors = document::validate(content).err().unwrap_or_default();
        errors.retain(|error| !unfinished(error));
        if errors.is_empty() { Ok(()) } else { Err(BureauError::Fields(errors)) }
    }

    /// What a document builds on must be there for this unit, and not recalled.
    pub(super) async fn check_sources(&self, content: &Document) -> Result<(), BureauError> {
        match Course::of(content) {
            Course::PassingOn(id) => self.source(id).await.map(|_| ()),
            Course::Answering(id) => self.question(id).await.map(|_| ()),
            Course::Replacing(id) => {
                let record = self.store().record(&document::KIND, id).await?;
                let own = record.is_some_and(|record| self.is_home(record.unit));
                if own { Ok(()) } else { Err(DocumentError::WrongSource.into()) }
            }
            Course::Down | Course::Up => Ok(()),
        }
    }

    /// A document from above that the site's own unit may pass on.
    async fn source(&self, id: RecordId) -> Result<Document, BureauError> {
        let own = self.unit_or_own(None)?;
        let view = self.show_document(id, None).await?;
        let directory = self.directory();
        let named = recipients_of(&directory, view.unit, &view.document).any(|(to, _)| to == own.into());
        if view.document.recalled_ms > 0 {
            return Err(DocumentError::Recalled { at: view.document.recalled_ms }.into());
        }
        match named && document::direction(&view.document) == DocumentDirection::Down {
            true => Ok(view.document),
            false => Err(DocumentError::WrongSource.into()),
        }
    }

    /// A 请示 from below that is addressed to a unit here, with who asks.
    async fn question(&self, id: RecordId) -> Result<(UnitId, Document), BureauError> {
        let view = self.show_document(id, None).await?;
        let directory = self.directory();
        let asked = recipients_of(&directory, view.unit, &view.document)
            .any(|(to, _)| reads_here(&directory, self.store().me(), to));
        if view.document.recalled_ms > 0 {
            return Err(DocumentError::Recalled { at: view.document.recalled_ms }.into());
        }
        match asked && view.document.r#type() == DocumentType::Request {
            true => Ok((view.unit, view.document)),
            false => Err(DocumentError::WrongSource.into()),
        }
    }

    /// What was passed on from here of the document that a new one from above replaces.
    async fn passed_on_before(&self, old: &Bytes) -> Result<Bytes, BureauError> {
        if old.is_empty() {
            return Ok(Bytes::new());
        }
        let own = self.unit_or_own(None)?;
        let query = sqlx::query(
            "SELECT id FROM document WHERE passed_on_from = $1 AND unit = $2 ORDER BY published_ms DESC LIMIT 1",
        );
        let query = query.bind(old.to_vec()).bind(own.as_bytes().to_vec());
        let row = query.fetch_optional(self.store().reader()).await?;
        Ok(match row {
            Some(row) => yanzhen_store::Fields::of("document", &row).id::<RecordId>()?.to_bytes(),
            None => Bytes::new(),
        })
    }

    /// What issuing a 批复 does to the own receipt for the 请示: it is answered.
    pub(super) async fn settled_by(
        &self,
        issuer: UnitId,
        issued: &Document,
    ) -> Result<Option<Edit>, BureauError> {
        let Course::Answering(question) = Course::of(issued) else { return Ok(None) };
        let addressed = Addressed { document: question, to: issuer.into() };
        let held = self.store().record(&receipt::KIND, receipt::id_of(question, addressed.to)).await?;
        let mut next: Receipt = receipt_of(held.as_ref(), addressed);
        turn(&next, Act::Replace)?;
        let now = issued.published_ms.max(1);
        for stage in [&mut next.read_ms, &mut next.signed_ms] {
            *stage = if *stage == 0 { now } else { *stage };
        }
        if next.signed_by.is_empty() {
            next.signed_by.clone_from(&issued.signer);
        }
        next.replied_ms = now;
        next.reply = format!("{} {}", issued.number, issued.title).trim().to_owned();
        receipt::validate(&next).map_err(BureauError::Fields)?;
        Ok(Some(receipt_edit(held.as_ref(), addressed, &next)))
    }

    /// The unit that this site's 请示 and 报告 go to; none where nobody is above.
    pub fn office_above(&self) -> Option<UnitId> {
        office_above(&self.directory(), self.own_unit()?)
    }

    /// A unit's name; empty where nobody has told of it yet.
    pub fn unit_name(&self, unit: UnitId) -> String {
        crate::bureau::name_of(&self.directory(), unit)
    }
}
