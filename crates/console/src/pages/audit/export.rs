//! A file of the entries that fit, as CSV that Excel and WPS open.

use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;

use super::view::View;
use crate::audit::{Entry, Noted, Search};
use crate::console::Console;
use crate::format;
use crate::problem::Problem;

/// Entries of one file, the newest: more than a spreadsheet is looked through for.
const ROWS: u32 = 100_000;

/// Tells spreadsheets that the text is UTF-8.
const MARK: &str = "\u{feff}";

const HEAD: &str = "seq,time,actor,address,action,object,outcome,code,note,hash\r\n";

pub(super) async fn export(
    State(console): State<Console>,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let accounts = console.accounts().list().await?;
    let search = Search { limit: ROWS, ..view.search(&accounts).0 };
    let found = console.audit().find(&search).await?;
    let mut file = format!("{MARK}{HEAD}");
    found.entries.iter().for_each(|entry| file.push_str(&line(entry)));
    let noted = Noted { note: found.entries.len().to_string(), ..Noted::default() };
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok(noted.on((headers, file)))
}

fn line(entry: &Entry) -> String {
    let event = &entry.event;
    let cells = [
        entry.seq.to_string(),
        format::stamp(entry.at_ms),
        cell(&event.actor),
        cell(&event.address),
        cell(&event.action),
        cell(&event.object),
        event.outcome.code().to_owned(),
        cell(&event.code),
        cell(&event.note),
        entry.hash.to_string(),
    ];
    cells.join(",") + "\r\n"
}

/// A cell. What a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let shield = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{shield}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_line() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@login"), "\"'@login\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
