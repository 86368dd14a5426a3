//! Who and what is turned away.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tonic::body::Body;
use tower::util::MapRequest;
use yanzhen_link::tls::{self, TlsConfig};
use yanzhen_link::{Identity, P256Verifier, State};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::objects_client::ObjectsClient;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::Target;
use yanzhen_sync::directory::Role;
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::seal::Domain;
use yanzhen_sync::statement::{Pulse, PulseContent, RootReceipt};
use yanzhen_sync::{FrameHash, Head, Sign, StreamHead, StreamId};

use crate::line::Line;
use crate::raw::{Raw, run};
use crate::support::{Home, PATIENCE, Plan, Site, eventually};

async fn central() -> Site {
    Home::of_central().start(Plan::serving()).await
}

/// Central with an honest child, and a child that is yet to misbehave.
async fn central_and_two() -> (Site, Site, Home) {
    let central = central().await;
    let (honest, hostile) = (Home::beside(&central.home), Home::beside(&central.home));
    central.register(&honest, Role::Terminal, &[]).await;
    central.register(&hostile, Role::Terminal, &[]).await;
    let honest = honest.start(Plan::below(&central)).await;
    honest.connected(central.id()).await;
    let bulletin = central.write(&[Target::Bulletin], "all is told").await;
    honest.has(bulletin).await;
    (central, honest, hostile)
}

