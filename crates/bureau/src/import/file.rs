//! One file: its encoding, delimiter and header.

use std::fmt;
use std::marker::PhantomData;

use super::encoding::{self, Encoding, MAX_FILE_BYTES};
use super::rows::{RowError, Rows};
use super::sheet::{Meaning, Names, Sheet, UNIT};
use crate::kinds::day::Day;
use crate::kinds::marking;
use crate::kinds::reason::{Field, FieldError};
use crate::kinds::text;

/// Rows at the beginning among which the header may stand: spreadsheets begin with a title.
const HEADER_ROWS: usize = 5;

/// Delimiters that are tried, the usual one first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Why a file can't be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Longer than any roster.
    #[error("the file has {found} bytes, at most {MAX_FILE_BYTES} can be read: import it in parts")]
    TooLarge {
        /// Its bytes.
        found: usize,
    },
    /// A workbook of the old kind, or one with a password.
    #[error("this is an old Excel workbook (.xls) or one with a password: save it as .xlsx without one")]
    OldWorkbook,
    /// A workbook that can't be read.
    #[error("this workbook can't be read: open it, save it again as .xlsx, then import that file")]
    DamagedWorkbook,
    /// A workbook that unpacks to more than any roster.
    #[error("this workbook unpacks to far more than a roster has: copy the table into a new one")]
    Bloated,
    /// More rows than any roster.
    #[error("the sheet has too many rows: import it in parts")]
    TooManyRows,
    /// UTF-16, as "Unicode text" is saved.
    #[error(
        "this file is UTF-16 (\"Unicode text\") or not a text: save it as \"CSV UTF-8\", then import that file"
    )]
    Utf16,
    /// UTF-8 that breaks somewhere.
    #[error(
        "the file is UTF-8 but damaged in line {line}: save it as \"CSV UTF-8\" again, then import that file"
    )]
    DamagedUtf8 {
        /// The first line that is damaged.
        line: usize,
    },
    /// Neither UTF-8 nor GB 18030.
    #[error("the file is neither UTF-8 nor GB 18030 text: save it as \"CSV UTF-8\", then import that file")]
    NotText,
    /// A secrecy marking above the table.
    #[error(
        "the file carries a secrecy marking (密级): this network is not for secret documents, take it out at once"
    )]
    Secret,
    /// No row with names of columns.
    #[error(
        "no header row found in the first {HEADER_ROWS} rows; a file must have the columns {}",
        both_names(expected)
    )]
    NoHeader {
        /// The required columns.
        expected: Vec<Field>,
    },
    /// Required columns are missing.
    #[error("the file lacks the columns {}; its header row is line {line}", both_names(missing))]
    MissingColumns {
        /// The missing columns.
        missing: Vec<Field>,
        /// The line of the header.
        line: u64,
    },
    /// Columns with the same meaning.
    #[error("the columns {} mean the same ({label}): keep one of them", names.join(", "))]
    DuplicateColumn {
        /// The label of the column.
        label: &'static str,
        /// Their names in the file.
        names: Vec<String>,
    },
}

impl FileError {
    /// The sentence in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            FileError::TooLarge { found } => {
                format!("文件有{found}字节，最多{MAX_FILE_BYTES}字节，请分批导入")
            }
            FileError::OldWorkbook => {
                "这是旧格式的Excel工作簿（.xls）或设了密码，请另存为不带密码的.xlsx后再导入".to_owned()
            }
            FileError::DamagedWorkbook => "这个工作簿读不出来，请打开后重新另存为.xlsx再导入".to_owned(),
            FileError::Bloated => "工作簿解压后过大，请把表格复制到新的工作簿再导入".to_owned(),
            FileError::TooManyRows => "表格行数太多，请分批导入".to_owned(),
            FileError::Utf16 => {
                "文件为UTF-16（“Unicode 文本”）或不是文本，请另存为“CSV UTF-8”后再导入".to_owned()
            }
            FileError::DamagedUtf8 { line } => {
                format!("文件为UTF-8，但第{line}行已损坏，请重新另存为“CSV UTF-8”后再导入")
            }
            FileError::NotText => "文件既不是UTF-8也不是GB 18030文本，请另存为“CSV UTF-8”后再导入".to_owned(),
            FileError::Secret => "文件带有密级标志：本网络不得传输、存储涉密内容，请立即移除".to_owned(),
            FileError::NoHeader { expected } => {
                format!("前{HEADER_ROWS}行中没有找到表头，文件至少应有这些列：{}", labels(expected))
            }
            FileError::MissingColumns { missing, line } => {
                format!("第{line}行表头缺少这些列：{}", labels(missing))
            }
            FileError::DuplicateColumn { label, names } => {
                format!("这些列都是{label}，请只保留一列：{}", names.join("、"))
            }
        }
    }
}

/// What a file is read with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day on which it is imported: dates may not lie after it.
    pub today: Day,
    /// The code of the unit of rows that name none; needed unless the file has the column 单位代码.
    pub own_unit: Option<String>,
}

/// A file whose header has been understood.
pub struct Import<S> {
    pub(super) text: String,
    pub(super) options: Options,
    pub(super) delimiter: u8,
    /// Where the rows below the header begin, in bytes of `text`.
    pub(super) body: usize,
    /// The header without empty cells at its end.
    header: Vec<String>,
    pub(super) columns: Vec<Meaning>,
    encoding: Encoding,
    sheet: PhantomData<S>,
}

