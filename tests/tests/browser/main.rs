//! People at their browsers: real programs, a real Chromium, the journeys of the work with and without script, and what
//! holds for every page.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod browser;
mod camera;
mod conveniences;
mod documents;
mod driver;
mod filled;
mod journeys;
mod offices;
mod pages;
mod tour;
mod workbooks;
#[allow(dead_code, reason = "shared with the tests of the federation")]
#[path = "../federation/world.rs"]
mod world;
