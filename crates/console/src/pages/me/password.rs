//! Changing one's own password.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::accounts::Coded;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pages::accounts::refusal;
use crate::problem::Problem;
use crate::record_form::refused;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "me/password.html")]
struct PasswordPage {
    shell: Shell,
    failed: Option<String>,
    is_done: bool,
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    Ok(render(&PasswordPage { shell, failed: None, is_done: false }))
}

pub(super) async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Typed { old, password, again } = typed;
    let (id, t) = (visitor.account()?.id, visitor.language.texts());
    let this = visitor.secret.as_ref().ok_or_else(Problem::signed_out)?;
    let changed = match password == again {
        true => console.accounts().change_password(id, &visitor.address, old, password, this).await,
        false => return again_with(&console, &visitor, t.sign_in.not_same.to_owned()).await,
    };
    let failed = match changed {
        Ok(Coded::Right(())) => {
            let shell = Shell::of(&console, &visitor).await?;
            return Ok(render(&PasswordPage { shell, failed: None, is_done: true }));
        }
        Ok(Coded::Wrong) => t.me.wrong_password.to_owned(),
        Ok(Coded::Locked { until_ms }) => t.me.locked.replace("{0}", &format::time(until_ms, console.now())),
        Err(error) => refusal(&t.accounts, error)?,
    };
    again_with(&console, &visitor, failed).await
}

async fn again_with(console: &Console, visitor: &Visitor, failed: String) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    Ok(refused(&PasswordPage { shell, failed: Some(failed), is_done: false }))
}
