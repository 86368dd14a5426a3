//! What people do in a day, each told once and done twice: without script and with it.

mod administrators;
mod documents;
mod figures;

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::offices::PASSWORD;
use crate::world::Site;

/// Somebody signs in at a site.
fn sits_down(driver: &Driver, script: Script, site: &Site, login: &str) -> Browser {
    let browser = driver.browser(script);
    browser.sign_in(site, login, PASSWORD);
    browser
}
