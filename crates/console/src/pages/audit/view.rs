//! What the address says of the view, and how entries are put in words.

use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_sync::Millis;

use crate::accounts::Account;
use crate::audit::{Event, Outcome, Search};
use crate::console::CONSOLE_RESET;
use crate::format;
use crate::oversight::BY_MAIL;
use crate::texts::Texts;

/// What is looked for, so that any view can be bookmarked.
#[derive(Default, Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) from: String,
    #[serde(default)]
    pub(super) until: String,
    #[serde(default)]
    pub(super) part: String,
    #[serde(default)]
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) verify: String,
    #[serde(default)]
    pub(super) page: u32,
}

/// A part of the console that entries are looked for by: the path's beginning and the word.
pub(super) type Part = (&'static str, fn(&Texts) -> &'static str);

/// The parts of the console.
pub(super) const PARTS: [Part; 22] = [
    ("/sign-in", |t| t.audit.act_sign_in),
    ("/set-up", |t| t.audit.act_set_up),
    ("/people", |t| t.common.people),
    ("/transfers", |t| t.transfers.title),
    ("/orgs", |t| t.common.orgs),
    ("/imports", |t| t.imports.import),
    ("/posts", |t| t.records.posts),
    ("/away", |t| t.records.away),
    ("/community", |t| t.records.community),
    ("/staff", |t| t.records.staff_title),
    ("/alerts", |t| t.alerts.title),
    ("/overview", |t| t.overview.title),
    ("/inbox", |t| t.common.inbox),
    ("/documents", |t| t.common.documents),
    ("/reports", |t| t.common.reports),
    ("/sync", |t| t.common.sync),
    ("/accounts", |t| t.common.accounts),
    ("/roles", |t| t.common.roles),
    ("/offices", |t| t.offices.title),
    ("/policy", |t| t.policy.title),
    ("/me", |t| t.me.title),
    ("/audit", |t| t.audit.title),
];

/// The parts that look after sites.
const SITES: [Part; 4] = [
    ("/sites", |t| t.sites.title),
    ("/invitations", |t| t.invitations.title),
    ("/quarantine", |t| t.quarantine.title),
    ("/doctor", |t| t.doctor.title),
];

/// All parts.
pub(super) fn parts() -> impl Iterator<Item = &'static Part> {
    PARTS.iter().chain(&SITES)
}

impl View {
    /// The search, and whether both days can be read. Accounts whose name fits are looked for by their login names.
    pub(super) fn search(&self, accounts: &[Account]) -> (Search, bool) {
        let (from, until) = (begin(&self.from, 0), begin(&self.until, 1));
        let is_read = from.is_ok() && until.is_ok();
        let text = self.q.trim().to_owned();
        let fits = |account: &&Account| !text.is_empty() && account.name.contains(&text);
        let search = Search {
            from_ms: from.unwrap_or_default(),
            until_ms: until.unwrap_or_default(),
            path: parts().find(|(path, _)| *path == self.part).map_or("", |(path, _)| path).to_owned(),
            outcome: Outcome::of_code(&self.outcome),
            actors: accounts.iter().filter(fits).map(|account| account.login.clone()).collect(),
            text,
            offset: 0,
            limit: 0,
        };
        (search, is_read)
    }

    /// The query that shows this view again.
    pub(super) fn query(&self) -> [(&'static str, &str); 5] {
        [
            ("from", &self.from),
            ("until", &self.until),
            ("part", &self.part),
            ("outcome", &self.outcome),
            ("q", &self.q),
        ]
    }
}

/// When the day begins that lies so many days after the one that was typed; none for an empty field.
fn begin(typed: &str, days_later: i64) -> Result<Option<Millis>, ()> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let day = Day::parse(typed).ok().filter(|day| day.is_full()).ok_or(())?;
    format::begin_of(&day.to_string(), days_later).map(Some).ok_or(())
}

