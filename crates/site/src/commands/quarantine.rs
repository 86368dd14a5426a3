//! `quarantine`: entries that were stored but could not be taken in.

use clap::{Args, Subcommand};
use yanzhen_proto::v1::{QuarantineReply, QuarantineRequest};

use super::documents::short;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, left, right};

/// Entries that could not be taken in.
#[derive(Clone, Debug, Subcommand)]
pub enum Quarantine {
    /// Lists them with the reasons
    #[command(after_help = "Example:\n  PROGRAM quarantine list")]
    List,
    /// Tries to take them in again
    #[command(after_help = "Example:\n  PROGRAM quarantine retry")]
    Retry(RetryArgs),
}

/// Which are tried again.
#[derive(Args, Clone, Debug)]
pub struct RetryArgs {
    /// Their ids [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

pub(super) async fn run(
    command: Quarantine,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    match command {
        Quarantine::List => {
            let reply =
                client.site.list_quarantine(QuarantineRequest { ids: Vec::new() }).await?.into_inner();
            out.reply(&reply, list)?;
            Ok(Done::Whole)
        }
        Quarantine::Retry(args) => {
            let reply = client.site.retry_quarantine(QuarantineRequest { ids: args.ids }).await?.into_inner();
            out.reply(&reply, |reply, _| format!("{} tried, {} accepted\n", reply.tried, reply.accepted))?;
            Ok(Done::unless(reply.accepted < reply.tried))
        }
    }
}

fn list(reply: &QuarantineReply, words: &Words) -> String {
    let mut table = Table::new(&[
        left("id"),
        left("since"),
        left("unit"),
        left("kind"),
        left("record"),
        left("stream"),
        right("frame"),
        right("entry"),
        left("reason"),
    ]);
    for entry in &reply.entries {
        let e = entry.clone();
        let record = short(&e.record).to_owned();
        let (seq, index) = (e.seq.to_string(), e.index.to_string());
        let since = words.when(e.since_ms);
        table.row([e.id, since, e.unit_code, e.kind, record, e.stream, seq, index, e.reason]);
    }
    match reply.more {
        _ if table.is_empty() => "none\n".to_owned(),
        0 => table.text(),
        more => format!("{}and {more} more\n", table.text()),
    }
}
