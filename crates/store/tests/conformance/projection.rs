//! Typed tables: what they do not take is set aside, and they are built again from the records.

use std::sync::Arc;

use yanzhen_store::{Cause, NoProjection, Retried, Retry};
use yanzhen_sync::directory::Direction;
use yanzhen_sync::memory::{Edit, Target};

use crate::backend::{Backend, POISON, Sqlite, Tables};
use crate::network::{MEMBERSHIP, Network, PERSON, Who, link, membership, person, record};

/// A node that knows the network, and the network.
pub(crate) async fn node() -> (Network, Sqlite, tempfile::TempDir) {
    let mut network = Network::new();
    let folder = tempfile::tempdir().unwrap();
    let mut node = Sqlite::open(Who::Node, folder.path()).await;
    for run in network.runs(Who::Central) {
        let _ = node.ingest(link(Who::Node), Direction::Down, &run).await;
    }
    node.project().await;
    (network, node, folder)
}

/// East writes, and its journal goes up.
pub(crate) async fn from_east(network: &mut Network, node: &mut Sqlite, edits: &[Edit]) {
    for chunk in edits.chunks(500) {
        network.write(Who::East, &[Target::Journal], chunk);
    }
    let runs = network.runs_of(Who::East, Who::East.journal());
    for result in node.store.ingest(link(Who::East), Direction::Up, runs).await {
        result.unwrap();
    }
    node.project().await;
}

async fn persons(node: &Sqlite) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM persons").fetch_one(node.store.reader()).await.unwrap()
}

#[tokio::test]
async fn a_panic_in_the_projection_sets_one_entry_aside_and_no_other() {
    let (mut network, mut node, _folder) = node().await;
    let mut edits: Vec<Edit> = (0..100).map(|number| person(number, Who::East, "fine")).collect();
    edits[37].body = POISON.into();
    from_east(&mut network, &mut node, &edits).await;
    let aside = node.store.quarantine(0, 1_000).await.unwrap();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!((aside[0].record, aside[0].cause), (record(37), Cause::Panic));
    assert!(aside[0].why.contains("the projection has an error"), "{}", aside[0].why);
    assert_eq!(persons(&node).await, 99);
    let retried = node.store.retry_quarantine(Retry::These(vec![aside[0].id])).await.unwrap();
    assert_eq!(retried, Retried { tried: 1, accepted: 0 });
    assert_eq!(node.store.quarantine(aside[0].id, 9).await.unwrap(), []);
    assert_eq!(node.store.quarantine(0, 1_000).await.unwrap()[0].tries, 2);
    let node = node.reopen_with(Arc::new(NoProjection)).await;
    node.store.projected().await.unwrap();
    assert!(node.record(&PERSON, record(37)).await.is_some(), "later software reads it");
    assert_eq!(node.store.quarantine_count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_entry_that_refers_to_what_is_not_here_is_read_when_that_arrives() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[membership(500, Who::East, 7)]).await;
    assert_eq!(node.store.quarantine_count().await.unwrap(), 1);
    assert_eq!(node.record(&MEMBERSHIP, record(500)).await, None);
    from_east(&mut network, &mut node, &[person(7, Who::East, "late")]).await;
    assert_eq!(node.store.quarantine_count().await.unwrap(), 0);
    assert!(node.record(&MEMBERSHIP, record(500)).await.is_some());
}

