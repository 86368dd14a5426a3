//! What the three programs share: the data folder and its settings, starting and stopping, the control
//! channel to a running site, and the commands that go over it.
//!
//! A program is one [`program::Program`]; its `main` parses, runs and [`exit::finish`]es. A site lives in one
//! [`folder::DataFolder`], described by its [`network::NetworkRecord`] and [`settings::Settings`]. While it
//! runs it is a [`runtime::Site`], holds the folder's lock and answers at [`control::ControlServer`] with
//! [`handlers::Handlers`]; every other command is a [`control::ControlClient`] of it.

pub mod address;
pub mod commands;
pub mod control;
pub mod exit;
pub mod failure;
pub mod folder;
pub mod handlers;
pub mod keys;
pub mod lifecycle;
pub mod named;
pub mod network;
pub mod out;
pub mod program;
pub mod runtime;
pub mod settings;
pub mod telemetry;

pub use exit::Done;
pub use failure::{Failure, FailureKind};
pub use folder::{DataFolder, FolderLock};
pub use network::{NetworkRecord, ParentRecord};
pub use program::{Ask, CENTRAL, Global, NODE, Program, TERMINAL};
pub use settings::{Overrides, Settings};

#[cfg(test)]
mod fake;
