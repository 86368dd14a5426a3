//! Documents: down three tiers and back, over a line that is cut, and what a direct unit can't do.

use super::sits_down;
use crate::browser::Script;
use crate::documents::{BUREAU, Draft, goes_out, numbers_as};
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::{DIRECT, World};

#[test]
fn a_document_goes_down_three_tiers_and_its_answers_come_back_also_over_a_cut_line() {
    let Some(driver) = Driver::start() else { return };
    let (world, node, county, _second) = World::with_consoles().and_three_tiers();
    let city = &world.central;
    Office::begin(&driver, city).has(&BUREAU);
    Office::begin(&driver, &node).has(&[("he", "何静", "clerk")]);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    let attachment = world.file("走访登记表.csv", "姓名,走访日期\n".repeat(20_000));

    for script in Script::BOTH {
        let title = format!("关于做好冬季走访慰问工作的通知（{script:?}）");
        let [luo, xu, zhou] = BUREAU.map(|(login, ..)| sits_down(&driver, script, city, login));
        numbers_as(&luo, city, "云老干");
        let draft = Draft {
            title: &title,
            body: "请逐户走访，12月20日前反馈。",
            to: &["松岭州委老干部局", "青石县委老干部局"],
            attachment: Some(&attachment),
        };
        goes_out(city, &luo, &xu, &zhou, &draft);
        luo.sees("云老干〔");

        let he = sits_down(&driver, script, &node, "he");
        he.will_see(&title);
        he.press(&title);
        he.sees("请逐户走访");
        he.will_have_link("走访登记表.csv");
        he.press("签收");
        he.fill("办理结果", "已转发并部署。");
        he.press("办结");
        luo.will_see("已转发并部署。");

        // The county has it when its line goes down; the clerk works on.
        let wu = sits_down(&driver, script, &county, "wu");
        wu.will_see(&title);
        wu.press(&title);
        wu.will_have_link("走访登记表.csv");
        node.line().cut();
        wu.press("签收");
        wu.fill("办理结果", "本县 86 户已走访 31 户。");
        wu.press("办结");
        wu.sees("本县 86 户已走访 31 户。");
        luo.go(&luo.url());
        luo.sees_no("本县 86 户");
        luo.fill("催办内容", "请抓紧反馈。");
        luo.press("发送催办");

        node.line().mend();
        luo.will_see("本县 86 户已走访 31 户。");
        wu.will_see("请抓紧反馈。");
    }
}

#[test]
fn what_was_issued_is_recalled_wherever_it_went() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let direct = world.join("terminal", DIRECT);
    let city = &world.central;
    Office::begin(&driver, city).has(&BUREAU);
    Office::begin(&driver, &direct).has(&[("qian", "钱文彬", "clerk")]);

    for script in Script::BOTH {
        let title = format!("关于报送年度总结的通知（{script:?}）");
        let [luo, xu, zhou] = BUREAU.map(|(login, ..)| sits_down(&driver, script, city, login));
        numbers_as(&luo, city, "云老干");
        let draft =
            Draft {
                title: &title, body: "请于年底前报送。", to: &["市直机关工委"], attachment: None
            };
        goes_out(city, &luo, &xu, &zhou, &draft);

        let qian = sits_down(&driver, script, &direct, "qian");
        qian.will_see(&title);
        qian.press("收文办理");
        qian.press(&title);
        qian.press("退回");
        qian.sees("退回不能撤销");
        qian.fill("退回原因", "附件没有随文下发。");
        qian.press("退回");
        luo.will_see("附件没有随文下发。");

        zhou.go(&luo.url());
        zhou.press("撤回");
        zhou.fill("撤回原因", "附件遗漏，另行下发。");
        zhou.press("撤回");
        qian.will_see("附件遗漏，另行下发。");
    }
}
