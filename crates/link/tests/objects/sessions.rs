//! Objects beside real sessions: records and questions go through the hubs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use yanzhen_link::objects::{Exchange, ExchangeLimits, ExchangeOptions};
use yanzhen_link::{
    Hub, HubOptions, NoAdmission, P256Verifier, Parent, Serving, TlsConfig, keep_dialling, serve, tls,
};
use yanzhen_store::Target;

use crate::support::{Line, NOTE, Site, Tree, eventually, noise};

const MIB: usize = 1024 * 1024;

/// A site's sessions, with an exchange of their own beside the site's.
struct Linked<'a> {
    site: &'a Site,
    hub: Hub,
    exchange: Exchange,
    address: SocketAddr,
    stop: CancellationToken,
    _stops: DropGuard,
}

impl<'a> Linked<'a> {
    async fn start(site: &'a Site) -> Linked<'a> {
        let hub = Hub::new(HubOptions {
            store: site.store.clone(),
            signer: Arc::new(site.identity.signing().clone()),
            verifier: Arc::new(P256Verifier),
            software: "test 0".to_owned(),
        });
        let options = ExchangeOptions {
            store: site.store.clone(),
            folder: site.folder.clone(),
            lines: Arc::new(hub.clone()),
            limits: ExchangeLimits::default(),
        };
        let stop = CancellationToken::new();
        let exchange = Exchange::start(options, stop.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Serving {
            hub: hub.clone(),
            tls: TlsConfig::new(&site.identity).unwrap(),
            limits: tls::Limits::default(),
            objects: exchange.service(),
            admit: Arc::new(NoAdmission),
            metrics: Arc::default(),
        };
        tokio::spawn(serve(listener, serving, stop.clone()));
        let _stops = stop.clone().drop_guard();
        Linked { site, hub, exchange, address, stop, _stops }
    }

    fn dial(&self, parent: &Linked<'_>, address: SocketAddr) {
        let identity = &parent.site.identity;
        let parent = Parent {
            site: identity.site(),
            key: identity.public_key(),
            addresses: vec![address.to_string().parse().unwrap()],
        };
        let tls = TlsConfig::new(&self.site.identity).unwrap();
        tokio::spawn(keep_dialling(self.hub.clone(), tls, parent, self.stop.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_follow_their_records_down_and_up_through_sessions() {
    let tree = Tree::plant().await;
    let central = Linked::start(&tree.central).await;
    let node = Linked::start(&tree.node).await;
    let terminal = Linked::start(&tree.terminals[0]).await;
    terminal.dial(&node, node.address);
    node.dial(&central, central.address);
    let directive = tree.central.add(noise(1, 2 * MIB)).await;
    tree.central.write(Target::Mailbox(tree.terminals[0].id()), vec![directive]).await;
    tree.terminals[0].comes(&directive).await;
    let report = tree.terminals[0].add(noise(2, MIB)).await;
    tree.terminals[0].write(Target::Journal, vec![report]).await;
    tree.central.comes(&report).await;
    let state = central.hub.link_states().into_iter().find(|state| state.peer == tree.node.id()).unwrap();
    assert_eq!((state.object_bytes_down, state.object_bytes_up), (directive.size, report.size));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_do_not_wait_behind_an_object() {
    let tree = Tree::plant().await;
    let central = Linked::start(&tree.central).await;
    let terminal = Linked::start(&tree.direct).await;
    let line = Line::slow(central.address, Duration::from_millis(5)).await;
    terminal.dial(&central, line.address);
    let object = tree.central.add(noise(3, 64 * MIB)).await;
    tree.central.write(Target::Mailbox(tree.direct.id()), vec![object]).await;
    eventually("the object is under way", || async {
        terminal.exchange.under_way().iter().any(|moving| moving.bytes_left < object.size)
    })
    .await;
    let record = tree.central.write(Target::Mailbox(tree.direct.id()), Vec::new()).await;
    eventually("the record comes", || async {
        tree.direct.store.record(&NOTE, record).await.unwrap().is_some()
    })
    .await;
    let moving = terminal.exchange.under_way();
    assert!(moving.iter().any(|moving| moving.bytes_left > object.size / 4), "{moving:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_stops_does_not_wait_for_its_objects() {
    let tree = Tree::plant().await;
    let central = Linked::start(&tree.central).await;
    let terminal = Linked::start(&tree.direct).await;
    let line = Line::slow(central.address, Duration::from_millis(20)).await;
    terminal.dial(&central, line.address);
    let object = tree.central.add(noise(4, 64 * MIB)).await;
    tree.central.write(Target::Mailbox(tree.direct.id()), vec![object]).await;
    eventually("the object is under way", || async {
        terminal.exchange.under_way().iter().any(|moving| moving.bytes_left < object.size)
    })
    .await;
    central.stop.cancel();
    central.exchange.stopped().await;
    eventually("nothing is sent any more", || async { central.exchange.under_way().is_empty() }).await;
    assert!(!tree.direct.has(&object).await);
}
