//! What central alone answers: `units`, `sites`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use yanzhen_proto::v1::{ListSitesRequest, ShowUnitsRequest, SitesReply, UnitsReply, UnitsRequest};

use super::{files, table_import};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, counted, left, right, size};

pub(super) const SITES_EXAMPLE: &str = "Example:\n  PROGRAM sites";

/// Bytes of a table of units, as administration.proto lays down.
const MAX_UNITS_BYTES: u64 = 16 * 1024 * 1024;

/// The tree of units.
#[derive(Clone, Debug, Subcommand)]
pub enum Units {
    /// Takes units in from a CSV file with the columns code, name, parent_code, kind; all rows or none
    #[command(after_help = "Example:\n  PROGRAM units import units.csv")]
    Import(UnitsImportArgs),
    /// Shows the tree with each unit's site
    #[command(after_help = "Example:\n  PROGRAM units show 9901")]
    Show(UnitsShowArgs),
}

/// A table of units.
#[derive(Args, Clone, Debug)]
pub struct UnitsImportArgs {
    /// A CSV file with a header row in Chinese or English
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Which units.
#[derive(Args, Clone, Debug)]
pub struct UnitsShowArgs {
    /// The unit at the top [default: all]
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Nothing to choose.
#[derive(Args, Clone, Debug)]
pub struct SitesArgs {}

pub(super) async fn units(
    command: Units,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    match command {
        Units::Import(args) => {
            let table = files::read_whole(&args.file, MAX_UNITS_BYTES).await?;
            let reply = client.central.import_units(UnitsRequest { table }).await?.into_inner();
            let refused = reply.refusals.len() as u64;
            out.reply(&reply, |reply, _| {
                if refused > 0 {
                    return table_import::refusals(&reply.refusals, refused);
                }
                format!(
                    "{} created, {} updated, {} unchanged\n",
                    reply.created, reply.updated, reply.unchanged
                )
            })?;
            match refused {
                0 => Ok(Done::Whole),
                _ => Err(Failure::refused("no unit was imported")
                    .why(format!(
                        "{} can't be taken in, and the tree must fit together",
                        counted(refused, "row")
                    ))
                    .next("correct these rows and import the file again")),
            }
        }
        Units::Show(args) => {
            let request = ShowUnitsRequest { code: args.code.unwrap_or_default() };
            let reply = client.central.show_units(request).await?.into_inner();
            out.reply(&reply, |reply, _| tree(reply))?;
            Ok(Done::Whole)
        }
    }
}

fn tree(reply: &UnitsReply) -> String {
    let mut table = Table::new(&[left("单位"), left("类别"), left("site")]);
    for unit in &reply.units {
        let name = format!("{}{} {}", "  ".repeat(unit.depth as usize), unit.code, unit.name);
        let site = if unit.has_site {
            super::documents::short(&unit.home).to_owned()
        } else {
            "none of its own".to_owned()
        };
        table.row([name, unit.kind.clone(), site]);
    }
    if table.is_empty() { "none\n".to_owned() } else { table.text() }
}

pub(super) async fn sites(
    _: SitesArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let reply = client.central.list_sites(ListSitesRequest {}).await?.into_inner();
    out.reply(&reply, site_tables)?;
    Ok(Done::Whole)
}

fn site_tables(reply: &SitesReply, words: &Words) -> String {
    let mut sites = Table::new(&[
        left("单位"),
        left("role"),
        left("site"),
        left("joined"),
        left("last pulse"),
        right("frames behind"),
        right("free disk"),
        left("software"),
        left("state"),
    ]);
    for site in &reply.sites {
        let s = site.clone();
        let free = if s.last_pulse_ms == 0 { "-".to_owned() } else { size(s.free_disk_bytes) };
        let state = if s.complete { "complete".to_owned() } else { s.why };
        sites.row([
            format!("{}{} {}", "  ".repeat(s.depth as usize), s.unit_code, s.unit_name),
            s.role,
            super::documents::short(&s.site).to_owned(),
            words.when(s.joined_ms),
            words.when(s.last_pulse_ms),
            s.frames_behind.to_string(),
            free,
            s.software,
            state,
        ]);
    }
    sites.text()
}
