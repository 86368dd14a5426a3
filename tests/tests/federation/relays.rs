//! A node that tampers with the joining that it relays.

use std::pin::Pin;
use std::sync::Arc;

use prost::Message as _;
use tokio::net::TcpListener;
use tonic::Status;
use yanzhen_link::tls::Peer;
use yanzhen_link::{Admit, Identity, Relay};
use yanzhen_proto::v1 as proto;
use yanzhen_site::runtime::{self, Start};
use yanzhen_sync::Sign;
use yanzhen_sync::seal::Domain;

use crate::inside::Inside;
use crate::world::{COUNTY, PREFECTURE, World};

/// What it does to what it relays.
enum Lie {
    /// Puts a key of its own in place of the new site's, signed with that key.
    OwnKey,
    /// Alters the new site's words.
    OtherWords,
    /// Tells the new site of another parent.
    OtherParent,
    /// Tells the new site of another network, which begins with this frame.
    OtherNetwork(proto::Frame),
}

struct Liar {
    lie: Lie,
    own: Identity,
    honest: Relay,
}

impl Liar {
    fn request(&self, mut request: proto::JoinRequest) -> proto::JoinRequest {
        let mut said = proto::JoinRequest::decode(request.signed.clone()).unwrap();
        match &self.lie {
            Lie::OwnKey => said.public_key = self.own.public_key().as_bytes().to_vec().into(),
            Lie::OtherWords => said.software.push_str(" altered"),
            Lie::OtherParent | Lie::OtherNetwork(_) => return request,
        }
        request.signed = said.encode_to_vec().into();
        if let Lie::OwnKey = self.lie {
            let signature = self.own.signing().sign(&Domain::JoinRequest.message(&[&request.signed]));
            request.signature = signature.as_bytes().to_vec().into();
        }
        request
    }

    fn reply(&self, mut reply: proto::JoinReply) -> proto::JoinReply {
        match &self.lie {
            Lie::OwnKey | Lie::OtherWords => {}
            Lie::OtherParent => {
                let mut said = proto::JoinReply::decode(reply.signed).unwrap();
                said.parent = self.own.site().to_bytes();
                reply.signed = said.encode_to_vec().into();
            }
            Lie::OtherNetwork(genesis) => reply.genesis = Some(genesis.clone()),
        }
        reply
    }
}

impl Admit for Liar {
    fn join(
        &self,
        request: proto::JoinRequest,
        via: Peer,
    ) -> Pin<Box<dyn Future<Output = Result<proto::JoinReply, Status>> + Send + '_>> {
        let altered = self.request(request);
        Box::pin(async move { Ok(self.reply(self.honest.join(altered, via).await?)) })
    }
}

/// A node whose relay lies.
async fn start_lying(listener: TcpListener, start: Start, lie: Lie) -> runtime::Site {
    let site = runtime::Site::open(start).await.unwrap();
    let honest = Relay::new(site.hub.clone());
    site.listen(listener, Arc::new(Liar { lie, own: Identity::generate(), honest }));
    site.dial();
    site.take_commands(|routes| routes).await.unwrap();
    site
}

/// Tries to join a county through a node that lies; tells the reason that the terminal gave. Afterwards the
/// same terminal joins with the same token through the node as it should be.
fn refused(lie: Lie, is_seen_by_central: bool) -> String {
    let world = World::begin();
    let mut node = world.join("node", PREFECTURE);
    node.kill();
    let lying =
        Inside::run(&node, runtime::projection(), |listener, start| start_lying(listener, start, lie));
    node.connects();
    let token = world.token("terminal", COUNTY);
    let mut county = world.stranger("terminal", COUNTY);
    let (code, error) = county.refusal(&["join", "--token", &token]);
    assert_eq!(code, 5, "{error}");
    let sites = || world.central.json(&["sites"])["sites"].as_array().unwrap().len();
    assert_eq!(sites(), if is_seen_by_central { 2 } else { 3 }, "central and the node, and who was admitted");
    assert_eq!(county.try_run(&["serve"]).status.code(), Some(4), "it is no site");
    lying.stop();

    node.start();
    node.connects();
    county.run(&["join", "--token", &token]);
    county.start();
    county.connects();
    assert_eq!(sites(), 3);
    error["error"]["why"].as_str().unwrap().to_owned()
}

#[test]
fn a_relay_that_puts_its_own_key_in_is_refused_by_central() {
    let why = refused(Lie::OwnKey, true);
    assert!(why.contains("altered"), "{why}");
}

#[test]
fn a_relay_that_alters_the_request_is_refused_by_central() {
    let why = refused(Lie::OtherWords, true);
    assert!(why.contains("not signed by the key"), "{why}");
}

#[test]
fn a_relay_that_alters_the_reply_is_refused_by_the_new_site() {
    let why = refused(Lie::OtherParent, false);
    assert!(why.contains("altered on the way"), "{why}");
}

#[test]
fn a_relay_that_tells_of_another_network_is_refused_by_the_new_site() {
    let other = World::begin().central.folder().1.genesis;
    let why = refused(Lie::OtherNetwork(other.to_wire()), false);
    assert!(why.contains("another network"), "{why}");
}
