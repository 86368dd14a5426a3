//! The terminal at a county bureau or direct unit: parse, run, end with the right exit code.

use std::process::ExitCode;

use yanzhen_site::exit;
use yanzhen_site::program::{self, TERMINAL};
use yanzhen_terminal::Cli;

fn main() -> ExitCode {
    let cli: Cli = match program::parse(&TERMINAL, std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.global.json;
    exit::finish(json, program::block_on(yanzhen_terminal::run(cli)))
}
