//! Documents on their way down, and their receipts.

use serde_json::Value;

use crate::disk::Disk;
use crate::world::{
    COUNTY, DIRECT, OTHER_COUNTY, OTHER_PREFECTURE, PREFECTURE, SECOND_COUNTY, Site, World, until,
};

fn publish(world: &World, by: &Site, to: &[&str], attachment: &[u8]) -> String {
    let body = world.file("body.md", "请遵照执行。");
    let file = world.file("附件.bin", attachment);
    let mut args = vec!["publish", "--title", "关于走访慰问的通知", "--body", &body, "--attach", &file];
    args.push("--to");
    args.extend(to);
    by.json(&args)["id"].as_str().unwrap().to_owned()
}

fn inbox(site: &Site) -> Vec<Value> {
    site.json(&["inbox"])["documents"].as_array().unwrap().clone()
}

fn count(by: &Site, document: &str, stage: &str) -> u64 {
    by.json(&["receipts", document])[stage].as_u64().unwrap()
}

#[test]
fn a_document_reaches_the_addressed_and_nobody_else_and_its_receipts_come_back() {
    let (world, node, county, second) = World::three_tiers();
    let document = publish(&world, &world.central, &[PREFECTURE, COUNTY], &[7; 300_000]);
    for site in [&node, &county] {
        until("it is in the inbox", || inbox(site).len() == 1);
    }
    until("both have it on disk", || count(&world.central, &document, "delivered") == 2);
    county.run(&["open", &document]);
    until("one has read it", || count(&world.central, &document, "read") == 1);
    county.run(&["sign", &document]);
    until("one has signed", || count(&world.central, &document, "signed") == 1);
    county.run(&["reply", &document, "--text", "已落实"]);
    until("one has answered", || count(&world.central, &document, "replied") == 1);
    until("the node sees its county's answer", || count(&node, &document, "replied") == 1);
    second.settle();
    assert!(inbox(&second).is_empty());
    let (code, _) = second.refusal(&["open", &document]);
    assert_eq!(code, 5);
}

#[test]
fn a_document_leaves_no_trace_in_another_prefecture() {
    let (world, node, county, second) = World::three_tiers();
    let other_node = world.join("node", OTHER_PREFECTURE);
    let other_county = world.join("terminal", OTHER_COUNTY);
    let document = publish(&world, &world.central, &[COUNTY], &[3; 500_000]);
    until("it is delivered", || count(&world.central, &document, "delivered") == 1);
    county.run(&["reply", &document, "--text", "本县已逐户走访"]);
    until("it is answered", || count(&world.central, &document, "replied") == 1);
    // Whatever is published later reaches the others after it.
    let later = publish(&world, &world.central, &[OTHER_PREFECTURE, OTHER_COUNTY, SECOND_COUNTY], b"x");
    until("the others have the later one", || count(&world.central, &later, "delivered") == 3);
    for site in [&other_node, &other_county, &second] {
        let ids: Vec<Value> = inbox(site).iter().map(|view| view["id"].clone()).collect();
        assert_eq!(ids, [later.as_str()], "{}", site.role);
        assert_eq!(site.refusal(&["receipts", &document]).0, 5);
        assert!(!Disk::of(site).says("本县已逐户走访"), "the answer is at another {}", site.role);
    }
    assert!(Disk::of(&node).says("本县已逐户走访"));
}

#[test]
fn a_document_is_returned_with_a_reason() {
    let world = World::begin();
    let direct = world.join("terminal", DIRECT);
    let document = publish(&world, &world.central, &[DIRECT], b"x");
    until("it is in the inbox", || inbox(&direct).len() == 1);
    direct.run(&["return", &document, "--reason", "附件不清晰"]);
    until("the issuer knows why", || {
        let receipts = world.central.json(&["receipts", &document]);
        receipts["receipts"][0]["return_reason"] == "附件不清晰"
    });
}

#[test]
fn a_document_waits_for_a_unit_that_has_no_site_yet() {
    let world = World::begin();
    let document = publish(&world, &world.central, &[DIRECT], &[1; 100_000]);
    assert_eq!(world.central.json(&["receipts", &document])["receipts"][0]["stage"], "待发");
    let direct = world.join("terminal", DIRECT);
    until("it is in the inbox", || inbox(&direct).len() == 1);
    until("it is delivered", || count(&world.central, &document, "delivered") == 1);
}

