//! A workbook's first sheet as the text of a CSV file, so that whatever is imported goes the same way.
//!
//! A workbook is a ZIP archive from anywhere: what it unpacks to, its rows, its columns and its text are bounded.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use super::encoding::MAX_FILE_BYTES;
use super::file::FileError;

/// Bytes that the archive's parts unpack to, at most: 100,000 people take some 150 MB of XML.
const MAX_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes of the texts that cells share, unpacked, at most: all of them are held in memory.
const MAX_STRINGS_BYTES: u64 = 128 * 1024 * 1024;

/// Texts that cells share, at most, as the part says itself: room for so many is made before they are read.
const MAX_STRINGS: u64 = 5_000_000;

/// Bytes at the beginning of that part in which it says so.
const STRINGS_HEAD: u64 = 4 * 1024;

/// Parts of the archive, at most.
const MAX_PARTS: usize = 1_000;

/// Rows of a sheet, at most: three times the city's retired cadres.
const MAX_ROWS: u32 = 100_000;

/// Columns that are read; spreadsheets format empty ones out to the edge.
const MAX_COLUMNS: u32 = 200;

/// Areas of merged cells, at most.
const MAX_MERGED: usize = 20_000;

/// What stands for a formula's error: it is refused as a damaged text.
const BROKEN: &str = "\u{FFFD}";

/// Decodes the first sheet. Each row is one line, also an empty one, so that lines are numbered as the rows are.
/// Merged cells all hold what the first of them does.
pub(super) fn decode(bytes: &[u8]) -> Result<String, FileError> {
    check_size(bytes)?;
    let damaged = |_| FileError::DamagedWorkbook;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let name = book.sheet_names().first().cloned().ok_or(FileError::DamagedWorkbook)?;
    let mut merged = Vec::new();
    for area in book.merge_cells_by_sheet_name(&name).map_err(damaged)? {
        merged.push(Merged { from: area.start, to: area.end, value: String::new() });
    }
    if merged.len() > MAX_MERGED {
        return Err(FileError::DamagedWorkbook);
    }
    let mut lines = Lines::new(merged);
    let mut cells = book.worksheet_cells_reader(&name).map_err(damaged)?;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        let value = text_of(cell.get_value());
        if !value.is_empty() && column < MAX_COLUMNS {
            lines.put(row, column, value)?;
        }
    }
    lines.finish()
}

/// Unpacks everything once without keeping it: what an archive says of its sizes may be a lie.
fn check_size(bytes: &[u8]) -> Result<(), FileError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| FileError::DamagedWorkbook)?;
    if archive.len() > MAX_PARTS {
        return Err(FileError::DamagedWorkbook);
    }
    let mut room = MAX_UNPACKED_BYTES;
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(|_| FileError::DamagedWorkbook)?;
        let name = part.name().map_err(|_| FileError::DamagedWorkbook)?.to_ascii_lowercase();
        let mut head = Vec::new();
        let begun = part.by_ref().take(STRINGS_HEAD.min(room)).read_to_end(&mut head);
        begun.map_err(|_| FileError::DamagedWorkbook)?;
        let rest = io::copy(&mut part.take(room + 1), &mut io::sink());
        let unpacked = head.len() as u64 + rest.map_err(|_| FileError::DamagedWorkbook)?;
        room = room.checked_sub(unpacked).ok_or(FileError::Bloated)?;
        if name.ends_with("sharedstrings.xml") {
            let strings = strings_announced(&head).ok_or(FileError::DamagedWorkbook)?;
            if unpacked > MAX_STRINGS_BYTES || strings > MAX_STRINGS {
                return Err(FileError::Bloated);
            }
        }
    }
    Ok(())
}

/// How many texts the shared ones are said to be, 0 where that is not said; none where the part does not begin with
/// their element, as every spreadsheet writes it.
fn strings_announced(head: &[u8]) -> Option<u64> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    // What is cut off at the end is not looked at.
    let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut rest = head.trim_start();
    while let Some(instruction) = rest.strip_prefix("<?") {
        rest = instruction.split_once("?>")?.1.trim_start();
    }
    let (element, _) = rest.strip_prefix('<')?.split_once('>')?;
    let name = element.split([' ', '\t', '\r', '\n', '/']).next()?;
    if name.rsplit(':').next() != Some("sst") {
        return None;
    }
    let Some((_, said)) = element.split_once("uniqueCount") else { return Some(0) };
    let said = said.trim_start().strip_prefix('=')?.trim_start();
    let digits = said.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    digits.parse().ok()
}

