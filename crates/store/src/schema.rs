//! The tables, brought up to date by migrations that only ever grow.

use std::borrow::Cow;

use sqlx::migrate::{MigrationType, Migrator};
use sqlx::{AnyConnection, SqlSafeStr};

use crate::error::StoreError;

/// One step in the growth of a set of tables. A published step never changes.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Counts the steps.
    pub version: i64,
    /// A few words.
    pub name: &'static str,
    /// Statements, separated by `;`.
    pub sql: &'static str,
}

const OWN: [Migration; 4] = [
    Migration { version: 1, name: "store", sql: include_str!("../migrations/0001_store.sql") },
    Migration { version: 2, name: "vouched", sql: include_str!("../migrations/0002_vouched.sql") },
    Migration { version: 3, name: "beats", sql: include_str!("../migrations/0003_beats.sql") },
    Migration { version: 4, name: "due", sql: include_str!("../migrations/0004_quarantine_due.sql") },
];

/// Brings the store's own tables up to date.
pub(crate) async fn migrate(db: &mut AnyConnection) -> Result<(), StoreError> {
    run_migrations(db, "_store_migrations", &OWN).await
}

/// Applies the migrations that are still missing; `table` remembers which ones were applied, so that each set of
/// tables has its own.
pub async fn run_migrations(
    db: &mut AnyConnection,
    table: &'static str,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let migrations = migrations.iter().map(|step| {
        let name = Cow::Borrowed(step.name);
        sqlx::migrate::Migration::new(
            step.version,
            name,
            MigrationType::Simple,
            step.sql.into_sql_str(),
            false,
        )
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.dangerous_set_table_name(table);
    migrator.run_direct(None, db, false).await?;
    Ok(())
}
