//! One-time links: the first accounts, and the password of one account.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use yanzhen_sync::directory::Role as Tier;

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
    /// Whether there is a site above to leave security and audit to.
    can_leave: bool,
    failed: Option<String>,
}

#[derive(Template)]
#[template(path = "set_up_links.html")]
struct LinksPage {
    shell: Shell,
    /// Whose, and the path of the link.
    links: Vec<(String, String)>,
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
    #[serde(default)]
    security_login: String,
    #[serde(default)]
    security_name: String,
    #[serde(default)]
    audit_login: String,
    #[serde(default)]
    audit_name: String,
    /// A small office leaves the two other administrators to the site above.
    left_above: Option<String>,
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
        let can_leave = console.tier() != Tier::Central;
        let form = First::default();
        return Ok(render(&FirstPage { shell, secret, form, can_leave, failed: None }));
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
    let can_leave = console.tier() != Tier::Central;
    let accounts = console.accounts();
    let begun = match (form.password == form.again, can_leave && form.left_above.is_some()) {
        (true, true) => {
            accounts.begin_below(&secret, first.system, first.password).await.map(|()| Vec::new())
        }
        (true, false) => accounts.begin_accounts(&secret, first).await.map(Vec::from),
        (false, _) => Err(AccountError::BadPassword),
    };
    match begun {
        Ok(links) => {
            let links = links.into_iter().map(|link| format!("/set-up/{}", link.reveal()));
            let links = [form.security_name, form.audit_name].into_iter().zip(links).collect();
            let noted = Noted { actor: Some(form.system_login.trim().to_lowercase()), ..Noted::default() };
            Ok(noted.on(render(&LinksPage { shell, links })))
        }
        Err(error) => {
            let failed = refusal(shell.t, error, form.password == form.again)?;
            Ok(refused(&FirstPage { shell, secret: text, form, can_leave, failed: Some(failed) }))
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