/// The county's first mail then holds the registrations of both sites above it and the document, in one run.
#[test]
fn a_document_waits_for_a_county_whose_node_is_there_already() {
    let world = World::begin();
    let _node = world.join("node", PREFECTURE);
    let document = publish(&world, &world.central, &[COUNTY], &[1; 100_000]);
    assert_eq!(world.central.json(&["receipts", &document])["receipts"][0]["stage"], "待发");
    let county = world.join("terminal", COUNTY);
    until("it is in the inbox", || inbox(&county).len() == 1);
    // Signing waits for the attachment, which comes after the record.
    until("it is delivered", || count(&world.central, &document, "delivered") == 1);
    county.run(&["sign", &document]);
    until("it is signed for", || count(&world.central, &document, "signed") == 1);
}

#[test]
fn an_attachment_is_served_by_the_node_while_central_is_down() {
    let (mut world, node, mut county, second) = World::three_tiers();
    county.kill();
    let document = publish(&world, &world.central, &[COUNTY, SECOND_COUNTY], &[9; 2_000_000]);
    until("the node has fetched it for the other county", || {
        inbox(&second).first().is_some_and(|view| view["receipt"]["delivered_ms"].as_i64() > Some(0))
    });
    until("the node keeps the mail for the county that is away", || {
        let troubles = node.status()["troubles"].to_string();
        troubles.contains("waits for 990101")
    });
    world.central.kill();
    county.start();
    until("it is delivered without central", || {
        inbox(&county).first().is_some_and(|view| view["receipt"]["delivered_ms"].as_i64() > Some(0))
    });
    county.run(&["sign", &document]);
    world.central.start();
    until("central learns of it", || count(&world.central, &document, "signed") == 1);
}

#[test]
fn a_document_with_a_secrecy_marking_is_refused() {
    let world = World::begin();
    let body = world.file("body.md", "密级：秘密\n\n内容");
    let (code, _) = world.central.refusal(&["publish", "--title", "通知", "--body", &body, "--to", DIRECT]);
    assert_eq!(code, 5);
}

#[test]
fn branches_of_two_counties_answer_a_document_of_the_city_and_neither_learns_of_the_other() {
    let (world, _node, county, second) = World::three_tiers();
    let add = |site: &Site, number: &str, name: &str| {
        let (number, name) = (format!("编号={number}"), format!("全称={name}"));
        let kind = ["--set", "类型=党支部", "--set", "设置方式=单独"];
        site.run(&[&["orgs", "add", "--set", &number, "--set", &name], &kind[..]].concat());
    };
    add(&county, "东1", "东河退休干部第一党支部");
    add(&second, "西1", "西河退休干部第一党支部");
    until("the city knows both branches", || world.central.json(&["orgs", "list"])["total"] == 2);
    let body = world.file("body.md", "请组织学习。");
    let args = ["publish", "--title", "关于学习的通知", "--body", &body, "--to-branch", "东1", "西1"];
    let document = world.central.json(&args)["id"].as_str().unwrap().to_owned();
    until("it has come to both", || count(&world.central, &document, "delivered") == 2);
    assert!(inbox(&county).is_empty(), "it is not for the unit");
    let came = county.json(&["inbox", "--branches"])["documents"].as_array().unwrap().clone();
    assert_eq!(came[0]["receipt"]["branch"], "东河退休干部第一党支部");
    county.run(&["sign", &document, "--branch", "东1", "--by", "李秀兰"]);
    county.run(&["reply", &document, "--branch", "东1", "--text", "本支部已集中学习"]);
    until("its answer is there", || count(&world.central, &document, "replied") == 1);
    let receipts = world.central.json(&["receipts", &document]);
    let row = |branch: &str| {
        let rows = receipts["receipts"].as_array().unwrap();
        rows.iter().find(|row| row["branch"] == branch).unwrap().clone()
    };
    assert_eq!(row("东河退休干部第一党支部")["signed_proxy"], "李秀兰", "by the office for the branch");
    assert_eq!(row("西河退休干部第一党支部")["stage"], "送达");
    second.run(&["return", &document, "--branch", "西1", "--reason", "本支部另有安排"]);
    until("the return is there", || count(&world.central, &document, "returned") == 1);
    assert!(!Disk::of(&second).says("本支部已集中学习") && !Disk::of(&county).says("本支部另有安排"));
    assert_eq!(second.refusal(&["sign", &document, "--branch", "东1"]).0, 5);
}
