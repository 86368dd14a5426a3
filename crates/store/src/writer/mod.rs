//! The writer: the only task that changes the database.
//!
//! It takes what is queued, does each job under a savepoint of its own, commits them together and only then
//! answers. While the queue is empty it projects what was stored.

mod append;
mod copy;
mod genesis;
mod ingest;
mod local;
mod network;
mod request;
#[cfg(test)]
mod tests;
mod transaction;

use std::time::Duration;

use sqlx::{Connection, Executor};
use tokio::sync::mpsc;

use crate::error::StoreError;
use crate::projector::Projector;
use crate::sqlite;

pub(crate) use append::{append, append_own};
pub(crate) use copy::{mail, mail_copies};
pub(crate) use genesis::plant;
pub use ingest::IngestError;
pub(crate) use ingest::{ingest, keep_proofs};
pub(crate) use local::{write_all, write_all_at};
pub(crate) use network::{apply_network, take_effect};
pub(crate) use request::{Job, Request};
pub(crate) use transaction::{Hints, Transaction, put_seal};

/// Jobs that wait for the writer; who asks for more waits for room.
pub(crate) const JOBS_QUEUED: usize = 256;

/// Jobs that share one commit: it bounds what each of them waits for the others.
const JOBS_PER_COMMIT: usize = 128;

/// Bytes after which a group takes no further job.
const BYTES_PER_COMMIT: usize = 8 * 1024 * 1024;

/// Commits in a row after which projecting has its turn even though jobs are waiting.
const COMMITS_BEFORE_PROJECTING: u32 = 4;

/// Pause after projecting has failed because the database did, for example on a full disk.
const PROJECTION_PAUSE: Duration = Duration::from_secs(2);

/// The writer's task.
pub(crate) struct Writer {
    tx: Transaction,
    projector: Projector,
    jobs: mpsc::Receiver<Box<dyn Job>>,
}

enum Next {
    Job(Box<dyn Job>),
    Project,
    Stop,
}

impl Writer {
    pub(crate) fn new(tx: Transaction, projector: Projector, jobs: mpsc::Receiver<Box<dyn Job>>) -> Writer {
        Writer { tx, projector, jobs }
    }

    /// Runs until nobody can ask for anything any more.
    pub(crate) async fn run(mut self) {
        let mut commits_in_row = 0;
        let mut resume_at = None;
        loop {
            let has_work = self.projector.has_work(&self.tx);
            self.tx.shared.idle.send_if_modified(|idle| std::mem::replace(idle, !has_work) == has_work);
            let wants = has_work && resume_at.is_none();
            let next = if wants && commits_in_row >= COMMITS_BEFORE_PROJECTING {
                Next::Project
            } else {
                next(&mut self.jobs, wants, resume_at).await
            };
            match next {
                Next::Job(job) => {
                    commits_in_row += 1;
                    self.group(job).await;
                }
                Next::Project => {
                    commits_in_row = 0;
                    resume_at = self.project().await;
                }
                Next::Stop => break,
            }
        }
        self.stop().await;
    }

    /// One slice of projecting; tells when to go on where the database failed.
    async fn project(&mut self) -> Option<tokio::time::Instant> {
        match Box::pin(self.projector.slice(&mut self.tx)).await {
            Ok(()) => None,
            Err(error) => {
                self.tx.roll_back().await;
                tracing::warn!(%error, "projecting pauses");
                Some(tokio::time::Instant::now() + PROJECTION_PAUSE)
            }
        }
    }

    async fn group(&mut self, first: Box<dyn Job>) {
        let mut bytes = first.bytes();
        let mut group = vec![first];
        while group.len() < JOBS_PER_COMMIT && bytes < BYTES_PER_COMMIT {
            let Ok(job) = self.jobs.try_recv() else { break };
            bytes += job.bytes();
            group.push(job);
        }
        let commit = self.run_group(&mut group).await;
        if let Err(error) = &commit {
            self.tx.roll_back().await;
            tracing::warn!(%error, jobs = group.len(), "a commit failed");
        }
        for job in group {
            job.answer(commit.clone());
        }
    }

    async fn run_group(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        self.tx.begin().await?;
        for job in group {
            let savepoint = self.tx.savepoint().await?;
            if job.run(&mut self.tx).await {
                self.tx.release(savepoint).await?;
            } else {
                self.tx.back_to(savepoint).await?;
            }
        }
        self.tx.commit().await
    }

    async fn stop(self) {
        let mut db = self.tx.db;
        if let Err(error) = db.execute(sqlite::CHECKPOINT).await {
            tracing::warn!(%error, "the write-ahead log was not emptied; the next start reads it");
        }
        if let Err(error) = db.close().await {
            tracing::warn!(%error, "the database did not close cleanly");
        }
    }
}

/// Waits for what comes next; jobs go first.
async fn next(
    jobs: &mut mpsc::Receiver<Box<dyn Job>>,
    wants_to_project: bool,
    resume_at: Option<tokio::time::Instant>,
) -> Next {
    tokio::select! {
        biased;
        job = jobs.recv() => job.map_or(Next::Stop, Next::Job),
        () = std::future::ready(()), if wants_to_project => Next::Project,
        () = tokio::time::sleep_until(resume_at.unwrap_or_else(tokio::time::Instant::now)),
            if resume_at.is_some() => Next::Project,
    }
}
