//! The behaviours that all back ends share.

use bytes::Bytes;
use yanzhen_sync::authority::Refusal;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::memory::Target;
use yanzhen_sync::{Change, Run, StreamHead, StreamId, Version};

use crate::backend::{Backend, Memory, Shown, Sqlite, UNREADABLE};
use crate::network::{Network, PERSON, UNKNOWN, Who, erasure, link, person, record};

/// Runs each behaviour over each back end.
macro_rules! on_every_back_end {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name::<super::Memory>().await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name::<super::Sqlite>().await;
            })*
        }
    };
}

on_every_back_end! {
    a_gap_is_refused_and_the_own_head_is_told
    a_run_that_comes_twice_changes_nothing
    a_second_history_of_a_stream_is_refused
    a_run_out_of_its_place_is_refused
    an_entry_of_a_unit_that_was_never_at_home_with_its_author_is_refused
    what_was_written_is_read_at_once
    the_greatest_version_wins_whatever_the_order_of_arrival
    what_is_beyond_a_cut_is_set_aside_whether_the_cut_comes_first_or_last
    what_cannot_be_read_is_set_aside_and_read_after_an_upgrade
    unknown_kinds_are_kept_and_relayed_as_they_came
    erased_bodies_are_dropped_and_relayed_with_their_proof
    many_erasures_one_by_one_refill_an_empty_site
    erasures_are_set_apart_and_sealed_where_they_are_written
    bodies_that_arrive_after_their_erasure_are_dropped
    an_erasure_waits_for_its_record_and_takes_no_other
    a_refill_without_bodies_is_no_claim_to_a_record
    a_damaged_frame_is_found_when_it_is_loaded_and_mended_from_a_copy
    another_history_does_not_mend_a_damaged_frame
    what_was_acknowledged_survives_a_kill
    a_relayed_stream_is_the_one_that_its_author_wrote
}

/// The node, under test, knows the network.
async fn node<B: Backend>(network: &mut Network) -> (B, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut backend = B::open(Who::Node, folder.path()).await;
    down(&mut backend, network).await;
    (backend, folder)
}

/// Everything that travels from central to the node.
async fn down(backend: &mut impl Backend, network: &mut Network) {
    for run in network.runs(Who::Central) {
        // What does not travel down is refused, as it should be.
        let _ = backend.ingest(link(Who::Node), Direction::Down, &run).await;
    }
    backend.project().await;
}

/// A terminal's journal goes up to the node.
async fn up(backend: &mut impl Backend, network: &mut Network, who: Who) {
    for run in network.runs_of(who, who.journal()) {
        backend.ingest(link(who), Direction::Up, &run).await.unwrap();
    }
    backend.project().await;
}

fn journal(network: &mut Network, who: Who) -> Vec<Run> {
    network.runs_of(who, who.journal())
}

fn shown(revision: u64, body: &str) -> Option<Shown> {
    let version = Version { generation: 1, revision, ..Version::default() };
    Some(Shown { version, change: Change::Upsert, body: Some(Bytes::copy_from_slice(body.as_bytes())) })
}

async fn a_gap_is_refused_and_the_own_head_is_told<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    for number in 0..3 {
        network.write(Who::East, &[Target::Journal], &[person(number, Who::East, "a")]);
    }
    let runs = journal(&mut network, Who::East);
    let up = link(Who::East);
    node.ingest(up, Direction::Up, &runs[0]).await.unwrap();
    let refused = node.ingest(up, Direction::Up, &runs[2]).await.unwrap_err();
    assert_eq!(refused, Refusal::Gap { first: 3, own: 1 });
    assert_eq!(node.ingest(up, Direction::Up, &runs[1]).await.unwrap(), runs[1].stream_head());
    assert_eq!(node.ingest(up, Direction::Up, &runs[2]).await.unwrap(), runs[2].stream_head());
}

