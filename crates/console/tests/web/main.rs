//! The console as browsers see it: real pages over a real bureau and store, asked without a network.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod audit;
mod below;
mod chromium78;
mod css;
mod documents;
mod exports;
mod imports;
mod lists;
mod live;
mod office;
mod offices;
mod own_account;
mod people;
mod quiet;
mod receipts;
mod records;
mod reports;
mod script;
mod secretary;
mod signing_in;
mod sites;
mod templates;
mod transfers;
mod upload;
mod wellformed;
mod wizard;
