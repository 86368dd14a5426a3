use std::sync::Arc;

use tempfile::TempDir;
use yanzhen_store::ManualClock;

use super::*;

const START: Millis = 1_790_000_000_000;
const DAY_MS: Millis = 24 * 60 * 60 * 1_000;

struct World {
    audit: Audit,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let db = crate::database::open(&folder.path().join("console.db")).await.unwrap();
    World { audit: Audit::new(db, clock.clone()), clock, folder }
}

fn event(object: &str) -> Event {
    Event {
        actor: "clerk".to_owned(),
        address: "10.0.0.7".to_owned(),
        action: "POST /people/{id}/edit".to_owned(),
        object: object.to_owned(),
        outcome: Outcome::Done,
        code: String::new(),
        note: String::new(),
    }
}

impl World {
    async fn write(&self, objects: usize) {
        for object in 0..objects {
            self.audit.write(event(&object.to_string())).await.unwrap();
        }
    }

    async fn run(&self, sql: &'static str) {
        assert!(sqlx::query(sql).execute(&self.audit.db).await.unwrap().rows_affected() > 0, "{sql}");
    }

    async fn fault(&self) -> Option<Fault> {
        self.audit.verify().await.unwrap().fault
    }
}

#[tokio::test]
async fn entries_are_numbered_without_gaps_and_the_whole_log_verifies() {
    let world = world().await;
    let empty = world.audit.verify().await.unwrap();
    assert_eq!((empty.entries, empty.first, empty.last, empty.fault), (0, 0, 0, None));
    let written =
        futures_util::future::join_all((0..20).map(|n| world.audit.write(event(&n.to_string())))).await;
    let mut seqs: Vec<i64> = written.iter().map(|entry| entry.as_ref().unwrap().seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
    let verdict = world.audit.verify().await.unwrap();
    assert_eq!((verdict.entries, verdict.first, verdict.last, verdict.fault), (20, 1, 20, None));
    let file = verify_file(&world.folder.path().join("console.db")).await.unwrap();
    assert_eq!(file, verdict, "the file says the same while the site runs");
}

#[tokio::test]
async fn the_chain_goes_on_after_a_restart() {
    let world = world().await;
    world.write(3).await;
    world.audit.db.close().await;
    let db = crate::database::open(&world.folder.path().join("console.db")).await.unwrap();
    let audit = Audit::new(db, world.clock.clone());
    assert_eq!(audit.write(event("x")).await.unwrap().seq, 4);
    assert_eq!(audit.verify().await.unwrap().fault, None);
}

/// Each column of an entry, the ends of the chain, a row taken out, put in, the last ones cut off.
#[tokio::test]
async fn whatever_is_changed_afterwards_is_found() {
    for (sql, fault) in [
        ("UPDATE audit SET object = 'y' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET actor = 'clerc' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET address = '10.0.0.8' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET action = 'POST /orgs/{id}/edit' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET outcome = 'refused' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET outcome = 'nothing' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET code = 'X' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET note = 'X' WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", Fault::Altered(3)),
        ("UPDATE audit SET object = 'y' WHERE seq = 5", Fault::Altered(5)),
        ("UPDATE audit SET code = actor, actor = '' WHERE seq = 3", Fault::Altered(3)),
        ("DELETE FROM audit WHERE seq = 3", Fault::Missing(3)),
        ("DELETE FROM audit WHERE seq = 1", Fault::Missing(1)),
        ("DELETE FROM audit WHERE seq >= 4", Fault::Missing(4)),
        ("UPDATE audit_end SET hash = zeroblob(32) WHERE name = 'last'", Fault::Altered(5)),
    ] {
        let world = world().await;
        world.write(5).await;
        assert_eq!(world.fault().await, None);
        world.run(sql).await;
        assert_eq!(world.fault().await, Some(fault), "{sql}");
    }
}

#[tokio::test]
async fn one_flipped_byte_anywhere_in_the_text_of_an_entry_is_found() {
    let world = world().await;
    world.write(2).await;
    let text = b"POST /people/{id}/edit";
    for at in 0..text.len() {
        let mut flipped = text.to_vec();
        flipped[at] ^= 1;
        let flipped = String::from_utf8(flipped).unwrap();
        let set = "UPDATE audit SET action = $1 WHERE seq = 1";
        sqlx::query(set).bind(flipped).execute(&world.audit.db).await.unwrap();
        assert_eq!(world.fault().await, Some(Fault::Altered(1)), "byte {at}");
    }
}

#[tokio::test]
async fn what_is_past_keeping_goes_and_the_rest_still_verifies() {
    let world = world().await;
    world.write(3).await;
    // Half a year of days with entries, whose last is the last on which the first ones are kept.
    world.clock.advance((KEEP_DAYS - 183) * DAY_MS);
    for _ in 0..183 {
        world.clock.advance(DAY_MS);
        world.write(1).await;
    }
    assert_eq!(world.audit.verify().await.unwrap().first, 1, "kept to the last day");
    world.clock.advance(DAY_MS);
    world.write(1).await;
    let verdict = world.audit.verify().await.unwrap();
    assert_eq!((verdict.first, verdict.last, verdict.entries, verdict.fault), (4, 187, 184, None));
    world.run("DELETE FROM audit WHERE seq = 4").await;
    assert_eq!(world.fault().await, Some(Fault::Missing(4)), "what is taken away besides is found");
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_takes_nothing_away() {
    let world = world().await;
    world.write(3).await;
    for _ in 0..3 {
        world.clock.advance(4 * KEEP_DAYS * DAY_MS);
        world.write(2).await;
    }
    let verdict = world.audit.verify().await.unwrap();
    assert_eq!((verdict.first, verdict.last, verdict.fault), (1, 9, None));
}

#[tokio::test]
async fn entries_are_found_by_actor_object_part_outcome_and_time() {
    let world = world().await;
    world.write(2).await;
    world.clock.advance(DAY_MS);
    let odd = Event { actor: "a_b".to_owned(), outcome: Outcome::Refused, ..event("100%") };
    world.audit.write(odd).await.unwrap();
    let found = async |search: Search| {
        let found = world.audit.find(&Search { limit: 10, ..search }).await.unwrap();
        assert_eq!(found.total, found.entries.len() as u64);
        found.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    let all = Search::default;
    assert_eq!(found(all()).await, [3, 2, 1]);
    assert_eq!(found(Search { from_ms: Some(START + 1), ..all() }).await, [3]);
    assert_eq!(found(Search { until_ms: Some(START + 1), ..all() }).await, [2, 1]);
    assert_eq!(found(Search { path: "/people".into(), ..all() }).await, [3, 2, 1]);
    assert_eq!(found(Search { path: "/orgs".into(), ..all() }).await, [0; 0]);
    assert_eq!(found(Search { outcome: Some(Outcome::Refused), ..all() }).await, [3]);
    assert_eq!(found(Search { text: "_".into(), ..all() }).await, [3], "no sign stands for others");
    assert_eq!(found(Search { text: "%".into(), ..all() }).await, [3]);
    let named = Search { text: "王".into(), actors: vec!["clerk".into()], ..all() };
    assert_eq!(found(named).await, [2, 1]);
}

#[tokio::test]
async fn nothing_that_is_typed_makes_an_entry_long() {
    let world = world().await;
    let entry = world.audit.write(event(&"长".repeat(5_000))).await.unwrap();
    assert_eq!(entry.event.object.chars().count(), LONGEST_TEXT);
    assert_eq!(world.fault().await, None);
}