async fn a_run_that_comes_twice_changes_nothing<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "a")]);
    up(&mut node, &mut network, Who::East).await;
    let (heads, before) = (node.heads().await, node.record(&PERSON, record(1)).await);
    up(&mut node, &mut network, Who::East).await;
    assert_eq!(node.heads().await, heads);
    assert_eq!(node.record(&PERSON, record(1)).await, before);
    assert_eq!(before, shown(1, "a"));
}

async fn a_second_history_of_a_stream_is_refused<B: Backend>() {
    let (mut network, mut other) = (Network::new(), Network::new());
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "one")]);
    other.write(Who::East, &[Target::Journal], &[person(1, Who::East, "another")]);
    up(&mut node, &mut network, Who::East).await;
    let heads = node.heads().await;
    for run in journal(&mut other, Who::East) {
        let refused = node.ingest(link(Who::East), Direction::Up, &run).await.unwrap_err();
        assert_eq!(refused, Refusal::Forked(1));
    }
    assert_eq!(node.heads().await, heads);
}

async fn a_run_out_of_its_place_is_refused<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::West, &[Target::Journal], &[person(1, Who::West, "a")]);
    for run in journal(&mut network, Who::West) {
        let refused = node.ingest(link(Who::East), Direction::Up, &run).await.unwrap_err();
        assert_eq!(refused, Refusal::OutOfScope(Who::West.journal()));
    }
    assert!(!node.heads().await.contains_key(&Who::West.journal()));
}

async fn an_entry_of_a_unit_that_was_never_at_home_with_its_author_is_refused<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    // East believes in another tree than everybody else.
    network.move_unit(Who::West, Who::East, Vec::new());
    network.exchange();
    network.write(Who::East, &[Target::Journal], &[person(1, Who::West, "not mine")]);
    let run = journal(&mut network, Who::East).remove(0);
    let refused = node.ingest(link(Who::East), Direction::Up, &run).await.unwrap_err();
    assert!(refused.is_waiting(), "its basis is not here yet: {refused}");
    let mine = person(2, Who::Node, "mine");
    assert!(node.write(&[Target::Journal], &[mine]).await.is_ok());
    let refused = node.write(&[Target::Journal], &[person(3, Who::East, "not mine")]).await;
    assert!(refused.unwrap_err().contains("home"));
    assert_eq!(node.record(&PERSON, record(3)).await, None);
}

async fn what_was_written_is_read_at_once<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let heads = node.write(&[Target::Journal], &[person(1, Who::Node, "a")]).await.unwrap();
    assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "a"));
    assert_eq!(node.heads().await[&Who::Node.journal()], heads[0].head);
    node.write(&[Target::Journal], &[person(1, Who::Node, "b")]).await.unwrap();
    assert_eq!(node.record(&PERSON, record(1)).await, shown(2, "b"));
}

async fn the_greatest_version_wins_whatever_the_order_of_arrival<B: Backend>() {
    // West had the unit before East; the cut lets all of it count.
    let mut network = Network::new();
    network.write(Who::West, &[Target::Journal], &[person(1, Who::West, "old")]);
    let cut = network.replica(Who::West).head(Who::West.journal());
    network.exchange();
    network.move_unit(Who::West, Who::East, vec![cut]);
    network.exchange();
    // East's replica does not see West's journal: it begins anew in the next generation.
    network.write(Who::East, &[Target::Journal], &[person(1, Who::West, "new")]);
    let newest = Version { generation: 2, revision: 1, ..Version::default() };
    for order in [[Who::East, Who::West], [Who::West, Who::East]] {
        let (mut node, _folder) = node::<B>(&mut network).await;
        for who in order {
            up(&mut node, &mut network, who).await;
        }
        let state = node.record(&PERSON, record(1)).await.unwrap();
        assert_eq!((state.version, state.body), (newest, Some(Bytes::from_static(b"new"))), "{order:?}");
        assert_eq!(node.quarantine().await, []);
    }
}

