//! A site that answers with made-up replies, for tests of the control channel and the commands.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::task::JoinHandle;
use tokio_stream::{Iter, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};
use yanzhen_proto::v1::administration_server::Administration;
use yanzhen_proto::v1::central_administration_server::CentralAdministration;
use yanzhen_proto::v1::*;
use yanzhen_sync::directory::Role;

use crate::control::{self, ControlServer};
use crate::failure::Failure;
use crate::folder::{DataFolder, FolderLock};
use crate::program::Program;

/// What was sent to the site.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) imported: Vec<u8>,
    pub(crate) objects: Vec<(PutObjectRequest, Vec<u8>)>,
    pub(crate) published: Option<PublishRequest>,
    pub(crate) saved: Option<SaveRequest>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Fake {
    seen: Arc<Mutex<Seen>>,
}

impl Fake {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

/// The bytes of every attachment here.
pub(crate) const ATTACHMENT: &[u8] = b"attachment";

pub(crate) fn person() -> PersonView {
    PersonView {
        id: "0123".into(),
        unit_code: "9901".into(),
        unit_name: "云川市".into(),
        number: "1001".into(),
        name: "王建国".into(),
        ..PersonView::default()
    }
}

fn transfer() -> TransferView {
    TransferView {
        id: "0000000000003f9a".into(),
        name: "王建国".into(),
        from_code: "9901".into(),
        to_code: "9902".into(),
        state: "待接收".into(),
        ..TransferView::default()
    }
}

fn attachment(name: &str) -> AttachmentView {
    AttachmentView { name: name.into(), hash: "ab".into(), size: ATTACHMENT.len() as u64, present: true }
}

fn issued() -> IssuedView {
    IssuedView {
        id: "0000000000003f9a".into(),
        title: "通知".into(),
        to: "云川县".into(),
        recipients: 9,
        signed: 4,
        ..IssuedView::default()
    }
}

fn signed_before() -> ReceiptReply {
    let receipt = ReceiptView { stage: "签收".into(), signed_ms: 60_000, ..ReceiptView::default() };
    ReceiptReply { receipt: Some(receipt), ..ReceiptReply::default() }
}

/// Takes the place of an answer with an attachment.
fn answered(request: ReplyRequest) -> ReceiptReply {
    let before = ReceiptView {
        reply: "初稿".into(),
        attachments: vec![attachment("旧.pdf")],
        ..ReceiptView::default()
    };
    let receipt = ReceiptView { reply: request.text, replied_ms: 60_000, ..ReceiptView::default() };
    ReceiptReply { receipt: Some(receipt), changed: true, replaced: request.replace.then_some(before) }
}

/// Two units have answered with files of the same names; one file is not here yet.
fn receipts() -> ReceiptsReply {
    let receipt = |code: &str, rest: Vec<AttachmentView>| ReceiptView {
        unit_code: code.into(),
        unit_name: "云川县".into(),
        attachments: [vec![attachment("总结.pdf"), attachment("../../总结.doc")], rest].concat(),
        ..ReceiptView::default()
    };
    let away = AttachmentView { present: false, ..attachment("照片.jpg") };
    ReceiptsReply {
        receipts: vec![receipt("9901", Vec::new()), receipt("9902", vec![away])],
        recipients: 2,
        ..ReceiptsReply::default()
    }
}

fn document() -> DocumentView {
    DocumentView {
        id: "0000000000003f9a".into(),
        title: "通知".into(),
        body: "第一条\n第二条\u{1b}[2J".into(),
        attachments: vec![attachment("通知.txt"), attachment("../../escape.txt")],
        ..DocumentView::default()
    }
}

pub(crate) fn trouble() -> Trouble {
    Trouble {
        what: "central can't be reached".into(),
        why: "connection refused".into(),
        next_action: "check the line".into(),
        ..Trouble::default()
    }
}

fn status() -> StatusReply {
    let link = LinkStatus {
        side: "parent".into(),
        state: "waiting".into(),
        peer_unit_name: "云川".into(),
        backlog_frames: 3,
        backlog_bytes: 2048,
        streams: vec![StreamStatus {
            stream: "journal".into(),
            head: 9,
            stored: 6,
            ..StreamStatus::default()
        }],
        ..LinkStatus::default()
    };
    StatusReply {
        role: "terminal".into(),
        unit_code: "9901".into(),
        links: vec![link],
        troubles: vec![trouble()],
        ..StatusReply::default()
    }
}

macro_rules! answers {
    ($service:ident { $($name:ident($request:ty) -> $reply:ty = $answer:expr;)* } $($rest:tt)*) => {
        #[tonic::async_trait]
        impl $service for Fake {
            $(async fn $name(&self, request: Request<$request>) -> Result<Response<$reply>, Status> {
                let answer: fn(&Fake, $request) -> Result<$reply, Status> = $answer;
                answer(self, request.into_inner()).map(Response::new)
            })*
            $($rest)*
        }
    };
}

fn saved() -> Result<SaveReply, Status> {
    Ok(SaveReply { id: "0123".into(), number: "1001".into(), changed: true, revision: 2 })
}

answers! {
    Administration {
        status(StatusRequest) -> StatusReply = |_, _| Ok(status());
        list_people(ListRequest) -> PeopleReply = |_, _| Ok(PeopleReply { people: vec![person()], total: 1 });
        show_person(RecordRequest) -> PersonView = |_, request| if request.number == "1001" {
            Ok(person())
        } else {
            Err(Failure::refused("no such person").next("see `people list`").into())
        };
        save_person(SaveRequest) -> SaveReply = |fake, request| {
            fake.seen().saved = Some(request);
            saved()
        };
        close_person(ClosePersonRequest) -> SaveReply = |_, _| saved();
        list_transfers(ListTransfersRequest) -> TransfersReply =
            |_, _| Ok(TransfersReply { transfers: vec![transfer()], total: 1 });
        release_person(ReleasePersonRequest) -> TransferView = |_, _| Ok(transfer());
        accept_transfer(AcceptTransferRequest) -> TransferView = |_, _| Ok(transfer());
        return_transfer(ReturnTransferRequest) -> TransferView = |_, _| Ok(transfer());
        withdraw_transfer(TransferRequest) -> TransferView = |_, _| Ok(transfer());
        list_orgs(ListRequest) -> OrgsReply = |_, _| Ok(OrgsReply::default());
        show_org(RecordRequest) -> OrgView = |_, _| Ok(OrgView::default());
        save_org(SaveRequest) -> SaveReply = |_, _| saved();
        publish(PublishRequest) -> PublishReply = |fake, request| {
            fake.seen().published = Some(request);
            let waiting = RecipientView { unit_name: "云川县".into(), ..RecipientView::default() };
            Ok(PublishReply { id: "0123".into(), recipients: vec![waiting] })
        };
        inbox(InboxRequest) -> InboxReply = |_, _| Ok(InboxReply { documents: vec![document()] });
        open_document(DocumentRequest) -> DocumentView = |_, _| Ok(document());
        list_documents(ListDocumentsRequest) -> DocumentsReply =
            |_, _| Ok(DocumentsReply { documents: vec![issued()], total: 1 });
        sign_document(SignRequest) -> ReceiptReply = |_, _| Ok(signed_before());
        return_document(ReturnRequest) -> ReceiptReply = |_, _| Ok(ReceiptReply::default());
        reply_document(ReplyRequest) -> ReceiptReply = |_, request| Ok(answered(request));
        receipts(DocumentRequest) -> ReceiptsReply = |_, _| Ok(receipts());
        roll_up(RollUpRequest) -> RollUpReply = |_, _| Ok(RollUpReply::default());
        list_quarantine(QuarantineRequest) -> QuarantineReply = |_, _| Ok(QuarantineReply::default());
        retry_quarantine(QuarantineRequest) -> QuarantineRetried =
            |_, _| Ok(QuarantineRetried { tried: 3, accepted: 1 });
        doctor(DoctorRequest) -> DoctorReply = |_, _| Ok(DoctorReply::default());
    }

    type SyncNowStream = Iter<std::vec::IntoIter<Result<SyncProgress, Status>>>;

    async fn sync_now(&self, _: Request<SyncNowRequest>) -> Result<Response<Self::SyncNowStream>, Status> {
        let last = SyncProgress { frames_left: 3, done: true, troubles: vec![trouble()], ..Default::default() };
        let all = vec![Ok(SyncProgress { frames_left: 5, ..Default::default() }), Ok(last)];
        Ok(Response::new(tokio_stream::iter(all)))
    }

    type ImportStream = Iter<std::vec::IntoIter<Result<ImportProgress, Status>>>;

    async fn import(
        &self,
        request: Request<Streaming<ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let mut pieces = request.into_inner();
        while let Some(piece) = pieces.next().await {
            self.seen().imported.extend_from_slice(&piece?.data);
        }
        let refusal = RefusedRow { line: 3, column: "出生日期".into(), reason: "不是日期".into() };
        let last = ImportProgress {
            rows_done: 2,
            rows_total: 2,
            created: 1,
            refused: 1,
            refusals: vec![refusal],
            refused_file: Bytes::from_static(b"refused"),
            done: true,
            ..ImportProgress::default()
        };
        Ok(Response::new(tokio_stream::iter(vec![Ok(ImportProgress::default()), Ok(last)])))
    }

    async fn put_object(
        &self,
        request: Request<Streaming<PutObjectRequest>>,
    ) -> Result<Response<AttachmentView>, Status> {
        let mut pieces = request.into_inner();
        let first = pieces.next().await.ok_or_else(|| Status::invalid_argument("no message"))??;
        let mut bytes = first.data.to_vec();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece?.data);
        }
        let reply = AttachmentView { name: first.name.clone(), size: first.size, ..AttachmentView::default() };
        self.seen().objects.push((first, bytes));
        Ok(Response::new(reply))
    }

    type GetObjectStream = Iter<std::vec::IntoIter<Result<GetObjectReply, Status>>>;

    async fn get_object(
        &self,
        _: Request<GetObjectRequest>,
    ) -> Result<Response<Self::GetObjectStream>, Status> {
        let pieces: Vec<_> =
            ATTACHMENT.chunks(4).map(|piece| Ok(GetObjectReply { data: Bytes::copy_from_slice(piece) })).collect();
        Ok(Response::new(tokio_stream::iter(pieces)))
    }
}

