//! Who is signed in: a random secret in the browser, its hash here.

use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use yanzhen_sync::Millis;

use super::{Account, AccountError, AccountId, Accounts};

/// How often a session's last use is written down: often enough for the shortest idle time, seldom
/// enough for the disk.
const NOTE_MS: Millis = 60 * 1_000;

/// How long somebody whose password was right may take for the second step.
const HALF_MS: Millis = 5 * 60 * 1_000;

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
    /// Whether the policy asks this account for a second step that it has not set up yet: nothing else can be done.
    pub must_enrol: bool,
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The address.
    pub address: &'a str,
    /// What the browser calls itself.
    pub browser: &'a str,
}

/// A browser that is signed in, as its owner sees it in a list.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Names it.
    pub id: BrowserId,
    /// When it was signed in.
    pub started_ms: Millis,
    /// When it was last used, to the minute.
    pub seen_ms: Millis,
    /// From where it was signed in.
    pub address: String,
    /// What it calls itself.
    pub browser: String,
}

/// Names a signed-in browser: the hash of what it holds, which opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserId(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one.
    pub(crate) fn random() -> Secret {
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

    pub(crate) fn hash(&self) -> Vec<u8> {
        blake3::hash(&self.0).as_bytes().to_vec()
    }

    fn csrf(&self) -> String {
        let key = blake3::derive_key("yanzhen.v1 console forms", &self.0);
        data_encoding::BASE64URL_NOPAD.encode(&key)
    }
}

impl Accounts {
    /// Begins a session, or the half of one that waits for the second step, and forgets those that are over.
    pub(super) async fn begin(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: AccountId,
        from: Origin<'_>,
        is_half: bool,
    ) -> Result<Secret, AccountError> {
        let (secret, now, policy) = (Secret::random(), self.now(), self.policy());
        sqlx::query("DELETE FROM session WHERE started_ms < $1 OR seen_ms < $2")
            .bind(now - policy.whole_ms())
            .bind(now - policy.idle_ms())
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "INSERT INTO session (secret, account, started_ms, seen_ms, address, browser, is_half) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(secret.hash())
        .bind(account.0.to_vec())
        .bind(now)
        .bind(now)
        .bind(from.address.to_owned())
        .bind(from.browser.chars().take(BROWSER_LIMIT).collect::<String>())
        .bind(i64::from(is_half))
        .execute(&mut **tx)
        .await?;
        Ok(secret)
    }

    /// The session of a browser; none when it was never begun, is over, waits for its second step or its account is
    /// closed.
    pub async fn session(&self, secret: &Secret) -> Result<Option<Session>, AccountError> {
        let (now, policy) = (self.now(), self.policy());
        let sql = "SELECT s.account, s.started_ms, s.seen_ms, COALESCE(t.is_confirmed, 0) FROM session s \
             LEFT JOIN second_step t ON t.account = s.account WHERE s.secret = $1 AND s.is_half = 0";
        let row = sqlx::query(sql).bind(secret.hash()).fetch_optional(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let (started_ms, seen_ms): (Millis, Millis) = (row.try_get(1)?, row.try_get(2)?);
        // A clock that was set back ends no session; one that was set far ahead ends all.
        if now.saturating_sub(started_ms) > policy.whole_ms()
            || now.saturating_sub(seen_ms) > policy.idle_ms()
        {
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
        let must_enrol = row.try_get::<i64, _>(3)? == 0 && policy.asks_second_step(&account);
        let csrf = secret.csrf();
        Ok((!account.is_closed).then_some(Session { account, csrf, started_ms, must_enrol }))
    }

    /// Whose second step a browser still has to do; none where too long ago.
    pub(super) async fn half(
        &self,
        tx: &mut Transaction<'_, Any>,
        secret: &Secret,
    ) -> Result<Option<AccountId>, AccountError> {
        let sql = "SELECT s.account FROM session s JOIN account a ON a.id = s.account \
             WHERE s.secret = $1 AND s.is_half = 1 AND s.started_ms > $2 AND a.closed = 0";
        let row = sqlx::query(sql).bind(secret.hash()).bind(self.now() - HALF_MS).fetch_optional(&mut **tx);
        row.await?.map(|row| AccountId::read(&row, 0)).transpose()
    }

    /// Whether a session is still good, without counting as use of it.
    pub async fn is_signed_in(&self, secret: &Secret) -> Result<bool, AccountError> {
        let (now, policy) = (self.now(), self.policy());
        let sql = "SELECT COUNT(*) FROM session s JOIN account a ON a.id = s.account WHERE s.secret = $1 \
             AND s.is_half = 0 AND a.closed = 0 AND s.started_ms >= $2 AND s.seen_ms >= $3";
        let query = sqlx::query_scalar(sql).bind(secret.hash());
        let query = query.bind(now.saturating_sub(policy.whole_ms()));
        let known: i64 = query.bind(now.saturating_sub(policy.idle_ms())).fetch_one(&self.db).await?;
        Ok(known > 0)
    }

    /// Ends a session.
    pub async fn end(&self, secret: &Secret) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM session WHERE secret = $1").bind(secret.hash()).execute(&self.db).await?;
        Ok(())
    }

    /// The browsers that are signed in with an account, the last used first.
    pub async fn browsers(&self, account: AccountId) -> Result<Vec<Browser>, AccountError> {
        let (now, policy) = (self.now(), self.policy());
        let sql = "SELECT secret, started_ms, seen_ms, address, browser FROM session WHERE account = $1 \
             AND is_half = 0 AND started_ms >= $2 AND seen_ms >= $3 ORDER BY seen_ms DESC";
        let query = sqlx::query(sql).bind(account.0.to_vec()).bind(now - policy.whole_ms());
        let rows = query.bind(now - policy.idle_ms()).fetch_all(&self.db).await?;
        let browser = |row: &AnyRow| {
            Ok(Browser {
                id: BrowserId(row.try_get(0)?),
                started_ms: row.try_get(1)?,
                seen_ms: row.try_get(2)?,
                address: row.try_get(3)?,
                browser: row.try_get(4)?,
            })
        };
        rows.iter().map(browser).collect()
    }

    /// Ends the session of one of an account's browsers; whether there was one.
    pub async fn end_browser(&self, account: AccountId, id: &BrowserId) -> Result<bool, AccountError> {
        let query = sqlx::query("DELETE FROM session WHERE account = $1 AND secret = $2");
        let ended = query.bind(account.0.to_vec()).bind(id.0.clone()).execute(&self.db).await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends all sessions of an account, but the one of this browser.
    pub async fn end_all(&self, account: AccountId, but: Option<&Secret>) -> Result<(), AccountError> {
        let kept = but.map(Secret::hash).unwrap_or_default();
        let query = sqlx::query("DELETE FROM session WHERE account = $1 AND secret <> $2");
        query.bind(account.0.to_vec()).bind(kept).execute(&self.db).await?;
        Ok(())
    }
}

impl BrowserId {
    /// Whether it names the browser that holds this secret.
    pub fn is_of(&self, secret: &Secret) -> bool {
        self.0 == secret.hash()
    }
}

impl std::fmt::Display for BrowserId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::str::FromStr for BrowserId {
    type Err = data_encoding::DecodeError;

    fn from_str(text: &str) -> Result<BrowserId, data_encoding::DecodeError> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).map(BrowserId)
    }
}
