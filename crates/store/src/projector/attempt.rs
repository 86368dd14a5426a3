//! Reads a group of entries into records and typed tables, all of them or none.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use yanzhen_sync::authority::{self, Judgement, Quarantined};
use yanzhen_sync::directory::{Directory, NETWORK_KINDS};
use yanzhen_sync::{Change, EntryHeader, EntryRef};

use super::{Candidate, erase, load_candidate, settle};
use crate::edit::WriteError;
use crate::error::StoreError;
use crate::projection::{ProjectionError, RecordChange};
use crate::quarantine::{self, Awaits, Cause, Reason, wake};
use crate::record::{self, At, RecordKey, Row, State, States, states};
use crate::sqlite;
use crate::writer::{Transaction, take_effect};

/// Why a group could not be read.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The store failed.
    Store(StoreError),
    /// The typed tables do not take one of the records.
    Projection(Reason),
}

impl<E: Into<StoreError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Store(error.into())
    }
}

impl From<Reason> for WriteError {
    fn from(reason: Reason) -> Self {
        match reason.awaits {
            Some(Awaits::Record(RecordKey { kind, record })) => WriteError::Awaits { kind, record },
            Some(Awaits::Frame(..)) | None => WriteError::Invalid(reason.why),
        }
    }
}

/// What becomes of one entry.
enum Decision {
    /// It is its record's state now.
    Wins,
    /// It is its record's state already, and the typed tables are to be told.
    Tell,
    /// Its record has a newer state.
    Passed,
    /// It counts for nothing here.
    Aside(Reason),
}

/// Reads entries in their order; gives back those that count for nothing, with the reason.
pub(crate) async fn attempt(
    tx: &mut Transaction,
    candidates: &[Candidate],
) -> Result<Vec<(usize, Reason)>, Failure> {
    let mut states = states(&mut tx.db, candidates.iter().map(|candidate| &candidate.key)).await?;
    let mut changes = Changes::default();
    let mut fallen = Vec::new();
    let mut asides = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let state = candidate.against(states.get(&candidate.key));
        match decide(tx, candidate, state).await? {
            Decision::Wins => {
                changes.set(candidate, true);
                let state = candidate.state(state);
                states.insert(candidate.key.clone(), state);
            }
            Decision::Tell => changes.set(candidate, false),
            Decision::Passed => {}
            Decision::Aside(reason) => {
                if states.get(&candidate.key).is_some_and(|state| state.at == candidate.at) {
                    fallen.push(candidate.key.clone());
                }
                asides.push((index, reason));
            }
        }
    }
    record::put(&mut tx.db, &changes.winners(&states)).await?;
    let told = changes.told();
    tx.pending.records_changed |= !told.is_empty();
    apply_guarded(tx, &told).await?;
    for candidate in candidates.iter().filter(|candidate| candidate.retried) {
        quarantine::remove(&mut tx.db, candidate.at).await?;
    }
    let won = changes.list.iter().filter(|(.., wins)| *wins).map(|(_, candidate, _)| *candidate);
    // An entry without its body is nobody's state, but shows whom an erase entry may wait for.
    for arrived in won.chain(candidates.iter().filter(|candidate| candidate.erased)) {
        wake(tx, &Awaits::Record(arrived.key.clone())).await?;
    }
    for key in &fallen {
        settle::settle(tx, key).await?;
    }
    // An erase entry reaches nothing but its own unit's entries, so it works whatever becomes of the record here.
    let directory = tx.pending.directory.clone();
    let erased: Vec<&Candidate> =
        candidates.iter().filter(|candidate| erases(candidate, &directory)).collect();
    erase::drop_bodies(tx, candidates, &erased).await?;
    Ok(asides)
}

/// The last change of each record, in the order in which the records first changed.
#[derive(Default)]
struct Changes<'c> {
    list: Vec<(&'c RecordKey, &'c Candidate, bool)>,
    places: HashMap<&'c RecordKey, usize>,
}

impl<'c> Changes<'c> {
    fn set(&mut self, candidate: &'c Candidate, wins: bool) {
        let place = *self.places.entry(&candidate.key).or_insert(self.list.len());
        match self.list.get_mut(place) {
            Some(change) => *change = (&candidate.key, candidate, wins || change.2),
            None => self.list.push((&candidate.key, candidate, wins)),
        }
    }

    fn winners(&self, states: &States) -> Vec<Row<'c>> {
        let winners = self.list.iter().filter(|(.., wins)| *wins);
        let row = |(key, candidate, _): &(&RecordKey, &'c Candidate, bool)| Row {
            record: &candidate.record,
            stream: candidate.at.stream,
            vouched: states.get(*key).is_some_and(|state| state.vouched),
        };
        winners.map(row).collect()
    }

    fn told(&self) -> Vec<RecordChange> {
        self.list.iter().map(|(_, candidate, _)| RecordChange::Set(candidate.record.clone())).collect()
    }
}

fn erases(candidate: &Candidate, directory: &Directory) -> bool {
    let context = authority::Context::default();
    let judged =
        || authority::judge(directory, &candidate.stream, candidate.at.seq, &candidate.header, &context);
    candidate.header.change == Change::Erase
        && !NETWORK_KINDS.contains(&candidate.key.kind)
        && judged() == Judgement::Accept
}

