//! What the recipients of a document have done with it.

use yanzhen_bureau::documents::{ReceiptView, StageCounts};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::ObjectHash;

use super::documents::{self, find};
use super::failure::{of_bureau, of_store};
use crate::failure::Failure;
use crate::runtime::Site;

/// The matrix of receipts.
pub(super) async fn matrix(
    site: &Site,
    request: proto::DocumentRequest,
) -> Result<proto::ReceiptsReply, Failure> {
    let (id, _) = find(site, &request.id, &request.unit_code, "").await?;
    let matrix = site.bureau.receipts(id).await.map_err(of_bureau)?;
    let document = match matrix.document {
        Some(document) => Some(documents::view(site, document).await?),
        None => None,
    };
    let mut rows = Vec::with_capacity(matrix.rows.len());
    for row in matrix.rows {
        rows.push(view(site, row).await?);
    }
    Ok(proto::ReceiptsReply { document, receipts: rows, ..counts(&matrix.counts) })
}

fn counts(counts: &StageCounts) -> proto::ReceiptsReply {
    proto::ReceiptsReply {
        recipients: counts.recipients,
        delivered: counts.delivered,
        read: counts.read,
        signed: counts.signed,
        returned: counts.returned,
        replied: counts.replied,
        ..Default::default()
    }
}

pub(super) async fn view(site: &Site, view: ReceiptView) -> Result<proto::ReceiptView, Failure> {
    let mut attachments = Vec::with_capacity(view.receipt.attachments.len());
    for attachment in &view.receipt.attachments {
        attachments.push(attachment_view(site, attachment).await?);
    }
    Ok(proto::ReceiptView { attachments, ..without_attachments(view) })
}

fn without_attachments(view: ReceiptView) -> proto::ReceiptView {
    let ReceiptView { code, name, branch, copy, stage, receipt, .. } = view;
    proto::ReceiptView {
        unit_code: code,
        unit_name: name,
        branch,
        signed_proxy: receipt.signed_proxy,
        closed_proxy: receipt.closed_proxy,
        stage: stage.word().to_owned(),
        delivered_ms: receipt.delivered_ms,
        read_ms: receipt.read_ms,
        signed_ms: receipt.signed_ms,
        signed_by: receipt.signed_by,
        returned_ms: receipt.returned_ms,
        return_reason: receipt.return_reason,
        replied_ms: receipt.replied_ms,
        reply: receipt.reply,
        attachments: Vec::new(),
        r#as: addressed(copy).to_owned(),
    }
}

async fn attachment_view(
    site: &Site,
    attachment: &proto::Attachment,
) -> Result<proto::AttachmentView, Failure> {
    let object = attachment.object.clone().unwrap_or_default();
    let present = match ObjectHash::try_from(object.hash.as_ref()) {
        Ok(hash) => site.store.is_object_present(hash).await.map_err(of_store)?,
        Err(_) => false,
    };
    Ok(proto::AttachmentView {
        name: attachment.name.clone(),
        hash: data_encoding::HEXLOWER.encode(&object.hash),
        size: object.size,
        present,
    })
}

/// How a unit is addressed.
pub(super) fn addressed(copy: bool) -> &'static str {
    if copy { "抄送" } else { "主送" }
}

#[cfg(test)]
mod tests {
    use yanzhen_bureau::documents::Stage;
    use yanzhen_sync::UnitId;

    use super::*;

    #[test]
    fn a_receipt_is_shown_with_its_furthest_stage() {
        let shown = without_attachments(ReceiptView {
            reminder: None,
            to: UnitId::new([1; 16]).into(),
            branch: String::new(),
            code: "9901".to_owned(),
            name: "云东".to_owned(),
            copy: true,
            stage: Stage::Signed,
            receipt: proto::Receipt { signed_ms: 7, signed_by: "王".to_owned(), ..Default::default() },
        });
        assert_eq!(
            [shown.stage.as_str(), shown.r#as.as_str(), shown.signed_by.as_str()],
            ["签收", "抄送", "王"]
        );
    }
}
