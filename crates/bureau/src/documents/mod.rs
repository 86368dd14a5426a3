//! Documents and what becomes of them: issued to the units below, delivered, read, signed for, answered.
//!
//! A document is one record in the issuing site's journal and, word for word and at the same version, in the
//! mailbox of each recipient unit's site. A recipient without a site of its own waits (待发) until one joins. Each
//! recipient's site writes one receipt for each unit, which goes up. Party branches are recipients too, at the home site
//! of their unit: their secretaries answer there, or the unit's office for them (代办), and each has its own receipt.
//!
//! 请示, 报告 and 信息 go the other way: in the journal of the site below to the nearest unit above that has a site. Its
//! receipt, and a 批复, go down by mail to that one site alone.

mod acts;
mod archive;
mod branches;
mod course;
mod deliver;
mod dispatch;
mod issued;
mod matrix;
mod publish;
mod recall;
mod recipients;
mod remind;
mod turns;
mod views;
mod waiting;

use yanzhen_proto::v1::{Attachment, Document, Receipt, Reminder};
use yanzhen_sync::{Millis, ObjectRef, RecordId, UnitId};

use crate::drafts::DraftError;
use crate::kinds::recipient::Recipient;

pub use acts::{Acted, Answer};
pub use archive::{Found, Search, Sent};
pub use branches::BranchChoice;
pub use course::{Course, Written};
pub use deliver::Delivered;
pub(crate) use dispatch::Settled;
pub use issued::Issued;
pub use matrix::{Matrix, StageCounts};
pub use publish::{NewDocument, Published};
pub use remind::is_open;
pub use waiting::Waiting;

/// Names one recipient's receipt for a document: what a clerk acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Addressed {
    pub(crate) document: RecordId,
    pub(crate) to: Recipient,
}

/// On whose behalf somebody deals with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behalf<'a> {
    /// The unit or branch that it concerns.
    pub of: Recipient,
    /// 代办: who of the unit's office does it for a branch; empty where the branch does itself.
    pub proxy: &'a str,
}

impl From<UnitId> for Behalf<'_> {
    fn from(unit: UnitId) -> Self {
        Behalf { of: unit.into(), proxy: "" }
    }
}

/// How far a document is with one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// 待发: the unit has no site yet.
    Waiting,
    /// 已发: mailed to the unit's site.
    Sent,
    /// 送达: document and attachments are verified on the disk of the unit's site.
    Delivered,
    /// 已读
    Read,
    /// 签收
    Signed,
    /// 退回
    Returned,
    /// 办结
    Replied,
}

impl Stage {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Waiting => "待发",
            Stage::Sent => "已发",
            Stage::Delivered => "送达",
            Stage::Read => "已读",
            Stage::Signed => "签收",
            Stage::Returned => "退回",
            Stage::Replied => "办结",
        }
    }

    /// The furthest stage of a receipt; `sent` tells whether the document was mailed.
    pub fn of(receipt: &Receipt, sent: bool) -> Stage {
        let reached = [
            (receipt.replied_ms, Stage::Replied),
            (receipt.returned_ms, Stage::Returned),
            (receipt.signed_ms, Stage::Signed),
            (receipt.read_ms, Stage::Read),
            (receipt.delivered_ms, Stage::Delivered),
        ];
        let furthest = reached.into_iter().find(|(at, _)| *at > 0).map(|(_, stage)| stage);
        furthest.unwrap_or(if sent { Stage::Sent } else { Stage::Waiting })
    }
}

/// One unit or branch that a document is addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientView {
    /// Who it is.
    pub to: Recipient,
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
    /// The branch's name; empty for the unit itself.
    pub branch: String,
    /// 抄送 instead of 主送.
    pub copy: bool,
    /// Whether it was mailed; else it waits for the unit's site.
    pub sent: bool,
}

/// An attached file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentView {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub object: ObjectRef,
    /// Whether they are verified on this site's disk.
    pub present: bool,
}

/// What one unit or branch has done with a document.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiptView {
    /// Who it is.
    pub to: Recipient,
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
    /// The branch's name; empty for the unit itself.
    pub branch: String,
    /// 抄送 instead of 主送.
    pub copy: bool,
    /// The furthest stage.
    pub stage: Stage,
    /// Times, names, reason and reply; empty while there is none.
    pub receipt: Receipt,
    /// How they were reminded.
    pub reminder: Option<Reminder>,
}

