//! Objects on their way down.

use std::sync::atomic::Ordering;

use yanzhen_link::objects::{Exchange, ExchangeLimits, ExchangeOptions};
use yanzhen_store::objects::Progress;

use crate::support::{Line, Tree, eventually, noise};

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_fetches_an_object_once_for_all_its_terminals() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.central.add(noise(1, 5 * MIB)).await;
    for terminal in &tree.terminals {
        tree.mail(terminal, &object).await;
    }
    for terminal in &tree.terminals {
        terminal.comes(&object).await;
        assert_eq!(tree.node.moved(terminal.id()).0, object.size);
        assert_eq!(terminal.moved(tree.node.id()).1, object.size);
    }
    assert_eq!(tree.central.moved(tree.node.id()).0, object.size);
    assert_eq!(tree.central.moved(tree.direct.id()).0, 0);
    assert!(!tree.direct.has(&object).await);
    assert!(tree.node.exchange.under_way().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_fetch_goes_on_from_the_last_whole_chunk() {
    let tree = Tree::plant().await;
    let line = Line::to(tree.central.address, 3, MIB as u64).await;
    tree.direct.connect_through(&line, &tree.central);
    let object = tree.central.add(noise(2, 5 * MIB)).await;
    tree.mail(&tree.direct, &object).await;
    tree.direct.comes(&object).await;
    assert_eq!(line.cut_so_far(), 3);
    assert_eq!(tree.direct.moved(tree.central.id()).1, object.size, "no chunk came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_before_a_restart_is_not_fetched_again() {
    let tree = Tree::plant().await;
    let line = Line::to(tree.central.address, 1, MIB as u64).await;
    let object = tree.central.add(noise(3, 3 * MIB)).await;
    tree.mail(&tree.direct, &object).await;
    tree.direct.connect_through(&line, &tree.central);
    eventually("the line is cut", || async { line.cut_so_far() == 1 }).await;
    tree.direct.stop().await;
    let before = tree.direct.moved(tree.central.id()).1;
    assert!(before > 0 && before < object.size);
    assert_eq!(tree.direct.store.objects_wanted(None, 2).await.unwrap(), [object]);
    assert_eq!(tree.direct.folder.partials().await.unwrap(), [Progress { object, held: before }]);
    let options = ExchangeOptions {
        store: tree.direct.store.clone(),
        folder: tree.direct.folder.clone(),
        lines: tree.direct.lines.clone(),
        limits: ExchangeLimits::default(),
    };
    let again = Exchange::start(options, Default::default()).await.unwrap();
    tree.direct.comes(&object).await;
    let after = again.metrics().peer(tree.central.id()).received.load(Ordering::Relaxed);
    assert_eq!(before + after, object.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_serves_what_it_holds_while_central_is_down() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.central.add(noise(4, MIB)).await;
    tree.mail(&tree.terminals[0], &object).await;
    tree.node.comes(&object).await;
    tree.central.stop().await;
    tree.mail(&tree.terminals[1], &object).await;
    tree.terminals[1].comes(&object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_comes_late_to_the_node_still_reaches_the_terminal() {
    let tree = Tree::plant().await;
    tree.terminals[0].connect(&tree.node).await;
    let object = tree.central.add(noise(5, MIB)).await;
    tree.mail(&tree.terminals[0], &object).await;
    tree.node.connect(&tree.central).await;
    tree.terminals[0].comes(&object).await;
    assert_eq!(tree.central.moved(tree.node.id()).0, object.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_fetchers_of_one_site_bring_an_object_once() {
    let tree = Tree::plant().await;
    let options = ExchangeOptions {
        store: tree.direct.store.clone(),
        folder: tree.direct.folder.clone(),
        lines: tree.direct.lines.clone(),
        limits: ExchangeLimits::default(),
    };
    let other = Exchange::start(options, Default::default()).await.unwrap();
    let object = tree.central.add(noise(6, 3 * MIB)).await;
    tree.mail(&tree.direct, &object).await;
    tree.direct.connect(&tree.central).await;
    tree.direct.comes(&object).await;
    eventually("both have ended", || async {
        tree.direct.exchange.under_way().is_empty() && other.under_way().is_empty()
    })
    .await;
    assert_eq!(tree.central.moved(tree.direct.id()).0, object.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_went_bad_at_a_node_is_mended_from_central_before_it_is_served() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.central.add(noise(7, 3 * MIB)).await;
    tree.mail(&tree.terminals[0], &object).await;
    tree.node.comes(&object).await;
    tree.terminals[0].comes(&object).await;
    let path = tree.node.folder.path(&object.hash);
    let mut bytes = tokio::fs::read(&path).await.unwrap();
    bytes[2 * MIB] ^= 1;
    tokio::fs::write(&path, bytes).await.unwrap();
    tree.mail(&tree.terminals[1], &object).await;
    tree.terminals[1].comes(&object).await;
    assert_eq!(tree.node.exchange.metrics().damaged.load(Ordering::Relaxed), 1);
    let (_, received) = tree.node.moved(tree.central.id());
    let largest_chunk = 256 * 1024;
    assert!(received > object.size && received <= object.size + largest_chunk, "one chunk again: {received}");
    assert_eq!(tree.terminals[1].moved(tree.node.id()).1, object.size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanished_at_a_node_is_fetched_again() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.central.add(noise(8, MIB)).await;
    tree.mail(&tree.terminals[0], &object).await;
    tree.node.comes(&object).await;
    tree.terminals[0].comes(&object).await;
    tokio::fs::remove_file(tree.node.folder.path(&object.hash)).await.unwrap();
    tree.mail(&tree.terminals[1], &object).await;
    tree.terminals[1].comes(&object).await;
    tree.node.comes(&object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_a_crash_left_unnoted_is_noted_at_the_next_start() {
    let tree = Tree::plant().await;
    let object = *tree.central.folder.add_bytes(noise(9, 1000)).await.unwrap().object();
    tree.mail(&tree.direct, &object).await;
    assert!(!tree.central.has(&object).await);
    let options = ExchangeOptions {
        store: tree.central.store.clone(),
        folder: tree.central.folder.clone(),
        lines: tree.central.lines.clone(),
        limits: ExchangeLimits::default(),
    };
    Exchange::start(options, Default::default()).await.unwrap();
    assert!(tree.central.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_objects_come_and_an_empty_one_too() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let mut objects = vec![tree.central.add(noise(0, 0)).await];
    for number in 0..40 {
        objects.push(tree.central.add(noise(100 + number, 10_000)).await);
    }
    for object in &objects {
        tree.mail(&tree.terminals[0], object).await;
    }
    for object in &objects {
        tree.terminals[0].comes(object).await;
    }
}
