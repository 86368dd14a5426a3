//! The walk of docs/tour.md, with only the README's commands and the console; it takes the pictures of the book.

use crate::browser::{Browser, Script};
use crate::camera::Camera;
use crate::documents::{BUREAU, Draft, checks, issues, numbers_as, signs_off, writes};
use crate::driver::Driver;
use crate::journeys::sits_down;
use crate::offices::{Office, PASSWORD};
use crate::workbooks::{ORGS, PEOPLE, confirms, sends, sends_mended};
use crate::world::{PREFECTURE, Site, World, until};

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

    let security = &office.browser;
    security.sign_in(city, "security", PASSWORD);
    let token = invites(security, "松岭州委老干部局", "市州节点");
    camera.take(security, "03-invitation");
    let _node = world.join_with("node", PREFECTURE, &token);
    let token = invites(security, "青石县委老干部局", "县区、市直终端");
    let county = joins(&world, &driver, "qingshi", &token, |clerk| camera.take(clerk, "04-compare"));
    let token = invites(security, "市直机关工委", "县区、市直终端");
    let direct = joins(&world, &driver, "gongwei", &token, |_| ());
    security.press("站点总览");
    camera.take(security, "05-sites");

    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    Office::begin(&driver, &direct).has(&[("qian", "钱文彬", "clerk")]);
    let wu = sits_down(&driver, Script::On, &county, "wu");
    sends(&wu, "党支部", ORGS);
    confirms(&wu);
    let roster = PEOPLE.replace("周淑芬,退休", "周淑芬,在职").replace("1948-08-17", "1948-08-37");
    sends(&wu, "老同志名册", &roster);
    wu.sees("离退休类别“在职”");
    wu.sees("1948-08-37");
    camera.take(&wu, "06-import");
    confirms(&wu);
    sends_mended(&wu, &[("在职", "退休"), ("1948-08-37", "1948-08-17")]);
    wu.sees_no("退回的原因");
    confirms(&wu);
    wu.press("老同志名册");
    wu.sees("周淑芬");
    camera.take(&wu, "07-roster");
    wu.press("赵明德");
    camera.take(&wu, "08-person");

    let [luo, xu, zhou] = BUREAU.map(|(login, ..)| sits_down(&driver, Script::On, city, login));
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
    let qian = sits_down(&driver, Script::On, &direct, "qian");
    qian.will_see(TITLE);
    qian.press(TITLE);
    qian.press("签收");
    luo.will_see("86 户已全部走访。");
    camera.take(&luo, "13-receipts");

    zhou.waits("the county's people are counted", || {
        zhou.visit(city, "/reports");
        zhou.has_row("合计 12 ")
    });
    camera.take(&zhou, "14-roll-up");
}

/// The security administrator makes a token for a unit.
fn invites(security: &Browser, unit: &str, tier: &str) -> String {
    security.press("邀请接入");
    security.choose("单位", unit);
    security.choose("类型", tier);
    security.press("生成邀请码");
    security.ask("return document.querySelector('.token').textContent").as_str().unwrap().to_owned()
}

/// A new machine joins in its wizard; somebody looks at the fingerprint.
fn joins(world: &World, driver: &Driver, folder: &str, token: &str, look: impl Fn(&Browser)) -> Site {
    let mut site = world.stranger("terminal", folder);
    site.serve(&["--pulse-seconds", "1"]);
    until("the wizard's link is there", || site.set_up_link().is_some());
    let clerk = driver.browser(Script::Off);
    clerk.go(&site.set_up_link().unwrap());
    clerk.fill("邀请码", token);
    clerk.press("下一步");
    look(&clerk);
    clerk.tick("8 组全部一致，我已与对方通话核对");
    clerk.press("指纹一致，加入");
    clerk.will_see("初次设置");
    site
}
