use std::pin::Pin;
use std::sync::Arc;

use sqlx::AnyConnection;
use yanzhen_bureau::kinds::{membership, person, receipt};
use yanzhen_bureau::{BureauError, BureauProjection, Filter};
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Edit, Projection, ProjectionError, RecordChange, Retry, Target, Write, WriteError};
use yanzhen_sync::{Change, Kind, RecordId};

use crate::federation::{Federation, Who, edit};

fn person(name: &str) -> proto::Person {
    proto::Person {
        number: "A1".into(),
        name: name.into(),
        retirement: proto::Retirement::Ordinary.into(),
        status: proto::PersonStatus::Living.into(),
        ..Default::default()
    }
}

async fn write(federation: &Federation, who: Who, edit: Edit) -> Result<(), WriteError> {
    let write = Write { targets: vec![Target::Journal], edits: vec![edit] };
    federation.at(who).store().write(write).await.map(|_| ())
}

const ID: RecordId = RecordId::new([1; 16]);

#[tokio::test]
async fn records_that_break_a_rule_are_not_taken_and_the_reason_is_said() {
    let federation = Federation::of(&[Who::Node]).await;
    let unit = federation.unit("990100");
    let mut nameless = edit(person::KIND, ID, unit, &person(""));
    let why = write(&federation, Who::Node, nameless.clone()).await.unwrap_err().to_string();
    assert!(why.contains("姓名"), "{why}");
    nameless.body = bytes::Bytes::from_static(b"\xff\xff");
    assert!(write(&federation, Who::Node, nameless).await.is_err());
    let full = proto::Membership {
        person: ID.to_bytes(),
        state: proto::MembershipState::Full.into(),
        ..Default::default()
    };
    let why = write(&federation, Who::Node, edit(membership::KIND, ID, unit, &full)).await.unwrap_err();
    assert!(why.to_string().contains("membership"), "{why}");
    write(&federation, Who::Node, edit(membership::KIND, membership::id_of(ID), unit, &full)).await.unwrap();
    let other = federation.unit("990101");
    let answer = proto::Receipt { document: ID.to_bytes(), unit: other.to_bytes(), ..Default::default() };
    let wrong_unit = edit(receipt::KIND, receipt::id_of(ID, other.into()), unit, &answer);
    assert!(write(&federation, Who::Node, wrong_unit).await.is_err());
    let wrong_id = edit(receipt::KIND, ID, other, &answer);
    assert!(write(&federation, Who::Node, wrong_id).await.is_err());
    let right = edit(receipt::KIND, receipt::id_of(ID, other.into()), other, &answer);
    write(&federation, Who::Node, right).await.unwrap();
}

#[tokio::test]
async fn what_is_retired_under_an_id_that_is_not_its_own_is_not_taken() {
    let federation = Federation::of(&[Who::Node]).await;
    let unit = federation.unit("990100");
    let full = proto::Membership {
        person: ID.to_bytes(),
        state: proto::MembershipState::Full.into(),
        ..Default::default()
    };
    let retired = |record| Edit { change: Change::Retire, ..edit(membership::KIND, record, unit, &full) };
    assert!(write(&federation, Who::Node, retired(ID)).await.is_err());
    write(&federation, Who::Node, retired(membership::id_of(ID))).await.unwrap();
    let answer = proto::Receipt { document: ID.to_bytes(), unit: unit.to_bytes(), ..Default::default() };
    let retired = |record| Edit { change: Change::Retire, ..edit(receipt::KIND, record, unit, &answer) };
    assert!(write(&federation, Who::Node, retired(ID)).await.is_err());
    write(&federation, Who::Node, retired(receipt::id_of(ID, unit.into()))).await.unwrap();
}

#[tokio::test]
async fn unknown_kinds_pass_and_retired_records_leave_the_lists() {
    let federation = Federation::of(&[Who::Node]).await;
    let unit = federation.unit("990100");
    let later =
        Edit { body: bytes::Bytes::from_static(b"?"), ..edit(Kind::known("later"), ID, unit, &person("")) };
    write(&federation, Who::Node, later).await.unwrap();
    write(&federation, Who::Node, edit(person::KIND, ID, unit, &person("张三"))).await.unwrap();
    let node = federation.at(Who::Node);
    assert_eq!(node.list_people(&Filter::default()).await.unwrap().total, 1);
    let retired = Edit { change: Change::Retire, ..edit(person::KIND, ID, unit, &person("张三")) };
    write(&federation, Who::Node, retired).await.unwrap();
    assert_eq!(node.list_people(&Filter::default()).await.unwrap().total, 0);
    assert!(matches!(node.show_person(None, "A1").await, Err(BureauError::NotFound { .. })));
    assert_eq!(node.rollup(None).await.unwrap().total.people, 0);
    federation.exchange().await;
}

