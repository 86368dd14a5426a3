//! Random work, cuts and erasures in random order of arrival: SQLite agrees with the reference replica.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::memory::Target;
use yanzhen_sync::{Body, Change, Head, Run, StreamHead};

use crate::backend::{Backend, Memory, Shown, Sqlite};
use crate::network::{Network, PERSON, Who, erasure, genesis, link, person, record};

/// Enough to meet each pair of steps in both orders; STORE_SEEDS asks for more.
const SEEDS: u64 = 40;

const PERSONS: u32 = 6;

#[tokio::test]
async fn both_back_ends_agree_after_any_work_in_any_order() {
    let seeds = std::env::var("STORE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let (mut set_aside, mut erased) = (0, 0);
    for seed in 0..seeds {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut network = Network::new();
        work(&mut rng, &mut network);
        let (some, more) = agree(seed, &mut rng, &mut network).await;
        set_aside += some;
        erased += more;
    }
    assert!(set_aside > 0 && erased > 0, "the work was too tame: {set_aside}, {erased}");
}

/// East's unit moves to West at some time; West erases persons of its own unit now and then.
fn work(rng: &mut StdRng, network: &mut Network) {
    let moves_at = rng.random_range(5..25);
    for step in 0..30 {
        if step == moves_at {
            let full = network.replica(Who::East).head(Who::East.journal());
            let cuts = if full.head.seq == 0 { Vec::new() } else { vec![cut(rng, network, full)] };
            network.move_unit(Who::East, Who::West, cuts);
        }
        let who = *[Who::East, Who::West].choose(rng).unwrap();
        let unit = *[Who::East, Who::West].choose(rng).unwrap();
        let home = network.replica(who).directory().home(unit.unit()).map(|home| home.site);
        if home == Some(who.id()) {
            let number = rng.random_range(0..PERSONS) + 100 * unit as u32;
            let edit = if unit == Who::West && rng.random_ratio(1, 5) {
                erasure(number, unit)
            } else {
                person(number, unit, &format!("step {step}"))
            };
            network.write(who, &[Target::Journal], &[edit]);
        }
        if rng.random_ratio(1, 6) {
            network.exchange();
        }
    }
    network.exchange();
}

/// What of East's journal is to count.
fn cut(rng: &mut StdRng, network: &mut Network, full: StreamHead) -> StreamHead {
    let seq = rng.random_range(1..=full.head.seq);
    let frame = network.replica(Who::East).frame(&full.stream, seq).unwrap();
    StreamHead { stream: full.stream, head: Head { seq, hash: frame.hash() } }
}

/// Feeds the same runs in the same order to both, and compares.
async fn agree(seed: u64, rng: &mut StdRng, network: &mut Network) -> (u64, u64) {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut memory = Memory::open(Who::Node, one.path()).await;
    let mut sqlite = Sqlite::open(Who::Node, two.path()).await;
    // The reference replica begins with the genesis run.
    sqlite.ingest(link(Who::Node), Direction::Down, &genesis()).await.unwrap();
    let mut coming: Vec<(Link, Direction, Vec<Run>)> = vec![
        (link(Who::Node), Direction::Down, network.runs(Who::Central)),
        (link(Who::East), Direction::Up, network.runs_of(Who::East, Who::East.journal())),
        (link(Who::West), Direction::Up, network.runs_of(Who::West, Who::West.journal())),
    ];
    let mut idle = 0;
    while idle < 60 {
        let (link, direction, runs) = coming.choose(rng).unwrap();
        let Some(run) = runs.choose(rng) else { continue };
        let before = sqlite.heads().await.get(&run.stream()).copied();
        let a = memory.ingest(*link, *direction, run).await;
        let b = sqlite.ingest(*link, *direction, run).await;
        assert_eq!(a, b, "seed {seed}");
        let moved = b.as_ref().is_ok_and(|own| before != Some(own.head));
        idle = if moved { 0 } else { idle + 1 };
        if idle == 0 && rng.random_ratio(1, 3) {
            memory.project().await;
            sqlite.project().await;
        }
        if rng.random_ratio(1, 60) {
            sqlite = sqlite.kill_and_reopen().await;
        }
        coming.iter_mut().for_each(|(.., runs)| drop_stored(runs, &b));
    }
    memory.project().await;
    sqlite.project().await;
    compare(seed, &memory, &sqlite).await
}

/// What was stored seldom comes again.
fn drop_stored(runs: &mut Vec<Run>, stored: &Result<StreamHead, yanzhen_sync::authority::Refusal>) {
    if let Ok(head) = stored
        && runs.len() > 1
    {
        runs.retain(|run| run.stream_head() != *head);
    }
}

/// Tells how many entries are set aside and how many bodies were erased.
async fn compare(seed: u64, memory: &Memory, sqlite: &Sqlite) -> (u64, u64) {
    let (mut a, b) = (memory.heads().await, sqlite.heads().await);
    a.retain(|stream, _| b.contains_key(stream));
    assert_eq!(a, b, "seed {seed}");
    for number in (0..PERSONS).flat_map(|n| [Who::East, Who::West].map(|unit| n + 100 * unit as u32)) {
        // An entry whose body was erased ahead of the erase entry is no state to show; the reference keeps it.
        let readable = |shown: &Shown| shown.body.is_some() || shown.change == Change::Erase;
        let expected = memory.record(&PERSON, record(number)).await.filter(readable);
        let found = sqlite.record(&PERSON, record(number)).await;
        assert_eq!(expected, found, "seed {seed}, person {number}");
    }
    assert_eq!(memory.quarantine().await, sqlite.quarantine().await, "seed {seed}");
    let mut erased = 0;
    for stream in [Who::East.journal(), Who::West.journal()] {
        let mut after = 0;
        loop {
            let a = memory.load_run(stream, after).await.unwrap();
            let b = sqlite.load_run(stream, after).await.unwrap();
            let (Some(a), Some(b)) = (&a, &b) else {
                assert_eq!(a.is_none(), b.is_none(), "seed {seed}");
                break;
            };
            assert_eq!(a.frames(), b.frames(), "seed {seed}");
            let bodies = b.frames().iter().flat_map(|frame| frame.bodies());
            erased += bodies.filter(|body| **body == Body::Erased).count() as u64;
            after = a.stream_head().head.seq;
        }
    }
    (sqlite.quarantine().await.len() as u64, erased)
}
