//! The rows of a file, one after the other, each sound or refused with everything that is wrong in it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use super::file::Import;
use super::sheet::{Meaning, Row, Sheet, UNIT};
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::text;

/// Line breaks in one cell beyond which a quotation mark must have been left open.
const MAX_BREAKS_IN_CELL: usize = 50;

/// One row of a file.
#[derive(Clone, Debug)]
pub struct ImportRow<S> {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its cells as they are in the file.
    pub cells: Vec<String>,
    /// What it says, or everything that is wrong with it.
    pub result: Result<Row<S>, Vec<RowError>>,
}

/// Why a row is refused. Holds the refused cell and nothing else of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The line on which the row begins, from 1; 0 for what comes from no file.
    pub line: u64,
    /// The column's name in the file, or its label where the file lacks it; none if the whole row is meant.
    pub column: Option<String>,
    /// The beginning of the refused cell, unless it is empty.
    pub value: Option<String>,
    /// What is wrong and what is expected.
    pub reason: Reason,
}

impl RowError {
    /// What is wrong, in Chinese, with the column and without the line.
    pub fn chinese(&self) -> String {
        let value = self.value.as_ref().map_or(String::new(), |value| format!("“{value}”"));
        match &self.column {
            Some(column) => format!("{column}{value}：{}", self.reason.chinese()),
            None => self.reason.chinese(),
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, ", self.line)?;
        }
        if let Some(column) = &self.column {
            write!(f, "column {column}, ")?;
        }
        if let Some(value) = &self.value {
            write!(f, "\"{value}\" ")?;
        }
        write!(f, "{}", self.reason)
    }
}

/// Reads the rows of an [`Import`].
pub struct Rows<'a, S> {
    import: &'a Import<S>,
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    /// Up to which byte of the text lines have been counted, and the line there.
    counted: (usize, u64),
    /// The line on which each unit and number was first seen.
    seen: HashMap<(String, String), u64>,
}

impl<'a, S: Sheet> Rows<'a, S> {
    pub(super) fn new(import: &'a Import<S>) -> Rows<'a, S> {
        Rows {
            import,
            reader: reader(&import.text[import.body..], import.delimiter),
            record: csv::StringRecord::new(),
            counted: (0, 1),
            seen: HashMap::new(),
        }
    }

    /// The line at a byte of the text; bytes are asked for in ascending order.
    fn line_at(&mut self, byte: usize) -> u64 {
        let (from, line) = self.counted;
        let line = line + breaks(&self.import.text[from..byte]);
        self.counted = (byte, line);
        line
    }

    fn read(&mut self, line: u64, cells: &[String]) -> Result<Row<S>, Vec<RowError>> {
        self.shape(cells).map_err(|reason| vec![RowError { line, column: None, value: None, reason }])?;
        let (row, mut errors) = self.fill(cells);
        let mut refused: Vec<&str> = errors.iter().map(|error| error.field.name).collect();
        refused.dedup();
        let checked = row.sheet.check(self.import.options.today);
        let further: Vec<_> = checked.into_iter().filter(|e| !refused.contains(&e.field.name)).collect();
        errors.extend(further);
        errors.extend(self.repeats(&row, line));
        if errors.is_empty() { Ok(row) } else { Err(self.import.row_errors(line, cells, errors)) }
    }

    /// As many cells as the header, apart from empty ones at the end.
    fn shape(&self, cells: &[String]) -> Result<(), Reason> {
        let expected = self.import.columns.len();
        if cells.iter().any(|cell| cell.matches('\n').nth(MAX_BREAKS_IN_CELL).is_some()) {
            return Err(Reason::OpenQuote);
        }
        let excess = cells.iter().skip(expected).any(|cell| !cell.trim().is_empty());
        if cells.len() < expected || excess {
            return Err(Reason::Ragged { expected, found: cells.len() });
        }
        Ok(())
    }

    fn fill(&self, cells: &[String]) -> (Row<S>, Vec<FieldError>) {
        let mut given: Vec<(usize, String)> = Vec::with_capacity(cells.len());
        for (meaning, cell) in self.import.columns.iter().zip(cells) {
            if let Meaning::Column(column) = meaning {
                given.push((*column, cell.clone()));
            }
        }
        given.sort_unstable_by_key(|(column, _)| *column);
        let mut sheet = S::default();
        let mut errors = Vec::new();
        for (column, cell) in &given {
            let column = &S::COLUMNS[*column];
            let missing = column.required && text::tidy(cell).is_empty();
            let set = if missing { Err(Reason::Missing) } else { (column.set)(&mut sheet, cell) };
            if let Err(reason) = set {
                errors.push(FieldError { field: column.field, reason });
            }
        }
        if sheet.unit().is_empty() {
            match &self.import.options.own_unit {
                Some(own) => sheet.set_unit(own),
                None => errors.push(FieldError { field: UNIT, reason: Reason::Missing }),
            }
        }
        (Row { sheet, cells: given }, errors)
    }

    fn repeats(&mut self, row: &Row<S>, line: u64) -> Option<FieldError> {
        let (unit, number) = (row.sheet.unit(), row.sheet.number());
        if number.is_empty() {
            return None;
        }
        match self.seen.entry((unit.to_owned(), number.to_owned())) {
            Entry::Occupied(first) => {
                let field = crate::kinds::person::field::NUMBER;
                Some(FieldError { field, reason: Reason::Duplicate(*first.get()) })
            }
            Entry::Vacant(vacant) => {
                vacant.insert(line);
                None
            }
        }
    }
}

impl<S: Sheet> Iterator for Rows<'_, S> {
    type Item = ImportRow<S>;

    fn next(&mut self) -> Option<ImportRow<S>> {
        loop {
            let start = self.import.body + offset(&self.reader);
            // Text and memory can't fail to be read: what remains is the end.
            if !self.reader.read_record(&mut self.record).unwrap_or(false) {
                return None;
            }
            if self.record.iter().all(|cell| text::tidy(cell).is_empty()) {
                continue;
            }
            let cells: Vec<String> = self.record.iter().map(str::to_owned).collect();
            let line = self.line_at(skip_breaks(&self.import.text, start));
            let result = self.read(line, &cells);
            return Some(ImportRow { line, cells, result });
        }
    }
}

pub(super) fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

/// Where the reader stands, in bytes of its text.
pub(super) fn offset(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// Skips the line breaks that the reader has not taken yet.
pub(super) fn skip_breaks(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    at + rest.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count()
}

/// The line at a byte of the text, from 1.
pub(super) fn line_of(text: &str, byte: usize) -> u64 {
    1 + breaks(&text[..byte])
}

/// Line breaks as editors count them: `\n`, `\r\n` and a `\r` alone.
fn breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let alone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    let count =
        bytes.iter().enumerate().filter(|(at, b)| **b == b'\n' || (**b == b'\r' && alone(*at))).count();
    count as u64
}
