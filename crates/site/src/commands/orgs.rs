//! `orgs`: Party organisations.

use clap::Subcommand;
use yanzhen_proto::v1::{ImportKind, ListRequest, OrgView, OrgsReply, RecordRequest, SaveRequest};

use super::records::{self, AddArgs, EditArgs, ListArgs, RecordArgs};
use super::table_import::{self, ImportArgs};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, fields, left, nonzero, right};

/// Party organisations.
#[derive(Clone, Debug, Subcommand)]
pub enum Orgs {
    /// Takes organisations in from a CSV file (UTF-8 or GB 18030) with a header row
    #[command(after_help = "Example:\n  PROGRAM orgs import branches.csv")]
    Import(ImportArgs),
    /// Lists organisations
    #[command(after_help = "Example:\n  PROGRAM orgs list --unit 990101")]
    List(ListArgs),
    /// Shows one organisation
    #[command(after_help = "Example:\n  PROGRAM orgs show D01")]
    Show(RecordArgs),
    /// Adds an organisation
    #[command(after_help = "Example:\n  PROGRAM orgs add --set 编号=D01 --set 全称=第一党支部 \
                            --set 类型=党支部 --set 设置方式=单独")]
    Add(AddArgs),
    /// Edits an organisation
    #[command(after_help = "Example:\n  PROGRAM orgs edit D01 --set 活动阵地=老干部活动中心")]
    Edit(EditArgs),
}

pub(super) async fn run(
    command: Orgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let site = &mut client.site;
    match command {
        Orgs::Import(args) => table_import::run(ImportKind::Orgs, args, client, out).await,
        Orgs::List(args) => {
            let request = ListRequest::from(args);
            let offset = request.offset;
            let reply = site.list_orgs(request).await?.into_inner();
            out.reply(&reply, |reply, _| list(reply, offset))?;
            Ok(Done::Whole)
        }
        Orgs::Show(args) => {
            let reply = site.show_org(RecordRequest::from(args)).await?.into_inner();
            out.reply(&reply, |org, _| show(org))?;
            Ok(Done::Whole)
        }
        Orgs::Add(args) => records::saved(site.save_org(SaveRequest::from(args)).await?.into_inner(), out),
        Orgs::Edit(args) => records::saved(site.save_org(SaveRequest::from(args)).await?.into_inner(), out),
    }
}

fn list(reply: &OrgsReply, offset: u32) -> String {
    let mut table = Table::new(&[
        left("编号"),
        left("名称"),
        left("类型"),
        left("设置方式"),
        right("党员"),
        left("届满"),
        left("上级"),
        left("单位"),
    ]);
    for org in &reply.orgs {
        let o = org.clone();
        let members = o.members.to_string();
        table.row([o.number, o.name, o.r#type, o.setup, members, o.term_end, o.parent_number, o.unit_name]);
    }
    let rows = if table.is_empty() { String::new() } else { table.text() };
    rows + &records::page(reply.orgs.len(), offset, reply.total)
}

fn show(org: &OrgView) -> String {
    let o = org;
    fields(&[
        ("编号", &o.number),
        ("全称", &o.name),
        ("单位", &format!("{} {}", o.unit_code, o.unit_name)),
        ("类型", &o.r#type),
        ("设置方式", &o.setup),
        ("性质", &o.nature),
        ("上级党组织编号", &o.parent_number),
        ("党员", &o.members.to_string()),
        ("在职党员数", &nonzero(o.other_members)),
        ("成立时间", &o.established),
        ("任期年限", &nonzero(o.term_years)),
        ("届满时间", &o.term_end),
        ("活动阵地", &o.place),
        ("星级", &nonzero(o.star)),
        ("撤并时间", &o.closed_on),
        ("revision", &o.revision.to_string()),
        ("id", &o.id),
    ])
}
