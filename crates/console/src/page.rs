//! The frame around every page: who, where, the menu, the state of the line.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use yanzhen_proto::v1::StatusReply;
use yanzhen_sync::directory::Role as Tier;

use crate::accounts::Right;
use crate::assets;
use crate::console::Console;
use crate::format;
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
    pub(crate) menu: Vec<Group>,
    /// The page asked for, for the switch of languages to come back to.
    pub(crate) path: String,
}

/// How the site stands with the one above.
#[derive(Clone, Default)]
pub(crate) struct Line {
    pub(crate) in_sync: bool,
    /// Frames that have not left; empty for none.
    pub(crate) frames_waiting: String,
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
        let status = match visitor.session {
            Some(_) => console.platform().status().await.map_err(Problem::of_trouble)?,
            None => StatusReply { unit_name: own_name(console), ..StatusReply::default() },
        };
        Ok(Shell::with(console, visitor, &status))
    }

    /// The frame, where the page has asked for the status itself.
    pub(crate) fn with(console: &Console, visitor: &Visitor, status: &StatusReply) -> Shell {
        let t = visitor.language.texts();
        let session = visitor.session.as_ref();
        let parents = status.links.iter().filter(|link| link.side == "parent");
        let frames_waiting = match parents.map(|link| link.backlog_frames).sum() {
            0 => String::new(),
            waiting => format::count(waiting),
        };
        Shell {
            t,
            language: visitor.language,
            assets: assets::base(),
            sprite: assets::SPRITE,
            unit: status.unit_name.clone(),
            tier: tier(t, console.tier()),
            version: console.version(),
            now: format::full_time(console.now()),
            user: session.map(|session| session.account.name.clone()).unwrap_or_default(),
            csrf: session.map(|session| session.csrf.clone()).unwrap_or_default(),
            line: Line { in_sync: status.in_sync, frames_waiting },
            may_see_sites: visitor.may(Right::SeeSites),
            menu: menu(t, visitor),
            path: visitor.path.clone(),
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
fn menu(t: &'static Texts, visitor: &Visitor) -> Vec<Group> {
    let c = &t.common;
    let groups: [(&'static str, &[Place]); 3] = [
        (
            c.work,
            &[
                ("/", "home", c.home, None),
                ("/inbox", "inbox", c.inbox, Some(Right::ReadDocuments)),
                ("/documents", "doc", c.documents, Some(Right::ReadDocuments)),
            ],
        ),
        (
            c.data,
            &[
                ("/people", "users", c.people, Some(Right::ReadRecords)),
                ("/orgs", "flag", c.orgs, Some(Right::ReadRecords)),
                ("/reports", "chart", c.reports, Some(Right::ReadRecords)),
            ],
        ),
        (
            c.system,
            &[
                ("/sync", "sync", c.sync, Some(Right::SeeSites)),
                ("/accounts", "user", c.accounts, Some(Right::ManageAccounts)),
                ("/roles", "key", c.roles, Some(Right::GrantRoles)),
                ("/policy", "gear", t.policy.title, Some(Right::GrantRoles)),
                ("/audit", "shield", t.audit.title, Some(Right::ReadAudit)),
            ],
        ),
    ];
    let is_allowed = |(.., right): &&Place| right.is_none_or(|right| visitor.may(right));
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
