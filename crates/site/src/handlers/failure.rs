//! The one place that turns what went wrong into an answer: a person's mistakes are told with words, what
//! failed inside is logged and told opaquely.

use std::fmt::Display;

use jiff::tz::TimeZone;
use tonic::Status;
use yanzhen_bureau::BureauError;
use yanzhen_bureau::documents::DocumentError;
use yanzhen_store::objects::ObjectError;
use yanzhen_store::{StoreError, WriteError};

use crate::failure::Failure;

/// Answers a failure of the bureau's work.
pub fn failure(error: BureauError) -> Status {
    of_bureau(error).into_status()
}

/// Tells a person why the bureau's work was not done.
pub(super) fn of_bureau(error: BureauError) -> Failure {
    match error {
        BureauError::Store(error) | BureauError::Write(WriteError::Store(error)) => of_store(error),
        error @ (BureauError::Fields(_) | BureauError::Values(_)) => {
            Failure::refused("nothing was saved").why(error).next("correct this and try again")
        }
        BureauError::MissingFields(labels) => {
            let set = labels.iter().map(|label| format!("--set {label}=…")).collect::<Vec<_>>().join(" ");
            Failure::refused("nothing was saved")
                .why(format!("a new record also needs {}", labels.join(", ")))
                .next(format!("add {set}"))
        }
        BureauError::Document(error) => of_document(error),
        error if error.is_refusal() => Failure::refused(error),
        error => internal(error),
    }
}

/// Tells a clerk why a step with a document was not taken.
fn of_document(error: DocumentError) -> Failure {
    let when = |at| crate::out::Words::new(TimeZone::system()).when(at);
    match error {
        DocumentError::AlreadySigned { at } => Failure::refused("the document was not returned")
            .why(format!("it was signed for on {}, and what was signed for can't be returned", when(at)))
            .next("say what is wrong in an answer: `reply`, or `reply --replace` where there is one"),
        DocumentError::AlreadyReturned { at } => Failure::refused("nothing was done")
            .why(format!("the document was returned on {}", when(at)))
            .next("wait until it is issued anew"),
        DocumentError::AlreadyReplied { at } => Failure::refused("the answer was not sent")
            .why(format!("the document was answered on {}, and that answer stands", when(at)))
            .next(
                "see it with `receipts`; `reply --replace` puts this one in its place, attachments and all",
            ),
        DocumentError::NotDelivered { missing, all } => {
            Failure::refused("the document can't be signed for or answered yet")
                .why(format!("{missing} of {all} attachments have not arrived"))
                .next("try again once all are here; `status` shows how they come")
        }
        error => Failure::refused(error),
    }
}

/// Tells a person why the store did not do its part.
pub(super) fn of_store(error: StoreError) -> Failure {
    match error {
        StoreError::DiskFull => disk_full(),
        StoreError::Closed => {
            Failure::failed("the site is stopping").next("try again when it is up").why("nothing was changed")
        }
        error => internal(error),
    }
}

/// Tells a person why a file's bytes could not be kept or read.
pub(super) fn of_object(error: ObjectError) -> Failure {
    match error {
        ObjectError::DiskFull { .. } => disk_full(),
        ObjectError::TooLarge { limit, .. } => Failure::refused("the file is too large")
            .why(format!("an attachment has at most {}", crate::out::size(limit)))
            .next("divide or compress it"),
        ObjectError::Missing { .. } => Failure::refused("the attachment is not here")
            .why("it is still on its way, or nothing refers to it any more")
            .next("see `status`, and try again once it has arrived"),
        ObjectError::Damaged { .. } => Failure::failed("the attachment is damaged on this disk")
            .why("its bytes are not what they were; they are fetched again")
            .next("try again when `status` shows nothing under way"),
        error => internal(error),
    }
}

/// Answers what nobody at the keyboard can help with; the log has the cause.
pub(super) fn internal(error: impl Display) -> Failure {
    tracing::error!(%error, "a command failed");
    Failure::failed("the site could not do this")
        .why("something failed inside")
        .next("see the site's log for the cause")
}

fn disk_full() -> Failure {
    Failure::failed("nothing was saved").why("the disk is full").next("free some space on it, then try again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    #[test]
    fn a_persons_mistake_is_told_and_an_internal_failure_is_not() {
        let mistake = of_bureau(BureauError::UnknownUnit("9977".to_owned()));
        assert_eq!(mistake.kind, FailureKind::Refused);
        assert!(mistake.to_string().contains("9977"), "{mistake}");
        let inner = StoreError::Projection("table people has no column x".to_owned());
        let inner = of_bureau(BureauError::Store(inner));
        assert_eq!(inner.kind, FailureKind::Failed);
        assert!(!inner.to_string().contains("column"), "{inner}");
    }

    #[test]
    fn missing_fields_are_told_as_the_flags_to_add() {
        let told = of_bureau(BureauError::MissingFields(vec!["编号", "姓名"]));
        assert_eq!((told.kind, told.next.as_str()), (FailureKind::Refused, "add --set 编号=… --set 姓名=…"));
    }

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let told = of_store(StoreError::DiskFull);
        assert!(told.why.contains("full") && told.next.contains("space"), "{told}");
    }
}
