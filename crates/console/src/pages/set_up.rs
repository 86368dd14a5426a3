//! One-time links: the first accounts, and the password of one account.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::accounts::{AccountError, FirstAccounts, NewAccount, Secret, SetUp};
use crate::audit::Noted;
use crate::console::Console;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::refused;
use crate::routes::{Access, Route};
use crate::texts::Texts;
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/{secret}", Access::Public, show),
        Route::post("/set-up/{secret}", Access::Public, begin),
        Route::post("/set-up/{secret}/password", Access::Public, choose),
    ]
}

#[derive(Template)]
#[template(path = "set_up_first.html")]
struct FirstPage {
    shell: Shell,
    secret: String,
    form: First,
    failed: Option<String>,
}

#[derive(Template)]
#[template(path = "set_up_links.html")]
struct LinksPage {
    shell: Shell,
    /// Whose, and the path of the link.
    links: [(String, String); 2],
}

#[derive(Template)]
#[template(path = "set_up_password.html")]
struct PasswordPage {
    shell: Shell,
    secret: String,
    login: String,
    name: String,
    failed: Option<String>,
    done: bool,
}

#[derive(Default, Deserialize)]
struct First {
    system_login: String,
    system_name: String,
    password: String,
    again: String,
    security_login: String,
    security_name: String,
    audit_login: String,
    audit_name: String,
}

#[derive(Deserialize)]
struct Chosen {
    password: String,
    again: String,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(secret): Path<String>,
) -> Result<Response, Problem> {
    let (_, purpose) = purpose(&console, &secret).await?;
    let shell = Shell::of(&console, &visitor).await?;
    let SetUp::Password(id) = purpose else {
        return Ok(render(&FirstPage { shell, secret, form: First::default(), failed: None }));
    };
    let account = console.accounts().account(id).await?;
    Ok(render(&PasswordPage {
        shell,
        secret,
        login: account.login,
        name: account.name,
        failed: None,
        done: false,
    }))
}

async fn begin(
    State(console): State<Console>,
    visitor: Visitor,
    Path(text): Path<String>,
    Form(form): Form<First>,
) -> Result<Response, Problem> {
    let (secret, _) = purpose(&console, &text).await?;
    let shell = Shell::of(&console, &visitor).await?;
    let first = FirstAccounts {
        system: NewAccount { login: form.system_login.clone(), name: form.system_name.clone() },
        password: form.password.clone(),
        security: NewAccount { login: form.security_login.clone(), name: form.security_name.clone() },
        audit: NewAccount { login: form.audit_login.clone(), name: form.audit_name.clone() },
    };
    let begun = match form.password == form.again {
        true => console.accounts().begin_accounts(&secret, first).await,
        false => Err(AccountError::BadPassword),
    };
    match begun {
        Ok(links) => {
            let [security, audit] = links.map(|link| format!("/set-up/{}", link.reveal()));
            let links = [(form.security_name, security), (form.audit_name, audit)];
            let noted = Noted { actor: Some(form.system_login.trim().to_lowercase()), ..Noted::default() };
            Ok(noted.on(render(&LinksPage { shell, links })))
        }
        Err(error) => {
            let failed = refusal(shell.t, error, form.password == form.again)?;
            Ok(refused(&FirstPage { shell, secret: text, form, failed: Some(failed) }))
        }
    }
}

async fn choose(
    State(console): State<Console>,
    visitor: Visitor,
    Path(text): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let (secret, SetUp::Password(id)) = purpose(&console, &text).await? else { return Err(used()) };
    let account = console.accounts().account(id).await?;
    let shell = Shell::of(&console, &visitor).await?;
    let same = chosen.password == chosen.again;
    let set = match same {
        true => console.accounts().choose_password(&secret, chosen.password).await.map(|_| ()),
        false => Err(AccountError::BadPassword),
    };
    let page = |shell, failed, done| PasswordPage {
        shell,
        secret: text.clone(),
        login: account.login.clone(),
        name: account.name.clone(),
        failed,
        done,
    };
    let noted = Noted { actor: Some(account.login.clone()), ..Noted::default() };
    match set {
        Ok(()) => Ok(noted.on(render(&page(shell, None, true)))),
        Err(error) => {
            let failed = refusal(shell.t, error, same)?;
            Ok(noted.on(refused(&page(shell, Some(failed), false))))
        }
    }
}

async fn purpose(console: &Console, text: &str) -> Result<(Secret, SetUp), Problem> {
    let secret = Secret::parse(text).ok_or_else(used)?;
    let purpose = console.accounts().set_up(&secret).await?.ok_or_else(used)?;
    Ok((secret, purpose))
}

fn used() -> Problem {
    Problem::told(StatusCode::GONE, "AUTH-4100", |t| [t.used_link, t.used_link_why, t.used_link_next])
}

/// What a person is told; what is the site's own fault is another matter.
fn refusal(t: &Texts, error: AccountError, same: bool) -> Result<String, Problem> {
    match error {
        AccountError::BadPassword if !same => Ok(t.sign_in.not_same.to_owned()),
        AccountError::NoLink => Err(used()),
        other => super::accounts::refusal(&t.accounts, other),
    }
}
