//! Local writes, at central: it needs nobody else.

use std::sync::Arc;

use bytes::Bytes;
use yanzhen_store::{Edit, Expected, NoProjection, Retry, Target, Write, WriteError};
use yanzhen_sync::directory::{Direction, Home};
use yanzhen_sync::limits::{MAX_FRAME_BYTES, MAX_RUN_BYTES, MAX_RUN_FRAMES};
use yanzhen_sync::testing;
use yanzhen_sync::{FrameHash, StreamId};

use crate::backend::{Backend, POISON, Sqlite};
use crate::network::{Network, PERSON, Who, genesis, link, person, record};

async fn central() -> (Sqlite, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Sqlite::open(Who::Central, folder.path()).await, folder)
}

fn edit(number: u32, body: impl Into<Bytes>, expected: Expected) -> Edit {
    Edit::upsert(PERSON, record(number), Who::Central.unit(), body, expected)
}

fn write(edits: Vec<Edit>) -> Write {
    Write { targets: vec![Target::Journal], edits }
}

/// The network's records as central writes them.
fn network_edit(edit: yanzhen_sync::memory::Edit) -> Edit {
    Edit {
        kind: edit.kind,
        record: edit.record,
        unit: edit.unit,
        change: edit.change,
        body: edit.body,
        objects: edit.objects,
        expected: Expected::Any,
        handed_over_by: edit.handed_over_by,
    }
}

#[tokio::test]
async fn central_begins_its_bulletin_with_the_genesis_frame_once() {
    let (central, _folder) = central().await;
    let bulletin = StreamId::bulletin(Who::Central.id(), 0);
    assert_eq!(central.load_run(bulletin, 0).await.unwrap().unwrap().frames(), genesis().frames());
    let central = central.kill_and_reopen().await;
    assert_eq!(central.store.head(&bulletin), genesis().stream_head().head);
    assert_eq!(central.store.directory().bulletin_head(), genesis().stream_head());
    let written = central.store.write(write(vec![edit(1, "a", Expected::New)])).await.unwrap();
    let run = central.load_run(written.heads[0].stream, 0).await.unwrap().unwrap();
    assert_eq!(run.frames()[0].header().basis, Some(genesis().stream_head()));
    assert_eq!(run.previous().hash, genesis().stream_head().head.hash);
    assert_ne!(run.previous().hash, FrameHash::ZERO);
}

#[tokio::test]
async fn an_edit_of_a_state_that_somebody_changed_is_a_conflict() {
    let (central, _folder) = central().await;
    let first = central.store.write(write(vec![edit(1, "a", Expected::New)])).await.unwrap();
    let seen = first.records[0].2;
    central.store.write(write(vec![edit(1, "b", Expected::At(seen))])).await.unwrap();
    for expected in [Expected::New, Expected::At(seen)] {
        let edits = vec![edit(2, "not alone", Expected::New), edit(1, "c", expected)];
        let refused = central.store.write(write(edits)).await.unwrap_err();
        let conflict = matches!(&refused, WriteError::Conflict { record: id, known: Some(known), .. }
            if *id == record(1) && known.revision == 2);
        assert!(conflict, "{refused}");
    }
    assert_eq!(central.record(&PERSON, record(2)).await, None, "all or nothing");
    assert_eq!(central.store.head(&first.heads[0].stream).seq, 2);
}

#[tokio::test]
async fn a_write_that_rests_on_heads_is_refused_once_one_has_advanced() {
    let (central, _folder) = central().await;
    let heads = central.store.write(write(vec![edit(1, "a", Expected::New)])).await.unwrap().heads;
    let next = |number| vec![write(vec![edit(number, "b", Expected::New)])];
    central.store.write_all_at(heads.clone(), next(2)).await.unwrap();
    let refused = central.store.write_all_at(heads.clone(), next(3)).await.unwrap_err();
    assert!(matches!(refused, WriteError::Advanced(stream) if stream == heads[0].stream), "{refused}");
    assert_eq!(central.record(&PERSON, record(3)).await, None);
}

#[tokio::test]
async fn a_refused_write_does_not_hinder_those_that_share_its_commit() {
    let (central, _folder) = central().await;
    let writes = (0..40).map(|number| {
        let store = central.store.clone();
        let expected = if number % 4 == 3 { Expected::At(Default::default()) } else { Expected::New };
        tokio::spawn(async move { store.write(write(vec![edit(number, "x", expected)])).await })
    });
    let mut seqs = Vec::new();
    for (number, written) in writes.collect::<Vec<_>>().into_iter().enumerate() {
        let written = written.await.unwrap();
        assert_eq!(written.is_err(), number % 4 == 3);
        seqs.extend(written.ok().map(|written| written.heads[0].head.seq));
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=30).collect::<Vec<u64>>(), "no number is given twice and none is left out");
    let mut after = 0;
    while let Some(run) = central.load_run(Who::Central.journal(), after).await.unwrap() {
        after = run.stream_head().head.seq;
    }
    assert_eq!(after, 30);
}

#[tokio::test]
async fn several_writes_are_one_transaction() {
    let (central, _folder) = central().await;
    let good = write(vec![edit(1, "a", Expected::New)]);
    let bad = write(vec![edit(2, POISON, Expected::New)]);
    let refused = central.store.write_all(vec![good.clone(), bad]).await.unwrap_err();
    assert!(matches!(refused, WriteError::Invalid(_)), "{refused}");
    assert_eq!(central.record(&PERSON, record(1)).await, None);
    assert_eq!(central.store.head(&Who::Central.journal()).seq, 0);
    assert_eq!(central.store.quarantine_count().await.unwrap(), 0);
    central.store.write_all(vec![good]).await.unwrap();
}

