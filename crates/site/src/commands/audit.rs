//! `audit`: the log of what people did in the console.

use std::path::Path;

use clap::Subcommand;
use serde::Serialize;
use yanzhen_console::audit::{Fault, Verdict, verify_file};

use crate::exit::Done;
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::out::{Out, Words};
use crate::program::{Global, Program};
use crate::runtime::CONSOLE_DATABASE;

/// The log of what people did in the console.
#[derive(Clone, Debug, Subcommand)]
pub enum Audit {
    /// Looks whether the log is whole, in the data folder itself: of a running site or a stopped one, or of a copy
    #[command(after_help = "Example:\n  PROGRAM audit verify")]
    Verify,
}

/// What was found, to be printed.
#[derive(Serialize)]
struct Report {
    entries: i64,
    first: i64,
    last: i64,
    hash: String,
    fault: Option<String>,
}

impl Audit {
    /// Looks, and prints to standard output. A log that is not whole is a failure.
    pub async fn run(self, program: &Program, global: &Global) -> Result<Done, Failure> {
        let Audit::Verify = self;
        let opened = DataFolder::open(&global.data, program.role);
        let (folder, _) = opened.map_err(|error| error.explain(program))?;
        let mut stdout = std::io::stdout();
        verify(&folder.path().join(CONSOLE_DATABASE), &mut Out::standard(global.json, &mut stdout)).await
    }
}

async fn verify(path: &Path, out: &mut Out<'_>) -> Result<Done, Failure> {
    if !path.exists() {
        return Err(Failure::refused("this site has no audit log yet")
            .why("its console has never been served")
            .next("see `console_listen` in settings.toml"));
    }
    let failed = |error| Failure::failed("the audit log can't be read").why(error);
    let verdict = verify_file(path).await.map_err(failed)?;
    out.reply(&report(&verdict), text)?;
    match verdict.fault {
        None => Ok(Done::Whole),
        Some(_) => Err(Failure::failed("the audit log is not whole")
            .why("somebody changed the file, or the disk is damaged")
            .next("keep a copy of the data folder as it is and tell the unit above")),
    }
}

fn report(verdict: &Verdict) -> Report {
    Report {
        entries: verdict.entries,
        first: verdict.first,
        last: verdict.last,
        hash: verdict.hash.to_string(),
        fault: verdict.fault.map(|fault| match fault {
            Fault::Altered(seq) => format!("entry {seq} or the one before it was altered"),
            Fault::Missing(seq) => format!("entry {seq} is missing"),
        }),
    }
}

fn text(report: &Report, _: &Words) -> String {
    let Report { entries, first, last, hash, fault } = report;
    match fault {
        Some(fault) => format!("{entries} entries are in order, then: {fault}\n"),
        None => format!("{entries} entries, {first} to {last}, are whole\nlast hash {hash}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let verdict = Verdict {
            entries: 2,
            first: 1,
            last: 2,
            hash: Default::default(),
            fault: Some(Fault::Missing(3)),
        };
        let words = Words::new(jiff::tz::TimeZone::UTC);
        assert_eq!(text(&report(&verdict), &words), "2 entries are in order, then: entry 3 is missing\n");
        let whole = Verdict { fault: None, ..verdict };
        assert!(text(&report(&whole), &words).starts_with("2 entries, 1 to 2, are whole\nlast hash 00"));
    }

    #[tokio::test]
    async fn a_site_without_a_console_has_nothing_to_verify_and_gets_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.db");
        let mut printed = Vec::new();
        assert!(verify(&path, &mut Out::plain(false, &mut printed)).await.is_err());
        assert!(!path.exists());
    }
}
