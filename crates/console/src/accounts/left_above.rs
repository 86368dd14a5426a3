//! Where a small office leaves security and audit to the site above: who gives the roles then, and what it has decided.

use std::collections::BTreeMap;

use sqlx::{Any, AnyPool, Row, Transaction};
use yanzhen_sync::{Millis, RecordId};

use super::{Account, AccountError, AccountId, Accounts, Role, check_roles, insert_roles};

/// The two administrators that the site above stands in for.
const ABOVE: [Role; 2] = [Role::SecurityAdmin, Role::AuditAdmin];

const LEFT_ABOVE: &str = "left_above";

/// Roles that the site above has decided for an account.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) account: AccountId,
    pub(crate) roles: Vec<Role>,
    pub(crate) branches: Vec<RecordId>,
    /// When it was decided, later for each decision about an account.
    pub(crate) decided_ms: Millis,
}

/// The decision about an account that was carried out last, or could not be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CarriedOut {
    pub(crate) decided_ms: Millis,
    pub(crate) is_refused: bool,
}

impl Accounts {
    /// Whether the site above gives the roles here and reads the audit log.
    pub async fn is_left_above(&self) -> Result<bool, AccountError> {
        Ok(standing(&self.db, LEFT_ABOVE).await? == Some(1))
    }

    /// Leaves security and audit to the site above: nobody here holds these two roles from now on. It ends when the site
    /// above makes somebody here security administrator.
    pub async fn leave_above(&self) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        leave(&mut tx).await?;
        for role in ABOVE {
            let query = sqlx::query("DELETE FROM account_role WHERE role = $1").bind(role.code());
            query.execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What was carried out, by account.
    pub(crate) async fn carried_out(&self) -> Result<BTreeMap<AccountId, CarriedOut>, AccountError> {
        let rows =
            sqlx::query("SELECT account, decided_ms, refused FROM decided").fetch_all(&self.db).await?;
        let one = |row: &sqlx::any::AnyRow| {
            let is_refused = row.try_get::<i64, _>(2)? != 0;
            let carried_out = CarriedOut { decided_ms: row.try_get(1)?, is_refused };
            Ok((AccountId::read(row, 0)?, carried_out))
        };
        rows.iter().map(one).collect()
    }

    /// Gives an account the roles that the site above has decided, in one step with noting it. What can't be is refused
    /// and noted too: a closed or unknown account, roles that don't go together.
    pub(crate) async fn carry_out(&self, decided: &Decided) -> Result<CarriedOut, AccountError> {
        let account = self.account(decided.account).await;
        let is_open = matches!(&account, Ok(Account { is_closed: false, .. }));
        if let Err(error) = account
            && !matches!(error, AccountError::NoAccount)
        {
            return Err(error);
        }
        let is_refused = !is_open || check_roles(&decided.roles).is_err();
        let mut tx = self.db.begin().await?;
        if !is_refused {
            let delete = sqlx::query("DELETE FROM account_role WHERE account = $1");
            delete.bind(decided.account.0.to_vec()).execute(&mut *tx).await?;
            insert_roles(&mut tx, decided.account, &decided.roles).await?;
            // Who has a security administrator of its own again decides itself.
            if decided.roles.contains(&Role::SecurityAdmin) {
                set_standing(&mut tx, LEFT_ABOVE, 0).await?;
            }
        }
        sqlx::query(
            "INSERT INTO decided (account, decided_ms, refused) VALUES ($1, $2, $3) \
             ON CONFLICT (account) DO UPDATE SET decided_ms = excluded.decided_ms, refused = excluded.refused",
        )
        .bind(decided.account.0.to_vec())
        .bind(decided.decided_ms)
        .bind(i64::from(is_refused))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        if !is_refused {
            self.set_branches(decided.account, &decided.branches).await?;
        }
        Ok(CarriedOut { decided_ms: decided.decided_ms, is_refused })
    }
}

/// Notes that the site above decides.
pub(super) async fn leave(tx: &mut Transaction<'_, Any>) -> Result<(), AccountError> {
    Ok(set_standing(tx, LEFT_ABOVE, 1).await?)
}

/// A number that the console keeps of itself.
pub(crate) async fn standing(db: &AnyPool, name: &'static str) -> Result<Option<i64>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT value FROM standing WHERE name = $1");
    query.bind(name).fetch_optional(db).await
}

/// Sets it.
pub(crate) async fn set_standing(
    tx: &mut Transaction<'_, Any>,
    name: &'static str,
    value: i64,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO standing (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sqlx::query(sql).bind(name).bind(value).execute(&mut **tx).await?;
    Ok(())
}
