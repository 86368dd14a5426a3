//! Who gets in, and who does not.

use crate::world::{COUNTY, DIRECT, PREFECTURE, World, until};

#[test]
fn a_token_joins_a_node_and_through_it_a_terminal() {
    let (world, node, county, _) = World::three_tiers();
    until("central sees all sites complete", || {
        let sites = world.central.json(&["sites"]);
        let sites = sites["sites"].as_array().unwrap();
        sites.len() == 4 && sites.iter().all(|site| site["complete"] == true)
    });
    for site in [&node, &county] {
        until("the line is up", || site.status()["links"][0]["state"] == "connected");
    }
}

#[test]
fn the_same_token_on_the_same_folder_may_be_repeated_and_on_another_is_refused() {
    let world = World::begin();
    let token = world.token("terminal", DIRECT);
    let first = world.stranger("terminal", "first");
    first.run(&["join", "--token", &token]);
    // As if the answer had been lost: the keys are there, the record of joining is not.
    std::fs::remove_file(first.data.join("network.pb")).unwrap();
    first.run(&["join", "--token", &token]);
    let second = world.stranger("terminal", "second");
    let (code, error) = second.refusal(&["join", "--token", &token]);
    assert_eq!(code, 5);
    assert!(error["error"]["why"].as_str().unwrap().contains("another machine"), "{error}");
}

#[test]
fn an_expired_token_is_refused() {
    let world = World::begin();
    let invited = world.central.json(&["invite", "--unit", DIRECT, "--role", "terminal", "--ttl", "1s"]);
    std::thread::sleep(std::time::Duration::from_millis(1_100)); // The only way to see a clock pass by.
    let site = world.stranger("terminal", "late");
    let (code, error) = site.refusal(&["join", "--token", invited["token"].as_str().unwrap()]);
    assert_eq!(code, 5);
    assert!(error["error"]["why"].as_str().unwrap().contains("expired"), "{error}");
}

#[test]
fn a_token_for_another_role_or_a_mistyped_one_is_refused_before_anything_is_dialled() {
    let world = World::begin();
    let token = world.token("node", PREFECTURE);
    let site = world.stranger("terminal", "wrong");
    let (code, error) = site.refusal(&["join", "--token", &token]);
    assert_eq!(code, 5);
    assert!(error["error"]["next"].as_str().unwrap().contains("yanzhen-node"), "{error}");
    let mut mistyped = token.clone();
    let swapped = if mistyped.remove(40) == 'A' { 'B' } else { 'A' };
    mistyped.insert(40, swapped);
    let (code, _) = world.stranger("node", "typo").refusal(&["join", "--token", &mistyped]);
    assert_eq!(code, 5);
}

#[test]
fn a_unit_has_one_site_and_a_county_waits_for_its_prefectures_node() {
    let world = World::begin();
    let (_, error) = world.central.refusal(&["invite", "--unit", "123456", "--role", "terminal"]);
    assert!(error["error"]["what"].as_str().unwrap().contains("123456"), "{error}");
    let _node = world.join("node", PREFECTURE);
    let (code, _) = world.central.refusal(&["invite", "--unit", PREFECTURE, "--role", "node"]);
    assert_eq!(code, 5);
    let invited = world.central.json(&["invite", "--unit", COUNTY, "--role", "terminal"]);
    assert_eq!(invited["parent_unit_name"], "松岭州委老干部局");
}

#[test]
fn a_second_start_on_one_folder_is_refused() {
    let world = World::begin();
    let (code, error) = world.central.refusal(&["serve"]);
    assert_eq!(code, 5);
    assert!(error["error"]["what"].as_str().unwrap().contains("in use"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_site_stops_cleanly_on_sigterm_and_commands_say_that_it_is_not_running() {
    let mut world = World::begin();
    assert_eq!(world.central.stop(), Some(0));
    let (code, error) = world.central.refusal(&["status"]);
    assert_eq!(code, 3);
    assert!(error["error"]["next"].as_str().unwrap().contains("serve"), "{error}");
}