async fn what_is_beyond_a_cut_is_set_aside_whether_the_cut_comes_first_or_last<B: Backend>() {
    let mut network = Network::new();
    network.write(Who::West, &[Target::Journal], &[person(1, Who::West, "counts")]);
    let cut = network.replica(Who::West).head(Who::West.journal());
    let beyond = [person(1, Who::West, "too late"), person(2, Who::West, "too late")];
    network.write(Who::West, &[Target::Journal], &beyond);
    let (mut cut_last, _folder) = node::<B>(&mut network).await;
    up(&mut cut_last, &mut network, Who::West).await;
    assert_eq!(cut_last.record(&PERSON, record(1)).await, shown(2, "too late"));
    network.move_unit(Who::West, Who::East, vec![cut]);
    down(&mut cut_last, &mut network).await;
    let (mut cut_first, _folder) = node::<B>(&mut network).await;
    up(&mut cut_first, &mut network, Who::West).await;
    for node in [&cut_last, &cut_first] {
        assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "counts"));
        assert_eq!(node.record(&PERSON, record(2)).await, None);
        assert_eq!(node.quarantine().await.len(), 2);
        assert_eq!(node.heads().await[&Who::West.journal()].seq, 2, "it is stored all the same");
    }
    assert_eq!(cut_first.quarantine().await, cut_last.quarantine().await);
    // A later word of central lets it count after all.
    let all = network.replica(Who::West).head(Who::West.journal());
    network.move_unit(Who::West, Who::East, vec![all]);
    for node in [&mut cut_last, &mut cut_first] {
        down(node, &mut network).await;
        assert_eq!(node.record(&PERSON, record(1)).await, shown(2, "too late"));
        assert_eq!(node.quarantine().await, []);
    }
}

async fn what_cannot_be_read_is_set_aside_and_read_after_an_upgrade<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let unreadable = |number| person(number, Who::East, std::str::from_utf8(UNREADABLE).unwrap());
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "before"), unreadable(2)]);
    network.write(Who::East, &[Target::Journal], &[unreadable(1), person(3, Who::East, "after")]);
    up(&mut node, &mut network, Who::East).await;
    assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "before"));
    assert_eq!(node.record(&PERSON, record(2)).await, None);
    assert_eq!(node.record(&PERSON, record(3)).await, shown(1, "after"), "nothing else is affected");
    assert_eq!(node.quarantine().await.len(), 2);
    node.upgrade().await;
    assert_eq!(node.record(&PERSON, record(1)).await.unwrap().body.unwrap(), UNREADABLE);
    assert_eq!(node.record(&PERSON, record(2)).await.unwrap().body.unwrap(), UNREADABLE);
    assert_eq!(node.quarantine().await, []);
}

async fn unknown_kinds_are_kept_and_relayed_as_they_came<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let mut edit = person(1, Who::East, "a body with fields that nobody here knows");
    edit.kind = UNKNOWN;
    network.write(Who::East, &[Target::Journal], &[edit]);
    up(&mut node, &mut network, Who::East).await;
    assert_eq!(node.quarantine().await, []);
    let came = journal(&mut network, Who::East).remove(0);
    let goes = node.load_run(Who::East.journal(), 0).await.unwrap().unwrap();
    assert_eq!(goes.to_wire(), came.to_wire());
    assert!(node.record(&UNKNOWN, record(1)).await.is_some());
}

async fn erased_bodies_are_dropped_and_relayed_with_their_proof<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(
        Who::East,
        &[Target::Journal],
        &[person(1, Who::East, "secret"), person(2, Who::East, "b")],
    );
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "secret too")]);
    up(&mut node, &mut network, Who::East).await;
    network.write(Who::East, &[Target::Journal], &[erasure(1, Who::East)]);
    up(&mut node, &mut network, Who::East).await;
    let state = node.record(&PERSON, record(1)).await.unwrap();
    assert_eq!((state.change, state.body), (Change::Erase, None));
    let mut central = Replayed::new(&mut network);
    let mut after = 0;
    while let Some(run) = node.load_run(Who::East.journal(), after).await.unwrap() {
        let bodies = run.frames().iter().flat_map(|frame| frame.bodies());
        let kept: Vec<&Bytes> = bodies.filter_map(|body| body.bytes()).collect();
        assert!(!kept.iter().any(|body| body.starts_with(b"secret")), "{kept:?}");
        after = central.take(&run);
    }
    assert_eq!(after, 3);
    assert_eq!(central.body_of(2), Some(Bytes::from_static(b"b")));
}

