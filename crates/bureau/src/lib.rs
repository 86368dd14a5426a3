//! The work of a bureau: what its records hold, how rosters come in, and what is counted.
//!
//! [`kinds`] says for each kind of record what a valid one is, [`import`] reads rosters from spreadsheets saved
//! as CSV, and [`rollup`] is the arithmetic of the table of people and organisations. None of these touches a
//! database, a clock or a file.
//!
//! [`Bureau`] does the work at one site, on its store: [`people`] and [`orgs`] of its units, [`importing`],
//! [`documents`] and their receipts, the roll-up [`report`], and at central the [`units`]. It reads typed tables,
//! which [`BureauProjection`] keeps in step with the records.

pub mod ages;
pub mod attention;
pub mod balance;
mod bureau;
mod care;
pub mod changes;
mod completeness;
pub mod documents;
pub mod drafts;
mod error;
pub mod import;
pub mod importing;
pub mod kept;
pub mod kinds;
pub mod listing;
pub mod orgs;
pub mod oversight;
pub mod people;
pub mod posts;
pub mod private;
mod projection;
pub mod report;
pub mod rollup;
mod saving;
mod sealing;
mod sql;
mod stays;
pub mod transfers;
pub mod units;
pub mod workbook;
mod writing;

pub use balance::{Balance, Period};
pub use bureau::Bureau;
pub use completeness::Completeness;
pub use error::BureauError;
pub use kept::Held;
pub use kinds::column::Kept;
pub use kinds::day::Day;
pub use kinds::reason::{Field, FieldError, Reason};
pub use listing::{Filter, Page};
pub use projection::BureauProjection;
pub use rollup::Rollup;
pub use saving::{Save, Saved};
pub use sealing::{Opened, Stays};
