//! The command line.

use clap::{Parser, Subcommand};
use yanzhen_site::Global;
use yanzhen_site::commands::{Audit, Common, JoinListeningArgs, Receiving, ServeListeningArgs};

/// A node of a Yanzhen federation: it serves and relays for the terminals of a prefecture.
#[derive(Clone, Debug, Parser)]
#[command(version, about, max_term_width = 110)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Joins a network with a token from central
    Join(JoinListeningArgs),
    /// Runs the site until it is stopped
    Serve(ServeListeningArgs),
    /// The log of what people did in the console
    #[command(subcommand)]
    Audit(Audit),
    /// What every site answers.
    #[command(flatten)]
    Common(Common),
    /// What sites below central answer.
    #[command(flatten)]
    Receiving(Receiving),
}
