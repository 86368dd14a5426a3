//! Signing in: a login name and a password, where it is on a code as the second step, and what happens when they are
//! wrong.

use sqlx::Row;
use yanzhen_sync::Millis;
use yanzhen_sync::hash::{Context, Hash};

use super::attempts::Turn;
use super::{AccountError, AccountId, Accounts, LONGEST_LOGIN, LONGEST_PASSWORD, Origin, Secret};

/// How an attempt to sign in came out.
pub enum SignedIn {
    /// In: what the browser is to hold.
    Yes(AccountId, Secret),
    /// The password was right; the second step is still to come, from the browser that holds this.
    Half(AccountId, Secret),
    /// Login name and password, or the code, don't fit.
    No,
    /// The second step took too long: all begins anew.
    Late,
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
        from: Origin<'_>,
    ) -> Result<SignedIn, AccountError> {
        let login = login.trim().to_lowercase();
        if login.chars().count() > LONGEST_LOGIN || password.chars().count() > LONGEST_PASSWORD {
            return Ok(SignedIn::No);
        }
        // A name that nobody has is counted and locked as any other: it must not be told from one that somebody has.
        let known = self.known(&login).await?;
        let id = known.as_ref().map_or_else(|| nobody(&login), |known| known.id);
        let mut tx = self.db.begin().await?;
        let turn = self.take_turn(&mut tx, id, from.address).await?;
        tx.commit().await?;
        let locked_until_ms = match turn {
            Turn::Locked { until_ms } => return Ok(SignedIn::Locked { until_ms }),
            Turn::Counted { locked_until_ms } => locked_until_ms,
        };
        let phc = known.as_ref().map(|known| known.password.clone());
        let fits = self.hashing.fits(password, phc).await?;
        match known.filter(|_| fits) {
            Some(known) => self.begin_after(&known, from).await,
            None => Ok(wrong(locked_until_ms)),
        }
    }

    /// Tries the second step, with a code of the telephone or a recovery code. It is counted as wrong passwords are.
    pub async fn sign_in_code(
        &self,
        half: &Secret,
        code: &str,
        from: Origin<'_>,
    ) -> Result<SignedIn, AccountError> {
        let mut tx = self.db.begin().await?;
        let Some(id) = self.half(&mut tx, half).await? else { return Ok(SignedIn::Late) };
        let locked_until_ms = match self.take_turn(&mut tx, id, from.address).await? {
            Turn::Locked { until_ms } => return Ok(SignedIn::Locked { until_ms }),
            Turn::Counted { locked_until_ms } => locked_until_ms,
        };
        if !self.use_code(&mut tx, id, code).await? {
            tx.commit().await?;
            return Ok(wrong(locked_until_ms));
        }
        self.went_well(&mut tx, id, from.address).await?;
        let delete = sqlx::query("DELETE FROM session WHERE secret = $1");
        delete.bind(half.hash()).execute(&mut *tx).await?;
        // What a browser holds before it is let in is never what it holds after.
        let secret = self.begin(&mut tx, id, from, false).await?;
        tx.commit().await?;
        Ok(SignedIn::Yes(id, secret))
    }

    /// The login name of whoever has still to do the second step.
    pub async fn half_login(&self, half: &Secret) -> Result<Option<String>, AccountError> {
        let mut tx = self.db.begin().await?;
        let id = self.half(&mut tx, half).await?;
        drop(tx);
        Ok(match id {
            Some(id) => Some(self.account(id).await?.login),
            None => None,
        })
    }

    async fn known(&self, login: &str) -> Result<Option<Known>, AccountError> {
        let query = sqlx::query("SELECT id, password FROM account WHERE login = $1 AND closed = 0");
        let row = query.bind(login.to_owned()).fetch_optional(&self.db).await?;
        row.map(|row| Ok(Known { id: AccountId::read(&row, 0)?, password: row.try_get(1)? })).transpose()
    }

    /// Begins a session if the password that fitted is still the account's.
    async fn begin_after(&self, known: &Known, from: Origin<'_>) -> Result<SignedIn, AccountError> {
        let mut tx = self.db.begin().await?;
        let still = "SELECT COUNT(*) FROM account WHERE id = $1 AND password = $2 AND closed = 0";
        let query = sqlx::query_scalar(still).bind(known.id.0.to_vec()).bind(known.password.clone());
        let still: i64 = query.fetch_one(&mut *tx).await?;
        if still == 0 {
            return Ok(SignedIn::No);
        }
        let is_half = self.has_second_step(&mut tx, known.id).await?;
        match is_half {
            true => self.give_back(&mut tx, known.id, from.address).await?,
            false => self.went_well(&mut tx, known.id, from.address).await?,
        }
        let secret = self.begin(&mut tx, known.id, from, is_half).await?;
        tx.commit().await?;
        Ok(if is_half { SignedIn::Half(known.id, secret) } else { SignedIn::Yes(known.id, secret) })
    }
}

/// What a wrong attempt is answered with, by whether it was the last one.
fn wrong(locked_until_ms: Option<Millis>) -> SignedIn {
    locked_until_ms.map_or(SignedIn::No, |until_ms| SignedIn::Locked { until_ms })
}

/// Stands for a login name that nobody has, where attempts are counted.
fn nobody(login: &str) -> AccountId {
    let hash = Hash::of(Context::Object, &[b"login ", login.as_bytes()]);
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    AccountId(id)
}

struct Known {
    id: AccountId,
    password: String,
}
