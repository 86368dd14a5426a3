//! A person moves from one county to another.

use super::sits_down;
use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::{Site, World};

#[test]
fn a_person_is_released_by_one_county_and_taken_by_another_and_is_never_in_both() {
    let Some(driver) = Driver::start() else { return };
    let (_world, node, county, second) = World::with_consoles().and_three_tiers();
    Office::begin(&driver, &node).has(&[("he", "何静", "reader")]);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    Office::begin(&driver, &second).has(&[("pan", "潘秀华", "clerk")]);

    for (name, script) in ["赵明德", "孙桂芝"].into_iter().zip(Script::BOTH) {
        county.run(&[
            "people",
            "add",
            "--set",
            &format!("编号={name}"),
            "--set",
            &format!("姓名={name}"),
            "--set",
            "类别=退休",
        ]);
        let wu = sits_down(&driver, script, &county, "wu");
        wu.press("老同志名册");
        wu.press(name);
        wu.press("转出");
        wu.choose("转入单位", "白桦县委老干部局");
        wu.fill("介绍信编号", "云老干介 12 号");
        wu.press("下一步：核对");
        wu.sees("白桦县委老干部局");
        wu.press("确认转出");
        wu.sees("待接收");

        let pan = sits_down(&driver, script, &second, "pan");
        pan.will_see("等待接收");
        finds(&wu, &county, name, "青石县委老干部局");
        pan.press("组织关系转接");
        pan.press(name);
        pan.sees("云老干介 12 号");
        pan.press("接收");
        finds(&pan, &second, name, "白桦县委老干部局");
        let he = sits_down(&driver, script, &node, "he");
        finds(&he, &node, name, "白桦县委老干部局");
        wu.waits("the person has gone", || {
            wu.visit(&county, "/people");
            !wu.text().contains(name)
        });
    }
}

/// Says that the roster will have the person once, in this unit.
fn finds(clerk: &Browser, site: &Site, name: &str, unit: &str) {
    clerk.waits(unit, || {
        clerk.visit(site, "/people");
        let rows = clerk.rows();
        let rows: Vec<&String> = rows.iter().filter(|row| row.contains(name)).collect();
        assert!(rows.len() < 2, "{rows:?}");
        rows.first().is_some_and(|row| row.contains(unit))
    });
}
