//! Peers that mean no good.

use bytes::Bytes;
use prost::Message as _;
use tonic::Code;
use yanzhen_link::Identity;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::joining_client::JoiningClient;
use yanzhen_proto::v1::objects_client::ObjectsClient;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::Store;
use yanzhen_sync::limits::MAX_MESSAGE_BYTES;
use yanzhen_sync::session::message;
use yanzhen_sync::{SiteId, StreamId, UnitId};

use crate::disk::Disk;
use crate::raw::{Raw, dial, identity_of, run, store_of};
use crate::world::{COUNTY, DIRECT, PREFECTURE, RUNTIME, Site, World, until};

/// Central, an honest node with its county, and the keys and knowledge of a direct unit's terminal.
struct Scene {
    world: World,
    _node: Site,
    county: Site,
    hostile: Identity,
    knows: Store,
}

impl Scene {
    fn set() -> Scene {
        let world = World::begin();
        let _node = world.join("node", PREFECTURE);
        let county = world.join("terminal", COUNTY);
        let mut site = world.join("terminal", DIRECT);
        until("it has heard of all", || site.status()["in_sync"] == true);
        site.kill();
        Scene { hostile: identity_of(&site), knows: store_of(&site), world, _node, county }
    }

    fn unit(&self, code: &str) -> UnitId {
        self.knows.directory().unit_by_code(code).unwrap().id
    }

    fn journal_of(&self, site: SiteId) -> StreamId {
        StreamId::journal(site, 0)
    }

    /// A run that central would take from the hostile site.
    fn sound_run(&self) -> yanzhen_sync::Run {
        let own = self.journal_of(self.hostile.site());
        run(&self.hostile, own, self.unit(DIRECT), &self.knows)
    }

    fn refused_runs(&self) -> u64 {
        self.world.central.status()["refused_runs"].as_u64().unwrap()
    }

    /// A record of the county still climbs to central.
    fn the_others_go_on(&self, number: u32) {
        self.county.add(number);
        until("the others go on", || self.world.central.numbers(COUNTY).len() == number as usize);
    }
}

#[test]
fn a_key_that_nobody_registered_gets_no_session_no_object_and_no_place() {
    let world = World::begin();
    let stranger = Identity::generate();
    let session = Raw::open(&stranger, &world.central).err().unwrap();
    assert_eq!(session.code(), Code::Unauthenticated);
    let channel = dial(&stranger, &world.central);
    let mut objects = ObjectsClient::new(channel.clone());
    let object = RUNTIME.block_on(objects.get_manifest(proto::ObjectRequest::default())).unwrap_err();
    assert!(matches!(object.code(), Code::Unauthenticated | Code::PermissionDenied), "{object}");
    let mut joining = JoiningClient::new(channel);
    let garbage = Bytes::from_static(&[0xff; 200]);
    let requests = [
        proto::JoinRequest::default(),
        proto::JoinRequest {
            mac: garbage.clone(),
            signed: garbage.clone(),
            signature: garbage,
            ..Default::default()
        },
    ];
    for request in requests {
        let refused = RUNTIME.block_on(joining.join(request)).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
    assert_eq!(world.central.json(&["sites"])["sites"].as_array().unwrap().len(), 1, "central alone");
}

#[test]
fn what_a_registered_site_forges_is_refused_counted_and_harms_nobody() {
    let scene = Scene::set();
    let stranger = Identity::generate();
    let (own, county) = (scene.journal_of(scene.hostile.site()), scene.county.folder().1.site);
    let forged_seal = run(&stranger, own, scene.unit(DIRECT), &scene.knows);
    let others_unit = run(&scene.hostile, own, scene.unit(COUNTY), &scene.knows);
    let others_stream = run(&scene.hostile, scene.journal_of(county), scene.unit(COUNTY), &scene.knows);
    let bad = [
        (forged_seal, Reason::Damaged),
        (others_unit, Reason::NotAuthorised),
        (others_stream, Reason::OutOfScope),
    ];
    let mut raw = Raw::open_live(&scene.hostile, &scene.world.central);
    for (number, (run, reason)) in (1..).zip(&bad) {
        raw.say(Message::Run(run.to_wire()));
        assert_eq!(raw.hear_hold().reason(), *reason);
        assert_eq!(scene.refused_runs(), u64::from(number));
        scene.the_others_go_on(number);
    }
    assert!(!Disk::of(&scene.world.central).says("words"), "something of it was stored");
    raw.say(Message::Run(scene.sound_run().to_wire()));
    until("what is sound is taken in", || Disk::of(&scene.world.central).bodies("note") == [b"words"]);
    let set_aside = scene.world.central.json(&["quarantine", "list"]);
    assert_eq!(set_aside["entries"], serde_json::json!([]));
}

#[test]
fn a_frame_altered_on_the_way_is_refused() {
    let scene = Scene::set();
    let raw = Raw::open_live(&scene.hostile, &scene.world.central);
    let mut altered = scene.sound_run().to_wire();
    altered.frames[0].bodies[0].body = Bytes::from_static(b"other words");
    raw.say(Message::Run(altered));
    until("it is counted", || scene.world.central.status()["refused_messages"] == 1);
    scene.the_others_go_on(1);
    assert!(!Disk::of(&scene.world.central).says("words"));
}

#[test]
fn a_truncated_and_an_oversized_message_are_refused_counted_and_harm_nobody() {
    let scene = Scene::set();
    let sound = Bytes::from(message(Message::Run(scene.sound_run().to_wire())).encode_to_vec());
    let truncated = sound.slice(..sound.len() - 10);
    let oversized = Bytes::from(vec![0; MAX_MESSAGE_BYTES + 1]);
    for (number, bad) in (1..).zip([truncated, oversized]) {
        let mut raw = Raw::open_live(&scene.hostile, &scene.world.central);
        raw.say_bytes(bad);
        raw.hear_the_end();
        until("it is counted", || scene.world.central.status()["refused_messages"] == number);
        scene.the_others_go_on(number);
    }
    assert!(!Disk::of(&scene.world.central).says("words"), "something of it was stored");
    let raw = Raw::open_live(&scene.hostile, &scene.world.central);
    raw.say_bytes(sound);
    until("the whole message is taken", || Disk::of(&scene.world.central).says("words"));
}
