//! Signing in and out.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::accounts::SignedIn;
use crate::audit::Noted;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::visitor::{Visitor, clear_session, set_session};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Access::Public, show),
        Route::post("/sign-in", Access::Public, sign_in),
        Route::post("/sign-out", Access::SignedIn, sign_out),
    ]
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    login: String,
    to: String,
    /// Why the last attempt failed, and the code.
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

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if visitor.session.is_some() {
        return Ok((StatusCode::SEE_OTHER, [(LOCATION, own_path(&asked.to))]).into_response());
    }
    let shell = Shell::of(&console, &visitor).await?;
    Ok(render(&SignInPage { shell, login: String::new(), to: asked.to, failed: None }))
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
    let outcome = accounts.sign_in(&login, password, &visitor.address, &visitor.browser).await?;
    let failed = match outcome {
        SignedIn::Yes(_, secret) => {
            let headers = [(LOCATION, own_path(&to)), (SET_COOKIE, set_session(&console, &secret))];
            return Ok(noted.on((StatusCode::SEE_OTHER, headers)));
        }
        SignedIn::No => (
            "账号或口令不正确。连续失败 5 次将锁定 15 分钟；忘记口令请联系本单位系统管理员重置。".to_owned(),
            "AUTH-1002",
        ),
        SignedIn::Locked { until_ms } => (
            format!("失败次数过多，账号已锁定。{} 以后可以再试。", format::time(until_ms, console.now())),
            "AUTH-1003",
        ),
    };
    noted.code = failed.1;
    let shell = Shell::of(&console, &visitor).await?;
    let mut response = render(&SignInPage { shell, login, to, failed: Some(failed) });
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(noted.on(response))
}

async fn sign_out(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    if let Some(secret) = &visitor.secret {
        console.accounts().end(secret).await?;
    }
    let headers = [(LOCATION, "/sign-in".to_owned()), (SET_COOKIE, clear_session(&console))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
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