async fn decide(
    tx: &mut Transaction,
    candidate: &Candidate,
    state: Option<&State>,
) -> Result<Decision, StoreError> {
    let version = candidate.record.version;
    let network = NETWORK_KINDS.contains(&candidate.key.kind) && candidate.stream.author == tx.site.root;
    if network {
        return decide_network(tx, candidate, state).await;
    }
    match judge(tx, candidate, state).await? {
        Verdict::Counts => {}
        Verdict::HandsOver => return Ok(Decision::Passed),
        Verdict::Aside(reason) => return Ok(Decision::Aside(reason)),
    }
    if candidate.erased {
        return Ok(Decision::Passed); // The erase entry that it fell to is newer.
    }
    Ok(match state {
        None => Decision::Wins,
        Some(state) if version > state.version => Decision::Wins,
        Some(state) if candidate.retried && state.at == candidate.at => Decision::Tell,
        Some(_) => Decision::Passed,
    })
}

/// The network's records took effect when they were stored, unless the directory did not take them.
async fn decide_network(
    tx: &mut Transaction,
    candidate: &Candidate,
    state: Option<&State>,
) -> Result<Decision, StoreError> {
    let version = candidate.record.version;
    match state {
        Some(state) if state.version == version => return Ok(Decision::Tell),
        Some(state) if state.version > version => return Ok(Decision::Passed),
        Some(_) | None => {}
    }
    Ok(match take_effect(tx, candidate).await? {
        Ok(true) => Decision::Tell,
        Ok(false) => Decision::Passed,
        Err(why) => Decision::Aside(Reason { cause: Cause::Network, why: why.to_string(), awaits: None }),
    })
}

/// What an entry counts for.
pub(super) enum Verdict {
    /// It may be its record's state.
    Counts,
    /// It is no record's state, and nothing is wrong with it.
    HandsOver,
    /// It counts for nothing here.
    Aside(Reason),
}

/// What an entry counts for beside a record's state.
pub(super) async fn judge(
    tx: &mut Transaction,
    candidate: &Candidate,
    state: Option<&State>,
) -> Result<Verdict, StoreError> {
    let context = authority::Context {
        projecting: true,
        state: state.map(|state| (state.version, state.unit)),
        named: candidate.header.change == Change::Erase
            && state.is_none()
            && erase::is_named(tx, candidate).await?,
        mail_known: mail_known(tx, candidate).await?,
    };
    let directory = tx.pending.directory.clone();
    let judgement =
        authority::judge(&directory, &candidate.stream, candidate.at.seq, &candidate.header, &context);
    let (why, awaits) = match judgement {
        Judgement::Accept => return Ok(Verdict::Counts),
        Judgement::HandsOver => return Ok(Verdict::HandsOver),
        Judgement::Quarantine(why) => {
            let awaits = match (why, candidate.header.handed_over_by) {
                (Quarantined::AwaitsMail, Some(mail)) => Some(Awaits::Frame(mail.stream, mail.seq)),
                (Quarantined::NotHandedOver | Quarantined::AwaitsRecord, _) => {
                    Some(Awaits::Record(candidate.key.clone()))
                }
                _ => None,
            };
            (why.to_string(), awaits)
        }
        Judgement::Refuse(why) => (why.to_owned(), None),
        Judgement::AwaitRegistration(site) => (format!("site {site} is not registered here yet"), None),
    };
    Ok(Verdict::Aside(Reason { cause: Cause::Authority, why, awaits }))
}

/// Whether what hands the record over is stored here, as [`authority::hands_over`] wants it.
async fn mail_known(tx: &mut Transaction, candidate: &Candidate) -> Result<bool, StoreError> {
    let header = &candidate.header;
    let Some(mail) = header.handed_over_by else { return Ok(false) };
    let by = named_entry(tx, &mail).await?;
    Ok(by.is_some_and(|by| authority::hands_over(&by, header)))
}

/// The header of a stored entry.
pub(crate) async fn named_entry(
    tx: &mut Transaction,
    at: &EntryRef,
) -> Result<Option<EntryHeader>, StoreError> {
    let Some(state) = tx.state(&at.stream) else { return Ok(None) };
    let place = At { stream: state.number, seq: at.seq, index: at.index };
    Ok(load_candidate(tx, place).await?.map(|candidate| candidate.header))
}

/// Tells the typed tables; a panic in there counts as a failure.
pub(super) async fn apply_guarded(tx: &mut Transaction, changes: &[RecordChange]) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let projection = tx.site.projection.clone();
    let db = &mut tx.db;
    let outcome = AssertUnwindSafe(async { projection.apply(db, changes).await }).catch_unwind().await;
    let reason = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(ProjectionError::Database(error))) if sqlite::is_storage_failure(&error) => {
            return Err(Failure::Store(error.into()));
        }
        Ok(Err(error)) => {
            let why = error.to_string();
            let awaits = match error {
                ProjectionError::Awaits { kind, record } => Some(Awaits::Record(RecordKey { kind, record })),
                ProjectionError::Invalid(_) | ProjectionError::Database(_) => None,
            };
            Reason { cause: Cause::Projection, why, awaits }
        }
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            let why = format!("reading it failed with an error in this software: {text}");
            Reason { cause: Cause::Panic, why, awaits: None }
        }
    };
    Err(Failure::Projection(reason))
}
