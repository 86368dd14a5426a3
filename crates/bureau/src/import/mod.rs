//! Import of rosters from workbooks (.xlsx) or spreadsheets saved as CSV: bytes in, checked rows and a plan of writes out.
//!
//! [`Import::read`] finds out encoding, delimiter and header; [`Import::rows`] gives row after row, each either
//! sound or refused with everything that is wrong in it; [`refused`] writes what was refused into a file that
//! can be corrected and imported again; [`plan`] compares sound rows with what the site holds, so that the same
//! file twice changes nothing.
//!
//! A column that the file has sets its field, also to nothing; a field without a column stays as it is.

pub mod encoding;
pub mod file;
pub mod orgs;
pub mod party;
pub mod people;
pub mod plan;
pub mod refused;
pub mod rows;
pub mod sheet;
mod workbook;

pub use encoding::Encoding;
pub use file::{FileError, Import, Options};
pub use orgs::OrgSheet;
pub use people::PersonSheet;
pub use rows::{ImportRow, RowError, Rows};
pub use sheet::{Row, Sheet};

#[cfg(test)]
mod tests;
