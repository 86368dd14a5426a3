//! The browsers that are signed in with an account.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::accounts::{AccountId, BrowserId, SecondStep, Secret};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::see;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "me/show.html")]
struct MePage {
    shell: Shell,
    login: String,
    has_second_step: bool,
    lines: Vec<Line>,
}

/// One browser, in words.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) browser: String,
    pub(crate) address: String,
    pub(crate) started: String,
    pub(crate) seen: String,
    pub(crate) is_this: bool,
}

impl Line {
    /// The browsers of an account; `this` is the one that asks.
    pub(crate) async fn all(
        console: &Console,
        account: AccountId,
        this: Option<&Secret>,
    ) -> Result<Vec<Line>, Problem> {
        let now = console.now();
        let browsers = console.accounts().browsers(account).await?;
        let line = |browser: crate::accounts::Browser| Line {
            is_this: this.is_some_and(|secret| browser.id.is_of(secret)),
            id: browser.id.to_string(),
            browser: name(&browser.browser),
            address: browser.address,
            started: format::time(browser.started_ms, now),
            seen: format::time(browser.seen_ms, now),
        };
        Ok(browsers.into_iter().map(line).collect())
    }
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let account = visitor.account()?;
    Ok(render(&MePage {
        lines: Line::all(&console, account.id, visitor.secret.as_ref()).await?,
        has_second_step: matches!(console.accounts().second_step(account).await?, SecondStep::On { .. }),
        login: account.login.clone(),
        shell: Shell::of(&console, &visitor).await?,
    }))
}

pub(super) async fn end(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: BrowserId = id.parse().map_err(|_| Problem::not_found())?;
    match console.accounts().end_browser(visitor.account()?.id, &id).await? {
        true => Ok(see("/me")),
        false => Err(Problem::not_found()),
    }
}

pub(super) async fn end_others(
    State(console): State<Console>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    console.accounts().end_all(visitor.account()?.id, visitor.secret.as_ref()).await?;
    Ok(see("/me"))
}

/// What people call a browser and its system, from what it calls itself.
fn name(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 4] =
        [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chromium"), ("Safari/", "Safari")];
    const SYSTEMS: [(&str, &str); 5] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let found =
        |of: &[(&str, &'static str)]| of.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (found(&BROWSERS), found(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => format::or_dash(agent).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 \
             Safari/537.36 Edg/120.0";
        assert_eq!(name(edge), "Edge · Windows");
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"),
            "Firefox · Linux"
        );
        assert_eq!(name("curl/8.0"), "curl/8.0");
        assert_eq!(name(""), "—");
    }
}
