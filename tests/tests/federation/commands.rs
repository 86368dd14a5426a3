//! What every command says of itself, and what it says when the site does not run. The commands are taken from the
//! programs' own command lines, so that a new one can't be forgotten.

use clap::Command;
use yanzhen_site::program::{command_line, examples};
use yanzhen_site::{CENTRAL, NODE, Program, TERMINAL};

use crate::world::{COUNTY, PREFECTURE, Site, World};

/// Commands that need no running site.
const ALONE: [&str; 4] = ["init", "join", "serve", "audit"];

fn command_lines() -> [(Program, Command); 3] {
    [
        (CENTRAL, command_line::<yanzhen_central::Cli>(&CENTRAL)),
        (NODE, command_line::<yanzhen_node::Cli>(&NODE)),
        (TERMINAL, command_line::<yanzhen_terminal::Cli>(&TERMINAL)),
    ]
}

/// Every command and group of commands with the words that lead to it.
fn paths(command: &Command, before: &[String], into: &mut Vec<Vec<String>>) {
    into.push(before.to_vec());
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let path = [before, &[subcommand.get_name().to_owned()]].concat();
        paths(subcommand, &path, into);
    }
}

/// The examples in a program's help, but for those of some commands. The folder is the test's own.
fn examples_but(program: &Program, command: &Command, left_out: &[&str]) -> Vec<Vec<String>> {
    let is_left_out = |args: &[String]| left_out.iter().any(|name| args.iter().any(|arg| arg == name));
    let mut all = examples(program, command).unwrap();
    all.retain(|args| !is_left_out(args));
    for args in &mut all {
        args.remove(0);
        if let Some(place) = args.iter().position(|arg| arg == "--data") {
            args.drain(place..place + 2);
        }
    }
    all
}

fn strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// A stopped site of each program, in their order.
fn stopped() -> (World, [Site; 2]) {
    let mut world = World::begin();
    let sites = [("node", PREFECTURE), ("terminal", COUNTY)].map(|(role, unit)| world.join(role, unit));
    world.central.kill();
    (
        world,
        sites.map(|mut site| {
            site.kill();
            site
        }),
    )
}

#[test]
fn every_command_has_an_example_that_parses() {
    for (program, command) in command_lines() {
        command.clone().debug_assert();
        let examples = examples(&program, &command).unwrap();
        assert!(examples.len() > 15, "{examples:?}");
        for example in examples {
            if let Err(error) = command.clone().try_get_matches_from(&example) {
                panic!("{example:?}: {error}");
            }
        }
    }
}

#[test]
fn every_command_explains_itself() {
    let world = World::begin();
    for (program, command) in command_lines() {
        let role = program.name.strip_prefix("yanzhen-").unwrap();
        let site = world.stranger(role, "nothing");
        let mut all = Vec::new();
        paths(&command, &[], &mut all);
        assert!(all.len() > 15, "{all:?}");
        for path in all {
            let help = site.run(&[&strs(&path)[..], &["--help"]].concat());
            assert!(help.contains("Usage: "), "{role} {path:?}: {help}");
            assert!(help.contains(program.name), "{role} {path:?} does not name its program: {help}");
            let about = help.lines().next().unwrap();
            assert!(about.len() > 5 && !about.starts_with("Usage"), "{role} {path:?} has no introduction");
        }
    }
}

#[test]
fn every_command_that_needs_a_running_site_says_so() {
    let (world, [node, terminal]) = stopped();
    for ((program, command), site) in command_lines().into_iter().zip([&world.central, &node, &terminal]) {
        let examples = examples_but(&program, &command, &ALONE);
        assert!(examples.len() > 12, "{examples:?}");
        for example in examples {
            let args = strs(&example);
            let (code, error) = site.refusal(&args);
            assert_eq!(code, 3, "{} {args:?}: {error}", site.role);
            assert_eq!(error["error"]["kind"], "not_running", "{} {args:?}", site.role);
            let next = error["error"]["next"].as_str().unwrap();
            assert!(next.contains(&format!("{} --data", program.name)) && next.contains("serve"), "{next}");
        }
    }
}

#[test]
fn every_command_on_an_empty_folder_says_how_to_set_a_site_up() {
    let world = World::begin();
    for (program, command) in command_lines() {
        let site = world.stranger(program.name.strip_prefix("yanzhen-").unwrap(), "nothing");
        for example in examples_but(&program, &command, &["init", "join"]) {
            let args = strs(&example);
            let (code, error) = site.refusal(&args);
            assert_eq!(code, 4, "{} {args:?}: {error}", site.role);
            let next = error["error"]["next"].as_str().unwrap();
            assert!(next.contains("init") || next.contains("join"), "{next}");
        }
    }
}
