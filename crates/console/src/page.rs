//! The frame around every page: who, where, the menu, the state of the line.

use std::sync::Arc;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use yanzhen_proto::v1::SiteState;
use yanzhen_sync::directory::Role as Tier;

use crate::accounts::Right;
use crate::assets;
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::platform::Summary;
use crate::problem::Problem;
use crate::texts::{Language, Texts};
use crate::visitor::Visitor;

/// What the frame shows; pages hold it as `shell`.
pub(crate) struct Shell {
    pub(crate) t: &'static Texts,
    pub(crate) language: Language,
    pub(crate) assets: String,
    pub(crate) sprite: &'static str,
    pub(crate) unit: String,
    pub(crate) tier: &'static str,
    pub(crate) version: &'static str,
    pub(crate) now: String,
    pub(crate) user: String,
    /// Goes into every form.
    pub(crate) csrf: String,
    pub(crate) line: Line,
    pub(crate) may_see_sites: bool,
    pub(crate) may_search: bool,
    pub(crate) may_issue: bool,
    pub(crate) menu: Vec<Group>,
    /// The page asked for, for the switch of languages to come back to.
    pub(crate) path: String,
}

/// How the site stands with the one above, and those below with it.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) badge: Badge,
    pub(crate) in_sync: bool,
    /// Frames that have not left; empty for none.
    pub(crate) frames_waiting: String,
    /// Sites below that are not in the state 正常; empty for none.
    pub(crate) sites_in_trouble: String,
    /// Where more is said.
    pub(crate) href: &'static str,
}

impl Line {
    pub(crate) fn of(summary: &Summary, t: &'static Texts) -> Line {
        let some = |number| if number == 0 { String::new() } else { format::count(number) };
        let state = match (summary.state, summary.sites_in_trouble) {
            (SiteState::Good, 1..) => SiteState::Lagging,
            (state, _) => state,
        };
        Line {
            badge: Badge::of_site(state, t),
            in_sync: summary.in_sync,
            frames_waiting: some(summary.frames_waiting),
            sites_in_trouble: some(summary.sites_in_trouble),
            href: if summary.sites_in_trouble > 0 { "/sites" } else { "/sync" },
        }
    }
}

/// A part of the menu.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<Item>,
}

/// A place in the menu.
pub(crate) struct Item {
    pub(crate) href: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) is_current: bool,
}

impl Shell {
    /// The frame of the page that is asked for.
    pub(crate) async fn of(console: &Console, visitor: &Visitor) -> Result<Shell, Problem> {
        // Whoever is not signed in learns whose site it is, and costs no more than that.
        let summary = match visitor.session {
            Some(_) => {
                console.platform().summary().await.map_err(|t| Problem::of_trouble(&t, visitor, console))?
            }
            None => Arc::new(Summary { unit_name: own_name(console), ..Summary::default() }),
        };
        Ok(Shell::with(console, visitor, &summary))
    }

    /// The frame of the pages of a site that has not joined: no menu, nobody signed in.
    pub(crate) fn alone(language: Language, path: &str, version: &'static str, now: String) -> Shell {
        let t = language.texts();
        Shell {
            t,
            language,
            assets: assets::base(),
            sprite: assets::SPRITE,
            unit: String::new(),
            tier: "",
            version,
            now,
            user: String::new(),
            csrf: String::new(),
            line: Line::of(&Summary::default(), t),
            may_see_sites: false,
            may_search: false,
            may_issue: false,
            menu: Vec::new(),
            path: path.to_owned(),
        }
    }

    /// The frame with a summary.
    pub(crate) fn with(console: &Console, visitor: &Visitor, summary: &Summary) -> Shell {
        let t = visitor.language.texts();
        let session = visitor.session.as_ref();
        Shell {
            t,
            language: visitor.language,
            assets: assets::base(),
            sprite: assets::SPRITE,
            unit: summary.unit_name.clone(),
            tier: tier(t, console.tier()),
            version: console.version(),
            now: format::full_time(console.now()),
            user: session.map(|session| session.account.name.clone()).unwrap_or_default(),
            csrf: session.map(|session| session.csrf.clone()).unwrap_or_default(),
            line: Line::of(summary, t),
            may_see_sites: visitor.may(Right::SeeSites),
            may_search: visitor.may(Right::ReadRecords),
            may_issue: visitor.may(Right::IssueDocuments),
            menu: menu(t, visitor, console.tier()),
            path: visitor.path.clone(),
        }
    }
}

