//! The reference replica: storing, projecting, crashing, erasing.

use bytes::Bytes;
use proptest::prelude::*;
use yanzhen_sync::authority::{Quarantined, Refusal};
use yanzhen_sync::directory::Direction::{Down, Up};
use yanzhen_sync::frame::Place;
use yanzhen_sync::limits::MAX_RUN_FRAMES;
use yanzhen_sync::memory::{Edit, Reason, RecordKey, Replica, Target, WriteError};
use yanzhen_sync::testing::edit;
use yanzhen_sync::{
    Body, Change, Draft, EntryHeader, EntryRef, Frame, Run, Seal, SiteId, StreamHead, StreamId, Version,
};

use crate::fixture::{
    CENTRAL, NEIGHBOUR, NODE, PERSON, TERMINAL, basis, central, draft, empty, exchange, forge, genesis_run,
    id, link, move_home, record, signer, start, unit, version,
};

fn key(number: u8) -> RecordKey {
    RecordKey { kind: PERSON, record: record(number) }
}

fn person(number: u8, text: &str) -> Edit {
    edit(PERSON, record(number), unit(TERMINAL), text.to_owned())
}

fn journal(author: usize) -> StreamId {
    StreamId::journal(id(author), 0)
}

/// Central, node and terminal that know the network.
fn federation() -> (Replica, Replica, Replica) {
    let (mut central, mut node, mut terminal) = (central(), empty(NODE), empty(TERMINAL));
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    assert_eq!(terminal.directory().bulletin_head(), central.directory().bulletin_head());
    (central, node, terminal)
}

fn text(replica: &Replica, number: u8) -> Option<Bytes> {
    replica.record(&key(number)).and_then(|record| record.body.clone())
}

#[test]
fn a_record_goes_up_through_a_node_and_is_the_same_everywhere() {
    let (mut central, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "王"), person(2, "李")], 1).unwrap();
    terminal.write(&[Target::Journal], &[person(1, "王芳")], 2).unwrap();
    assert_eq!(text(&terminal, 1), Some("王芳".into()), "the clerk reads it at once");
    assert_eq!(terminal.head(journal(TERMINAL)).head.seq, 0, "and nobody else before it is durable");
    terminal.commit();
    exchange(&mut node, &mut terminal);
    exchange(&mut central, &mut node);
    assert_eq!(central.head(journal(TERMINAL)), terminal.head(journal(TERMINAL)));
    assert!(
        terminal
            .records()
            .filter(|(key, _)| key.kind == PERSON)
            .eq(central.records().filter(|(key, _)| key.kind == PERSON))
    );
    assert_eq!(central.record(&key(1)).unwrap().version, version(1, 2));
}

#[test]
fn one_seal_closes_a_group_commit_and_relays_keep_every_one() {
    let (mut central, mut node, mut terminal) = federation();
    for group in [3, 1, 2] {
        for number in 0..group {
            terminal.write(&[Target::Journal], &[person(number, "x")], 1).unwrap();
        }
        terminal.commit();
    }
    exchange(&mut node, &mut terminal);
    exchange(&mut central, &mut node);
    for replica in [&terminal, &node, &central] {
        let ends: Vec<u64> = (0..6)
            .map(|after| replica.load_run(&journal(TERMINAL), after).unwrap().unwrap().stream_head().head.seq)
            .collect();
        assert_eq!(ends, [3, 3, 3, 4, 6, 6], "the run that holds the frame after");
        assert_eq!(replica.load_run(&journal(TERMINAL), 6), Ok(None));
    }
}

