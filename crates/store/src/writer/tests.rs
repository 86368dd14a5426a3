//! What happens when the disk or a commit fails.

use std::sync::Arc;

use bytes::Bytes;
use sqlx::Executor;
use yanzhen_sync::directory::GENESIS;
use yanzhen_sync::testing::{self, FakeSigner, FakeVerifier};
use yanzhen_sync::{Kind, RecordId, StreamId, UnitId};

use crate::{
    Edit, Expected, ManualClock, NoProjection, Options, Store, StoreError, Target, Write, WriteError, Written,
};

const UNIT: UnitId = UnitId::new([1; 16]);
const NOTE: Kind = Kind::known("note");

async fn central(folder: &tempfile::TempDir) -> Store {
    let signer = FakeSigner::new(1);
    let genesis = testing::genesis(&signer, &FakeSigner::new(2), UNIT, 1).into_frames().remove(0);
    let options = Options {
        path: folder.path().join("site.sqlite"),
        me: signer.site(),
        epoch: 0,
        genesis,
        signer: signer.shared(),
        verifier: Arc::new(FakeVerifier),
        clock: Arc::new(ManualClock::new(1)),
        projection: Arc::new(NoProjection),
    };
    Store::open(options).await.unwrap()
}

async fn write(store: &Store, record: u8, bytes: usize) -> Result<Written, WriteError> {
    let edit = Edit::upsert(
        NOTE,
        RecordId::new([record; 16]),
        UNIT,
        Bytes::from(vec![record; bytes]),
        Expected::New,
    );
    store.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await
}

/// Lets the database grow by so many more pages, as a disk that is nearly full does.
async fn leave_room(store: &Store, pages: i64) {
    let left: Result<(), StoreError> = store
        .ask(0, move |tx| {
            Box::pin(async move {
                let used: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut tx.db).await?;
                let sql = format!("PRAGMA max_page_count = {}", used + pages);
                tx.db.execute(sqlx::AssertSqlSafe(sql)).await?;
                Ok(())
            })
        })
        .await;
    left.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_writes_with_words_and_nothing_else_suffers() {
    let folder = tempfile::tempdir().unwrap();
    let store = central(&folder).await;
    write(&store, 1, 10).await.unwrap();
    leave_room(&store, 20).await;
    let refused = write(&store, 2, 400_000).await.unwrap_err();
    assert!(matches!(refused, WriteError::Store(StoreError::DiskFull)), "{refused:?}");
    assert!(refused.to_string().contains("Free some space"), "{refused}");
    assert!(store.record(&NOTE, RecordId::new([1; 16])).await.unwrap().is_some(), "reading goes on");
    assert_eq!(store.record(&NOTE, RecordId::new([2; 16])).await.unwrap(), None);
    let journal = StreamId::journal(store.me(), 0);
    assert_eq!(store.head(&journal).seq, 1);
    leave_room(&store, 100_000).await;
    let written = write(&store, 2, 400_000).await.unwrap();
    assert_eq!(written.heads[0].head.seq, 2, "it recovers when there is room");
    assert!(store.load_run(journal, 1).await.unwrap().is_some());
}

#[tokio::test]
async fn a_commit_that_fails_fails_all_who_shared_it_and_takes_back_what_memory_knew() {
    let folder = tempfile::tempdir().unwrap();
    let store = central(&folder).await;
    let before = (store.heads(), store.directory().bulletin_head());
    let mut commits = store.subscribe();
    let neighbours = [write(&store, 1, 10), write(&store, 2, 10)];
    // A job that leaves the transaction in no state to go on, as a disk does that fails in the middle of it.
    let saboteur: std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>>>> =
        Box::pin(store.ask(0, |tx| {
            Box::pin(async move {
                tx.db.execute("ROLLBACK").await?;
                Err(StoreError::DiskFull)
            })
        }));
    let [first, second] = neighbours;
    let (first, failed, second) = tokio::join!(first, saboteur, second);
    assert!(failed.is_err());
    assert!(first.is_err() && second.is_err(), "{first:?} {second:?}");
    assert_eq!((store.heads(), store.directory().bulletin_head()), before);
    assert!(commits.try_recv().is_err(), "nobody is told of what is not durable");
    assert_eq!(write(&store, 1, 10).await.unwrap().heads[0].head.seq, 1);
}

#[tokio::test]
async fn genesis_is_a_record_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = central(&folder).await;
    store.projected().await.unwrap();
    assert!(store.record(&GENESIS, UNIT.into()).await.unwrap().is_some());
}
