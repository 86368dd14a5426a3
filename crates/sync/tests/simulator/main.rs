//! A federation in virtual time, driven by a seed: real sessions over reference replicas, with everything that goes
//! wrong on lines and machines. A seed replays a run:
//!
//! `YANZHEN_SIM_SEED=7 cargo test -p yanzhen-sync --test simulator -- --nocapture` runs one seed with a trace,
//! `YANZHEN_SIM_SEEDS=2000 cargo test …` runs as many.

#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test that fails may panic")]

mod actions;
mod expect;
mod faults;
mod ledger;
mod network;
mod site;
mod work;
mod world;

use world::{Broken, Settings, Statistics, run};

/// Seeds of one test run unless told otherwise.
const SEEDS: u64 = 200;

/// Seeds within which a broken rule must show.
const SEEDS_TO_CATCH: u64 = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn nothing_promised_is_lost_and_all_replicas_agree_after_healing() {
    if let Some(seed) = number("YANZHEN_SIM_SEED") {
        let outcome = run(seed, Settings { broken: None, trace: true });
        println!("seed {seed}: {outcome:?}");
        return assert!(outcome.is_ok(), "seed {seed} fails");
    }
    let seeds = number("YANZHEN_SIM_SEEDS").unwrap_or(SEEDS);
    let mut total = Statistics::default();
    for seed in 0..seeds {
        match run(seed, Settings { broken: None, trace: false }) {
            Ok(statistics) => total.add(&statistics),
            Err(why) => panic!(
                "seed {seed}: {why}\nreplay it with\n  \
                 YANZHEN_SIM_SEED={seed} cargo test -p yanzhen-sync --test simulator -- --nocapture nothing_promised"
            ),
        }
    }
    println!("{seeds} seeds: {total:?}");
    assert!(total.is_worth_something(), "too little happened to prove anything: {total:?}");
}

/// Whether the checks notice a broken rule, and for the right reason.
fn is_caught(rule: Broken, reason: &str) {
    let caught = (0..SEEDS_TO_CATCH)
        .filter_map(|seed| run(seed, Settings { broken: Some(rule), trace: false }).err())
        .find(|why| why.contains(reason));
    println!("{rule:?}: {caught:?}");
    assert!(caught.is_some(), "nobody notices that a site breaks the rule {rule:?}");
}

#[test]
fn an_acknowledgement_before_the_commit_is_caught() {
    is_caught(Broken::AckAfterCommit, "which is not durable there");
}

#[test]
fn a_duplicate_that_is_applied_is_caught() {
    is_caught(Broken::SkipDuplicates, "was next");
}

#[test]
fn forwarding_beyond_a_seal_is_caught() {
    is_caught(Broken::StopAtSeals, "do not lead to its seal");
}

#[test]
fn ignoring_the_cut_of_a_former_home_is_caught() {
    is_caught(Broken::HonourCuts, "set aside");
}
