//! The head of the bureau: what was entered below is counted on one page, and a document waits for the signature.

use super::sits_down;
use crate::browser::Script;
use crate::documents::{BUREAU, Draft, checks, numbers_as, writes};
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::World;

#[test]
fn the_head_of_the_bureau_reads_what_a_county_has_entered_and_signs_a_document_off() {
    let Some(driver) = Driver::start() else { return };
    let (world, _node, county, _second) = World::with_consoles().and_three_tiers();
    let city = &world.central;
    Office::begin(&driver, city).has(&BUREAU);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);

    for (number, script) in (1..).zip(Script::BOTH) {
        let wu = sits_down(&driver, script, &county, "wu");
        wu.press("老同志名册");
        wu.press("登记老同志");
        wu.fill("编号", &format!("K{number}"));
        wu.fill("姓名", "赵明德");
        wu.fill("出生日期", "1940年2月30日");
        wu.choose("离退休类别", "退休");
        wu.press("保存");
        wu.sees("有几处需要改正");
        assert_eq!(wu.value("姓名"), "赵明德", "what was typed is kept");
        wu.fill("出生日期", "1940年2月28日");
        wu.press("保存");
        wu.sees("1940年2月28日");

        let [luo, xu, zhou] = BUREAU.map(|(login, ..)| sits_down(&driver, script, city, login));
        numbers_as(&luo, city, "云老干");
        let title = format!("关于召开座谈会的通知（{script:?}）");
        let to = &["松岭州委老干部局"];
        writes(&luo, &Draft { title: &title, body: "请按时参加。", to, attachment: None });
        checks(&xu, city, &title);

        zhou.press("一屏总览");
        zhou.will_see(&format!("老同志\n{number}\n"));
        zhou.sees("需要帮助的地方");
        zhou.press("汇总报表");
        zhou.press("松岭州委老干部局");
        assert!(zhou.has_row(&format!("青石县委老干部局 {number} ")), "{}", zhou.text());
        zhou.press("青石县委老干部局");
        zhou.sees("赵明德");
        zhou.sees_no("登记老同志");
        zhou.press("工作台");
        zhou.press(&title);
        zhou.press("签发");
        zhou.sees("待下发");
    }
}
