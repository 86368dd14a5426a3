//! The second step of signing in: a code that a telephone makes from a secret and the time (RFC 6238), or one of a few
//! recovery codes for who has lost the telephone. The secret lies in the console's database, protected as the site's
//! keys are: by the data folder, which only the site's own account may enter.

use sqlx::{Any, Row, Transaction};
use totp_rs::{Builder, Totp};

use super::attempts::Turn;
use super::{Account, AccountError, AccountId, Accounts};

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;

/// Recovery codes of an account.
const RECOVERY_CODES: usize = 10;

/// Bytes of a recovery code: too many to guess, so that a plain hash keeps it.
const RECOVERY_BYTES: usize = 10;

/// Digits between two dashes of a recovery code.
const GROUP: usize = 4;

/// Who made a code, as telephones show it.
const ISSUER: &str = "Yanzhen";

/// Where an account's second step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondStep {
    /// There is none.
    Off,
    /// The telephone has still to prove that it makes the right codes.
    Begun {
        /// The secret to type, in groups.
        typed: String,
        /// The same for a telephone's camera.
        url: String,
    },
    /// It is asked for at each signing in.
    On {
        /// Recovery codes that have not been used.
        recovery_left: u64,
    },
}

/// How a code came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coded<T> {
    /// Right.
    Right(T),
    /// Wrong, or used before.
    Wrong,
    /// Too many were wrong.
    Locked {
        /// Until when.
        until_ms: i64,
    },
}

impl Accounts {
    /// Where an account's second step stands.
    pub async fn second_step(&self, account: &Account) -> Result<SecondStep, AccountError> {
        let mut tx = self.db.begin().await?;
        let Some(held) = held(&mut tx, account.id).await? else { return Ok(SecondStep::Off) };
        if !held.is_confirmed {
            let typed = grouped(&data_encoding::BASE32_NOPAD.encode(&held.secret));
            let url = totp(held.secret, &account.login)?.to_url();
            let url = url.map_err(|_| AccountError::Damaged("second_step"))?;
            return Ok(SecondStep::Begun { typed, url });
        }
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_code WHERE account = $1")
            .bind(account.id.0.to_vec())
            .fetch_one(&mut *tx)
            .await?;
        Ok(SecondStep::On { recovery_left: left.unsigned_abs() })
    }