async fn the_honest_child_goes_on(central: &Site, honest: &Site) {
    let head = honest.write(&[Target::Journal], "work").await;
    central.has(head).await;
    honest.is_stored_by(central.id(), head).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_is_not_registered_is_refused_until_it_is() {
    let central = central().await;
    let child = Home::beside(&central.home);
    let child = child.start(Plan::below(&central)).await;
    eventually("the refusal is shown", || async {
        let link = child.link(central.id());
        link.and_then(|link| link.last_error).is_some_and(|why| why.contains("not registered here yet"))
    })
    .await;
    assert!(central.hub.counters().sessions_refused.load(Ordering::Relaxed) > 0);
    assert!(child.store.heads().is_empty());
    central.register(&child.home, Role::Terminal, &[]).await;
    child.connected(central.id()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_of_another_network_is_told_so() {
    let (central, foreign) = (central().await, Home::of_central());
    let child = Home::beside(&central.home);
    central.register(&child, Role::Terminal, &[]).await;
    let child = child.in_other_network(&foreign);
    let child = child.start(Plan::below(&central)).await;
    eventually("the reason is shown at both ends", || async {
        let shown = |link: Option<yanzhen_link::LinkState>| {
            link.and_then(|link| link.last_error).is_some_and(|why| why.contains("another network"))
        };
        shown(child.link(central.id())) && shown(central.link(child.id()))
    })
    .await;
    assert!(child.store.heads().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_site_is_hung_up_on_and_does_not_come_back() {
    let (central, honest, _) = central_and_two().await;
    central.revoke(honest.id(), &[]).await;
    eventually("the child learns why", || async {
        let link = honest.link(central.id()).unwrap();
        link.state == State::Waiting && link.last_error.is_some_and(|why| why.contains("revoked"))
    })
    .await;
    let refused = Raw::open(&honest.home.identity, &central.as_parent()).await.err().unwrap();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert!(central.link(honest.id()).is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_site_keeps_no_link_for_objects_either() {
    let (central, _honest, other) = central_and_two().await;
    let tls = TlsConfig::new(&other.identity).unwrap();
    let parent = central.as_parent();
    let dialled = tls::connect(&parent.addresses, &tls, tls::only(vec![parent.key])).await.unwrap();
    let ask = || async {
        let mut objects = ObjectsClient::new(dialled.channel.clone());
        objects.get_manifest(proto::ObjectRequest::default()).await.unwrap_err().code()
    };
    assert_eq!(ask().await, tonic::Code::Unimplemented, "it is answered");
    central.revoke(other.id(), &[]).await;
    eventually("the link is closed", || async { ask().await != tonic::Code::Unimplemented }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_turned_away_before_its_message_is_read() {
    let (central, _honest, child) = central_and_two().await;
    let parent = central.as_parent();
    let offer_without_end = |identity: Identity| {
        let (parent, tls) = (parent.clone(), TlsConfig::new(&identity).unwrap());
        async move {
            let dialled = tls::connect(&parent.addresses, &tls, tls::only(vec![parent.key])).await.unwrap();
            let offering = MapRequest::new(dialled.channel, |mut request: http::Request<Body>| {
                *request.uri_mut() = "/yanzhen.v1.Objects/Offer".parse().unwrap();
                request
            });
            let mut client = ObjectsClient::new(offering);
            client.upload(tokio_stream::pending::<proto::ObjectChunk>()).await.unwrap_err()
        }
    };
    let refused = offer_without_end(Identity::generate());
    let refused = tokio::time::timeout(PATIENCE, refused).await.expect("it is answered");
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    assert!(refused.message().contains("not registered here yet"));
    // A child's is waited for: it is the stranger that was refused, not the message.
    let waiting = tokio::time::timeout(Duration::from_millis(300), offer_without_end(child.identity.clone()));
    assert!(waiting.await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_mend_nothing_are_counted() {
    let (central, honest, hostile) = central_and_two().await;
    let mut raw = Raw::open_live(&hostile.identity, &central).await;
    let own = StreamId::journal(hostile.id(), 0);
    for _ in 0..3 {
        let run = run(&hostile.identity, own, Head::NONE, hostile.unit, &central);
        raw.say(Message::Repaired(run.to_wire())).await;
    }
    let counters = central.hub.counters();
    eventually("all are counted", || async { counters.repairs_refused.load(Ordering::Relaxed) == 3 }).await;
    assert_eq!(central.store.head(&own), Head::NONE);
    the_honest_child_goes_on(&central, &honest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newer_of_two_sessions_takes_the_place() {
    let (central, _honest, twice) = central_and_two().await;
    let mut older = Raw::open_live(&twice.identity, &central).await;
    central.connected(twice.id()).await;
    let mut newer = Raw::open_live(&twice.identity, &central).await;
    assert_eq!(older.hear_goodbye().await.code(), Code::Replaced);
    central.connected(twice.id()).await;
    let head = run(&twice.identity, StreamId::journal(twice.id(), 0), Head::NONE, twice.unit, &central);
    newer.say(Message::Run(head.to_wire())).await;
    central.has(head.stream_head()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_runs_and_those_out_of_place_stand_still_and_harm_nobody() {
    let (central, honest, hostile) = central_and_two().await;
    let mut raw = Raw::open_live(&hostile.identity, &central).await;
    let before = central.store.heads();
    let own = StreamId::journal(hostile.id(), 0);
    let stranger = Identity::generate();
    let bad_runs = [
        (
            run(&hostile.identity, honest.journal(), Head::NONE, honest.home.unit, &central),
            Reason::OutOfScope,
        ),
        (run(&stranger, own, Head::NONE, hostile.unit, &central), Reason::Damaged),
        (run(&hostile.identity, own, Head::NONE, honest.home.unit, &central), Reason::NotAuthorised),
    ];
    for (bad, reason) in &bad_runs {
        raw.say(Message::Run(bad.to_wire())).await;
        assert_eq!(raw.hear_hold().await.reason(), *reason);
    }
    let counters = central.hub.counters();
    assert_eq!(counters.refused(), bad_runs.iter().map(|(_, reason)| (*reason, 1)).collect());
    assert_eq!(central.store.heads(), before);
    assert!(central.link(hostile.id()).unwrap().held_here.contains_key(&own));
    the_honest_child_goes_on(&central, &honest).await;

    let good = run(&hostile.identity, own, Head::NONE, hostile.unit, &central);
    raw.say(Message::Run(good.to_wire())).await;
    central.has(good.stream_head()).await;
    eventually("it stands still no more", || async {
        !central.link(hostile.id()).unwrap().held_here.contains_key(&own)
    })
    .await;
    let fork = run(&hostile.identity, own, Head::NONE, hostile.unit, &central);
    raw.say(Message::Run(fork.to_wire())).await;
    assert_eq!(raw.hear_hold().await.reason(), Reason::Forked);
    assert_eq!(central.store.head(&own), good.stream_head().head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_counted_and_without_effect() {
    let (central, honest, hostile) = central_and_two().await;
    let mut raw = Raw::open_live(&hostile.identity, &central).await;
    let own = StreamId::journal(hostile.id(), 0);
    let mut altered = run(&hostile.identity, own, Head::NONE, hostile.unit, &central).to_wire();
    altered.frames[0].bodies[0].body = Bytes::from_static(b"other words");
    let receipt = RootReceipt::sign(
        run(&hostile.identity, own, Head::NONE, hostile.unit, &central).stream_head(),
        1,
        hostile.identity.signing(),
    );
    let garbage = [
        Message::Run(proto::Run::default()),
        Message::Run(altered.clone()),
        Message::Repaired(altered),
        Message::Repair(proto::Repair::default()),
        Message::Repair(proto::Repair { stream: Some(honest.journal().into()), seq: 1 }),
        Message::Ack(proto::Ack { stored: vec![proto::StreamHead::default()] }),
        Message::Hold(proto::Hold::default()),
        Message::RootReceipts(proto::RootReceipts { receipts: vec![receipt.into()] }),
        Message::ObjectsWanted(proto::ObjectsWanted::default()),
    ];
    let number = garbage.len() as u64;
    for message in garbage {
        raw.say(message).await;
    }
    let counters = central.hub.counters();
    eventually("all are counted", || async { counters.malformed.load(Ordering::Relaxed) == number }).await;
    assert!(central.is_connected(hostile.id()));
    assert_eq!(central.store.head(&own).seq, 0);
    the_honest_child_goes_on(&central, &honest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pulse_counts_only_from_the_site_that_it_is_about() {
    let (central, honest, hostile) = central_and_two().await;
    let mut raw = Raw::open_live(&hostile.identity, &central).await;
    let content = |site, counter| PulseContent {
        site,
        counter,
        time: 1,
        software: "forged".to_owned(),
        free_disk: 0,
        heads: Vec::new(),
        digest: Hash::of(Context::Heads, &[]),
        quarantined: 0,
        waiting_since: None,
    };
    let own_key = hostile.identity.signing();
    let pulses = [
        Pulse::sign(content(honest.id(), u64::MAX), own_key),
        Pulse::sign(content(honest.id(), u64::MAX), honest.home.identity.signing()),
        Pulse::sign(content(hostile.id(), 7), own_key),
    ];
    let others_stream =
        StreamHead { stream: honest.journal(), head: Head { seq: 99, hash: FrameHash::ZERO } };
    let of_others =
        Pulse::sign(PulseContent { heads: vec![others_stream], ..content(hostile.id(), 8) }, own_key);
    let mut pulses: Vec<proto::Pulse> = pulses.iter().chain([&of_others]).map(Into::into).collect();
    pulses.push(padded(&Pulse::sign(content(hostile.id(), 9), own_key), own_key));
    raw.say(Message::Pulses(proto::Pulses { pulses })).await;
    let counters = central.hub.counters();
    eventually("four are dropped", || async { counters.pulses_dropped.load(Ordering::Relaxed) == 4 }).await;
    eventually("the own one is kept", || async {
        let known = central.store.pulses().await.unwrap();
        known.get(&hostile.id()).is_some_and(|pulse| {
            pulse.counter == 7 && pulse.is_by(&hostile.identity.public_key(), &P256Verifier)
        })
    })
    .await;
    let known = central.store.pulses().await.unwrap();
    assert!(known.get(&honest.id()).is_none_or(|pulse| pulse.software != "forged"));
}

/// The same pulse, with 20,000 bytes more in a field that nobody knows.
fn padded(pulse: &Pulse, signer: &dyn Sign) -> proto::Pulse {
    let pulse = proto::Pulse::from(pulse);
    let padding = [&[0x7a, 0xa0, 0x9c, 0x01][..], &[0; 20_000]].concat();
    let signed = [&pulse.signed[..], &padding].concat();
    let signature = signer.sign(&Domain::Pulse.message(&[&signed]));
    proto::Pulse { signed: signed.into(), signature: Bytes::copy_from_slice(signature.as_bytes()), ..pulse }
}

/// Bytes of a record that makes a large answer.
const BULK: usize = 400 * 1024;

/// Bytes that a line surely does not take while it is frozen: several windows of HTTP/2 and buffers of TCP.
const FILLING: usize = 40 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_takes_nothing_is_hung_up_on() {
    let (central, honest, hostile) = central_and_two().await;
    let line = Line::to(central.address.unwrap()).await;
    let mut raw = Raw::open_live_at(&hostile.identity, &central, line.address).await;
    central.connected(hostile.id()).await;
    let bulky = central.write(&[Target::Bulletin], &"a".repeat(BULK)).await;
    line.freeze_downward(true);
    // Large answers fill the line at once, small ones the queue behind it.
    for _ in 0..FILLING / BULK {
        let repair = proto::Repair { stream: Some(bulky.stream.into()), seq: bulky.head.seq };
        raw.say(Message::Repair(repair)).await;
    }
    let counters = central.hub.counters();
    let asking = async { while raw.try_say(Message::Ping(proto::Ping { nonce: u64::MAX })).await {} };
    let noticed =
        eventually("it is noticed", || async { counters.sessions_stuck.load(Ordering::Relaxed) == 1 });
    tokio::select! {
        () = noticed => {}
        () = asking => panic!("the line broke first"),
    }
    the_honest_child_goes_on(&central, &honest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_message_ends_its_session_only() {
    let (central, honest, hostile) = central_and_two().await;
    let mut raw = Raw::open_live(&hostile.identity, &central).await;
    central.connected(hostile.id()).await;
    let frame = proto::Frame { header: Bytes::from(vec![0; 3 * 1024 * 1024]), bodies: Vec::new() };
    raw.try_say(Message::Run(proto::Run { frames: vec![frame], ..Default::default() })).await;
    eventually("it is hung up on", || async { !central.is_connected(hostile.id()) }).await;
    the_honest_child_goes_on(&central, &honest).await;
}
