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
    /// Login name and password don't fit.
    No,
    /// Too many attempts.
    Locked {
        /// Until when.
        until_ms: Millis,
    },
}

impl Accounts {
    /// The login name as it is kept, where somebody has it.
    pub async fn known_login(&self, typed: &str) -> Result<Option<String>, AccountError> {
        let query = sqlx::query_scalar("SELECT login FROM account WHERE login = $1");
        Ok(query.bind(typed.trim().to_lowercase()).fetch_optional(&self.db).await?)
    }

    /// Tries to sign in. An attempt is counted, and the last one locks, before the password is looked at: many at the
    /// same time are no more than a few one after the other.
    pub async fn sign_in(
        &self,
        login: &str,
        password: String,
        address: &str,
        browser: &str,
    ) -> Result<SignedIn, AccountError> {
        let login = login.trim().to_lowercase();
        if login.chars().count() > LONGEST_LOGIN || password.chars().count() > LONGEST_PASSWORD {
            return Ok(SignedIn::No);
        }
        let attempt = self.count_attempt(&login, self.now()).await?;
        let known = match attempt {
            Attempt::Unknown => {
                self.hashing.fits(password, None).await;
                return Ok(SignedIn::No);
            }
            Attempt::Locked { until_ms } => return Ok(SignedIn::Locked { until_ms }),
            Attempt::Counted(known) => known,
        };
        if self.hashing.fits(password, Some(known.password.clone())).await {
            let secret = self.begin_after(&known, address, browser).await?;
            return Ok(secret.map_or(SignedIn::No, |secret| SignedIn::Yes(known.id, secret)));
        }
        Ok(match known.locked_until_ms {
            0 => SignedIn::No,
            until_ms => SignedIn::Locked { until_ms },
        })
    }

    /// Counts an attempt for an open account that is not locked; the last one allowed locks it.
    async fn count_attempt(&self, login: &str, now: Millis) -> Result<Attempt, AccountError> {
        let mut tx = self.db.begin().await?;
        // A lock that is over begins the count anew.
        let counted = sqlx::query(
            "UPDATE account SET \
             failures = CASE WHEN locked_until_ms > 0 THEN 1 ELSE failures + 1 END, \
             locked_until_ms = CASE WHEN locked_until_ms = 0 AND failures + 1 >= $1 THEN $2 ELSE 0 END \
             WHERE login = $3 AND closed = 0 AND locked_until_ms <= $4",
        )
        .bind(LOCK_AFTER)
        .bind(now + LOCK_MS)
        .bind(login.to_owned())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let row =
            sqlx::query("SELECT id, password, locked_until_ms FROM account WHERE login = $1 AND closed = 0")
                .bind(login.to_owned())
                .fetch_optional(&mut *tx)
                .await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(Attempt::Unknown) };
        let locked_until_ms = row.try_get(2)?;
        if counted.rows_affected() == 0 {
            return Ok(Attempt::Locked { until_ms: locked_until_ms });
        }
        Ok(Attempt::Counted(Known {
            id: AccountId::read(&row, 0)?,
            password: row.try_get(1)?,
            locked_until_ms,
        }))
    }

    /// Begins a session if the password that fitted is still the account's.
    async fn begin_after(
        &self,
        known: &Known,
        address: &str,
        browser: &str,
    ) -> Result<Option<Secret>, AccountError> {
        let mut tx = self.db.begin().await?;
        let still = sqlx::query(
            "UPDATE account SET failures = 0, locked_until_ms = 0 WHERE id = $1 AND password = $2 AND closed = 0",
        )
        .bind(known.id.0.to_vec())
        .bind(known.password.clone())
        .execute(&mut *tx)
        .await?;
        if still.rows_affected() == 0 {
            return Ok(None);
        }
        let secret = self.begin(&mut tx, known.id, address, browser).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }
}

/// What an attempt finds.
enum Attempt {
    Unknown,
    Locked { until_ms: Millis },
    Counted(Known),
}

struct Known {
    id: AccountId,
    password: String,
    /// 0, unless this attempt has locked it.
    locked_until_ms: Millis,
}
