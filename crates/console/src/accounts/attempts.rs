//! How often somebody may guess, without giving a stranger the means to keep the owner out.
//!
//! A few failures in a row lock out the address that they came from, not the account: its owner, at another desk, is
//! not touched. So that many addresses don't guess for ever, an account that fails often from addresses where it has
//! never been signed in refuses all such addresses for a while; where it has been signed in it still opens.

use sqlx::{Any, Row, Transaction};
use yanzhen_sync::Millis;

use super::{Account, AccountError, AccountId, Accounts};

/// How many addresses may fail up to their lock before all unknown ones are locked out of an account.
const UNKNOWN_ADDRESSES: i64 = 5;

/// How long an address is known after it was last signed in from.
const KNOWN_MS: Millis = 90 * 24 * 60 * 60 * 1_000;

/// What may be done with an attempt.
pub(super) enum Turn {
    /// It is counted; the last one of its row has locked the address until the time given, unless it goes well.
    Counted { locked_until_ms: Option<Millis> },
    /// It is not looked at.
    Locked { until_ms: Millis },
}

impl Accounts {
    /// Counts an attempt before it is looked at: many at the same time are no more than a few one after the other.
    pub(super) async fn take_turn(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
        address: &str,
    ) -> Result<Turn, AccountError> {
        let (now, policy) = (self.now(), self.policy());
        let (lock_ms, lock_after) = (policy.lock_ms(), i64::from(policy.lock_after));
        sqlx::query("DELETE FROM attempt WHERE at_ms < $1 AND locked_until_ms <= $2")
            .bind(now - lock_ms)
            .bind(now)
            .execute(&mut **tx)
            .await?;
        let row =
            sqlx::query("SELECT failures, locked_until_ms FROM attempt WHERE account = $1 AND address = $2")
                .bind(account.0.to_vec())
                .bind(address.to_owned())
                .fetch_optional(&mut **tx)
                .await?;
        let (failures, until_ms): (i64, Millis) = match row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, 0),
        };
        if until_ms > now {
            return Ok(Turn::Locked { until_ms });
        }
        if let Some(until_ms) = strangers_until(tx, account, address, lock_after, lock_ms, now).await? {
            return Ok(Turn::Locked { until_ms });
        }
        // A lock that is over begins the count anew.
        let failures = if until_ms > 0 { 1 } else { failures + 1 };
        let locked_until_ms = (failures >= lock_after).then_some(now + lock_ms);
        sqlx::query(
            "INSERT INTO attempt (account, address, failures, at_ms, locked_until_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (account, address) DO UPDATE SET failures = excluded.failures, \
             at_ms = excluded.at_ms, locked_until_ms = excluded.locked_until_ms",
        )
        .bind(account.0.to_vec())
        .bind(address.to_owned())
        .bind(failures)
        .bind(now)
        .bind(locked_until_ms.unwrap_or_default())
        .execute(&mut **tx)
        .await?;
        Ok(Turn::Counted { locked_until_ms })
    }

    /// Takes one attempt back: it was right so far, and there is more to come.
    pub(super) async fn give_back(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
        address: &str,
    ) -> Result<(), AccountError> {
        let sql = "UPDATE attempt SET failures = failures - 1, locked_until_ms = 0 \
             WHERE account = $1 AND address = $2 AND failures > 0";
        sqlx::query(sql).bind(account.0.to_vec()).bind(address.to_owned()).execute(&mut **tx).await?;
        Ok(())
    }

    /// Forgets the failures from an address that has now signed in, and knows it.
    pub(super) async fn went_well(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
        address: &str,
    ) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM attempt WHERE account = $1 AND address = $2")
            .bind(account.0.to_vec())
            .bind(address.to_owned())
            .execute(&mut **tx)
            .await?;
        sqlx::query("DELETE FROM known_address WHERE at_ms < $1")
            .bind(self.now() - KNOWN_MS)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "INSERT INTO known_address (account, address, at_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (account, address) DO UPDATE SET at_ms = excluded.at_ms",
        )
        .bind(account.0.to_vec())
        .bind(address.to_owned())
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Accounts that are locked from some address now, each with the last time until which it is.
    pub(crate) async fn locked(&self) -> Result<Vec<(Account, Millis)>, AccountError> {
        let sql =
            "SELECT account, MAX(locked_until_ms) FROM attempt WHERE locked_until_ms > $1 GROUP BY account";
        let mut locked = Vec::new();
        for row in sqlx::query(sql).bind(self.now()).fetch_all(&self.db).await? {
            let account = self.account(AccountId::read(&row, 0)?).await?;
            locked.push((account, row.try_get(1)?));
        }
        Ok(locked)
    }

    /// Forgets all failures of an account: its owner has chosen a new password by a link.
    pub(super) async fn forget_attempts(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
    ) -> Result<(), AccountError> {
        let sql = "DELETE FROM attempt WHERE account = $1";
        sqlx::query(sql).bind(account.0.to_vec()).execute(&mut **tx).await?;
        Ok(())
    }
}

/// Until when addresses that are not known are locked out of an account, if this is one of them and they are.
async fn strangers_until(
    tx: &mut Transaction<'_, Any>,
    account: AccountId,
    address: &str,
    lock_after: i64,
    lock_ms: Millis,
    now: Millis,
) -> Result<Option<Millis>, AccountError> {
    let known = "SELECT COUNT(*) FROM known_address WHERE account = $1 AND address = $2";
    let known: i64 = sqlx::query_scalar(known)
        .bind(account.0.to_vec())
        .bind(address.to_owned())
        .fetch_one(&mut **tx)
        .await?;
    if known > 0 {
        return Ok(None);
    }
    let strangers = "SELECT COALESCE(SUM(failures), 0), COALESCE(MIN(at_ms), 0) FROM attempt WHERE account = $1 \
         AND address NOT IN (SELECT address FROM known_address WHERE account = $1)";
    let row = sqlx::query(strangers).bind(account.0.to_vec()).fetch_one(&mut **tx).await?;
    let (failures, oldest_ms): (i64, Millis) = (row.try_get(0)?, row.try_get(1)?);
    let is_full = failures >= lock_after * UNKNOWN_ADDRESSES;
    Ok(is_full.then(|| (oldest_ms + lock_ms).max(now + 1)))
}
