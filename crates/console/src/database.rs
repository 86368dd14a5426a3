//! The console's own database, beside the site's: accounts, sessions, the audit log. It never leaves the site.

use std::path::Path;

use sqlx::AnyPool;
use yanzhen_store::{Migration, StoreError, open_beside, run_migrations};

const MIGRATIONS: [Migration; 5] = [
    Migration { version: 1, name: "console", sql: include_str!("../migrations/0001_console.sql") },
    Migration { version: 2, name: "audit", sql: include_str!("../migrations/0002_audit.sql") },
    Migration { version: 3, name: "signing in", sql: include_str!("../migrations/0003_signing_in.sql") },
    Migration { version: 4, name: "branches", sql: include_str!("../migrations/0004_branches.sql") },
    Migration { version: 5, name: "oversight", sql: include_str!("../migrations/0005_oversight.sql") },
];

/// Opens the database, and makes it where it is missing. The pool has one connection: transactions are one after the
/// other.
pub(crate) async fn open(path: &Path) -> Result<AnyPool, StoreError> {
    let db = open_beside(path).await?;
    let mut connection = db.acquire().await?;
    run_migrations(&mut connection, "_console_migrations", &MIGRATIONS).await?;
    drop(connection);
    Ok(db)
}
