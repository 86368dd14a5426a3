//! The city bureau: a document from the first draft into the archive, and a county's request.

use crate::browser::Script;
use crate::documents::{BUREAU, Desks, Draft, Drafters, opens_draft, writes, writes_up};
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::{COUNTY, OTHER_COUNTY, PREFECTURE, World};

use super::sits_down;

/// Those of a county whose prefecture has no site: the city is the office above it.
const COUNTY_DESKS: Desks =
    [("bai", "白雪松", "clerk"), ("gu", "顾春兰", "clerk"), ("ning", "宁远", "leader")];

#[test]
fn a_document_is_drafted_sent_chased_replaced_recalled_and_found_and_a_request_is_answered() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let city = &world.central;
    let node = world.join("node", PREFECTURE);
    let county = world.join("terminal", COUNTY);
    let apart = world.join("terminal", OTHER_COUNTY);
    Office::begin(&driver, city).has(&BUREAU);
    Office::begin(&driver, &node).has(&[("he", "何静", "clerk")]);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);
    Office::begin(&driver, &apart).has(&COUNTY_DESKS);

    for script in Script::BOTH {
        let bureau = Drafters::sit_down(&driver, script, city, &BUREAU, "云老干");
        let Drafters { clerk: luo, checker: xu, leader: zhou, .. } = &bureau;
        let he = sits_down(&driver, script, &node, "he");
        let wu = sits_down(&driver, script, &county, "wu");

        // Drafted, returned, mended, checked, signed off, numbered, sent to units picked from the tree.
        let title = format!("关于做好冬季走访慰问工作的通知（{script:?}）");
        let draft = Draft {
            title: &title,
            body: "请逐户走访。",
            to: &["松岭州委老干部局", "青石县委老干部局"],
            attachment: None,
        };
        writes(luo, &draft);
        opens_draft(xu, city, &title);
        xu.fill("note", "请写明反馈期限。");
        xu.press("退回修改");
        opens_draft(luo, city, &title);
        luo.sees("请写明反馈期限。");
        luo.fill("正文", "请逐户走访，12月20日前反馈。");
        luo.press("送核稿");
        bureau.send_what_is_written(&title);
        luo.sees("云老干〔");

        // The matrix fills; who has not settled it is chased.
        he.will_see(&title);
        he.press(&title);
        he.sees("12月20日前反馈");
        he.press("签收");
        luo.will_see("何静");
        luo.fill("催办内容", "请抓紧反馈。");
        luo.press("发送催办");
        wu.will_see(&title);
        wu.press(&title);
        wu.will_see("请抓紧反馈。");

        // Another takes its place, and is recalled.
        let better = format!("关于做好冬季走访慰问工作的补充通知（{script:?}）");
        luo.press("替代");
        luo.fill("标题", &better);
        luo.press("送核稿");
        bureau.send_what_is_written(&better);
        wu.will_see("已被替代");
        wu.press("工作台");
        wu.will_see(&better);
        wu.press(&better);
        zhou.go(&luo.url());
        zhou.press("撤回");
        zhou.fill("撤回原因", "附件遗漏，另行下发。");
        zhou.press("撤回");
        wu.will_see("附件遗漏，另行下发。");

        // Both are found again.
        luo.press("文件通知");
        luo.press("档案");
        luo.fill("文号、标题或正文", "冬季走访慰问");
        luo.press("查找");
        luo.sees(&title);
        luo.sees(&better);

        // A county asks, and the city answers.
        let asking = Drafters::sit_down(&driver, script, &apart, &COUNTY_DESKS, "银老干");
        let request = format!("关于增加走访慰问经费的请示（{script:?}）");
        writes_up(&asking.clerk, "请示", &request, "我县易地安置的老同志较多，请予支持。");
        asking.send_what_is_written(&request);
        luo.press("工作台");
        luo.will_see(&request);
        luo.press(&request);
        luo.press("收下");
        luo.press("批复");
        let answer = format!("关于增加走访慰问经费的批复（{script:?}）");
        luo.fill("标题", &answer);
        luo.fill("正文", "同意增加。");
        luo.press("送核稿");
        bureau.send_what_is_written(&answer);
        asking.clerk.press("工作台");
        asking.clerk.will_see(&answer);
        asking.clerk.press(&answer);
        asking.clerk.sees("同意增加。");
    }
}
