//! A real site, asked over its control channel.

use bytes::Bytes;
use prost::Message;
use tempfile::TempDir;
use tokio_stream::StreamExt;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::{
    GetObjectRequest, ImportKind, ImportRequest, ListRequest, PublishRequest, PutObjectRequest,
    QuarantineRequest, RollUpRequest, SaveRequest, StatusRequest, SyncNowRequest,
};
use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::directory::{Genesis, Role, UNIT};
use yanzhen_sync::hash::Hash;
use yanzhen_sync::limits::MAX_OBJECTS_PER_ENTRY;
use yanzhen_sync::{Frame, Kind, ObjectHash, ObjectRef, RecordId, UnitId};

use super::*;
use crate::control::ControlClient;
use crate::failure::FailureKind;
use crate::folder::DataFolder;
use crate::keys;
use crate::network::NetworkRecord;
use crate::program::CENTRAL;
use crate::runtime::{Start, projection};
use crate::settings::Settings;

const UNIT_ID: UnitId = UnitId::new([9; 16]);

/// A running central whose unit has the code 99.
struct Running {
    site: Site,
    client: ControlClient,
    _folder: TempDir,
}

impl Running {
    async fn start() -> Running {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::create(folder.path().join("site")).unwrap();
        let identity = keys::load_or_make(&data).unwrap();
        let record = NetworkRecord {
            role: Role::Central,
            site: identity.site(),
            unit: UNIT_ID,
            epoch: 0,
            genesis: genesis(&identity),
            parent: None,
        };
        data.write_record(&record).unwrap();
        let settings = Settings::defaults(Role::Central);
        let start = Start {
            program: CENTRAL,
            lock: data.lock().unwrap(),
            record,
            settings,
            projection: projection(),
            handed: None,
        };
        let site = Site::open(start).await.unwrap();
        site.store.write(own_unit()).await.unwrap();
        site.take_commands(|routes| routes).await.unwrap();
        let client = ControlClient::connect(&CENTRAL, data.path()).await.unwrap();
        Running { site, client, _folder: folder }
    }

    async fn put(&mut self, pieces: Vec<PutObjectRequest>) -> Result<AttachmentView, Failure> {
        let reply = self.client.site.put_object(tokio_stream::iter(pieces)).await;
        reply.map(Response::into_inner).map_err(Failure::from)
    }

    async fn stop(self) {
        drop(self.client);
        self.site.stop().await;
    }
}

fn genesis(identity: &yanzhen_link::Identity) -> Frame {
    let key = Bytes::copy_from_slice(identity.public_key().as_bytes());
    let sealing = Bytes::copy_from_slice(&identity.sealing().public_key());
    let body = proto::Genesis {
        nonce: Bytes::from_static(&[7; 16]),
        name: "云川".to_owned(),
        algorithm: identity.public_key().algorithm().into(),
        root_key: key.clone(),
        root_sealing_key: sealing.clone(),
        recovery_key: key,
        recovery_sealing_key: sealing,
        unit: UNIT_ID.to_bytes(),
    };
    Genesis::frame(&body, RecordId::new([8; 16]), 1, [3; 16]).unwrap()
}

fn own_unit() -> Write {
    let body = proto::Unit {
        code: "99".to_owned(),
        name: "云川局".to_owned(),
        kind: proto::UnitKind::Agency.into(),
        ..Default::default()
    };
    let edit = Edit::upsert(UNIT, UNIT_ID.into(), UNIT_ID, body.encode_to_vec(), Expected::New);
    Write { targets: vec![Target::Bulletin], edits: vec![edit] }
}

fn piece(name: &str, size: u64, data: &'static [u8]) -> PutObjectRequest {
    PutObjectRequest { name: name.to_owned(), size, data: Bytes::from_static(data) }
}

#[tokio::test]
async fn a_central_alone_is_in_sync_and_says_who_it_is() {
    let mut running = Running::start().await;
    let status = running.client.site.status(StatusRequest {}).await.unwrap().into_inner();
    assert_eq!([status.role.as_str(), status.unit_code.as_str()], ["central", "99"]);
    assert!(status.in_sync && status.troubles.is_empty(), "{:?}", status.troubles);
    assert!(status.frames >= 2 && status.free_disk_bytes > 0);
    let sites = site_views(&running.site).await.unwrap();
    assert_eq!((sites.len(), sites[0].unit_code.as_str(), sites[0].complete), (1, "99", true));
    let progress: Vec<_> =
        running.client.site.sync_now(SyncNowRequest {}).await.unwrap().into_inner().collect().await;
    assert!(progress.last().unwrap().as_ref().unwrap().done);
    running.stop().await;
}

/// Attachments that an entry refers to and that nobody has.
const INVENTED: usize = 10_000;