/// The bureau's projection of another version, so that the tables are built again.
struct Later(BureauProjection);

type BoxFuture<'a> = Pin<Box<dyn Future<Output = Result<(), ProjectionError>> + Send + 'a>>;

impl Projection for Later {
    fn version(&self) -> i64 {
        self.0.version() + 1
    }
    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a> {
        self.0.migrate(db)
    }
    fn apply<'a>(&'a self, db: &'a mut AnyConnection, changes: &'a [RecordChange]) -> BoxFuture<'a> {
        // Telling everything twice must change nothing.
        Box::pin(async move {
            self.0.apply(db, changes).await?;
            self.0.apply(db, changes).await
        })
    }
    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a> {
        self.0.clear(db)
    }
}

#[tokio::test]
async fn tables_built_again_from_the_records_say_the_same() {
    let mut federation = Federation::of(&[Who::Node, Who::East]).await;
    let people: String = (0..700).map(|n| format!("P{n},张三,退休,党员\n")).collect();
    federation.import_people(Who::East, &format!("编号,姓名,类别,政治面貌\n{people}")).await;
    federation.at(Who::Central).publish(crate::documents::notice(&["990101"])).await.unwrap();
    federation.exchange().await;
    let before = federation.at(Who::East).rollup(None).await.unwrap();
    federation.project_by(Arc::new(Later(BureauProjection)));
    for who in [Who::East, Who::Central] {
        federation.restart(who).await;
        federation.at(who).store().projected().await.unwrap();
    }
    let east = federation.at(Who::East);
    assert_eq!(east.rollup(None).await.unwrap(), before);
    assert_eq!(before.total.ordinary_members, 700);
    assert_eq!(east.inbox(false).await.unwrap().len(), 1);
    let central = federation.at(Who::Central).rollup(Some(federation.unit("990101"))).await.unwrap();
    assert_eq!(central, before);
}

/// Panics where it meets a certain name, until it is told not to.
struct Panics {
    bureau: BureauProjection,
    armed: std::sync::atomic::AtomicBool,
}

impl Projection for Panics {
    fn version(&self) -> i64 {
        self.bureau.version()
    }
    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a> {
        self.bureau.migrate(db)
    }
    fn apply<'a>(&'a self, db: &'a mut AnyConnection, changes: &'a [RecordChange]) -> BoxFuture<'a> {
        let named = |change: &RecordChange| match change {
            RecordChange::Set(record) => record
                .body
                .as_ref()
                .is_some_and(|body| body.windows("慌".len()).any(|window| window == "慌".as_bytes())),
            RecordChange::Removed { .. } => false,
        };
        assert!(!self.armed.load(std::sync::atomic::Ordering::Relaxed) || !changes.iter().any(named));
        self.bureau.apply(db, changes)
    }
    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a> {
        self.bureau.clear(db)
    }
}

#[tokio::test]
async fn a_panic_sets_one_record_aside_and_the_rest_is_counted() {
    let mut federation = Federation::of(&[Who::Node, Who::East]).await;
    federation.import_people(Who::East, "编号,姓名,类别\nA1,张三,退休\nA2,慌,退休\nA3,李四,退休\n").await;
    let panics = Arc::new(Panics { bureau: BureauProjection, armed: true.into() });
    federation.project_by(panics.clone());
    federation.restart(Who::Node).await;
    federation.exchange_whatever().await;
    let node = federation.at(Who::Node);
    assert_eq!(node.list_people(&Filter::default()).await.unwrap().total, 2);
    assert_eq!(node.store().quarantine_count().await.unwrap(), 1);
    panics.armed.store(false, std::sync::atomic::Ordering::Relaxed);
    node.store().retry_quarantine(Retry::All).await.unwrap();
    assert_eq!(node.store().quarantine_count().await.unwrap(), 0);
    assert_eq!(node.list_people(&Filter::default()).await.unwrap().total, 3);
}
