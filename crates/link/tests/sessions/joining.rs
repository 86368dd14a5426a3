//! Joining through the parent, and through a node.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tonic::Status;
use yanzhen_link::join::{Admission, ReceivedRequest};
use yanzhen_link::{Admit, Identity, InvitationId, JoiningError, Peer, Secret, Token, join_network};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Role;
use yanzhen_sync::{Frame, SiteId, UnitId};

use crate::support::{Home, Plan, Site, eventually};

/// Admits whoever knows the secret, and remembers who relayed.
struct Desk {
    secret: Secret,
    genesis: Frame,
    parent: SiteId,
    via: Mutex<Vec<SiteId>>,
}

impl Admit for Desk {
    fn join(
        &self,
        request: proto::JoinRequest,
        via: Peer,
    ) -> BoxFuture<'_, Result<proto::JoinReply, Status>> {
        self.via.lock().unwrap().push(via.site);
        let answer = || {
            let refused = |error: yanzhen_link::join::JoinError| Status::unauthenticated(error.to_string());
            let proven = ReceivedRequest::read(&request).map_err(refused)?;
            let proven = proven.prove(&self.secret).map_err(refused)?;
            let admission = Admission {
                site: proven.site(),
                unit: UnitId::new([77; 16]),
                parent: self.parent,
                epoch: 0,
                time: 1,
            };
            Ok(proven.reply(&self.secret, &admission, &self.genesis))
        };
        Box::pin(std::future::ready(answer()))
    }
}

fn token(parent: &Site, secret: &Secret) -> Token {
    let record = parent.as_parent();
    Token {
        genesis: parent.store.network(),
        parent_addresses: record.addresses,
        parent_key: record.key,
        invitation: InvitationId::generate(),
        secret: secret.clone(),
        expires: i64::MAX,
        role: Role::Terminal,
        unit_code: "990102".to_owned(),
        unit_name: "云川市某县委老干部局".to_owned(),
    }
}

async fn central() -> (Site, Arc<Desk>, Secret) {
    let (home, secret) = (Home::of_central(), Secret::generate());
    let desk = Arc::new(Desk {
        secret: secret.clone(),
        genesis: home.genesis().clone(),
        parent: home.id(),
        via: Mutex::default(),
    });
    let central = home.start(Plan { admit: Some(desk.clone()), ..Plan::serving() }).await;
    (central, desk, secret)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_joins_at_central_and_may_ask_again() {
    let (central, desk, secret) = central().await;
    let (token, identity) = (token(&central, &secret), Identity::generate());
    for _ in 0..2 {
        let joined = join_network(&token, &identity, "test", Vec::new()).await.unwrap();
        assert_eq!(joined.admission.site, identity.site());
        assert_eq!(joined.genesis.hash(), central.store.network());
        assert_eq!(joined.parent, central.as_parent());
    }
    assert_eq!(*desk.via.lock().unwrap(), [identity.site(), identity.site()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_relays_joining_while_it_has_a_line_and_says_so_when_not() {
    let (central, desk, secret) = central().await;
    let node = Home::beside(&central.home);
    central.register(&node, Role::Node, &[]).await;
    let node = node.start(Plan::between(&central)).await;
    node.connected(central.id()).await;
    let (token, identity) = (token(&node, &secret), Identity::generate());
    eventually("joined", || async { join_network(&token, &identity, "test", Vec::new()).await.is_ok() })
        .await;
    assert_eq!(desk.via.lock().unwrap().last(), Some(&node.id()));

    central.stop().await;
    eventually("the node knows that its line is gone", || async {
        matches!(
            join_network(&token, &identity, "test", Vec::new()).await,
            Err(JoiningError::Later(status)) if status.message().contains("no line to its parent")
        )
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_refused_for_good() {
    let (central, _desk, _secret) = central().await;
    let wrong = token(&central, &Secret::generate());
    let error = join_network(&wrong, &Identity::generate(), "test", Vec::new()).await.unwrap_err();
    assert!(matches!(error, JoiningError::Refused(_)) && error.is_permanent(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_to_join_are_bounded_in_rate() {
    let (central, _desk, _secret) = central().await;
    let wrong = token(&central, &Secret::generate());
    let identity = Identity::generate();
    eventually("too many", || async {
        matches!(
            join_network(&wrong, &identity, "test", Vec::new()).await,
            Err(JoiningError::Later(status)) if status.code() == tonic::Code::ResourceExhausted
        )
    })
    .await;
}
