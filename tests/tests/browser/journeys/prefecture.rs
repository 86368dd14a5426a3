//! A prefecture: what comes from the city is passed on, the counties answer, and the prefecture has people of its own.

use super::sits_down;
use crate::browser::Script;
use crate::documents::{BUREAU, Desks, Draft, Drafters, writes_up};
use crate::driver::Driver;
use crate::offices::Office;
use crate::world::World;

const PREFECTURE_DESKS: Desks =
    [("he", "何静", "clerk"), ("tang", "唐国安", "clerk"), ("cui", "崔永年", "leader")];
const COUNTY_DESKS: Desks =
    [("wu", "吴守田", "clerk"), ("ma", "马晓燕", "clerk"), ("shen", "沈志远", "leader")];

#[test]
fn the_prefecture_passes_a_document_on_with_its_note_and_its_counties_answer_it_alone() {
    let Some(driver) = Driver::start() else { return };
    let (world, node, county, second) = World::with_consoles().and_three_tiers();
    Office::begin(&driver, &world.central).has(&BUREAU);
    Office::begin(&driver, &node).has(&PREFECTURE_DESKS);
    Office::begin(&driver, &county).has(&COUNTY_DESKS);
    Office::begin(&driver, &second).has(&[("pan", "潘秀华", "clerk")]);

    for (number, script) in (1..).zip(Script::BOTH) {
        let bureau = Drafters::sit_down(&driver, script, &world.central, &BUREAU, "云老干");
        let prefecture = Drafters::sit_down(&driver, script, &node, &PREFECTURE_DESKS, "松老干");
        let he = &prefecture.clerk;

        // It signs for the document, adds a covering note and passes it on.
        let title = format!("关于开展精准服务的通知（{script:?}）");
        let to = &["松岭州委老干部局"];
        bureau.send(&Draft { title: &title, body: "请分类建立台账。", to, attachment: None });
        he.will_see(&title);
        he.press(&title);
        he.press("签收");
        he.press("转发");
        he.fill("转发意见", "请各县于12月10日前报送。");
        he.tick("主送 青石县委老干部局");
        he.tick("主送 白桦县委老干部局");
        he.tick("需要书面反馈");
        he.press("送核稿");
        prefecture.send_what_is_written(&title);

        // Both counties answer; it sees both, and none of them the other's.
        let county_office = Drafters::sit_down(&driver, script, &county, &COUNTY_DESKS, "青老干");
        let wu = &county_office.clerk;
        let pan = sits_down(&driver, script, &second, "pan");
        for (clerk, reply) in [(wu, "青石县建立台账 86 份。"), (&pan, "白桦县建立台账 41 份。")]
        {
            clerk.will_see(&title);
            clerk.press(&title);
            clerk.sees("请各县于12月10日前报送。");
            clerk.sees("请分类建立台账。");
            clerk.press("签收");
            clerk.fill("办理结果", reply);
            clerk.press("办结");
        }
        he.will_see("青石县建立台账 86 份。");
        he.will_see("白桦县建立台账 41 份。");
        pan.go(&pan.url());
        pan.sees_no("青石县建立台账");
        bureau.clerk.go(&bureau.clerk.url());
        bureau.clerk.sees_no("青石县建立台账");

        // A county's report is not good enough.
        let report = format!("关于上半年工作的报告（{script:?}）");
        writes_up(wu, "报告", &report, "上半年工作如下。");
        county_office.send_what_is_written(&report);
        he.press("工作台");
        he.will_see(&report);
        he.press(&report);
        he.press("退回");
        he.sees("退回不能撤销");
        he.fill("退回原因", "缺少经费使用情况。");
        he.press("退回");
        wu.will_see("缺少经费使用情况。");

        // The prefecture's own roster.
        he.press("老同志名册");
        he.press("登记老同志");
        he.fill("编号", &format!("S{number}"));
        he.fill("姓名", "葛长河");
        he.choose("离退休类别", "离休");
        he.press("保存");
        he.sees("葛长河");
        let cui = &prefecture.leader;
        cui.visit(&node, "/reports");
        assert!(cui.has_row(&format!("合计 {number} {number} ")), "{}", cui.text());
    }
}
