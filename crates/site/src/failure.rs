//! What a person is told when something did not work: what happened, why, and what to do next.

use std::collections::BTreeMap;
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

/// What the system says, in words that need no list of error numbers.
pub fn system_says(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is nothing of that name".to_owned(),
        ErrorKind::PermissionDenied => "this account may not do that".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is a file and not a folder".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read".to_owned(),
        ErrorKind::AddrInUse => "another program uses that port".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    }
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
    /// The number of its `TroubleKind`; 0 for none in particular.
    #[serde(default)]
    pub trouble: i32,
    /// The names and figures of that trouble.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Failure {
    /// Something of this kind happened.
    pub fn new(kind: FailureKind, what: impl Display) -> Failure {
        Failure {
            kind,
            what: what.to_string(),
            why: String::new(),
            next: String::new(),
            trouble: 0,
            values: BTreeMap::new(),
        }
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
        Code::Unavailable | Code::Unknown | Code::Cancelled => Failure::failed("the site stopped answering")
            .why("the connection to it broke off: it was stopped, or it ended by itself")
            .next("see whether it runs, with `status`; its log says why it ended. What was acknowledged is kept"),
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
            Failure::refused("9902 is not a unit of this site").why("它属于云川").next("see `people list`");
        assert_eq!(Failure::from(failure.clone().into_status()), failure);
    }

    #[test]
    fn the_systems_errors_are_told_without_their_numbers() {
        let missing = std::fs::read("no/such/file").unwrap_err();
        assert_eq!(system_says(&missing), "there is nothing of that name");
        let other = std::io::Error::from_raw_os_error(7);
        assert!(!system_says(&other).contains("os error"), "{}", system_says(&other));
    }

    #[test]
    fn a_connection_that_broke_is_not_told_in_the_words_of_its_protocol() {
        let broke = Failure::from(Status::unknown("h2 protocol error: error reading a body from connection"));
        assert!(!broke.to_string().contains("h2") && !broke.next.is_empty(), "{broke}");
    }

    #[test]
    fn a_bare_status_keeps_its_message_and_becomes_the_right_kind() {
        let refused = Failure::from(Status::not_found("no such document"));
        assert_eq!((refused.kind, refused.what.as_str()), (FailureKind::Refused, "no such document"));
        assert_eq!(Failure::from(Status::internal("disk")).kind, FailureKind::Failed);
        assert_eq!(Failure::from(Status::unauthenticated("")).kind, FailureKind::NotRunning);
    }
}
