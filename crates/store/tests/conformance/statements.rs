//! Acks, receipts, beats, pulses, small values and figures.

use bytes::Bytes;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::memory::Target;
use yanzhen_sync::statement::{Beat, Pulse, PulseContent, RootReceipt};
use yanzhen_sync::{Hash, Head, StreamHead, StreamId};

use crate::backend::Backend;
use crate::network::{Network, Who, link, person};
use crate::projection::{from_east, node};

#[tokio::test]
async fn the_backlog_is_what_the_parent_has_not_stored() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[person(1, Who::East, "a")]).await;
    from_east(&mut network, &mut node, &[person(2, Who::East, "b")]).await;
    node.write(&[Target::Journal], &[person(3, Who::Node, "c")]).await.unwrap();
    let parent = Who::Central.id();
    let backlog = |statistics: yanzhen_store::Statistics| -> Vec<(StreamId, u64)> {
        statistics.backlog.iter().map(|backlog| (backlog.stream, backlog.frames)).collect()
    };
    let mut expected = vec![(Who::East.journal(), 2), (Who::Node.journal(), 1)];
    expected.sort_unstable();
    let statistics = node.store.statistics(Some(parent)).await.unwrap();
    assert!(statistics.backlog.iter().all(|backlog| backlog.bytes > 0));
    assert_eq!(backlog(statistics), expected);
    let ack = |stream: StreamId, seq| StreamHead { stream, head: Head { seq, ..node.store.head(&stream) } };
    let stored = vec![ack(Who::East.journal(), 1), ack(Who::Node.journal(), 1)];
    node.store.note_stored_by(parent, stored).await.unwrap();
    let statistics = node.store.statistics(Some(parent)).await.unwrap();
    assert_eq!(backlog(statistics), [(Who::East.journal(), 1)]);
    // A parent that lost its disk says so by a lesser ack.
    node.store.note_stored_by(parent, vec![ack(Who::Node.journal(), 0)]).await.unwrap();
    assert_eq!(node.store.stored_by(parent).await.unwrap()[&Who::Node.journal()], 0);
    let statistics = node.store.statistics(None).await.unwrap();
    assert_eq!((statistics.backlog.len(), statistics.unprojected), (0, 0));
    assert_eq!(statistics.frames, node.store.heads().values().map(|head| head.seq).sum::<u64>());
}

#[tokio::test]
async fn only_statements_that_say_more_are_kept() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[person(1, Who::East, "a")]).await;
    from_east(&mut network, &mut node, &[person(2, Who::East, "b")]).await;
    let (signer, store) = (Who::Central.signer(), &node.store);
    let receipt = |seq| {
        let head = Head { seq, ..store.head(&Who::East.journal()) };
        RootReceipt::sign(StreamHead { stream: Who::East.journal(), head }, 5, &signer)
    };
    assert_eq!(store.put_root_receipts(vec![receipt(2), receipt(1)]).await.unwrap(), [receipt(2)]);
    assert_eq!(store.put_root_receipts(vec![receipt(1), receipt(2)]).await.unwrap(), []);
    assert_eq!(store.root_receipt(&Who::East.journal()).await.unwrap(), Some(receipt(2)));
    assert_eq!(store.root_receipt(&Who::West.journal()).await.unwrap(), None);
    let bulletin = store.directory().bulletin_head();
    let beat = |counter, time| Beat::sign(Who::East.id(), counter, time, bulletin, None, &signer);
    // Central's clock was years ahead once.
    let ahead = beat(20, 4_000_000_000_000);
    assert_eq!(store.put_beats(vec![ahead]).await.unwrap(), [ahead]);
    assert_eq!(store.put_beats(vec![beat(10, 5), beat(20, i64::MAX)]).await.unwrap(), []);
    assert_eq!(store.beats().await.unwrap()[&Who::East.id()], ahead);
    assert_eq!(store.put_beats(vec![beat(21, 10)]).await.unwrap(), [beat(21, 10)]);
    assert_eq!(store.put_beats(vec![ahead]).await.unwrap(), [], "played again");
    assert_eq!(store.beats().await.unwrap()[&Who::East.id()], beat(21, 10));
    let pulse = |counter| {
        let content = PulseContent {
            site: Who::East.id(),
            counter,
            time: 1,
            software: "yanzhen-terminal 0.1.0".to_owned(),
            free_disk: 1,
            heads: Vec::new(),
            digest: Hash::ZERO,
            quarantined: 0,
            waiting_since: None,
        };
        Pulse::sign(content, &Who::East.signer())
    };
    assert_eq!(store.put_pulses(vec![pulse(1), pulse(3), pulse(2)]).await.unwrap(), [pulse(1), pulse(3)]);
    assert_eq!(store.pulses().await.unwrap()[&Who::East.id()], pulse(3));
}

#[tokio::test]
async fn small_values_and_numbers_survive_a_kill() {
    let (_network, node, _folder) = node().await;
    assert_eq!(node.store.meta("link.token").await.unwrap(), None);
    node.store.set_meta("link.token", Bytes::from_static(b"one")).await.unwrap();
    node.store.set_meta("link.token", Bytes::from_static(b"two")).await.unwrap();
    assert_eq!(node.store.next_number("pulse").await.unwrap(), 1);
    let node = node.kill_and_reopen().await;
    assert_eq!(node.store.meta("link.token").await.unwrap(), Some(Bytes::from_static(b"two")));
    assert_eq!(node.store.next_number("pulse").await.unwrap(), 2);
}

#[tokio::test]
async fn subscribers_learn_of_what_is_durable() {
    let (mut network, mut node, _folder) = node().await;
    let mut commits = node.store.subscribe();
    from_east(&mut network, &mut node, &[person(1, Who::East, "a")]).await;
    let committed = commits.recv().await.unwrap();
    let head = StreamHead { stream: Who::East.journal(), head: node.store.head(&Who::East.journal()) };
    assert_eq!(committed.advanced, [head]);
    assert!(commits.recv().await.unwrap().records_changed, "projecting is a commit of its own");
}

#[tokio::test]
async fn a_database_of_another_site_or_network_is_not_opened() {
    let (_network, node, folder) = node().await;
    node.store.close().await;
    let other = std::panic::AssertUnwindSafe(crate::backend::Sqlite::open(Who::East, folder.path()));
    let outcome = futures_util::FutureExt::catch_unwind(other).await;
    assert!(outcome.is_err());
    // Streams that know nothing of each other are fetched by nobody.
    assert_eq!(Network::new().runs_of(Who::West, Who::East.journal()), []);
    let _ = (link(Who::East), Direction::Up);
}
