//! The kinds of records: one file for each, and what they share.
//!
//! Each kind has a `KIND`, the `MESSAGE` of records.proto that is its body, its fields with their Chinese
//! labels, and `validate`, which answers with everything that is wrong at once. What a site writes is
//! validated against its own day; what arrives from others is validated with [`day::Day::LATEST`], since
//! their clocks are none of our business.

pub mod appointment;
pub mod away_notice;
pub mod branch_rules;
pub mod column;
pub mod community_link;
pub mod document;
pub mod document_number;
pub mod document_rules;
pub mod membership;
pub mod oversight;
pub mod party_org;
pub mod person;
pub mod person_private;
pub mod receipt;
pub mod recipient;
pub mod reminder;
pub mod staff;
pub mod transfer;
pub mod unit;

pub mod check;
pub mod codes;
pub mod day;
pub mod file_name;
pub mod ids;
pub mod marking;
pub mod reason;
pub mod text;
pub mod unknown;
pub mod words;
