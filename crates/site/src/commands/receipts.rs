//! `receipts`: the matrix of a document's recipients and how far each has come.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use yanzhen_proto::v1::{DocumentRequest, ReceiptView, ReceiptsReply};

use super::documents::{attachments, named};
use super::files;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, Table, Words, clean, counted, left};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM receipts 3f9a --save ./replies";

/// Whose receipts.
#[derive(Args, Clone, Debug)]
pub struct ReceiptsArgs {
    /// The document's id, or as many of its last digits as are unique
    #[arg(value_name = "ID")]
    id: String,

    /// Saves the attachments of replies into this folder, a folder for each unit; overwrites nothing
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

/// The matrix with what became of the replies' attachments.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    reply: ReceiptsReply,
    #[serde(flatten)]
    saving: Option<Saving>,
}

/// What became of the replies' attachments.
#[derive(Default, Serialize)]
struct Saving {
    /// Saved now.
    saved: Vec<PathBuf>,
    /// In the folder before, and left as they are.
    there_already: Vec<PathBuf>,
    /// Not at this site yet.
    on_the_way: Vec<PathBuf>,
}

pub(super) async fn run(
    args: ReceiptsArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let request = DocumentRequest { id: args.id, ..DocumentRequest::default() };
    let reply = client.site.receipts(request).await?.into_inner();
    let saving = match &args.save {
        Some(folder) => Some(save(&reply, folder, client, out).await?),
        None => None,
    };
    let missing = saving.as_ref().is_some_and(|saving| !saving.on_the_way.is_empty());
    out.reply(&Shown { reply, saving }, |shown, words| {
        matrix(&shown.reply, words) + &shown.saving.as_ref().map(saving_lines).unwrap_or_default()
    })?;
    Ok(Done::unless(missing))
}

/// Saves what is not in the folder yet, so that the same command later brings what was on its way.
async fn save(
    reply: &ReceiptsReply,
    folder: &Path,
    client: &mut ControlClient,
    out: &Out<'_>,
) -> Result<Saving, Failure> {
    let mut saving = Saving::default();
    for receipt in reply.receipts.iter().filter(|receipt| !receipt.attachments.is_empty()) {
        let unit = folder.join(files::safe_name(&format!(
            "{} {}",
            receipt.unit_code,
            named(&receipt.unit_name, &receipt.branch)
        )));
        files::make_folder(&unit).await?;
        for attachment in &receipt.attachments {
            let path = unit.join(files::safe_name(&attachment.name));
            if !attachment.present {
                saving.on_the_way.push(path);
            } else if tokio::fs::symlink_metadata(&path).await.is_ok() {
                saving.there_already.push(path);
            } else {
                saving.saved.push(files::save(attachment, &unit, client, out).await?);
            }
        }
    }
    Ok(saving)
}

fn saving_lines(saving: &Saving) -> String {
    let lines = |what: &str, paths: &[PathBuf]| -> String {
        paths.iter().map(|path| format!("{what}: {}\n", path.display())).collect()
    };
    let all = [
        lines("saved", &saving.saved),
        lines("there already, left as it is", &saving.there_already),
        lines("not here yet; try again when it has arrived", &saving.on_the_way),
    ];
    match all.concat() {
        none if none.is_empty() => "\nno reply has attachments\n".to_owned(),
        text => format!("\n{text}"),
    }
}

/// Who signed, and who did it for the branch.
fn by(receipt: &ReceiptView) -> String {
    match receipt.signed_proxy.is_empty() {
        true => receipt.signed_by.clone(),
        false => format!("{}（{} 代办）", receipt.signed_by, receipt.signed_proxy),
    }
}

fn matrix(reply: &ReceiptsReply, words: &Words) -> String {
    let document = reply.document.clone().unwrap_or_default();
    let mut text = format!("{} {}\n\n", document.number, document.title).trim_start().to_owned();
    let mut table = Table::new(&[
        left("代码"),
        left("单位"),
        left("主送/抄送"),
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
            named(&r.unit_name, &r.branch),
            r.r#as.clone(),
            r.stage.clone(),
            words.when(r.delivered_ms),
            words.when(r.read_ms),
            words.when(r.signed_ms),
            by(r),
            words.when(r.returned_ms),
            words.when(r.replied_ms),
        ]);
    }
    text = clean(text.trim_end()) + "\n\n" + &table.text();
    let ReceiptsReply { recipients, delivered, read, signed, returned, replied, .. } = reply;
    text += &format!(
        "\n{}: 送达 {delivered}, 已读 {read}, 签收 {signed}, 退回 {returned}, 办结 {replied}\n",
        counted(*recipients, "recipient")
    );
    for r in &reply.receipts {
        if !r.return_reason.is_empty() {
            text +=
                &format!("\n{} 退回: {}\n", clean(&named(&r.unit_name, &r.branch)), clean(&r.return_reason));
        }
        if !r.reply.is_empty() || !r.attachments.is_empty() {
            text += &format!(
                "\n{} 办结: {}\n{}",
                clean(&named(&r.unit_name, &r.branch)),
                clean(&r.reply),
                attachments(&r.attachments)
            );
        }
    }
    text
}
