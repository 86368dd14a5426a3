//! What the demonstration asks of the sites, over their control channels, as the commands do.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use yanzhen_proto::v1::*;
use yanzhen_site::control::{ControlClient, PIECE_BYTES};

/// How long to wait for something that must come about by itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn import_units(central: &mut ControlClient, table: String) -> Result<()> {
    let imported = central.central.import_units(UnitsRequest { table: table.into() }).await?.into_inner();
    ensure!(imported.refusals.is_empty(), "units were refused: {:?}", imported.refusals);
    Ok(())
}

pub(crate) async fn invite(central: &mut ControlClient, code: &str, role: &str) -> Result<String> {
    let request = InviteRequest { unit_code: code.to_owned(), role: role.to_owned(), ttl_seconds: 3600 };
    Ok(central.central.invite(request).await?.into_inner().token)
}

/// Imports one table; every row must go in. `told` hears how many rows are done.
pub(crate) async fn import(
    site: &mut ControlClient,
    kind: ImportKind,
    table: String,
    mut told: impl FnMut(u64),
) -> Result<()> {
    let pieces = table.as_bytes().chunks(PIECE_BYTES).map(|piece| ImportRequest {
        kind: kind.into(),
        unit_code: String::new(),
        data: piece.to_vec().into(),
    });
    let pieces: Vec<ImportRequest> = pieces.collect();
    let mut progress = site.site.import(tokio_stream::iter(pieces)).await?.into_inner();
    while let Some(step) = progress.message().await? {
        told(step.rows_done);
        if step.done {
            ensure!(step.refused == 0, "rows were refused: {:?}", step.refusals);
            return Ok(());
        }
    }
    bail!("an import ended without its outcome")
}

pub(crate) async fn rollup(site: &mut ControlClient, code: &str) -> Result<RollUpReply> {
    Ok(site.site.roll_up(RollUpRequest { unit_code: code.to_owned() }).await?.into_inner())
}

pub(crate) async fn put_object(site: &mut ControlClient, name: &str, bytes: &[u8]) -> Result<AttachmentView> {
    let pieces: Vec<PutObjectRequest> = bytes
        .chunks(PIECE_BYTES)
        .map(|piece| PutObjectRequest {
            name: name.to_owned(),
            data: piece.to_vec().into(),
            size: bytes.len() as u64,
        })
        .collect();
    Ok(site.site.put_object(tokio_stream::iter(pieces)).await?.into_inner())
}

/// Opens, signs and answers a document as soon as it is delivered.
pub(crate) async fn work_on(site: &mut ControlClient, id: &str, name: &str) -> Result<()> {
    let document = DocumentRequest { id: id.to_owned(), ..DocumentRequest::default() };
    until("the document is delivered", async || {
        let inbox = site.site.inbox(InboxRequest { all: true, branches: false }).await?.into_inner();
        let delivered = |view: &DocumentView| view.receipt.as_ref().is_some_and(|r| r.delivered_ms > 0);
        Ok(inbox.documents.iter().any(|view| view.id == id && delivered(view)))
    })
    .await?;
    site.site.open_document(document).await?;
    let by = format!("{name}值班员");
    site.site.sign_document(SignRequest { id: id.to_owned(), by, ..SignRequest::default() }).await?;
    let text = format!("{name}已组织学习，按要求落实。");
    let reply = ReplyRequest { id: id.to_owned(), text, ..ReplyRequest::default() };
    site.site.reply_document(reply).await?;
    Ok(())
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await? {
        if tokio::time::Instant::now() > deadline {
            bail!("waited {} s in vain until {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
