//! `people transfer`: people who change their unit, by the same rules as on the console's pages.

use clap::{Args, Subcommand};
use yanzhen_proto::v1::{
    AcceptTransferRequest, ListTransfersRequest, ReleasePersonRequest, ReturnTransferRequest,
    TransferRequest, TransferView, TransfersReply,
};

use super::documents::short;
use super::records::{self, RecordArgs};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, left};

/// People who change their unit.
#[derive(Clone, Debug, Subcommand)]
pub enum Transfers {
    /// Lists those under way, the latest first
    #[command(after_help = "Example:\n  PROGRAM people transfer list --all")]
    List(ListArgs),
    /// Releases a person to another unit (开具介绍信), which accepts or returns them
    #[command(after_help = "Example:\n  PROGRAM people transfer issue 1001 --to 990201 --reason 随子女居住")]
    Issue(IssueArgs),
    /// Takes a released person into a unit of this site (接收)
    #[command(after_help = "Example:\n  PROGRAM people transfer accept 3f9a04c1 --number 2001")]
    Accept(AcceptArgs),
    /// Returns a released person, who stays with the old unit (退回)
    #[command(after_help = "Example:\n  PROGRAM people transfer return 3f9a04c1 --reason 查无此人")]
    Return(ReturnArgs),
    /// Asks a released person back; the new unit's site grants it unless it has answered before (撤回)
    #[command(after_help = "Example:\n  PROGRAM people transfer withdraw 3f9a04c1")]
    Withdraw(TransferArgs),
}

/// Which of them are listed.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Also those that were answered
    #[arg(long)]
    all: bool,

    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,

    /// After how many others
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
}

/// Who goes where.
#[derive(Args, Clone, Debug)]
pub struct IssueArgs {
    #[command(flatten)]
    person: RecordArgs,

    /// The unit that is to take the person
    #[arg(long, value_name = "CODE")]
    to: String,

    /// The number of the 介绍信
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    letter: String,

    /// Its day [default: today]
    #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
    issued: String,

    /// The last day on which it can be accepted [default: three months after its day, the longest there is]
    #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
    valid_until: String,

    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,

    #[command(flatten)]
    place: PlaceArgs,
}

/// Where a person comes to stand in the new unit.
#[derive(Args, Clone, Debug)]
struct PlaceArgs {
    /// 编号 in the new unit, where this site keeps it [default: the old one]
    #[arg(long = "number", value_name = "NUMBER", default_value = "", hide_default_value = true)]
    new_number: String,

    /// The number of the branch in the new unit, where this site keeps it
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    branch: String,
}

/// One transfer.
#[derive(Args, Clone, Debug)]
pub struct TransferArgs {
    /// The transfer's id, or as many of its last digits as are unique
    #[arg(value_name = "ID")]
    id: String,
}

/// A person who is taken.
#[derive(Args, Clone, Debug)]
pub struct AcceptArgs {
    #[command(flatten)]
    transfer: TransferArgs,

    #[command(flatten)]
    place: PlaceArgs,
}

/// A person who is returned.
#[derive(Args, Clone, Debug)]
pub struct ReturnArgs {
    #[command(flatten)]
    transfer: TransferArgs,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) async fn run(
    command: Transfers,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let site = &mut client.site;
    let done = match command {
        Transfers::List(ListArgs { all, limit, offset }) => {
            let request = ListTransfersRequest { answered: all, offset, limit };
            let reply = site.list_transfers(request).await?.into_inner();
            out.reply(&reply, |reply, _| list(reply, offset))?;
            return Ok(Done::Whole);
        }
        Transfers::Issue(args) => site.release_person(ReleasePersonRequest::from(args)).await?,
        Transfers::Accept(AcceptArgs { transfer, place }) => {
            let PlaceArgs { new_number, branch } = place;
            site.accept_transfer(AcceptTransferRequest { id: transfer.id, new_number, branch }).await?
        }
        Transfers::Return(ReturnArgs { transfer, reason }) => {
            site.return_transfer(ReturnTransferRequest { id: transfer.id, reason }).await?
        }
        Transfers::Withdraw(TransferArgs { id }) => site.withdraw_transfer(TransferRequest { id }).await?,
    };
    out.reply(done.get_ref(), |transfer, _| one(transfer))?;
    Ok(Done::Whole)
}

impl From<IssueArgs> for ReleasePersonRequest {
    fn from(args: IssueArgs) -> ReleasePersonRequest {
        let IssueArgs { person, to, letter, issued, valid_until, reason, place } = args;
        ReleasePersonRequest {
            unit_code: person.unit.unwrap_or_default(),
            number: person.number,
            to,
            letter,
            issued,
            valid_until,
            reason,
            new_number: place.new_number,
            branch: place.branch,
        }
    }
}

fn list(reply: &TransfersReply, offset: u32) -> String {
    let mut table = Table::new(&[
        left("id"),
        left("原编号"),
        left("姓名"),
        left("转出单位"),
        left("转入单位"),
        left("介绍信"),
        left("有效期至"),
        left("状态"),
    ]);
    for transfer in &reply.transfers {
        let t = transfer.clone();
        let (from, to) = (format!("{} {}", t.from_code, t.from_name), format!("{} {}", t.to_code, t.to_name));
        table.row([short(&t.id).to_owned(), t.number, t.name, from, to, t.letter, t.valid_until, t.state]);
    }
    let rows = if table.is_empty() { String::new() } else { table.text() };
    rows + &records::page(reply.transfers.len(), offset, reply.total)
}

fn one(t: &TransferView) -> String {
    let name = format!("{} {}", t.number, t.name);
    let (id, name, state) = (short(&t.id), name.trim(), &t.state);
    format!("{id}: {name} from {} to {}, until {}: {state}\n", t.from_code, t.to_code, t.valid_until)
}
