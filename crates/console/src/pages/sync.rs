//! 同步状态: links, what has not left yet, and why not.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use yanzhen_proto::v1::{LinkStatus, StatusReply};

use super::sites::{Transfer, transfers};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::see;
use crate::routes::{Access, Route};
use crate::texts::Told;
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sync", Access::Needs(Right::SeeSites), show),
        Route::post("/sync/now", Access::Needs(Right::RunSite), now),
    ]
}

#[derive(Template)]
#[template(path = "sync.html")]
struct SyncPage {
    shell: Shell,
    troubles: Vec<Told>,
    links: Vec<Link>,
    transfers: Vec<Transfer>,
    facts: Vec<(&'static str, String)>,
    may_run: bool,
}

struct Link {
    unit: String,
    is_parent: bool,
    is_connected: bool,
    state: String,
    last_contact: String,
    frames: String,
    error: String,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let now_ms = console.now();
    Ok(render(&SyncPage {
        links: status.links.iter().map(|link| view(link, now_ms, shell.t.home.never)).collect(),
        transfers: transfers(&status.objects, None, shell.t),
        facts: facts(&shell, &status),
        may_run: visitor.may(Right::RunSite),
        troubles: status.troubles.iter().map(|t| Told::of(t, visitor.language, now_ms)).collect(),
        shell,
    }))
}

async fn now(State(console): State<Console>) -> Response {
    console.platform().sync_now();
    see("/sync")
}

fn view(link: &LinkStatus, now_ms: i64, never: &str) -> Link {
    Link {
        unit: format!("{} {}", link.peer_unit_code, link.peer_unit_name),
        is_parent: link.side == "parent",
        is_connected: link.state == "connected",
        state: link.state.clone(),
        last_contact: match link.last_contact_ms {
            0 => never.to_owned(),
            at => format::time(at, now_ms),
        },
        frames: format::count(link.backlog_frames),
        error: link.last_error.clone(),
    }
}

fn facts(shell: &Shell, status: &StatusReply) -> Vec<(&'static str, String)> {
    let t = &shell.t.sync;
    vec![
        (t.site, status.site.chars().take(16).collect()),
        (t.frames, format::count(status.frames)),
        (t.quarantined, format::count(status.quarantined)),
        (t.free_disk, format::bytes(status.free_disk_bytes)),
        (t.version, status.version.clone()),
    ]
}