#[test]
fn a_group_that_outgrows_a_run_is_sealed_in_between() {
    let (_, _, mut terminal) = federation();
    for _ in 0..=MAX_RUN_FRAMES {
        terminal.write(&[Target::Journal], &[person(1, "x")], 1).unwrap();
    }
    for _ in 0..5 {
        let large = edit(PERSON, record(2), unit(TERMINAL), vec![b'x'; 400_000]);
        terminal.write(&[Target::Journal], &[large], 1).unwrap();
    }
    terminal.commit();
    let mut after = 0;
    let mut frames = Vec::new();
    while let Some(run) = terminal.load_run(&journal(TERMINAL), after).unwrap() {
        after = run.stream_head().head.seq;
        frames.push(run.frames().len());
    }
    assert_eq!(frames, [MAX_RUN_FRAMES, 3, 2, 1]);
}

#[test]
fn a_crash_loses_what_was_not_committed_and_nothing_else() {
    let (_, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "kept")], 1).unwrap();
    terminal.commit();
    let durable = terminal.heads();
    terminal.write(&[Target::Journal], &[person(1, "lost"), person(2, "lost")], 2).unwrap();
    terminal.crash();
    assert_eq!(terminal.heads(), durable);
    assert_eq!(text(&terminal, 1), Some("kept".into()));
    assert!(terminal.record(&key(2)).is_none());

    let run = terminal.load_run(&journal(TERMINAL), 0).unwrap().unwrap();
    let before = node.heads();
    node.ingest(link(NODE, TERMINAL), Up, &run).unwrap();
    node.crash();
    assert_eq!(node.heads(), before, "received but not committed");
    assert!(node.record(&key(1)).is_none());
    node.ingest(link(NODE, TERMINAL), Up, &run).unwrap();
    node.commit();
    node.crash();
    node.project(usize::MAX);
    assert_eq!(text(&node, 1), Some("kept".into()));
}

#[test]
fn a_duplicate_changes_nothing_and_tells_the_head() {
    let (_, mut node, mut terminal) = federation();
    for text in ["a", "b"] {
        terminal.write(&[Target::Journal], &[person(1, text)], 1).unwrap();
        terminal.commit();
    }
    exchange(&mut node, &mut terminal);
    let (first, applied) = (terminal.load_run(&journal(TERMINAL), 0).unwrap().unwrap(), node.applied().len());
    let head = node.ingest(link(NODE, TERMINAL), Up, &first).unwrap();
    assert_eq!(head, terminal.head(journal(TERMINAL)));
    assert!(node.commit().is_empty());
    assert_eq!(node.applied().len(), applied);
}

#[test]
fn storing_runs_ahead_of_projecting() {
    let (_, mut node, mut terminal) = federation();
    for number in 1..=3 {
        terminal.write(&[Target::Journal], &[person(number, "x")], 1).unwrap();
    }
    terminal.commit();
    let run = terminal.load_run(&journal(TERMINAL), 0).unwrap().unwrap();
    let head = node.ingest(link(NODE, TERMINAL), Up, &run).unwrap();
    node.commit();
    assert_eq!((node.head(head.stream), node.projected(&head)), (head, 0));
    assert_eq!(node.project(2), 2);
    assert!(node.record(&key(2)).is_some() && node.record(&key(3)).is_none());
    assert_eq!(node.project(usize::MAX), 1);
    assert!(node.record(&key(3)).is_some());
}

#[test]
fn a_site_writes_only_what_it_is_home_to() {
    let (mut central, mut node, mut terminal) = federation();
    let foreign = edit(PERSON, record(1), unit(NEIGHBOUR), "x");
    let refused = terminal.write(&[Target::Journal], &[foreign], 1);
    assert_eq!(refused, Err(WriteError::NotHome(unit(NEIGHBOUR))));
    let upward = terminal.write(&[Target::Mailbox(id(NODE))], &[person(1, "x")], 1);
    assert_eq!(upward, Err(WriteError::Refused("the recipient is not below the author")));
    move_home(&mut central, unit(TERMINAL), id(NEIGHBOUR), Vec::new());
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    let gone = terminal.write(&[Target::Journal], &[person(1, "x")], 1);
    assert_eq!(gone, Err(WriteError::NotHome(unit(TERMINAL))));
    assert!(terminal.commit().is_empty(), "what was refused leaves nothing behind");
}

