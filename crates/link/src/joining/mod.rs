//! Joining over the network: the service that takes requests, the relay at nodes, and the new site's side.

mod client;
mod service;

pub use client::{Joined, JoiningError, join_network};
pub use service::{Admit, NoAdmission, Relay};

pub(crate) use service::JoiningService;

/// Bytes of a request or reply: the signed part, and for a reply the genesis frame.
const MAX_JOIN_MESSAGE_BYTES: usize = 64 * 1024;
