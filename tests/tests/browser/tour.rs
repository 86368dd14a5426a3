//! The walk of docs/tour.md, with only the README's commands and the console; it takes the pictures of the book.

use crate::browser::Script;
use crate::camera::Camera;
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD};
use crate::world::{COUNTY, DIRECT, PREFECTURE, World};

#[test]
fn from_nothing_to_the_roll_up_with_only_the_readme_and_the_console() {
    let Some(driver) = Driver::start() else { return };
    let camera = Camera::of_tour();
    let world = World::with_consoles();

    let system = driver.browser(Script::On);
    system.visit(&world.central, "/sign-in");
    camera.take(&system, "01-sign-in");
    let city = Office::begin(&driver, &world.central)
        .has(&[("luo", "罗雨桐", "clerk"), ("zhou", "周建业", "leader")]);
    system.sign_in(&world.central, "system", PASSWORD);
    system.press("账号");
    camera.take(&system, "02-accounts");
    drop(city);

    let node = world.join("node", PREFECTURE);
    let county = world.join("terminal", COUNTY);
    let direct = world.join("terminal", DIRECT);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    Office::begin(&driver, &direct).has(&[("qian", "钱文彬", "clerk")]);

    county.run(&["orgs", "import", &world.file("orgs.csv", include_str!("orgs.csv"))]);
    county.run(&["people", "import", &world.file("people.csv", include_str!("people.csv"))]);
    let wu = driver.browser(Script::On);
    wu.sign_in(&county, "wu", PASSWORD);
    wu.press("老同志名册");
    wu.sees("赵明德");
    camera.take(&wu, "04-roster");
    wu.press("赵明德");
    camera.take(&wu, "05-person");

    let luo = driver.browser(Script::On);
    luo.sign_in(&world.central, "luo", PASSWORD);
    luo.visit(&world.central, "/documents/new");
    luo.fill("标题", "关于做好2027年元旦春节期间走访慰问离退休干部工作的通知");
    luo.fill("正文", "一、普遍走访。离休干部、90 岁以上、失能独居的老同志，由单位负责同志上门看望。");
    luo.tick("需要书面反馈");
    luo.tick("主送 青石县委老干部局");
    luo.tick("主送 市直机关工委");
    camera.take(&luo, "06-compose");
    luo.press("下发");

    wu.visit(&county, "/");
    wu.will_see("元旦春节");
    camera.take(&wu, "08-to-do");
    wu.press("收文办理");
    wu.press("关于做好2027年元旦春节期间走访慰问离退休干部工作的通知");
    wu.press("签收");
    camera.take(&wu, "09-received");
    wu.fill("办理结果", "86 户已全部走访。");
    wu.press("办结");

    luo.will_see("86 户已全部走访。");
    camera.take(&luo, "10-receipts");

    let zhou = driver.browser(Script::On);
    zhou.sign_in(&world.central, "zhou", PASSWORD);
    zhou.visit(&world.central, "/reports");
    zhou.waits("the county's people are counted", || {
        zhou.visit(&world.central, "/reports");
        zhou.has_row("合计 12 ")
    });
    camera.take(&zhou, "11-roll-up");
    let sites = driver.browser(Script::On);
    sites.sign_in(&world.central, "system", PASSWORD);
    sites.press("同步状态");
    camera.take(&sites, "12-sites");
    drop(node);
}
