//! How often somebody may guess, and that nobody else is kept out by it.

use super::*;

#[tokio::test]
async fn five_wrong_passwords_lock_an_address_for_a_while_also_for_the_right_one() {
    let world = world().await;
    world.begun().await;
    for _ in 1..LOCK_AFTER {
        assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No));
    }
    assert!(
        matches!(world.sign_in("system", "wrong").await, SignedIn::Locked { until_ms } if until_ms == START + LOCK_MS)
    );
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Locked { .. }));
    world.clock.advance(LOCK_MS);
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Yes(..)));
    for _ in 1..LOCK_AFTER {
        assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No), "the count begins anew");
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted_and_the_right_one_comes_too_late() {
    let world = world().await;
    world.begun().await;
    let wrong = (0..2 * LOCK_AFTER).map(|_| "wrong");
    let guesses = wrong.chain([PASSWORD]).map(|password| world.sign_in("system", password));
    let outcomes = futures_util::future::join_all(guesses).await;
    assert!(!outcomes.iter().any(|outcome| matches!(outcome, SignedIn::Yes(..))));
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Locked { .. }));
}

#[tokio::test]
async fn whoever_guesses_from_one_desk_keeps_nobody_out_at_another() {
    let world = world().await;
    world.begun().await;
    for _ in 0..LOCK_AFTER {
        world.sign_in_from("10.0.0.66", "system", "wrong").await;
    }
    assert!(matches!(world.sign_in_from("10.0.0.66", "system", PASSWORD).await, SignedIn::Locked { .. }));
    assert!(matches!(world.sign_in_from("10.0.0.7", "system", PASSWORD).await, SignedIn::Yes(..)));
}

#[tokio::test]
async fn guesses_from_many_addresses_are_bounded_and_the_desk_that_is_known_stays_open() {
    let world = world().await;
    world.begun().await;
    assert!(matches!(world.sign_in_from("10.0.0.7", "system", PASSWORD).await, SignedIn::Yes(..)));
    let mut looked_at = 0;
    for address in 0..100 {
        let outcome = world.sign_in_from(&format!("2001:db8::{address:x}"), "system", "wrong").await;
        looked_at += usize::from(matches!(outcome, SignedIn::No));
    }
    assert_eq!(looked_at, 5 * LOCK_AFTER, "five addresses' worth, however many there are");
    let elsewhere = world.sign_in_from("10.0.0.8", "system", PASSWORD).await;
    assert!(matches!(elsewhere, SignedIn::Locked { until_ms } if until_ms == START + LOCK_MS));
    assert!(matches!(world.sign_in_from("10.0.0.7", "system", PASSWORD).await, SignedIn::Yes(..)));
    world.clock.advance(LOCK_MS + 1);
    assert!(matches!(world.sign_in_from("10.0.0.8", "system", PASSWORD).await, SignedIn::Yes(..)));
}

#[tokio::test]
async fn failures_that_are_long_over_are_forgotten() {
    let world = world().await;
    world.begun().await;
    for _ in 1..LOCK_AFTER {
        world.sign_in("system", "wrong").await;
    }
    world.clock.advance(LOCK_MS + 1);
    assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No));
    let kept = sqlx::query("SELECT failures FROM attempt").fetch_all(&world.accounts.db).await.unwrap();
    assert_eq!(kept.iter().map(|row| row.get::<i64, _>(0)).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_locked_as_one_that_somebody_has() {
    let world = world().await;
    world.begun().await;
    for login in ["system", "nobody"] {
        for _ in 1..LOCK_AFTER {
            assert!(matches!(world.sign_in(login, "wrong").await, SignedIn::No), "{login}");
        }
        let locked = world.sign_in(login, "wrong").await;
        assert!(matches!(locked, SignedIn::Locked { until_ms } if until_ms == START + LOCK_MS), "{login}");
    }
    assert!(matches!(world.sign_in("somebody", "wrong").await, SignedIn::No), "each name has its own count");
}
