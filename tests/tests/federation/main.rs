//! Real programs, real sockets: what the federation promises to the people who use it.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod documents;
mod joining;
mod outages;
mod records;
mod world;
