//! A site that joins through its browser, and how each site stands as central sees it from afar.

use std::net::TcpListener;

use serde_json::Value;

use crate::forms::{Browser, path_of};
use crate::world::{COUNTY, DIRECT, World, until};

#[test]
fn a_site_that_has_not_joined_serves_the_wizard_and_runs_on_once_it_has() {
    let world = World::begin();
    let mut site = world.stranger("terminal", "new");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    site.serve(&["--console-listen", &address.to_string()]);
    let link = || site.set_up_link().map(|link| path_of(&link));
    until("the wizard's link is written", || link().is_some());
    let wizard = link().unwrap();
    assert!(wizard.starts_with("/join/"), "{wizard}");
    let mut browser = Browser::at(address);
    assert_eq!(browser.get("/").status, 404, "nothing is shown without the link");

    let bad = browser.ask("POST", &format!("{wizard}/token"), "token=yz1.nonsense");
    assert_eq!(bad.status, 303);
    assert!(browser.get(&wizard).html.contains("JOIN-2001"));
    let token = world.token("terminal", DIRECT);
    browser.ask("POST", &format!("{wizard}/token"), &format!("token={token}"));
    let compare = browser.get(&wizard).html;
    assert!(
        compare.contains("市直机关工委") && compare.contains(&world.central.line().address().to_string())
    );
    browser.ask("POST", &format!("{wizard}/agree"), "agreed=1");
    until("the same link leads on to the first accounts", || {
        browser.get(&wizard).location.is_some_and(|location| location.contains("/set-up/"))
    });
    until("the site runs and is in sync", || {
        site.try_run(&["status"]).status.success() && site.status()["in_sync"] == true
    });
    assert!(browser.get(&link().unwrap()).html.contains("system_login"));
}

fn standing(world: &World, unit: &str) -> Value {
    let sites = world.central.json(&["sites"]);
    let sites = sites["sites"].as_array().unwrap();
    sites.iter().find(|site| site["unit_code"] == unit).unwrap().clone()
}

#[test]
fn mail_that_lies_on_the_way_is_counted_at_central_until_the_county_says_that_it_has_come() {
    let (world, _node, mut county, _) = World::three_tiers();
    let frames_down = || standing(&world, COUNTY)["frames_down"].as_u64().unwrap();
    until("all mail so far has come", || frames_down() == 0);
    county.kill();
    let body = world.file("body.md", "请遵照执行。");
    world.central.run(&["publish", "--title", "通知", "--body", &body, "--to", COUNTY]);
    until("central knows of the mail", || frames_down() > 0);
    assert!(standing(&world, COUNTY)["waiting_since_ms"].as_i64().unwrap() > 0);
    county.start();
    until("the county has said that it has come", || frames_down() == 0);
    assert_eq!(standing(&world, COUNTY)["waiting_since_ms"], 0);
}

#[test]
fn the_doctor_tells_a_cut_line_with_what_to_do() {
    let world = World::begin();
    let county = world.join("terminal", DIRECT);
    county.connects();
    let parent = || {
        let reply: Value = serde_json::from_slice(&county.try_run(&["--json", "doctor"]).stdout).unwrap();
        let checks = reply["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["kind"] == 7).unwrap()
    };
    assert_eq!(parent()["grade"], 1, "good while it is connected");
    world.central.line().cut();
    until("the cut is noticed", || parent()["grade"] != 1);
    assert!(!parent()["trouble"]["next_action"].as_str().unwrap().is_empty());
}
