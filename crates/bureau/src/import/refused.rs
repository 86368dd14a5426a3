//! The file of refused rows: as they were, with the reasons beside them, to be corrected and imported again.

use std::io::Write;

use super::rows::RowError;
use crate::kinds::text;

/// The column of the reasons; the import ignores it.
const REASON: &str = "原因";

/// The mark by which spreadsheets know UTF-8.
const UTF_8_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Writes refused rows as CSV: UTF-8 with a byte order mark.
pub struct RefusedRows<W: Write> {
    writer: csv::Writer<W>,
    width: usize,
    /// Where the file itself has a column of reasons, from an earlier import.
    old_reasons: Option<usize>,
}

impl<W: Write> RefusedRows<W> {
    /// Begins with the header of the imported file and the column 原因.
    pub fn new(mut out: W, header: &[String]) -> Result<RefusedRows<W>, csv::Error> {
        out.write_all(UTF_8_MARK)?;
        let writer =
            csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(out);
        let old_reasons = header.iter().position(|name| text::key(name) == REASON);
        let mut rows = RefusedRows { writer, width: header.len(), old_reasons };
        rows.write(header, REASON)?;
        Ok(rows)
    }

    /// Adds one row with its reasons; cells beyond the header go behind them.
    pub fn push(&mut self, cells: &[String], errors: &[RowError]) -> Result<(), csv::Error> {
        let reasons: Vec<String> = errors.iter().map(RowError::chinese).collect();
        self.write(cells, &reasons.join("；"))
    }

    /// Ends the file and gives it back.
    pub fn finish(mut self) -> Result<W, csv::Error> {
        self.writer.flush()?;
        self.writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    fn write(&mut self, cells: &[String], reason: &str) -> Result<(), csv::Error> {
        let own = (0..self.width).filter(|at| Some(*at) != self.old_reasons);
        let own = own.map(|at| cells.get(at).map_or("", String::as_str));
        let beyond = cells.iter().skip(self.width).map(String::as_str);
        self.writer.write_record(own.chain([reason]).chain(beyond))
    }
}