#[test]
fn what_an_old_home_wrote_beyond_its_cut_is_set_aside_when_the_cut_arrives() {
    let (mut central, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "before")], 1).unwrap();
    terminal.commit();
    exchange(&mut node, &mut terminal);
    exchange(&mut central, &mut node);
    let cut = central.head(journal(TERMINAL));
    move_home(&mut central, unit(TERMINAL), id(NEIGHBOUR), vec![cut]);
    terminal.write(&[Target::Journal], &[person(1, "after")], 2).unwrap();
    terminal.commit();
    exchange(&mut node, &mut terminal);
    assert_eq!(text(&node, 1), Some("after".into()), "the node does not know better yet");
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    let beyond = EntryRef { stream: journal(TERMINAL), seq: 2, index: 0 };
    for replica in [&central, &node, &terminal] {
        assert_eq!(replica.head(journal(TERMINAL)).head.seq, 2, "it is stored all the same");
        assert_eq!(text(replica, 1), Some("before".into()));
        let aside: Vec<_> = replica.quarantine().collect();
        assert_eq!(aside, [(&beyond, &Reason::Judged(Quarantined::BeyondCut))]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Runs of an old and a new home and of the mail between arrive in any order, among them copies and losers.
    #[test]
    fn records_depend_on_no_order_of_arrival(order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let mut central = central();
        let cut_run = forge(TERMINAL, start(journal(TERMINAL)), basis(), vec![
            vec![draft(1, unit(TERMINAL), version(1, 1)), draft(2, unit(TERMINAL), version(1, 1))],
        ]);
        move_home(&mut central, unit(TERMINAL), id(NEIGHBOUR), vec![cut_run.stream_head()]);
        let basis = Some(central.directory().bulletin_head());
        let old = forge(TERMINAL, cut_run.stream_head(), basis, vec![vec![draft(1, unit(TERMINAL), version(1, 2))]]);
        let mail_stream = StreamId::mailbox(id(NODE), id(NEIGHBOUR), 0);
        let handed_over_by = Some(EntryRef { stream: mail_stream, seq: 1, index: 0 });
        let handed = Version { transfer: 1, ..version(2, 3) };
        let new = forge(NEIGHBOUR, start(journal(NEIGHBOUR)), basis, vec![vec![
            draft(1, unit(TERMINAL), version(2, 1)),
            Draft { handed_over_by, ..draft(3, unit(TERMINAL), handed) },
        ]]);
        // Another unit's record under the same id: the lesser version was there first, whichever comes first.
        let thief = forge(NEIGHBOUR, new.stream_head(), basis, vec![vec![draft(2, unit(NEIGHBOUR), version(1, 9))]]);
        let node = forge(NODE, start(journal(NODE)), basis, vec![vec![draft(3, unit(NODE), version(1, 2))]]);
        let mail = forge(NODE, start(mail_stream), basis, vec![vec![draft(3, unit(TERMINAL), handed)]]);
        let copy = forge(NODE, start(StreamId::bulletin(id(NODE), 0)), basis, vec![
            vec![draft(3, unit(NODE), version(1, 2))],
        ]);
        let last = forge(NODE, node.stream_head(), basis, vec![vec![draft(3, unit(NODE), version(1, 1))]]);
        let runs = [cut_run, old, new, thief, node, mail, copy, last];
        for index in order {
            // What lacks its predecessor comes again later.
            for again in std::iter::once(index).chain(0..runs.len()).filter(|at| *at <= index) {
                let run = &runs[again];
                match central.ingest(link(CENTRAL, NODE), Up, run) {
                    Ok(_) | Err(Refusal::Gap { .. }) => {}
                    Err(why) => prop_assert!(false, "{}: {why}", run.stream()),
                }
                central.commit();
                central.project(1);
            }
        }
        for run in &runs {
            central.ingest(link(CENTRAL, NODE), Up, run).unwrap();
        }
        central.commit();
        central.project(usize::MAX);
        let state = |number| central.record(&key(number)).map(|record| (record.version, record.unit));
        prop_assert_eq!(state(1), Some((version(2, 1), unit(TERMINAL))));
        prop_assert_eq!(state(2), Some((version(1, 1), unit(TERMINAL))));
        prop_assert_eq!(state(3), Some((handed, unit(TERMINAL))));
        let aside: Vec<(StreamId, u64, Reason)> =
            central.quarantine().map(|(at, why)| (at.stream, at.seq, why.clone())).collect();
        let mut expected = vec![
            (journal(TERMINAL), 2, Reason::Judged(Quarantined::BeyondCut)),
            (journal(NEIGHBOUR), 2, Reason::Judged(Quarantined::NotHandedOver)),
        ];
        expected.sort_by_key(|(stream, ..)| *stream);
        prop_assert_eq!(aside, expected);
    }
}

/// The terminal writes a record that the first mail of `stream` handed over; central sets it aside.
fn what_was_handed_over_awaits(central: &mut Replica, stream: StreamId) {
    let handed_over_by = Some(EntryRef { stream, seq: 1, index: 0 });
    let raised =
        Draft { handed_over_by, ..draft(1, unit(TERMINAL), Version { transfer: 1, ..version(1, 2) }) };
    let run = forge(TERMINAL, start(journal(TERMINAL)), basis(), vec![vec![raised]]);
    central.ingest(link(CENTRAL, NODE), Up, &run).unwrap();
    central.project(usize::MAX);
    let aside: Vec<_> = central.quarantine().map(|(_, why)| why.clone()).collect();
    assert_eq!(aside, [Reason::Judged(Quarantined::AwaitsMail)]);
}

#[test]
fn what_waits_for_the_mail_that_handed_it_over_passes_when_the_mail_comes() {
    let (mut central, _, _) = federation();
    let stream = StreamId::mailbox(id(NODE), id(TERMINAL), 0);
    what_was_handed_over_awaits(&mut central, stream);
    let handed = Version { transfer: 1, ..version(1, 1) };
    let mail = forge(NODE, start(stream), basis(), vec![vec![draft(1, unit(TERMINAL), handed)]]);
    central.ingest(link(CENTRAL, NODE), Up, &mail).unwrap();
    central.project(usize::MAX);
    assert_eq!(central.quarantine().count(), 0);
    assert_eq!(central.record(&key(1)).unwrap().version.transfer, 1);
}

#[test]
fn mail_about_something_else_hands_nothing_over() {
    let (mut central, _, _) = federation();
    let stream = StreamId::mailbox(id(NODE), id(TERMINAL), 0);
    let mail = forge(NODE, start(stream), basis(), vec![vec![draft(8, unit(NODE), version(1, 1))]]);
    central.ingest(link(CENTRAL, NODE), Up, &mail).unwrap();
    what_was_handed_over_awaits(&mut central, stream);
}

fn dislikes_x(_: &EntryHeader, body: &Bytes) -> Result<(), String> {
    if body.as_ref() == b"x" { Err("x is not known to this software".to_owned()) } else { Ok(()) }
}

#[test]
fn what_fails_in_projection_is_tried_again_after_an_upgrade_unless_overtaken() {
    let (_, _, mut terminal) = federation();
    terminal.upgrade(dislikes_x);
    for (number, text) in [(1, "a"), (1, "x"), (2, "x"), (2, "b")] {
        terminal.write(&[Target::Journal], &[person(number, text)], 1).unwrap();
    }
    let aside: Vec<u64> = terminal.quarantine().map(|(at, _)| at.seq).collect();
    assert_eq!(aside, [2], "what a newer state has overtaken need not be tried any more");
    assert_eq!(text(&terminal, 1), Some("a".into()), "one bad record blocks nothing");
    terminal.upgrade(|_, _| Ok(()));
    assert_eq!(terminal.quarantine().count(), 0);
    assert_eq!(text(&terminal, 1), Some("x".into()));
    assert_eq!(text(&terminal, 2), Some("b".into()));
}

fn erase(number: u8) -> Edit {
    Edit { change: Change::Erase, body: Bytes::new(), ..person(number, "") }
}

fn bodies(replica: &Replica) -> Vec<bool> {
    let frames = (1..).map_while(|seq| replica.frame(&journal(TERMINAL), seq));
    frames.flat_map(|frame| frame.bodies()).map(|body| *body != Body::Erased).collect()
}

#[test]
fn an_erasure_drops_the_bodies_everywhere_and_newcomers_get_its_proof() {
    let (mut central, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "private"), person(2, "stays")], 1).unwrap();
    terminal.commit();
    exchange(&mut node, &mut terminal);
    terminal.write(&[Target::Journal], &[erase(1)], 2).unwrap();
    assert_eq!(bodies(&terminal), [true, true, true], "not before it is durable");
    terminal.commit();
    exchange(&mut node, &mut terminal);
    assert_eq!(bodies(&terminal), [false, true, true]);
    assert_eq!(bodies(&node), [false, true, true]);
    // Central gets the first run without the body, and the erasure only afterwards.
    let run = node.load_run(&journal(TERMINAL), 0).unwrap().unwrap();
    assert_eq!(run.erasures().len(), 1);
    let bare = Run::new(run.frames().to_vec(), *run.seal(), Vec::new()).unwrap();
    let refused = central.ingest(link(CENTRAL, NODE), Up, &bare);
    assert_eq!(refused, Err(Refusal::MissingBody { seq: 1, index: 0 }));
    central.ingest(link(CENTRAL, NODE), Up, &run).unwrap();
    central.commit();
    // It can pass that on at once, after a crash too.
    central.crash();
    assert_eq!(central.load_run(&journal(TERMINAL), 0).unwrap().unwrap().erasures().len(), 1);
    exchange(&mut central, &mut node);
    assert_eq!(
        central.record(&key(1)).map(|record| (record.change, record.body.clone())),
        Some((Change::Erase, None))
    );
    assert_eq!(text(&central, 2), Some("stays".into()));
}

