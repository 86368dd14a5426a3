//! Passes what the store committed on to the sessions that it concerns.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use yanzhen_store::Committed;
use yanzhen_sync::StreamHead;
use yanzhen_sync::directory::{Direction, Directory};

use super::routes::{Readers, Routes};
use super::{Hub, Links, Side};

/// Time between two looks at a directory that keeps changing, as while many sites join: each look costs work for
/// every session.
const DIRECTORY_PAUSE: Duration = Duration::from_millis(100);

/// Time between two requests for what is damaged: the first ones may have been lost with their sessions.
const DAMAGE_PAUSE: Duration = Duration::from_secs(30);

/// Runs until the store closes or the hub stops.
pub(super) async fn run(
    hub: Hub,
    mut commits: broadcast::Receiver<Arc<Committed>>,
    mut directory: watch::Receiver<Arc<Directory>>,
) {
    hub.recall_beats().await;
    let mut next_look = Instant::now();
    let mut damage_looks = interval(DAMAGE_PAUSE);
    damage_looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let changed = async {
            sleep_until(next_look).await;
            directory.changed().await
        };
        tokio::select! {
            () = hub.stopping().cancelled() => return,
            _ = damage_looks.tick() => hub.ask_for_damaged().await,
            commit = commits.recv() => match commit {
                Ok(commit) => hub.committed(&commit),
                Err(RecvError::Lagged(missed)) => hub.read_again(missed),
                Err(RecvError::Closed) => return,
            },
            changed = changed => match changed {
                Ok(()) => {
                    let now = directory.borrow_and_update().clone();
                    hub.directory_changed(now);
                    next_look = Instant::now() + DIRECTORY_PAUSE;
                }
                Err(_) => return,
            },
        }
    }
}

impl Hub {
    fn committed(&self, commit: &Committed) {
        self.advanced(&commit.advanced);
        if !commit.receipts.is_empty() {
            self.route_receipts(&commit.receipts);
        }
    }

    fn advanced(&self, advanced: &[StreamHead]) {
        {
            let mut heads = self.0.heads.write().unwrap_or_else(PoisonError::into_inner);
            for head in advanced {
                heads.insert(head.stream, head.head);
            }
        }
        let routes = self.routes();
        let links = self.links();
        for head in advanced {
            links.announce(&routes, *head);
        }
        if advanced.iter().any(|head| head.stream.author == self.me()) {
            self.0.own_advanced.notify_one();
        }
    }

    /// Some commits were missed: what advanced shows from the heads, statements are said again.
    fn read_again(&self, missed: u64) {
        tracing::debug!(missed, "reading the store's heads again");
        let now = self.0.store.heads();
        let advanced: Vec<StreamHead> = {
            let known = self.0.heads.read().unwrap_or_else(PoisonError::into_inner);
            let beyond = now.iter().filter(|(stream, head)| known.get(*stream) != Some(*head));
            beyond.map(|(stream, head)| StreamHead { stream: *stream, head: *head }).collect()
        };
        self.advanced(&advanced);
        for live in self.links().live.values() {
            live.mailbox.leave(|waiting| waiting.words.again = true);
        }
    }

    fn directory_changed(&self, directory: Arc<Directory>) {
        let routes = Arc::new(Routes::new(directory, self.me()));
        *self.0.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
        for live in self.links().live.values() {
            live.mailbox.leave(|waiting| waiting.directory = true);
        }
    }
}

impl Links {
    /// Tells the sessions that a stream concerns. The one that it came by is told too: it knows best.
    fn announce(&self, routes: &Routes, head: StreamHead) {
        let tell = |peer, side| {
            if let Some(live) = self.live.get(&peer).filter(|live| live.side == side) {
                live.mailbox.leave(|waiting| waiting.advance(head));
            }
        };
        if let Some(parent) = self.parent {
            let link = routes.link(parent, Side::Parent);
            if routes.directory().travels(&head.stream, link, Direction::Up) {
                tell(parent, Side::Parent);
            }
        }
        match routes.readers(&head.stream) {
            Readers::None => {}
            Readers::Child(child) => tell(child, Side::Child),
            Readers::All => self.live.keys().for_each(|peer| tell(*peer, Side::Child)),
        }
    }
}