/// A cell as somebody would type it.
fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // A whole number has no ".0": a number such as 1001 is stored as any other.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(day) => day_of(day),
        DataRef::Error(_) => BROKEN.to_owned(),
    }
}

fn day_of(day: &ExcelDateTime) -> String {
    if day.is_duration() {
        return day.as_f64().to_string();
    }
    let (year, month, day, ..) = day.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

/// An area of merged cells, from and to as row and column.
struct Merged {
    from: (u32, u32),
    to: (u32, u32),
    value: String,
}

impl Merged {
    fn has_row(&self, row: u32) -> bool {
        (self.from.0..=self.to.0).contains(&row)
    }
}

/// The text as far as it is written, and the row that is being gathered.
struct Lines {
    text: String,
    /// Rows that are written.
    written: u32,
    row: u32,
    cells: Vec<String>,
    /// Cells of the widest row so far, the header among them.
    width: usize,
    /// Areas that may still come, the first ones last.
    waiting: Vec<Merged>,
    /// Areas that have begun and not ended.
    open: Vec<Merged>,
}

impl Lines {
    fn new(mut waiting: Vec<Merged>) -> Lines {
        waiting.sort_by_key(|area| std::cmp::Reverse(area.from));
        let (text, cells, open) = (String::new(), Vec::new(), Vec::new());
        Lines { text, written: 0, row: 0, cells, width: 0, waiting, open }
    }

    fn put(&mut self, row: u32, column: u32, value: String) -> Result<(), FileError> {
        if row != self.row {
            self.flush()?;
            // Cells come row by row; others would make two lines of one row.
            if row < self.row || row >= MAX_ROWS {
                return Err(FileError::TooManyRows);
            }
            self.row = row;
        }
        let column = column as usize;
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        self.cells[column] = value;
        Ok(())
    }

    /// Writes the gathered row, after empty lines for those before it that hold nothing.
    fn flush(&mut self) -> Result<(), FileError> {
        if self.cells.is_empty() {
            return Ok(());
        }
        self.fill_merged();
        // A row ends for a sheet with its last cell that holds something.
        self.width = self.width.max(self.cells.len());
        self.cells.resize(self.width, String::new());
        while self.written < self.row {
            self.text.push('\n');
            self.written += 1;
        }
        for (place, cell) in self.cells.drain(..).enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            push_cell(&mut self.text, &cell);
        }
        self.text.push('\n');
        self.written += 1;
        // One long text can stand in many cells.
        if self.text.len() > MAX_FILE_BYTES { Err(FileError::Bloated) } else { Ok(()) }
    }

    fn fill_merged(&mut self) {
        let row = self.row;
        while let Some(area) = self.waiting.pop_if(|area| area.from.0 <= row) {
            self.open.push(area);
        }
        self.open.retain(|area| area.has_row(row));
        for area in &mut self.open {
            let columns = area.from.1 as usize..=area.to.1.min(MAX_COLUMNS - 1) as usize;
            if row == area.from.0 {
                area.value = self.cells.get(*columns.start()).cloned().unwrap_or_default();
            }
            if area.value.is_empty() {
                continue;
            }
            if self.cells.len() <= *columns.end() {
                self.cells.resize(columns.end() + 1, String::new());
            }
            for cell in self.cells[columns].iter_mut().filter(|cell| cell.is_empty()) {
                cell.clone_from(&area.value);
            }
        }
    }

    fn finish(mut self) -> Result<String, FileError> {
        self.flush()?;
        Ok(self.text)
    }
}

/// Writes a cell as CSV; line breaks become spaces, as fields have them anyway, so that a row stays one line.
fn push_cell(text: &mut String, cell: &str) {
    let plain = cell.replace("\r\n", " ").replace(['\r', '\n'], " ");
    if plain.contains([',', '"', ';', '\t']) {
        text.push('"');
        text.push_str(&plain.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&plain);
    }
}
