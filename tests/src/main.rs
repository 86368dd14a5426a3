//! The three programs in one, for the tests of this package: the first argument names the role. A package builds only
//! its own programs for its tests; this one makes sure that what they start is what they were built with.

use std::ffi::OsString;
use std::process::ExitCode;

use yanzhen_site::program::{self, CENTRAL, NODE, TERMINAL};
use yanzhen_site::{Done, Failure, exit};

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let role = if args.len() > 1 { args.remove(1) } else { OsString::new() };
    if let Some((own, role)) = args.first_mut().zip(role.to_str()) {
        *own = format!("yanzhen-{role}").into();
    }
    match role.to_str() {
        Some("central") => match program::parse::<yanzhen_central::Cli>(&CENTRAL, args) {
            Ok(cli) => finish(cli.global.json, yanzhen_central::run(cli)),
            Err(code) => code,
        },
        Some("node") => match program::parse::<yanzhen_node::Cli>(&NODE, args) {
            Ok(cli) => finish(cli.global.json, yanzhen_node::run(cli)),
            Err(code) => code,
        },
        Some("terminal") => match program::parse::<yanzhen_terminal::Cli>(&TERMINAL, args) {
            Ok(cli) => finish(cli.global.json, yanzhen_terminal::run(cli)),
            Err(code) => code,
        },
        _ => {
            eprintln!("name a role first: central, node or terminal");
            ExitCode::from(2)
        }
    }
}

fn finish(json: bool, run: impl Future<Output = Result<Done, Failure>>) -> ExitCode {
    exit::finish(json, program::block_on(run))
}
