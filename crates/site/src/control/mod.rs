//! How commands reach the running site: gRPC on the loopback address, with a secret from a file in the data
//! folder that only its owner can read. It works the same on every system.

mod client;
mod server;

use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::folder::write_private;

pub use client::{Channel, ControlClient};
pub use server::{ControlError, ControlServer, administration, central_administration};

/// The metadata key under which the secret travels.
const SECRET_KEY: &str = "yanzhen-secret";

/// Bytes of one piece of a file in [`PutObject`, `Import`](yanzhen_proto::v1) and back.
pub const PIECE_BYTES: usize = 1024 * 1024;

/// Bytes of the largest request: a table of units of 16 MiB in one message, and its envelope.
const MAX_REQUEST_BYTES: usize = 17 * 1024 * 1024;

/// Bytes of the largest reply: 500 people, or the refused rows of an import, are far below.
const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024 + PIECE_BYTES;

/// Where and with which secret a running site takes commands: `control.json`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlFile {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// 32 random bytes in hexadecimal.
    pub secret: String,
    /// The process that runs the site.
    pub pid: u32,
}

impl ControlFile {
    /// Reads it.
    pub fn read(path: &Path) -> io::Result<ControlFile> {
        serde_json::from_slice(&std::fs::read(path)?)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        write_private(path, &serde_json::to_vec(self)?)
    }
}

impl fmt::Debug for ControlFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ControlFile(port {}, process {}, secret redacted)", self.port, self.pid)
    }
}

#[cfg(test)]
mod tests;
