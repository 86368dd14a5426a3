//! What central alone answers: `units`, `invite`, `sites`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use yanzhen_proto::v1::{
    InviteReply, InviteRequest, ListSitesRequest, ShowUnitsRequest, SitesReply, UnitsReply, UnitsRequest,
};

use super::{files, table_import};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, left, right, size};

pub(super) const INVITE_EXAMPLE: &str = "Example:\n  PROGRAM invite --unit 9901 --role node --ttl 3d";
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

/// For whom a token is.
#[derive(Args, Clone, Debug)]
pub struct InviteArgs {
    /// The unit whose site joins
    #[arg(long, value_name = "CODE")]
    unit: String,

    /// What the site will be
    #[arg(long)]
    role: InvitedRole,

    /// How long the token holds: a number with s, m, h or d
    #[arg(long, value_name = "TIME", default_value = "7d")]
    ttl: Ttl,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum InvitedRole {
    /// Has sites below it
    Node,
    /// Has none
    Terminal,
}

/// A time span in seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ttl(u64);

impl FromStr for Ttl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Ttl, Self::Err> {
        const WRITE: &str = "write it as a number with s, m, h or d, such as 7d";
        let unit = text.chars().next_back().ok_or(WRITE)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(WRITE),
        };
        let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| WRITE)?;
        number.checked_mul(seconds).filter(|seconds| *seconds > 0).map(Ttl).ok_or(WRITE)
    }
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
                    .why(format!("{refused} rows can't be taken in, and the tree must fit together"))
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
        let site = if unit.has_site { unit.home.clone() } else { "none of its own".to_owned() };
        table.row([name, unit.kind.clone(), site]);
    }
    if table.is_empty() { "none\n".to_owned() } else { table.text() }
}

pub(super) async fn invite(
    args: InviteArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let role = match args.role {
        InvitedRole::Node => "node",
        InvitedRole::Terminal => "terminal",
    };
    let request = InviteRequest { unit_code: args.unit, role: role.to_owned(), ttl_seconds: args.ttl.0 };
    let reply = client.central.invite(request).await?.into_inner();
    out.reply(&reply, |reply, words| invitation(reply, role, words))?;
    Ok(Done::Whole)
}

fn invitation(reply: &InviteReply, role: &str, words: &Words) -> String {
    format!(
        "{}\n\nFor one site, until {}. It joins below {} at {}:\n  yanzhen-{role} --data DIR join --token TOKEN\n",
        reply.token,
        words.when(reply.expires_ms),
        reply.parent_unit_name,
        reply.parent_addresses.join(", "),
    )
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
    let mut text = sites.text();
    let mut invitations = Table::new(&[left("invitation"), left("role"), left("expires"), left("state")]);
    for invitation in &reply.invitations {
        let i = invitation.clone();
        invitations.row([i.unit_code, i.role, words.when(i.expires_ms), i.state]);
    }
    if !invitations.is_empty() {
        text += &format!("\n{}", invitations.text());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_a_number_with_its_unit() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("2h", 7_200), ("7d", 604_800)] {
            assert_eq!(text.parse(), Ok(Ttl(seconds)));
        }
        for text in ["", "7", "d", "0d", "-1d", "7w", "7 d", "七天", "99999999999999999999d"] {
            assert!(text.parse::<Ttl>().is_err(), "{text}");
        }
    }
}
