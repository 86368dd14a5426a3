//! Objects on their way up.

use std::sync::atomic::Ordering;

use crate::support::{Line, Tree, eventually, noise};

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_report_climbs_through_the_node_to_central() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.terminals[0].add(noise(1, 3 * MIB)).await;
    tree.report(&tree.terminals[0], &object).await;
    tree.central.comes(&object).await;
    tree.node.comes(&object).await;
    assert_eq!(tree.terminals[0].moved(tree.node.id()).0, object.size);
    assert_eq!(tree.node.moved(tree.central.id()).0, object.size);
    assert_eq!(tree.central.moved(tree.node.id()), (0, object.size));
    assert!(!tree.terminals[1].has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_goes_on_from_the_last_whole_chunk() {
    let tree = Tree::plant().await;
    tree.terminals[0].connect(&tree.node).await;
    let line = Line::to(tree.central.address, 3, MIB as u64).await;
    tree.node.connect_through(&line, &tree.central);
    let object = tree.terminals[0].add(noise(2, 5 * MIB)).await;
    tree.report(&tree.terminals[0], &object).await;
    tree.central.comes(&object).await;
    assert_eq!(line.cut_so_far(), 3);
    assert_eq!(tree.central.moved(tree.node.id()).1, object.size, "no chunk was taken twice");
    let (sent, _) = tree.node.moved(tree.central.id());
    assert!(sent < 4 * object.size, "it did not begin anew each time: {sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_connects_later_is_asked_then() {
    let tree = Tree::plant().await;
    let object = tree.direct.add(noise(3, 100_000)).await;
    tree.report(&tree.direct, &object).await;
    assert!(!tree.central.has(&object).await);
    tree.direct.connect(&tree.central).await;
    tree.central.comes(&object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn central_gets_its_own_lost_attachment_back_from_a_child() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.central.add(noise(4, MIB)).await;
    tree.mail(&tree.direct, &object).await;
    tree.direct.comes(&object).await;
    tree.central.folder.remove(&object.hash).await.unwrap();
    tree.central.store.mark_object_missing(object.hash).await.unwrap();
    tree.central.exchange.look();
    tree.central.comes(&object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_gets_its_own_lost_report_back_from_above() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.direct.add(noise(5, MIB)).await;
    tree.report(&tree.direct, &object).await;
    tree.central.comes(&object).await;
    tree.direct.folder.remove(&object.hash).await.unwrap();
    tree.direct.store.mark_object_missing(object.hash).await.unwrap();
    tree.direct.exchange.look();
    tree.direct.comes(&object).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_gets_nothing_that_no_stream_to_it_refers_to() {
    let tree = Tree::plant().await;
    tree.connect().await;
    let object = tree.direct.add(noise(6, 100_000)).await;
    tree.direct.lines.ask(vec![object]);
    let refused = &tree.direct.exchange.metrics().out_of_scope;
    eventually("the question is refused", || async { refused.load(Ordering::Relaxed) == 1 }).await;
    assert_eq!(tree.direct.moved(tree.central.id()), (0, 0));
}
