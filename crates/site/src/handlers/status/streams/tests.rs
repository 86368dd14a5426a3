use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{Genesis, REGISTRATION, Role, Site, registration_id};
use yanzhen_sync::testing::{self, FakeSigner, FakeVerifier};
use yanzhen_sync::{FrameHash, Head, Sign, UnitId, Version};

use super::*;

/// 1 is central; 2 and 3 are below it, 4 is below 2.
fn directory() -> Directory {
    let root = FakeSigner::new(1);
    let mut directory = Directory::new(Genesis {
        hash: FrameHash::new([1; 32]),
        name: String::new(),
        root: root.site(),
        root_key: root.public_key(),
        root_sealing_key: [0; 32],
        recovery_key: root.public_key(),
        recovery_sealing_key: [0; 32],
        unit: UnitId::new([1; 16]),
        time: 0,
    });
    for (number, parent) in [(2, 1), (3, 1), (4, 2)] {
        let unit = UnitId::new([number; 16]);
        let signer = FakeSigner::new(number.into());
        let site: Site = testing::site(&signer, Role::Node, unit, id(parent));
        let body = Bytes::from(proto::Registration::from(&site).encode_to_vec());
        let version = Version { revision: 1, ..Version::default() };
        directory.apply(&REGISTRATION, registration_id(site.id), version, &body, &FakeVerifier).unwrap();
    }
    directory
}

fn id(number: u64) -> SiteId {
    FakeSigner::new(number).site()
}

fn heads(streams: &[StreamId]) -> Heads {
    let head = Head { seq: 10, hash: FrameHash::new([7; 32]) };
    streams.iter().map(|stream| (*stream, head)).collect()
}

fn lines(me: u64, parent: Option<u64>, heads: &Heads) -> BTreeMap<SiteId, Vec<StreamLine>> {
    let stored = heads.keys().map(|stream| (*stream, 4)).collect::<BTreeMap<_, _>>();
    let stored_by = [1, 2, 3, 4].map(|number| (id(number), stored.clone())).into();
    let root_stored = heads.keys().map(|stream| (*stream, 3)).collect();
    let backlog_bytes = heads.keys().map(|stream| (*stream, 600)).collect();
    let known = Known {
        me: id(me),
        parent: parent.map(id),
        root: id(1),
        heads,
        stored_by: &stored_by,
        root_stored: &root_stored,
        backlog_bytes: &backlog_bytes,
    };
    by_neighbour(&directory(), &known)
}

#[test]
fn a_node_sends_up_what_is_written_at_and_below_it_and_down_what_is_for_its_children() {
    let (own, below) = (StreamId::journal(id(2), 0), StreamId::journal(id(4), 0));
    let (mail, through) = (StreamId::mailbox(id(1), id(2), 0), StreamId::mailbox(id(1), id(4), 0));
    let bulletin = StreamId::bulletin(id(1), 0);
    let own_mail = StreamId::mailbox(id(2), id(4), 0);
    let lines = lines(2, Some(1), &heads(&[own, below, mail, through, bulletin, own_mail]));
    let found = |peer, stream| {
        let line = lines[&id(peer)].iter().find(|line| line.stream == stream);
        line.map(|line| (line.direction, line.leaves, line.backlog()))
    };
    let (up, down) = (Direction::Up, Direction::Down);
    let expected = [
        (own, Some((up, true, 6)), None),
        (below, Some((up, true, 6)), Some((up, false, 0))),
        (mail, Some((down, false, 0)), None),
        (through, Some((down, false, 0)), Some((down, true, 6))),
        (bulletin, Some((down, false, 0)), Some((down, true, 6))),
        (own_mail, Some((up, true, 6)), Some((down, true, 6))),
    ];
    for (stream, above, child) in expected {
        assert_eq!(found(1, stream), above, "{stream} and the parent");
        assert_eq!(found(4, stream), child, "{stream} and the child");
    }
    assert!(!lines.contains_key(&id(3)), "a sister is no neighbour");
}

#[test]
fn every_stream_on_a_link_is_one_that_travels_on_it() {
    use yanzhen_sync::directory::Link;
    let directory = directory();
    let mail = |author| {
        let below = (2..=4).filter(|recipient| directory.is_below(id(*recipient), id(author)));
        below.map(|recipient| StreamId::mailbox(id(author), id(recipient), 0)).collect::<Vec<_>>()
    };
    let written = |author| [StreamId::journal(id(author), 0), StreamId::bulletin(id(author), 0)];
    let all: Vec<StreamId> =
        (1..=4).flat_map(|author| written(author).into_iter().chain(mail(author))).collect();
    for (me, parent) in [(1, None), (2, Some(1))] {
        let kept: Vec<StreamId> =
            all.iter().copied().filter(|stream| directory.keeps(stream, id(me))).collect();
        for (peer, lines) in lines(me, parent, &heads(&kept)) {
            let link = match parent {
                Some(parent) if id(parent) == peer => Link { parent: peer, child: id(me) },
                _ => Link { parent: id(me), child: peer },
            };
            for line in lines {
                assert!(
                    directory.travels(&line.stream, link, line.direction),
                    "{} {:?}",
                    line.stream,
                    line.direction
                );
            }
        }
    }
}

#[test]
fn what_is_at_central_is_stored_at_central() {
    let stream = StreamId::journal(id(4), 0);
    let lines = lines(1, None, &heads(&[stream, StreamId::journal(id(1), 0)]));
    let line = lines[&id(2)][0];
    assert_eq!((line.stream, line.stored, line.root_stored), (stream, 10, 10));
    assert_eq!(lines.len(), 1, "central's own journal goes nowhere");
}

#[test]
fn what_central_wrote_is_stored_there_and_the_rest_as_far_as_central_says() {
    let (bulletin, own) = (StreamId::bulletin(id(1), 0), StreamId::journal(id(2), 0));
    let lines = lines(2, Some(1), &heads(&[bulletin, own]));
    let stored = |stream| lines[&id(1)].iter().find(|line| line.stream == stream).unwrap().root_stored;
    assert_eq!([stored(bulletin), stored(own)], [10, 3]);
}
