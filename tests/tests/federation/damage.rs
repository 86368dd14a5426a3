//! What a disk gives back that is not what was written to it.

use crate::disk::Disk;
use crate::world::{COUNTY, Site, World, person_number, until};

const FRAMES: u32 = 10;

/// Which of them is hit.
const HIT: u32 = 4;

/// With central stopped ten frames reach the node, whose disk then alters a bit of one of them: first nobody can
/// mend it and it goes nowhere, then the terminal comes back.
fn is_noticed_and_fetched_again(text: &str) {
    let (mut world, mut node, county, _) = World::three_tiers();
    world.central.kill();
    (1..=FRAMES).for_each(|number| county.add(number));
    until("the node has all", || node.numbers(COUNTY).len() == FRAMES as usize);
    node.kill();
    let author = county.folder().1.site;
    Disk::of(&node).flip_bit(author, HIT, text);

    node.line().cut();
    node.start();
    world.central.start();
    until("the node has noticed", || damage(&node).len() == 1);
    let found = damage(&node).remove(0);
    assert_eq!((&found["seq"], &found["repaired_ms"]), (&HIT.into(), &0.into()), "{found}");
    let troubles = node.status()["troubles"].to_string();
    assert!(troubles.contains("damaged"), "{troubles}");
    let stored = Disk::of(&world.central).journal(author);
    assert!(stored.len() < HIT as usize, "{} frames arrived", stored.len());

    node.line().mend();
    let all: Vec<String> = (1..=FRAMES).map(person_number).collect();
    until("central has all", || world.central.numbers(COUNTY) == all);
    let written = Disk::of(&county).journal(author);
    assert_eq!(written.len(), FRAMES as usize);
    for site in [&node, &world.central] {
        assert!(Disk::of(site).journal(author) == written, "not as written at the {}", site.role);
    }
    let repaired = damage(&node);
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert!(repaired[0]["repaired_ms"].as_i64() > Some(0), "{repaired:?}");
    assert!(!repaired[0]["detail"].as_str().unwrap().is_empty(), "{repaired:?}");
    assert!(node.run(&["status"]).contains("damage in"));
    node.settle();
    let central = world.central.status();
    assert_eq!((&central["refused_runs"], &central["damage"]), (&0.into(), &serde_json::json!([])));
}

fn damage(site: &Site) -> Vec<serde_json::Value> {
    site.status()["damage"].as_array().unwrap().clone()
}

#[test]
fn a_bit_flipped_in_a_stored_body_is_noticed_and_the_frame_fetched_again() {
    is_noticed_and_fetched_again(&person_number(HIT));
}

#[test]
fn a_bit_flipped_in_a_stored_header_is_noticed_and_the_frame_fetched_again() {
    is_noticed_and_fetched_again("person");
}
