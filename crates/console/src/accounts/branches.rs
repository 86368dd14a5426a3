//! The branches that a branch secretary's account is for.

use sqlx::Row;
use yanzhen_sync::RecordId;

use super::{AccountError, AccountId, Accounts};

impl Accounts {
    /// The branches of an account; none for most.
    pub async fn branches(&self, id: AccountId) -> Result<Vec<RecordId>, AccountError> {
        let query = sqlx::query("SELECT branch FROM account_branch WHERE account = $1 ORDER BY branch");
        let rows = query.bind(id.0.to_vec()).fetch_all(&self.db).await?;
        let branch = |row: &sqlx::any::AnyRow| {
            let bytes: Vec<u8> = row.try_get(0)?;
            RecordId::try_from(bytes.as_slice()).map_err(|_| AccountError::Damaged("account_branch"))
        };
        rows.iter().map(branch).collect()
    }

    /// Gives an account these branches and no others. Who is signed in with it has them at once.
    pub async fn set_branches(&self, id: AccountId, branches: &[RecordId]) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        let delete = sqlx::query("DELETE FROM account_branch WHERE account = $1");
        delete.bind(id.0.to_vec()).execute(&mut *tx).await?;
        for branch in branches {
            sqlx::query(
                "INSERT INTO account_branch (account, branch) VALUES ($1, $2) ON CONFLICT (account, branch) DO NOTHING",
            )
            .bind(id.0.to_vec())
            .bind(branch.as_bytes().to_vec())
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }
}
