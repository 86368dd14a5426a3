//! What a session has done beside it: reading and writing the store, and checking statements.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::sleep;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::{LoadError, StoreError};
use yanzhen_sync::session::{Event, IngestFailure, run_messages};
use yanzhen_sync::{Run, SiteId, StreamHead, StreamId};

use super::Driver;
use crate::hub::{Hub, Side, Words, inward};

/// The pause after the database failed to give a run, before it is asked again.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// What came of work.
pub(super) enum Done {
    /// A run was read for sending.
    Loaded(StreamId, Result<Option<Run>, LoadError>),
    /// The store has answered for runs from the peer, in their order.
    Ingested(Vec<(StreamId, Result<StreamHead, IngestFailure>)>),
    /// What the peer has stored is noted.
    Noted,
    /// Statements of the peer were checked and passed on.
    Heard,
    /// A run from the peer was tried on the own copy.
    Mended,
    /// A run that the peer asked for.
    Answered(Option<Run>),
    /// What is to be said again.
    Recalled(Words),
    /// Something that nobody waits for.
    Nothing,
}

impl Driver {
    /// Takes a result; work that panicked or was cut off by the end of the program ends the session.
    pub(super) fn done(&mut self, done: Result<Done, JoinError>) {
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, peer = %self.seat.peer.short(), "work of a session failed");
                return self.close(crate::hub::stopping());
            }
        };
        match done {
            Done::Loaded(stream, loaded) => self.loaded(stream, loaded),
            Done::Ingested(results) => {
                self.is_ingesting = false;
                for (stream, result) in results {
                    self.ingested(stream, result);
                }
            }
            Done::Noted => self.is_noting = false,
            Done::Heard => self.is_hearing = false,
            Done::Mended => self.is_mending = false,
            Done::Answered(run) => {
                self.is_answering = false;
                let answer = run.iter().flat_map(|run| run_messages(run, Message::Repaired));
                answer.for_each(|message| self.feed(Event::Push(message)));
            }
            Done::Recalled(words) => {
                for message in words.into_messages() {
                    self.feed(Event::Push(message));
                }
            }
            Done::Nothing => {}
        }
    }

    /// Begins what waits: one task of each sort at a time, with all that has come together for it.
    pub(super) fn start_work(&mut self) {
        let (hub, peer, side) = (self.seat.hub.clone(), self.seat.peer, self.seat.side);
        if !self.is_ingesting && !self.runs.is_empty() {
            self.is_ingesting = true;
            self.work.spawn(ingest(hub.clone(), peer, side, std::mem::take(&mut self.runs)));
        }
        if !self.is_noting && !self.stored.is_empty() {
            self.is_noting = true;
            let stored = std::mem::take(&mut self.stored);
            let heads = stored.into_iter().map(|(stream, head)| StreamHead { stream, head }).collect();
            self.work.spawn(note(hub.clone(), peer, heads));
        }
        if !self.is_hearing
            && let Some(message) = self.unheard.pop_front()
        {
            self.is_hearing = true;
            let hub = hub.clone();
            self.work.spawn(async move {
                hub.hear(peer, side, message).await;
                Done::Heard
            });
        }
        if !self.is_mending
            && let Some(run) = self.mending.pop_front()
        {
            self.is_mending = true;
            let hub = hub.clone();
            self.work.spawn(async move {
                hub.mend(peer, side, run).await;
                Done::Mended
            });
        }
        if !self.is_answering
            && self.outgoing.has_room()
            && let Some((stream, seq)) = self.answers.pop_front()
        {
            self.is_answering = true;
            self.work.spawn(answer(hub, stream, seq));
        }
    }

    /// Reads the next run of a stream. The session bounds how many are read at once.
    pub(super) fn load(&mut self, stream: StreamId, after: u64) {
        let hub = self.seat.hub.clone();
        self.work.spawn(async move {
            loop {
                match hub.store().load_run(stream, after).await {
                    Err(LoadError::Store(error)) if !matches!(error, StoreError::Closed) => {
                        tracing::warn!(%stream, %error, "a run can't be read; trying again");
                        sleep(READ_AGAIN).await;
                    }
                    loaded => return Done::Loaded(stream, loaded),
                }
            }
        });
    }

    /// Gathers what the peer may have missed.
    pub(super) fn recall(&mut self, peer: SiteId, side: Side) {
        let hub = self.seat.hub.clone();
        self.work.spawn(async move {
            match hub.recall_words(peer, side).await {
                Ok(words) => Done::Recalled(words),
                Err(error) => {
                    tracing::warn!(%error, peer = %peer.short(), "stored statements can't be read");
                    Done::Nothing
                }
            }
        });
    }

    fn loaded(&mut self, stream: StreamId, loaded: Result<Option<Run>, LoadError>) {
        match loaded {
            Ok(run) => self.feed(Event::Loaded { stream, run }),
            Err(LoadError::Damaged { seq, .. }) => {
                self.feed(Event::LoadFailed { stream });
                self.seat.hub.damaged(stream, seq);
            }
            Err(LoadError::Store(_)) => self.close(crate::hub::stopping()), // The store is closed.
        }
    }

    fn ingested(&mut self, stream: StreamId, result: Result<StreamHead, IngestFailure>) {
        if result.is_ok() && self.held_here.remove(&stream) {
            self.seat.hub.remember(self.seat.peer, |memory| {
                memory.held_here.remove(&stream);
            });
        }
        self.feed(Event::Ingested { stream, result });
    }
}

async fn ingest(hub: Hub, peer: SiteId, side: Side, runs: Vec<Run>) -> Done {
    let streams: Vec<StreamId> = runs.iter().map(Run::stream).collect();
    let link = hub.routes().link(peer, side);
    let results = hub.store().ingest(link, inward(side), runs).await;
    let answers = streams.into_iter().zip(results).map(|(stream, result)| match result {
        Ok(head) => (stream, Ok(head)),
        Err(error) => (stream, Err(error.failure())),
    });
    Done::Ingested(answers.collect())
}

async fn note(hub: Hub, peer: SiteId, heads: Vec<StreamHead>) -> Done {
    if let Err(error) = hub.store().note_stored_by(peer, heads).await {
        tracing::warn!(%error, peer = %peer.short(), "an acknowledgement could not be noted");
    }
    Done::Noted
}

async fn answer(hub: Hub, stream: StreamId, seq: u64) -> Done {
    match hub.store().load_run_holding(stream, seq).await {
        Ok(run) => Done::Answered(run),
        Err(LoadError::Damaged { seq, .. }) => {
            hub.damaged(stream, seq);
            Done::Answered(None)
        }
        Err(LoadError::Store(error)) => {
            tracing::warn!(%stream, %error, "a run that the peer asked for can't be read");
            Done::Answered(None)
        }
    }
}
