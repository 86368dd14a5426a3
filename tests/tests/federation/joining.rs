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
        site.connects();
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
    let early = world.central.json(&["invite", "--unit", COUNTY, "--role", "terminal"]);
    assert!(early["warning"].as_str().unwrap().contains(PREFECTURE), "{early}");
    let direct = world.central.json(&["invite", "--unit", DIRECT, "--role", "terminal"]);
    assert_eq!(direct["warning"], "");
    let _node = world.join("node", PREFECTURE);
    let (code, _) = world.central.refusal(&["invite", "--unit", PREFECTURE, "--role", "node"]);
    assert_eq!(code, 5);
    let invited = world.central.json(&["invite", "--unit", COUNTY, "--role", "terminal"]);
    assert_eq!(invited["parent_unit_name"], "松岭州委老干部局");
    assert_eq!(invited["warning"], "");
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

#[test]
fn of_two_sites_that_join_for_one_unit_at_once_one_gets_in() {
    let world = World::begin();
    let tokens = [world.token("terminal", DIRECT), world.token("terminal", DIRECT)];
    let joining = tokens.iter().zip(["first", "second"]).map(|(token, folder)| {
        let (site, token) = (world.stranger("terminal", folder), token.clone());
        std::thread::spawn(move || site.try_run(&["join", "--token", &token]))
    });
    let joining: Vec<_> = joining.collect();
    let outputs = joining.into_iter().map(|joining| joining.join().unwrap());
    let (won, lost): (Vec<_>, Vec<_>) = outputs.partition(|output| output.status.success());
    assert_eq!((won.len(), lost.len()), (1, 1));
    assert_eq!(lost[0].status.code(), Some(5));
    let why = String::from_utf8_lossy(&lost[0].stderr);
    assert!(why.contains("has a site already"), "{why}");
    assert_eq!(world.central.json(&["sites"])["sites"].as_array().unwrap().len(), 2, "central and the one");
}

#[test]
fn a_token_counts_no_more_once_records_were_entered_for_its_unit() {
    let world = World::begin();
    let token = world.token("terminal", DIRECT);
    let fields = ["编号=K0001", "姓名=王五", "性别=女", "类别=退休"];
    let args = fields.iter().flat_map(|field| ["--set", field]);
    let args: Vec<&str> = ["people", "add", "--unit", DIRECT].into_iter().chain(args).collect();
    world.central.run(&args);
    let (code, error) = world.stranger("terminal", "late").refusal(&["join", "--token", &token]);
    assert_eq!(code, 5);
    assert!(error["error"]["why"].as_str().unwrap().contains("records were entered"), "{error}");
    assert_eq!(world.central.json(&["sites"])["sites"].as_array().unwrap().len(), 1, "central alone");
    assert_eq!(world.central.numbers(DIRECT).len(), 1);
}
