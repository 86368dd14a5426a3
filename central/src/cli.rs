//! The command line.

use clap::{Parser, Subcommand};
use yanzhen_site::Global;
use yanzhen_site::commands::{Audit, Common, Governing, InitArgs, ServeListeningArgs};

/// The central server of a Yanzhen federation: the root of the tree, at the city bureau.
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
    /// Makes a network with this site as its centre, and prints the recovery kit once
    Init(InitArgs),
    /// Runs the site until it is stopped
    Serve(ServeListeningArgs),
    /// The log of what people did in the console
    #[command(subcommand)]
    Audit(Audit),
    /// What every site answers.
    #[command(flatten)]
    Common(Common),
    /// What central alone answers.
    #[command(flatten)]
    Governing(Governing),
}
