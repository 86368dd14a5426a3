//! The walk of docs/tour.md, with only the README's commands and the console; it takes the pictures of the book.

use crate::browser::{Browser, Script};
use crate::camera::Camera;
use crate::documents::{BUREAU, Draft, checks, issues, numbers_as, signs_off, writes};
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD};
use crate::world::{DIRECT, PREFECTURE, Site, World, until};

const TITLE: &str = "关于做好2027年元旦春节期间走访慰问离退休干部工作的通知";

#[test]
fn from_nothing_to_the_roll_up_with_only_the_readme_and_the_console() {
    let Some(driver) = Driver::start() else { return };
    let camera = Camera::of_tour();
    let world = World::with_consoles();
    let city = &world.central;

    let office =
        Office::begin_and(&driver, city, |browser| camera.take(browser, "01-first-link")).has(&BUREAU);
    office.browser.sign_in(city, "system", PASSWORD);
    office.browser.press("账号");
    camera.take(&office.browser, "02-accounts");

    let _node = world.join("node", PREFECTURE);
    let security = &office.browser;
    security.sign_in(city, "security", PASSWORD);
    let county = joins(&world, &driver, security, "qingshi", "青石县委老干部局", &camera);
    let direct = world.join("terminal", DIRECT);
    security.visit(city, "/sites");
    camera.take(security, "05-sites");

    county.run(&["orgs", "import", &world.file("orgs.csv", include_str!("orgs.csv"))]);
    county.run(&["people", "import", &world.file("people.csv", include_str!("people.csv"))]);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    let wu = driver.browser(Script::On);
    wu.sign_in(&county, "wu", PASSWORD);
    wu.visit(&county, "/people");
    wu.sees("赵明德");
    camera.take(&wu, "07-roster");
    wu.press("赵明德");
    camera.take(&wu, "08-person");

    let [luo, xu, zhou] = BUREAU.map(|(login, ..)| {
        let browser = driver.browser(Script::On);
        browser.sign_in(city, login, PASSWORD);
        browser
    });
    numbers_as(&luo, city, "云老干");
    let draft = Draft {
        title: TITLE,
        body: "# 一、普遍走访\n离休干部、90 岁以上、失能独居的老同志，由单位负责同志上门看望。\n\
               # 二、如实登记\n走访情况填入附件登记表，12月20日前反馈。",
        to: &["青石县委老干部局", "市直机关工委"],
        attachment: Some(&world.file("走访登记表.csv", "姓名,走访日期,困难和需求\n")),
    };
    writes(&luo, &draft);
    camera.take(&luo, "09-draft");
    checks(&xu, city, TITLE);
    signs_off(&zhou, city, TITLE);
    camera.take(&zhou, "10-sign-off");
    issues(&luo, city, TITLE);

    wu.visit(&county, "/");
    wu.will_see(TITLE);
    camera.take(&wu, "11-to-do");
    wu.press(TITLE);
    wu.will_have_link("走访登记表.csv");
    wu.press("签收");
    camera.take(&wu, "12-received");
    wu.fill("办理结果", "86 户已全部走访。");
    wu.press("办结");
    luo.will_see("86 户已全部走访。");
    camera.take(&luo, "13-receipts");

    zhou.waits("the county's people are counted", || {
        zhou.visit(city, "/reports");
        zhou.has_row("合计 12 ")
    });
    camera.take(&zhou, "14-roll-up");
    drop(direct);
}

/// The security administrator makes a token; a new machine joins with it in its wizard.
fn joins(
    world: &World,
    driver: &Driver,
    security: &Browser,
    folder: &str,
    unit: &str,
    camera: &Camera,
) -> Site {
    security.press("邀请接入");
    security.choose("单位", unit);
    security.press("生成邀请码");
    camera.take(security, "03-invitation");
    let token = security.ask("return document.querySelector('.token').textContent");

    let mut site = world.stranger("terminal", folder);
    site.serve(&["--pulse-seconds", "1"]);
    until("the wizard's link is there", || site.set_up_link().is_some());
    let clerk = driver.browser(Script::Off);
    clerk.go(&site.set_up_link().unwrap());
    clerk.fill("邀请码", token.as_str().unwrap());
    clerk.press("下一步");
    camera.take(&clerk, "04-compare");
    clerk.tick("8 组全部一致，我已与对方通话核对");
    clerk.press("指纹一致，加入");
    clerk.will_see("初次设置");
    site
}
