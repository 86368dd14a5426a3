use proptest::prelude::*;
use yanzhen_sync::RecordId;

use super::*;
use crate::identity::{RecoveryKit, SealingKey, SiteKey};

const UNIT: UnitId = UnitId::new([5; 16]);

fn genesis_of(central: &Identity) -> Frame {
    let kit = RecoveryKit::generate();
    let body = proto::Genesis {
        nonce: Bytes::from_static(&[1; 16]),
        name: "云川".into(),
        algorithm: ECDSA,
        root_key: Bytes::copy_from_slice(central.public_key().as_bytes()),
        root_sealing_key: Bytes::copy_from_slice(&central.sealing().public_key()),
        recovery_key: Bytes::copy_from_slice(kit.public_key().as_bytes()),
        recovery_sealing_key: Bytes::copy_from_slice(&kit.sealing().public_key()),
        unit: UNIT.to_bytes(),
    };
    Genesis::frame(&body, RecordId::new([2; 16]), 1, [3; 16]).unwrap()
}

/// Central with one invitation, and a site that was given its token.
struct Scene {
    genesis: Frame,
    token: Token,
    identity: Identity,
}

impl Scene {
    fn new() -> Scene {
        let central = Identity::generate();
        let genesis = genesis_of(&central);
        let token = Token {
            genesis: genesis.hash(),
            parent_addresses: vec!["central:7443".parse().unwrap()],
            parent_key: central.public_key(),
            invitation: InvitationId::generate(),
            secret: Secret::generate(),
            expires: 1,
            role: Role::Node,
            unit_code: "990100".into(),
            unit_name: "云川市".into(),
        };
        Scene { genesis, token, identity: Identity::generate() }
    }

    fn application(&self) -> Application {
        let addresses = vec!["node:7443".parse().unwrap()];
        Application::new(&self.token, &self.identity, addresses, "yanzhen-node 0.1.0")
    }

    fn proven(&self, application: &Application) -> ProvenRequest {
        ReceivedRequest::read(application.request()).unwrap().prove(&self.token.secret).unwrap()
    }

    fn admission(&self) -> Admission {
        let parent = SiteId::of_key(&self.token.parent_key);
        Admission { site: self.identity.site(), unit: UNIT, parent, epoch: 0, time: 7 }
    }
}

/// Changes the signed part of a request and leaves MAC and signature as they are.
fn altered(wire: &proto::JoinRequest, change: impl FnOnce(&mut proto::JoinRequest)) -> proto::JoinRequest {
    let mut inner = proto::JoinRequest::decode(wire.signed.clone()).unwrap();
    change(&mut inner);
    proto::JoinRequest { signed: inner.encode_to_vec().into(), ..wire.clone() }
}

#[test]
fn a_request_tells_central_who_wants_in_and_never_the_secret() {
    let scene = Scene::new();
    let application = scene.application();
    let proven = scene.proven(&application);
    assert_eq!(proven.site(), scene.identity.site());
    assert_eq!(proven.request().sealing_key, scene.identity.sealing().public_key());
    assert_eq!(proven.request().addresses, vec!["node:7443".parse().unwrap()]);
    assert_eq!((proven.request().role, proven.request().genesis), (Role::Node, scene.token.genesis));
    let bytes = application.request().encode_to_vec();
    assert!(!bytes.windows(32).any(|window| window == scene.token.secret.expose()));
}

#[test]
fn a_request_under_another_secret_is_refused() {
    let scene = Scene::new();
    let received = ReceivedRequest::read(scene.application().request()).unwrap();
    assert_eq!(received.invitation(), scene.token.invitation);
    assert_eq!(received.prove(&Secret::generate()).unwrap_err(), JoinError::Mac("request"));
}

#[test]
fn an_altered_request_is_refused() {
    let scene = Scene::new();
    let wire = scene.application().request().clone();
    let alterations: [fn(&mut proto::JoinRequest); 4] = [
        |inner| inner.role = proto::Role::Terminal.into(),
        |inner| inner.sealing_key = Bytes::copy_from_slice(&SealingKey::generate().public_key()),
        |inner| inner.addresses.push("evil:1".into()),
        |inner| inner.invitation = Bytes::from_static(&[9; 16]),
    ];
    for change in alterations {
        assert_eq!(ReceivedRequest::read(&altered(&wire, change)).unwrap_err(), JoinError::Signature);
    }
}

#[test]
fn a_relay_that_puts_its_own_key_in_lacks_the_secret() {
    let scene = Scene::new();
    let thief = SiteKey::generate();
    let mut wire = altered(scene.application().request(), |inner| {
        inner.public_key = Bytes::copy_from_slice(thief.public_key().as_bytes());
    });
    assert_eq!(ReceivedRequest::read(&wire).unwrap_err(), JoinError::Signature);

    let signature = thief.sign(&Domain::JoinRequest.message(&[&wire.signed]));
    wire.signature = Bytes::copy_from_slice(signature.as_bytes());
    let received = ReceivedRequest::read(&wire).unwrap();
    assert_eq!(received.prove(&scene.token.secret).unwrap_err(), JoinError::Mac("request"));
}

