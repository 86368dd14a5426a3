//! Sessions between real sites.
#![allow(unreachable_pub, reason = "the modules of a test see each other only")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "it is all test code")]

mod exchange;
mod faults;
mod joining;
mod line;
mod raw;
mod refusals;
mod support;
