//! One site: the way to it, why it is not in sync, its streams, what moves.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_proto::v1::{SiteView, StreamStatus};

use super::list::{lag, version};
use super::{Transfer, transfers, views};
use crate::accounts::Right;
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::texts::{Texts, Told};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "sites/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    name: String,
    code: String,
    badge: Badge,
    lag: String,
    checked: String,
    /// From this site down to the one shown.
    way: Vec<Hop>,
    told: Option<Told>,
    facts: Vec<(&'static str, String)>,
    /// Only of neighbours; others' streams pass through those.
    streams: Option<Vec<Stream>>,
    transfers: Vec<Transfer>,
    may_run: bool,
}

/// A site on the way.
struct Hop {
    name: String,
    badge: Badge,
    is_bad: bool,
    last_contact: String,
}

struct Stream {
    name: String,
    is_up: bool,
    head: String,
    stored: String,
    waiting: String,
    held: String,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let sites = views(&console, &visitor).await?;
    let site = sites.iter().find(|site| site.site == id).ok_or_else(Problem::not_found)?;
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let now = console.now();
    let link = status.links.iter().find(|link| link.peer == id);
    Ok(render(&ShowPage {
        id: site.site.clone(),
        name: site.unit_name.clone(),
        code: site.unit_code.clone(),
        badge: Badge::of_site(site.state(), shell.t),
        lag: lag(site, now),
        checked: format::time(now, now),
        way: way(&sites, site).into_iter().map(|hop| view(hop, shell.t, now)).collect(),
        told: site.trouble.as_ref().map(|trouble| Told::of(trouble, visitor.language, now)),
        facts: facts(&sites, site, shell.t, now),
        streams: link.map(|link| link.streams.iter().map(stream).collect()),
        transfers: transfers(&status.objects, Some(&id), shell.t),
        may_run: visitor.may(Right::RunSite),
        shell,
    }))
}

/// The sites from the top to this one.
fn way<'s>(sites: &'s [SiteView], site: &'s SiteView) -> Vec<&'s SiteView> {
    let mut way = vec![site];
    let mut lowest = site;
    while lowest.depth > 0
        && let Some(above) = sites.iter().find(|other| other.site == lowest.parent)
    {
        way.push(above);
        lowest = above;
    }
    way.reverse();
    way
}

fn view(site: &SiteView, t: &'static Texts, now: i64) -> Hop {
    let last_contact = match (site.depth, site.last_contact_ms) {
        (0, _) => String::new(),
        (_, 0) => t.home.never.to_owned(),
        (_, at) => format::time(at, now),
    };
    Hop {
        name: site.unit_name.clone(),
        badge: Badge::of_site(site.state(), t),
        is_bad: site.trouble.is_some(),
        last_contact,
    }
}

fn facts(sites: &[SiteView], site: &SiteView, t: &'static Texts, now: i64) -> Vec<(&'static str, String)> {
    let parent = sites.iter().find(|other| other.site == site.parent);
    let heard = site.last_pulse_ms > 0;
    vec![
        (t.home.superior, parent.map_or("—".to_owned(), |parent| parent.unit_name.clone())),
        (t.sites.kind, crate::page::tier_word(t, &site.role).to_owned()),
        (t.sites.joined, format::full_time(site.joined_ms)),
        (
            t.sync.last_contact,
            if site.last_contact_ms > 0 { format::time(site.last_contact_ms, now) } else { "—".to_owned() },
        ),
        (t.sync.version, version(&site.software).to_owned()),
        (t.sync.free_disk, if heard { format::bytes(site.free_disk_bytes) } else { "—".to_owned() }),
        (t.sync.quarantined, format::count(u64::from(site.quarantined))),
        (t.sites.up_waiting, format::count(site.frames_behind)),
        (t.sites.down_waiting, format::count(site.frames_down)),
        (t.sync.site, site.site.chars().take(16).collect()),
    ]
}

fn stream(stream: &StreamStatus) -> Stream {
    Stream {
        name: stream.stream.clone(),
        is_up: stream.direction == "up",
        head: format::count(stream.head),
        stored: format::count(stream.stored),
        waiting: format::count(stream.backlog_frames),
        held: stream.held.clone(),
    }
}
