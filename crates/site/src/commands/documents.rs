//! What its issuer sees of a document, `documents list`, and what a recipient does with it: `inbox`, `open`, `sign`,
//! `return`, `reply`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use yanzhen_proto::v1::{
    AttachmentView, DocumentRequest, DocumentView, DocumentsReply, InboxReply, InboxRequest,
    ListDocumentsRequest, ReceiptReply, ReceiptView, RecipientView, ReplyRequest, ReturnRequest, SignRequest,
};

use super::{files, records};
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, clean, clean_lines, fields, left, right, size};

pub(super) const INBOX_EXAMPLE: &str = "Example:\n  PROGRAM inbox --all";
pub(super) const OPEN_EXAMPLE: &str = "Example:\n  PROGRAM open 3f9a --save ./attachments";
pub(super) const SIGN_EXAMPLE: &str = "Example:\n  PROGRAM sign 3f9a --by 李秀兰";
pub(super) const RETURN_EXAMPLE: &str = "Example:\n  PROGRAM return 3f9a --reason 附件不清晰";
pub(super) const REPLY_EXAMPLE: &str = "Example:\n  PROGRAM reply 3f9a --text 已落实 --attach 总结.pdf";

/// Digits of an id that lists show: enough to tell documents apart, and to paste.
const SHORT_ID: usize = 8;

/// Documents that this site has issued.
#[derive(Clone, Debug, Subcommand)]
pub enum Documents {
    /// Lists them, the newest first, with how many recipients have come how far
    #[command(after_help = "Example:\n  PROGRAM documents list")]
    List(ListArgs),
}

/// Which of them are listed.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,

    /// After how many others
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
}

/// Which documents are listed.
#[derive(Args, Clone, Debug)]
pub struct InboxArgs {
    /// Also those that were answered or returned
    #[arg(long)]
    all: bool,

    /// Those for Party branches of the units here, instead of those for the units
    #[arg(long)]
    branches: bool,
}

/// One document.
#[derive(Args, Clone, Debug)]
pub struct DocumentArgs {
    /// The document's id, or as many of its last digits as are unique
    #[arg(value_name = "ID")]
    pub(super) id: String,

    /// The unit here that it concerns [default: the site's own]
    #[arg(long, value_name = "CODE")]
    pub(super) unit: Option<String>,

    /// The Party branch here that it concerns, for which the unit's office acts, by number or id
    #[arg(long, value_name = "NUMBER", conflicts_with = "unit")]
    pub(super) branch: Option<String>,
}

/// A document to be read.
#[derive(Args, Clone, Debug)]
pub struct OpenArgs {
    #[command(flatten)]
    document: DocumentArgs,

    /// Saves the attachments into this folder; overwrites nothing
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

/// A document to be signed for.
#[derive(Args, Clone, Debug)]
pub struct SignArgs {
    #[command(flatten)]
    document: DocumentArgs,

    /// Who signs [default: the unit's name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// A document to be returned.
#[derive(Args, Clone, Debug)]
pub struct ReturnArgs {
    #[command(flatten)]
    document: DocumentArgs,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// An answer to a document.
#[derive(Args, Clone, Debug)]
pub struct ReplyArgs {
    #[command(flatten)]
    document: DocumentArgs,

    /// The answer
    #[arg(long, value_name = "TEXT")]
    text: String,

    /// A file that goes with it; may be repeated
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,