impl Shell {
    /// Where the list at `base` is given out as a workbook, under the conditions that the address asks for.
    pub(crate) fn export(&self, base: &str) -> String {
        match self.path.split_once('?') {
            Some((path, query)) if path == base => format!("{base}/export?{query}"),
            _ => format!("{base}/export"),
        }
    }
}

/// The name of the site's own unit; empty until its registration has arrived.
fn own_name(console: &Console) -> String {
    let bureau = console.bureau();
    let directory = bureau.store().directory();
    let unit = bureau.own_unit().and_then(|unit| directory.unit(unit).map(|unit| unit.name.clone()));
    unit.unwrap_or_default()
}

/// Makes the answer from a page.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
            (headers, html).into_response()
        }
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// A tier by its word in replies.
pub(crate) fn tier_word(t: &Texts, word: &str) -> &'static str {
    word.parse().map_or("—", |of| tier(t, of))
}

fn tier(t: &Texts, tier: Tier) -> &'static str {
    match tier {
        Tier::Central => t.common.central,
        Tier::Node => t.common.node,
        Tier::Terminal => t.common.terminal,
    }
}

/// A place in the menu, before it is known who looks: path, icon, title, and the right that it takes.
type Place = (&'static str, &'static str, &'static str, Option<Right>);

/// The menu, less what the visitor's roles lack.
fn menu(t: &'static Texts, visitor: &Visitor, tier: Tier) -> Vec<Group> {
    let c = &t.common;
    let groups: [(&'static str, &[Place]); 3] = [
        (
            c.work,
            &[
                ("/", "home", c.home, None),
                ("/overview", "eye", c.overview, Some(Right::ReadRecords)),
                ("/inbox", "inbox", c.inbox, Some(Right::ReadDocuments)),
                ("/documents", "doc", c.documents, Some(Right::ReadDocuments)),
            ],
        ),
        (
            c.data,
            &[
                ("/people", "users", c.people, Some(Right::ReadRecords)),
                ("/transfers", "arrow", t.transfers.title, Some(Right::ReadRecords)),
                ("/orgs", "flag", c.orgs, Some(Right::ReadRecords)),
                ("/away", "pin", t.records.away_title, Some(Right::ReadRecords)),
                ("/alerts", "bell", t.alerts.title, Some(Right::ReadRecords)),
                ("/community", "pin", t.records.community_title, Some(Right::ReadRecords)),
                ("/posts", "flag", t.records.posts_title, Some(Right::ReadRecords)),
                ("/staff", "user", t.records.staff_title, Some(Right::ReadRecords)),
                ("/reports", "chart", c.reports, Some(Right::ReadRecords)),
                ("/my-branches", "flag", t.accounts.my_branches, Some(Right::OwnBranches)),
            ],
        ),
        (
            c.system,
            &[
                ("/sites", "sites", t.sites.title, Some(Right::SeeSites)),
                ("/invitations", "key", t.invitations.title, Some(Right::InviteSites)),
                ("/sync", "sync", c.sync, Some(Right::SeeSites)),
                ("/quarantine", "warn", t.quarantine.title, Some(Right::RunSite)),
                ("/doctor", "pulse", t.doctor.title, None),
                ("/accounts", "user", c.accounts, Some(Right::ManageAccounts)),
                ("/roles", "key", c.roles, Some(Right::GrantRoles)),
                ("/offices", "sites", t.offices.title, Some(Right::GrantRoles)),
                ("/policy", "gear", t.policy.title, Some(Right::GrantRoles)),
                ("/audit", "shield", t.audit.title, Some(Right::ReadAudit)),
            ],
        ),
    ];
    // A terminal has nobody below it, and central alone invites.
    let is_here = |href: &str| match href {
        "/sites" | "/offices" => tier != Tier::Terminal,
        "/invitations" => tier == Tier::Central,
        _ => true,
    };
    let is_allowed =
        |(href, _, _, right): &&Place| is_here(href) && right.is_none_or(|right| visitor.may(right));
    let item =
        |(href, icon, title, _): &Place| Item { href, icon, title, is_current: is_at(href, &visitor.path) };
    let group = |(title, places): (&'static str, &[Place])| Group {
        title,
        items: places.iter().filter(is_allowed).map(item).collect(),
    };
    groups.map(group).into_iter().filter(|group| !group.items.is_empty()).collect()
}

/// Whether a page belongs to a place of the menu.
fn is_at(href: &str, path: &str) -> bool {
    let rest = path.strip_prefix(href);
    match href {
        "/" => rest.is_some_and(str::is_empty),
        _ => rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])),
    }
}
