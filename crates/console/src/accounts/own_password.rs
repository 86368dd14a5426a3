//! Changing one's own password.

use super::attempts::Turn;
use super::setup::check_password;
use super::{AccountError, AccountId, Accounts, Coded, LONGEST_PASSWORD, Secret};

impl Accounts {
    /// Changes the password of an account whose owner knows the old one; all its other sessions end. Wrong ones are
    /// counted as those of signing in: who finds a browser open can't try for ever.
    pub async fn change_password(
        &self,
        id: AccountId,
        address: &str,
        old: String,
        new: String,
        this: &Secret,
    ) -> Result<Coded<()>, AccountError> {
        check_password(&new, &self.account(id).await?.login)?;
        if old.chars().count() > LONGEST_PASSWORD {
            return Ok(Coded::Wrong);
        }
        let mut tx = self.db.begin().await?;
        let turn = self.take_turn(&mut tx, id, address).await?;
        tx.commit().await?;
        let locked_until_ms = match turn {
            Turn::Locked { until_ms } => return Ok(Coded::Locked { until_ms }),
            Turn::Counted { locked_until_ms } => locked_until_ms,
        };
        let query = sqlx::query_scalar("SELECT password FROM account WHERE id = $1").bind(id.0.to_vec());
        let held: String = query.fetch_one(&self.db).await?;
        if !self.hashing.fits(old, Some(held.clone())).await? {
            return Ok(locked_until_ms.map_or(Coded::Wrong, |until_ms| Coded::Locked { until_ms }));
        }
        let phc = self.hashing.hash(new).await;
        let mut tx = self.db.begin().await?;
        // Unless an administrator has reset it in the meantime.
        let changed = sqlx::query("UPDATE account SET password = $1 WHERE id = $2 AND password = $3")
            .bind(phc)
            .bind(id.0.to_vec())
            .bind(held)
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Ok(Coded::Wrong);
        }
        self.give_back(&mut tx, id, address).await?;
        tx.commit().await?;
        self.end_all(id, Some(this)).await?;
        Ok(Coded::Right(()))
    }
}
