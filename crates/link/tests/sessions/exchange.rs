//! What goes up and down between two and three tiers.

use yanzhen_store::Target;
use yanzhen_sync::StreamId;
use yanzhen_sync::directory::Role;

use crate::support::{Home, Plan, eventually, three_tiers};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_child_writes_is_acknowledged_by_its_parent_and_by_central() {
    let central = Home::of_central().start(Plan::serving()).await;
    let child = Home::beside(&central.home);
    central.register(&child, Role::Terminal, &[]).await;
    let child = child.start(Plan::below(&central)).await;
    child.connected(central.id()).await;
    child.at_home().await;
    let head = child.write(&[Target::Journal], "a").await;
    central.has(head).await;
    child.is_stored_by(central.id(), head).await;
    child.is_root_stored(head).await;
    eventually("the pulse is at central", || async {
        let pulses = central.store.pulses().await.unwrap();
        pulses.get(&child.id()).is_some_and(|pulse| pulse.free_disk == 42 && pulse.heads.contains(&head))
    })
    .await;
    eventually("the beat is at the child", || async {
        child.store.beats().await.unwrap().get(&child.id()).is_some_and(|beat| beat.mailbox.is_some())
    })
    .await;
    eventually("both remember the session's token", || async {
        let given = child.store.meta("session token from parent").await.unwrap();
        let issued = format!("session tokens issued to {}", child.id());
        let issued = central.store.meta(&issued).await.unwrap();
        given.is_some_and(|given| issued.is_some_and(|issued| issued[..16] == given))
    })
    .await;
    let link = central.link(child.id()).unwrap();
    assert_eq!(link.software.as_deref(), Some("yanzhen-test 1"));
    assert!(link.last_contact.is_some() && link.last_error.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_go_through_a_node_to_central_and_receipts_come_back() {
    let (central, node, terminal) = three_tiers().await;
    terminal.at_home().await;
    let head = terminal.write(&[Target::Journal], "a").await;
    central.has(head).await;
    node.has(head).await;
    terminal.is_stored_by(node.id(), head).await;
    terminal.is_root_stored(head).await;
    eventually("beat and pulse pass the node", || async {
        let beats = terminal.store.beats().await.unwrap();
        let pulses = central.store.pulses().await.unwrap();
        beats.contains_key(&terminal.id()) && pulses.contains_key(&terminal.id())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_down_to_whom_it_is_addressed_and_bulletins_to_all() {
    let (central, node, terminal) = three_tiers().await;
    let other = Home::beside(&central.home);
    central.register(&other, Role::Terminal, &[]).await;
    let other = other.start(Plan::below(&central)).await;
    let mail = central.write(&[Target::Mailbox(terminal.id())], "to the terminal").await;
    let bulletin = central.write(&[Target::Bulletin], "to all").await;
    terminal.has(mail).await;
    node.has(mail).await;
    for site in [&node, &terminal, &other] {
        site.has(bulletin).await;
    }
    let last = central.write(&[Target::Mailbox(other.id())], "to the other").await;
    other.has(last).await;
    assert_eq!(other.store.head(&mail.stream).seq, 0);
    assert_eq!(node.store.head(&last.stream).seq, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_restarts_takes_up_where_it_was() {
    let (central, node, terminal) = three_tiers().await;
    terminal.at_home().await;
    let first = terminal.write(&[Target::Journal], "before").await;
    central.has(first).await;
    let address = node.address;
    let id = node.id();
    let told = eventually("the terminal is told", || async {
        terminal.link(id).and_then(|link| link.last_error).is_some_and(|why| why.contains("is stopping"))
    });
    let (node, ()) = tokio::join!(node.stop(), told);
    let up = terminal.write(&[Target::Journal], "meanwhile, up").await;
    let down = central.write(&[Target::Mailbox(terminal.id())], "meanwhile, down").await;
    let node = node.start(Plan::between(&central).again_at(address)).await;
    terminal.hub.sync_now();
    central.has(up).await;
    terminal.has(down).await;
    node.has(up).await;
    terminal.is_root_stored(up).await;
    let journal = StreamId::journal(terminal.id(), 0);
    assert_eq!(central.store.head(&journal), up.head);
}
