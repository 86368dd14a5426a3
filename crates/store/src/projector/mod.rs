//! Projecting: reads stored entries into records and typed tables, slice by slice, after they were acknowledged.

mod attempt;
mod erase;
mod rebuild;
mod settle;
mod slice;

use std::collections::{HashMap, hash_map};

use bytes::Bytes;
use yanzhen_sync::authority;
use yanzhen_sync::{Body, Change, EntryHeader, EntryRef, Frame, StreamId};

use crate::error::StoreError;
use crate::record::{At, Record, RecordKey, State};
use crate::writer::Transaction;
use crate::{damage, frames, quarantine};

pub(crate) use attempt::{Failure, attempt, named_entry};
pub(crate) use erase::drop_covered;
pub(crate) use rebuild::{Rebuild, prepare};
pub(crate) use settle::places;

/// Entries that are due again and share one slice.
const RETRIES_PER_SLICE: i64 = 200;

/// Goes on where projecting stopped.
pub(crate) struct Projector {
    rebuild: Option<Rebuild>,
    /// The stream that the last slice ended with; the next one begins after it, so that none starves.
    last: Option<StreamId>,
}

/// An entry that may become its record's state.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) at: At,
    pub(crate) stream: StreamId,
    pub(crate) key: RecordKey,
    pub(crate) header: EntryHeader,
    /// What the record becomes with it.
    pub(crate) record: Record,
    /// Its body fell to an erase entry.
    pub(crate) erased: bool,
    /// Its body shows whose record it is.
    pub(crate) vouches: bool,
    /// It comes from quarantine.
    pub(crate) retried: bool,
}

impl Candidate {
    /// The entries of a frame whose stream has `number`.
    pub(crate) fn of_frame(frame: &Frame, number: i64) -> Vec<Candidate> {
        let header = frame.header();
        let place = |index| At { stream: number, seq: header.seq, index };
        let entries = (0u32..).zip(frame.entries());
        entries.map(|(index, (entry, body))| Candidate::new(frame, place(index), entry, body)).collect()
    }

    fn new(frame: &Frame, at: At, entry: &EntryHeader, body: &Body) -> Candidate {
        let stream = frame.header().stream;
        let content: Option<Bytes> = body.bytes().filter(|_| entry.change != Change::Erase).cloned();
        let record = Record {
            kind: entry.kind.clone(),
            record: entry.record,
            unit: entry.unit,
            version: entry.version,
            change: entry.change,
            body: content,
            entry: EntryRef { stream, seq: at.seq, index: at.index },
            time: frame.header().time,
        };
        Candidate {
            at,
            stream,
            key: record.key(),
            header: entry.clone(),
            erased: *body == Body::Erased && entry.change != Change::Erase,
            vouches: authority::vouches(entry, body),
            record,
            retried: false,
        }
    }

    /// The state that it makes of the one before.
    fn state(&self, before: Option<&State>) -> State {
        let vouched = self.vouches || before.is_some_and(|before| before.vouched);
        State { version: self.record.version, unit: self.record.unit, at: self.at, vouched }
    }

    /// The state as far as it counts against this entry.
    fn against<'s>(&self, state: Option<&'s State>) -> Option<&'s State> {
        let gives_way =
            |state: &&State| authority::gives_way(state.vouched, state.unit, &self.header, self.vouches);
        state.filter(|state| !gives_way(state))
    }

    fn entry(&self) -> quarantine::Entry<'_> {
        quarantine::Entry {
            at: self.at,
            key: &self.key,
            unit: self.record.unit,
            version: self.record.version,
        }
    }
}

/// Reads the entries of a frame back; none where it is damaged, which is noted.
async fn load_frame(tx: &mut Transaction, number: i64, seq: u64) -> Result<Vec<Candidate>, StoreError> {
    let Some(id) = tx.stream(number) else { return Ok(Vec::new()) };
    match frames::read_one(&mut tx.db, (&id, number), seq).await? {
        Ok(frame) => Ok(Candidate::of_frame(&frame, number)),
        Err(what) => {
            damage::note(tx, &id, seq, &what).await?;
            Ok(Vec::new())
        }
    }
}

/// Reads one entry back from its frame.
async fn load_candidate(tx: &mut Transaction, at: At) -> Result<Option<Candidate>, StoreError> {
    let entries = load_frame(tx, at.stream, at.seq).await?;
    Ok(entries.into_iter().find(|candidate| candidate.at == at))
}

impl Projector {
    pub(crate) fn new(rebuild: Option<Rebuild>) -> Projector {
        Projector { rebuild, last: None }
    }

    /// Whether anything is left to do.
    pub(crate) fn has_work(&self, tx: &Transaction) -> bool {
        let behind = || tx.shared.streams().behind.iter().any(|stream| !tx.hints.stalled.contains(stream));
        tx.hints.due || self.rebuild.is_some() || behind()
    }

    /// Does one slice of it in a transaction of its own.
    pub(crate) async fn slice(&mut self, tx: &mut Transaction) -> Result<(), StoreError> {
        tx.begin().await?;
        if tx.hints.due {
            retry(tx).await?;
        } else if let Some(rebuild) = &self.rebuild {
            let rebuild = rebuild.slice(tx).await?;
            tx.commit().await?;
            self.rebuild = rebuild;
            return Ok(());
        } else {
            self.last = slice::advance(tx, self.last).await?;
        }
        tx.commit().await
    }
}

/// Tries entries from quarantine that are due.
pub(crate) async fn retry(tx: &mut Transaction) -> Result<(), StoreError> {
    let due = quarantine::take_due(tx, RETRIES_PER_SLICE).await?;
    if due.is_empty() {
        tx.hints.due = false;
        return Ok(());
    }
    let mut candidates: Vec<Candidate> = Vec::with_capacity(due.len());
    let mut frames: HashMap<(i64, u64), Vec<Candidate>> = HashMap::new();
    for at in due {
        let entries = match frames.entry((at.stream, at.seq)) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(new) => new.insert(load_frame(tx, at.stream, at.seq).await?),
        };
        let entry = entries.iter().find(|candidate| candidate.at == at);
        candidates.extend(entry.map(|entry| Candidate { retried: true, ..entry.clone() }));
    }
    project(tx, &candidates).await
}

/// Reads entries in their order. Those that can't be read are found by halving and set aside; the rest is not
/// affected.
async fn project(tx: &mut Transaction, candidates: &[Candidate]) -> Result<(), StoreError> {
    let mut groups = vec![candidates];
    while let Some(group) = groups.pop() {
        let savepoint = tx.savepoint().await?;
        match attempt(tx, group).await {
            Ok(asides) => {
                for (index, reason) in asides {
                    quarantine::put(tx, &group[index].entry(), &reason).await?;
                }
                tx.release(savepoint).await?;
            }
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Projection(reason)) => {
                tx.back_to(savepoint).await?;
                match group {
                    [] => {}
                    [one] => quarantine::put(tx, &one.entry(), &reason).await?,
                    _ => {
                        let (first, second) = group.split_at(group.len() / 2);
                        groups.push(second);
                        groups.push(first);
                    }
                }
            }
        }
    }
    Ok(())
}
