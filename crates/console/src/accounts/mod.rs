//! Accounts of the console: who may sign in at this site, with which roles, and who is signed in.

mod attempts;
mod branches;
mod left_above;
mod own_password;
mod password;
mod policy;
mod role;
mod second_step;
mod session;
mod setup;
mod sign_in;

use std::sync::{Arc, RwLock};

use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Row, Transaction};
use yanzhen_store::{Clock, StoreError};
use yanzhen_sync::{Millis, RecordId};

use password::Hashing;

pub(crate) use left_above::{Decided, set_standing, standing};
pub use password::{LONGEST as LONGEST_PASSWORD, SHORTEST as SHORTEST_PASSWORD};
pub use policy::Policy;
pub use role::{Right, Role};
pub use second_step::{Coded, SecondStep};
pub use session::{Browser, BrowserId, Origin, Secret, Session};
pub use setup::{FirstAccounts, NewAccount, SetUp};
pub use sign_in::SignedIn;

/// Characters of a login name, at most.
const LONGEST_LOGIN: usize = 40;

/// Characters of a person's name, at most.
const LONGEST_NAME: usize = 50;

const SELECT_ALL: &str = "SELECT a.id, a.login, a.name, a.password, a.closed, r.role \
     FROM account a LEFT JOIN account_role r ON r.account = a.id ORDER BY a.login";

const SELECT_ONE: &str = "SELECT a.id, a.login, a.name, a.password, a.closed, r.role \
     FROM account a LEFT JOIN account_role r ON r.account = a.id WHERE a.id = $1";

/// The accounts of one site. Clones share the database.
#[derive(Clone)]
pub struct Accounts {
    db: AnyPool,
    clock: Arc<dyn Clock>,
    hashing: Hashing,
    policy: policy::Held,
}

/// Names an account for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 16]);

/// An account without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Names it.
    pub id: AccountId,
    /// What its owner types to sign in.
    pub login: String,
    /// The person.
    pub name: String,
    /// What it is for.
    pub roles: Vec<Role>,
    /// Whether its owner has chosen a password.
    pub is_set_up: bool,
    /// Whether it can't be used any more.
    pub is_closed: bool,
}

/// Why something can't be done with accounts.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccountError {
    /// The database failed.
    #[error("the accounts can't be read or written: {0}")]
    Database(Arc<sqlx::Error>),
    /// The database can't be opened.
    #[error(transparent)]
    Open(#[from] StoreError),
    /// What was found is no account.
    #[error("a damaged row in table {0}")]
    Damaged(&'static str),
    /// A login that somebody has.
    #[error("the login name \"{0}\" is taken")]
    Taken(String),
    /// A login or name that is empty, too long or has strange signs.
    #[error("\"{0}\" can't be a login name: use up to {LONGEST_LOGIN} letters, digits, points and dashes")]
    BadLogin(String),
    /// A name that is empty or too long.
    #[error("a name has 1 to {LONGEST_NAME} characters")]
    BadName,
    /// A password that is too short, too long or the login itself.
    #[error("a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters and is not the login name")]
    BadPassword,
    /// A link that was used, has expired or never was.
    #[error("the link has been used or has expired: ask the administrator for another")]
    NoLink,
    /// Roles that one account can't hold together.
    #[error("one account can't be {0:?} and {1:?}")]
    Apart(Role, Role),
    /// Too many passwords wait to be checked.
    #[error("too many are signing in at this moment")]
    Busy,
    /// An account that is not there.
    #[error("there is no such account")]
    NoAccount,
}

impl Accounts {
    pub(crate) async fn open(db: AnyPool, clock: Arc<dyn Clock>) -> Result<Accounts, AccountError> {
        let policy = Arc::new(RwLock::new(policy::read(&db).await?));
        Ok(Accounts { db, clock, hashing: Hashing::new(), policy })
    }

    /// All accounts, by login name.
    pub async fn list(&self) -> Result<Vec<Account>, AccountError> {
        read(&sqlx::query(SELECT_ALL).fetch_all(&self.db).await?)
    }

    /// One account.
    pub async fn account(&self, id: AccountId) -> Result<Account, AccountError> {
        let rows = sqlx::query(SELECT_ONE).bind(id.0.to_vec()).fetch_all(&self.db).await?;
        read(&rows)?.pop().ok_or(AccountError::NoAccount)
    }

    /// Gives an account these roles and no others. Who is signed in with it has them at once.
    pub async fn grant(&self, id: AccountId, roles: &[Role]) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        sqlx::query("DELETE FROM account_role WHERE account = $1")
            .bind(id.0.to_vec())
            .execute(&mut *tx)
            .await?;
        insert_roles(&mut tx, id, roles).await?;
        Ok(tx.commit().await?)
    }

    /// Closes an account: its sessions end, nobody signs in with it any more.
    pub async fn shut(&self, id: AccountId) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        for statement in [
            "UPDATE account SET closed = 1 WHERE id = $1",
            "DELETE FROM session WHERE account = $1",
            "DELETE FROM setup_link WHERE account = $1",
        ] {
            sqlx::query(statement).bind(id.0.to_vec()).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    fn now(&self) -> Millis {
        self.clock.now()
    }
}

impl Account {
    /// Whether it is one of the three administrators'.
    pub fn is_administrator(&self) -> bool {
        self.roles.iter().any(|role| Role::ADMINISTRATORS.contains(role))
    }

    /// Whether one of its roles gives this right.
    pub fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| role.rights().contains(&right))
    }
}