    /// Takes the place of the answer that was given before, with its attachments
    #[arg(long)]
    replace: bool,
}

impl From<DocumentArgs> for DocumentRequest {
    fn from(args: DocumentArgs) -> DocumentRequest {
        DocumentRequest {
            id: args.id,
            unit_code: args.unit.unwrap_or_default(),
            branch: args.branch.unwrap_or_default(),
        }
    }
}

pub(super) async fn issued(
    command: Documents,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let Documents::List(ListArgs { limit, offset }) = command;
    let reply = client.site.list_documents(ListDocumentsRequest { offset, limit }).await?.into_inner();
    out.reply(&reply, |reply, words| issued_list(reply, offset, words))?;
    Ok(Done::Whole)
}

pub(super) async fn inbox(
    args: InboxArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let reply =
        client.site.inbox(InboxRequest { all: args.all, branches: args.branches }).await?.into_inner();
    out.reply(&reply, list)?;
    Ok(Done::Whole)
}

/// A document with where its attachments were saved.
#[derive(Serialize)]
struct Opened {
    #[serde(flatten)]
    document: DocumentView,
    saved: Vec<PathBuf>,
}

pub(super) async fn open(
    args: OpenArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let document = client.site.open_document(DocumentRequest::from(args.document)).await?.into_inner();
    let mut saved = Vec::new();
    if let Some(folder) = &args.save {
        files::make_folder(folder).await?;
        for attachment in document.attachments.iter().filter(|attachment| attachment.present) {
            saved.push(files::save(attachment, folder, client, out).await?);
        }
    }
    let missing = args.save.is_some() && saved.len() < document.attachments.len();
    out.reply(&Opened { document, saved }, |opened, words| {
        let saved = opened.saved.iter().map(|path| format!("saved: {}\n", path.display()));
        show(&opened.document, words) + &saved.collect::<String>()
    })?;
    Ok(Done::unless(missing))
}

pub(super) async fn sign(
    args: SignArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let DocumentRequest { id, unit_code, branch } = args.document.into();
    let request = SignRequest { id, unit_code, branch, by: args.by.unwrap_or_default() };
    let reply = client.site.sign_document(request).await?.into_inner();
    out.reply(&reply, acted)?;
    Ok(Done::Whole)
}

pub(super) async fn give_back(
    args: ReturnArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let DocumentRequest { id, unit_code, branch } = args.document.into();
    let request = ReturnRequest { id, unit_code, branch, reason: args.reason };
    let reply = client.site.return_document(request).await?.into_inner();
    out.reply(&reply, acted)?;
    Ok(Done::Whole)
}

pub(super) async fn reply(
    args: ReplyArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let attachments = files::put_all(&args.attach, client, out).await?;
    let DocumentRequest { id, unit_code, branch } = args.document.into();
    let request = ReplyRequest { id, unit_code, branch, text: args.text, attachments, replace: args.replace };
    let reply = client.site.reply_document(request).await?.into_inner();
    out.reply(&reply, acted)?;
    Ok(Done::Whole)
}

fn issued_list(reply: &DocumentsReply, offset: u32, words: &Words) -> String {
    let mut table = Table::new(&[
        left("id"),
        left("发文字号"),
        left("标题"),
        left("主送"),
        left("发布时间"),
        left("办理期限"),
        left("须回复"),
        right("收文单位"),
        right("已发"),
        right("送达"),
        right("已读"),
        right("签收"),
        right("退回"),
        right("办结"),
    ]);
    for document in &reply.documents {
        let d = document.clone();
        let to = if d.recipients > 1 { format!("{} 等", d.to) } else { d.to };
        let [recipients, sent, delivered, read, signed, returned, replied] =
            [d.recipients, d.sent, d.delivered, d.read, d.signed, d.returned, d.replied]
                .map(|count| count.to_string());
        table.row([
            short(&d.id).to_owned(),
            d.number,
            d.title,
            to,
            words.when(d.published_ms),
            d.deadline,
            yes(d.needs_reply).to_owned(),
            recipients,
            sent,
            delivered,
            read,
            signed,
            returned,
            replied,
        ]);
    }
    let rows = if table.is_empty() { String::new() } else { table.text() };
    rows + &records::page(reply.documents.len(), offset, reply.total)
}

fn yes(flag: bool) -> &'static str {
    if flag { "是" } else { "" }
}

fn list(reply: &InboxReply, words: &Words) -> String {
    let mut table = Table::new(&[
        left("id"),
        left("状态"),
        left("发文字号"),
        left("标题"),
        left("发文单位"),
        left("发布时间"),
        left("办理期限"),
        left("须回复"),
        left("附件"),
    ]);
    for document in &reply.documents {
        let d = document;
        let stage = d.receipt.as_ref().map(|receipt| receipt.stage.clone()).unwrap_or_default();
        table.row([
            short(&d.id).to_owned(),
            stage,
            d.number.clone(),
            d.title.clone(),
            d.issuer.clone(),
            words.when(d.published_ms),
            d.deadline.clone(),
            yes(d.needs_reply).to_owned(),
            attachments_summary(&d.attachments),
        ]);
    }
    if table.is_empty() { "none\n".to_owned() } else { table.text() }
}

fn attachments_summary(attachments: &[AttachmentView]) -> String {
    let missing = attachments.iter().filter(|attachment| !attachment.present).count();
    match (attachments.len(), missing) {
        (0, _) => String::new(),
        (all, 0) => all.to_string(),
        (all, missing) => format!("{all} ({missing} on the way)"),
    }
}

/// A recipient: the unit, or a branch of it.
pub(super) fn named(unit: &str, branch: &str) -> String {
    if branch.is_empty() { unit.to_owned() } else { format!("{unit} {branch}") }
}

/// The last digits of an id: the first ones of ids made at one time are alike.
pub(super) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(SHORT_ID)..).unwrap_or(id)
}

