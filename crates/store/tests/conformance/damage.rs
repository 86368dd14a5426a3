//! A flipped bit anywhere in a stored frame is found, named and mended, and the event is kept.

use yanzhen_store::LoadError;
use yanzhen_sync::directory::Direction;

use crate::backend::{Backend, Sqlite};
use crate::network::{Network, PERSON, Who, link, person, record};
use crate::projection::{from_east, node};

/// Seven frames of East's journal at the node, whose fourth is hit.
async fn hit(sql: &'static str) -> (Network, Sqlite, tempfile::TempDir) {
    let (mut network, mut node, folder) = node().await;
    for number in 1..=7 {
        from_east(&mut network, &mut node, &[person(number, Who::East, "a")]).await;
    }
    node.tamper(sql).await;
    (network, node, folder)
}

/// Loads the whole stream; tells the frames that were found damaged, after each of which it is mended.
async fn load_and_mend(network: &mut Network, node: &Sqlite) -> Vec<u64> {
    let stream = Who::East.journal();
    let copies = network.runs_of(Who::East, stream);
    let (mut after, mut found) = (0, Vec::new());
    loop {
        match node.store.load_run(stream, after).await {
            Ok(Some(run)) => {
                assert_eq!(run.to_wire(), copies[found_at(&copies, after)].to_wire());
                after = run.stream_head().head.seq;
            }
            Ok(None) => return found,
            Err(LoadError::Damaged { seq, .. }) => {
                assert!(found.len() < 8, "mending does not help: {found:?}");
                found.push(seq);
                let copy = copies.iter().find(|run| run.stream_head().head.seq == seq).unwrap();
                let mended = node.store.repair(link(Who::East), Direction::Up, copy.clone()).await;
                assert_eq!(mended.unwrap().stream, stream);
            }
            Err(LoadError::Store(error)) => panic!("the store failed: {error}"),
        }
    }
}

fn found_at(copies: &[yanzhen_sync::Run], after: u64) -> usize {
    copies.iter().position(|run| run.first_seq() == after + 1).unwrap()
}

async fn is_found_and_mended(sql: &'static str) {
    let (mut network, node, _folder) = hit(sql).await;
    assert_eq!(load_and_mend(&mut network, &node).await, [4]);
    let events = node.store.damage().await.unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((events[0].stream, events[0].seq), (Who::East.journal(), 4));
    assert!(events[0].repaired.is_some() && !events[0].what.is_empty());
    assert_eq!(load_and_mend(&mut network, &node).await, [0; 0]);
}

const EAST_4: &str = " WHERE seq = 4 AND stream = (SELECT number FROM streams WHERE type = 1 AND seq = 7)";

/// The statement that hits frame 4 of East's journal.
fn on_east_4(set: &str) -> &'static str {
    Box::leak(format!("{set}{EAST_4}").into_boxed_str())
}

#[tokio::test]
async fn a_bit_in_a_header() {
    let sql = "UPDATE frames SET frame = CAST(substr(frame, 1, 60) || x'ff' || substr(frame, 62) AS BLOB)";
    is_found_and_mended(on_east_4(sql)).await;
}

#[tokio::test]
async fn a_bit_in_a_body() {
    let sql = "UPDATE frames SET frame = CAST(substr(frame, 1, length(frame) - 1) || x'00' AS BLOB)";
    is_found_and_mended(on_east_4(sql)).await;
}

#[tokio::test]
async fn a_bit_in_the_length_of_a_field() {
    let sql = "UPDATE frames SET frame = CAST(substr(frame, 1, 1) || x'7f' || substr(frame, 3) AS BLOB)";
    is_found_and_mended(on_east_4(sql)).await;
}

#[tokio::test]
async fn a_bit_in_the_hash_beside_the_frame() {
    is_found_and_mended(on_east_4("UPDATE frames SET hash = CAST(x'00' || substr(hash, 2) AS BLOB)")).await;
}

#[tokio::test]
async fn a_bit_in_the_seal() {
    let sql = "UPDATE seals SET seal = CAST(substr(seal, 1, length(seal) - 1) || x'00' AS BLOB)";
    is_found_and_mended(on_east_4(sql)).await;
}

#[tokio::test]
async fn a_frame_that_is_gone() {
    is_found_and_mended(on_east_4("DELETE FROM frames")).await;
}

#[tokio::test]
async fn a_frame_that_is_another_one() {
    let sql = "UPDATE frames SET (hash, frame) = (SELECT hash, frame FROM frames f \
               WHERE f.stream = frames.stream AND f.seq = 3)";
    is_found_and_mended(on_east_4(sql)).await;
}

#[tokio::test]
async fn a_frame_damaged_before_it_was_projected_holds_up_its_own_stream_only() {
    let (mut network, node, _folder) = hit(on_east_4("UPDATE frames SET frame = x'00'")).await;
    node.tamper("UPDATE streams SET projected = 3 WHERE type = 1 AND seq = 7").await;
    node.tamper("DELETE FROM records WHERE kind = 'person'").await;
    let mut node = node.kill_and_reopen().await;
    node.project().await;
    assert_eq!(node.record(&PERSON, record(7)).await, None);
    let own = node.write(&[yanzhen_sync::memory::Target::Journal], &[person(50, Who::Node, "b")]).await;
    own.unwrap();
    assert_eq!(node.store.damage().await.unwrap().len(), 1);
    assert_eq!(load_and_mend(&mut network, &node).await, [4]);
    node.project().await;
    assert!(node.record(&PERSON, record(7)).await.is_some());
}

#[tokio::test]
async fn the_run_that_holds_a_frame_is_given_whole() {
    let (mut network, mut node, _folder) = node().await;
    for number in 1..=3 {
        from_east(&mut network, &mut node, &[person(number, Who::East, "a")]).await;
    }
    let copies = network.runs_of(Who::East, Who::East.journal());
    let run = node.store.load_run_holding(Who::East.journal(), 2).await.unwrap().unwrap();
    assert_eq!(run.to_wire(), copies[1].to_wire());
    assert_eq!(node.store.load_run_holding(Who::East.journal(), 4).await.unwrap(), None);
}
