//! Documents: sent down, opened, signed, returned, replied to.

use yanzhen_bureau::BureauError;
use yanzhen_bureau::documents::{
    Acted, Answer, AttachmentView, Behalf, DocumentView, Issued, NewDocument, RecipientView,
};
use yanzhen_bureau::kinds::recipient::Recipient;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::RecordId;
use yanzhen_sync::directory::Role;

use super::failure::of_bureau;
use super::objects::attachments;
use super::receipts;
use super::records::unit;
use crate::failure::Failure;
use crate::runtime::Site;

/// Who has issued a document that was published by command. Whoever has the site's machine has its key: no check or
/// signature could be proven, so the document says so instead of naming any.
const BY_COMMAND: &str = "本机管理员（命令下发）";

pub(super) async fn publish(
    site: &Site,
    request: proto::PublishRequest,
) -> Result<proto::PublishReply, Failure> {
    if site.record.role == Role::Terminal && !(request.to.is_empty() && request.copy.is_empty()) {
        return Err(Failure::refused("a terminal sends no documents down")
            .why("no site is below it")
            .next("publish at the node or at central above it, or to a branch with --to-branch"));
    }
    let document = NewDocument {
        title: request.title,
        body: request.body,
        number: request.number,
        deadline: request.deadline,
        needs_reply: request.needs_reply,
        attachments: attachments(site, request.attachments).await?,
        to: request.to,
        copy: request.copy,
        to_branches: request.to_branches,
        subtree: request.subtree,
        issued_by: BY_COMMAND.to_owned(),
    };
    let published = site.bureau.publish(document).await.map_err(of_bureau)?;
    Ok(proto::PublishReply {
        id: published.id.to_string(),
        recipients: published.recipients.into_iter().map(recipient).collect(),
    })
}

pub(super) async fn issued(
    site: &Site,
    request: proto::ListDocumentsRequest,
) -> Result<proto::DocumentsReply, Failure> {
    let page = site.bureau.issued(request.offset, request.limit).await.map_err(of_bureau)?;
    Ok(proto::DocumentsReply {
        documents: page.rows.into_iter().map(issued_view).collect(),
        total: page.total,
    })
}

fn issued_view(issued: Issued) -> proto::IssuedView {
    let Issued { id, number, title, published, deadline, needs_reply, to, counts, .. } = issued;
    proto::IssuedView {
        id: id.to_string(),
        number,
        title,
        published_ms: published,
        deadline,
        needs_reply,
        to,
        recipients: counts.recipients,
        sent: counts.sent,
        delivered: counts.delivered,
        read: counts.read,
        signed: counts.signed,
        returned: counts.returned,
        replied: counts.replied,
    }
}

pub(super) async fn inbox(site: &Site, request: proto::InboxRequest) -> Result<proto::InboxReply, Failure> {
    let mut documents = Vec::new();
    let came_in = match request.branches {
        true => site.bureau.branch_inbox(None, request.all).await,
        false => site.bureau.inbox(request.all).await,
    };
    for document in came_in.map_err(of_bureau)? {
        documents.push(view(site, document).await?);
    }
    Ok(proto::InboxReply { documents })
}

pub(super) async fn open(
    site: &Site,
    request: proto::DocumentRequest,
) -> Result<proto::DocumentView, Failure> {
    let (id, of) = find(site, &request.id, &request.unit_code, &request.branch).await?;
    let document = site.bureau.open_document(id, behalf(of, "")).await.map_err(of_bureau)?;
    view(site, document).await
}

pub(super) async fn sign(site: &Site, request: proto::SignRequest) -> Result<proto::ReceiptReply, Failure> {
    let (id, of) = find(site, &request.id, &request.unit_code, &request.branch).await?;
    // Who signs for a branch by command does so for the unit's office.
    let (by, proxy) = match request.branch.is_empty() {
        true => (request.by.as_str(), ""),
        false => ("", request.by.as_str()),
    };
    acted(site, site.bureau.sign_document(id, behalf(of, proxy), by).await).await
}

