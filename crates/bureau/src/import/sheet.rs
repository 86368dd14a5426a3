//! What a file may hold: its columns with all names that are understood, and how cells become fields.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::Date;

use super::rows::RowError;
use crate::kinds::day::Day;
use crate::kinds::reason::{Field, FieldError, Reason};
use crate::kinds::text;
use crate::kinds::words::Words;

/// A column, for a sheet `S`.
pub struct Column<S: 'static> {
    /// The field that it fills; the label is the column's usual name.
    pub field: Field,
    /// Other names, in the form of [`text::key`].
    pub names: &'static [&'static str],
    /// Whether the file must have it and each row must fill it.
    pub required: bool,
    /// Sets the field from a cell.
    pub set: fn(&mut S, &str) -> Result<(), Reason>,
}

impl<S> Column<S> {
    /// A column that a file may lack.
    pub const fn new(
        field: Field,
        names: &'static [&'static str],
        set: fn(&mut S, &str) -> Result<(), Reason>,
    ) -> Column<S> {
        Column { field, names, required: false, set }
    }

    /// A column that a file must have and each row must fill.
    pub const fn required(
        field: Field,
        names: &'static [&'static str],
        set: fn(&mut S, &str) -> Result<(), Reason>,
    ) -> Column<S> {
        Column { field, names, required: true, set }
    }
}

/// One kind of file.
pub trait Sheet: Clone + Default + 'static {
    /// All columns, in the order in which their cells are set.
    const COLUMNS: &'static [Column<Self>];

    /// The code of the unit that the row is for; empty where the file doesn't say.
    fn unit(&self) -> &str;

    /// Sets the code of the unit.
    fn set_unit(&mut self, code: &str);

    /// 编号, with the unit the row's natural key.
    fn number(&self) -> &str;

    /// Checks the row by itself, as if nothing were known yet of what it is about.
    fn check(&self, today: Day) -> Vec<FieldError>;
}

/// 单位代码, a column of every sheet.
pub const UNIT: Field = Field::new("unit", "单位代码");

/// 密级, a column that only refuses.
pub const MARKING: Field = Field::new("marking", "密级");

/// Columns that carry nothing and need no warning: running numbers, names beside the units' codes, and the reasons in a
/// file of refused rows.
const SILENT: [&str; 5] = ["序号", "行号", "单位名称", "原因", "reason"];

/// A sound row.
#[derive(Clone, Debug)]
pub struct Row<S> {
    /// The row as if nothing were known yet of what it is about.
    pub sheet: S,
    /// Cells with the place of their column in [`Sheet::COLUMNS`], in that order.
    pub(super) cells: Vec<(usize, String)>,
}

impl<S: Sheet> Row<S> {
    /// Sets the fields of the file's columns, and no other, in `onto`.
    pub fn apply(&self, onto: &mut S) {
        for (column, cell) in &self.cells {
            // The same cells were set without error when the row was read.
            let _ = (S::COLUMNS[*column].set)(onto, cell);
        }
    }
}

impl<S: Sheet> Row<S> {
    /// A row for one record that is entered or edited by hand: fields named as in a header, Chinese or English.
    /// The row is not yet checked by itself, since what it leaves out may be known: the plan does that.
    pub fn of_fields<'a>(
        unit: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Row<S>, Vec<RowError>> {
        let names = Names::of::<S>();
        let mut row = Row { sheet: S::default(), cells: Vec::new() };
        let mut errors = Vec::new();
        for (name, value) in fields {
            let set = match names.meaning(name) {
                Meaning::Column(place) if row.cells.iter().any(|(other, _)| *other == place) => {
                    Err(Reason::Twice)
                }
                Meaning::Column(place) => {
                    row.cells.push((place, value.to_owned()));
                    (S::COLUMNS[place].set)(&mut S::default(), value)
                }
                Meaning::Silent | Meaning::Unknown => Err(Reason::NoSuchField),
            };
            if let Err(reason) = set {
                let value = Some(value).filter(|value| !value.is_empty()).map(text::for_refusal);
                errors.push(RowError { line: 0, column: Some(name.to_owned()), value, reason });
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        row.cells.sort_unstable_by_key(|(place, _)| *place);
        let mut sheet = S::default();
        row.apply(&mut sheet);
        if sheet.unit().is_empty() {
            sheet.set_unit(unit);
        }
        Ok(Row { sheet, ..row })
    }
}

/// What a header cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The column at this place of [`Sheet::COLUMNS`].
    Column(usize),
    /// Nothing, and needs no warning.
    Silent,
    /// Not known.
    Unknown,
}

/// All names of a sheet's columns.
pub(super) struct Names(HashMap<String, usize>);

impl Names {
    pub(super) fn of<S: Sheet>() -> Names {
        let mut names = HashMap::new();
        for (place, column) in S::COLUMNS.iter().enumerate() {
            for name in column.names.iter().chain([&column.field.label, &column.field.name]) {
                names.insert(text::key(name), place);
            }
        }
        Names(names)
    }

