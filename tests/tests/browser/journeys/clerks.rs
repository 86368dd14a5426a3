//! Clerks of a county and of a unit directly under the city: a small office, an old machine, a line that goes down.

use super::sits_down;
use crate::browser::{Browser, Script};
use crate::documents::{BUREAU, Draft, Drafters};
use crate::driver::Driver;
use crate::offices::Office;
use crate::workbooks::{ORGS, PEOPLE, confirms, sends, sends_mended};
use crate::world::{COUNTY, DIRECT, Site, World};

#[test]
fn a_county_clerk_signs_answers_and_imports_the_roster_also_with_the_line_cut() {
    let Some(driver) = Driver::start() else { return };
    let (world, node, county, _second) = World::with_consoles().and_three_tiers();
    days_pass(&driver, &world, &county, &node, ("青石县委老干部局", COUNTY));
}

#[test]
fn the_clerk_of_a_direct_unit_does_the_same_attached_to_central() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let direct = world.join("terminal", DIRECT);
    days_pass(&driver, &world, &direct, &world.central, ("市直机关工委", DIRECT));
}

/// A day without script and a day with it, at a unit of this name and code, below this site.
fn days_pass(driver: &Driver, world: &World, site: &Site, above: &Site, (unit, code): (&str, &str)) {
    Office::begin(driver, &world.central).has(&BUREAU);
    Office::begin(driver, site).has(&[("wu", "吴守田", "clerk")]);
    let attachment = world.file("走访登记表.csv", "姓名,走访日期\n".repeat(20_000));
    for (day, script) in (1..).zip(Script::BOTH) {
        let bureau = Drafters::sit_down(driver, script, &world.central, &BUREAU, "云老干");
        let title = format!("关于做好冬季走访慰问工作的通知（{script:?}）");
        let body = "请逐户走访，12月20日前反馈。";
        bureau.send(&Draft { title: &title, body, to: &[unit], attachment: Some(&attachment) });

        let wu = sits_down(driver, script, site, "wu");
        wu.will_see(&title);
        wu.press(&title);
        wu.will_have_link("走访登记表.csv");

        above.line().cut();
        wu.press("签收");
        wu.fill("办理结果", "86 户已走访 31 户。");
        wu.press("办结");
        wu.sees("86 户已走访 31 户。");
        imports_a_roster(&wu, day);
        wu.will_see("待上行");
        let luo = &bureau.clerk;
        luo.go(&luo.url());
        luo.sees_no("86 户已走访");
        luo.fill("催办内容", "请抓紧反馈。");
        luo.press("发送催办");

        above.line().mend();
        luo.will_see("86 户已走访 31 户。");
        wu.press("收文办理");
        wu.press("全部收文");
        wu.press(&title);
        wu.will_see("请抓紧反馈。");
        let zhou = &bureau.leader;
        zhou.waits("the people are counted", || {
            zhou.visit(&world.central, &format!("/reports?unit={code}"));
            zhou.has_row(&format!("合计 {} ", 12 * day))
        });
    }
}

/// Two branches and twelve people by their workbooks; two of the rows are refused and mended.
fn imports_a_roster(clerk: &Browser, day: u32) {
    let branch = |rows: &str| rows.replace('Z', &format!("Z{day}")).replace("第", &format!("{day}区第"));
    sends(clerk, "党支部", &branch(ORGS));
    confirms(clerk);
    let people = branch(PEOPLE).replace("\n1", &format!("\n{day}"));
    sends(
        clerk,
        "老同志名册",
        &people.replace("周淑芬,退休", "周淑芬,在职").replace("1948-08-17", "1948-08-37"),
    );
    clerk.sees("离退休类别“在职”");
    confirms(clerk);
    clerk.press("老同志名册");
    clerk.sees("赵明德");
    assert!(!clerk.has_row(&format!("{day}005 ")), "{}", clerk.text());
    clerk.press("批量导入");
    clerk.press("导入老同志.xlsx");
    sends_mended(clerk, &[("在职", "退休"), ("1948-08-37", "1948-08-17")]);
    clerk.sees_no("退回的原因");
    confirms(clerk);
    clerk.press("老同志名册");
    assert!(clerk.has_row(&format!("{day}005 周淑芬 ")), "{}", clerk.text());
}
