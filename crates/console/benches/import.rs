//! How long a roster of 40,000 rows takes to come in through the pages of a console, on disk: sent as a workbook, looked
//! through, imported, stopped on the way and gone on with, sent again. It reports and asserts nothing about time:
//!
//! `cargo bench --workspace --bench import` (or with `--profile dev`, which builds sooner).

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]
#![allow(dead_code, reason = "the office has more rooms than are used here")]

use std::time::{Duration, Instant};

use yanzhen_bureau::Filter;
use yanzhen_bureau::workbook;
use yanzhen_console::accounts::Role;

use office::{Browser, Office};

mod census;

#[path = "../tests/web/office.rs"]
mod office;

#[path = "../tests/web/quiet.rs"]
mod quiet;

#[path = "../tests/web/upload.rs"]
mod upload;

const PEOPLE: usize = 40_000;

/// When it is stopped.
const STOPPED_AFTER: Duration = Duration::from_secs(1);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let orgs = check(&mut clerk, "/orgs", census::branches().as_bytes()).await;
    start(&mut clerk, &orgs).await;
    let roster = workbook::of_refused(census::people(PEOPLE).as_bytes()).unwrap();
    println!("a workbook of {PEOPLE} people: {} KB", roster.len() / 1024);

    let began = Instant::now();
    let import = check(&mut clerk, "/people", &roster).await;
    let looked_through = began.elapsed();
    let begun = clerk.submit(&format!("{import}/start"), &[]).await;
    assert!(begun.status.is_redirection());
    tokio::time::sleep(STOPPED_AFTER).await;
    clerk.submit(&format!("{import}/stop"), &[]).await;
    let stood_at = people(&office).await;
    start(&mut clerk, &import).await;
    assert_eq!(people(&office).await, PEOPLE as u64);
    say("looked through", looked_through);
    say(
        &format!("imported (stopped at {stood_at} people, and gone on with)"),
        began.elapsed() - looked_through,
    );

    let began = Instant::now();
    let again = check(&mut clerk, "/people", &roster).await;
    start(&mut clerk, &again).await;
    say("the same workbook again, which changes nothing", began.elapsed());
    assert_eq!(people(&office).await, PEOPLE as u64);
}

/// Sends a file and waits until it was looked through; answers with where its import is.
async fn check(clerk: &mut Browser<'_>, list: &str, file: &[u8]) -> String {
    let import = upload::send(clerk, &format!("{list}/import/files"), file).await.location().to_owned();
    upload::settled(clerk, &import).await;
    import
}

/// Imports what was looked through, and waits for its end.
async fn start(clerk: &mut Browser<'_>, import: &str) {
    clerk.submit(&format!("{import}/start"), &[]).await;
    upload::settled(clerk, import).await;
}

async fn people(office: &Office) -> u64 {
    office.bureau.list_people(&Filter::default()).await.unwrap().total
}

fn say(what: &str, took: Duration) {
    println!("{what}: {:.1} s", took.as_secs_f64());
}
