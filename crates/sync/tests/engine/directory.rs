//! What the directory takes, and what it makes of it.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{
    Applied, Directory, DirectoryError, HOME, Home, KEY_CHANGE, REGISTRATION, UNIT, registration_id,
};
use yanzhen_sync::memory::Edit;
use yanzhen_sync::seal::{Domain, Sign};
use yanzhen_sync::testing::{FakeSigner, FakeVerifier, homes_edit, registration_edit, unit_edit};
use yanzhen_sync::{FrameHash, Head, RecordId, Seal, StreamHead, StreamId, UnitId};

use crate::fixture::{
    CENTRAL, NODE, STRANGER, TERMINAL, TOWNSHIP, directory, id, registration, signer, unit, version,
};

fn apply(directory: &mut Directory, edit: &Edit, revision: u64) -> Result<Applied, DirectoryError> {
    directory.apply(&edit.kind, edit.record, version(0, revision), &edit.body, &FakeVerifier)
}

#[test]
fn a_unit_without_homes_of_its_own_is_at_home_where_the_unit_above_it_is() {
    let mut directory = directory();
    assert_eq!(directory.home(TOWNSHIP).unwrap().site, id(TERMINAL));
    assert!(!directory.has_own_home(TOWNSHIP));
    let homes = [
        Home { generation: 1, site: id(TERMINAL), cuts: Vec::new() },
        Home { generation: 2, site: id(NODE), cuts: Vec::new() },
    ];
    assert_eq!(
        apply(&mut directory, &homes_edit(unit(TERMINAL), &homes), 9),
        Ok(Applied::Homes(unit(TERMINAL)))
    );
    assert_eq!(directory.home(TOWNSHIP).unwrap().site, id(NODE), "it moves along");
    let own = [Home { generation: 3, site: id(STRANGER), cuts: Vec::new() }];
    apply(&mut directory, &homes_edit(TOWNSHIP, &own), 9).unwrap();
    assert_eq!(directory.home(TOWNSHIP).unwrap().site, id(STRANGER));
    assert!(directory.homes(UnitId::new([200; 16])).is_empty(), "nobody knows this unit");
    let at_node: Vec<UnitId> = directory.units_at(id(NODE)).map(|unit| unit.id).collect();
    assert_eq!(at_node, [unit(NODE), unit(TERMINAL)], "in order of their codes");
}

#[test]
fn codes_are_unique_and_free_again_once_changed() {
    let mut directory = directory();
    let taken = apply(&mut directory, &unit_edit(TOWNSHIP, "990001", Some(unit(TERMINAL))), 9);
    assert_eq!(taken, Err(DirectoryError::CodeTaken { code: "990001".to_owned(), other: unit(NODE) }));
    apply(&mut directory, &unit_edit(unit(NODE), "990055", Some(unit(CENTRAL))), 9).unwrap();
    apply(&mut directory, &unit_edit(TOWNSHIP, "990001", Some(unit(TERMINAL))), 9).unwrap();
    assert_eq!(directory.unit_by_code("990001").unwrap().id, TOWNSHIP);
    assert_eq!(directory.unit_by_code("990055").unwrap().id, unit(NODE));
    assert!(directory.unit_by_code("990077").is_none());
}

#[test]
fn no_unit_comes_to_stand_above_itself() {
    let mut directory = directory();
    let cycle = apply(&mut directory, &unit_edit(unit(NODE), "990001", Some(TOWNSHIP)), 9);
    assert_eq!(cycle, Err(DirectoryError::Cycle(unit(NODE))));
    let own = apply(&mut directory, &unit_edit(TOWNSHIP, "990077", Some(TOWNSHIP)), 9);
    assert_eq!(own, Err(DirectoryError::Cycle(TOWNSHIP)));
    assert_eq!(directory.unit_path(TOWNSHIP).count(), 4);
}

#[test]
fn the_greatest_version_counts_whatever_comes_last() {
    let mut directory = directory();
    let name = |code: &str| unit_edit(TOWNSHIP, code, Some(unit(TERMINAL)));
    assert_eq!(apply(&mut directory, &name("990090"), 9), Ok(Applied::Unit(TOWNSHIP)));
    assert_eq!(apply(&mut directory, &name("990080"), 8), Ok(Applied::Nothing));
    assert_eq!(apply(&mut directory, &name("990091"), 9), Ok(Applied::Nothing), "the same version again");
    assert_eq!(directory.unit(TOWNSHIP).unwrap().code, "990090");
}

