//! What the security administrator decides about signing in, within bounds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{AnyPool, Row};
use yanzhen_sync::Millis;

use super::{Account, AccountError, Accounts, Role};

const MINUTE_MS: Millis = 60 * 1_000;

/// How signing in is guarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Minutes that a session lasts without being used.
    pub idle_minutes: u32,
    /// Hours that it lasts however much it is used.
    pub whole_hours: u32,
    /// Failures in a row after which an address is locked out of an account.
    pub lock_after: u32,
    /// Minutes that the lock lasts.
    pub lock_minutes: u32,
    /// Roles that ask for the second step.
    pub second_step: Vec<Role>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { idle_minutes: 15, whole_hours: 12, lock_after: 5, lock_minutes: 15, second_step: Vec::new() }
    }
}

/// The policy that holds now. Clones share it.
pub(super) type Held = Arc<RwLock<Policy>>;

const IDLE_MINUTES: &str = "idle_minutes";
const WHOLE_HOURS: &str = "whole_hours";
const LOCK_AFTER: &str = "lock_after";
const LOCK_MINUTES: &str = "lock_minutes";
const SECOND_STEP: &str = "second_step";

impl Policy {
    /// What can be chosen for each number, by its name: short enough to guard, long enough to work.
    pub const BOUNDS: [(&'static str, RangeInclusive<u32>); 4] =
        [(IDLE_MINUTES, 5..=60), (WHOLE_HOURS, 1..=24), (LOCK_AFTER, 3..=10), (LOCK_MINUTES, 5..=1_440)];

    /// The numbers, in the order of [`Policy::BOUNDS`].
    pub fn numbers(&self) -> [u32; 4] {
        [self.idle_minutes, self.whole_hours, self.lock_after, self.lock_minutes]
    }

    /// A policy with these numbers, in the order of [`Policy::BOUNDS`]; an error names those outside their bounds.
    pub fn new(numbers: [Option<u32>; 4], second_step: Vec<Role>) -> Result<Policy, Vec<&'static str>> {
        let fits = |(place, (_, bounds)): &(usize, (&'static str, RangeInclusive<u32>))| {
            numbers[*place].is_some_and(|number| bounds.contains(&number))
        };
        let bad: Vec<&'static str> = Policy::BOUNDS
            .into_iter()
            .enumerate()
            .filter(|bound| !fits(bound))
            .map(|(_, (name, _))| name)
            .collect();
        match numbers {
            [Some(idle_minutes), Some(whole_hours), Some(lock_after), Some(lock_minutes)]
                if bad.is_empty() =>
            {
                Ok(Policy { idle_minutes, whole_hours, lock_after, lock_minutes, second_step })
            }
            _ => Err(bad),
        }
    }

    /// Whether the second step is asked of this account.
    pub fn asks_second_step(&self, account: &Account) -> bool {
        account.roles.iter().any(|role| self.second_step.contains(role))
    }

    pub(super) fn idle_ms(&self) -> Millis {
        Millis::from(self.idle_minutes) * MINUTE_MS
    }

    pub(super) fn whole_ms(&self) -> Millis {
        Millis::from(self.whole_hours) * 60 * MINUTE_MS
    }

    pub(super) fn lock_ms(&self) -> Millis {
        Millis::from(self.lock_minutes) * MINUTE_MS
    }

    fn pairs(&self) -> [(&'static str, String); 5] {
        let roles: Vec<&str> = self.second_step.iter().map(|role| role.code()).collect();
        [
            (IDLE_MINUTES, self.idle_minutes.to_string()),
            (WHOLE_HOURS, self.whole_hours.to_string()),
            (LOCK_AFTER, self.lock_after.to_string()),
            (LOCK_MINUTES, self.lock_minutes.to_string()),
            (SECOND_STEP, roles.join(" ")),
        ]
    }
}

/// What was decided last; the default until then.
pub(super) async fn read(db: &AnyPool) -> Result<Policy, AccountError> {
    let rows = sqlx::query("SELECT name, value FROM policy").fetch_all(db).await?;
    if rows.is_empty() {
        return Ok(Policy::default());
    }
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        values.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let numbers = Policy::BOUNDS.map(|(name, _)| values.get(name).and_then(|value| value.parse().ok()));
    let roles = values.get(SECOND_STEP).map(String::as_str).unwrap_or_default();
    let roles = roles.split_whitespace().filter_map(Role::of_code).collect();
    Policy::new(numbers, roles).map_err(|_| AccountError::Damaged("policy"))
}

impl Accounts {
    /// The policy that holds.
    pub fn policy(&self) -> Policy {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Decides another one. It holds at once, for those who are signed in too.
    pub async fn set_policy(&self, policy: Policy) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        for (name, value) in policy.pairs() {
            let sql = "INSERT INTO policy (name, value) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            sqlx::query(sql).bind(name).bind(value).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        Ok(())
    }
}