pub(super) async fn give_back(
    site: &Site,
    request: proto::ReturnRequest,
) -> Result<proto::ReceiptReply, Failure> {
    let (id, of) = find(site, &request.id, &request.unit_code, &request.branch).await?;
    if request.reason.trim().is_empty() {
        return Err(Failure::refused("the document was not returned")
            .why("no reason is given, and its issuer has to know what to mend")
            .next("say why with --reason"));
    }
    acted(site, site.bureau.return_document(id, behalf(of, ""), &request.reason).await).await
}

pub(super) async fn reply(site: &Site, request: proto::ReplyRequest) -> Result<proto::ReceiptReply, Failure> {
    let (id, of) = find(site, &request.id, &request.unit_code, &request.branch).await?;
    let attachments = attachments(site, request.attachments).await?;
    if request.text.trim().is_empty() && attachments.is_empty() {
        return Err(Failure::refused("the document was not answered")
            .why("the answer is empty")
            .next("say it with --text, or add a file with --attach"));
    }
    let answer = Answer { text: request.text, attachments, replace: request.replace };
    acted(site, site.bureau.reply_document(id, behalf(of, ""), answer).await).await
}

async fn acted(site: &Site, acted: Result<Acted, BureauError>) -> Result<proto::ReceiptReply, Failure> {
    let Acted { receipt, changed, replaced } = acted.map_err(of_bureau)?;
    let replaced = match replaced {
        Some(replaced) => Some(receipts::view(site, replaced).await?),
        None => None,
    };
    Ok(proto::ReceiptReply { receipt: Some(receipts::view(site, receipt).await?), changed, replaced })
}

/// The document and the branch or unit that a request names; none for the site's own unit.
pub(super) async fn find(
    site: &Site,
    id: &str,
    unit_code: &str,
    branch: &str,
) -> Result<(RecordId, Option<Recipient>), Failure> {
    let of = match branch.is_empty() {
        true => unit(site, unit_code)?.map(Recipient::from),
        false => Some(site.bureau.branch_recipient(branch).await.map_err(of_bureau)?),
    };
    let id = site.bureau.find_document(id).await.map_err(of_bureau)?;
    Ok((id, of))
}

/// A command comes from the site's machine, which is the office's: for a branch it is a proxy.
fn behalf(of: Option<Recipient>, by: &str) -> Option<Behalf<'_>> {
    let proxy = if by.is_empty() { BY_COMMAND } else { by };
    of.map(|of| Behalf { of, proxy })
}

pub(super) async fn view(site: &Site, view: DocumentView) -> Result<proto::DocumentView, Failure> {
    let receipt = match view.receipt.clone() {
        Some(receipt) => Some(receipts::view(site, receipt).await?),
        None => None,
    };
    Ok(proto::DocumentView { receipt, ..without_receipt(view) })
}

fn without_receipt(view: DocumentView) -> proto::DocumentView {
    let DocumentView { id, document, attachments, recipients, .. } = view;
    proto::DocumentView {
        id: id.to_string(),
        number: document.number,
        title: document.title,
        issuer: document.issuer,
        published_ms: document.published_ms,
        deadline: document.deadline,
        needs_reply: document.needs_reply,
        body: document.body,
        attachments: attachments.into_iter().map(attachment).collect(),
        recipients: recipients.into_iter().map(recipient).collect(),
        receipt: None,
    }
}

fn attachment(view: AttachmentView) -> proto::AttachmentView {
    proto::AttachmentView {
        name: view.name,
        hash: view.object.hash.to_string(),
        size: view.object.size,
        present: view.present,
    }
}

fn recipient(view: RecipientView) -> proto::RecipientView {
    proto::RecipientView {
        unit_code: view.code,
        unit_name: view.name,
        branch: view.branch,
        r#as: receipts::addressed(view.copy).to_owned(),
        sent: view.sent,
    }
}