async fn many_erasures_one_by_one_refill_an_empty_site<B: Backend>() {
    const PEOPLE: u32 = 1_500;
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let east = network.replica(Who::East);
    for frame in 0..PEOPLE / 500 {
        let people = (frame * 500..(frame + 1) * 500).map(|number| person(number, Who::East, "secret"));
        east.write(&[Target::Journal], &people.collect::<Vec<_>>(), 1).unwrap();
    }
    east.commit();
    up(&mut node, &mut network, Who::East).await;
    let east = network.replica(Who::East);
    for number in 0..PEOPLE {
        east.write(&[Target::Journal], &[erasure(number, Who::East)], 2).unwrap();
    }
    east.commit();
    up(&mut node, &mut network, Who::East).await;
    // It proves by erase entries of its own; the next one, by what came with the run.
    let (mut empty, _other_folder) = self::node::<B>(&mut network).await;
    let first = node.load_run(Who::East.journal(), 0).await.unwrap().unwrap();
    assert_eq!((first.frames().len(), first.erasures().len()), (3, PEOPLE as usize));
    empty.ingest(link(Who::East), Direction::Up, &first).await.unwrap();
    let relayed = empty.load_run(Who::East.journal(), 0).await.unwrap().unwrap();
    assert_eq!(relayed, first);
    let mut after = first.stream_head().head.seq;
    while let Some(run) = node.load_run(Who::East.journal(), after).await.unwrap() {
        after = empty.ingest(link(Who::East), Direction::Up, &run).await.unwrap().head.seq;
    }
    empty.project().await;
    assert_eq!(after, 3 + u64::from(PEOPLE));
    let state = empty.record(&PERSON, record(PEOPLE - 1)).await.unwrap();
    assert_eq!((state.change, state.body), (Change::Erase, None));
}

async fn erasures_are_set_apart_and_sealed_where_they_are_written<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let own = |number| person(number, Who::Node, "secret");
    node.write(&[Target::Journal], &[own(1), own(2)]).await.unwrap();
    let edits = [own(3), erasure(1, Who::Node), erasure(2, Who::Node), own(4), own(5)];
    node.write(&[Target::Journal], &edits).await.unwrap();
    let mut runs = Vec::new();
    let mut after = 0;
    while let Some(run) = node.load_run(Who::Node.journal(), after).await.unwrap() {
        after = run.stream_head().head.seq;
        runs.push((run.frames().len(), run.erasures().len()));
    }
    assert_eq!(runs, [(1, 2), (2, 0), (1, 0), (1, 0)]);
}

/// Central takes what the node relays.
struct Replayed<'n>(&'n mut Network);

impl Replayed<'_> {
    fn new(network: &mut Network) -> Replayed<'_> {
        Replayed(network)
    }

    fn take(&mut self, run: &Run) -> u64 {
        let central = self.0.replica(Who::Central);
        let head = central.ingest(link(Who::Node), Direction::Up, run).unwrap();
        central.commit();
        central.project(usize::MAX);
        head.head.seq
    }

    fn body_of(&mut self, number: u32) -> Option<Bytes> {
        let key = yanzhen_sync::memory::RecordKey { kind: PERSON, record: record(number) };
        self.0.replica(Who::Central).record(&key)?.body.clone()
    }
}