#[test]
fn a_wrong_mac_is_refused() {
    let scene = Scene::new();
    let mut wire = scene.application().request().clone();
    let mut mac = wire.mac.to_vec();
    mac[31] ^= 1;
    wire.mac = mac.into();
    let received = ReceivedRequest::read(&wire).unwrap();
    assert_eq!(received.prove(&scene.token.secret).unwrap_err(), JoinError::Mac("request"));
    wire.mac = Bytes::from_static(&[0; 31]);
    assert!(matches!(ReceivedRequest::read(&wire), Err(JoinError::Malformed(_))));
}

#[test]
fn nobody_joins_as_central_and_sizes_are_bounded() {
    let scene = Scene::new();
    let wire = scene.application().request().clone();
    let alterations: [fn(&mut proto::JoinRequest); 5] = [
        |inner| inner.role = proto::Role::Central.into(),
        |inner| inner.addresses = vec!["a:1".into(); 9],
        |inner| inner.addresses = vec!["no port".into()],
        |inner| inner.software = "x".repeat(65),
        |inner| inner.software = "x".repeat(100_000),
    ];
    for change in alterations {
        let error = ReceivedRequest::read(&altered(&wire, change)).unwrap_err();
        assert!(matches!(error, JoinError::Malformed(_)), "{error}");
    }
}

#[test]
fn a_long_software_name_is_shortened_before_it_is_sent() {
    let scene = Scene::new();
    let application = Application::new(&scene.token, &scene.identity, Vec::new(), &"雁".repeat(40));
    assert_eq!(scene.proven(&application).request().software, "雁".repeat(21));
}

#[test]
fn a_reply_brings_the_admission_and_genesis() {
    let scene = Scene::new();
    let application = scene.application();
    let reply = scene.proven(&application).reply(&scene.token.secret, &scene.admission(), &scene.genesis);
    let (admission, genesis) = application.check_reply(reply).unwrap();
    assert_eq!(admission, scene.admission());
    assert_eq!(genesis.hash(), scene.token.genesis);
}

#[test]
fn a_reply_that_a_relay_altered_or_made_is_refused() {
    let scene = Scene::new();
    let application = scene.application();
    let proven = scene.proven(&application);
    let reply = proven.reply(&scene.token.secret, &scene.admission(), &scene.genesis);

    let mut inner = proto::JoinReply::decode(reply.signed.clone()).unwrap();
    inner.parent = Bytes::from_static(&[6; 32]);
    let altered = proto::JoinReply { signed: inner.encode_to_vec().into(), ..reply.clone() };
    assert_eq!(application.check_reply(altered).unwrap_err(), JoinError::Mac("reply"));

    let made = proven.reply(&Secret::generate(), &scene.admission(), &scene.genesis);
    assert_eq!(application.check_reply(made).unwrap_err(), JoinError::Mac("reply"));

    let other = genesis_of(&Identity::generate());
    let foreign = proto::JoinReply { genesis: Some(other.to_wire()), ..reply.clone() };
    assert_eq!(application.check_reply(foreign).unwrap_err(), JoinError::OtherNetwork);

    let bare = proto::JoinReply { genesis: None, ..reply };
    assert!(matches!(application.check_reply(bare), Err(JoinError::Malformed(_))));
}

#[test]
fn a_reply_to_another_request_is_refused() {
    let scene = Scene::new();
    let first = scene.application();
    let second = Application::new(&scene.token, &scene.identity, Vec::new(), "later");
    let reply = scene.proven(&first).reply(&scene.token.secret, &scene.admission(), &scene.genesis);
    assert_eq!(second.check_reply(reply).unwrap_err(), JoinError::Mac("reply"));
}

#[test]
fn a_reply_that_admits_another_site_is_refused() {
    let scene = Scene::new();
    let application = scene.application();
    let other = Admission { site: SiteId::new([8; 32]), ..scene.admission() };
    let reply = scene.proven(&application).reply(&scene.token.secret, &other, &scene.genesis);
    assert_eq!(application.check_reply(reply).unwrap_err(), JoinError::OtherSite);
}

#[test]
fn the_same_application_made_again_differs_in_nothing_that_counts() {
    let scene = Scene::new();
    let (first, second) = (scene.application(), scene.application());
    assert_eq!(first.request().signed, second.request().signed);
    assert_eq!(first.request().mac, second.request().mac);
}

#[test]
fn debug_does_not_show_the_secret() {
    let scene = Scene::new();
    let shown = format!("{:?}", scene.application());
    assert!(shown.contains("redacted"));
}

proptest! {
    #[test]
    fn arbitrary_requests_and_replies_never_panic(
        signed in proptest::collection::vec(any::<u8>(), 0..200),
        mac in proptest::collection::vec(any::<u8>(), 31..34),
        signature in proptest::collection::vec(any::<u8>(), 63..66),
    ) {
        let request = proto::JoinRequest {
            signed: signed.clone().into(), mac: mac.clone().into(), signature: signature.into(), ..Default::default()
        };
        prop_assert!(ReceivedRequest::read(&request).is_err());
        if let Ok(request) = proto::JoinRequest::decode(signed.as_slice()) {
            let _ = JoinRequest::try_from(request);
        }
        if let Ok(reply) = proto::JoinReply::decode(signed.as_slice()) {
            let _ = Admission::try_from(reply);
        }
    }
}
