//! `report`: tables of figures.

use clap::{Args, Subcommand};
use yanzhen_proto::v1::{RollUpReply, RollUpRequest, RollUpRow};

use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, clean, counted, left, right};

/// Tables of figures.
#[derive(Clone, Debug, Subcommand)]
pub enum Report {
    /// People and Party organisations by unit, with totals
    #[command(after_help = "Example:\n  PROGRAM report rollup --unit 9901")]
    Rollup(RollUpArgs),
}

/// Where the table begins.
#[derive(Args, Clone, Debug)]
pub struct RollUpArgs {
    /// The unit at the top of the table [default: the site's own]
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

pub(super) async fn run(
    command: Report,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let Report::Rollup(args) = command;
    let request = RollUpRequest { unit_code: args.unit.unwrap_or_default() };
    let reply = client.site.roll_up(request).await?.into_inner();
    out.reply(&reply, |reply, words| table(reply) + &completeness(reply, words))?;
    Ok(Done::Whole)
}

/// Whose records the table holds, and which sites hold it back.
fn completeness(reply: &RollUpReply, words: &Words) -> String {
    let Some(found) = &reply.completeness else { return String::new() };
    let as_of = words.when(found.as_of_ms);
    let mut text = format!("{} of {} complete as of {as_of}\n", found.complete, counted(found.sites, "site"));
    for site in &found.incomplete {
        text += &format!("- {}\n", clean(&format!("{} {}: {}", site.unit_code, site.unit_name, site.why)));
    }
    text
}

/// The table, as `report rollup` prints it.
pub fn table(reply: &RollUpReply) -> String {
    let mut table = Table::new(&[
        left("单位"),
        right("离退休"),
        right("离休"),
        right("其中党员"),
        right("退休"),
        right("其中党员"),
        right("党组织"),
        right("单独"),
        right("联合"),
    ]);
    for row in &reply.rows {
        let indent = "  ".repeat(row.depth as usize);
        let name = format!("{} {}", row.unit_code, row.unit_name);
        add(&mut table, format!("{indent}{}", name.trim_start()), row);
    }
    if let Some(total) = &reply.total {
        add(&mut table, "合计".to_owned(), total);
    }
    table.text()
}

fn add(table: &mut Table, name: String, row: &RollUpRow) {
    let numbers = [
        row.people,
        row.honoured,
        row.honoured_members,
        row.ordinary,
        row.ordinary_members,
        row.orgs,
        row.orgs_single,
        row.orgs_joint,
    ];
    let [people, honoured, honoured_members, ordinary, ordinary_members, orgs, single, joint] =
        numbers.map(|number| number.to_string());
    table.row([name, people, honoured, honoured_members, ordinary, ordinary_members, orgs, single, joint]);
}
