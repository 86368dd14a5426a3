//! What a running site answers to commands: one module for each part of `service Administration`. Nothing is
//! decided here that the bureau, the store or the links decide; requests are read, replies are put in words.

mod bundle;
mod doctor;
mod documents;
mod failure;
mod import;
mod objects;
mod orgs;
mod people;
pub(crate) mod quarantine;
mod receipts;
mod records;
mod rollup;
mod status;
mod sync;
mod transfers;
mod words;

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use yanzhen_proto::v1::administration_server::Administration;
use yanzhen_proto::v1::{
    AcceptTransferRequest, AttachmentView, ClosePersonRequest, DoctorReply, DoctorRequest, DocumentRequest,
    DocumentView, DocumentsReply, GetObjectReply, GetObjectRequest, ImportProgress, ImportRequest,
    InboxReply, InboxRequest, ListDocumentsRequest, ListRequest, ListTransfersRequest, OrgView, OrgsReply,
    PeopleReply, PersonView, PublishReply, PublishRequest, PutObjectRequest, QuarantineReply,
    QuarantineRequest, QuarantineRetried, ReceiptReply, ReceiptsReply, RecordRequest, ReleasePersonRequest,
    ReplyRequest, ReturnRequest, ReturnTransferRequest, RollUpReply, RollUpRequest, SaveReply, SaveRequest,
    SignRequest, StatusReply, StatusRequest, SyncNowRequest, SyncProgress, TransferRequest, TransferView,
    TransfersReply,
};

use crate::failure::Failure;
use crate::runtime::Site;

pub use bundle::support_bundle;
pub use doctor::doctor;
pub use failure::failure;
pub use status::{site_views, status};
pub use words::{refused_row, unit_kind_word};

/// Answers commands.
pub struct Handlers {
    site: Site,
}

impl Handlers {
    /// For a running site.
    pub fn new(site: Site) -> Handlers {
        Handlers { site }
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(result: Result<T, Failure>) -> Answer<T> {
    Ok(Response::new(result?))
}

#[tonic::async_trait]
impl Administration for Handlers {
    type SyncNowStream = ReceiverStream<Result<SyncProgress, Status>>;
    type ImportStream = ReceiverStream<Result<ImportProgress, Status>>;
    type GetObjectStream = ReceiverStream<Result<GetObjectReply, Status>>;

    async fn status(&self, _: Request<StatusRequest>) -> Answer<StatusReply> {
        answer(status::status(&self.site).await)
    }

    async fn sync_now(&self, _: Request<SyncNowRequest>) -> Answer<Self::SyncNowStream> {
        Ok(Response::new(sync::sync_now(&self.site)))
    }

    async fn import(&self, request: Request<Streaming<ImportRequest>>) -> Answer<Self::ImportStream> {
        Ok(Response::new(import::import(&self.site, request.into_inner()).await?))
    }

    async fn list_people(&self, request: Request<ListRequest>) -> Answer<PeopleReply> {
        answer(people::list(&self.site, request.into_inner()).await)
    }

    async fn show_person(&self, request: Request<RecordRequest>) -> Answer<PersonView> {
        answer(people::show(&self.site, request.into_inner()).await)
    }

    async fn save_person(&self, request: Request<SaveRequest>) -> Answer<SaveReply> {
        answer(people::store(&self.site, request.into_inner()).await)
    }

    async fn close_person(&self, request: Request<ClosePersonRequest>) -> Answer<SaveReply> {
        answer(people::close(&self.site, request.into_inner()).await)
    }

    async fn list_transfers(&self, request: Request<ListTransfersRequest>) -> Answer<TransfersReply> {
        answer(transfers::list(&self.site, request.into_inner()).await)
    }

    async fn release_person(&self, request: Request<ReleasePersonRequest>) -> Answer<TransferView> {
        answer(transfers::release(&self.site, request.into_inner()).await)
    }

    async fn accept_transfer(&self, request: Request<AcceptTransferRequest>) -> Answer<TransferView> {
        answer(transfers::accept(&self.site, request.into_inner()).await)
    }

    async fn return_transfer(&self, request: Request<ReturnTransferRequest>) -> Answer<TransferView> {
        answer(transfers::give_back(&self.site, request.into_inner()).await)
    }

    async fn withdraw_transfer(&self, request: Request<TransferRequest>) -> Answer<TransferView> {
        answer(transfers::withdraw(&self.site, request.into_inner()).await)
    }

    async fn list_orgs(&self, request: Request<ListRequest>) -> Answer<OrgsReply> {
        answer(orgs::list(&self.site, request.into_inner()).await)
    }

    async fn show_org(&self, request: Request<RecordRequest>) -> Answer<OrgView> {
        answer(orgs::show(&self.site, request.into_inner()).await)
    }

    async fn save_org(&self, request: Request<SaveRequest>) -> Answer<SaveReply> {
        answer(orgs::store(&self.site, request.into_inner()).await)
    }

    async fn put_object(&self, request: Request<Streaming<PutObjectRequest>>) -> Answer<AttachmentView> {
        Ok(Response::new(objects::put(&self.site, request.into_inner()).await?))
    }

    async fn get_object(&self, request: Request<GetObjectRequest>) -> Answer<Self::GetObjectStream> {
        answer(objects::get(&self.site, request.into_inner()).await)
    }

    async fn publish(&self, request: Request<PublishRequest>) -> Answer<PublishReply> {
        answer(documents::publish(&self.site, request.into_inner()).await)
    }

    async fn list_documents(&self, request: Request<ListDocumentsRequest>) -> Answer<DocumentsReply> {
        answer(documents::issued(&self.site, request.into_inner()).await)
    }

    async fn inbox(&self, request: Request<InboxRequest>) -> Answer<InboxReply> {
        answer(documents::inbox(&self.site, request.into_inner()).await)
    }

    async fn open_document(&self, request: Request<DocumentRequest>) -> Answer<DocumentView> {
        answer(documents::open(&self.site, request.into_inner()).await)
    }

    async fn sign_document(&self, request: Request<SignRequest>) -> Answer<ReceiptReply> {
        answer(documents::sign(&self.site, request.into_inner()).await)
    }

    async fn return_document(&self, request: Request<ReturnRequest>) -> Answer<ReceiptReply> {
        answer(documents::give_back(&self.site, request.into_inner()).await)
    }

    async fn reply_document(&self, request: Request<ReplyRequest>) -> Answer<ReceiptReply> {
        answer(documents::reply(&self.site, request.into_inner()).await)
    }

    async fn receipts(&self, request: Request<DocumentRequest>) -> Answer<ReceiptsReply> {
        answer(receipts::matrix(&self.site, request.into_inner()).await)
    }

    async fn roll_up(&self, request: Request<RollUpRequest>) -> Answer<RollUpReply> {
        answer(rollup::roll_up(&self.site, request.into_inner()).await)
    }

    async fn list_quarantine(&self, _: Request<QuarantineRequest>) -> Answer<QuarantineReply> {
        answer(quarantine::list(&self.site).await)
    }

    async fn retry_quarantine(&self, request: Request<QuarantineRequest>) -> Answer<QuarantineRetried> {
        answer(quarantine::retry(&self.site, request.into_inner()).await)
    }

    async fn doctor(&self, _: Request<DoctorRequest>) -> Answer<DoctorReply> {
        answer(doctor::doctor(&self.site).await)
    }
}

#[cfg(test)]
mod tests;
