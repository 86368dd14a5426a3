//! What people do in a day, each told once and done twice: without script and with it.

mod administrators;
mod city;
mod clerks;
mod head;
mod own_account;
mod prefecture;
mod transfer;

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::PASSWORD;
use crate::world::Site;

/// Somebody signs in at a site.
pub fn sits_down(driver: &Driver, script: Script, site: &Site, login: &str) -> Browser {
    let browser = driver.browser(script);
    browser.sign_in(site, login, PASSWORD);
    browser
}
