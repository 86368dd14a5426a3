//! The pages of one record: who or what it is, tabs that are addresses of their own, and sections of facts and tables.

use askama::Template;
use axum::response::Response;

use crate::page::{Shell, render};

/// One record's page.
pub(crate) struct Detail {
    /// The list that the record belongs to: its path and name.
    pub(crate) list: (&'static str, &'static str),
    /// Where the record is.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) sub: String,
    /// What is to be done about it; at most two are shown.
    pub(crate) alerts: Vec<Alert>,
    pub(crate) tabs: Vec<Tab>,
    /// What can be done with it; the first one is the usual.
    pub(crate) acts: Vec<Act>,
    pub(crate) sections: Vec<Section>,
}

/// Something that is to be done.
pub(crate) struct Alert {
    /// Whether it can't wait.
    pub(crate) is_bad: bool,
    pub(crate) what: String,
    pub(crate) why: String,
    /// Where it is seen to.
    pub(crate) link: Option<Act>,
}

/// One of the tabs.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) title: &'static str,
    pub(crate) is_current: bool,
}

/// A link that leads to a form.
pub(crate) struct Act {
    pub(crate) href: String,
    pub(crate) title: &'static str,
}

/// Facts, or a table, or the sentence that there is nothing.
#[derive(Default)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) note: String,
    /// Label and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) empty: &'static str,
    pub(crate) act: Option<Act>,
    /// The page whose table goes out as a workbook; empty for none.
    pub(crate) base: String,
}

/// One cell of a table.
#[derive(Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// Empty for no link.
    pub(crate) href: String,
    pub(crate) state: State,
}

/// How a cell stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// It says nothing.
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
}

impl State {
    /// Whether it has no mark.
    pub(crate) fn is_plain(self) -> bool {
        self == State::Plain
    }

    /// The class of its mark.
    pub(crate) fn class(self) -> &'static str {
        match self {
            State::Plain => "",
            State::Good => "st-ok",
            State::Warning => "st-warn",
            State::Bad => "st-bad",
        }
    }

    /// Its icon.
    pub(crate) fn icon(self) -> &'static str {
        match self {
            State::Plain | State::Good => "check",
            State::Warning => "late",
            State::Bad => "bad",
        }
    }
}

impl Cell {
    /// A cell of text.
    pub(crate) fn text(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A cell that leads somewhere.
    pub(crate) fn link(text: impl Into<String>, href: String) -> Cell {
        Cell { text: text.into(), href, ..Cell::default() }
    }

    /// A cell that says how something stands.
    pub(crate) fn state(text: impl Into<String>, state: State) -> Cell {
        Cell { text: text.into(), state, ..Cell::default() }
    }
}

#[derive(Template)]
#[template(path = "detail.html")]
struct DetailPage {
    shell: Shell,
    d: Detail,
}

/// Shows a record.
pub(crate) fn show(shell: Shell, detail: Detail) -> Response {
    render(&DetailPage { shell, d: detail })
}
