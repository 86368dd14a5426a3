//! What the guard writes down about a request, and what pages add to it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use yanzhen_sync::Millis;

use super::{Audit, AuditError, Event, Outcome};
use crate::problem::Problem;
use crate::routes::{Access, Line};
use crate::visitor::Visitor;

/// Entries in a minute about people who are not signed in. Nobody signs in that often, and who sends forms without
/// ever being let in fills no disk.
const STRANGERS_A_MINUTE: u32 = 120;

const MINUTE_MS: Millis = 60 * 1_000;

/// Parameters of a path that are secrets.
const SECRET: &str = "secret";

/// What only a page knows of what was done. It puts it into its answer by [`Noted::on`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// Who it was, where nobody is signed in.
    pub(crate) actor: Option<String>,
    /// To what, where the path does not say.
    pub(crate) object: Option<String>,
    /// The code that was shown.
    pub(crate) code: &'static str,
    /// The reason given, or how much; no content.
    pub(crate) note: String,
}

impl Noted {
    /// With the answer, to the guard.
    pub(crate) fn on(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// With the answer to one piece of something larger: the piece that ends it is written down, for all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnlyAPiece;

impl OnlyAPiece {
    /// With the answer, to the guard.
    pub(crate) fn on(self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What the parameters of a request's path name.
pub(crate) struct Names(Vec<(String, String)>);

impl Names {
    pub(crate) async fn of(parts: &mut Parts) -> Names {
        let params = RawPathParams::from_request_parts(parts, &()).await;
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Names(params.map_or(Vec::new(), |params| params.iter().map(pair).collect()))
    }

    /// The record.
    pub(crate) fn id(&self) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == "id").map(|(_, value)| value.as_str())
    }

    /// All but secrets.
    fn shown(&self) -> String {
        let shown = self.0.iter().filter(|(name, _)| name != SECRET).map(|(_, value)| value.as_str());
        shown.collect::<Vec<_>>().join("/")
    }
}

/// A request that will be written down: what is known before it is answered.
pub(crate) struct Deed {
    event: Event,
    /// Whether it goes to strangers' entries, of which there is a bound.
    is_strangers: bool,
    /// Whether a path says to what it is done.
    has_object: bool,
}

impl Deed {
    pub(crate) fn of(line: &Line, visitor: &Visitor, names: &Names) -> Deed {
        let object = names.shown();
        let session = visitor.session.as_ref();
        Deed {
            has_object: !object.is_empty() || line.access == Access::Public,
            is_strangers: session.is_none(),
            event: Event {
                actor: session.map(|session| session.account.login.clone()).unwrap_or_default(),
                address: visitor.address.clone(),
                action: format!("{} {}", line.method, line.path),
                object,
                outcome: Outcome::Done,
                code: String::new(),
                note: String::new(),
            },
        }
    }

    /// Whether an answer is to be written down that nobody asked to: somebody known tried what they may not.
    pub(crate) fn is_trespass(&self, problem: Option<&Problem>) -> bool {
        !self.is_strangers && problem.is_some_and(|problem| problem.status == StatusCode::FORBIDDEN)
    }

    /// With how it came out.
    pub(crate) fn answered(mut self, response: &mut Response, problem: Option<&Problem>) -> Deed {
        self.event.outcome = match response.status() {
            StatusCode::FORBIDDEN => Outcome::Forbidden,
            status if status.is_client_error() => Outcome::Refused,
            status if status.is_server_error() => Outcome::Failed,
            _ => Outcome::Done,
        };
        self.event.code = problem.map_or("", |problem| &*problem.code).to_owned();
        if !self.has_object && response.status() == StatusCode::SEE_OTHER {
            self.event.object = made(response);
        }
        let Some(noted) = response.extensions_mut().remove::<Noted>() else { return self };
        let event = &mut self.event;
        event.actor = noted.actor.unwrap_or(std::mem::take(&mut event.actor));
        event.object = noted.object.unwrap_or(std::mem::take(&mut event.object));
        if !noted.code.is_empty() {
            event.code = noted.code.to_owned();
        }
        event.note = noted.note;
        self
    }
}

/// The id of what a form made: the page that it leads to.
fn made(response: &Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = location.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Audit {
    /// Writes down what came of a request.
    pub(crate) async fn note(&self, deed: Deed) -> Result<(), AuditError> {
        // Who signed in or used a link is always written down, however many others only tried.
        let left_out = match deed.is_strangers && deed.event.outcome != Outcome::Done {
            true => self.strangers.admit(self.clock.now()),
            false => Some(0),
        };
        let Some(left_out) = left_out else { return Ok(()) };
        let mut event = deed.event;
        if left_out > 0 {
            event.note = format!("+{left_out}");
        }
        self.write(event).await.map(|_| ())
    }
}

/// How many entries about strangers there were in the last minute. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<Minute>>);

#[derive(Default)]
struct Minute {
    began: Millis,
    written: u32,
    left_out: u64,
}

impl Strangers {
    /// How many were left out before this one; none where it is left out itself.
    fn admit(&self, now: Millis) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(minute.began).unsigned_abs() >= MINUTE_MS.unsigned_abs() {
            *minute = Minute { began: now, written: 0, left_out: minute.left_out };
        }
        if minute.written >= STRANGERS_A_MINUTE {
            minute.left_out += 1;
            return None;
        }
        minute.written += 1;
        Some(std::mem::take(&mut minute.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_fill_no_disk_and_how_many_were_left_out_is_told() {
        let strangers = Strangers::default();
        for _ in 0..STRANGERS_A_MINUTE {
            assert_eq!(strangers.admit(1_000_000), Some(0));
        }
        assert_eq!(strangers.admit(1_000_000), None);
        assert_eq!(strangers.admit(1_000_000 + MINUTE_MS - 1), None);
        assert_eq!(strangers.admit(1_000_000 + MINUTE_MS), Some(2));
        assert_eq!(strangers.admit(1_000_000 + MINUTE_MS), Some(0));
    }
}