    /// Makes a secret for an account that has no second step yet, in place of one that was never confirmed.
    pub async fn begin_second_step(&self, id: AccountId) -> Result<(), AccountError> {
        let secret: [u8; SECRET_BYTES] = rand::random();
        sqlx::query(
            "INSERT INTO second_step (account, secret, is_confirmed, last_step) VALUES ($1, $2, 0, 0) \
             ON CONFLICT (account) DO UPDATE SET secret = excluded.secret WHERE is_confirmed = 0",
        )
        .bind(id.0.to_vec())
        .bind(secret.to_vec())
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Turns the second step on, once the telephone makes the right codes. Gives the recovery codes, this once.
    pub async fn confirm_second_step(
        &self,
        id: AccountId,
        address: &str,
        code: &str,
    ) -> Result<Coded<Vec<String>>, AccountError> {
        self.with_code(id, address, code, Then::Confirm).await
    }

    /// New recovery codes in place of the old ones.
    pub async fn new_recovery_codes(
        &self,
        id: AccountId,
        address: &str,
        code: &str,
    ) -> Result<Coded<Vec<String>>, AccountError> {
        self.with_code(id, address, code, Then::Renew).await
    }

    /// Turns the second step off, by its own code.
    pub async fn end_second_step(
        &self,
        id: AccountId,
        address: &str,
        code: &str,
    ) -> Result<Coded<Vec<String>>, AccountError> {
        self.with_code(id, address, code, Then::End).await
    }

    /// Turns the second step off, for an administrator: the telephone and the recovery codes are lost.
    pub async fn reset_second_step(&self, id: AccountId) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        remove(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    /// Whether signing in asks for a code.
    pub(super) async fn has_second_step(
        &self,
        tx: &mut Transaction<'_, Any>,
        id: AccountId,
    ) -> Result<bool, AccountError> {
        Ok(held(tx, id).await?.is_some_and(|held| held.is_confirmed))
    }

    /// Whether a code is right; it is used up.
    pub(super) async fn use_code(
        &self,
        tx: &mut Transaction<'_, Any>,
        id: AccountId,
        code: &str,
    ) -> Result<bool, AccountError> {
        let Some(held) = held(tx, id).await? else { return Ok(false) };
        let typed: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let seconds = u64::try_from(self.now() / 1_000).unwrap_or_default();
        if let Some(step) = totp(held.secret, "")?.check(&typed, seconds) {
            // Of one code nobody has any use twice.
            let sql = "UPDATE second_step SET last_step = $1 WHERE account = $2 AND last_step < $1";
            let step = i64::try_from(step).unwrap_or(i64::MAX);
            let used = sqlx::query(sql).bind(step).bind(id.0.to_vec()).execute(&mut **tx).await?;
            return Ok(used.rows_affected() == 1);
        }
        if !held.is_confirmed {
            return Ok(false);
        }
        let used = sqlx::query("DELETE FROM recovery_code WHERE account = $1 AND code = $2")
            .bind(id.0.to_vec())
            .bind(hash(&typed))
            .execute(&mut **tx)
            .await?;
        Ok(used.rows_affected() == 1)
    }

    async fn with_code(
        &self,
        id: AccountId,
        address: &str,
        code: &str,
        then: Then,
    ) -> Result<Coded<Vec<String>>, AccountError> {
        let mut tx = self.db.begin().await?;
        let locked_until_ms = match self.take_turn(&mut tx, id, address).await? {
            Turn::Locked { until_ms } => return Ok(Coded::Locked { until_ms }),
            Turn::Counted { locked_until_ms } => locked_until_ms,
        };
        let is_right = self.use_code(&mut tx, id, code).await?;
        let mut codes = Vec::new();
        if is_right {
            self.went_well(&mut tx, id, address).await?;
            match then {
                Then::End => remove(&mut tx, id).await?,
                Then::Confirm | Then::Renew => {
                    let sql = "UPDATE second_step SET is_confirmed = 1 WHERE account = $1";
                    sqlx::query(sql).bind(id.0.to_vec()).execute(&mut *tx).await?;
                    codes = new_codes(&mut tx, id).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(match (is_right, locked_until_ms) {
            (true, _) => Coded::Right(codes),
            (false, None) => Coded::Wrong,
            (false, Some(until_ms)) => Coded::Locked { until_ms },
        })
    }
}

/// What a right code is for.
enum Then {
    Confirm,
    Renew,
    End,
}

/// A row of the table.
struct Held {
    secret: Vec<u8>,
    is_confirmed: bool,
}

async fn held(tx: &mut Transaction<'_, Any>, id: AccountId) -> Result<Option<Held>, AccountError> {
    let query = sqlx::query("SELECT secret, is_confirmed FROM second_step WHERE account = $1");
    let Some(row) = query.bind(id.0.to_vec()).fetch_optional(&mut **tx).await? else { return Ok(None) };
    Ok(Some(Held { secret: row.try_get(0)?, is_confirmed: row.try_get::<i64, _>(1)? != 0 }))
}

pub(super) async fn remove(tx: &mut Transaction<'_, Any>, id: AccountId) -> Result<(), AccountError> {
    for sql in ["DELETE FROM second_step WHERE account = $1", "DELETE FROM recovery_code WHERE account = $1"]
    {
        sqlx::query(sql).bind(id.0.to_vec()).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn new_codes(tx: &mut Transaction<'_, Any>, id: AccountId) -> Result<Vec<String>, AccountError> {
    sqlx::query("DELETE FROM recovery_code WHERE account = $1")
        .bind(id.0.to_vec())
        .execute(&mut **tx)
        .await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = data_encoding::BASE32_NOPAD.encode(&rand::random::<[u8; RECOVERY_BYTES]>());
        sqlx::query("INSERT INTO recovery_code (account, code) VALUES ($1, $2)")
            .bind(id.0.to_vec())
            .bind(hash(&code))
            .execute(&mut **tx)
            .await?;
        codes.push(grouped(&code).replace(' ', "-"));
    }
    Ok(codes)
}

/// One step of 30 seconds early or late is taken: clocks differ.
fn totp(secret: Vec<u8>, login: &str) -> Result<Totp, AccountError> {
    let builder = Builder::new().with_secret(secret).with_issuer(Some(ISSUER)).with_account_name(login);
    builder.build().map_err(|_| AccountError::Damaged("second_step"))
}

fn hash(code: &str) -> Vec<u8> {
    blake3::hash(code.to_uppercase().as_bytes()).as_bytes().to_vec()
}

fn grouped(text: &str) -> String {
    let groups: Vec<&str> =
        (0..text.len()).step_by(GROUP).map(|at| &text[at..text.len().min(at + GROUP)]).collect();
    groups.join(" ")
}