#[test]
fn bodies_that_break_the_format_are_refused() {
    let mut directory = directory();
    let homes = |homes: &[Home]| homes_edit(TOWNSHIP, homes).body;
    let home = |generation| Home { generation, site: id(NODE), cuts: Vec::new() };
    let registration = |change: fn(&mut proto::Registration)| {
        let mut wire = proto::Registration::from(&registration(STRANGER));
        change(&mut wire);
        Bytes::from(wire.encode_to_vec())
    };
    let stranger = registration_id(id(STRANGER));
    let cases: Vec<(&str, yanzhen_sync::Kind, RecordId, Bytes)> = vec![
        ("no home at all", HOME, TOWNSHIP.into(), homes(&[])),
        ("generations that don't ascend", HOME, TOWNSHIP.into(), homes(&[home(2), home(2)])),
        (
            "an id that is not the key's",
            REGISTRATION,
            stranger,
            registration(|wire| {
                wire.public_key = Bytes::copy_from_slice(signer(TERMINAL).public_key().as_bytes());
            }),
        ),
        (
            "a terminal without a parent",
            REGISTRATION,
            stranger,
            registration(|wire| wire.parent = Bytes::new()),
        ),
        ("no role", REGISTRATION, stranger, registration(|wire| wire.role = 0)),
        ("a short sealing key", REGISTRATION, stranger, registration(|wire| wire.sealing_key = Bytes::new())),
        ("not protobuf", UNIT, TOWNSHIP.into(), Bytes::from_static(b"\xff\xff\xff")),
        ("a parent of the wrong length", UNIT, TOWNSHIP.into(), {
            Bytes::from(
                proto::Unit { parent: Bytes::from_static(b"short"), ..Default::default() }.encode_to_vec(),
            )
        }),
    ];
    for (name, kind, record, body) in cases {
        let outcome = directory.apply(&kind, record, version(0, 9), &body, &FakeVerifier);
        assert!(matches!(outcome, Err(DirectoryError::Wire { .. })), "{name}: {outcome:?}");
    }
    let edit = registration_edit(&crate::fixture::registration(STRANGER));
    let other = RecordId::new([1; 16]);
    let outcome = directory.apply(&REGISTRATION, other, version(0, 9), &edit.body, &FakeVerifier);
    assert_eq!(outcome, Err(DirectoryError::WrongRecord(REGISTRATION)));
}

#[test]
fn a_site_is_found_by_its_key_until_it_is_revoked() {
    let mut directory = directory();
    let key = signer(TERMINAL).public_key();
    assert_eq!(directory.site_of_key(&key).unwrap().id, id(TERMINAL));
    assert!(directory.site_of_key(&signer(STRANGER).public_key()).is_none());
    let mut revoked = registration(TERMINAL);
    revoked.revoked = Some(Vec::new());
    let applied = apply(&mut directory, &registration_edit(&revoked), 9);
    assert_eq!(applied, Ok(Applied::Site(id(TERMINAL), true)));
    assert!(directory.site_of_key(&key).is_none());
    assert!(directory.children(id(NODE)).all(|child| child.id != id(TERMINAL)));
    let again = apply(&mut directory, &registration_edit(&revoked), 10);
    assert_eq!(again, Ok(Applied::Site(id(TERMINAL), false)), "newly revoked only once");
}

#[test]
fn bulletin_frames_are_noted_in_order() {
    let mut directory = directory();
    let head = directory.bulletin_head();
    let next = |seq| StreamHead { head: Head { seq, hash: FrameHash::new([seq as u8; 32]) }, ..head };
    assert_eq!(directory.advance(next(head.head.seq)), Err(DirectoryError::OutOfOrder(head.head.seq)));
    let far = next(head.head.seq + 2);
    assert_eq!(directory.advance(far), Err(DirectoryError::OutOfOrder(far.head.seq)));
    directory.advance(next(head.head.seq + 1)).unwrap();
    assert_eq!(directory.bulletin_head(), next(head.head.seq + 1));
    assert_eq!(directory.bulletin_hash(&head.stream, head.head.seq), Some(head.head.hash));
    assert_eq!(directory.bulletin_hash(&head.stream, 0), None);
    assert_eq!(directory.bulletin_hash(&head.stream, head.head.seq + 2), None);
}

