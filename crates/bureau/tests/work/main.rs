//! The work of a bureau on real stores: central, a node and terminals in one process, joined by runs handed from
//! one store to the other.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod archive;
mod balance;
mod branches;
mod course;
mod documents;
mod edits;
mod expectation;
mod federation;
mod importing;
mod lists;
mod oversight;
mod posts;
mod private_moves;
mod projection;
mod receipts;
mod report;
mod sealing;
mod secrecy;
mod transfer_storms;
mod transfers;
mod units;
mod workbooks;