#[test]
fn a_crash_before_the_commit_of_an_erasure_keeps_the_bodies() {
    let (_, _, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "private")], 1).unwrap();
    terminal.commit();
    terminal.write(&[Target::Journal], &[erase(1)], 2).unwrap();
    terminal.crash();
    terminal.commit();
    assert_eq!(text(&terminal, 1), Some("private".into()));
    assert_eq!(bodies(&terminal), [true]);
}

#[test]
fn nobody_erases_the_records_of_another_unit() {
    let (mut central, _, _) = federation();
    let victim = forge(
        TERMINAL,
        start(journal(TERMINAL)),
        basis(),
        vec![vec![draft(1, unit(TERMINAL), version(1, 1))]],
    );
    central.ingest(link(CENTRAL, NODE), Up, &victim).unwrap();
    let erase =
        |version| Draft { change: Change::Erase, body: Bytes::new(), ..draft(1, unit(NEIGHBOUR), version) };
    let mut at = start(journal(NEIGHBOUR));
    for version in [version(1, 9), Version { transfer: 3, ..version(1, 9) }] {
        let thief = forge(NEIGHBOUR, at, basis(), vec![vec![erase(version)]]);
        at = central.ingest(link(CENTRAL, NODE), Up, &thief).unwrap();
    }
    central.project(usize::MAX);
    central.commit();
    assert_eq!(bodies(&central), [true]);
    let aside: Vec<_> = central.quarantine().map(|(_, why)| why.clone()).collect();
    assert_eq!(
        aside,
        [Reason::Judged(Quarantined::NotHandedOver), Reason::Judged(Quarantined::NotHandedOver)]
    );
}

