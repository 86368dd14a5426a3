//! Joining over the network: the service that takes requests, the relay at nodes, and the new site's side.

mod client;
mod service;

pub use client::{Joined, JoiningError, join_network};
pub use service::{Admit, NoAdmission, Relay};

pub(crate) use service::JoiningService;

/// Bytes of a request: keys, and eight addresses. It is read of whoever dials.
const MAX_JOIN_REQUEST_BYTES: usize = 32 * 1024;

/// Bytes of a reply: the signed part and the genesis frame.
const MAX_JOIN_REPLY_BYTES: usize = 64 * 1024;
