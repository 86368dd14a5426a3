//! What is entered below is counted above.

use super::sits_down;
use crate::browser::Script;
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::{COUNTY, World};

#[test]
fn what_a_county_enters_is_in_the_figures_that_the_head_of_the_bureau_reads() {
    let Some(driver) = Driver::start() else { return };
    let (world, _node, county, _second) = World::with_consoles().and_three_tiers();
    Office::begin(&driver, &world.central).has(&[("zhou", "周建业", "leader")]);
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

        let zhou = sits_down(&driver, script, &world.central, "zhou");
        zhou.press("汇总报表");
        zhou.waits("the county's person is counted", || {
            zhou.visit(&world.central, &format!("/reports?unit={COUNTY}"));
            zhou.has_row(&format!("合计 {number} "))
        });
        zhou.sees_no("登记老同志");
    }
}
