//! What the writer shares with everybody: the durable heads, the directory, and news of commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::{broadcast, watch};
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::Directory;
use yanzhen_sync::{FrameHash, Head, SiteId, StreamId};
use yanzhen_sync::{Sign, Verify};

use crate::clock::Clock;
use crate::notify::{COMMITS_KEPT, Committed};
use crate::projection::Projection;

/// What a store was opened with.
pub(crate) struct Site {
    pub(crate) me: SiteId,
    pub(crate) epoch: u32,
    pub(crate) network: FrameHash,
    pub(crate) root: SiteId,
    pub(crate) signer: Arc<dyn Sign>,
    pub(crate) verifier: Arc<dyn Verify>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) projection: Arc<dyn Projection>,
}

/// A row of table `streams`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamState {
    pub(crate) number: i64,
    pub(crate) head: Head,
    /// The last frame whose entries were read into records.
    pub(crate) projected: u64,
    /// Bytes of all frames.
    pub(crate) bytes: u64,
}

/// The streams by their names and by their numbers.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) by_id: BTreeMap<StreamId, StreamState>,
    by_number: HashMap<i64, StreamId>,
    greatest: i64,
    /// Streams with frames that are not projected.
    pub(crate) behind: BTreeSet<StreamId>,
}

impl Streams {
    pub(crate) fn set(&mut self, id: StreamId, state: StreamState) {
        self.by_number.insert(state.number, id);
        self.greatest = self.greatest.max(state.number);
        if state.projected < state.head.seq {
            self.behind.insert(id);
        } else {
            self.behind.remove(&id);
        }
        self.by_id.insert(id, state);
    }

    /// The stream with a number.
    pub(crate) fn id(&self, number: i64) -> Option<StreamId> {
        self.by_number.get(&number).copied()
    }

    /// The streams that a site wrote.
    pub(crate) fn of_author(&self, author: SiteId) -> impl Iterator<Item = (&StreamId, &StreamState)> {
        self.by_id.range(StreamId::journal(author, 0)..).take_while(move |(id, _)| id.author == author)
    }
}

/// What is durable.
pub(crate) struct Shared {
    streams: RwLock<Streams>,
    pub(crate) directory: watch::Sender<Arc<Directory>>,
    pub(crate) commits: broadcast::Sender<Arc<Committed>>,
    /// Whether all that is stored is projected.
    pub(crate) idle: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(streams: Streams, directory: Directory) -> Shared {
        Shared {
            streams: RwLock::new(streams),
            directory: watch::Sender::new(Arc::new(directory)),
            commits: broadcast::Sender::new(COMMITS_KEPT),
            idle: watch::Sender::new(false),
        }
    }

    pub(crate) fn streams(&self) -> RwLockReadGuard<'_, Streams> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn heads(&self) -> Heads {
        self.streams().by_id.iter().map(|(id, state)| (*id, state.head)).collect()
    }

    pub(crate) fn state(&self, id: &StreamId) -> Option<StreamState> {
        self.streams().by_id.get(id).copied()
    }

    /// The number for the next new stream.
    pub(crate) fn next_number(&self) -> i64 {
        self.streams().greatest + 1
    }

    /// The stream with a number.
    pub(crate) fn stream(&self, number: i64) -> Option<StreamId> {
        self.streams().id(number)
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.borrow().clone()
    }

    /// Names new streams just before their commit: a reader may see their rows before [`Shared::publish`].
    pub(crate) fn announce(&self, changed: &BTreeMap<StreamId, StreamState>) {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let greatest = streams.greatest;
        let new = changed.iter().filter(|(_, state)| state.number > greatest);
        streams.by_number.extend(new.map(|(id, state)| (state.number, *id)));
    }

    /// Takes over what a commit has made durable.
    pub(crate) fn publish(&self, changed: &BTreeMap<StreamId, StreamState>) {
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        for (id, state) in changed {
            streams.set(*id, *state);
        }
    }
}
