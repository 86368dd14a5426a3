//! A short list on a page of its own.

use askama::Template;
use axum::response::Response;

use crate::detail::{Act, Section};
use crate::page::{Shell, render};

#[derive(Template)]
#[template(path = "kept_list.html")]
struct ListPage {
    shell: Shell,
    title: &'static str,
    add: Option<Act>,
    section: Section,
}

/// Shows a list.
pub(super) fn show(shell: Shell, title: &'static str, add: Option<Act>, section: Section) -> Response {
    render(&ListPage { shell, title, add, section })
}
