//! What all parts of an exchange share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use yanzhen_store::objects::{ObjectError, ObjectFolder};
use yanzhen_store::{Store, StoreError, Wanted, WantedPage};
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::{ObjectHash, ObjectRef, SiteId};

use super::lines::Lines;
use super::metrics::{ObjectMetrics, PeerBytes, add, count};
use super::offers::Offers;
use super::slots::Slots;
use super::transfers::{Shown, Transfer, Transfers};
use super::{ExchangeLimits, ExchangeOptions};

/// Arrivals that a slow receiver may be behind.
const ARRIVALS_KEPT: usize = 1_024;

/// The pause after something happened and before the index is read: an import makes hundreds of commits.
pub(super) const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// Time after which the index is read although nothing happened.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Time for the next chunk: the largest on a line of 32 kbit/s.
pub(super) const PATIENCE: Duration = Duration::from_secs(64);

/// Time for an answer that a manifest or a window full of chunks stands before, on the same line. A line that is
/// gone is noticed much sooner.
pub(super) const ANSWER_PATIENCE: Duration = Duration::from_secs(20 * 60);

/// Missing objects of one stream that are tried before those of others have had their turn, and that children are
/// asked for at once: a frame may refer to objects that nobody has.
pub(super) const WANTED_PER_STREAM: usize = 64;

/// Missing objects that are looked at together: less than 1 MiB.
const WANTED_PER_LOOK: usize = 4_096;

/// Chunks between the disk and HTTP/2, which has its own window.
pub(super) const CHUNKS_AHEAD: usize = 1;

pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) folder: ObjectFolder,
    pub(super) lines: Arc<dyn Lines>,
    pub(super) limits: ExchangeLimits,
    pub(super) metrics: ObjectMetrics,
    pub(super) transfers: Transfers,
    pub(super) slots: Slots,
    pub(super) offers: Offers,
    pub(super) arrived: broadcast::Sender<ObjectRef>,
    pub(super) stop: CancellationToken,
    woken: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(options: ExchangeOptions, stop: CancellationToken) -> Shared {
        let ExchangeOptions { store, folder, lines, limits } = options;
        Shared {
            store,
            folder,
            lines,
            limits,
            metrics: ObjectMetrics::default(),
            transfers: Transfers::default(),
            slots: Slots::new(limits.per_child, limits.all_children),
            offers: Offers::default(),
            arrived: broadcast::Sender::new(ARRIVALS_KEPT),
            stop,
            woken: watch::Sender::new(()),
        }
    }

    /// The link to the parent; `None` at central.
    pub(super) fn link_above(&self) -> Option<Link> {
        let (directory, child) = (self.store.directory(), self.store.me());
        let parent = directory.site(child)?.parent?;
        Some(Link { parent: directory.present(parent), child })
    }

    /// Whether a stream that travels on the link in that direction refers to the object.
    pub(super) async fn is_in_scope(
        &self,
        object: &ObjectRef,
        link: Link,
        direction: Direction,
    ) -> Result<bool, StoreError> {
        self.store.may_read_object(object.hash, link, direction).await
    }

    /// Missing objects, those of each stream in their turn. Each look begins elsewhere, so that what nobody has
    /// does not hide what somebody has.
    pub(super) async fn wanted(&self) -> Result<Vec<Wanted>, StoreError> {
        let page = WantedPage {
            per_stream: WANTED_PER_STREAM,
            in_all: WANTED_PER_LOOK,
            from: ObjectHash::new(rand::random()),
        };
        self.store.objects_wanted_in_turn(page).await
    }

    /// Makes the workers look at the index.
    pub(super) fn wake(&self) {
        self.woken.send_replace(());
    }

    pub(super) fn woken(&self) -> watch::Receiver<()> {
        self.woken.subscribe()
    }

    /// An object is complete and verified.
    pub(super) async fn note_arrival(&self, object: &ObjectRef) -> Result<(), StoreError> {
        self.store.mark_object_present(object.hash).await?;
        // Nobody may be listening.
        let _ = self.arrived.send(*object);
        self.wake();
        Ok(())
    }

    /// An object is not here, or not what it was: it is fetched again.
    pub(super) async fn note_loss(&self, object: &ObjectRef) {
        count(&self.metrics.damaged);
        tracing::warn!(object = %object.hash, "an object is damaged or missing on this disk; it is fetched again");
        if let Err(error) = self.folder.discard(object).await {
            tracing::warn!(object = %object.hash, %error, "a damaged object could not be put aside");
        }
        if let Err(error) = self.store.mark_object_missing(object.hash).await {
            tracing::warn!(object = %object.hash, %error, "a missing object could not be noted");
        }
        self.wake();
    }

    /// Whether the bytes of an object that can't be found are gone or cut. They are not where the reference alone
    /// is wrong: any site can refer to these bytes with a size or a manifest that they never had.
    pub(super) async fn is_lost(&self, object: &ObjectRef) -> bool {
        let size = match tokio::fs::metadata(self.folder.path(&object.hash)).await {
            Ok(file) => file.len(),
            Err(error) => return error.kind() == std::io::ErrorKind::NotFound,
        };
        // A manifest was true of the bytes when it was kept: if it is not now, they have changed.
        let as_it_is = ObjectRef { size, ..*object };
        self.folder.manifest(&as_it_is).await.is_err_and(|error| error.is_damage())
    }

    /// Takes note of an error while an object was read.
    pub(super) async fn note_read_error(&self, object: &ObjectRef, error: &ObjectError) {
        let is_missing = matches!(error, ObjectError::Missing { .. });
        if error.is_damage() || is_missing && self.is_lost(object).await {
            self.note_loss(object).await;
        } else {
            tracing::warn!(object = %object.hash, %error, "an object can't be read");
        }
    }

    /// Shows and counts a transfer over a link.
    pub(super) fn moving(self: &Arc<Self>, object: ObjectRef, link: Link, direction: Direction) -> Moving {
        let peer = if link.child == self.store.me() { link.parent } else { link.child };
        let shown =
            self.transfers.show(Transfer { object, peer, direction, bytes_left: object.size, rate: None });
        Moving { lines: self.lines.clone(), bytes: self.metrics.peer(peer), peer, direction, shown }
    }
}

/// A transfer under way.
pub(super) struct Moving {
    lines: Arc<dyn Lines>,
    bytes: Arc<PeerBytes>,
    peer: SiteId,
    direction: Direction,
    shown: Shown,
}

impl Moving {
    /// Bytes that are still to come.
    pub(super) fn left(&self, bytes: u64) {
        self.shown.left(bytes);
    }

    /// A chunk went to the line.
    pub(super) fn sent(&self, chunk: usize) {
        add(&self.bytes.sent, chunk as u64);
        self.lines.note_object_bytes(self.peer, self.direction, chunk as u64);
    }

    /// A whole chunk came.
    pub(super) fn received(&self, chunk: usize) {
        add(&self.bytes.received, chunk as u64);
        self.lines.note_object_bytes(self.peer, self.direction, chunk as u64);
    }
}

/// Wakes the workers after each commit that brought frames, until `stop`.
pub(super) async fn watch_commits(shared: Arc<Shared>) {
    let mut commits = shared.store.subscribe();
    loop {
        let commit = tokio::select! {
            () = shared.stop.cancelled() => return,
            commit = commits.recv() => commit,
        };
        match commit {
            Ok(commit) if commit.advanced.is_empty() && !commit.directory_changed => {}
            Ok(_) | Err(RecvError::Lagged(_)) => shared.wake(),
            Err(RecvError::Closed) => return,
        }
    }
}