/// What was done, in words: the part of the console and the act. A path that has no words is shown as it is.
pub(super) fn act(t: &Texts, action: &str) -> String {
    if action == BY_MAIL {
        return t.audit.act_by_mail.to_owned();
    }
    if action == CONSOLE_RESET {
        return t.audit.act_console_reset.to_owned();
    }
    let (method, path) = action.split_once(' ').unwrap_or(("", action));
    let part = parts().find(|(begin, _)| {
        path.strip_prefix(begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let fixed: Vec<&str> =
        path.split('/').filter(|step| !step.is_empty() && !step.starts_with('{')).collect();
    let (first, last) =
        (fixed.first().copied().unwrap_or_default(), fixed.last().copied().unwrap_or_default());
    let a = &t.audit;
    let word = match last {
        "new" => a.act_new,
        "edit" => a.act_edit,
        "private" => a.act_look,
        "close" if first == "people" => t.records.close_person,
        "close" if first == "orgs" => t.records.close_org,
        "close" => a.act_close,
        "reset" => a.act_reset,
        "sign-in" => a.act_sign_in,
        "sign-out" => a.act_sign_out,
        "set-up" => a.act_set_up,
        "password" => a.act_password,
        "accounts" if method == "POST" => a.act_open,
        "roles" | "offices" => a.act_give,
        "code" => a.act_code,
        "end" => a.act_end,
        "end-others" => a.act_end_others,
        "begin" => a.act_begin,
        "confirm" => a.act_confirm,
        "codes" => a.act_codes,
        "turn-off" => a.act_turn_off,
        "second-step" => a.act_second_step,
        "policy" | "settings" => a.act_edit,
        "leave" => t.offices.leave,
        "drafts" => a.act_save,
        "step" => a.act_step,
        "issue" => t.documents.send,
        "recall" => t.documents.recall,
        "remind" => t.documents.remind,
        "remove" => a.act_remove,
        "transfer" => t.transfers.release,
        "accept" => t.transfers.accept,
        "withdraw" if first == "transfers" => t.transfers.withdraw,
        "sign" => a.act_sign,
        "return" => a.act_return,
        "reply" => a.act_reply,
        "now" => a.act_now,
        "files" => a.act_send,
        "cancel" => t.common.cancel,
        "start" => a.act_start,
        "stop" => a.act_stop,
        "refused" => a.act_refused,
        "invitations" => t.invitations.make,
        "file" => t.invitations.file,
        "withdraw" => t.invitations.withdraw,
        "retry" => t.quarantine.retry_again,
        "bundle" => t.doctor.bundle,
        "export" | "attachments" | "replies" => a.act_export,
        _ if method == "GET" => a.act_look,
        other => other,
    };
    match part {
        Some((begin, part)) if fixed.len() > 1 || !matches!(*begin, "/sign-in" | "/set-up") => {
            format!("{} · {word}", part(t))
        }
        None if fixed.len() > 1 => format!("{first} · {word}"),
        _ => word.to_owned(),
    }
}

/// The note, in words where it is the guard's own.
pub(super) fn note(t: &Texts, event: &Event) -> String {
    match event.note.strip_prefix('+') {
        Some(count) if event.actor.is_empty() => t.audit.left_out.replace("{0}", count),
        _ => event.note.clone(),
    }
}

/// How it came out, in a word.
pub(super) fn outcome(t: &Texts, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => t.audit.done,
        Outcome::Refused => t.audit.refused,
        Outcome::Forbidden => t.audit.forbidden,
        Outcome::Failed => t.audit.failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn acts_are_told_in_words() {
        let t = Language::Chinese.texts();
        let acts = [
            ("POST /people/{id}/edit", "老同志名册 · 修改"),
            ("POST /accounts", "账号 · 开立"),
            ("POST /sign-in", "登录"),
            ("POST /set-up/{secret}/password", "初次设置 · 设定口令"),
            ("GET /audit/export", "审计日志 · 导出"),
            ("POST /people/{id}/close", "老同志名册 · 登记去世或转出"),
            ("POST /accounts/{id}/close", "账号 · 停用"),
            (BY_MAIL, "上级授予角色"),
            ("GET /accounts", "账号 · 查看"),
            ("POST /invitations", "邀请接入 · 生成邀请码"),
            ("POST /invitations/{id}/withdraw", "邀请接入 · 作废此码"),
            ("POST /quarantine/retry", "异常记录 · 重试"),
            ("POST /doctor/bundle", "运行诊断 · 下载诊断包"),
            ("POST /things/{id}/polish", "things · polish"),
            (CONSOLE_RESET, "在本机重置账号"),
        ];
        for (action, words) in acts {
            assert_eq!(act(t, action), words);
        }
    }

    #[test]
    fn every_route_that_is_written_down_has_its_words() {
        let t = Language::Chinese.texts();
        for route in crate::routes::table().iter().filter(|route| route.is_audited) {
            let words = act(t, &format!("{} {}", route.method, route.path));
            assert!(!words.contains(|c: char| c.is_ascii_alphabetic()), "{} is told as {words}", route.path);
        }
    }

    #[test]
    fn a_day_that_can_not_be_read_is_told_and_a_last_day_is_whole() {
        let view =
            |from: &str, until: &str| View { from: from.into(), until: until.into(), ..View::default() };
        let (search, is_read) = view("2028-02-28", "20280228").search(&[]);
        assert!(is_read);
        assert_eq!(search.until_ms.unwrap() - search.from_ms.unwrap(), 24 * 60 * 60 * 1_000);
        for bad in ["2026-02-30", "2026年", "昨天"] {
            assert!(!view(bad, "").search(&[]).1, "{bad}");
        }
    }
}
