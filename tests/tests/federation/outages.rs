//! Cut lines and killed processes.

use serde_json::Value;

use crate::world::{COUNTY, PREFECTURE, Site, World, until};

fn add(site: &Site, number: u32) {
    let number = format!("编号=K{number:04}");
    site.run(&[
        "people",
        "add",
        "--set",
        &number,
        "--set",
        "姓名=王五",
        "--set",
        "性别=女",
        "--set",
        "类别=退休",
    ]);
}

fn numbers(site: &Site, unit: &str) -> Vec<String> {
    let reply = site.json(&["people", "list", "--unit", unit, "--limit", "500"]);
    let people = reply["people"].as_array().unwrap();
    people.iter().map(|person| person["number"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_three_tiers_work_through_an_outage() {
    let (world, node, county, _) = World::three_tiers();
    world.central.line().cut();
    node.line().cut();
    add(&county, 1);
    add(&node, 1);
    until("the county says that something waits", || {
        let status = county.status();
        status["in_sync"] == false && !status["troubles"].as_array().unwrap().is_empty()
    });
    node.line().mend();
    until("the node has it", || numbers(&node, COUNTY).len() == 1);
    assert_eq!(numbers(&world.central, COUNTY).len(), 0);
    world.central.line().mend();
    until("central has both", || {
        numbers(&world.central, COUNTY).len() == 1 && numbers(&world.central, PREFECTURE).len() == 1
    });
    county.settle();
}

#[test]
fn whatever_is_killed_every_acknowledged_record_is_at_central_once() {
    let (mut world, mut node, mut county, _) = World::three_tiers();
    let mut acknowledged = Vec::new();
    for round in 0..9 {
        for number in 0..3 {
            let number = round * 10 + number;
            add(&county, number);
            acknowledged.push(format!("K{number:04}"));
        }
        let victim =
            [&mut world.central, &mut node, &mut county].into_iter().nth(round as usize % 3).unwrap();
        victim.kill();
        victim.start();
    }
    until("central has them all", || numbers(&world.central, COUNTY).len() == acknowledged.len());
    assert_eq!(numbers(&world.central, COUNTY), acknowledged);
    let streams = |status: Value| status["quarantined"].as_u64();
    assert_eq!(streams(world.central.status()), Some(0));
}
