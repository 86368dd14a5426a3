//! The pages, one module for each part of the menu. Each gives its lines to the table of routes.

mod accounts;
mod alerts;
mod audit;
mod away;
mod community;
mod doctor;
pub(crate) mod documents;
mod home;
pub(crate) mod imports;
mod invitations;
pub(crate) mod language;
mod me;
mod offices;
mod orgs;
mod overview;
mod own_branches;
mod people;
mod policy;
mod posts;
mod quarantine;
mod reports;
mod search;
mod set_up;
mod sign_in;
pub(crate) mod sites;
mod staff;
mod sync;
pub(crate) mod transfers;
pub(crate) mod unit_choice;
mod welcome;

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::platform::Summary;
use crate::problem::Problem;
use crate::routes::Route;
use crate::visitor::{Visitor, language_of};

/// The lines of all pages.
pub(crate) fn routes() -> Vec<Route> {
    [
        sign_in::routes(),
        set_up::routes(),
        welcome::routes(),
        language::routes(),
        home::routes(),
        people::routes(),
        transfers::routes(),
        orgs::routes(),
        imports::routes(),
        search::routes(),
        posts::routes(),
        away::routes(),
        community::routes(),
        staff::routes(),
        overview::routes(),
        alerts::routes(),
        reports::routes(),
        documents::routes(),
        sites::routes(),
        invitations::routes(),
        sync::routes(),
        quarantine::routes(),
        doctor::routes(),
        accounts::routes(),
        offices::routes(),
        policy::routes(),
        own_branches::routes(),
        audit::routes(),
        me::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What answers where no page is.
pub(crate) async fn lost() -> Problem {
    Problem::not_found()
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    problem: Problem,
}

/// A problem in an empty frame, for who can't be told more: no menu, nobody's name.
pub(crate) fn problem_alone(console: &Console, headers: &HeaderMap, problem: Problem) -> Response {
    let language = language_of(headers);
    let shell = Shell::alone(language, "/", console.version(), format::full_time(console.now()));
    let problem = problem.said(language);
    let status = problem.status;
    let mut response = render(&ProblemPage { shell, problem });
    *response.status_mut() = status;
    response
}

/// A problem in the frame of the page that was asked for.
pub(crate) async fn problem(console: &Console, visitor: &Visitor, problem: Problem) -> Response {
    // Where the frame's own status fails too, the problem is shown in an empty frame.
    let shell = Shell::of(console, visitor).await;
    let shell = shell.unwrap_or_else(|_| Shell::with(console, visitor, &Summary::default()));
    let problem = problem.said(visitor.language);
    let status = problem.status;
    let mut response = render(&ProblemPage { shell, problem });
    *response.status_mut() = status;
    response
}