async fn bodies_that_arrive_after_their_erasure_are_dropped<B: Backend>() {
    // Central copies a record of its own into the node's mail and into its bulletin, and erases it in the mail.
    let mut network = Network::new();
    let own = |body: &str| person(7, Who::Central, body);
    network.write(Who::Central, &[Target::Bulletin], &[own("secret")]);
    let mail = Target::Mailbox(Who::Node.id());
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::Central, &[mail], &[erasure(7, Who::Central)]);
    down(&mut node, &mut network).await;
    assert_eq!(node.record(&PERSON, record(7)).await.unwrap().change, Change::Erase);
    let bulletin = StreamId::bulletin(Who::Central.id(), 0);
    let run = last_run(&node, bulletin).await;
    assert_eq!(run.frames().last().unwrap().bodies()[0].bytes(), None);
    assert_eq!(run.erasures().len(), 1);
}

async fn an_erasure_waits_for_its_record_and_takes_no_other<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    // West guesses the id of a record that East is about to write.
    network.write(Who::West, &[Target::Journal], &[erasure(1, Who::West)]);
    network.write(Who::West, &[Target::Journal], &[erasure(1, Who::West)]);
    up(&mut node, &mut network, Who::West).await;
    assert_eq!(node.record(&PERSON, record(1)).await, None);
    assert_eq!(node.quarantine().await.len(), 2);
    let mut node = node.kill_and_reopen().await;
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "a")]);
    up(&mut node, &mut network, Who::East).await;
    assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "a"));
    assert_eq!(node.quarantine().await.len(), 2);
    network.write(Who::East, &[Target::Journal], &[erasure(1, Who::East)]);
    up(&mut node, &mut network, Who::East).await;
    let state = node.record(&PERSON, record(1)).await.unwrap();
    assert_eq!((state.version.revision, state.change), (2, Change::Erase));

    // An erasure in the bulletin goes ahead of the record in the mail.
    let own = person(7, Who::Central, "secret");
    let heads = network.write(Who::Central, &[Target::Mailbox(Who::Node.id())], &[own]);
    network.write(Who::Central, &[Target::Bulletin], &[erasure(7, Who::Central)]);
    let runs = network.runs(Who::Central);
    let (late, early): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(|run| run.stream_head() == heads[0]);
    for run in &early {
        let _ = node.ingest(link(Who::Node), Direction::Down, run).await;
    }
    node.project().await;
    assert_eq!(node.record(&PERSON, record(7)).await, None);
    node.ingest(link(Who::Node), Direction::Down, &late[0]).await.unwrap();
    node.project().await;
    assert_eq!(node.record(&PERSON, record(7)).await.unwrap().change, Change::Erase);
    assert_eq!(node.quarantine().await.len(), 2, "West's");
    assert_eq!(last_run(&node, heads[0].stream).await.frames().last().unwrap().bodies()[0].bytes(), None);
}

async fn a_refill_without_bodies_is_no_claim_to_a_record<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::West, &[Target::Journal], &[person(1, Who::West, "never shown")]);
    network.write(Who::West, &[Target::Journal], &[erasure(1, Who::West)]);
    let refill = journal(&mut network, Who::West);
    assert_eq!(refill[0].frames()[0].bodies()[0].bytes(), None);
    up(&mut node, &mut network, Who::West).await;
    let state = node.record(&PERSON, record(1)).await.unwrap();
    assert_eq!((state.version.revision, state.change), (2, Change::Erase), "erased, as elsewhere");
    assert!(node.quarantine().await.is_empty());
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "a")]);
    up(&mut node, &mut network, Who::East).await;
    assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "a"), "what has a body shows whose it is");
    // Where the body was read, the record stays its unit's.
    network.write(Who::East, &[Target::Journal], &[person(2, Who::East, "b")]);
    up(&mut node, &mut network, Who::East).await;
    network.write(Who::East, &[Target::Journal], &[erasure(2, Who::East)]);
    up(&mut node, &mut network, Who::East).await;
    network.write(Who::West, &[Target::Journal], &[erasure(2, Who::West)]);
    network.write(Who::West, &[Target::Journal], &[person(2, Who::West, "mine")]);
    up(&mut node, &mut network, Who::West).await;
    let state = node.record(&PERSON, record(2)).await.unwrap();
    assert_eq!((state.version.revision, state.change), (2, Change::Erase));
}