#[test]
fn an_erasure_that_comes_before_its_record_waits_for_it_and_takes_no_others() {
    let erasing =
        |unit, version| Draft { change: Change::Erase, body: Bytes::new(), ..draft(1, unit, version) };
    let own =
        vec![vec![draft(1, unit(TERMINAL), version(1, 2))], vec![erasing(unit(TERMINAL), version(1, 3))]];
    let (mut central, _, _) = federation();
    let mut at = start(journal(NEIGHBOUR));
    for version in [version(1, 1), version(1, 9)] {
        let thief = forge(NEIGHBOUR, at, basis(), vec![vec![erasing(unit(NEIGHBOUR), version)]]);
        at = central.ingest(link(CENTRAL, NODE), Up, &thief).unwrap();
    }
    central.project(usize::MAX);
    assert!(central.record(&key(1)).is_none(), "an erasure alone makes no record");
    let aside = |replica: &Replica| replica.quarantine().map(|(_, why)| why.clone()).collect::<Vec<_>>();
    let (waits, foreign) =
        (Reason::Judged(Quarantined::AwaitsRecord), Reason::Judged(Quarantined::NotHandedOver));
    assert_eq!(aside(&central), [waits.clone(), waits]);
    let genuine = forge(TERMINAL, start(journal(TERMINAL)), basis(), own);
    let first = forge(
        TERMINAL,
        start(journal(TERMINAL)),
        basis(),
        vec![vec![draft(1, unit(TERMINAL), version(1, 2))]],
    );
    central.ingest(link(CENTRAL, NODE), Up, &first).unwrap();
    central.project(usize::MAX);
    assert_eq!(central.record(&key(1)).map(|record| record.unit), Some(unit(TERMINAL)));
    assert!(text(&central, 1).is_some());
    assert_eq!(aside(&central), [foreign.clone(), foreign]);
    central.ingest(link(CENTRAL, NODE), Up, &genuine).unwrap();
    central.project(usize::MAX);
    let state = central.record(&key(1)).map(|record| (record.unit, record.change));
    assert_eq!(state, Some((unit(TERMINAL), Change::Erase)), "its owner's erasure counts");
}

