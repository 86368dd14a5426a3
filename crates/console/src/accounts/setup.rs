//! How accounts begin: the first three by a link that the program prints, the others by links that administrators
//! hand over. A person chooses the password; no administrator ever knows it.

use sqlx::{Any, Row, Transaction};
use yanzhen_sync::Millis;

use super::{
    AccountError, AccountId, Accounts, LONGEST_LOGIN, LONGEST_NAME, LONGEST_PASSWORD, Role,
    SHORTEST_PASSWORD, Secret, insert_roles, left_above,
};

/// How long a link to choose a password can be used.
pub(super) const LINK_MS: Millis = 7 * 24 * 60 * 60 * 1_000;

/// What the link that begins everything points to.
const NOBODY: &[u8] = &[];

/// An account to open.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What its owner will type.
    pub login: String,
    /// The person.
    pub name: String,
}

/// The first accounts of a site.
#[derive(Clone, Debug)]
pub struct FirstAccounts {
    /// 系统管理员, with the password that this person chooses now.
    pub system: NewAccount,
    /// That password.
    pub password: String,
    /// 安全管理员, another person.
    pub security: NewAccount,
    /// 审计管理员, a third one.
    pub audit: NewAccount,
}

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// The first accounts.
    First,
    /// The password of this one.
    Password(AccountId),
}

