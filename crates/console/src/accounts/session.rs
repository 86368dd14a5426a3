//! Who is signed in: a random secret in the browser, its hash here.

use sqlx::{Any, Row, Transaction};
use yanzhen_sync::Millis;

use super::{Account, AccountError, AccountId, Accounts};

/// How long a session lasts without being used.
pub(super) const IDLE_MS: Millis = 15 * 60 * 1_000;

/// How long a session lasts, however much it is used: a working day.
pub(super) const WHOLE_MS: Millis = 12 * 60 * 60 * 1_000;

/// How often a session's last use is written down: often enough for [`IDLE_MS`], seldom enough for the disk.
const NOTE_MS: Millis = 60 * 1_000;

/// Characters of a browser's name that are kept.
const BROWSER_LIMIT: usize = 120;

/// What a browser or a link holds: 32 random bytes in base64. Never logged, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is, with the roles that the account has now.
    pub account: Account,
    /// Goes into every form, so that no other page can send one in this browser's name.
    pub csrf: String,
    /// When it began.
    pub started_ms: Millis,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one.
    pub(super) fn random() -> Secret {
        Secret(rand::random())
    }

    /// Reads what a browser or a link sent.
    pub fn parse(text: &str) -> Option<Secret> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Secret)
    }

    /// As text, for the browser alone.
    pub fn reveal(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.0)
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        blake3::hash(&self.0).as_bytes().to_vec()
    }

    fn csrf(&self) -> String {
        let key = blake3::derive_key("yanzhen.v1 console forms", &self.0);
        data_encoding::BASE64URL_NOPAD.encode(&key)
    }
}

impl Accounts {
    /// Begins a session, and forgets those that are over.
    pub(super) async fn begin(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
        address: &str,
        browser: &str,
    ) -> Result<Secret, AccountError> {
        let (secret, now) = (Secret::random(), self.now());
        sqlx::query("DELETE FROM session WHERE started_ms < $1 OR seen_ms < $2")
            .bind(now - WHOLE_MS)
            .bind(now - IDLE_MS)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "INSERT INTO session (secret, account, started_ms, seen_ms, address, browser) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(secret.hash())
        .bind(account.0.to_vec())
        .bind(now)
        .bind(now)
        .bind(address.to_owned())
        .bind(browser.chars().take(BROWSER_LIMIT).collect::<String>())
        .execute(&mut **tx)
        .await?;
        Ok(secret)
    }

    /// The session of a browser; none when it was never begun, is over or its account is closed.
    pub async fn session(&self, secret: &Secret) -> Result<Option<Session>, AccountError> {
        let now = self.now();
        let row = sqlx::query("SELECT account, started_ms, seen_ms FROM session WHERE secret = $1")
            .bind(secret.hash())
            .fetch_optional(&self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (started_ms, seen_ms): (Millis, Millis) = (row.try_get(1)?, row.try_get(2)?);
        // A clock that was set back ends no session; one that was set far ahead ends all.
        if now.saturating_sub(started_ms) > WHOLE_MS || now.saturating_sub(seen_ms) > IDLE_MS {
            self.end(secret).await?;
            return Ok(None);
        }
        if now.saturating_sub(seen_ms) > NOTE_MS {
            sqlx::query("UPDATE session SET seen_ms = $1 WHERE secret = $2")
                .bind(now)
                .bind(secret.hash())
                .execute(&self.db)
                .await?;
        }
        let account = self.account(AccountId::read(&row, 0)?).await?;
        Ok((!account.is_closed).then(|| Session { account, csrf: secret.csrf(), started_ms }))
    }

    /// Ends a session.
    pub async fn end(&self, secret: &Secret) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM session WHERE secret = $1").bind(secret.hash()).execute(&self.db).await?;
        Ok(())
    }
}