#[tokio::test]
async fn large_writes_are_divided_over_frames_and_runs_that_keep_their_bounds() {
    let (central, _folder) = central().await;
    let body = Bytes::from(vec![7; 100_000]);
    let edits = (0..60).map(|number| edit(number, body.clone(), Expected::New)).collect();
    let written = central.store.write(write(edits)).await.unwrap();
    let small = (100..1_300).map(|number| edit(number, "small", Expected::New)).collect();
    central.store.write(write(small)).await.unwrap();
    let (mut after, mut runs, mut entries) = (0, 0, 0);
    while let Some(run) = central.load_run(written.heads[0].stream, after).await.unwrap() {
        assert!(run.size() <= MAX_RUN_BYTES && run.frames().len() <= MAX_RUN_FRAMES);
        assert!(run.frames().iter().all(|frame| frame.encoded_len() <= MAX_FRAME_BYTES));
        entries += run.frames().iter().map(|frame| frame.header().entries.len()).sum::<usize>();
        after = run.stream_head().head.seq;
        runs += 1;
    }
    assert_eq!(entries, 1_260);
    assert!(runs > 6, "{runs}");
    let huge = edit(2_000, vec![1; MAX_FRAME_BYTES], Expected::New);
    let refused = central.store.write(write(vec![huge])).await.unwrap_err();
    assert!(matches!(refused, WriteError::TooLarge { .. }), "{refused}");
}

#[tokio::test]
async fn the_tree_and_its_sites_take_effect_with_the_write() {
    let (mut central, _folder) = central().await;
    let mut watched = central.store.watch_directory();
    let mut commits = central.store.subscribe();
    let tree = [
        testing::unit_edit(Who::Central.unit(), "99", None),
        testing::unit_edit(Who::Node.unit(), "9901", Some(Who::Central.unit())),
        testing::homes_edit(
            Who::Node.unit(),
            &[Home { generation: 1, site: Who::Node.id(), cuts: Vec::new() }],
        ),
    ];
    let tree = Write { targets: vec![Target::Bulletin], edits: tree.map(network_edit).into() };
    central.store.write(tree).await.unwrap();
    assert!(watched.has_changed().unwrap());
    assert!(watched.borrow_and_update().unit_by_code("9901").is_some());
    assert!(commits.recv().await.unwrap().directory_changed);
    let site = testing::site(
        &Who::Node.signer(),
        yanzhen_sync::directory::Role::Node,
        Who::Node.unit(),
        Who::Central.id(),
    );
    let registration = network_edit(testing::registration_edit(&site));
    let mail = Target::Mailbox(Who::Node.id());
    central.store.write(Write { targets: vec![mail], edits: vec![registration] }).await.unwrap();
    assert!(central.store.directory().site(Who::Node.id()).is_some());
    // A code that is taken, a unit above itself and a record of another's unit are refused.
    let twin = testing::unit_edit(yanzhen_sync::UnitId::new([9; 16]), "9901", Some(Who::Central.unit()));
    let twin = Write { targets: vec![Target::Bulletin], edits: vec![network_edit(twin)] };
    assert!(matches!(central.store.write(twin).await, Err(WriteError::Refused { .. })));
    let foreign = network_edit(person(5, Who::Node, "not at home here"));
    assert!(matches!(central.store.write(write(vec![foreign])).await, Err(WriteError::NotHome(_))));
    central.store.projected().await.unwrap();
    assert_eq!(central.store.retry_quarantine(Retry::All).await.unwrap().tried, 0);
    central.project().await;
}

#[tokio::test]
async fn central_gives_a_receipt_for_what_it_has_stored() {
    let mut network = Network::new();
    let (central, _folder) = central().await;
    // Central's own streams come back to it from below, as to one that lost its disk.
    network.write(Who::Node, &[yanzhen_sync::memory::Target::Journal], &[person(1, Who::Node, "a")]);
    let runs = network.runs(Who::Node);
    // Some of its mail can't be placed before the recipients' registrations are back: it is sent again.
    central.store.ingest(link(Who::Node), Direction::Up, runs.clone()).await;
    let results = central.store.ingest(link(Who::Node), Direction::Up, runs).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let receipts = central.store.root_receipts().await.unwrap();
    let receipt = receipts[&Who::Node.journal()];
    assert_eq!(receipt.head.head, central.store.head(&Who::Node.journal()));
    let key = yanzhen_sync::Sign::public_key(&Who::Central.signer());
    assert!(receipt.is_by(&key, &testing::FakeVerifier));
    assert!(receipts.keys().all(|stream| stream.author != Who::Central.id()), "none for its own");
}

#[tokio::test]
async fn a_closed_store_says_so_and_keeps_what_it_acknowledged() {
    let (central, _folder) = central().await;
    central.store.write(write(vec![edit(1, "a", Expected::New)])).await.unwrap();
    central.store.close().await;
    let refused = central.store.write(write(vec![edit(2, "b", Expected::New)])).await.unwrap_err();
    assert!(matches!(refused, WriteError::Store(yanzhen_store::StoreError::Closed)), "{refused}");
    let central = central.reopen_with(Arc::new(NoProjection)).await;
    assert!(central.record(&PERSON, record(1)).await.is_some());
}