/// A document as one site sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentView {
    /// The record.
    pub id: RecordId,
    /// The unit that issued it.
    pub unit: UnitId,
    /// What the record holds; in lists without its body.
    pub document: Document,
    /// The attachments.
    pub attachments: Vec<AttachmentView>,
    /// All recipients.
    pub recipients: Vec<RecipientView>,
    /// The receipt of the unit or branch here that it concerns.
    pub receipt: Option<ReceiptView>,
    /// How they were reminded of it.
    pub reminder: Option<Reminder>,
    /// The document that has taken its place.
    pub replaced_by: Option<Named>,
}

/// A document as others name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The record.
    pub id: RecordId,
    /// 发文字号; may be empty.
    pub number: String,
    /// 标题
    pub title: String,
}

/// Why a document is not issued, or a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A recipient that is not below the issuing unit.
    #[error(
        "unit {code} is not below {issuer}: documents go down to the units below the one that issues them"
    )]
    NotBelow {
        /// The recipient's code.
        code: String,
        /// The issuing unit's name.
        issuer: String,
    },
    /// An organisation that is no recipient.
    #[error("{0} is no Party branch that exists: choose one of the list")]
    NoBranch(String),
    /// The issuing unit itself.
    #[error("unit {0} issues the document and can't be a recipient of it")]
    ToItself(String),
    /// An attachment's bytes are not here.
    #[error("the bytes of attachment \"{0}\" are not on this site's disk: attach the file again")]
    ObjectMissing(String),
    /// The document does not concern a unit at home here.
    #[error("document {document} is not addressed to unit {unit}, or the unit is not at home at this site")]
    NotAddressed {
        /// The document.
        document: RecordId,
        /// The unit's code.
        unit: String,
    },
    /// Attachments have not arrived.
    #[error("{missing} of {all} attachments have not arrived yet: sign or reply once all are here")]
    NotDelivered {
        /// Attachments that are missing.
        missing: usize,
        /// Attachments in all.
        all: usize,
    },
    /// It was signed for or answered already.
    #[error("the document has been signed for and can't be returned any more: reply to it instead")]
    AlreadySigned {
        /// When it was signed for.
        at: Millis,
    },
    /// It was returned.
    #[error("the document has been returned: wait until it is issued anew")]
    AlreadyReturned {
        /// When.
        at: Millis,
    },
    /// It was answered, and the answer was not to be replaced.
    #[error("the document has been answered already: replace that answer if it is wrong")]
    AlreadyReplied {
        /// When.
        at: Millis,
    },
    /// The document was recalled.
    #[error("the document has been recalled: it is not to be acted on any more")]
    Recalled {
        /// When.
        at: Millis,
    },
    /// Only what the own unit issued is recalled or chased.
    #[error("the document was not issued by this site's unit: only its issuer recalls it or reminds of it")]
    NotIssued,
    /// The unit has no mark for its numbers.
    #[error("the unit has no mark (发文机关代字) for its numbers yet: set it first")]
    NoMark,
    /// Another number than the next.
    #[error("numbers are given without gaps: the next one is {next}")]
    NotNext {
        /// The number that is next.
        next: String,
    },
    /// There is no office above.
    #[error("no unit above has a site that this could go to")]
    NobodyAbove,
    /// What it passes on or answers is not here, or not for this unit.
    #[error(
        "the document that this one passes on, answers or replaces is not one that this unit may do that with"
    )]
    WrongSource,
    /// The draft can't take this step.
    #[error(transparent)]
    Draft(#[from] StepRefused),
}

/// A step of a draft that was refused, as one more reason why a document is not issued.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct StepRefused(pub DraftError);

impl PartialEq for StepRefused {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

impl Eq for StepRefused {}

impl From<DraftError> for DocumentError {
    fn from(error: DraftError) -> Self {
        DocumentError::Draft(StepRefused(error))
    }
}

/// The attachments of a message, as the store counts them.
pub(crate) fn objects(attachments: &[Attachment]) -> Vec<ObjectRef> {
    let objects = attachments.iter().filter_map(|attachment| attachment.object.clone());
    objects.filter_map(|object| ObjectRef::try_from(object).ok()).collect()
}

/// Attachments as messages hold them.
pub(crate) fn attached(attachments: &[(String, ObjectRef)]) -> Vec<Attachment> {
    let one = |(name, object): &(String, ObjectRef)| Attachment {
        name: name.clone(),
        object: Some((*object).into()),
    };
    attachments.iter().map(one).collect()
}
