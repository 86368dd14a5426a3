//! Why a site did not do what it was asked.

use yanzhen_store::{StoreError, WriteError};
use yanzhen_sync::envelope::EnvelopeError;

use crate::documents::DocumentError;
use crate::import::{FileError, RowError};
use crate::kinds::reason::FieldError;
use crate::transfers::TransferError;

/// What a person is told: what happened, why, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum BureauError {
    /// The site does not know its own place yet.
    #[error("this site's registration has not arrived yet: connect it to the site above and try again")]
    NotJoined,
    /// No unit has this code.
    #[error("{0} is not the code of a unit known here: check it, or wait until the site has synchronised")]
    UnknownUnit(String),
    /// The unit is at home at another site.
    #[error(
        "unit {code} is not at home at this site, which keeps the records of {here}: change it at its own site"
    )]
    NotHome {
        /// The unit's code.
        code: String,
        /// The units that are at home here.
        here: String,
    },
    /// Nothing is known by this name.
    #[error("there is no {what} {key} here")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which number or id.
        key: String,
    },
    /// Fewer digits than tell anything.
    #[error("\"{key}\" is not a {what}'s id: give the whole id or at least its last 4 digits")]
    NotAnId {
        /// What was looked for.
        what: &'static str,
        /// What was given.
        key: String,
    },
    /// Several have this name.
    #[error("{found} have {key}: name the unit or the whole id of the {what}")]
    Ambiguous {
        /// What was looked for.
        what: &'static str,
        /// By which number or part of an id.
        key: String,
        /// How many fit.
        found: usize,
    },
    /// The number belongs to another record of the unit.
    #[error("number {number} is taken in unit {unit}: choose another, or edit the record that has it")]
    Exists {
        /// 编号.
        number: String,
        /// The unit's code.
        unit: String,
    },
    /// A field of an edit has a name that is not a column's.
    #[error("{} is not a field: fields are named as the columns of an import", .0.join(", "))]
    UnknownFields(Vec<String>),
    /// A new record lacks fields that every one has.
    #[error("the fields {} are missing: every record has them", .0.join(", "))]
    MissingFields(Vec<&'static str>),
    /// Values of an edit break rules.
    #[error("{}", values(.0))]
    Values(Vec<RowError>),
    /// Values of a document or receipt break rules.
    #[error("{}", fields(.0))]
    Fields(Vec<FieldError>),
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file of refused rows can't be made.
    #[error("the file of refused rows can't be made: {0}")]
    RefusedFile(#[from] csv::Error),
    /// What is asked for is against a rule.
    #[error("{0}")]
    Refused(String),
    /// A rule of documents.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A rule of transfers.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The same records were changed again and again in the meantime.
    #[error(
        "the record is being changed by others at the same time: look at its present state and try again"
    )]
    Busy,
    /// What stays at home can't be closed or opened.
    #[error("what stays at home can't be read or kept: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The store did not take it.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BureauError {
    /// Whether the answer lies with who asked; else something failed that is to be logged.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            BureauError::Store(_) | BureauError::Write(WriteError::Store(_)) | BureauError::RefusedFile(_)
        )
    }
}

impl From<sqlx::Error> for BureauError {
    fn from(error: sqlx::Error) -> Self {
        BureauError::Store(error.into())
    }
}

/// Refused values, without the line that only a file has.
fn values(errors: &[RowError]) -> String {
    let words = errors.iter().map(|error| {
        let column = error.column.as_deref().unwrap_or_default();
        let value = error.value.as_ref().map_or(String::new(), |value| format!(" \"{value}\""));
        format!("{column}{value} {}", error.reason).trim_start().to_owned()
    });
    words.collect::<Vec<_>>().join("; ")
}

fn fields(errors: &[FieldError]) -> String {
    errors.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; ")
}
