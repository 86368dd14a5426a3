//! What every request passes before its page: the host's name, who asks, whether they may, whether a form is theirs;
//! and what every answer carries.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, LOCATION, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use crate::audit::{Deed, Names, OnlyAPiece};
use crate::console::Console;
use crate::own_branch;
use crate::pages;
use crate::problem::Problem;
use crate::record_form::see;
use crate::routes::{Access, Line, takes_files};
use crate::visitor::Visitor;

/// Bytes of a form, at most.
pub(crate) const FORM_LIMIT: usize = 1024 * 1024;

/// How long a page may take, and a browser to send its form.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Bytes of a form with files within which its first field must end: boundary, headers, proof.
const FIRST_FIELD_LIMIT: usize = 4 * 1024;

/// How long files may take to come: a gigabyte over an office's line.
const FILES_LIMIT: Duration = Duration::from_secs(60 * 60);

/// The header in which the script shows the proof with bytes that are no form.
pub(crate) const CSRF_HEADER: &str = "x-csrf";

/// The form's field that proves that this site gave the form to this browser.
const CSRF_FIELD: &str = "csrf";

/// What is everybody's own: it stays open to who has still to set up the second step, and so does the way out.
const OWN: &str = "/me";
const SIGN_OUT: &str = "/sign-out";

/// Where the second step is set up.
const ENROL: &str = "/me/second-step";

/// No other origin, no inline script or style, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Passes a request on to its page if it may, and writes into the audit log what came of it.
pub(crate) async fn guard(
    State((console, line)): State<(Console, Line)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let visitor = match Visitor::of(&console, &parts).await {
        Ok(visitor) => visitor,
        Err(problem) => return problem.into_response(),
    };
    parts.extensions.insert(visitor.clone());
    let names = Names::of(&mut parts).await;
    let deed = Deed::of(&line, &visitor, &names);
    let (is_audited, language) = (line.is_audited, visitor.language);
    let answering = language.speak(async move {
        let (mut response, problem) = answer(&console, &line, &visitor, &names, (parts, body), next).await;
        let is_trespass = deed.is_trespass(problem.as_ref());
        let is_piece = problem.is_none() && response.extensions_mut().remove::<OnlyAPiece>().is_some();
        let noted = match (is_audited && !is_piece) || is_trespass {
            true => console.audit().note(deed.answered(&mut response, problem.as_ref())).await,
            false => Ok(()),
        };
        // What is not in the log is not told as done.
        let problem = noted.err().map(Problem::from).or(problem);
        match problem {
            Some(problem) => pages::problem(&console, &visitor, problem).await,
            None => response,
        }
    });
    if !is_audited {
        return answering.await;
    }
    // Who hangs up while something is done takes back neither the act nor its entry.
    let answered = tokio::spawn(answering).await;
    answered.unwrap_or_else(|error| Problem::internal(&error).into_response())
}

/// The page's answer, or what is wrong.
async fn answer(
    console: &Console,
    line: &Line,
    visitor: &Visitor,
    names: &Names,
    (parts, body): (Parts, Body),
    next: Next,
) -> (Response, Option<Problem>) {
    let mut response = match admit(console, visitor, line, names, &parts, body).await {
        Ok(body) => next.run(Request::from_parts(parts, body)).await,
        Err(Refused::SignIn) => sign_in_first(visitor),
        Err(Refused::Enrol) => see(ENROL),
        Err(Refused::Problem(problem)) => problem.into_response(),
    };
    let problem = response.extensions_mut().remove::<Problem>();
    let problem = problem.or_else(|| bare(&response));
    (response, problem)
}

/// What is wrong where a request did not get as far as its page: the framework says so by one of these, without a page.
fn bare(response: &Response) -> Option<Problem> {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return None;
    }
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY => {
            Some(Problem::unreadable(status))
        }
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::not_this_way()),
        StatusCode::REQUEST_TIMEOUT => Some(Problem::too_slow()),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Problem::too_large()),
        StatusCode::MISDIRECTED_REQUEST => Some(Problem::not_ours()),
        _ => None,
    }
}

/// What goes around all pages, also around those that are not there.
pub(crate) async fn harden(State(console): State<Console>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let mut response = if host_is_ours(&console, &request) {
        let limit = if takes_files(request.uri().path()) { FILES_LIMIT } else { ANSWER_LIMIT };
        match timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => pages::problem_alone(&console, &headers, Problem::too_slow()),
        }
    } else {
        pages::problem_alone(&console, &headers, Problem::not_ours())
    };
    hardened(&mut response, console.is_secure());
    response
}

/// The answer to a request without a session that may not go on to its page: it may when it asks under a known name,
/// and a change only from a page of this very site.
pub(crate) fn turned_away(names: &[String], request: &Request) -> Option<Response> {
    if !name_is_ours(names, request) {
        return Some(not_ours());
    }
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let is_forged = changes && !origin_is_own(request.headers(), request.uri());
    is_forged.then(|| StatusCode::FORBIDDEN.into_response())
}

