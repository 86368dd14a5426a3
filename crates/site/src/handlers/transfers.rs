//! People who change their unit.

use yanzhen_bureau::transfers::{Acceptance, Release, TransferFilter, TransferState, TransferView};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::RecordId;

use super::failure::of_bureau;
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) async fn list(
    site: &Site,
    request: proto::ListTransfersRequest,
) -> Result<proto::TransfersReply, Failure> {
    let proto::ListTransfersRequest { answered, offset, limit } = request;
    let page = site.bureau.transfers(TransferFilter { answered, offset, limit }).await.map_err(of_bureau)?;
    Ok(proto::TransfersReply { transfers: page.rows.into_iter().map(view).collect(), total: page.total })
}

pub(super) async fn release(
    site: &Site,
    request: proto::ReleasePersonRequest,
) -> Result<proto::TransferView, Failure> {
    let release = Release {
        unit_code: request.unit_code,
        person: request.number,
        to: request.to,
        letter: request.letter,
        issued: request.issued,
        valid_until: request.valid_until,
        reason: request.reason,
        acceptance: Acceptance { number: request.new_number, branch: request.branch },
    };
    let id = site.bureau.release_person(release).await.map_err(of_bureau)?;
    show(site, id).await
}

pub(super) async fn accept(
    site: &Site,
    request: proto::AcceptTransferRequest,
) -> Result<proto::TransferView, Failure> {
    let id = find(site, &request.id).await?;
    let acceptance = Acceptance { number: request.new_number, branch: request.branch };
    site.bureau.accept_transfer(id, &acceptance).await.map_err(of_bureau)?;
    show(site, id).await
}

pub(super) async fn give_back(
    site: &Site,
    request: proto::ReturnTransferRequest,
) -> Result<proto::TransferView, Failure> {
    let id = find(site, &request.id).await?;
    site.bureau.return_transfer(id, &request.reason).await.map_err(of_bureau)?;
    show(site, id).await
}

pub(super) async fn withdraw(
    site: &Site,
    request: proto::TransferRequest,
) -> Result<proto::TransferView, Failure> {
    let id = find(site, &request.id).await?;
    site.bureau.withdraw_transfer(id).await.map_err(of_bureau)?;
    show(site, id).await
}

async fn find(site: &Site, id: &str) -> Result<RecordId, Failure> {
    site.bureau.find_transfer(id).await.map_err(of_bureau)
}

async fn show(site: &Site, id: RecordId) -> Result<proto::TransferView, Failure> {
    site.bureau.show_transfer(id).await.map(view).map_err(of_bureau)
}

fn view(view: TransferView) -> proto::TransferView {
    let (can_be_accepted, can_be_returned) = (view.can_be_accepted(), view.can_be_returned());
    let can_be_withdrawn = view.can_be_withdrawn();
    let TransferView { id, person, transfer, from, to, state, answer_reason, answered, .. } = view;
    proto::TransferView {
        id: id.to_string(),
        person: person.to_string(),
        number: transfer.number,
        name: transfer.name,
        from_code: from.1,
        from_name: from.2,
        to_code: to.1,
        to_name: to.2,
        letter: transfer.letter,
        issued: transfer.issued,
        valid_until: transfer.valid_until,
        reason: transfer.reason,
        state: word(state).to_owned(),
        answer_reason,
        released_ms: transfer.released_ms,
        answered_ms: answered,
        can_be_accepted,
        can_be_returned,
        can_be_withdrawn,
    }
}

fn word(state: TransferState) -> &'static str {
    match state {
        TransferState::Released => "待接收",
        TransferState::Withdrawing => "撤回中",
        TransferState::Accepted => "已接收",
        TransferState::Returned => "已退回",
        TransferState::Withdrawn => "已撤回",
        TransferState::Expired => "过期退回",
    }
}
