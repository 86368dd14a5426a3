//! Records that a site's software can't read.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use sqlx::AnyConnection;
use yanzhen_bureau::BureauProjection;
use yanzhen_store::{Edit, Expected, Projection, ProjectionError, RecordChange, Target, Write};
use yanzhen_sync::{Kind, RecordId};

use crate::disk::Disk;
use crate::inside::Inside;
use crate::raw::store_of;
use crate::world::{COUNTY, DIRECT, RUNTIME, Site, World, person_number, until};

const FUTURE: &str = "future_kind";
const WORDS: &[u8] = b"\x0a\x05words\xff of software that comes later";

/// Writes a record of a kind that nobody knows into the journal of a stopped site.
fn write_future_record(site: &Site) {
    let (_, record) = site.folder();
    let edit = Edit::upsert(
        Kind::parse(FUTURE).unwrap(),
        RecordId::new([7; 16]),
        record.unit,
        Bytes::from_static(WORDS),
        Expected::New,
    );
    let store = store_of(site);
    RUNTIME.block_on(async {
        store.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await.unwrap();
        store.close().await;
    });
}

#[test]
fn a_kind_that_nobody_knows_is_relayed_and_kept_as_it_is() {
    let (world, node, mut county, _) = World::three_tiers();
    county.add(1);
    county.settle();
    county.kill();
    write_future_record(&county);
    county.start();
    county.add(2);
    until("what follows it arrives", || world.central.numbers(COUNTY).len() == 2);
    county.settle();
    let author = county.folder().1.site;
    let written = Disk::of(&county).journal(author);
    assert_eq!(written.len(), 3);
    for site in [&county, &node, &world.central] {
        let mut disk = Disk::of(site);
        assert!(disk.journal(author) == written, "the {} has other frames", site.role);
        assert_eq!(disk.bodies(FUTURE), [WORDS], "{}", site.role);
        assert_eq!(site.status()["quarantined"], 0, "{}", site.role);
    }
}

/// The bureau's tables, by software that panics at one person.
struct Defective(BureauProjection);

const PANICS_AT: u32 = 2;

type Later<'a> = Pin<Box<dyn Future<Output = Result<(), ProjectionError>> + Send + 'a>>;

impl Projection for Defective {
    fn version(&self) -> i64 {
        self.0.version()
    }

    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> Later<'a> {
        self.0.migrate(db)
    }

    fn apply<'a>(&'a self, db: &'a mut AnyConnection, changes: &'a [RecordChange]) -> Later<'a> {
        let number = person_number(PANICS_AT);
        let is_it = |change: &RecordChange| match change {
            RecordChange::Set(record) => record
                .body
                .as_ref()
                .is_some_and(|body| body.windows(number.len()).any(|bytes| bytes == number.as_bytes())),
            RecordChange::Removed { .. } => false,
        };
        assert!(!changes.iter().any(is_it), "a defect of this version");
        self.0.apply(db, changes)
    }

    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> Later<'a> {
        self.0.clear(db)
    }
}

#[test]
fn a_panic_in_projection_sets_one_record_aside_until_the_software_is_mended() {
    let mut world = World::begin();
    let direct = world.join("terminal", DIRECT);
    world.central.kill();
    let projection = Arc::new(Defective(BureauProjection));
    let defective = Inside::run(&world.central, projection, async |listener, start| {
        yanzhen_central::start(listener, start).await.unwrap()
    });
    (1..=3).for_each(|number| direct.add(number));
    direct.settle();
    until("the rest goes on", || world.central.numbers(DIRECT) == [1, 3].map(person_number));
    let listed = world.central.json(&["quarantine", "list"]);
    let entries = listed["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{listed}");
    assert_eq!((&entries[0]["kind"], &entries[0]["unit_code"]), (&"person".into(), &DIRECT.into()));
    assert!(!entries[0]["reason"].as_str().unwrap().is_empty(), "{listed}");
    assert_eq!(world.central.status()["quarantined"], 1);
    let again = world.central.try_run(&["quarantine", "retry"]);
    assert_eq!(again.status.code(), Some(6), "it is set aside again");
    defective.stop();

    world.central.start();
    world.central.json(&["quarantine", "retry"]);
    until("the record is taken in", || world.central.numbers(DIRECT) == [1, 2, 3].map(person_number));
    assert_eq!(world.central.status()["quarantined"], 0);
}
