//! `people`: the roster.

use clap::{Args, Subcommand, ValueEnum};
use yanzhen_proto::v1::{
    ClosePersonRequest, ImportKind, ListRequest, PeopleReply, PersonView, RecordRequest, SaveRequest,
};

use super::records::{self, AddArgs, EditArgs, ListArgs, RecordArgs};
use super::table_import::{self, ImportArgs};
use super::transfers::{self, Transfers};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, fields, left};

/// Retired cadres.
#[derive(Clone, Debug, Subcommand)]
pub enum People {
    /// Takes a roster in from a CSV file (UTF-8 or GB 18030) with a header row
    #[command(after_help = "Example:\n  PROGRAM people import roster.csv")]
    Import(ImportArgs),
    /// Lists people
    #[command(after_help = "Example:\n  PROGRAM people list --search 王 --limit 20")]
    List(ListArgs),
    /// Shows one person
    #[command(after_help = "Example:\n  PROGRAM people show 1001")]
    Show(RecordArgs),
    /// Adds a person
    #[command(after_help = "Example:\n  PROGRAM people add --set 编号=1001 --set 姓名=王建国 --set 性别=男 \
                            --set 离退休类别=退休")]
    Add(AddArgs),
    /// Edits a person
    #[command(after_help = "Example:\n  PROGRAM people edit 1001 --set 职级=正处级")]
    Edit(EditArgs),
    /// Closes a person's record: deceased (去世) or moved away (转出)
    #[command(after_help = "Example:\n  PROGRAM people close 1001 --status 去世 --on 2026-11-22")]
    Close(CloseArgs),
    /// People who change their unit (组织关系转接)
    #[command(subcommand)]
    Transfer(Transfers),
}

/// Why a person is no longer counted.
#[derive(Args, Clone, Debug)]
pub struct CloseArgs {
    #[command(flatten)]
    record: RecordArgs,

    /// What happened
    #[arg(long, value_name = "STATUS")]
    status: Closed,

    /// On which day
    #[arg(long, value_name = "DATE")]
    on: String,

    /// A note
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Closed {
    #[value(name = "去世", alias = "deceased")]
    Deceased,
    #[value(name = "转出", alias = "moved")]
    Moved,
}

impl From<CloseArgs> for ClosePersonRequest {
    fn from(args: CloseArgs) -> ClosePersonRequest {
        let CloseArgs { record, status, on, reason } = args;
        let status = match status {
            Closed::Deceased => "去世",
            Closed::Moved => "转出",
        };
        ClosePersonRequest {
            unit_code: record.unit.unwrap_or_default(),
            number: record.number,
            status: status.to_owned(),
            on,
            reason,
        }
    }
}

pub(super) async fn run(
    command: People,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let site = &mut client.site;
    match command {
        People::Import(args) => table_import::run(ImportKind::People, args, client, out).await,
        People::List(args) => {
            let request = ListRequest::from(args);
            let offset = request.offset;
            let reply = site.list_people(request).await?.into_inner();
            out.reply(&reply, |reply, _| list(reply, offset))?;
            Ok(Done::Whole)
        }
        People::Show(args) => {
            let reply = site.show_person(RecordRequest::from(args)).await?.into_inner();
            out.reply(&reply, |person, _| show(person))?;
            Ok(Done::Whole)
        }
        People::Add(args) => {
            records::saved(site.save_person(SaveRequest::from(args)).await?.into_inner(), out)
        }
        People::Edit(args) => {
            records::saved(site.save_person(SaveRequest::from(args)).await?.into_inner(), out)
        }
        People::Close(args) => {
            records::saved(site.close_person(ClosePersonRequest::from(args)).await?.into_inner(), out)
        }
        People::Transfer(command) => transfers::run(command, client, out).await,
    }
}

fn list(reply: &PeopleReply, offset: u32) -> String {
    let mut table = Table::new(&[
        left("编号"),
        left("姓名"),
        left("性别"),
        left("出生"),
        left("类别"),
        left("职级"),
        left("党籍"),
        left("支部"),
        left("状态"),
        left("单位"),
    ]);
    for person in &reply.people {
        let p = person.clone();
        table.row([
            p.number,
            p.name,
            p.sex,
            p.birth,
            p.retirement,
            p.rank,
            p.membership,
            p.branch_name,
            p.status,
            p.unit_name,
        ]);
    }
    let rows = if table.is_empty() { String::new() } else { table.text() };
    rows + &records::page(reply.people.len(), offset, reply.total)
}

fn show(person: &PersonView) -> String {
    let p = person;
    let unit = format!("{} {}", p.unit_code, p.unit_name);
    let branch = format!("{} {}", p.branch_number, p.branch_name);
    fields(&[
        ("编号", &p.number),
        ("姓名", &p.name),
        ("单位", &unit),
        ("性别", &p.sex),
        ("出生日期", &p.birth),
        ("民族", &p.ethnic),
        ("离退休类别", &p.retirement),
        ("参加革命工作时间", &p.began_work),
        ("离退休时间", &p.retired_on),
        ("职级", &p.rank),
        ("原单位", &p.former_unit),
        ("享受待遇", &p.entitlement),
        ("学历", &p.education),
        ("居住地代码", &p.residence),
        ("专长", &p.skills),
        ("发挥作用意愿", &p.willingness),
        ("党籍状态", &p.membership),
        ("隶属支部编号", branch.trim()),
        ("入党时间", &p.party_joined),
        ("转正时间", &p.party_full_since),
        ("状态", &p.status),
        ("状态日期", &p.status_on),
        ("状态原因", &p.status_reason),
        ("revision", &p.revision.to_string()),
        ("id", &p.id),
    ])
}
