//! One's own account: a code from the telephone as a second step.

use super::sits_down;
use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::{Office, PASSWORD};
use crate::world::World;

/// Seconds that a code holds.
const STEP: u64 = 30;

#[test]
fn a_role_that_needs_the_second_step_sets_it_up_and_signs_in_with_it() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    let city = &world.central;
    Office::begin(&driver, city).has(&[("luooff", "罗雨桐", "clerk"), ("luoon", "罗雨桐", "clerk")]);
    let li = sits_down(&driver, Script::Off, city, "security");
    li.press("登录策略");
    li.tick("经办人");
    li.press("保存");

    for script in Script::BOTH {
        let login = format!("luo{script:?}").to_lowercase();
        let luo = sits_down(&driver, script, city, &login);
        luo.sees("安全管理员要求您的角色使用动态码");
        luo.press("开始设置");
        let secret = luo.ask("return document.querySelector('main code').textContent");
        let secret = secret.as_str().unwrap();
        luo.fill("动态码", &code(&luo, secret, 0));
        luo.press("确认启用");
        let recovery = luo.ask("return document.querySelector('main ol li').textContent");
        luo.press("我已收好");

        luo.sign_in(city, &login, PASSWORD);
        luo.sees("输入动态码");
        luo.fill("动态码或恢复码", "000 000");
        luo.press("登录");
        luo.sees("登录未成功");
        luo.fill("动态码或恢复码", &code(&luo, secret, 1));
        luo.press("登录");
        luo.sees("待办");

        luo.sign_in(city, &login, PASSWORD);
        luo.fill("动态码或恢复码", recovery.as_str().unwrap());
        luo.press("登录");
        luo.sees("待办");

        // Telephone and codes are lost.
        li.press("角色");
        li.press_at(&format!("//tr[th[normalize-space(.)='{login}']]//a[normalize-space(.)='重置动态码']"));
        li.press("重置动态码");
        luo.sign_in(city, &login, PASSWORD);
        luo.sees("安全管理员要求您的角色使用动态码");
    }
}

/// The code that a telephone shows so many steps from now; its clock goes as the browser's does.
fn code(browser: &Browser, secret: &str, steps: u64) -> String {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let now = browser.ask("return Math.floor(Date.now() / 1000)").as_u64().unwrap();
    totp.generate(now + STEP * steps).to_string()
}
