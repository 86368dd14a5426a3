//! The whole federation on one machine: real programs, tokens, keys and gRPC on loopback, in a temporary folder.
//!
//! [`scenario`] tells the story; [`federation`] starts and stops the sites; [`mod@line`] stands for the lines between
//! them, counts what passes and can be cut; [`report`] says whether everything holds.

pub mod consoles;
pub mod federation;
pub mod line;
mod meter;
mod orders;
pub mod places;
pub mod report;
pub mod roster;
pub mod samples;
pub mod scenario;
pub mod show;
