//! Objects between real sites over loopback: keys, TLS, stores and folders are real.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod down;
mod hostile;
mod sessions;
mod support;
mod up;