pub(super) fn show(document: &DocumentView, words: &Words) -> String {
    let d = document;
    let recipients = |kind: &str| {
        let them = d.recipients.iter().filter(|r| r.r#as == kind);
        let names: Vec<String> = them.map(|r: &RecipientView| named(&r.unit_name, &r.branch)).collect();
        names.join("、")
    };
    let stage = d.receipt.as_ref().map(|receipt| receipt.stage.as_str()).unwrap_or_default();
    let mut text = fields(&[
        ("标题", &d.title),
        ("发文字号", &d.number),
        ("发文单位", &d.issuer),
        ("发布时间", &words.when(d.published_ms)),
        ("主送", &recipients("主送")),
        ("抄送", &recipients("抄送")),
        ("办理期限", &d.deadline),
        ("须回复", if d.needs_reply { "是" } else { "否" }),
        ("状态", stage),
        ("id", &d.id),
    ]);
    if !d.body.is_empty() {
        text += &format!("\n{}", clean_lines(&d.body));
    }
    if !d.attachments.is_empty() {
        text += &format!("\n{}", attachments(&d.attachments));
    }
    text
}

pub(super) fn attachments(list: &[AttachmentView]) -> String {
    let line = |attachment: &AttachmentView| {
        let state = if attachment.present { "" } else { ", on the way" };
        format!("附件: {} ({}{state})\n", clean(&attachment.name), size(attachment.size))
    };
    list.iter().map(line).collect()
}

/// What an act came to: what did not change is said first, and what was replaced last.
fn acted(reply: &ReceiptReply, words: &Words) -> String {
    let now = reply.receipt.clone().unwrap_or_default();
    let mut text = String::new();
    if !reply.changed {
        let (done, at) = match (now.replied_ms, now.returned_ms) {
            (1.., _) => ("answered", now.replied_ms),
            (_, 1..) => ("returned", now.returned_ms),
            _ => ("signed for", now.signed_ms),
        };
        text = format!("nothing was changed: the document was {done} already, on {}\n", words.when(at));
    }
    text += &receipt(&now, words);
    if let Some(before) = &reply.replaced {
        let when = words.when(before.replied_ms);
        text += &format!("\nin place of the answer of {when}: {}\n", clean(&before.reply));
        text += &attachments(&before.attachments);
    }
    text
}

fn receipt(receipt: &ReceiptView, words: &Words) -> String {
    let r = receipt;
    fields(&[
        ("单位", &format!("{} {}", r.unit_code, r.unit_name)),
        ("状态", &r.stage),
        ("签收", &known(words, r.signed_ms)),
        ("签收人", &r.signed_by),
        ("退回", &known(words, r.returned_ms)),
        ("退回原因", &r.return_reason),
        ("办结", &known(words, r.replied_ms)),
        ("回复", &r.reply),
    ]) + &attachments(&r.attachments)
}

/// Empty for what has not happened.
fn known(words: &Words, millis: i64) -> String {
    if millis == 0 { String::new() } else { words.when(millis) }
}
