//! Who asks for a page: the session of the browser, the language, the address.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::accounts::{Account, Origin, Right, Secret, Session};
use crate::console::Console;
use crate::guard;
use crate::problem::Problem;
use crate::server::Peer;
use crate::texts::Language;

/// The cookie of a session over TLS: the prefix binds it to this host alone. The port is added: cookies go to all ports
/// of a host, and another site on the same machine shall neither see nor replace it.
const SECURE_COOKIE: &str = "__Host-yanzhen";

/// The cookie of a session on loopback, where the port is added as well.
const PLAIN_COOKIE: &str = "yanzhen";

/// The cookie that keeps the language.
pub(crate) const LANGUAGE_COOKIE: &str = "language";

/// Who asks. The guard makes one for every request.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// None for who is not signed in.
    pub(crate) session: Option<Session>,
    /// The name of the cookie that holds the secret.
    cookie: String,
    pub(crate) secret: Option<Secret>,
    pub(crate) language: Language,
    pub(crate) address: String,
    pub(crate) browser: String,
    /// The page asked for, with its query.
    pub(crate) path: String,
}

impl Visitor {
    pub(crate) async fn of(console: &Console, parts: &Parts) -> Result<Visitor, Problem> {
        let name = session_cookie(console, parts);
        let secret = cookie(&parts.headers, &name).and_then(Secret::parse);
        let session = match &secret {
            Some(secret) => console.accounts().session(secret).await?,
            None => None,
        };
        let browser = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Visitor {
            session,
            cookie: name,
            secret,
            language: language_of(&parts.headers),
            address: address(&parts.extensions),
            browser: browser.unwrap_or_default().to_owned(),
            path: path.to_owned(),
        })
    }

    /// Whether the record that is shown may be amended: who sees it as a branch secretary's own may.
    pub(crate) fn may_amend(&self) -> bool {
        self.may(Right::WriteRecords) || self.may(Right::OwnBranches)
    }

    /// The list that a record's page leads back to: path and name. A branch secretary has another one.
    pub(crate) fn list(&self, all: (&'static str, &'static str)) -> (&'static str, &'static str) {
        match self.may(Right::ReadRecords) {
            true => all,
            false => ("/my-branches", self.language.texts().accounts.my_branches),
        }
    }

    /// Whose account it is. A page that only those who are signed in may ask for has one.
    pub(crate) fn account(&self) -> Result<&Account, Problem> {
        self.session.as_ref().map(|session| &session.account).ok_or_else(Problem::signed_out)
    }

    /// From where it asks.
    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin { address: &self.address, browser: &self.browser }
    }

    /// Whether the one who asks has this right.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.session.as_ref().is_some_and(|session| session.account.may(right))
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visitor, Problem> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        Ok(visitor.expect("the guard goes before every page"))
    }
}

/// The language that a browser has chosen.
pub(crate) fn language_of(headers: &HeaderMap) -> Language {
    cookie(headers, LANGUAGE_COOKIE).and_then(Language::of_code).unwrap_or_default()
}

/// The header value that gives a browser its session.
pub(crate) fn set_session(console: &Console, visitor: &Visitor, secret: &Secret) -> String {
    let (name, value) = (&visitor.cookie, secret.reveal());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{}", secure(console))
}

/// The header value that takes it away.
pub(crate) fn clear_session(console: &Console, visitor: &Visitor) -> String {
    let name = &visitor.cookie;
    format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", secure(console))
}

fn session_cookie(console: &Console, parts: &Parts) -> String {
    let name = if console.is_secure() { SECURE_COOKIE } else { PLAIN_COOKIE };
    let host = guard::host(parts.headers.get(HOST), &parts.uri).unwrap_or_default();
    match host.rsplit_once(':') {
        Some((_, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{name}-{port}")
        }
        _ => name.to_owned(),
    }
}

fn secure(console: &Console) -> &'static str {
    if console.is_secure() { "; Secure" } else { "" }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

fn address(extensions: &Extensions) -> String {
    extensions.get::<Peer>().map(|Peer(address)| address.ip().to_string()).unwrap_or_default()
}
