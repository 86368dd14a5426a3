use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{Genesis, REGISTRATION, Role, Site, registration_id};
use yanzhen_sync::{FrameHash, Head, Millis, PublicKey, Signature, UnitId, Verify, Version};

use super::*;
use crate::hub::Side;

struct Anybody;

impl Verify for Anybody {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }
}

fn key(number: u8) -> PublicKey {
    let mut bytes = [number; 65];
    bytes[0] = 4;
    PublicKey::from_slice(&bytes).unwrap()
}

fn id(number: u8) -> SiteId {
    SiteId::of_key(&key(number))
}

fn site(number: u8, parent: u8, revoked: bool, predecessor: Option<u8>) -> Site {
    Site {
        id: id(number),
        key: key(number),
        sealing_key: [0; 32],
        role: Role::Node,
        unit: UnitId::new([number; 16]),
        parent: Some(id(parent)),
        epoch: 0,
        addresses: Vec::new(),
        revoked: revoked.then(Vec::new),
        predecessor: predecessor.map(id),
        joined: Millis::default(),
    }
}

/// 1 is central; 2 and 3 are below it, 4 and 5 below 2, 6 below 5. 7 replaced 3; 8 is below 3. 9 is revoked, below 2.
fn directory() -> Directory {
    let mut directory = Directory::new(Genesis {
        hash: FrameHash::new([1; 32]),
        name: String::new(),
        root: id(1),
        root_key: key(1),
        root_sealing_key: [0; 32],
        recovery_key: key(200),
        recovery_sealing_key: [0; 32],
        unit: UnitId::new([1; 16]),
        time: 0,
    });
    let sites = [
        site(2, 1, false, None),
        site(3, 1, true, None),
        site(4, 2, false, None),
        site(5, 2, false, None),
        site(6, 5, false, None),
        site(7, 1, false, Some(3)),
        site(8, 3, false, None),
        site(9, 2, true, None),
    ];
    for site in sites {
        let body = prost::Message::encode_to_vec(&proto::Registration::from(&site)).into();
        let version = Version { revision: 1, ..Version::default() };
        directory.apply(&REGISTRATION, registration_id(site.id), version, &body, &Anybody).unwrap();
    }
    directory
}

/// Every stream that any two of the sites could have, and some of a stranger.
fn all_streams() -> Vec<StreamId> {
    let sites: Vec<SiteId> = (1..=10).map(id).collect();
    let mut streams = Vec::new();
    for author in &sites {
        streams.extend([StreamId::journal(*author, 0), StreamId::journal(*author, 3)]);
        streams.push(StreamId::bulletin(*author, 1));
        streams.extend(sites.iter().map(|to| StreamId::mailbox(*author, *to, 0)));
    }
    streams
}

#[test]
fn the_heads_on_a_link_are_those_of_the_streams_that_travel_on_it() {
    let directory = Arc::new(directory());
    let head = Head { seq: 1, hash: FrameHash::new([1; 32]) };
    let heads: Heads = all_streams().into_iter().map(|stream| (stream, head)).collect();
    for (parent, child) in [(1, 2), (1, 7), (2, 4), (2, 5), (5, 6), (7, 8)] {
        let link = Link { parent: id(parent), child: id(child) };
        let travels = |stream: &StreamId| {
            directory.travels(stream, link, Direction::Up) || directory.travels(stream, link, Direction::Down)
        };
        let expected: Heads = heads.iter().filter(|(s, _)| travels(s)).map(|(s, h)| (*s, *h)).collect();
        for me in [parent, child] {
            let found = Routes::new(directory.clone(), id(me)).heads_on(link, &heads);
            assert_eq!(found, expected, "from {me} on {parent}-{child}");
        }
        assert!(!expected.is_empty() && expected.len() < heads.len());
    }
}

#[test]
fn whatever_travels_down_a_link_is_announced_to_its_child() {
    let directory = Arc::new(directory());
    for (parent, child) in [(1, 2), (1, 7), (2, 4), (2, 5), (5, 6), (7, 8)] {
        let routes = Routes::new(directory.clone(), id(parent));
        let link = routes.link(id(child), Side::Child);
        for stream in all_streams().iter().filter(|s| directory.travels(s, link, Direction::Down)) {
            let readers = routes.readers(stream);
            assert!(readers == Readers::All || readers == Readers::Child(id(child)), "{stream} to {child}");
        }
    }
}

#[test]
fn mail_and_journals_concern_one_child_at_most() {
    let routes = Routes::new(Arc::new(directory()), id(1));
    assert_eq!(routes.readers(&StreamId::mailbox(id(1), id(6), 0)), Readers::Child(id(2)));
    assert_eq!(routes.readers(&StreamId::journal(id(8), 0)), Readers::Child(id(7)));
    assert_eq!(routes.readers(&StreamId::journal(id(1), 0)), Readers::None);
    assert_eq!(routes.readers(&StreamId::bulletin(id(2), 0)), Readers::Child(id(2)));
    assert_eq!(routes.readers(&StreamId::bulletin(id(1), 0)), Readers::All);
    assert!(routes.is_here_or_below(id(9)) && !routes.is_here_or_below(id(10)));
}
