//! The engine's rules, module by module: codecs under arbitrary bytes, authority and the directory as tables, the
//! reference replica, and sessions message by message.

#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test that fails may panic")]

mod authority;
mod codecs;
mod directory;
mod erasure;
mod fixture;
mod format;
mod memory;
mod session;
mod travel;
