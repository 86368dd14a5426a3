//! How a document is written, checked by another, signed off and sent; and what its recipients do with it.

use crate::browser::{Browser, Script};
use crate::offices::Person;
use crate::world::Site;

/// Who it takes to issue one: two clerks and a leader.
pub const BUREAU: [Person; 3] =
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

/// Another clerk checks it.
pub fn checks(clerk: &Browser, site: &Site, title: &str) {
    clerk.visit(site, "/documents/drafts");
    clerk.press(title);
    clerk.press("核稿通过");
}

/// A leader signs it off.
pub fn signs_off(leader: &Browser, site: &Site, title: &str) {
    leader.visit(site, "/documents/drafts");
    leader.press(title);
    leader.press("签发");
}

/// It gets its number and goes; the clerk sees who has it.
pub fn issues(clerk: &Browser, site: &Site, title: &str) {
    clerk.visit(site, "/documents/drafts");
    clerk.press(title);
    clerk.press("下发");
    clerk.press("下发");
    clerk.sees(title);
}

/// All of that by the three of them.
pub fn goes_out(site: &Site, luo: &Browser, xu: &Browser, zhou: &Browser, draft: &Draft<'_>) {
    writes(luo, draft);
    checks(xu, site, draft.title);
    signs_off(zhou, site, draft.title);
    issues(luo, site, draft.title);
}