impl<S> fmt::Debug for Import<S> {
    /// Rows are personal data: only their size is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {:?} with columns {:?}", self.text.len(), self.encoding, self.header)
    }
}

impl<S: Sheet> Import<S> {
    /// Reads a file up to its header.
    pub fn read(bytes: &[u8], options: Options) -> Result<Import<S>, FileError> {
        let (text, encoding) = encoding::decode(bytes)?;
        let text = text.into_owned();
        let names = Names::of::<S>();
        let Found { delimiter, cells, above, start, end } = find_header(&text, &names)
            .ok_or_else(|| FileError::NoHeader { expected: required::<S>(&options) })?;
        if above.iter().any(|cell| marking::in_title(cell)) {
            return Err(FileError::Secret);
        }
        let mut header: Vec<String> = cells.iter().map(|cell| text::tidy(cell).into_owned()).collect();
        header.truncate(header.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
        let columns: Vec<Meaning> = header.iter().map(|cell| names.meaning(cell)).collect();
        let import =
            Import { text, options, delimiter, body: end, header, columns, encoding, sheet: PhantomData };
        import.check_columns(start)?;
        Ok(import)
    }

    /// The rows below the header.
    pub fn rows(&self) -> Rows<'_, S> {
        Rows::new(self)
    }

    /// The names of the columns as the file writes them.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How the file was written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Lines in the file, to show how far an import is.
    pub fn lines(&self) -> u64 {
        super::rows::line_of(&self.text, self.text.trim_end().len())
    }

    /// Names of columns that are not known and whose cells are ignored.
    pub fn ignored(&self) -> Vec<&str> {
        let named = self.header.iter().zip(&self.columns);
        named.filter(|(_, meaning)| **meaning == Meaning::Unknown).map(|(name, _)| name.as_str()).collect()
    }

    /// Puts findings on a row into terms of the file: its columns and its cells.
    pub fn row_errors(&self, line: u64, cells: &[String], errors: Vec<FieldError>) -> Vec<RowError> {
        let place = |name| {
            self.columns.iter().position(|meaning| match meaning {
                Meaning::Column(column) => S::COLUMNS[*column].field.name == name,
                Meaning::Silent | Meaning::Unknown => false,
            })
        };
        let in_file = |error: FieldError| {
            let at = place(error.field.name);
            let column = at.map_or(error.field.label, |at| self.header[at].as_str()).to_owned();
            let cell = at.and_then(|at| cells.get(at)).filter(|cell| !cell.is_empty());
            let value = cell.map(|cell| text::for_refusal(cell));
            RowError { line, column: Some(column), value, reason: error.reason }
        };
        errors.into_iter().map(in_file).collect()
    }

    fn check_columns(&self, header_start: usize) -> Result<(), FileError> {
        let names_of = |place: usize| -> Vec<String> {
            let same = self.header.iter().zip(&self.columns).filter(|(_, m)| **m == Meaning::Column(place));
            same.map(|(name, _)| name.clone()).collect()
        };
        let mut missing = Vec::new();
        for (place, column) in S::COLUMNS.iter().enumerate() {
            let names = names_of(place);
            if names.len() > 1 {
                return Err(FileError::DuplicateColumn { label: column.field.label, names });
            }
            if names.is_empty() && is_needed(column, &self.options) {
                missing.push(column.field);
            }
        }
        let line = super::rows::line_of(&self.text, header_start);
        if missing.is_empty() { Ok(()) } else { Err(FileError::MissingColumns { missing, line }) }
    }
}

/// Headers may be in either language.
fn both_names(fields: &[Field]) -> String {
    let names = fields.iter().map(|field| format!("{} ({})", field.label, field.name));
    names.collect::<Vec<_>>().join(", ")
}

fn labels(fields: &[Field]) -> String {
    fields.iter().map(|field| field.label).collect::<Vec<_>>().join("、")
}

fn is_needed<S>(column: &super::sheet::Column<S>, options: &Options) -> bool {
    column.required || (column.field == UNIT && options.own_unit.is_none())
}

fn required<S: Sheet>(options: &Options) -> Vec<Field> {
    S::COLUMNS.iter().filter(|column| is_needed(column, options)).map(|column| column.field).collect()
}

struct Found {
    delimiter: u8,
    cells: Vec<String>,
    /// All cells above the header.
    above: Vec<String>,
    /// The header's first byte, and the first byte below it.
    start: usize,
    end: usize,
}

/// The row among the first few, under any delimiter, that names the most columns.
fn find_header(text: &str, names: &Names) -> Option<Found> {
    let mut best: Option<(usize, Found)> = None;
    for delimiter in DELIMITERS {
        let mut above = Vec::new();
        let mut reader = super::rows::reader(text, delimiter);
        let mut record = csv::StringRecord::new();
        for _ in 0..HEADER_ROWS {
            let start = super::rows::offset(&reader);
            if !reader.read_record(&mut record).unwrap_or(false) {
                break;
            }
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            let known = cells.iter().filter(|cell| matches!(names.meaning(cell), Meaning::Column(_))).count();
            if known > best.as_ref().map_or(0, |(most, _)| *most) {
                let start = super::rows::skip_breaks(text, start);
                let end = super::rows::offset(&reader);
                let found = Found { delimiter, cells: cells.clone(), above: above.clone(), start, end };
                best = Some((known, found));
            }
            above.extend(cells);
        }
    }
    best.map(|(_, found)| found)
}