impl Accounts {
    /// A new link that begins everything, in place of an earlier one; none once there are accounts.
    pub async fn first_link(&self) -> Result<Option<Secret>, AccountError> {
        let mut tx = self.db.begin().await?;
        let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account").fetch_one(&mut *tx).await?;
        if known > 0 {
            return Ok(None);
        }
        let secret = self.make_link(&mut tx, NOBODY).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// What a link is for; none when it was used, replaced or has expired.
    pub async fn set_up(&self, secret: &Secret) -> Result<Option<SetUp>, AccountError> {
        let row = sqlx::query("SELECT account FROM setup_link WHERE secret = $1 AND expires_ms > $2")
            .bind(secret.hash())
            .bind(self.now())
            .fetch_optional(&self.db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let account: Vec<u8> = row.try_get(0)?;
        if account.is_empty() {
            return Ok(Some(SetUp::First));
        }
        AccountId::read(&row, 0).map(|id| Some(SetUp::Password(id)))
    }

    /// Opens the three administrators' accounts and uses the link up. Gives back the links of the security and the
    /// audit administrator, to be handed to them.
    pub async fn begin_accounts(
        &self,
        secret: &Secret,
        first: FirstAccounts,
    ) -> Result<[Secret; 2], AccountError> {
        let logins = [&first.system, &first.security, &first.audit];
        for new in logins {
            check_new(new)?;
        }
        check_password(&first.password, &first.system.login)?;
        let phc = self.hashing.hash(first.password).await;
        let mut tx = self.begin_once(secret).await?;
        self.insert(&mut tx, &first.system, &phc, &[Role::SystemAdmin]).await?;
        let security = self.insert(&mut tx, &first.security, "", &[Role::SecurityAdmin]).await?;
        let audit = self.insert(&mut tx, &first.audit, "", &[Role::AuditAdmin]).await?;
        let links = [self.make_link(&mut tx, &security.0).await?, self.make_link(&mut tx, &audit.0).await?];
        tx.commit().await?;
        Ok(links)
    }

    /// Opens the system administrator's account alone and uses the link up: the site above gives the roles here and
    /// reads the audit log.
    pub async fn begin_below(
        &self,
        secret: &Secret,
        system: NewAccount,
        password: String,
    ) -> Result<(), AccountError> {
        check_new(&system)?;
        check_password(&password, &system.login)?;
        let phc = self.hashing.hash(password).await;
        let mut tx = self.begin_once(secret).await?;
        self.insert(&mut tx, &system, &phc, &[Role::SystemAdmin]).await?;
        left_above::leave(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Uses the link up that begins everything, where nothing has begun.
    async fn begin_once(&self, secret: &Secret) -> Result<Transaction<'_, Any>, AccountError> {
        let mut tx = self.db.begin().await?;
        use_up(&mut tx, secret, NOBODY, self.now()).await?;
        let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account").fetch_one(&mut *tx).await?;
        if known > 0 { Err(AccountError::NoLink) } else { Ok(tx) }
    }

    /// Opens an account without roles. Gives back the link by which its owner chooses a password.
    pub async fn open_account(&self, new: NewAccount) -> Result<(AccountId, Secret), AccountError> {
        check_new(&new)?;
        let mut tx = self.db.begin().await?;
        let id = self.insert(&mut tx, &new, "", &[]).await?;
        let secret = self.make_link(&mut tx, &id.0).await?;
        tx.commit().await?;
        Ok((id, secret))
    }

    /// A new link by which an account's owner chooses another password; the old password and all sessions end now.
    pub async fn reset(&self, id: AccountId) -> Result<Secret, AccountError> {
        let mut tx = self.db.begin().await?;
        for statement in
            ["UPDATE account SET password = '' WHERE id = $1", "DELETE FROM session WHERE account = $1"]
        {
            sqlx::query(statement).bind(id.0.to_vec()).execute(&mut *tx).await?;
        }
        let secret = self.make_link(&mut tx, &id.0).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// As [`Accounts::reset`], for whoever has the site's machine and only a login name. The second step ends too.
    pub async fn reset_by_login(&self, login: &str) -> Result<Secret, AccountError> {
        let login = login.trim().to_lowercase();
        let account =
            self.list().await?.into_iter().find(|account| account.login == login && !account.is_closed);
        let id = account.ok_or(AccountError::NoAccount)?.id;
        self.reset_second_step(id).await?;
        self.reset(id).await
    }

    /// Sets the password of an account by its link, which is used up.
    pub async fn choose_password(
        &self,
        secret: &Secret,
        password: String,
    ) -> Result<AccountId, AccountError> {
        let Some(SetUp::Password(id)) = self.set_up(secret).await? else { return Err(AccountError::NoLink) };
        check_password(&password, &self.account(id).await?.login)?;
        let phc = self.hashing.hash(password).await;
        let mut tx = self.db.begin().await?;
        use_up(&mut tx, secret, &id.0, self.now()).await?;
        self.forget_attempts(&mut tx, id).await?;
        sqlx::query("UPDATE account SET password = $1 WHERE id = $2")
            .bind(phc)
            .bind(id.0.to_vec())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM session WHERE account = $1").bind(id.0.to_vec()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn insert(
        &self,
        tx: &mut Transaction<'_, Any>,
        new: &NewAccount,
        phc: &str,
        roles: &[Role],
    ) -> Result<AccountId, AccountError> {
        let (id, login) = (AccountId::random(), new.login.trim().to_lowercase());
        let taken: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE login = $1")
            .bind(login.clone())
            .fetch_one(&mut **tx)
            .await?;
        if taken > 0 {
            return Err(AccountError::Taken(login));
        }
        sqlx::query(
            "INSERT INTO account (id, login, name, password, closed, created_ms) VALUES ($1, $2, $3, $4, 0, $5)",
        )
        .bind(id.0.to_vec())
        .bind(login)
        .bind(new.name.trim().to_owned())
        .bind(phc.to_owned())
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        insert_roles(tx, id, roles).await?;
        Ok(id)
    }

    /// A new link for an account; earlier ones of it end.
    async fn make_link(&self, tx: &mut Transaction<'_, Any>, account: &[u8]) -> Result<Secret, AccountError> {
        let secret = Secret::random();
        sqlx::query("DELETE FROM setup_link WHERE account = $1")
            .bind(account.to_vec())
            .execute(&mut **tx)
            .await?;
        sqlx::query("INSERT INTO setup_link (secret, account, expires_ms) VALUES ($1, $2, $3)")
            .bind(secret.hash())
            .bind(account.to_vec())
            .bind(self.now() + LINK_MS)
            .execute(&mut **tx)
            .await?;
        Ok(secret)
    }
}

async fn use_up(
    tx: &mut Transaction<'_, Any>,
    secret: &Secret,
    account: &[u8],
    now: Millis,
) -> Result<(), AccountError> {
    let used = sqlx::query("DELETE FROM setup_link WHERE secret = $1 AND account = $2 AND expires_ms > $3")
        .bind(secret.hash())
        .bind(account.to_vec())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if used.rows_affected() == 1 { Ok(()) } else { Err(AccountError::NoLink) }
}

fn check_new(new: &NewAccount) -> Result<(), AccountError> {
    let login = new.login.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if login.is_empty() || login.chars().count() > LONGEST_LOGIN || !login.chars().all(fits) {
        return Err(AccountError::BadLogin(login.to_owned()));
    }
    let name = new.name.trim();
    let odd = name.chars().any(char::is_control);
    let whole = (1..=LONGEST_NAME).contains(&name.chars().count());
    if whole && !odd { Ok(()) } else { Err(AccountError::BadName) }
}

pub(super) fn check_password(password: &str, login: &str) -> Result<(), AccountError> {
    let length = password.chars().count();
    let fits = (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length);
    if fits && !password.eq_ignore_ascii_case(login) { Ok(()) } else { Err(AccountError::BadPassword) }
}
