//! The command line.

use clap::{Parser, Subcommand};
use yanzhen_site::Global;
use yanzhen_site::commands::{Common, Governing, InitArgs, ServeListeningArgs};

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
    /// What every site answers.
    #[command(flatten)]
    Common(Common),
    /// What central alone answers.
    #[command(flatten)]
    Governing(Governing),
}

#[cfg(test)]
mod tests {
    use yanzhen_site::program::{self, CENTRAL};

    use super::*;

    #[test]
    fn every_command_has_an_example_that_parses() {
        let command = program::command_line::<Cli>(&CENTRAL);
        command.clone().debug_assert();
        let examples = program::examples(&CENTRAL, &command).unwrap();
        for example in &examples {
            if let Err(error) = Cli::try_parse_from(example) {
                panic!("{example:?}: {error}");
            }
        }
        assert!(examples.len() > 15, "{examples:?}");
    }
}
