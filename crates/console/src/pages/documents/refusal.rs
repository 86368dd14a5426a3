//! What a person is told of a step or a document that is refused.

use yanzhen_bureau::BureauError;
use yanzhen_bureau::documents::DocumentError;
use yanzhen_bureau::drafts::DraftError;

use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::texts::{Language, field_error, said};

/// What a person is told of a step of a draft that is refused; anything else is a page of its own.
pub(super) fn draft_refusal(error: DraftError) -> Result<String, Problem> {
    let d = &Language::spoken().texts().refusals;
    let told = match error {
        DraftError::NotNow => d.not_now,
        DraftError::NotYou => d.not_you,
        DraftError::NotAuthor => d.not_author,
        DraftError::NotApproved => d.not_approved,
        DraftError::NoReason => d.no_reason,
        DraftError::Overtaken => d.overtaken,
        DraftError::TooMany => d.too_many,
        DraftError::Fields(errors) => {
            return Ok(errors.iter().map(field_error).collect::<Vec<_>>().join(said("；", "; ")));
        }
        DraftError::NotFound => return Err(Problem::not_found()),
        error @ (DraftError::Database(_) | DraftError::Open(_)) => return Err(Problem::internal(&error)),
    };
    Ok(told.to_owned())
}

/// What a person is told of a step or a document that is refused; anything else is a page of its own.
pub(super) fn refusal(console: &Console, error: BureauError) -> Result<Vec<String>, Problem> {
    let d = &Language::spoken().texts().refusals;
    let at = |words: &str, at: i64| words.replace("{0}", &format::time(at, console.now()));
    match error {
        BureauError::Fields(errors) => Ok(errors.iter().map(field_error).collect()),
        BureauError::Document(error) => Ok(vec![match error {
            DocumentError::NotBelow { code, .. } => d.not_below.replace("{0}", &code),
            DocumentError::NoBranch(name) => d.no_branch.replace("{0}", &name),
            DocumentError::ToItself(code) => d.to_itself.replace("{0}", &code),
            DocumentError::ObjectMissing(name) => d.object_missing.replace("{0}", &name),
            DocumentError::NotDelivered { missing, all } => {
                d.not_delivered.replace("{0}", &missing.to_string()).replace("{1}", &all.to_string())
            }
            DocumentError::AlreadySigned { at: signed } => at(d.already_signed, signed),
            DocumentError::AlreadyReturned { at: returned } => at(d.already_returned, returned),
            DocumentError::AlreadyReplied { at: replied } => at(d.already_replied, replied),
            DocumentError::NotAddressed { .. } => d.not_addressed.to_owned(),
            DocumentError::Recalled { at: recalled } => at(d.recalled, recalled),
            DocumentError::NotIssued => d.not_issued.to_owned(),
            DocumentError::NoMark => d.no_mark.to_owned(),
            DocumentError::NotNext { next } => d.not_next.replace("{0}", &next),
            DocumentError::NobodyAbove => d.nobody_above.to_owned(),
            DocumentError::WrongSource => d.wrong_source.to_owned(),
            DocumentError::Draft(refused) => draft_refusal(refused.0)?,
        }]),
        BureauError::UnknownUnit(code) => Ok(vec![d.unknown_unit.replace("{0}", &code)]),
        BureauError::Refused(why) => Ok(vec![why]),
        other => Err(other.into()),
    }
}
