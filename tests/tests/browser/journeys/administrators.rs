//! The three administrators.

use super::sits_down;
use crate::browser::Script;
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD, choose_password, gives_role};
use crate::world::World;

#[test]
fn three_administrators_open_accounts_give_roles_and_keep_out_of_each_others_way() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    Office::begin(&driver, &world.central);

    for script in Script::BOTH {
        // The system administrator opens accounts.
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
        choose_password(&luo, &world.central, link.as_str().unwrap());
        luo.sign_in(&world.central, &login, PASSWORD);
        luo.visit(&world.central, "/people");
        luo.sees("您的账号不能使用这个功能");

        // The security administrator gives roles, decides how people sign in, invites sites and takes it back.
        let li = sits_down(&driver, script, &world.central, "security");
        li.press("角色");
        gives_role(&li, &world.central, &login, "clerk");
        li.visit(&world.central, "/accounts");
        li.sees("您的账号不能使用这个功能");

        luo.visit(&world.central, "/people");
        luo.sees("老同志名册");
        li.press("登录策略");
        li.press("保存");
        li.sees("已保存");
        li.press("邀请接入");
        li.choose("单位", "松岭州委老干部局");
        li.press("生成邀请码");
        li.press("邀请接入");
        li.press("作废此码");
        li.press("作废此码");
        li.sees("已作废");

        let zhao = sits_down(&driver, script, &world.central, "audit");
        zhao.sees_no("角色");
        zhao.visit(&world.central, "/people");
        zhao.sees("您的账号不能使用这个功能");

        // The audit administrator sees what each of them did, and that nothing of it was altered.
        zhao.press("审计日志");
        for (who, did) in
            [("陈思远", "账号 · 开立"), ("李安民", "角色 · 授予"), ("罗雨桐", "老同志名册 · 查看")]
        {
            zhao.fill("人员或对象", who);
            zhao.press("筛选");
            zhao.sees(did);
        }
        zhao.press("清空");
        zhao.press("校验完整性");
        zhao.sees("记录链 完整");
        let log = std::fs::read(zhao.keep("导出")).unwrap();
        assert!(log.len() > 1_000, "the log goes out as a file of {} bytes", log.len());
    }
}