impl From<RecordId> for AccountId {
    fn from(id: RecordId) -> AccountId {
        AccountId(*id.as_bytes())
    }
}

impl AccountId {
    /// What drafts name it by.
    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn random() -> AccountId {
        AccountId(rand::random())
    }

    fn read(row: &AnyRow, column: usize) -> Result<AccountId, AccountError> {
        let bytes: Vec<u8> = row.try_get(column)?;
        bytes.try_into().map(AccountId).map_err(|_| AccountError::Damaged("account"))
    }
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::str::FromStr for AccountId {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<AccountId, AccountError> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(AccountId).ok_or(AccountError::NoAccount)
    }
}

impl From<sqlx::Error> for AccountError {
    fn from(error: sqlx::Error) -> AccountError {
        AccountError::Database(Arc::new(error))
    }
}

/// Accounts from rows of [`SELECT_ALL`] or [`SELECT_ONE`]: one for each role, those of an account together.
fn read(rows: &[AnyRow]) -> Result<Vec<Account>, AccountError> {
    let mut accounts: Vec<Account> = Vec::new();
    for row in rows {
        let id = AccountId::read(row, 0)?;
        if accounts.last().is_none_or(|last| last.id != id) {
            accounts.push(Account {
                id,
                login: row.try_get(1)?,
                name: row.try_get(2)?,
                roles: Vec::new(),
                is_set_up: !row.try_get::<String, _>(3)?.is_empty(),
                is_closed: row.try_get::<i64, _>(4)? != 0,
            });
        }
        // A role of later software gives no rights here.
        let role = row.try_get::<Option<String>, _>(5)?.and_then(|code| Role::of_code(&code));
        if let (Some(role), Some(account)) = (role, accounts.last_mut()) {
            account.roles.push(role);
        }
    }
    accounts.iter_mut().for_each(|account| account.roles.sort_unstable());
    Ok(accounts)
}

async fn insert_roles(
    tx: &mut Transaction<'_, Any>,
    id: AccountId,
    roles: &[Role],
) -> Result<(), AccountError> {
    check_roles(roles)?;
    for role in roles {
        sqlx::query("INSERT INTO account_role (account, role) VALUES ($1, $2)")
            .bind(id.0.to_vec())
            .bind(role.code())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Whether one account may hold all of these.
pub(crate) fn check_roles(roles: &[Role]) -> Result<(), AccountError> {
    for (place, one) in roles.iter().enumerate() {
        if let Some(other) = roles[..place].iter().find(|other| !one.goes_with(**other)) {
            return Err(AccountError::Apart(*other, *one));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
