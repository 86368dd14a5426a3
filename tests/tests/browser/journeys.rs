//! What people do in a day, each told once and done twice: without script and with it.

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD};
use crate::world::{COUNTY, DIRECT, Site, World};

/// Somebody signs in at a site.
fn sits_down(driver: &Driver, script: Script, site: &Site, login: &str) -> Browser {
    let browser = driver.browser(script);
    browser.sign_in(site, login, PASSWORD);
    browser
}

#[test]
fn a_document_goes_down_three_tiers_and_its_answers_come_back_also_over_a_cut_line() {
    let Some(driver) = Driver::start() else { return };
    let (world, node, county, _second) = World::with_consoles().and_three_tiers();
    Office::begin(&driver, &world.central).has(&[("luo", "罗雨桐", "clerk")]);
    Office::begin(&driver, &node).has(&[("he", "何静", "clerk")]);
    Office::begin(&driver, &county).has(&[("wu", "吴守田", "clerk")]);

    for script in Script::BOTH {
        let title = format!("关于做好冬季走访慰问工作的通知（{script:?}）");

        let luo = sits_down(&driver, script, &world.central, "luo");
        luo.press("文件通知");
        luo.press("发文");
        luo.fill("标题", &title);
        luo.fill("正文", "请逐户走访，12月20日前反馈。");
        luo.fill("办理期限", "2030年12月20日");
        luo.tick("需要书面反馈");
        luo.tick("主送 松岭州委老干部局");
        luo.tick("主送 青石县委老干部局");
        luo.press("下发");
        luo.sees(&title);

        let he = sits_down(&driver, script, &node, "he");
        he.will_see(&title);
        he.press(&title);
        he.sees("请逐户走访");
        he.press("签收");
        he.fill("办理结果", "已转发并部署。");
        he.press("办结");
        luo.will_see("已转发并部署。");

        // The county has it when its line goes down; the clerk works on.
        let wu = sits_down(&driver, script, &county, "wu");
        wu.will_see(&title);
        node.line().cut();
        wu.press(&title);
        wu.press("签收");
        wu.fill("办理结果", "本县 86 户已走访 31 户。");
        wu.press("办结");
        wu.sees("本县 86 户已走访 31 户。");
        wu.press("工作台");
        wu.will_see("滞后");
        luo.visit(&world.central, "/documents");
        luo.press(&title);
        luo.sees_no("本县 86 户");

        node.line().mend();
        luo.will_see("本县 86 户已走访 31 户。");
        wu.will_see("正常");
    }
}

#[test]
fn a_direct_unit_returns_what_it_can_not_do_and_says_why() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let direct = world.join("terminal", DIRECT);
    Office::begin(&driver, &world.central).has(&[("luo", "罗雨桐", "clerk")]);
    Office::begin(&driver, &direct).has(&[("qian", "钱文彬", "clerk")]);

    for script in Script::BOTH {
        let title = format!("关于报送年度总结的通知（{script:?}）");
        let luo = sits_down(&driver, script, &world.central, "luo");
        luo.visit(&world.central, "/documents/new");
        luo.fill("标题", &title);
        luo.fill("正文", "请于年底前报送。");
        luo.tick("主送 市直机关工委");
        luo.press("下发");

        let qian = sits_down(&driver, script, &direct, "qian");
        qian.will_see(&title);
        qian.press("收文办理");
        qian.press(&title);
        qian.fill("退回原因", "附件没有随文下发。");
        qian.press("退回");
        luo.will_see("附件没有随文下发。");
    }
}

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

#[test]
fn three_administrators_open_accounts_give_roles_and_keep_out_of_each_others_way() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    Office::begin(&driver, &world.central);

    for script in Script::BOTH {
        let login = format!("luo{script:?}").to_lowercase();
        let chen = sits_down(&driver, script, &world.central, "system");
        chen.press("账号");
        chen.fill("login", &login);
        chen.fill("name", "罗雨桐");
        chen.press("开立账号");
        let link = chen.ask("return document.querySelector('code').textContent");
        chen.visit(&world.central, "/roles");
        chen.sees("您的账号不能使用这个功能");

        let luo = driver.browser(script);
        crate::offices::choose_password(&luo, &world.central, link.as_str().unwrap());
        luo.sign_in(&world.central, &login, PASSWORD);
        luo.visit(&world.central, "/people");
        luo.sees("您的账号不能使用这个功能");

        let li = sits_down(&driver, script, &world.central, "security");
        li.press("角色");
        crate::offices::gives_role(&li, &world.central, &login, "clerk");
        li.visit(&world.central, "/accounts");
        li.sees("您的账号不能使用这个功能");

        luo.visit(&world.central, "/people");
        luo.sees("老同志名册");
        let zhao = sits_down(&driver, script, &world.central, "audit");
        zhao.sees_no("角色");
        zhao.visit(&world.central, "/people");
        zhao.sees("您的账号不能使用这个功能");
    }
}
