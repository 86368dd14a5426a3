//! Lines that fail, and disks that do.

use std::sync::atomic::Ordering;

use yanzhen_link::State;
use yanzhen_store::{Target, Write};
use yanzhen_sync::RecordId;
use yanzhen_sync::directory::Role;

use crate::line::Line;
use crate::support::{Home, NOTE, Plan, Site, eventually, three_tiers, upsert};

/// Central and a child whose line is a proxy.
async fn over(line: impl AsyncFnOnce(std::net::SocketAddr) -> Line) -> (Site, Site, Line) {
    let central = Home::of_central().start(Plan::serving()).await;
    let child = Home::beside(&central.home);
    central.register(&child, Role::Terminal, &[]).await;
    let line = line(central.address.unwrap()).await;
    let parent = central.home.as_parent(line.address);
    let child = child.start(Plan { parent: Some(parent), ..Plan::default() }).await;
    child.connected(central.id()).await;
    let bulletin = central.write(&[Target::Bulletin], "all is told").await;
    child.has(bulletin).await;
    (central, child, line)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_line_is_noticed_at_both_ends_and_replaced() {
    let (central, child, line) = over(Line::to).await;
    line.freeze(true);
    let head = child.write(&[Target::Journal], "into the void").await;
    eventually("both ends notice", || async {
        let away = central.link(child.id()).is_some_and(|link| link.state == State::Away);
        away && !child.is_connected(central.id())
    })
    .await;
    line.freeze(false);
    eventually("the child is back", || async {
        child.hub.sync_now();
        child.is_connected(central.id())
    })
    .await;
    central.has(head).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_takes_longer_than_silence_may_last_arrives_on_a_thin_line() {
    let (central, child, _line) = over(async |target| Line::thin(target, 24 * 1024).await).await;
    let noise: Vec<u8> = (0..120_000).flat_map(|n: u32| blake(n)).take(440_000).collect();
    let writes = (0..2).map(|_| {
        let edit = upsert(NOTE, RecordId::new(rand::random()), child.home.unit, noise.clone());
        Write { targets: vec![Target::Journal], edits: vec![edit] }
    });
    let written = child.store.write_all(writes.collect()).await.unwrap();
    central.has(*written.last().unwrap().heads.last().unwrap()).await;
    for site in [&central, &child] {
        assert_eq!(site.hub.counters().sessions_opened.load(Ordering::Relaxed), 1);
    }
}

fn blake(number: u32) -> [u8; 4] {
    number.wrapping_mul(2_654_435_761).to_be_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_damaged_at_a_node_is_mended_from_below_and_goes_on_up() {
    let (central, node, terminal) = three_tiers().await;
    terminal.at_home().await;
    let (central_at, node_at) = (central.address, node.address);
    let central = central.stop().await;
    let words = "words that occur nowhere else";
    let head = terminal.write(&[Target::Journal], words).await;
    node.has(head).await;
    let node = node.stop().await;
    node.corrupt(words.as_bytes());
    let central = central.start(Plan::serving().again_at(central_at)).await;
    let node = node.start(Plan::between(&central).again_at(node_at)).await;
    eventually("the terminal is back", || async {
        terminal.hub.sync_now();
        terminal.is_connected(node.id())
    })
    .await;
    central.has(head).await;
    assert_eq!(node.hub.counters().repaired.load(Ordering::Relaxed), 1);
    assert!(node.store.damage().await.unwrap().iter().all(|event| event.repaired.is_some()));
    terminal.is_root_stored(head).await;
}
