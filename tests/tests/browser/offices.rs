//! How an office begins: its three administrators by the one-time link, then everybody else through them.

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::world::{Site, until};

/// Everybody's, in these tests.
pub const PASSWORD: &str = "雁阵惊寒 2026 声断衡阳";

/// Somebody with an account: login name, the person, the role's code in forms.
pub type Person = (&'static str, &'static str, &'static str);

/// An office whose three administrators have chosen their passwords, with a browser that nobody sits at.
pub struct Office<'w> {
    pub site: &'w Site,
    pub browser: Browser,
}

impl<'w> Office<'w> {
    /// Opens the link that the program has written, and makes the three administrators of it.
    pub fn begin(driver: &Driver, site: &'w Site) -> Office<'w> {
        Office::begin_and(driver, site, |_| ())
    }

    /// The same; somebody looks at the form before it is sent.
    pub fn begin_and(driver: &Driver, site: &'w Site, look: impl Fn(&Browser)) -> Office<'w> {
        let browser = driver.browser(Script::Off);
        until("the link is there", || site.set_up_link().is_some());
        browser.go(&site.set_up_link().unwrap());
        for (who, login, name) in
            [("system", "system", "陈思远"), ("security", "security", "李安民"), ("audit", "audit", "赵明察")]
        {
            browser.fill(&format!("{who}_name"), name);
            browser.fill(&format!("{who}_login"), login);
        }
        browser.fill("password", PASSWORD);
        browser.fill("again", PASSWORD);
        look(&browser);
        browser.press("建立账号");
        let links =
            browser.ask("return Array.from(document.querySelectorAll('code'), code => code.textContent)");
        for link in links.as_array().unwrap() {
            choose_password(&browser, site, link.as_str().unwrap());
        }
        Office { site, browser }
    }

    /// Opens an account as the system administrator, and gives it its role as the security administrator.
    pub fn has(self, people: &[Person]) -> Office<'w> {
        let links: Vec<String> = {
            self.browser.sign_in(self.site, "system", PASSWORD);
            people.iter().map(|(login, name, _)| self.opens_account(login, name)).collect()
        };
        self.browser.sign_in(self.site, "security", PASSWORD);
        for (login, _, role) in people {
            gives_role(&self.browser, self.site, login, role);
        }
        for link in links {
            choose_password(&self.browser, self.site, &link);
        }
        self
    }

    /// As the system administrator; tells the link for its owner.
    pub fn opens_account(&self, login: &str, name: &str) -> String {
        self.browser.visit(self.site, "/accounts");
        self.browser.fill("login", login);
        self.browser.fill("name", name);
        self.browser.press("开立账号");
        self.browser.ask("return document.querySelector('code').textContent").as_str().unwrap().to_owned()
    }
}

/// As the security administrator.
pub fn gives_role(browser: &Browser, site: &Site, login: &str, role: &str) {
    browser.visit(site, "/roles");
    let row = format!("//tr[th[normalize-space(.)='{login}']]");
    browser.click_at(&format!("{row}//input[@name='{role}']"));
    browser.press_at(&format!("{row}//button"));
}

/// Opens somebody's one-time link and chooses the password.
pub fn choose_password(browser: &Browser, site: &Site, link: &str) {
    if link.starts_with('/') {
        browser.visit(site, link)
    } else {
        browser.go(link)
    }
    browser.fill("password", PASSWORD);
    browser.fill("again", PASSWORD);
    browser.press("设定");
    browser.sees("口令已设定");
}
