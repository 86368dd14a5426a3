use jiff::tz::TimeZone;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_sync::{FrameHash, Head};

use super::*;

/// 2026-11-18 11:06 in UTC.
const NOW: Millis = 1_795_000_000_000;

const MINUTE: Millis = 60_000;

fn facts() -> Facts {
    Facts {
        now: NOW,
        words: Words::new(TimeZone::UTC),
        links: vec![parent()],
        beat: BeatFacts { last: Some(NOW - MINUTE), now: NOW, joined: NOW - 100 * MINUTE, lacking: 0 },
        objects: ObjectFacts::default(),
        damage: DamageFacts::default(),
        sites: Vec::new(),
    }
}

fn parent() -> LinkFacts {
    LinkFacts {
        name: "9901 云东".to_owned(),
        side: Side::Parent,
        state: State::Connected,
        address: Some("10.0.0.5:7443".to_owned()),
        last_contact: Some(NOW),
        last_error: None,
        next_attempt: None,
        frames: 0,
        bytes: 0,
        unconfirmed: 0,
        held: Vec::new(),
    }
}

fn cut() -> LinkFacts {
    LinkFacts {
        state: State::Waiting,
        last_contact: Some(NOW - 145 * MINUTE),
        last_error: Some("connection refused".to_owned()),
        next_attempt: Some(NOW + 12_000),
        ..parent()
    }
}

fn held(place: Where, reason: Reason) -> HeldFact {
    let at = Head { seq: 7, hash: FrameHash::ZERO };
    HeldFact {
        stream: "journal of 990101".to_owned(),
        place,
        held: Held { at, reason, detail: "detail".to_owned() },
    }
}

fn one(facts: Facts) -> [String; 3] {
    let mut told = troubles(&facts);
    assert_eq!(told.len(), 1, "{told:?}");
    let Trouble { what, why, next_action, kind, .. } = told.remove(0);
    assert_ne!(kind, TroubleKind::Unspecified as i32, "{what}");
    [what, why, next_action]
}

#[test]
fn a_site_whose_line_is_up_and_that_lacks_nothing_is_in_sync() {
    assert!(troubles(&facts()).is_empty());
    let central = Facts { links: Vec::new(), beat: BeatFacts::default(), ..facts() };
    assert!(troubles(&central).is_empty());
}

#[test]
fn a_cut_line_tells_what_waits_since_when_why_and_what_to_do() {
    let link = LinkFacts { frames: 13, bytes: 2_048, ..cut() };
    assert_eq!(
        one(Facts { links: vec![link], ..facts() }),
        [
            "13 frames (2.0 KiB) have not reached 9901 云东",
            "no line to 10.0.0.5:7443 since 2026-11-18 08:41: connection refused",
            "check that 9901 云东 runs and that the network lets port 7443 through; the next attempt is in 12 s",
        ]
    );
}

#[test]
fn a_cut_line_is_a_trouble_also_when_nothing_waits() {
    let link = LinkFacts { address: None, last_contact: None, last_error: None, next_attempt: None, ..cut() };
    let [what, why, next] = one(Facts { links: vec![link], ..facts() });
    assert_eq!(what, "nothing is exchanged with 9901 云东");
    assert_eq!(why, "no line to 9901 云东 since this program started");
    assert_eq!(next, "check that 9901 云东 runs and that the network lets this site reach it");
}

#[test]
fn what_moves_is_told_as_on_its_way() {
    let link = LinkFacts { frames: 1, ..parent() };
    let [what, why, _] = one(Facts { links: vec![link], ..facts() });
    assert_eq!(
        [what.as_str(), why.as_str()],
        ["1 frame has not reached 9901 云东", "they are on their way over the line"]
    );
    let link = LinkFacts { unconfirmed: 5, ..parent() };
    let [what, ..] = one(Facts { links: vec![link], ..facts() });
    assert_eq!(what, "5 frames are at 9901 云东 and not known to be at central");
}

#[test]
fn a_stream_that_stands_still_is_the_reason_for_its_frames() {
    let link = LinkFacts { frames: 3, held: vec![held(Where::AtPeer, Reason::CannotStore)], ..parent() };
    assert_eq!(
        one(Facts { links: vec![link], ..facts() }),
        [
            "the journal of 990101 stands still at 9901 云东 after frame 7",
            "can't be stored: detail",
            "make room on the disk of 9901 云东, or see its log",
        ]
    );
    let passing = LinkFacts { held: vec![held(Where::Here, Reason::Gap)], ..parent() };
    assert!(troubles(&Facts { links: vec![passing], ..facts() }).is_empty());
}

