//! A site that joins through its browser, and how each site stands as central sees it from afar.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

use crate::world::{COUNTY, DIRECT, Site, World, until};

/// What a browser gets: the status and the whole answer.
fn ask(address: SocketAddr, method: &str, path: &str, form: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = form.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status in {answer:?}")), answer)
}

/// The path of the link in the data folder.
fn link(site: &Site) -> Option<String> {
    let text = std::fs::read_to_string(site.data.join("console-set-up.txt")).ok()?;
    let (_, path) = text.trim().split_once("//")?.1.split_once('/')?;
    Some(format!("/{path}"))
}

#[test]
fn a_site_that_has_not_joined_serves_the_wizard_and_runs_on_once_it_has() {
    let world = World::begin();
    let mut site = world.stranger("terminal", "new");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    site.serve(&["--console-listen", &address.to_string()]);
    until("the wizard's link is written", || link(&site).is_some());
    let wizard = link(&site).unwrap();
    assert!(wizard.starts_with("/join/"), "{wizard}");
    assert_eq!(ask(address, "GET", "/", "").0, 404, "nothing is shown without the link");

    let bad = ask(address, "POST", &format!("{wizard}/token"), "token=yz1.nonsense");
    assert_eq!(bad.0, 303);
    assert!(ask(address, "GET", &wizard, "").1.contains("JOIN-2001"));
    let token = world.token("terminal", DIRECT);
    ask(address, "POST", &format!("{wizard}/token"), &format!("token={token}"));
    let compare = ask(address, "GET", &wizard, "").1;
    assert!(
        compare.contains("市直机关工委") && compare.contains(&world.central.line().address().to_string())
    );
    ask(address, "POST", &format!("{wizard}/agree"), "agreed=1");
    until("the same link leads on to the first accounts", || {
        let (status, answer) = ask(address, "GET", &wizard, "");
        status == 303 && answer.contains("/set-up/")
    });
    until("the site runs and is in sync", || {
        site.try_run(&["status"]).status.success() && site.status()["in_sync"] == true
    });
    assert!(ask(address, "GET", &link(&site).unwrap(), "").1.contains("system_login"));
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
