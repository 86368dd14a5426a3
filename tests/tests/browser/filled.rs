//! An office with something of everything, so that each page has something to show.

use crate::browser::{Browser, Script};
use crate::documents::{Draft, checks, numbers_as, signs_off, writes};
use crate::driver::Driver;
use crate::journeys::sits_down;
use crate::offices::{Office, Person};
use crate::workbooks::sends;
use crate::world::{CITY, DIRECT, PREFECTURE, Site, World, until};

/// Somebody for each role that isn't an administrator; the login name is the role's code.
pub const PEOPLE: [Person; 5] = [
    ("clerk", "罗雨桐", "clerk"),
    ("leader", "周建业", "leader"),
    ("reader", "何静", "reader"),
    ("secretary", "赵明德", "secretary"),
    ("xu", "徐文静", "clerk"),
];

/// The number of the branch whose secretary has an account.
const BRANCH: &str = "Z1";

/// Fills central and a direct unit below it.
pub fn fill(driver: &Driver, world: &World, direct: &Site) {
    records(world);
    documents(world, direct);
    Office::begin(driver, &world.central).has(&PEOPLE);
    Office::begin(driver, direct).has(&PEOPLE[..1]);
    world.token("node", PREFECTURE);
    let clerk = sits_down(driver, Script::Off, &world.central, "clerk");
    staff_and_posts(&clerk, &world.central);
    one_person(&clerk);
    another_person(&clerk);
    sends(&clerk, "老同志名册", "编号,姓名,离退休类别\n1003,孙桂芝,退休\n1004,李长山,在职\n");
    drafts(driver, &clerk, &world.central);
    let security = sits_down(driver, Script::Off, &world.central, "security");
    security.press("角色");
    let row = "//tr[th[normalize-space(.)='secretary']]";
    security.fill_at(&format!("{row}//input[@name='branches']"), BRANCH);
    security.press_at(&format!("{row}//button"));
}

/// A branch and some people.
fn records(world: &World) {
    let orgs = world.file(
        "orgs.csv",
        format!(
            "单位代码,编号,全称,类型,设置方式,届满时间\n{CITY},{BRANCH},第一党支部,党支部,单独,2026-12-31\n"
        ),
    );
    world.central.run(&["orgs", "import", &orgs]);
    let people = world.file(
        "people.csv",
        format!(
            "单位代码,编号,姓名,性别,出生日期,离退休类别,政治面貌,隶属支部编号,入党时间\n\
             {CITY},1001,赵明德,男,1940-03-05,离休,中共党员,{BRANCH},1961-07-01\n\
             {CITY},1002,钱文彬,女,1951-11-30,退休,,,\n"
        ),
    );
    world.central.run(&["people", "import", &people]);
}

/// A document that is answered, and one that waits for its answer.
fn documents(world: &World, direct: &Site) {
    let (body, file) = (world.file("body.md", "请逐户走访。"), world.file("附件.pdf", [7; 3_000]));
    let args =
        ["publish", "--title", "关于走访慰问的通知", "--body", &body, "--attach", &file, "--to", DIRECT];
    let open = world.central.json(&args);
    let document = world.central.json(&[&args[..], &["--needs-reply"]].concat());
    let document = document["id"].as_str().unwrap();
    let receipts = || world.central.json(&["receipts", document]);
    until("it is delivered", || receipts()["delivered"] == 1);
    direct.run(&["sign", document]);
    direct.run(&["reply", document, "--text", "已走访 31 户"]);
    until("it is answered", || receipts()["replied"] == 1);
    let open = open["id"].as_str().unwrap();
    until("another waits for its answer", || world.central.json(&["receipts", open])["delivered"] == 1);
}

fn staff_and_posts(clerk: &Browser, site: &Site) {
    clerk.visit(site, "/staff/new");
    clerk.fill("姓名", "何静");
    clerk.choose("职责", "联络员");
    clerk.press("保存");
    clerk.press("党支部");
    clerk.press("第一党支部");
    clerk.press("支委会");
    clerk.press("登记任职");
    clerk.fill("老同志", "1001");
    clerk.choose("职务", "书记");
    clerk.fill("任职日期", "2025-01-01");
    clerk.press("保存");
}

/// Away, looked after by a community, with a telephone that stays at home.
fn one_person(clerk: &Browser) {
    clerk.press("老同志名册");
    clerk.press("赵明德");
    clerk.press("流动");
    clerk.press("登记流动");
    clerk.fill("离开日期", "2025-10-01");
    clerk.fill("前往县区代码", "990101");
    for (field, text) in [
        ("外地联系人", "赵小明"),
        ("外地联系电话", "13900001111"),
        ("本地联系人", "何静"),
        ("本地联系电话", "0931-8400000"),
    ] {
        clerk.fill(field, text);
    }
    clerk.press("保存");
    clerk.press("社区");
    clerk.press("登记社区报到");
    clerk.fill("社区名称", "石桥社区");
    clerk.fill("本人同意日期", "2025-09-01");
    for (field, text) in [
        ("原单位联系人", "何静"),
        ("原单位联系电话", "0931-8400000"),
        ("社区联系人", "周淑芬"),
        ("社区联系电话", "0931-8400001"),
    ] {
        clerk.fill(field, text);
    }
    clerk.press("保存");
    clerk.press("家庭与联系人");
    clerk.press("修改家庭与联系人");
    clerk.fill("联系电话", "13912345678");
    clerk.press("保存");
}

/// On the way to another unit.
fn another_person(clerk: &Browser) {
    clerk.press("老同志名册");
    clerk.press("钱文彬");
    clerk.press("转出");
    clerk.choose("转入单位", "市直机关工委");
    clerk.press("下一步：核对");
    clerk.press("确认转出");
}

/// One draft is being written, one is to be checked, one is signed off.
fn drafts(driver: &Driver, clerk: &Browser, site: &Site) {
    numbers_as(clerk, site, "云老干");
    for title in ["关于召开座谈会的通知", "关于报送总结的通知"] {
        writes(clerk, &Draft { title, body: "请按时参加。", to: &["市直机关工委"], attachment: None });
    }
    clerk.press("文件通知");
    clerk.press("拟稿");
    clerk.fill("标题", "关于订阅报刊的通知");
    clerk.press("保存草稿");
    let [xu, leader] = ["xu", "leader"].map(|login| sits_down(driver, Script::Off, site, login));
    checks(&xu, site, "关于召开座谈会的通知");
    signs_off(&leader, site, "关于召开座谈会的通知");
}
