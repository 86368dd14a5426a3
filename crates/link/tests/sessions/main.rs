//! Sessions between real sites.
#![allow(unreachable_pub, reason = "the modules of a test see each other only")]

mod exchange;
mod faults;
mod joining;
mod line;
mod raw;
mod refusals;
mod support;
