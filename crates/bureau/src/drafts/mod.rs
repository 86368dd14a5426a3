//! Documents on their way to being issued: 拟稿, 核稿 by somebody else, 签发 by a leader, 下发.
//!
//! | | drafting | checking | signing | approved | who |
//! | --- | --- | --- | --- | --- | --- |
//! | edit, drop | goes | – | – | – | the author |
//! | submit | → checking | – | – | – | the author |
//! | take back | – | → drafting | → drafting | → drafting | the author |
//! | check | – | → signing | – | – | anybody else who drafts |
//! | sign | – | – | → approved | – | a leader other than the author |
//! | return | – | → drafting | → drafting | → drafting | a checker or a leader other than the author |
//! | issue | – | – | – | → issued | whoever issues, the author too |
//!
//! Check and signature name the hash of the content that they are for; another content needs both anew.

mod steps;
mod store;

use yanzhen_proto::v1::{Document, Draft, DraftState};
use yanzhen_sync::{Millis, RecordId};

use crate::kinds::reason::FieldError;

pub use steps::{Act, allowed, approval, begin, issued, step};
pub use store::{Drafts, Tray, TrayFile};

/// Who does something to a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account, 16 bytes.
    pub account: [u8; 16],
    /// Its owner's name.
    pub name: String,
    /// May write, check and issue documents.
    pub drafts: bool,
    /// May sign documents off.
    pub signs: bool,
}

/// A draft with what the list of drafts shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Becomes the id of the document.
    pub id: RecordId,
    /// Counts its changes, so that no one's change undoes another's.
    pub revision: i64,
    /// When it was changed last.
    pub changed: Millis,
    /// What it holds.
    pub draft: Draft,
}

impl Kept {
    /// The content.
    pub fn content(&self) -> Document {
        self.draft.content.clone().unwrap_or_default()
    }

    /// Whether it waits for this person: to be mended, checked, signed or issued.
    pub fn waits_for(&self, person: &Person) -> bool {
        let own = self.draft.author == person.account.as_slice();
        match self.draft.state() {
            DraftState::Drafting => own,
            DraftState::Checking => person.drafts && !own,
            DraftState::Signing => person.signs && !own,
            DraftState::Approved => person.drafts,
            _ => false,
        }
    }
}

/// Why a step is not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DraftError {
    /// The draft is not where this step goes from.
    #[error("the draft is not at this step any more: look at where it is now")]
    NotNow,
    /// The step belongs to somebody else.
    #[error("this step is not for who wrote the draft, or needs another right")]
    NotYou,
    /// Only its author changes a draft.
    #[error("only its author changes a draft: return it with a reason instead")]
    NotAuthor,
    /// What was checked or signed is not what is there.
    #[error("the content is not the one that was checked and signed: it needs both anew")]
    NotApproved,
    /// A return needs a reason.
    #[error("say why the draft is returned")]
    NoReason,
    /// Somebody else changed it in between.
    #[error("the draft was changed in the meantime: look at it again")]
    Overtaken,
    /// It is not there.
    #[error("there is no such draft")]
    NotFound,
    /// Its content breaks rules.
    #[error("the draft's content breaks rules")]
    Fields(Vec<FieldError>),
    /// The site has as many as it keeps.
    #[error("there are too many drafts: issue or drop some first")]
    TooMany,
    /// The file can't be read or written.
    #[error("the drafts can't be read or written: {0}")]
    Database(std::sync::Arc<sqlx::Error>),
    /// The file can't be opened.
    #[error(transparent)]
    Open(#[from] yanzhen_store::StoreError),
}

impl From<sqlx::Error> for DraftError {
    fn from(error: sqlx::Error) -> Self {
        DraftError::Database(std::sync::Arc::new(error))
    }
}
