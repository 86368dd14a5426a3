//! The node server at a prefecture bureau: parse, run, end with the right exit code.

use std::process::ExitCode;

use yanzhen_node::Cli;
use yanzhen_site::exit;
use yanzhen_site::program::{self, NODE};

fn main() -> ExitCode {
    let cli: Cli = match program::parse(&NODE, std::env::args_os().collect()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let json = cli.global.json;
    exit::finish(json, program::block_on(yanzhen_node::run(cli)))
}
