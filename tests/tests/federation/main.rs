//! Real programs, real sockets: what the federation promises to the people who use it.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod commands;
mod consoles;
mod damage;
mod disk;
mod documents;
mod forms;
mod hostile;
mod inside;
mod joining;
mod kinds;
mod outages;
mod raw;
mod records;
mod relays;
mod wizard;
#[allow(dead_code, reason = "shared with the tests in a browser")]
mod world;
