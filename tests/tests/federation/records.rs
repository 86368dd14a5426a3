//! Records on their way up.

use crate::world::{COUNTY, DIRECT, PREFECTURE, World, until};

const PERSON: [&str; 12] = [
    "people",
    "add",
    "--set",
    "编号=001",
    "--set",
    "姓名=张三",
    "--set",
    "性别=男",
    "--set",
    "类别=退休",
    "--set",
    "出生日期=1950-03-04",
];

#[test]
fn a_record_goes_up_directly_and_through_a_node() {
    let world = World::begin();
    let direct = world.join("terminal", DIRECT);
    let node = world.join("node", PREFECTURE);
    let county = world.join("terminal", COUNTY);
    for site in [&direct, &node, &county] {
        site.run(&PERSON);
    }
    until("central has all three", || world.central.json(&["people", "list", "--subtree"])["total"] == 3);
    until("the node has its own and the county's", || {
        node.json(&["people", "list", "--subtree"])["total"] == 2
    });
    assert_eq!(county.json(&["people", "list"])["total"], 1);
}

#[test]
fn a_parent_does_not_edit_what_is_at_home_below_it() {
    let (world, node, county, _) = World::three_tiers();
    county.run(&PERSON);
    until("the node has it", || node.json(&["people", "list", "--subtree"])["total"] == 1);
    for site in [&node, &world.central] {
        let (code, error) = site.refusal(&["people", "edit", "001", "--unit", COUNTY, "--set", "姓名=李四"]);
        assert_eq!(code, 5, "{error}");
    }
}

#[test]
fn a_roster_goes_in_but_for_its_broken_rows_and_the_second_time_changes_nothing() {
    let world = World::begin();
    let direct = world.join("terminal", DIRECT);
    let table = world.file(
        "people.csv",
        "编号,姓名,性别,出生日期,类别,政治面貌\n\
         1,赵一,男,1948-02-29,退休,中共党员\n\
         2,钱二,女,1948-02-30,退休,群众\n\
         3,,女,1950-01-01,退休,群众\n\
         1,孙三,男,1951-01-01,退休,群众\n\
         4,李四,女,1949-12-31,离休,群众\n",
    );
    let output = direct.try_run(&["--json", "people", "import", &table]);
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(6), "done in part");
    assert_eq!((&done["created"], &done["refused"]), (&2.into(), &3.into()), "{done}");
    let lines: Vec<u64> =
        done["refusals"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5]);
    let refused = std::fs::read_to_string(table.replace(".csv", ".refused.csv")).unwrap();
    assert_eq!(refused.lines().count(), 4, "a header and the three rows");
    let before = direct.status()["frames"].clone();
    let again = direct.try_run(&["--json", "people", "import", &table]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (&again["created"], &again["updated"], &again["unchanged"]),
        (&0.into(), &0.into(), &2.into())
    );
    assert_eq!(direct.status()["frames"], before);
    until("central counts them", || {
        let total = &world.central.json(&["report", "rollup"])["total"];
        (total["people"].as_u64(), total["honoured"].as_u64()) == (Some(2), Some(1))
    });
}

#[test]
fn a_death_leaves_the_roll_up() {
    let world = World::begin();
    let direct = world.join("terminal", DIRECT);
    direct.run(&PERSON);
    until("central counts one", || world.central.json(&["report", "rollup"])["total"]["people"] == 1);
    direct.run(&["people", "close", "001", "--status", "去世", "--on", "2026-01-02"]);
    until("central counts none", || world.central.json(&["report", "rollup"])["total"]["people"] == 0);
}
