//! Cut lines and killed processes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::disk::Disk;
use crate::world::{COUNTY, PREFECTURE, SECOND_COUNTY, Site, World, person_number, until};

#[test]
fn all_three_tiers_work_through_an_outage() {
    let (world, node, county, _) = World::three_tiers();
    world.central.line().cut();
    node.line().cut();
    county.add(1);
    node.add(1);
    until("the county says that something waits", || {
        let status = county.status();
        status["in_sync"] == false && !status["troubles"].as_array().unwrap().is_empty()
    });
    node.line().mend();
    until("the node has it", || node.numbers(COUNTY).len() == 1);
    assert_eq!(world.central.numbers(COUNTY).len(), 0);
    world.central.line().mend();
    until("central has both", || {
        world.central.numbers(COUNTY).len() == 1 && world.central.numbers(PREFECTURE).len() == 1
    });
    county.settle();
}

/// Adds people at a site, one after the other, until it is told to stop.
struct Writing {
    told: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Writing {
    fn begin(site: Site) -> Writing {
        let (told, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<String>>>::default());
        let (stop, list) = (told.clone(), acknowledged.clone());
        let thread = std::thread::spawn(move || {
            for number in (1..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                if site.try_add(number) {
                    list.lock().unwrap().push(person_number(number));
                }
            }
        });
        Writing { told, acknowledged, thread }
    }

    /// Waits until some more were acknowledged than by now.
    fn goes_on(&self) {
        let now = self.acknowledged.lock().unwrap().len();
        until("more is written", || self.acknowledged.lock().unwrap().len() > now + 2);
    }

    /// What was acknowledged in all.
    fn end(self) -> Vec<String> {
        self.told.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        std::mem::take(&mut self.acknowledged.lock().unwrap())
    }
}

#[test]
fn whatever_is_killed_every_acknowledged_record_is_at_central_once() {
    let (mut world, mut node, mut county, _) = World::three_tiers();
    let writing = Writing::begin(county.twin());
    for _ in 0..4 {
        for victim in [&mut world.central, &mut node, &mut county] {
            writing.goes_on();
            victim.kill();
            victim.start();
        }
    }
    writing.goes_on();
    let acknowledged = writing.end();
    county.settle();
    // What was written when its acknowledgement was lost may be there too.
    let written = county.numbers(COUNTY);
    until("central has what the county has", || world.central.numbers(COUNTY) == written);
    let known: BTreeSet<&String> = written.iter().collect();
    assert_eq!(known.len(), written.len(), "none is there twice");
    let lost: Vec<&String> = acknowledged.iter().filter(|number| !known.contains(number)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let author = county.folder().1.site;
    assert!(Disk::of(&world.central).journal(author) == Disk::of(&county).journal(author));
    for site in [&world.central, &node, &county] {
        let status = site.status();
        assert_eq!(
            (&status["quarantined"], &status["refused_runs"]),
            (&0.into(), &0.into()),
            "{}",
            site.role
        );
    }
}

const ATTACHMENT_BYTES: u64 = 20 * 1024 * 1024;

/// Slow enough that the node can be caught in the middle of it.
const THIN_LINE: u64 = 8 * 1024 * 1024;

/// What may pass besides the attachment: chunks that were under way, records, and what TLS adds.
const EXTRA_BYTES: u64 = 1024 * 1024;

#[test]
fn a_node_restarted_in_mid_transfer_fetches_only_the_rest() {
    let (world, mut node, county, _) = World::three_tiers();
    let body = world.file("body.md", "请遵照执行。");
    let file = world.file("附件.bin", incompressible());
    world.central.line().make_thin(THIN_LINE);
    let before = world.central.line().traffic();
    let publish = ["publish", "--title", "通知", "--body", &body, "--attach", &file, "--to", COUNTY];
    let document = world.central.json(&publish)["id"].as_str().unwrap().to_owned();
    for part in [1, 2] {
        until("a part of it has come", || {
            bytes_left(&node).is_some_and(|left| left < ATTACHMENT_BYTES * (3 - part) / 3)
        });
        node.kill();
        node.start();
        assert!(
            bytes_left(&node).is_some_and(|left| 0 < left && left < ATTACHMENT_BYTES),
            "not in mid-transfer"
        );
    }
    world.central.line().make_wide();
    until("it is delivered", || world.central.json(&["receipts", &document])["delivered"] == 1);
    let passed = (world.central.line().traffic() - before).down;
    assert!(passed <= ATTACHMENT_BYTES + EXTRA_BYTES, "{passed} bytes for {ATTACHMENT_BYTES}");
    let saved = world.file("saved", "");
    std::fs::remove_file(&saved).unwrap();
    county.run(&["open", &document, "--save", &saved]);
    let saved = std::fs::read(std::path::Path::new(&saved).join("附件.bin")).unwrap();
    assert!(saved == incompressible(), "the attachment was altered");
}

fn bytes_left(site: &Site) -> Option<u64> {
    site.status()["objects"][0]["bytes_left"].as_u64()
}

/// The same at each run (xorshift).
fn incompressible() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = (0..ATTACHMENT_BYTES / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.collect()
}

#[test]
fn two_copies_of_one_site_are_told_of_at_both_ends_and_harm_nobody() {
    let (world, node, mut county, second) = World::three_tiers();
    county.settle();
    county.kill();
    let mut copy = world.copy_of(&county);
    county.start();
    county.add(1);
    county.settle();
    county.kill();
    // Without its line, as it would be in another place: both write the same frame of one stream.
    node.line().cut();
    copy.start();
    copy.add(2);
    node.line().mend();
    let tells = |site: &Site| {
        let status = site.status();
        let troubles = status["troubles"].as_array().unwrap().clone();
        troubles.into_iter().find(|trouble| trouble["why"].as_str().unwrap().contains("two histories"))
    };
    until("the copy says so", || tells(&copy).is_some());
    until("its node says so", || tells(&node).is_some());
    let trouble = tells(&copy).unwrap();
    assert!(trouble["next_action"].as_str().unwrap().contains("central's administrator"), "{trouble}");
    assert_eq!(copy.status()["in_sync"], false);
    second.add(3);
    until("the others go on", || world.central.numbers(SECOND_COUNTY).len() == 1);
    assert_eq!(world.central.numbers(COUNTY), [person_number(1)], "what came first stays");
}
