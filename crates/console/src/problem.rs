//! What went wrong, as a page: what happened, why, what to do next, and a code to search for. What is the site's own
//! fault is logged in full and shown by its code alone.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use yanzhen_bureau::BureauError;
use yanzhen_proto::v1::Trouble;

use crate::accounts::AccountError;
use crate::audit::AuditError;
use crate::console::Console;
use crate::texts::{Language, Problems, Told};
use crate::visitor::Visitor;

/// A page can't be shown. The guard puts it into the frame of the page.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) next: String,
    /// Where the three stand in both languages.
    words: Option<Words>,
}

/// What happened, why, what to do next.
pub(crate) type Words = fn(&Problems) -> [&'static str; 3];

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, what: &str, why: &str, next: &str) -> Problem {
        Problem {
            status,
            code: code.into(),
            what: what.to_owned(),
            why: why.to_owned(),
            next: next.to_owned(),
            words: None,
        }
    }

    /// One whose words stand in both languages.
    pub(crate) fn told(status: StatusCode, code: &'static str, words: Words) -> Problem {
        let [what, why, next] = words(&Language::Chinese.texts().problems);
        Problem { words: Some(words), ..Problem::new(status, code, what, why, next) }
    }

    /// What happened, why and what to do, in a language.
    pub(crate) fn said(self, language: Language) -> Problem {
        let Some(words) = self.words else { return self };
        let [what, why, next] = words(&language.texts().problems);
        // A reason of its own has one language.
        let why = if why.is_empty() { self.why } else { why.to_owned() };
        Problem { what: what.to_owned(), why, next: next.to_owned(), ..self }
    }

    pub(crate) fn not_found() -> Problem {
        Problem::told(StatusCode::NOT_FOUND, "PERM-4040", |t| [t.lost, t.lost_why, t.lost_next])
    }

    pub(crate) fn forbidden() -> Problem {
        Problem::told(StatusCode::FORBIDDEN, "PERM-4030", |t| {
            [t.forbidden, t.forbidden_why, t.forbidden_next]
        })
    }

    pub(crate) fn signed_out() -> Problem {
        Problem::told(StatusCode::UNAUTHORIZED, "AUTH-4010", |t| {
            [t.signed_out, t.signed_out_why, t.signed_out_next]
        })
    }

    pub(crate) fn not_enrolled() -> Problem {
        Problem::told(StatusCode::FORBIDDEN, "AUTH-4034", |t| {
            [t.not_enrolled, t.not_enrolled_why, t.not_enrolled_next]
        })
    }

    pub(crate) fn forged() -> Problem {
        Problem::told(StatusCode::FORBIDDEN, "AUTH-4031", |t| [t.forged, t.forged_why, t.forged_next])
    }

    /// What was sent lacks something, or is nothing that could be sent.
    pub(crate) fn unreadable(status: StatusCode) -> Problem {
        Problem::told(status, "PERM-4000", |t| [t.unread, t.unread_why, t.unread_next])
    }

    pub(crate) fn too_large() -> Problem {
        Problem::told(StatusCode::PAYLOAD_TOO_LARGE, "PERM-4130", |t| {
            [t.too_large, t.too_large_why, t.too_large_next]
        })
    }

    /// The address is there, but not for what was done with it.
    pub(crate) fn not_this_way() -> Problem {
        Problem::told(StatusCode::METHOD_NOT_ALLOWED, "PERM-4050", |t| {
            [t.not_this_way, t.not_this_way_why, t.not_this_way_next]
        })
    }

    /// The browser or the site took too long.
    pub(crate) fn too_slow() -> Problem {
        Problem::told(StatusCode::REQUEST_TIMEOUT, "NET-4080", |t| [t.slow, t.slow_why, t.slow_next])
    }

    /// The browser asks under a name that is not this site's.
    pub(crate) fn not_ours() -> Problem {
        Problem::told(StatusCode::MISDIRECTED_REQUEST, "PERM-4210", |t| {
            [t.not_ours, t.not_ours_why, t.not_ours_next]
        })
    }

    /// What was sent can't be taken, for a reason of its own.
    pub(crate) fn bad_request(why: &str) -> Problem {
        let problem = Problem::told(StatusCode::BAD_REQUEST, "PERM-4000", |t| [t.unread, "", t.unread_next]);
        Problem { why: why.to_owned(), ..problem }
    }

    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a page could not be made");
        Problem::told(StatusCode::INTERNAL_SERVER_ERROR, "DB-5000", |t| {
            [t.broken, t.broken_why, t.broken_next]
        })
    }

    /// A step that the platform refused.
    pub(crate) fn of_trouble(trouble: &Trouble, visitor: &Visitor, console: &Console) -> Problem {
        let Told { what, why, next, code, detail } = Told::of(trouble, visitor.language, console.now());
        let code = if code.is_empty() { "SYNC-4090".to_owned() } else { code };
        let code = if detail.is_empty() { code } else { format!("{code} · {detail}") };
        Problem { status: StatusCode::CONFLICT, code: code.into(), what, why, next, words: None }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Problem {
        match error {
            AccountError::Database(_) | AccountError::Open(_) | AccountError::Damaged(_) => {
                Problem::internal(&error)
            }
            AccountError::NoAccount => Problem::not_found(),
            AccountError::Busy => Problem::told(StatusCode::SERVICE_UNAVAILABLE, "AUTH-5030", |t| {
                [t.busy, t.busy_why, t.busy_next]
            }),
            refused => Problem::bad_request(&refused.to_string()),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Problem {
        Problem::internal(&error)
    }
}

impl From<BureauError> for Problem {
    fn from(error: BureauError) -> Problem {
        match error {
            BureauError::NotFound { .. } | BureauError::UnknownUnit(_) => Problem::not_found(),
            refused if refused.is_refusal() => Problem::bad_request(&refused.to_string()),
            failed => Problem::internal(&failed),
        }
    }
}

impl IntoResponse for Problem {
    /// Only the status; the guard makes the page from the problem itself.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
