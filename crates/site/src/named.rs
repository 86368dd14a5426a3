//! What people are told, for programs too: which trouble it is, and the names and figures in it. The console tells it
//! again in its own language.

use std::fmt::Display;

use yanzhen_proto::v1::{Trouble, TroubleKind};

use crate::failure::Failure;

/// Something that a person is told in words.
pub trait Named: Sized {
    /// Says which trouble it is.
    #[must_use]
    fn of(self, kind: TroubleKind) -> Self;

    /// Adds a name or figure of it: see `Trouble.values`. What is empty is left out.
    #[must_use]
    fn with(self, name: &str, value: impl Display) -> Self;

    /// Adds a name or figure if there is one.
    #[must_use]
    fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl Named for Trouble {
    fn of(mut self, kind: TroubleKind) -> Trouble {
        self.kind = kind.into();
        self
    }

    fn with(mut self, name: &str, value: impl Display) -> Trouble {
        let value = value.to_string();
        if !value.is_empty() {
            self.values.insert(name.to_owned(), value);
        }
        self
    }
}

impl Named for Failure {
    fn of(mut self, kind: TroubleKind) -> Failure {
        self.trouble = kind.into();
        self
    }

    fn with(mut self, name: &str, value: impl Display) -> Failure {
        let value = value.to_string();
        if !value.is_empty() {
            self.values.insert(name.to_owned(), value);
        }
        self
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        let Failure { what, why, next, trouble, values, .. } = failure;
        Trouble { what, why, next_action: next, kind: trouble, values }
    }
}
