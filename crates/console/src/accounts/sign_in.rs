//! Signing in: a login name and a password, and what happens when they are wrong.

use sqlx::Row;
use yanzhen_sync::Millis;

use super::{AccountError, AccountId, Accounts, LONGEST_LOGIN, LONGEST_PASSWORD, Secret};

/// Wrong passwords in a row after which an account is locked.
pub const LOCK_AFTER: i64 = 5;

/// How long it is locked then.
pub const LOCK_MS: Millis = 15 * 60 * 1_000;

/// How an attempt to sign in came out.
pub enum SignedIn {
    /// In: what the browser is to hold.
    Yes(AccountId, Secret),
    /// Login name and password don't fit. An unknown name is treated as a known one.
    No {
        /// Attempts before the account is locked.
        left: i64,
    },
    /// Too many attempts.
    Locked {
        /// Until when.
        until_ms: Millis,
    },
}

impl Accounts {
    /// Tries to sign in. Wrong attempts are counted before the password is looked at, so that many at the same time
    /// count too.
    pub async fn sign_in(
        &self,
        login: &str,
        password: String,
        address: &str,
        browser: &str,
    ) -> Result<SignedIn, AccountError> {
        let login = login.trim().to_lowercase();
        if login.chars().count() > LONGEST_LOGIN || password.chars().count() > LONGEST_PASSWORD {
            return Ok(SignedIn::No { left: LOCK_AFTER });
        }
        let now = self.now();
        let Some(known) = self.count_attempt(&login, now).await? else {
            self.hashing.fits(password, None).await;
            return Ok(SignedIn::No { left: LOCK_AFTER - 1 });
        };
        if known.locked_until_ms > now {
            return Ok(SignedIn::Locked { until_ms: known.locked_until_ms });
        }
        if !self.hashing.fits(password, Some(known.password)).await {
            return match LOCK_AFTER - known.failures {
                left @ 1.. => Ok(SignedIn::No { left }),
                _ => {
                    self.set_attempts(known.id, 0, now + LOCK_MS).await?;
                    Ok(SignedIn::Locked { until_ms: now + LOCK_MS })
                }
            };
        }
        self.set_attempts(known.id, 0, 0).await?;
        let secret = self.begin(known.id, address, browser).await?;
        Ok(SignedIn::Yes(known.id, secret))
    }

    /// Counts an attempt for an open account that is not locked, and gives back what is known of it.
    async fn count_attempt(&self, login: &str, now: Millis) -> Result<Option<Known>, AccountError> {
        let mut tx = self.db.begin().await?;
        sqlx::query(
            "UPDATE account SET failures = failures + 1 WHERE login = $1 AND closed = 0 AND locked_until_ms <= $2",
        )
        .bind(login.to_owned())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let row = sqlx::query(
            "SELECT id, password, failures, locked_until_ms FROM account WHERE login = $1 AND closed = 0",
        )
        .bind(login.to_owned())
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Known {
            id: AccountId::read(&row, 0)?,
            password: row.try_get(1)?,
            failures: row.try_get(2)?,
            locked_until_ms: row.try_get(3)?,
        }))
    }

    async fn set_attempts(
        &self,
        id: AccountId,
        failures: i64,
        locked_until_ms: Millis,
    ) -> Result<(), AccountError> {
        sqlx::query("UPDATE account SET failures = $1, locked_until_ms = $2 WHERE id = $3")
            .bind(failures)
            .bind(locked_until_ms)
            .bind(id.0.to_vec())
            .execute(&self.db)
            .await?;
        Ok(())
    }
}

struct Known {
    id: AccountId,
    password: String,
    failures: i64,
    locked_until_ms: Millis,
}
