//! The central server at the city bureau: parse, run, end with the right exit code.

use std::process::ExitCode;

use yanzhen_central::Cli;
use yanzhen_site::exit;
use yanzhen_site::program::{self, CENTRAL};

fn main() -> ExitCode {
    let cli: Cli = match program::parse(&CENTRAL, std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.global.json;
    exit::finish(json, program::block_on(yanzhen_central::run(cli)))
}
