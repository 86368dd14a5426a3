//! How a program ends.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | failed: something broke |
//! | 2 | usage: the command line is not understood |
//! | 3 | the site is not running |
//! | 4 | the data folder holds no site of this program: initialise or join first |
//! | 5 | refused: the request breaks a rule or names what is not there |
//! | 6 | done in part: some rows were refused, or something is left to send |
//!
//! Data goes to standard output, everything else to standard error; with `--json` errors are JSON too:
//! `{"error": {"kind": …, "what": …, "why": …, "next": …, "exit": …}}`.

use std::io::Write;
use std::process::ExitCode;

use crate::failure::{Failure, FailureKind};

/// A command came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// All of it.
    Whole,
    /// Some of it; the output says what is left.
    InPart,
}

impl Done {
    /// Whole if nothing is left.
    pub fn unless(left: bool) -> Done {
        if left { Done::InPart } else { Done::Whole }
    }
}

const USAGE: u8 = 2;
const IN_PART: u8 = 6;

/// The exit code of a failure.
pub fn code(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Failed => 1,
        FailureKind::NotRunning => 3,
        FailureKind::NotSetUp => 4,
        FailureKind::Refused => 5,
    }
}

/// Prints the failure, if it is one, and gives the code to exit with.
pub fn finish(json: bool, result: Result<Done, Failure>) -> ExitCode {
    match result {
        Ok(Done::Whole) => ExitCode::SUCCESS,
        Ok(Done::InPart) => ExitCode::from(IN_PART),
        Err(failure) => {
            complain(&if json { as_json(&failure) } else { as_text(&failure) });
            ExitCode::from(code(failure.kind))
        }
    }
}

/// For a person at a terminal.
fn as_text(failure: &Failure) -> String {
    let mut text = format!("error: {}\n", failure.what);
    for (label, part) in [("why", &failure.why), ("next", &failure.next)] {
        if !part.is_empty() {
            text += &format!("  {label}: {part}\n");
        }
    }
    text
}

fn as_json(failure: &Failure) -> String {
    let Failure { kind, what, why, next, .. } = failure;
    let error =
        serde_json::json!({ "kind": kind, "what": what, "why": why, "next": next, "exit": code(*kind) });
    format!("{}\n", serde_json::json!({ "error": error }))
}

/// Prints a mistake on the command line as JSON.
pub(crate) fn report_usage(program: &str, message: &str) -> ExitCode {
    complain(&usage_as_json(program, message));
    ExitCode::from(USAGE)
}

/// What clap says for people: the mistake, perhaps tips, the usage.
fn usage_as_json(program: &str, message: &str) -> String {
    let (what, rest) = message.split_once("\n\n").unwrap_or((message, ""));
    let what = what.trim().trim_start_matches("error: ");
    let tip = rest.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let why = tip.unwrap_or("the command line is not one that this program has");
    let next = format!("see `{program} --help`, or the --help of the command");
    let error = serde_json::json!({ "kind": "usage", "what": what, "why": why, "next": next, "exit": USAGE });
    format!("{}\n", serde_json::json!({ "error": error }))
}

/// Help and the version are no mistakes.
pub(crate) fn usage_code(error: &clap::Error) -> ExitCode {
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

fn complain(text: &str) {
    // Where standard error is closed there is nobody to tell; the exit code still says it.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_a_code_of_its_own() {
        let kinds =
            [FailureKind::Failed, FailureKind::NotRunning, FailureKind::NotSetUp, FailureKind::Refused];
        assert_eq!(kinds.map(code), [1, 3, 4, 5]);
    }

    #[test]
    fn a_mistyped_command_line_is_told_like_any_failure() {
        let clap = "error: unrecognized subcommand 'lst'\n\n  tip: a similar subcommand exists: 'list'\n\nUsage: x\n";
        let value: serde_json::Value = serde_json::from_str(&usage_as_json("yanzhen-node", clap)).unwrap();
        let error = &value["error"];
        assert_eq!(error["what"], "unrecognized subcommand 'lst'");
        assert_eq!(error["why"], "a similar subcommand exists: 'list'");
        assert_eq!(error["next"], "see `yanzhen-node --help`, or the --help of the command");
        assert_eq!((&error["kind"], &error["exit"]), (&"usage".into(), &2.into()));
    }

    #[test]
    fn a_failure_in_text_leaves_out_what_is_not_known() {
        let failure = Failure::failed("it broke").next("mend it");
        assert_eq!(as_text(&failure), "error: it broke\n  next: mend it\n");
    }

    #[test]
    fn a_failure_in_json_is_one_document_with_its_exit_code() {
        let failure = Failure::refused("no").why("because");
        let value: serde_json::Value = serde_json::from_str(&as_json(&failure)).unwrap();
        assert_eq!(value["error"]["kind"], "refused");
        assert_eq!(value["error"]["exit"], 5);
        assert_eq!(value["error"]["why"], "because");
    }
}