    /// Looks a header cell up, also without the asterisk of required columns and a note in parentheses.
    pub(super) fn meaning(&self, header: &str) -> Meaning {
        let key = text::key(header);
        let key = key.trim_matches(['*', ':', '"']);
        let noted = key.split_once('(').map_or(key, |(name, _)| name);
        match self.0.get(key).or_else(|| self.0.get(noted)) {
            Some(place) => Meaning::Column(*place),
            None if key.is_empty() || SILENT.contains(&key) => Meaning::Silent,
            None => Meaning::Unknown,
        }
    }
}

/// A day in the normal form, or nothing.
pub(super) fn day(cell: &str) -> Result<String, Reason> {
    let folded = text::fold(cell);
    if folded.is_empty() {
        return Ok(String::new());
    }
    let day = of_serial(&folded).map_or_else(|| Day::parse(&folded), Ok)?;
    Ok(day.to_string())
}

/// The day of a spreadsheet's own count, which a cell shows that is not formatted as a date. No other way of writing
/// a day has five digits.
fn of_serial(cell: &str) -> Option<Day> {
    let days = cell.split_once('.').map_or(cell, |(days, _)| days);
    if days.len() != 5 || !cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let span = Span::new().days(days.parse::<i32>().ok()?);
    Day::of(Date::constant(1899, 12, 30).checked_add(span).ok()?)
}

/// The value of a word, or nothing.
pub(super) fn word<W: Words>(cell: &str) -> Result<Option<W>, Reason> {
    if text::tidy(cell).is_empty() {
        return Ok(None);
    }
    W::from_word(cell).map(Some).ok_or_else(|| Reason::Word(W::all_words()))
}

/// A whole number up to `limit`, also with a unit behind it such as 年 or 人; nothing is 0.
pub(super) fn whole(cell: &str, limit: u32) -> Result<u32, Reason> {
    let folded = text::key(cell);
    let digits = folded.trim_end_matches(['年', '人', '名', '星', '级']);
    if folded.is_empty() || folded == "无" {
        return Ok(0);
    }
    digits.parse().ok().filter(|number| *number <= limit).ok_or(Reason::Number(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{OrgSheet, PersonSheet};

    /// Names that lead to two columns would make one of them unreachable.
    fn names_are_unambiguous<S: Sheet>() {
        let mut seen = HashMap::new();
        for column in S::COLUMNS {
            let mut own: Vec<String> = column
                .names
                .iter()
                .chain([&column.field.label, &column.field.name])
                .map(|n| text::key(n))
                .collect();
            own.sort();
            own.dedup();
            for name in own {
                if let Some(other) = seen.insert(name.clone(), column.field.label) {
                    panic!("{name} names both {other} and {}", column.field.label);
                }
            }
            assert!(column.names.iter().all(|name| text::key(name) == **name), "{:?}", column.names);
        }
    }

    #[test]
    fn no_name_leads_to_two_columns() {
        names_are_unambiguous::<PersonSheet>();
        names_are_unambiguous::<OrgSheet>();
    }

    /// Else a file in GB 18030 might be taken for damaged UTF-8.
    fn header_is_no_utf_8<S: Sheet>() {
        let required = S::COLUMNS.iter().filter(|c| c.required).map(|c| c.field.label);
        let header: String = required.collect();
        let (bytes, ..) = encoding_rs::GB18030.encode(&header);
        assert!(std::str::from_utf8(&bytes).is_err(), "{header}");
    }

    #[test]
    fn no_header_in_gb_18030_is_valid_utf_8() {
        header_is_no_utf_8::<PersonSheet>();
        header_is_no_utf_8::<OrgSheet>();
    }

    #[test]
    fn headers_are_understood_with_stars_notes_and_line_breaks() {
        let names = Names::of::<PersonSheet>();
        let number = names.meaning("编号");
        assert!(matches!(number, Meaning::Column(_)));
        for header in [
            "*编号",
            " 编　号 ",
            "编号（必填）",
            "编\n号",
            "NUMBER",
            "\u{FEFF}编号",
            "编号：",
            "ｎｕｍｂｅｒ",
        ] {
            assert_eq!(names.meaning(header), number, "{header}");
        }
        assert_eq!(names.meaning("序号"), Meaning::Silent);
        assert_eq!(names.meaning(""), Meaning::Silent);
        assert_eq!(names.meaning("血型"), Meaning::Unknown);
    }

    #[test]
    fn days_are_read_as_a_spreadsheet_counts_them_too() {
        for (cell, expected) in [("17000", "1946-07-17"), ("17000.0", "1946-07-17"), ("25569", "1970-01-01")]
        {
            assert_eq!(day(cell).as_deref(), Ok(expected), "{cell}");
        }
        assert_eq!(day("1946").as_deref(), Ok("1946"));
        assert_eq!(day("194607").as_deref(), Ok("1946-07"));
        assert!(day("9999").is_err() && day("1234a").is_err());
    }

    #[test]
    fn whole_numbers_are_read_with_their_unit() {
        assert_eq!(whole("３ 年", 10), Ok(3));
        assert_eq!(whole("", 10), Ok(0));
        assert_eq!(whole("无", 5), Ok(0));
        assert_eq!(whole("11", 10), Err(Reason::Number(10)));
        assert_eq!(whole("-1", 10), Err(Reason::Number(10)));
        assert_eq!(whole("三", 10), Err(Reason::Number(10)));
    }
}
