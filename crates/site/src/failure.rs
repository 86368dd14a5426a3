//! What a person is told when something did not work: what happened, why, and what to do next.

use std::fmt::{self, Display};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};

/// What sort of failure it is; each has an exit code of its own, see [`crate::exit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Something broke.
    Failed,
    /// No site runs in the data folder.
    NotRunning,
    /// The data folder holds no site of this program.
    NotSetUp,
    /// The request breaks a rule, or names what is not there.
    Refused,
}

/// Something did not work, told to a person. Holds no personal data beyond what the person typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of failure it is.
    pub kind: FailureKind,
    /// What happened.
    pub what: String,
    /// Why; empty where `what` says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What to do; empty where nobody can say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub next: String,
}

impl Failure {
    /// Something of this kind happened.
    pub fn new(kind: FailureKind, what: impl Display) -> Failure {
        Failure { kind, what: what.to_string(), why: String::new(), next: String::new() }
    }

    /// Something broke.
    pub fn failed(what: impl Display) -> Failure {
        Failure::new(FailureKind::Failed, what)
    }

    /// The request breaks a rule, or names what is not there.
    pub fn refused(what: impl Display) -> Failure {
        Failure::new(FailureKind::Refused, what)
    }

    /// Adds why.
    #[must_use]
    pub fn why(mut self, why: impl Display) -> Failure {
        self.why = why.to_string();
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn next(mut self, next: impl Display) -> Failure {
        self.next = next.to_string();
        self
    }

    /// The answer over the control channel; [`Failure::from`] brings it back whole.
    pub fn into_status(self) -> Status {
        let code = match self.kind {
            FailureKind::Failed => Code::Internal,
            FailureKind::Refused | FailureKind::NotSetUp => Code::FailedPrecondition,
            FailureKind::NotRunning => Code::Unavailable,
        };
        let details = serde_json::to_vec(&self).unwrap_or_default();
        Status::with_details(code, self.to_string(), Bytes::from(details))
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Failure {
        serde_json::from_slice(status.details()).unwrap_or_else(|_| from_code(&status))
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Status {
        failure.into_status()
    }
}

fn from_code(status: &Status) -> Failure {
    match status.code() {
        Code::Unauthenticated => {
            Failure::new(FailureKind::NotRunning, "another program answers at the site's control port")
        }
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange => Failure::refused(status.message()),
        Code::Unimplemented => Failure::refused("the running site does not know this command")
            .why("it runs another version of the program")
            .next("stop the site and start it again with the program that is installed now"),
        Code::Unavailable | Code::Unknown | Code::Cancelled => {
            Failure::failed("the site stopped answering").why(status.message()).next("look at the site's log")
        }
        _ => Failure::failed(status.message()),
    }
}

impl Display for Failure {
    /// In one line, for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.why.is_empty() {
            write!(f, ": {}", self.why)?;
        }
        if !self.next.is_empty() {
            write!(f, "; {}", self.next)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_crosses_the_control_channel_whole() {
        let failure =
            Failure::refused("9902 is not a unit of this site").why("它属于云川").next("see `units show`");
        assert_eq!(Failure::from(failure.clone().into_status()), failure);
    }

    #[test]
    fn a_bare_status_keeps_its_message_and_becomes_the_right_kind() {
        let refused = Failure::from(Status::not_found("no such document"));
        assert_eq!((refused.kind, refused.what.as_str()), (FailureKind::Refused, "no such document"));
        assert_eq!(Failure::from(Status::internal("disk")).kind, FailureKind::Failed);
        assert_eq!(Failure::from(Status::unauthenticated("")).kind, FailureKind::NotRunning);
    }
}
