//! Workbooks (.xlsx) that are given out: lists and reports, refused rows, templates to fill in.
//!
//! Each cell is written as a text or as a number, never as a formula, whatever it begins with.

mod template;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

pub use template::template;

/// Characters that a cell can hold.
const MAX_CELL: usize = 32_767;

/// Rows below the title and the header that a sheet can hold.
pub const MAX_ROWS: u32 = 1_048_000;

/// Digits that a spreadsheet keeps of a number: what is longer is written as a text.
const MAX_DIGITS: usize = 15;

/// Widths of columns in characters: the narrowest, and the widest that the header asks for.
const WIDTHS: (usize, usize) = (8, 30);

/// Why a workbook can't be written.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The library or its temporary file failed.
    #[error("a workbook could not be written: {0}")]
    Write(#[from] XlsxError),
    /// More rows than a sheet holds.
    #[error("a sheet holds {MAX_ROWS} rows at most")]
    TooManyRows,
    /// A file of refused rows that can't be read.
    #[error("the refused rows could not be read: {0}")]
    Csv(#[from] csv::Error),
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text; nothing for an empty one.
    Text(String),
    /// A number to count with.
    Number(u64),
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::Number(number)
    }
}

/// One sheet with a header, written row by row: the rows lie in a temporary file, not in memory.
pub struct Table {
    book: Workbook,
    row: u32,
    text: Format,
}

impl Table {
    /// Begins a sheet: notes above it such as what it shows and as of when, then the header.
    pub fn new(name: &str, notes: &[String], header: &[String]) -> Result<Table, WorkbookError> {
        let mut book = Workbook::new();
        let text = Format::new().set_num_format("@");
        let head = head_format();
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(name))?;
        for (place, title) in (0..).zip(header) {
            sheet.set_column_width(place, width(title))?;
        }
        let mut row = 0;
        for note in notes {
            sheet.write_string(row, 0, bounded(note))?;
            row += 1;
        }
        for (place, title) in (0..).zip(header) {
            sheet.write_string_with_format(row, place, bounded(title), &head)?;
        }
        sheet.set_freeze_panes(row + 1, 0)?;
        Ok(Table { book, row: row + 1, text })
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<(), WorkbookError> {
        if self.row >= MAX_ROWS {
            return Err(WorkbookError::TooManyRows);
        }
        let (row, text) = (self.row, &self.text);
        let sheet = self.book.worksheet_from_index(0)?;
        for (place, cell) in (0..).zip(cells) {
            write(sheet, row, place, cell, text)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Ends the workbook and gives its bytes.
    pub fn finish(mut self) -> Result<Vec<u8>, WorkbookError> {
        Ok(self.book.save_to_buffer()?)
    }
}

/// Refused rows, as an import gives them, as a workbook to mend and import again.
pub fn of_refused(file: &[u8]) -> Result<Vec<u8>, WorkbookError> {
    let file = file.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut records = reader.records();
    let header = records.next().transpose()?.unwrap_or_default();
    let header: Vec<String> = header.iter().map(str::to_owned).collect();
    let mut table = Table::new("退回的行", &[], &header)?;
    for record in records {
        table.push(record?.iter().map(Cell::from))?;
    }
    table.finish()
}

fn write(sheet: &mut Worksheet, row: u32, place: u16, cell: Cell, text: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(empty) if empty.is_empty() => {}
        Cell::Text(value) => {
            sheet.write_string_with_format(row, place, bounded(&value), text)?;
        }
        Cell::Number(number) => match u32::try_from(number) {
            Ok(number) => {
                sheet.write_number(row, place, number)?;
            }
            Err(_) if number.to_string().len() <= MAX_DIGITS => {
                sheet.write_number(row, place, number as f64)?;
            }
            Err(_) => {
                sheet.write_string(row, place, number.to_string())?;
            }
        },
    }
    Ok(())
}

fn head_format() -> Format {
    Format::new()
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_border_bottom(FormatBorder::Thin)
        .set_num_format("@")
}

/// Chinese characters take twice the room.
fn width(title: &str) -> f64 {
    let characters: usize = title.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let (least, most) = WIDTHS;
    (characters + 4).clamp(least, most) as f64
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_CELL).collect()
}

/// A sheet's name has 31 characters at most, and none of those that formulas need.
fn sheet_name(name: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let name: String = name.chars().filter(allowed).take(31).collect();
    if name.is_empty() { "Sheet1".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn read(bytes: Vec<u8>) -> Vec<Vec<Data>> {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn what_looks_like_a_formula_is_a_text_and_a_number_is_one() {
        let header = ["姓名".to_owned(), "人数".to_owned()];
        let mut table = Table::new("名册: 2026/11", &["截至 2026-11-22".to_owned()], &header).unwrap();
        for text in ["=1+1", "+86", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "0012"] {
            table.push([text.into(), 33_226.into()]).unwrap();
        }
        let rows = read(table.finish().unwrap());
        assert_eq!(rows[0][0], Data::String("截至 2026-11-22".into()));
        assert_eq!(rows[1], [Data::String("姓名".into()), Data::String("人数".into())]);
        assert_eq!(rows[2], [Data::String("=1+1".into()), Data::Float(33_226.0)]);
        assert_eq!(rows[5][0], Data::String("@SUM(A1)".into()));
        assert_eq!(rows[7][0], Data::String("0012".into()));
        assert_eq!(rows.len(), 8);
    }

    #[test]
    fn refused_rows_become_a_workbook_with_their_reasons() {
        let rows = read(of_refused("\u{FEFF}编号,姓名,原因\r\n1,\"张\n三\",姓名：x\r\n".as_bytes()).unwrap());
        assert_eq!(rows[0][2], Data::String("原因".into()));
        assert_eq!(rows[1][1], Data::String("张\n三".into()));
    }
}
