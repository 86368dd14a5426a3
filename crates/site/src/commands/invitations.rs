//! `invite` and `invitations`: tokens with which sites join, and what became of them.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use yanzhen_proto::v1::{
    InvitationView, InvitationsReply, InviteReply, InviteRequest, ListInvitationsRequest, WithdrawRequest,
};
use yanzhen_sync::directory::Role;

use super::documents::short;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, left};

pub(super) const INVITE_EXAMPLE: &str = "Example:\n  PROGRAM invite --unit 9901 --role node --ttl 3d";

/// Tokens that were made.
#[derive(Clone, Debug, Subcommand)]
pub enum Invitations {
    /// Lists them: for whom, until when, whether they were used
    #[command(after_help = "Example:\n  PROGRAM invitations list")]
    List,
    /// Makes a token useless that has not been used, such as one that went astray
    #[command(after_help = "Example:\n  PROGRAM invitations withdraw 3f9a04c1")]
    Withdraw(WithdrawArgs),
}

/// One invitation.
#[derive(Args, Clone, Debug)]
pub struct WithdrawArgs {
    /// Its id, or as many of its last digits as are unique
    #[arg(value_name = "ID")]
    id: String,
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

    /// How long the token holds: a number with s, m, h or d [default: a week]
    #[arg(long, value_name = "TIME")]
    ttl: Option<Ttl>,
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

pub(super) async fn run(
    command: Invitations,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    match command {
        Invitations::List => {
            let reply = client.central.list_invitations(ListInvitationsRequest {}).await?.into_inner();
            out.reply(&reply, list)?;
        }
        Invitations::Withdraw(WithdrawArgs { id }) => {
            let reply = client.central.withdraw_invitation(WithdrawRequest { id }).await?.into_inner();
            out.reply(&reply, |reply, _| {
                let InvitationView { id, unit_code, unit_name, role, .. } = reply;
                format!("withdrawn: {} for the {role} of {unit_code} {unit_name}\n", short(id))
            })?;
        }
    }
    Ok(Done::Whole)
}

fn list(reply: &InvitationsReply, words: &Words) -> String {
    let mut table = Table::new(&[left("id"), left("单位"), left("role"), left("expires"), left("state")]);
    for invitation in &reply.invitations {
        let i = invitation.clone();
        let unit = format!("{} {}", i.unit_code, i.unit_name);
        table.row([short(&i.id).to_owned(), unit, i.role, words.when(i.expires_ms), i.state]);
    }
    if table.is_empty() { "none\n".to_owned() } else { table.text() }
}

pub(super) async fn invite(
    args: InviteArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let role = match args.role {
        InvitedRole::Node => Role::Node.word(),
        InvitedRole::Terminal => Role::Terminal.word(),
    };
    let ttl_seconds = args.ttl.map_or(0, |ttl| ttl.0);
    let request = InviteRequest { unit_code: args.unit, role: role.to_owned(), ttl_seconds };
    let reply = client.central.invite(request).await?.into_inner();
    out.reply(&reply, |reply, words| invitation(reply, role, words))?;
    Ok(Done::Whole)
}

fn invitation(reply: &InviteReply, role: &str, words: &Words) -> String {
    let warning = match reply.warning.as_str() {
        "" => String::new(),
        warning => format!("Mind: {warning}.\n"),
    };
    format!(
        "{}\n\n{warning}For one site, until {}. It joins below {} at {}:\n  yanzhen-{role} --data DIR join --token TOKEN\n\
         If it goes astray: `invitations withdraw {}`\n",
        reply.token,
        words.when(reply.expires_ms),
        reply.parent_unit_name,
        reply.parent_addresses.join(", "),
        short(&reply.id),
    )
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