#[test]
fn a_state_that_no_body_vouched_for_gives_way_to_a_record_with_one() {
    let (mut central, mut node, _) = federation();
    let mut neighbour = empty(NEIGHBOUR);
    let stolen = |text: &str| edit(PERSON, record(1), unit(NEIGHBOUR), text.to_owned());
    exchange(&mut node, &mut neighbour);
    neighbour.write(&[Target::Journal], &[stolen("never shown")], 1).unwrap();
    neighbour.commit();
    let erasing = Edit { change: Change::Erase, body: Bytes::new(), ..stolen("") };
    neighbour.write(&[Target::Journal], &[erasing], 1).unwrap();
    neighbour.commit();
    for after in [0, 1] {
        let run = neighbour.load_run(&journal(NEIGHBOUR), after).unwrap().unwrap();
        central.ingest(link(CENTRAL, NODE), Up, &run).unwrap();
    }
    central.project(usize::MAX);
    assert_eq!(
        central.record(&key(1)).map(|record| record.change),
        Some(Change::Erase),
        "as a refill brings it"
    );
    let genuine = forge(
        TERMINAL,
        start(journal(TERMINAL)),
        basis(),
        vec![vec![draft(1, unit(TERMINAL), version(1, 7))]],
    );
    central.ingest(link(CENTRAL, NODE), Up, &genuine).unwrap();
    central.project(usize::MAX);
    assert_eq!(central.record(&key(1)).map(|record| record.unit), Some(unit(TERMINAL)));
    central.rebuild();
    assert_eq!(central.record(&key(1)).map(|record| record.unit), Some(unit(TERMINAL)));
}