fn not_ours() -> Response {
    (
        StatusCode::MISDIRECTED_REQUEST,
        "PERM-4210: 这个名称不是本站点的，请用本站点的地址打开（console_names）/ \
         this name is not one of this site's; see console_names",
    )
        .into_response()
}

/// Adds what every answer carries.
pub(crate) fn hardened(response: &mut Response, is_secure: bool) {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let mut set =
        |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if is_secure {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

enum Refused {
    SignIn,
    Enrol,
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused::Problem(problem)
    }
}

async fn admit(
    console: &Console,
    visitor: &Visitor,
    line: &Line,
    names: &Names,
    parts: &Parts,
    body: Body,
) -> Result<Body, Refused> {
    let changes = parts.method != Method::GET && parts.method != Method::HEAD;
    if changes && !origin_is_own(&parts.headers, &parts.uri) {
        return Err(Problem::forged().into());
    }
    let Access::Public = line.access else {
        let Some(session) = &visitor.session else {
            return Err(if changes { Problem::signed_out().into() } else { Refused::SignIn });
        };
        if session.must_enrol && !line.path.starts_with(OWN) && line.path != SIGN_OUT {
            return Err(if changes { Problem::not_enrolled().into() } else { Refused::Enrol });
        }
        if let Access::Needs(right) = line.access
            && !session.account.may(right)
        {
            own_branch::admit(console, visitor, line, names.id()).await?;
        }
        return if changes { Ok(own_form(&session.csrf, &parts.headers, body).await?) } else { Ok(body) };
    };
    Ok(body)
}

/// Browsers say with every change from which page it comes.
fn origin_is_own(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = headers.get(ORIGIN).and_then(|value| value.to_str().ok()) else { return true };
    let host = host(headers.get(HOST), uri);
    let of = origin.parse::<Uri>().ok().and_then(|origin| origin.authority().cloned());
    of.is_some_and(|authority| Some(authority.as_str()) == host.as_deref())
}

/// Looks for the proof that the form is this session's: in the header that the script sets, which no other origin can;
/// in the first field of a form with files, whose files are left unread; or in an ordinary form, which is read.
async fn own_form(csrf: &str, headers: &HeaderMap, body: Body) -> Result<Body, Problem> {
    if let Some(shown) = headers.get(CSRF_HEADER) {
        return if shown.as_bytes() == csrf.as_bytes() { Ok(body) } else { Err(Problem::forged()) };
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return own_files(csrf, body).await;
    }
    let bytes = to_bytes(body, FORM_LIMIT).await;
    let bytes = bytes.map_err(|_| Problem::too_large())?;
    if field(&bytes).as_deref() == Some(csrf) { Ok(Body::from(bytes)) } else { Err(Problem::forged()) }
}

/// Reads a form with files as far as its first field.
async fn own_files(csrf: &str, body: Body) -> Result<Body, Problem> {
    let proof = format!("name=\"{CSRF_FIELD}\"\r\n\r\n{csrf}\r\n");
    let mut rest = body.into_data_stream();
    let mut head = Vec::new();
    while head.len() < FIRST_FIELD_LIMIT {
        match rest.next().await {
            Some(Ok(bytes)) => head.extend_from_slice(&bytes),
            Some(Err(_)) | None => break,
        }
        let shown = &head[..head.len().min(FIRST_FIELD_LIMIT)];
        if shown.windows(proof.len()).any(|bytes| bytes == proof.as_bytes()) {
            let head = stream::iter([Ok(Bytes::from(head))]);
            return Ok(Body::from_stream(head.chain(rest)));
        }
    }
    Err(Problem::forged())
}

fn field(encoded: &[u8]) -> Option<String> {
    let mut fields = form_urlencoded::parse(encoded);
    fields.find(|(name, _)| name == CSRF_FIELD).map(|(_, value)| value.into_owned())
}

fn sign_in_first(visitor: &Visitor) -> Response {
    let to: String = form_urlencoded::byte_serialize(visitor.path.as_bytes()).collect();
    (StatusCode::SEE_OTHER, [(LOCATION, format!("/sign-in?to={to}"))]).into_response()
}

/// A page of another name could point at this address and read what it gets: only known names are answered.
fn host_is_ours(console: &Console, request: &Request) -> bool {
    name_is_ours(console.names(), request)
}

fn name_is_ours(names: &[String], request: &Request) -> bool {
    let Some(host) = host(request.headers().get(HOST), request.uri()) else { return false };
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host.as_str(), |(name, _)| name).trim_matches(['[', ']']);
    let is_loopback =
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_loopback || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The name and port by which a browser asks.
pub(crate) fn host(header: Option<&HeaderValue>, uri: &Uri) -> Option<String> {
    let named = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
    named.or_else(|| uri.authority().map(|authority| authority.as_str().to_owned()))
}
