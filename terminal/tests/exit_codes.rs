//! The program as scripts see it: exit codes, and what goes to which output.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

fn terminal(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yanzhen-terminal"));
    command.env_remove("YANZHEN_DATA").env_remove("YANZHEN_TOKEN").arg("--data").arg(data).args(args);
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn error(output: &Output) -> serde_json::Value {
    serde_json::from_slice::<serde_json::Value>(&output.stderr).unwrap()["error"].clone()
}

#[test]
fn help_goes_to_standard_output_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["people", "import", "--help"], &["serve", "--help"]] {
        let output = terminal(folder.path(), args);
        assert_eq!(code(&output), 0);
        assert!(output.stderr.is_empty());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(!help.contains("PROGRAM"), "{help}");
        assert!(args.len() == 1 || help.contains("Example:\n  yanzhen-terminal "), "{help}");
    }
}

#[test]
fn a_mistyped_command_line_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = terminal(folder.path(), &["people", "lst"]);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());

    let output = terminal(folder.path(), &["--json", "people", "lst"]);
    assert_eq!(code(&output), 2);
    assert_eq!(error(&output)["kind"], "usage");
}

#[test]
fn a_folder_without_a_site_ends_with_4_and_says_how_to_join() {
    let folder = tempfile::tempdir().unwrap();
    let output = terminal(folder.path(), &["status"]);
    assert_eq!(code(&output), 4);
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("error: "), "{message}");
    assert!(message.contains("next: ") && message.contains("join --token"), "{message}");

    let output = terminal(folder.path(), &["status", "--json"]);
    assert_eq!(code(&output), 4);
    assert!(output.stdout.is_empty());
    assert_eq!(error(&output)["kind"], "not_set_up");
    assert_eq!(error(&output)["exit"], 4);
}