async fn last_run(backend: &impl Backend, stream: StreamId) -> Run {
    let (mut after, mut last) = (0, None);
    while let Some(run) = backend.load_run(stream, after).await.unwrap() {
        after = run.stream_head().head.seq;
        last = Some(run);
    }
    last.unwrap()
}

async fn a_damaged_frame_is_found_when_it_is_loaded_and_mended_from_a_copy<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    for number in 1..=3 {
        network.write(Who::East, &[Target::Journal], &[person(number, Who::East, "a")]);
    }
    up(&mut node, &mut network, Who::East).await;
    let stream = Who::East.journal();
    node.damage(stream, 2).await;
    assert_eq!(node.load_run(stream, 1).await.unwrap_err(), 2);
    assert!(node.load_run(stream, 0).await.unwrap().is_some(), "its neighbours are whole");
    assert!(node.load_run(stream, 2).await.unwrap().is_some(), "its neighbours are whole");
    let copy = journal(&mut network, Who::East).remove(1);
    assert!(node.repair(link(Who::East), Direction::Up, &copy).await);
    let mended = node.load_run(stream, 1).await.unwrap().unwrap();
    assert_eq!(mended.to_wire(), copy.to_wire());
}

async fn another_history_does_not_mend_a_damaged_frame<B: Backend>() {
    let (mut network, mut other) = (Network::new(), Network::new());
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "one")]);
    other.write(Who::East, &[Target::Journal], &[person(1, Who::East, "another")]);
    up(&mut node, &mut network, Who::East).await;
    node.damage(Who::East.journal(), 1).await;
    let copy = journal(&mut other, Who::East).remove(0);
    assert!(!node.repair(link(Who::East), Direction::Up, &copy).await);
    assert_eq!(node.load_run(Who::East.journal(), 0).await.unwrap_err(), 1);
}

async fn what_was_acknowledged_survives_a_kill<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    network.write(Who::East, &[Target::Journal], &[person(1, Who::East, "a")]);
    up(&mut node, &mut network, Who::East).await;
    let own: Vec<StreamHead> = node.write(&[Target::Journal], &[person(2, Who::Node, "b")]).await.unwrap();
    let heads = node.heads().await;
    let mut node = node.kill_and_reopen().await;
    assert_eq!(node.heads().await, heads);
    assert_eq!(node.record(&PERSON, record(1)).await, shown(1, "a"));
    assert_eq!(node.record(&PERSON, record(2)).await, shown(1, "b"));
    // The stream goes on where it was.
    let next = node.write(&[Target::Journal], &[person(2, Who::Node, "c")]).await.unwrap();
    assert_eq!(next[0].head.seq, own[0].head.seq + 1);
    assert_eq!(node.record(&PERSON, record(2)).await, shown(2, "c"));
}

async fn a_relayed_stream_is_the_one_that_its_author_wrote<B: Backend>() {
    let mut network = Network::new();
    let (mut node, _folder) = node::<B>(&mut network).await;
    let edits: Vec<_> = (0..1_200).map(|number| person(number, Who::East, "one of many")).collect();
    for chunk in edits.chunks(400) {
        network.write(Who::East, &[Target::Journal], chunk);
    }
    up(&mut node, &mut network, Who::East).await;
    let mut after = 0;
    for came in journal(&mut network, Who::East) {
        let goes = node.load_run(Who::East.journal(), after).await.unwrap().unwrap();
        assert_eq!(goes.to_wire(), came.to_wire());
        after = goes.stream_head().head.seq;
    }
    assert_eq!(node.load_run(Who::East.journal(), after).await.unwrap(), None);
    assert_eq!(node.record(&PERSON, record(1_199)).await, shown(1, "one of many"));
}
