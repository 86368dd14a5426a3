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

        let li = sits_down(&driver, script, &world.central, "security");
        li.press("角色");
        gives_role(&li, &world.central, &login, "clerk");
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
