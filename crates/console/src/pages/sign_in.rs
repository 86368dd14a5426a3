//! Signing in and out.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::accounts::{AccountId, Policy, Right, SignedIn};
use crate::audit::Noted;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::see;
use crate::routes::{Access, Route};
use crate::texts::Texts;
use crate::visitor::{Visitor, clear_session, set_session};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Access::Public, show),
        Route::post("/sign-in", Access::Public, sign_in),
        Route::get("/sign-in/code", Access::Public, show_code),
        Route::post("/sign-in/code", Access::Public, sign_in_code),
        Route::post("/sign-out", Access::SignedIn, sign_out),
    ]
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    login: String,
    to: String,
    rule: String,
    /// Why the last attempt failed, and the code.
    failed: Option<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    shell: Shell,
    to: String,
    failed: Option<(String, &'static str)>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct TypedCode {
    #[serde(default)]
    code: String,
    #[serde(default)]
    to: String,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if visitor.session.is_some() {
        return Ok((StatusCode::SEE_OTHER, [(LOCATION, own_path(&asked.to))]).into_response());
    }
    let shell = Shell::of(&console, &visitor).await?;
    let rule = rule(shell.t, &console.accounts().policy());
    Ok(render(&SignInPage { shell, login: String::new(), to: asked.to, rule, failed: None }))
}

async fn sign_in(
    State(console): State<Console>,
    visitor: Visitor,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Problem> {
    let Credentials { login, password, to } = credentials;
    let accounts = console.accounts();
    // Of names that nobody has nothing is written down: some type their password there.
    let mut noted = Noted { actor: accounts.known_login(&login).await?, ..Noted::default() };
    let outcome = accounts.sign_in(&login, password, visitor.origin()).await?;
    if let SignedIn::Yes(id, secret) | SignedIn::Half(id, secret) = &outcome {
        let next = match outcome {
            SignedIn::Half(..) => format::link("/sign-in/code", &[("to", &to)]),
            _ => landing(&console, *id, &to).await?,
        };
        let headers = [(LOCATION, next), (SET_COOKIE, set_session(&console, &visitor, secret))];
        return Ok(noted.on((StatusCode::SEE_OTHER, headers)));
    }
    let shell = Shell::of(&console, &visitor).await?;
    let failed = failure(shell.t, &console, &outcome);
    noted.code = failed.1;
    let rule = rule(shell.t, &accounts.policy());
    Ok(noted.on(unauthorized(&SignInPage { shell, login, to, rule, failed: Some(failed) })))
}

async fn show_code(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let half = match &visitor.secret {
        Some(secret) => console.accounts().half_login(secret).await?,
        None => None,
    };
    if half.is_none() {
        return Ok(see(format::link("/sign-in", &[("to", &asked.to)])));
    }
    let shell = Shell::of(&console, &visitor).await?;
    Ok(render(&CodePage { shell, to: asked.to, failed: None }))
}

async fn sign_in_code(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<TypedCode>,
) -> Result<Response, Problem> {
    let TypedCode { code, to } = typed;
    let accounts = console.accounts();
    let Some(half) = &visitor.secret else { return Ok(see("/sign-in")) };
    let mut noted = Noted { actor: accounts.half_login(half).await?, ..Noted::default() };
    let outcome = accounts.sign_in_code(half, &code, visitor.origin()).await?;
    if let SignedIn::Yes(id, secret) = &outcome {
        let next = landing(&console, *id, &to).await?;
        let headers = [(LOCATION, next), (SET_COOKIE, set_session(&console, &visitor, secret))];
        return Ok(noted.on((StatusCode::SEE_OTHER, headers)));
    }
    let shell = Shell::of(&console, &visitor).await?;
    let failed = match outcome {
        SignedIn::No => (shell.t.sign_in.wrong_code.to_owned(), "AUTH-1004"),
        other => failure(shell.t, &console, &other),
    };
    noted.code = failed.1;
    Ok(noted.on(unauthorized(&CodePage { shell, to, failed: Some(failed) })))
}

/// What a person is told, and the code.
fn failure(t: &Texts, console: &Console, outcome: &SignedIn) -> (String, &'static str) {
    let policy = console.accounts().policy();
    match outcome {
        SignedIn::Locked { until_ms } => {
            (t.sign_in.locked.replace("{0}", &format::time(*until_ms, console.now())), "AUTH-1003")
        }
        SignedIn::Late => (t.sign_in.late.to_owned(), "AUTH-1005"),
        _ => (
            t.sign_in
                .wrong
                .replace("{0}", &policy.lock_after.to_string())
                .replace("{1}", &policy.lock_minutes.to_string()),
            "AUTH-1002",
        ),
    }
}

fn rule(t: &Texts, policy: &Policy) -> String {
    t.sign_in
        .rule
        .replace("{0}", &policy.lock_after.to_string())
        .replace("{1}", &policy.lock_minutes.to_string())
        .replace("{2}", &policy.idle_minutes.to_string())
}

fn unauthorized(page: &impl Template) -> Response {
    let mut response = render(page);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

async fn sign_out(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    if let Some(secret) = &visitor.secret {
        console.accounts().end(secret).await?;
    }
    let headers = [(LOCATION, "/sign-in".to_owned()), (SET_COOKIE, clear_session(&console, &visitor))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Where somebody arrives: at the page that was asked for; else who signs documents off, the head of bureau, at the
/// overview, and everybody else at the start page.
async fn landing(console: &Console, id: AccountId, to: &str) -> Result<String, Problem> {
    let path = own_path(to);
    let leads = path == "/" && console.accounts().account(id).await?.may(Right::SignDocuments);
    Ok(if leads { "/overview".to_owned() } else { path })
}

/// The path to go on to; the start page where what was given leads elsewhere.
pub(super) fn own_path(to: &str) -> String {
    let is_own = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n']);
    let is_ascii = to.bytes().all(|byte| byte.is_ascii_graphic());
    if is_own && is_ascii { to.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb", "people"]
        {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere:?}");
        }
        assert_eq!(own_path("/people?page=2"), "/people?page=2");
    }
}
