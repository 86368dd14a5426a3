//! `receipts`: the matrix of a document's recipients and how far each has come.

use clap::Args;
use yanzhen_proto::v1::{DocumentRequest, ReceiptsReply};

use super::documents::attachments;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, clean, left};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM receipts 3f9a";

/// Whose receipts.
#[derive(Args, Clone, Debug)]
pub struct ReceiptsArgs {
    /// The document's id, or as many of its last digits as are unique
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) async fn run(
    args: ReceiptsArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let request = DocumentRequest { id: args.id, unit_code: String::new() };
    let reply = client.site.receipts(request).await?.into_inner();
    out.reply(&reply, matrix)?;
    Ok(Done::Whole)
}

fn matrix(reply: &ReceiptsReply, words: &Words) -> String {
    let document = reply.document.clone().unwrap_or_default();
    let mut text = format!("{} {}\n\n", document.number, document.title).trim_start().to_owned();
    let mut table = Table::new(&[
        left("代码"),
        left("单位"),
        left(""),
        left("状态"),
        left("送达"),
        left("已读"),
        left("签收"),
        left("签收人"),
        left("退回"),
        left("办结"),
    ]);
    for r in &reply.receipts {
        table.row([
            r.unit_code.clone(),
            r.unit_name.clone(),
            r.r#as.clone(),
            r.stage.clone(),
            words.when(r.delivered_ms),
            words.when(r.read_ms),
            words.when(r.signed_ms),
            r.signed_by.clone(),
            words.when(r.returned_ms),
            words.when(r.replied_ms),
        ]);
    }
    text = clean(text.trim_end()) + "\n\n" + &table.text();
    let ReceiptsReply { recipients, delivered, read, signed, returned, replied, .. } = reply;
    text += &format!(
        "\n{recipients} recipients: 送达 {delivered}, 已读 {read}, 签收 {signed}, 退回 {returned}, 办结 {replied}\n"
    );
    for r in &reply.receipts {
        if !r.return_reason.is_empty() {
            text += &format!("\n{} 退回: {}\n", clean(&r.unit_name), clean(&r.return_reason));
        }
        if !r.reply.is_empty() || !r.attachments.is_empty() {
            text += &format!(
                "\n{} 办结: {}\n{}",
                clean(&r.unit_name),
                clean(&r.reply),
                attachments(&r.attachments)
            );
        }
    }
    text
}
