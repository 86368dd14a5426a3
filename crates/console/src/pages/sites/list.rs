//! The table of sites.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_proto::v1::{ObjectProgress, SiteState, SiteView};

use super::tree::{self, Asked};
use super::{Transfer, transfers, views};
use crate::accounts::Right;
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::Told;
use crate::visitor::Visitor;

/// Characters of a search; what people type is shorter.
const LONGEST_SEARCH: usize = 100;

#[derive(Template)]
#[template(path = "sites/list.html")]
struct ListPage {
    shell: Shell,
    updated: String,
    count: String,
    counts: Vec<Count>,
    text: String,
    state: String,
    lines: Vec<Line>,
    may_invite: bool,
}

/// A state with how many sites are in it.
struct Count {
    badge: Option<Badge>,
    count: String,
    hint: &'static str,
    href: String,
    is_current: bool,
}

enum Line {
    Site(Box<Row>),
    Fold { level: u32, count: usize, href: String },
}

struct Row {
    level: u32,
    /// Where the branch opens or closes, and whether it is open; none for a leaf.
    toggle: Option<(String, bool)>,
    id: String,
    name: String,
    badge: Badge,
    lag: String,
    last_contact: String,
    up: String,
    down: String,
    version: String,
    transfers: Vec<Transfer>,
    why: Option<Told>,
}

/// The query.
#[derive(Default, Deserialize)]
pub(super) struct View {
    #[serde(default)]
    open: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let sites = views(&console, &visitor).await?;
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let asked = asked_for(&view);
    let now = console.now();
    let table = Table { shell: &shell, asked: &asked, objects: &status.objects, now };
    let lines = tree::lines(&sites, &asked).into_iter().map(|line| table.line(&line)).collect();
    Ok(render(&ListPage {
        updated: format::clock(now),
        count: format::count(sites.len().saturating_sub(1) as u64),
        counts: counts(&sites, &asked, &shell),
        text: asked.text,
        state: view.state,
        lines,
        may_invite: visitor.may(Right::InviteSites) && console.platform().inviting().is_some(),
        shell,
    }))
}

fn asked_for(view: &View) -> Asked {
    Asked {
        open: view.open.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        state: STATES.iter().find(|(_, code)| *code == view.state).map(|(state, _)| *state),
        text: view.q.trim().chars().take(LONGEST_SEARCH).collect(),
    }
}

/// The states under their names in the query.
const STATES: [(SiteState, &str); 4] = [
    (SiteState::Good, "good"),
    (SiteState::Lagging, "lagging"),
    (SiteState::Offline, "offline"),
    (SiteState::Never, "never"),
];

fn counts(sites: &[SiteView], asked: &Asked, shell: &Shell) -> Vec<Count> {
    let t = &shell.t.sites;
    let below = || sites.iter().skip(1);
    let all = Count {
        badge: None,
        count: format::count(below().count() as u64),
        hint: "",
        href: "/sites".to_owned(),
        is_current: asked.state.is_none(),
    };
    let one = |(state, code): &(SiteState, &'static str)| Count {
        badge: Some(Badge::of_site(*state, shell.t)),
        count: format::count(below().filter(|site| site.state() == *state).count() as u64),
        hint: match state {
            SiteState::Good => t.good_hint,
            SiteState::Lagging => t.lagging_hint,
            SiteState::Offline => t.offline_hint,
            SiteState::Never | SiteState::Unspecified => t.never_hint,
        },
        href: format!("/sites?state={code}"),
        is_current: asked.state == Some(*state),
    };
    std::iter::once(all).chain(STATES.iter().map(one)).collect()
}

struct Table<'t> {
    shell: &'t Shell,
    asked: &'t Asked,
    objects: &'t [ObjectProgress],
    now: i64,
}

impl Table<'_> {
    fn line(&self, line: &tree::Line<'_>) -> Line {
        match line {
            tree::Line::Site { site, open } => Line::Site(Box::new(self.row(site, *open))),
            tree::Line::Fold { parent, depth, count } => {
                Line::Fold { level: *depth, count: *count, href: self.toggled(&parent.unit_code) }
            }
        }
    }

    fn row(&self, site: &SiteView, open: Option<bool>) -> Row {
        let state = site.state();
        Row {
            level: site.depth,
            toggle: open.map(|open| (self.toggled(&site.unit_code), open)),
            id: site.site.clone(),
            name: site.unit_name.clone(),
            badge: Badge::of_site(state, self.shell.t),
            lag: lag(site, self.now),
            last_contact: match site.last_contact_ms {
                0 => self.shell.t.home.never.to_owned(),
                at => format::time(at, self.now),
            },
            up: format::count(site.frames_behind),
            down: format::count(site.frames_down),
            version: version(&site.software).to_owned(),
            transfers: transfers(self.objects, Some(&site.site), self.shell.t),
            why: site.trouble.as_ref().map(|trouble| Told::of(trouble, self.shell.language, self.now)),
        }
    }

    /// The page with one branch opened or closed.
    fn toggled(&self, code: &str) -> String {
        let mut open: BTreeSet<&str> = self.asked.open.iter().map(String::as_str).collect();
        if !open.remove(code) {
            open.insert(code);
        }
        let open = open.into_iter().collect::<Vec<_>>().join(",");
        form_urlencoded::Serializer::for_suffix("/sites?".to_owned(), "/sites?".len())
            .append_pair("open", &open)
            .finish()
    }
}

/// For how long the oldest of what waits has waited, or nothing was heard; a dash for a site that is 正常.
pub(super) fn lag(site: &SiteView, now: i64) -> String {
    let since = match site.state() {
        SiteState::Lagging if site.waiting_since_ms > 0 => site.waiting_since_ms,
        SiteState::Lagging | SiteState::Offline => site.last_contact_ms,
        SiteState::Good | SiteState::Never | SiteState::Unspecified => return "—".to_owned(),
    };
    format::seconds(u64::try_from(now.saturating_sub(since) / 1_000).unwrap_or(0))
}

/// "yanzhen-terminal 0.1.0" without the program's name; a dash where it is not known.
pub(super) fn version(software: &str) -> &str {
    format::or_dash(software.rsplit(' ').next().unwrap_or_default())
}

/// All sites that fit, those of folded branches too.
pub(super) async fn export(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let sites = views(&console, &visitor).await?;
    let (t, now) = (visitor.language.texts(), console.now());
    let every = sites.iter().map(|site| site.unit_code.clone()).collect();
    let asked = Asked { open: every, ..asked_for(&view) };
    let mut rows = Vec::new();
    for line in tree::lines(&sites, &asked) {
        let tree::Line::Site { site, .. } = line else { continue };
        let last = match site.last_contact_ms {
            0 => t.home.never.to_owned(),
            at => format::full_time(at),
        };
        let why = site.trouble.as_ref().map(|trouble| Told::of(trouble, visitor.language, now));
        let why = why.map_or(String::new(), |told| format!("{}。{}", told.what, told.why));
        rows.push(vec![
            site.unit_name.clone().into(),
            Badge::of_site(site.state(), t).word.into(),
            lag(site, now).into(),
            last.into(),
            site.frames_behind.into(),
            site.frames_down.into(),
            version(&site.software).into(),
            why.into(),
        ]);
    }
    let (s, w) = (&t.sites, &t.sync);
    let columns =
        vec![s.site, w.state, s.lag, w.last_contact, s.up_waiting, s.down_waiting, w.version, s.why];
    Sheet::new(s.title, columns, rows).file(&console, t).await
}
