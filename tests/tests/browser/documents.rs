//! How a document is written, checked by another, signed off and sent.

use crate::browser::{Browser, Script};
use crate::driver::Driver;
use crate::journeys::sits_down;
use crate::offices::Person;
use crate::world::Site;

/// Who it takes to issue one: two clerks and a leader.
pub type Desks = [Person; 3];

/// Those of the city bureau.
pub const BUREAU: Desks =
    [("luo", "罗雨桐", "clerk"), ("xu", "徐文静", "clerk"), ("zhou", "周建业", "leader")];

/// What a clerk writes.
pub struct Draft<'d> {
    pub title: &'d str,
    pub body: &'d str,
    /// Names of units.
    pub to: &'d [&'d str],
    /// A file of this machine.
    pub attachment: Option<&'d str>,
}

/// The three of an office, each at a browser: who writes, who checks, who signs off.
pub struct Drafters<'s> {
    site: &'s Site,
    pub clerk: Browser,
    pub checker: Browser,
    pub leader: Browser,
}

impl<'s> Drafters<'s> {
    /// Sign in; the office numbers what it issues with this mark.
    pub fn sit_down(
        driver: &Driver,
        script: Script,
        site: &'s Site,
        desks: &Desks,
        mark: &str,
    ) -> Drafters<'s> {
        let [clerk, checker, leader] = desks.map(|(login, ..)| sits_down(driver, script, site, login));
        numbers_as(&clerk, site, mark);
        clerk.press("工作台");
        Drafters { site, clerk, checker, leader }
    }

    /// A document from the first word until it is on its way.
    pub fn send(&self, draft: &Draft<'_>) {
        writes(&self.clerk, draft);
        self.send_what_is_written(draft.title);
    }

    /// The rest of the way of one that was sent to be checked; the clerk sees who has it.
    pub fn send_what_is_written(&self, title: &str) {
        checks(&self.checker, self.site, title);
        signs_off(&self.leader, self.site, title);
        issues(&self.clerk, self.site, title);
    }
}

/// Says under which mark the office numbers what it issues.
pub fn numbers_as(clerk: &Browser, site: &Site, mark: &str) {
    clerk.visit(site, "/documents/settings");
    clerk.fill("mark", mark);
    clerk.press("保存");
}

/// Writes it and sends it to be checked.
pub fn writes(clerk: &Browser, draft: &Draft<'_>) {
    clerk.press("文件通知");
    clerk.press("拟稿");
    clerk.fill("标题", draft.title);
    clerk.fill("正文", draft.body);
    clerk.fill("办理期限", "2030年12月20日");
    clerk.tick("需要书面反馈");
    for unit in draft.to {
        clerk.tick(&format!("主送 {unit}"));
    }
    if let Some(file) = draft.attachment {
        clerk.press("保存草稿");
        clerk.choose_file("up", file);
        match clerk.script {
            Script::On => clerk.sees("已上传"),
            Script::Off => clerk.press("上传"),
        }
    }
    clerk.press("送核稿");
}

/// Writes to the office above: a request or a report, which has neither deadline nor choice of recipients.
pub fn writes_up(clerk: &Browser, kind: &str, title: &str, body: &str) {
    clerk.press("文件通知");
    clerk.press("上报");
    clerk.choose("文种", kind);
    clerk.fill("标题", title);
    clerk.fill("正文", body);
    clerk.press("送核稿");
}

/// Opens a draft that waits for somebody.
pub fn opens_draft(person: &Browser, site: &Site, title: &str) {
    person.visit(site, "/documents/drafts");
    person.press(title);
}

/// Another clerk checks it.
pub fn checks(clerk: &Browser, site: &Site, title: &str) {
    opens_draft(clerk, site, title);
    clerk.press("核稿通过");
}

/// A leader signs it off.
pub fn signs_off(leader: &Browser, site: &Site, title: &str) {
    opens_draft(leader, site, title);
    leader.press("签发");
}

/// It gets its number and goes; the clerk sees who has it.
pub fn issues(clerk: &Browser, site: &Site, title: &str) {
    opens_draft(clerk, site, title);
    clerk.press("下发");
    clerk.press("下发");
    clerk.sees(title);
}
