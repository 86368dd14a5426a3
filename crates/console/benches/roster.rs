//! How long pages of a full roster take on the server: the whole city's 33,226 people in one store, asked through the
//! console as a browser does, without a network. It reports and asserts nothing:
//!
//! `cargo bench --workspace --bench roster` (or with `--profile dev`, which builds sooner).

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]
#![allow(dead_code, reason = "the office has more rooms than are used here")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_bureau::workbook;
use yanzhen_console::accounts::Role;

use office::{Browser, Office};

mod census;

#[path = "../tests/web/office.rs"]
mod office;

#[path = "../tests/web/quiet.rs"]
mod quiet;

/// People of the city's last census.
const PEOPLE: usize = 33_226;

/// Times that each page is asked for.
const ROUNDS: u32 = 15;

/// What is looked at, and its address.
const PAGES: [(&str, &str); 26] = [
    ("first page", "/people"),
    ("page 2", "/people?page=2"),
    ("a page in the middle", "/people?page=660"),
    ("last page", "/people?page=1330"),
    ("one unit", "/people?unit=990100"),
    ("by kind", "/people?kind=1"),
    ("by sex, kind, member", "/people?kind=2&sex=2&member=yes"),
    ("by age", "/people?age_from=80&age_to=84"),
    ("by age, last page", "/people?age_from=60&page=1300"),
    ("sorted by birth", "/people?sort=birth"),
    ("sorted by birth, last page", "/people?sort=-birth&page=1330"),
    ("sorted by name", "/people?sort=name"),
    ("search: a name", "/people?q=%E7%8E%8B%E7%A7%80"),
    ("search: an office", "/people?q=%E6%95%99%E8%82%B2"),
    ("search: two words", "/people?q=%E6%95%99%E8%82%B2+%E7%8E%8B"),
    ("search: a branch", "/people?q=%E7%AC%AC7%E6%94%AF%E9%83%A8"),
    ("search: nobody", "/people?q=%E9%BE%98%E9%BE%98"),
    ("branches", "/orgs"),
    ("search through everything", "/search?q=%E7%8E%8B%E7%A7%80"),
    ("home", "/"),
    ("one screen for the head of bureau", "/overview"),
    ("the table by unit", "/reports"),
    ("the table on a day gone by", "/reports?on=2025-12-31"),
    ("opening and closing", "/reports/changes"),
    ("charts", "/reports/charts"),
    ("the whole list as a workbook", "/people/export"),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let office = Office::open().await;
    let began = Instant::now();
    import(&office, ImportKind::Orgs, census::branches().into()).await;
    let roster = workbook::of_refused(census::people(PEOPLE).as_bytes()).unwrap();
    println!(
        "workbook of {PEOPLE} people: {} KB, made in {:.1} s",
        roster.len() / 1024,
        began.elapsed().as_secs_f64()
    );
    let began = Instant::now();
    import(&office, ImportKind::People, roster).await;
    println!("imported in {:.1} s", began.elapsed().as_secs_f64());
    let mut clerk = office.with(Role::Clerk).await;
    for (what, path) in PAGES {
        let [first, shortest, median] = times(&mut clerk, path).await;
        println!(
            "{what:<28} first {first:>7.2} ms   shortest {shortest:>7.2} ms   median {median:>7.2} ms   {path}"
        );
    }
}

async fn times(clerk: &mut Browser<'_>, path: &str) -> [f64; 3] {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let page = clerk.get(path).await;
        times.push(began.elapsed());
        assert!(page.status.is_success(), "{path}: {}", page.status);
    }
    let first = times[0];
    times.sort_unstable();
    [first, times[0], times[times.len() / 2]].map(|time| time.as_secs_f64() * 1_000.0)
}

async fn import(office: &Office, kind: ImportKind, file: Vec<u8>) {
    let request = ImportRequest { kind, unit_code: String::new(), file: Bytes::from(file) };
    let outcome = office.bureau.import(request, |_| ()).await.unwrap();
    assert_eq!(outcome.counts.refused, 0, "{:?}", outcome.refusals.first());
}
