//! What every back end must do, over the in-memory replica and over SQLite; and what only a database shows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backend;
mod central;
mod convergence;
mod damage;
mod network;
mod objects;
mod projection;
mod statements;
mod suite;
