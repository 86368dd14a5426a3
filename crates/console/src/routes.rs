//! The table of everything that can be asked for, and of who may. The router and the tests of who may what are both
//! made from it, so that no page can be forgotten in either.

use std::ops::Deref;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, get, on};

use crate::accounts::Right;
use crate::console::Console;
use crate::{assets, guard, pages, uploads};

/// How the paths end to which files are sent: they may take long and be large.
const FILES: &str = "/files";

/// Bytes of a form with files, at most: an attachment of the largest size, and what stands around it.
#[expect(clippy::cast_possible_truncation, reason = "a gibibyte fits every address space")]
const FILES_LIMIT: usize = uploads::FILE_LIMIT as usize + 1024 * 1024;

pub use crate::own_branch::Own;

/// Bytes of a form that anybody may send, at most.
const PUBLIC_FORM_LIMIT: usize = 16 * 1024;

/// Who may ask for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever has this right.
    Needs(Right),
}

/// One line of the table: what can be asked for.
#[derive(Clone, Debug)]
pub struct Line {
    /// GET or POST.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// Whether the audit log gets an entry each time; for POST always.
    pub is_audited: bool,
    /// What the path's `{id}` names, where a branch secretary may ask for the own ones.
    pub own: Option<Own>,
}

/// One line of the table with what answers.
pub struct Route {
    line: Line,
    page: MethodRouter<Console>,
}

impl Deref for Route {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

impl Route {
    pub(crate) fn get<T: 'static>(
        path: &'static str,
        access: Access,
        page: impl Handler<T, Console>,
    ) -> Route {
        Route {
            line: Line { method: Method::GET, path, access, is_audited: false, own: None },
            page: get(page),
        }
    }

    pub(crate) fn post<T: 'static>(
        path: &'static str,
        access: Access,
        page: impl Handler<T, Console>,
    ) -> Route {
        let line = Line { method: Method::POST, path, access, is_audited: true, own: None };
        Route { line, page: on(MethodFilter::POST, page) }
    }

    /// Open to branch secretaries as well, for what is of their own branches.
    pub(crate) fn of_own_branch(mut self, own: Own) -> Route {
        self.line.own = Some(own);
        self
    }

    /// With an entry in the audit log each time it is asked for: for what leaves the site, and for what is masked.
    pub(crate) fn audited(mut self) -> Route {
        self.line.is_audited = true;
        self
    }
}

/// Whether files are sent to this path of the table.
pub(crate) fn takes_files(path: &str) -> bool {
    path.ends_with(FILES)
}

/// The whole table.
pub fn table() -> Vec<Route> {
    let mut table = vec![Route::get("/assets/{hash}/{name}", Access::Public, assets::serve)];
    table.extend(crate::live::routes());
    table.extend(pages::routes());
    table
}

/// The console as a service.
pub fn router(console: Console) -> Router {
    let mut router = Router::new();
    for route in table() {
        let guard = from_fn_with_state((console.clone(), route.line.clone()), guard::guard);
        let limit = match route.access {
            Access::Public => PUBLIC_FORM_LIMIT,
            _ if takes_files(route.path) => FILES_LIMIT,
            _ => guard::FORM_LIMIT,
        };
        let page: MethodRouter<Console> = route.page.layer(guard);
        router = router.route(route.line.path, page.layer(DefaultBodyLimit::max(limit)));
    }
    let line = Line { method: Method::GET, path: "", access: Access::Public, is_audited: false, own: None };
    let lost = from_fn_with_state((console.clone(), line), guard::guard);
    let router = router.fallback_service(get(pages::lost).layer(lost).with_state(console.clone()));
    router.layer(from_fn_with_state(console.clone(), guard::harden)).with_state(console)
}