#[tokio::test]
async fn invented_attachments_are_counted_and_few_of_them_are_listed() {
    let mut running = Running::start().await;
    let invented = (0..INVENTED as u64).map(|number| {
        let mut hash = [0xAB; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        ObjectRef { hash: ObjectHash::new(hash), size: 1_024, manifest: Hash::ZERO }
    });
    let invented: Vec<_> = invented.collect();
    let edits = invented.chunks(MAX_OBJECTS_PER_ENTRY).zip(1..).map(|(objects, number)| {
        let (kind, record) = (Kind::known("of_later_software"), RecordId::new([number; 16]));
        let edit = Edit::upsert(kind, record, UNIT_ID, Bytes::new(), Expected::New);
        Edit { objects: objects.to_vec(), ..edit }
    });
    let write = Write { targets: vec![Target::Journal], edits: edits.collect() };
    running.site.store.write(write).await.unwrap();
    let status = running.client.site.status(StatusRequest {}).await.unwrap().into_inner();
    assert_eq!(status.objects.len(), 200);
    let [trouble] = &status.troubles[..] else { panic!("{:?}", status.troubles) };
    assert_eq!(trouble.what, "10000 attachments are not here yet, 9.7 MiB to come");
    running.stop().await;
}

#[tokio::test]
async fn a_file_comes_out_as_it_went_in() {
    let mut running = Running::start().await;
    let put = running.put(vec![piece("方案.txt", 6, b"abc"), piece("", 0, b"def")]).await.unwrap();
    assert_eq!((put.name.as_str(), put.size, put.present), ("方案.txt", 6, true));
    let chunks = running.client.site.get_object(GetObjectRequest { hash: put.hash }).await.unwrap();
    let chunks: Vec<_> = chunks.into_inner().collect().await;
    let bytes: Vec<u8> = chunks.into_iter().flat_map(|chunk| chunk.unwrap().data).collect();
    assert_eq!(bytes, b"abcdef");
    running.stop().await;
}

#[tokio::test]
async fn half_a_file_and_a_file_that_is_not_here_are_refused() {
    let mut running = Running::start().await;
    for pieces in
        [vec![piece("a.txt", 6, b"abc")], vec![piece("a.txt", 2, b"abc")], vec![piece("a/b", 3, b"abc")]]
    {
        assert_eq!(running.put(pieces).await.unwrap_err().kind, FailureKind::Refused);
    }
    assert!(running.site.objects.objects().await.unwrap().is_empty());
    for hash in ["x".to_owned(), "00".repeat(32)] {
        let refused = running.client.site.get_object(GetObjectRequest { hash }).await.unwrap_err();
        assert_eq!(Failure::from(refused).kind, FailureKind::Refused);
    }
    running.stop().await;
}

#[tokio::test]
async fn an_import_tells_its_outcome_last() {
    let mut running = Running::start().await;
    let file = "编号,名称,类型,设置\nZ1,第一支部,党支部,单独\nZ2,第二支部,俱乐部,单独\n";
    let request = ImportRequest { kind: ImportKind::Orgs.into(), data: file.into(), ..Default::default() };
    let told = running.client.site.import(tokio_stream::iter([request])).await.unwrap().into_inner();
    let told: Vec<_> = told.collect().await;
    let last = told.last().unwrap().as_ref().unwrap();
    assert_eq!((last.done, last.created, last.refused), (true, 1, 1), "{last:?}");
    assert_eq!((last.refusals[0].line, last.refusals[0].column.as_str()), (3, "类型"));
    assert!(!last.refused_file.is_empty());
    let orgs = running.client.site.list_orgs(ListRequest::default()).await.unwrap().into_inner();
    assert_eq!((orgs.total, orgs.orgs[0].name.as_str()), (1, "第一支部"));
    let table = running.client.site.roll_up(RollUpRequest::default()).await.unwrap().into_inner();
    assert_eq!(table.total.unwrap().orgs_single, 1);
    running.stop().await;
}

#[tokio::test]
async fn mistakes_are_refused_with_words() {
    let mut running = Running::start().await;
    let client = &mut running.client.site;
    let unknown = ListRequest { unit_code: "7777".to_owned(), ..Default::default() };
    let told = [
        client.list_people(unknown).await.unwrap_err(),
        client.save_person(SaveRequest::default()).await.unwrap_err(),
        client.publish(PublishRequest::default()).await.unwrap_err(),
        client.retry_quarantine(QuarantineRequest { ids: vec!["x".to_owned()] }).await.unwrap_err(),
    ];
    for status in told {
        let failure = Failure::from(status);
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
        assert!(!failure.what.is_empty());
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_support_bundle_names_nobody_and_holds_no_secret() {
    let mut running = Running::start().await;
    let field = |name: &str, value: &str| proto::Field { name: name.into(), value: value.into() };
    let fields =
        vec![field("编号", "K0001"), field("姓名", "欧阳秀英"), field("性别", "女"), field("类别", "退休")];
    let save = SaveRequest { fields, ..SaveRequest::default() };
    running.client.site.save_person(save).await.unwrap();
    let bundle = super::support_bundle(&running.site).await.unwrap();
    let data = running.site.data();
    let key = std::fs::read(data.join("identity.key")).unwrap();
    let control = std::fs::read_to_string(data.join("control.json")).unwrap();
    let control: serde_json::Value = serde_json::from_str(&control).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bundle)).unwrap();
    let mut names = Vec::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        for secret in ["欧阳秀英", "K0001", control["secret"].as_str().unwrap()] {
            assert!(!text.contains(secret), "{name} has {secret}");
        }
        for line in String::from_utf8_lossy(&key).lines().filter(|line| line.len() > 16) {
            assert!(!text.contains(line), "{name} has a line of the key file");
        }
        names.push(name);
    }
    assert_eq!(names, ["about.txt", "versions.json", "settings.json", "doctor.json", "status.json"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_a_new_site_well() {
    use yanzhen_proto::v1::{CheckKind, Grade};
    let mut running = Running::start().await;
    let reply = running.client.site.doctor(DoctorRequest {}).await.unwrap().into_inner();
    let graded = |kind: CheckKind| reply.checks.iter().find(|check| check.kind() == kind).unwrap().grade();
    for kind in [CheckKind::Clock, CheckKind::Folder, CheckKind::Database, CheckKind::Log, CheckKind::Version]
    {
        assert_eq!(graded(kind), Grade::Good, "{reply:?}");
    }
    assert!(reply.checks.iter().all(|check| check.kind() != CheckKind::Parent), "central has none");
    running.stop().await;
}
