//! What a page lists as a workbook to save: the same rows in the same words under the same right, all pages of them.
//! Its route stands beside the page's, ends with `/export` and is audited.

use std::future::Future;

use axum::response::Response;
use yanzhen_bureau::workbook::{Cell, MAX_ROWS, Table, WorkbookError};
use yanzhen_bureau::{BureauError, Page};
use yanzhen_sync::Millis;

use crate::audit::Noted;
use crate::console::Console;
use crate::detail::Section;
use crate::download;
use crate::format;
use crate::problem::Problem;
use crate::texts::Texts;

/// Rows that are read at a time.
pub(crate) const SLICE: u32 = 500;

/// The present of whoever will open a workbook: the year 1840, no day of ours, so that every time in it names its own day.
pub(crate) const ANOTHER_DAY: Millis = -4_102_444_800_000;

/// A workbook of one sheet.
pub(crate) struct Sheet {
    pub(crate) title: String,
    /// What stands above the header beside title and time: the period, the day.
    pub(crate) note: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// A sheet without a note.
    pub(crate) fn new(title: impl Into<String>, columns: Vec<&'static str>, rows: Vec<Vec<Cell>>) -> Sheet {
        Sheet { title: title.into(), note: String::new(), columns, rows }
    }

    /// The table of a section; columns without a head hold links alone.
    pub(crate) fn of_section(title: String, section: Section) -> Sheet {
        let kept: Vec<bool> = section.heads.iter().map(|head| !head.is_empty()).collect();
        let row = |row: Vec<crate::detail::Cell>| {
            let cells = row.into_iter().zip(&kept).filter(|(_, kept)| **kept);
            cells.map(|(cell, _)| Cell::Text(cell.text)).collect()
        };
        let rows = section.rows.into_iter().map(row).collect();
        let columns = section.heads.into_iter().filter(|head| !head.is_empty()).collect();
        Sheet::new(title, columns, rows)
    }

    /// The file, and for the audit log how many rows it has.
    pub(crate) async fn file(self, console: &Console, t: &'static Texts) -> Result<Response, Problem> {
        if self.rows.len() >= MAX_ROWS as usize {
            return Err(Problem::bad_request(t.imports.too_many));
        }
        let noted = Noted { note: self.rows.len().to_string(), ..Noted::default() };
        let title = self.title.clone();
        let made = format!("{title}　{} {}", t.imports.as_of, format::full_time(console.now()));
        let written = tokio::task::spawn_blocking(move || self.write(made)).await;
        let written = written.map_err(|error| Problem::internal(&error))?;
        let bytes = written.map_err(|error| Problem::internal(&error))?;
        Ok(noted.on(download::workbook(&title, bytes)))
    }

    fn write(self, made: String) -> Result<Vec<u8>, WorkbookError> {
        let notes = [made, self.note].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>();
        let header: Vec<String> = self.columns.into_iter().map(str::to_owned).collect();
        let mut table = Table::new(&self.title, &notes, &header)?;
        for row in self.rows {
            table.push(row)?;
        }
        table.finish()
    }
}

/// The rows of all pages of a list that is read by offset, [`SLICE`] at a time.
pub(crate) async fn all<T, F>(mut page: impl FnMut(u32) -> F) -> Result<Vec<T>, BureauError>
where
    F: Future<Output = Result<Page<T>, BureauError>>,
{
    let mut rows: Vec<T> = Vec::new();
    loop {
        let offset = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let found = page(offset).await?;
        let is_last = found.rows.is_empty();
        rows.extend(found.rows);
        if is_last || rows.len() as u64 >= found.total || offset >= MAX_ROWS {
            return Ok(rows);
        }
    }
}
