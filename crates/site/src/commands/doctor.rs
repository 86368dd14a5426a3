//! `doctor`: what of the machine and the line keeps the site from working well.

use clap::Args;
use yanzhen_proto::v1::{Check, CheckKind, DoctorReply, DoctorRequest, Grade};

use super::status::trouble_lines;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, left};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM doctor";

/// Nothing can be chosen.
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {}

pub(super) async fn run(
    _: DoctorArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let reply = client.site.doctor(DoctorRequest {}).await?.into_inner();
    out.reply(&reply, |reply, _| whole(reply))?;
    Ok(Done::unless(reply.checks.iter().any(|check| check.grade() == Grade::Bad)))
}

fn whole(reply: &DoctorReply) -> String {
    let mut table = Table::new(&[left("check"), left("result"), left("found")]);
    for check in &reply.checks {
        table.row([name(check).to_owned(), grade(check).to_owned(), check.found.clone()]);
    }
    let troubles: Vec<_> = reply.checks.iter().filter_map(|check| check.trouble.clone()).collect();
    match troubles.is_empty() {
        true => table.text(),
        false => format!("{}\n{}", table.text(), trouble_lines(&troubles)),
    }
}

fn name(check: &Check) -> &'static str {
    match check.kind() {
        CheckKind::Unspecified => "?",
        CheckKind::Clock => "clock",
        CheckKind::Disk => "disk",
        CheckKind::Folder => "data folder",
        CheckKind::Database => "database",
        CheckKind::Log => "database log",
        CheckKind::Key => "key",
        CheckKind::Parent => "parent",
        CheckKind::Version => "version",
        CheckKind::Quarantine => "set aside",
    }
}

fn grade(check: &Check) -> &'static str {
    match check.grade() {
        Grade::Unspecified => "?",
        Grade::Good => "ok",
        Grade::Warning => "warning",
        Grade::Bad => "bad",
    }
}