#[test]
fn each_lasting_reason_of_a_hold_has_words_for_why_and_what_to_do() {
    let lasting =
        (1..).map_while(|number| Reason::try_from(number).ok()).filter(|reason| *reason != Reason::Gap);
    for reason in lasting {
        for place in [Where::AtPeer, Where::Here] {
            let link = LinkFacts { held: vec![held(place, reason)], ..parent() };
            let [_, why, next] = one(Facts { links: vec![link], ..facts() });
            assert!(why.ends_with(": detail") && why != "held: detail" && !next.is_empty(), "{reason:?}");
        }
    }
}

#[test]
fn the_silence_of_central_shows_only_while_the_line_to_the_parent_is_up() {
    let stale = |links, last| {
        let beat = BeatFacts { last, ..facts().beat };
        troubles(&Facts { links, beat, ..facts() })
    };
    assert!(stale(vec![parent()], Some(NOW - 3 * MINUTE)).is_empty());
    let told = stale(vec![parent()], Some(NOW - 4 * MINUTE));
    assert_eq!(told[0].what, "nothing was heard of central since 2026-11-18 11:02");
    assert!(told[0].why.contains("withholds"), "{told:?}");
    assert_eq!(stale(vec![parent()], None)[0].what, "nothing was heard of central since it was joined");
    assert_eq!(stale(vec![cut()], Some(NOW - 4 * MINUTE)).len(), 1, "the cut line says it all");
}

#[test]
fn frames_that_central_named_and_that_do_not_come_are_told_as_withheld() {
    let lacking = |last| {
        let beat = BeatFacts { lacking: 3, last: Some(last), ..facts().beat };
        one(Facts { beat, ..facts() })
    };
    let [what, why, _] = lacking(NOW - MINUTE);
    assert_eq!(what, "3 frames named by central at 2026-11-18 11:05 are not here yet");
    assert_eq!(why, "they are on their way");
    let [what, why, _] = lacking(NOW - 4 * MINUTE);
    assert_eq!(what, "3 frames named by central at 2026-11-18 11:02 are still not here");
    assert!(why.contains("withholds"), "{why}");
}

#[test]
fn what_waits_for_a_child_is_told_once_it_is_away() {
    let child = |state, frames| LinkFacts {
        side: Side::Child,
        state,
        frames,
        last_contact: None,
        last_error: None,
        name: "990101 云东一".to_owned(),
        ..parent()
    };
    let told = |state, frames| troubles(&Facts { links: vec![parent(), child(state, frames)], ..facts() });
    assert!(told(State::Connected, 5).is_empty());
    assert!(told(State::Away, 0).is_empty());
    let waiting = told(State::NeverSeen, 5);
    assert_eq!(waiting[0].what, "5 frames wait for 990101 云东一");
    assert_eq!(waiting[0].why, "it has not come since this program started");
}

#[test]
fn attachments_are_told_with_what_keeps_them() {
    let missing = |coming, links| {
        let objects =
            ObjectFacts { missing: 2, missing_bytes: 5 * 1024 * 1024, coming, ..Default::default() };
        let told = troubles(&Facts { objects, links, ..facts() });
        told.last().map(|trouble| (trouble.what.clone(), trouble.why.clone())).unwrap()
    };
    let what = "2 attachments are not here yet, 5.0 MiB to come".to_owned();
    assert_eq!(missing(1, vec![parent()]), (what.clone(), "1 of them under way".to_owned()));
    assert_eq!(missing(0, vec![cut()]), (what.clone(), "no line to 9901 云东".to_owned()));
    assert_eq!(
        missing(0, vec![parent()]),
        (what, "no neighbour that has them has offered them yet".to_owned())
    );
    let objects = ObjectFacts { going_up: 1, going_up_bytes: 512, ..Default::default() };
    assert_eq!(one(Facts { objects, ..facts() })[0], "1 attachment on the way up, 512 B to go");
}

#[test]
fn damage_that_is_not_mended_is_a_trouble() {
    let damage = DamageFacts { open: 1, last: "frame 4 of the journal: hash".to_owned() };
    let [what, why, _] = one(Facts { damage, ..facts() });
    assert_eq!(what, "1 frame stored here is damaged");
    assert!(why.ends_with("frame 4 of the journal: hash"), "{why}");
}

#[test]
fn a_long_list_ends_with_how_many_more_there_are() {
    let sites = vec![trouble("x", "y", "z"); TROUBLES_TOLD + 7];
    let told = troubles(&Facts { sites, ..facts() });
    assert_eq!((told.len(), told[TROUBLES_TOLD].what.as_str()), (TROUBLES_TOLD + 1, "7 more"));
}