/// A change of central's key with a cut at frame 5 of its bulletin.
fn key_change(
    directory: &Directory,
    number: u32,
    new: &FakeSigner,
    by: &FakeSigner,
    recovery: bool,
) -> Bytes {
    let cut = StreamHead {
        stream: StreamId::bulletin(id(CENTRAL), 0),
        head: Head { seq: 5, hash: FrameHash::new([1; 32]) },
    };
    let by_whom = if recovery { proto::key_change::By::RecoveryKey } else { proto::key_change::By::OldKey };
    let content = proto::KeyChange {
        algorithm: 1,
        new_key: Bytes::copy_from_slice(new.public_key().as_bytes()),
        cuts: vec![cut.into()],
        number,
        by: by_whom.into(),
        ..Default::default()
    };
    let signed = Bytes::from(content.encode_to_vec());
    let message = Domain::KeyChange.message(&[directory.genesis().hash.as_bytes(), &signed]);
    let signature = Bytes::copy_from_slice(by.sign(&message).as_bytes());
    Bytes::from(proto::KeyChange { signed, signature, ..content }.encode_to_vec())
}

#[test]
fn centrals_key_changes_by_the_old_or_the_recovery_key_and_in_turn() {
    let directory = directory();
    let (old, recovery, new) = (signer(CENTRAL), signer(99), signer(50));
    let outcome = |number, by: &FakeSigner, recovery| {
        let mut directory = directory.clone();
        let body = key_change(&directory, number, &new, by, recovery);
        let outcome =
            directory.apply(&KEY_CHANGE, RecordId::new([1; 16]), version(0, 1), &body, &FakeVerifier);
        (outcome, directory.key(id(CENTRAL)))
    };
    let changed = (Ok(Applied::Key), Some(new.public_key()));
    let refused = |number| (Err(DirectoryError::KeyChange(number)), Some(old.public_key()));
    assert_eq!(outcome(1, &old, false), changed);
    assert_eq!(outcome(1, &recovery, true), changed);
    assert_eq!(outcome(1, &signer(NODE), false), refused(1), "by somebody else");
    assert_eq!(outcome(1, &old, true), refused(1), "the old key does not pass for the recovery key");
    assert_eq!(outcome(2, &old, false), refused(2), "out of turn");
}

#[test]
fn seals_by_an_old_key_of_central_hold_up_to_the_cut() {
    let mut directory = directory();
    let (old, new) = (signer(CENTRAL), signer(50));
    let body = key_change(&directory, 1, &new, &old, false);
    directory.apply(&KEY_CHANGE, RecordId::new([1; 16]), version(0, 1), &body, &FakeVerifier).unwrap();
    let holds = |seq, by: &FakeSigner, stream| {
        let head = StreamHead { stream, head: Head { seq, hash: FrameHash::new([2; 32]) } };
        directory.seal_holds(&Seal::sign(head, by), &FakeVerifier)
    };
    let bulletin = StreamId::bulletin(id(CENTRAL), 0);
    assert_eq!(holds(5, &old, bulletin), Some(true));
    assert_eq!(holds(6, &old, bulletin), Some(false));
    assert_eq!(holds(6, &new, bulletin), Some(true));
    assert_eq!(
        holds(1, &old, StreamId::journal(id(CENTRAL), 0)),
        Some(false),
        "a stream that the cut does not name"
    );
    assert_eq!(holds(1, &signer(TERMINAL), StreamId::journal(id(TERMINAL), 0)), Some(true));
    assert_eq!(holds(1, &signer(STRANGER), StreamId::journal(id(STRANGER), 0)), None);
    assert_eq!(directory.site_of_key(&new.public_key()).unwrap().id, id(CENTRAL));
    assert!(directory.site_of_key(&old.public_key()).is_none());
}