answers! {
    CentralAdministration {
        import_units(UnitsRequest) -> UnitsImported = |_, _| Ok(UnitsImported {
            refusals: vec![RefusedRow { line: 2, column: "parent_code".into(), reason: "成环".into() }],
            ..UnitsImported::default()
        });
        show_units(ShowUnitsRequest) -> UnitsReply = |_, _| Ok(UnitsReply::default());
        invite(InviteRequest) -> InviteReply =
            |_, _| Ok(InviteReply { token: "yz1.abc".into(), ..InviteReply::default() });
        list_invitations(ListInvitationsRequest) -> InvitationsReply = |_, _| Ok(InvitationsReply::default());
        withdraw_invitation(WithdrawRequest) -> InvitationView = |_, _| Ok(InvitationView::default());
        list_sites(ListSitesRequest) -> SitesReply = |_, _| Ok(SitesReply::default());
    }
}

/// A running site in a temporary folder.
pub(crate) struct Running {
    pub(crate) program: Program,
    pub(crate) temporary: tempfile::TempDir,
    pub(crate) folder: DataFolder,
    pub(crate) fake: Fake,
    stop: CancellationToken,
    task: JoinHandle<()>,
    _lock: FolderLock,
}

impl Running {
    pub(crate) async fn start(program: Program) -> Running {
        let temporary = tempfile::tempdir().unwrap();
        let folder = set_up(&temporary.path().join("data"), program.role);
        let lock = folder.lock().unwrap();
        let server = ControlServer::bind(&lock, 0).await.unwrap();
        let (fake, stop) = (Fake::default(), CancellationToken::new());
        let services = Routes::new(control::administration(fake.clone()))
            .add_service(control::central_administration(fake.clone()));
        let stopped = stop.clone();
        let task = tokio::spawn(async move { server.serve(services, stopped).await.unwrap() });
        Running { program, temporary, folder, fake, stop, task, _lock: lock }
    }

    pub(crate) async fn stop(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.task.await.unwrap();
        self.temporary
    }
}

/// A folder that holds a site.
pub(crate) fn set_up(path: &std::path::Path, role: Role) -> DataFolder {
    let folder = DataFolder::create(path).unwrap();
    folder.write_record(&crate::folder::tests::record(role)).unwrap();
    folder
}
