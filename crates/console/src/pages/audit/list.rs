//! The entries, newest first, a page at a time.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::view::{View, act, note, outcome, parts};
use crate::audit::{Entry, Fault, Outcome, Search, Verdict};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::problem::Problem;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// Rows of a page.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    view: View,
    /// Whether a day can't be read.
    is_bad_day: bool,
    is_filtered: bool,
    verdict: Option<Checked>,
    failed_today: String,
    parts: Vec<Choice>,
    outcomes: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    verify: String,
}

struct Choice {
    value: &'static str,
    word: &'static str,
    is_chosen: bool,
}

/// The result of a look at the whole log.
struct Checked {
    entries: String,
    hash: String,
    /// What is wrong; none where all is whole.
    fault: Option<String>,
}

struct Row {
    /// The day, where it is not the one of the row above.
    day: Option<String>,
    time: String,
    login: String,
    name: String,
    address: String,
    act: String,
    object: String,
    note: String,
    code: String,
    outcome: &'static str,
    is_done: bool,
    seq: i64,
}

pub(super) async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let shell = Shell::of(&console, &visitor).await?;
    let accounts = console.accounts().list().await?;
    let (search, is_read) = view.search(&accounts);
    let page = view.page.max(1);
    let search = Search { offset: (page - 1).saturating_mul(ROWS), limit: ROWS, ..search };
    let found = console.audit().find(&search).await?;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for account in accounts {
        names.insert(account.id.to_string(), account.name.clone());
        names.insert(account.login, account.name);
    }
    let verdict = match view.verify.is_empty() {
        true => None,
        false => Some(checked(shell.t, console.audit().verify().await?)),
    };
    let query = view.query();
    let pager = Pager::new("/audit", &query, page, ROWS, found.total);
    let verify = format::link("/audit", &[query.as_slice(), &[("verify", "1")]].concat());
    Ok(render(&ListPage {
        is_bad_day: !is_read,
        is_filtered: query.iter().any(|(_, value)| !value.is_empty()),
        verdict,
        failed_today: failed_today(&console).await?,
        parts: choices(parts().map(|(path, word)| (*path, word(shell.t))), &view.part),
        outcomes: choices(Outcome::ALL.map(|one| (one.code(), outcome(shell.t, one))), &view.outcome),
        rows: rows(shell.t, found.entries, &names),
        pager,
        verify,
        view,
        shell,
    }))
}

fn choices(all: impl IntoIterator<Item = (&'static str, &'static str)>, chosen: &str) -> Vec<Choice> {
    all.into_iter().map(|(value, word)| Choice { value, word, is_chosen: value == chosen }).collect()
}

fn rows(t: &Texts, entries: Vec<Entry>, names: &BTreeMap<String, String>) -> Vec<Row> {
    let mut above = String::new();
    let mut row = |entry: Entry| {
        let (day, time) = format::day_and_second(entry.at_ms);
        let is_new = day != above;
        above.clone_from(&day);
        let event = entry.event;
        Row {
            day: is_new.then_some(day),
            time,
            name: names.get(&event.actor).cloned().unwrap_or_default(),
            act: act(t, &event.action),
            note: note(t, &event),
            object: names.get(&event.object).cloned().unwrap_or(event.object),
            login: event.actor,
            address: event.address,
            code: event.code,
            outcome: outcome(t, event.outcome),
            is_done: event.outcome == Outcome::Done,
            seq: entry.seq,
        }
    };
    entries.into_iter().map(&mut row).collect()
}

async fn failed_today(console: &Console) -> Result<String, Problem> {
    let today = console.bureau().today().to_string();
    let search = Search {
        from_ms: format::begin_of(&today, 0),
        path: "/sign-in".to_owned(),
        outcome: Some(Outcome::Refused),
        ..Search::default()
    };
    Ok(format::count(console.audit().find(&search).await?.total))
}

fn checked(t: &Texts, verdict: Verdict) -> Checked {
    let told = |words: &str, seq: i64| words.replace("{0}", &seq.to_string());
    Checked {
        entries: format::count(verdict.entries.unsigned_abs()),
        hash: verdict.hash.to_string(),
        fault: verdict.fault.map(|fault| match fault {
            Fault::Altered(seq) => told(t.audit.altered, seq),
            Fault::Missing(seq) => told(t.audit.missing, seq),
        }),
    }
}
