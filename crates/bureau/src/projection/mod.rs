//! The typed tables, kept in step with the records in the store's own transactions.
//!
//! What arrives is checked against the rules of its kind first: a record that breaks one is set aside with the
//! reason, and nothing of it is counted. Kinds that are not known here are let pass.

mod care;
mod documents;
mod kept;
mod network;
mod oversight;
mod people;
mod transfers;

use std::collections::HashMap;
use std::pin::Pin;

use bytes::Bytes;
use prost::Message;
use sqlx::AnyConnection;
use yanzhen_store::{Migration, Projection, ProjectionError, Record, RecordChange, run_migrations};
use yanzhen_sync::{Change, Kind, RecordId};

use crate::kinds::reason::FieldError;

pub(crate) use network::subtree;

/// Counts the versions of the tables' content: raise it when a table is filled otherwise than before.
const VERSION: i64 = 12;

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "bureau", sql: include_str!("../../migrations/0001_bureau.sql") },
    Migration { version: 2, name: "people", sql: include_str!("../../migrations/0002_people.sql") },
    Migration { version: 3, name: "transfers", sql: include_str!("../../migrations/0003_transfers.sql") },
    Migration { version: 4, name: "lists", sql: include_str!("../../migrations/0004_lists.sql") },
    Migration { version: 5, name: "documents", sql: include_str!("../../migrations/0005_documents.sql") },
    Migration { version: 6, name: "care", sql: include_str!("../../migrations/0006_care.sql") },
    Migration { version: 7, name: "oversight", sql: include_str!("../../migrations/0007_oversight.sql") },
    Migration { version: 8, name: "branches", sql: include_str!("../../migrations/0008_branches.sql") },
    Migration { version: 9, name: "private", sql: include_str!("../../migrations/0009_private_moves.sql") },
];

const TABLES: &[&str] = &[
    "unit",
    "home",
    "site",
    "party_org",
    "person",
    "membership",
    "document",
    "document_recipient",
    "receipt",
    "transfer",
    "transfer_answer",
    "staff",
    "appointment",
    "community_link",
    "away_notice",
    "care",
    "org_life",
    "audit_batch",
];

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps the tables of units, people, organisations, documents and receipts.
#[derive(Clone, Copy, Debug, Default)]
pub struct BureauProjection;

impl Projection for BureauProjection {
    fn version(&self) -> i64 {
        VERSION
    }

    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let migrated = run_migrations(db, "_bureau_migrations", MIGRATIONS).await;
            migrated.map_err(|error| ProjectionError::Invalid(error.to_string()))
        })
    }

    fn apply<'a>(
        &'a self,
        db: &'a mut AnyConnection,
        changes: &'a [RecordChange],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let last = last_of_each(changes);
            network::apply(db, &last).await?;
            people::apply(db, &last).await?;
            care::apply(db, &last).await?;
            kept::apply(db, &last).await?;
            documents::apply(db, &last).await?;
            transfers::apply(db, &last).await?;
            oversight::apply(db, &last).await
        })
    }

    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for table in TABLES {
                let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
                sqlx::query(sql).execute(&mut *db).await?;
            }
            Ok(())
        })
    }
}

/// A record's state for the tables: its body until it is erased.
struct State<'a> {
    kind: &'a Kind,
    record: RecordId,
    body: Option<(&'a Record, &'a Bytes)>,
}

/// One statement can change a row only once, and the last state told is the one that counts.
fn last_of_each(changes: &[RecordChange]) -> Vec<State<'_>> {
    let mut places: HashMap<(&Kind, RecordId), usize> = HashMap::with_capacity(changes.len());
    let mut states: Vec<State<'_>> = Vec::with_capacity(changes.len());
    for change in changes {
        let state = match change {
            RecordChange::Removed { kind, record } => State { kind, record: *record, body: None },
            RecordChange::Set(record) => {
                let body = record.body.as_ref().filter(|_| record.change != Change::Erase);
                State { kind: &record.kind, record: record.record, body: body.map(|body| (record, body)) }
            }
        };
        match places.get(&(state.kind, state.record)) {
            Some(place) => states[*place] = state,
            None => {
                places.insert((state.kind, state.record), states.len());
                states.push(state);
            }
        }
    }
    states
}

/// The records of one kind: what is in use, decoded, and the ids of what no longer is.
struct Batch<'a, M> {
    live: Vec<(&'a Record, M)>,
    gone: Vec<Vec<u8>>,
}

impl<'a, M: Message + Default> Batch<'a, M> {
    /// Picks the records of `kind` out and checks each body, also of what is retired: else a record under an id that
    /// is not its own would take another's place. The first one that breaks a rule is the answer.
    fn of(
        kind: &Kind,
        states: &[State<'a>],
        check: impl Fn(&Record, &M) -> Result<(), String>,
    ) -> Result<Batch<'a, M>, ProjectionError> {
        let mut batch = Batch { live: Vec::new(), gone: Vec::new() };
        for state in states.iter().filter(|state| state.kind == kind) {
            match state.body {
                None => batch.gone.push(state.record.as_bytes().to_vec()),
                Some((record, body)) => {
                    let unreadable =
                        |why| ProjectionError::Invalid(format!("the body of a {kind} can't be read: {why}"));
                    let message = M::decode(body.clone()).map_err(unreadable)?;
                    check(record, &message).map_err(|why| {
                        ProjectionError::Invalid(format!("{kind} {}: {why}", record.record))
                    })?;
                    match record.change {
                        Change::Upsert => batch.live.push((record, message)),
                        Change::Retire | Change::Erase => batch.gone.push(state.record.as_bytes().to_vec()),
                    }
                }
            }
        }
        Ok(batch)
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.gone.is_empty()
    }
}

/// All findings in one sentence.
fn in_words(checked: Result<(), Vec<FieldError>>) -> Result<(), String> {
    checked.map_err(|errors| {
        let words: Vec<String> = errors.iter().map(FieldError::to_string).collect();
        words.join("; ")
    })
}