#[test]
fn a_damaged_frame_is_not_served_until_the_genuine_one_mends_it() {
    let (_, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "x")], 1).unwrap();
    terminal.commit();
    exchange(&mut node, &mut terminal);
    node.damage(&journal(TERMINAL), 1);
    assert!(node.load_run(&journal(TERMINAL), 0).is_err());
    let other = forge(
        TERMINAL,
        start(journal(TERMINAL)),
        basis(),
        vec![vec![draft(5, unit(TERMINAL), version(1, 1))]],
    );
    assert!(!node.repair(&other), "another history of the stream");
    assert!(node.load_run(&journal(TERMINAL), 0).is_err());
    let genuine = terminal.load_run(&journal(TERMINAL), 0).unwrap().unwrap();
    assert!(node.repair(&genuine));
    assert_eq!(node.load_run(&journal(TERMINAL), 0), Ok(Some(genuine)));
}

#[test]
fn a_relay_passes_on_the_authors_bytes_with_fields_it_does_not_know() {
    let (mut central, mut node, _) = federation();
    let place = Place {
        after: start(journal(TERMINAL)),
        genesis: genesis_run().frames()[0].hash(),
        time: 1,
        basis: basis(),
    };
    let known = Frame::build(place, vec![draft(1, unit(TERMINAL), version(1, 1))], || [1; 16]).unwrap();
    let mut wire = known.to_wire();
    let mut header = wire.header.to_vec();
    prost::encoding::string::encode(500, &"of later software".to_owned(), &mut header);
    wire.header = header.into();
    let later = Frame::decode(wire.clone()).unwrap();
    let seal = Seal::sign(later.stream_head(), &signer(TERMINAL));
    let run = Run::new(vec![later], seal, Vec::new()).unwrap();
    node.ingest(link(NODE, TERMINAL), Up, &run).unwrap();
    node.commit();
    exchange(&mut central, &mut node);
    let passed_on = central.load_run(&journal(TERMINAL), 0).unwrap().unwrap();
    assert_eq!(passed_on.to_wire().frames, [wire]);
    assert_eq!(central.record(&key(1)).unwrap().version, version(1, 1));
}

#[test]
fn an_empty_replacement_is_refilled_from_both_sides() {
    let (mut central, mut node, mut terminal) = federation();
    terminal.write(&[Target::Journal], &[person(1, "x")], 1).unwrap();
    terminal.commit();
    let letter = edit(PERSON, record(7), unit(NODE), "mail");
    node.write(&[Target::Mailbox(id(TERMINAL)), Target::Bulletin], &[letter], 1).unwrap();
    node.commit();
    exchange(&mut node, &mut terminal);
    exchange(&mut central, &mut node);
    let (heads, records) =
        (node.heads(), node.records().map(|(k, r)| (k.clone(), r.clone())).collect::<Vec<_>>());
    let mut node = empty(NODE);
    exchange(&mut node, &mut terminal);
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    assert_eq!(node.heads(), heads);
    assert!(node.records().map(|(k, r)| (k.clone(), r.clone())).eq(records));
}

#[test]
fn mail_to_others_is_relayed_and_not_read() {
    let (mut central, mut node, mut terminal) = federation();
    let letter = edit(PERSON, record(7), unit(CENTRAL), "for the terminal");
    let heads = central.write(&[Target::Mailbox(id(TERMINAL))], &[letter], 1).unwrap();
    central.commit();
    exchange(&mut central, &mut node);
    exchange(&mut node, &mut terminal);
    let held = |replica: &Replica| -> (StreamHead, Option<SiteId>) {
        let reader = replica.record(&key(7)).map(|_| replica.me());
        (replica.head(heads[0].stream), reader)
    };
    assert_eq!(held(&node), (heads[0], None));
    assert_eq!(held(&terminal), (heads[0], Some(id(TERMINAL))));
    let refused = empty(NEIGHBOUR).ingest(
        link(NODE, NEIGHBOUR),
        Down,
        &node.load_run(&heads[0].stream, 0).unwrap().unwrap(),
    );
    assert_eq!(refused, Err(Refusal::OutOfScope(heads[0].stream)));
}