#[tokio::test]
async fn what_waits_is_still_awaited_after_a_restart() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[membership(500, Who::East, 7)]).await;
    let mut node = node.kill_and_reopen().await;
    from_east(&mut network, &mut node, &[person(7, Who::East, "late")]).await;
    assert_eq!(node.store.quarantine_count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_set_aside_does_not_come_back_over_a_newer_state() {
    let (mut network, mut node, _folder) = node().await;
    let mut bad = person(1, Who::East, "");
    bad.body = POISON.into();
    from_east(&mut network, &mut node, &[bad]).await;
    assert_eq!(node.store.quarantine_count().await.unwrap(), 1);
    from_east(&mut network, &mut node, &[person(1, Who::East, "newer")]).await;
    let node = node.reopen_with(Arc::new(Tables { version: 2 })).await;
    node.store.projected().await.unwrap();
    let state = node.record(&PERSON, record(1)).await.unwrap();
    assert_eq!((state.version.revision, state.body.unwrap().as_ref()), (2, b"newer".as_slice()));
    assert_eq!(node.store.quarantine_count().await.unwrap(), 0);
}

#[tokio::test]
async fn typed_tables_of_another_version_are_built_again_from_the_records() {
    let (mut network, mut node, _folder) = node().await;
    let edits: Vec<Edit> = (0..2_500).map(|number| person(number, Who::East, "one of many")).collect();
    from_east(&mut network, &mut node, &edits).await;
    assert_eq!(persons(&node).await, 2_500);
    let node = node.reopen_with(Arc::new(NoProjection)).await;
    node.store.projected().await.unwrap();
    let tables = Arc::new(Tables { version: 2 });
    let node = node.reopen_with(tables.clone()).await;
    node.store.projected().await.unwrap();
    assert_eq!(persons(&node).await, 2_500);
    // Tables of the same version are left alone.
    node.tamper("DELETE FROM persons").await;
    let node = node.reopen_with(tables).await;
    node.store.projected().await.unwrap();
    assert_eq!(persons(&node).await, 0);
}

#[tokio::test]
async fn a_record_of_the_network_that_makes_no_sense_is_set_aside_and_blocks_nothing() {
    let (mut network, mut node, _folder) = node().await;
    // The code belongs to West's unit already.
    let twin = yanzhen_sync::UnitId::new([0x77; 16]);
    let bad = yanzhen_sync::testing::unit_edit(twin, "994", Some(Who::Central.unit()));
    let own = person(3, Who::Central, "behind it");
    network.write(Who::Central, &[Target::Bulletin], &[bad]);
    network.write(Who::Central, &[Target::Bulletin], &[own]);
    for run in network.runs(Who::Central) {
        let _ = node.ingest(link(Who::Node), Direction::Down, &run).await;
    }
    node.project().await;
    let aside = node.store.quarantine(0, 1_000).await.unwrap();
    assert_eq!(aside.iter().map(|aside| aside.cause).collect::<Vec<_>>(), [Cause::Network]);
    assert!(node.record(&PERSON, record(3)).await.is_some());
    assert!(node.store.directory().unit(twin).is_none());
}

#[tokio::test]
async fn the_directory_is_the_same_after_a_restart() {
    let (mut network, mut node, _folder) = node().await;
    let cut = network.replica(Who::West).head(Who::West.journal());
    network.move_unit(Who::West, Who::East, vec![cut]);
    for run in network.runs(Who::Central) {
        let _ = node.ingest(link(Who::Node), Direction::Down, &run).await;
    }
    let before = node.store.directory();
    let node = node.kill_and_reopen().await;
    let after = node.store.directory();
    assert_eq!(after.bulletin_head(), before.bulletin_head());
    assert_eq!(after.home(Who::West.unit()), before.home(Who::West.unit()));
    let sites =
        |directory: &yanzhen_sync::directory::Directory| directory.sites().cloned().collect::<Vec<_>>();
    assert_eq!(sites(&after), sites(&before));
    let units =
        |directory: &yanzhen_sync::directory::Directory| directory.units().cloned().collect::<Vec<_>>();
    assert_eq!(units(&after), units(&before));
}

#[tokio::test]
async fn a_site_that_lost_its_disk_never_gives_a_version_twice() {
    let mut network = Network::new();
    for text in ["one", "two", "three"] {
        network.write(Who::Node, &[Target::Journal], &[person(1, Who::Node, text)]);
    }
    network.exchange();
    let folder = tempfile::tempdir().unwrap();
    let mut node = Sqlite::open(Who::Node, folder.path()).await;
    for run in network.runs(Who::Central) {
        let _ = node.ingest(link(Who::Node), Direction::Down, &run).await;
    }
    // Its own tail is back; whether it has been read into records yet makes no difference.
    node.write(&[Target::Journal], &[person(1, Who::Node, "four")]).await.unwrap();
    node.project().await;
    let state = node.record(&PERSON, record(1)).await.unwrap();
    assert_eq!((state.version.revision, state.body.unwrap().as_ref()), (4, b"four".as_slice()));
    assert_eq!(node.store.head(&Who::Node.journal()).seq, 4);
}

#[tokio::test]
async fn records_and_their_history_can_be_queried() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[person(1, Who::East, "a"), person(2, Who::East, "b")]).await;
    from_east(&mut network, &mut node, &[person(1, Who::East, "c"), membership(9, Who::East, 1)]).await;
    let store = &node.store;
    let bodies = |records: Vec<yanzhen_store::Record>| -> Vec<String> {
        records.into_iter().map(|record| String::from_utf8(record.body.unwrap().to_vec()).unwrap()).collect()
    };
    assert_eq!(bodies(store.history(&PERSON, record(1)).await.unwrap()), ["a", "c"]);
    assert_eq!(bodies(store.records_of_unit(&PERSON, Who::East.unit()).await.unwrap()), ["c", "b"]);
    let ids = [record(2), record(9), record(77)];
    assert_eq!(bodies(store.records_by_ids(&PERSON, &ids).await.unwrap()), ["b"]);
    assert_eq!(store.records_of_unit(&PERSON, Who::West.unit()).await.unwrap(), []);
}
