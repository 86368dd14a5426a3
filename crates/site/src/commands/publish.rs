//! `publish`: a document goes down the tree.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use yanzhen_proto::v1::{PublishReply, PublishRequest};

use super::documents::named;
use super::files;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, left};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM publish --title 关于做好走访慰问工作的通知 \
                                  --body 通知.txt --attach 附件1.pdf --to 9901 --subtree --copy 990001 \
                                  --number 云老干〔2026〕12号 --deadline 2026-12-31 --needs-reply";

/// Bytes of a document's text in one message: long papers are attachments.
const MAX_BODY_BYTES: u64 = 256 * 1024;

/// A document.
#[derive(Args, Clone, Debug)]
pub struct PublishArgs {
    /// Its title
    #[arg(long, value_name = "TEXT")]
    title: String,

    /// A text file (UTF-8) with its body
    #[arg(long, value_name = "FILE")]
    body: PathBuf,

    /// A file that goes with it; may be repeated
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,

    /// Units that it is for (主送)
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',', required_unless_present = "to_branch")]
    to: Vec<String>,

    /// Party branches that it is for (主送), by number or id
    #[arg(long, value_name = "NUMBER", num_args = 1.., value_delimiter = ',')]
    to_branch: Vec<String>,

    /// Each of --to stands for itself and every unit with a site below it
    #[arg(long)]
    subtree: bool,

    /// Units that get a copy (抄送)
    #[arg(long, value_name = "CODE", num_args = 1.., value_delimiter = ',')]
    copy: Vec<String>,

    /// Its number (发文字号)
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,

    /// The day by which it is to be dealt with
    #[arg(long, value_name = "DATE")]
    deadline: Option<String>,

    /// Asks for an answer
    #[arg(long)]
    needs_reply: bool,
}

pub(super) async fn run(
    args: PublishArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let body = text(&args.body, files::read_whole(&args.body, MAX_BODY_BYTES).await?)?;
    let attachments = files::put_all(&args.attach, client, out).await?;
    let request = PublishRequest {
        title: args.title,
        body,
        attachments,
        to: args.to,
        to_branches: args.to_branch,
        copy: args.copy,
        subtree: args.subtree,
        number: args.number.unwrap_or_default(),
        deadline: args.deadline.unwrap_or_default(),
        needs_reply: args.needs_reply,
    };
    let reply = client.site.publish(request).await?.into_inner();
    out.reply(&reply, |reply, _| published(reply))?;
    Ok(Done::Whole)
}

fn text(path: &Path, bytes: Bytes) -> Result<String, Failure> {
    let text = String::from_utf8(bytes.into()).map_err(|error| {
        Failure::refused(format!("{} is not text in UTF-8", path.display()))
            .why(format!("byte {} fits into no character", error.utf8_error().valid_up_to() + 1))
            .next("save it as UTF-8 text, or attach it with --attach")
    })?;
    // Some editors begin a file with this mark.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

fn published(reply: &PublishReply) -> String {
    let mut table = Table::new(&[left("代码"), left("单位"), left("主送/抄送"), left("状态")]);
    for recipient in &reply.recipients {
        let state = if recipient.sent { "已发" } else { "待发: no site yet; it goes when one joins" };
        let r = recipient.clone();
        table.row([r.unit_code, named(&r.unit_name, &r.branch), r.r#as, state.to_owned()]);
    }
    format!("published: {}\n\n{}", reply.id, table.text())
}
