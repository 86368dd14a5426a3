//! The meeting place of all sessions of one site: what one of them brings, the others learn here.
//!
//! Work is proportional to the readers of a change: a frame of a journal concerns the parent, mail the child
//! towards its recipient, and only bulletins concern all children. What waits for a session is coalesced in its
//! mailbox, so that a slow peer costs a bounded amount and delays nobody else.

mod counters;
mod mailbox;
mod repair;
mod router;
mod routes;
mod seat;
mod standing;
mod state;
mod statements;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Notify, broadcast, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::Store;
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::session::goodbye;
use yanzhen_sync::statement::Beat;
use yanzhen_sync::{Head, Millis, ObjectRef, Sign, SiteId, StreamId, Verify};

pub use counters::Counters;
pub use standing::NotAChild;
pub use state::{Held, LinkState, Side, State};

pub(crate) use counters::{count, count_many};
pub(crate) use mailbox::{Mailbox, Waiting, Words};
pub(crate) use repair::inward;
pub(crate) use seat::Seat;
pub(crate) use state::{Figures, Memory, hold};

use repair::Damaged;
use routes::Routes;
use seat::Live;

/// Requests for objects, and sessions gone live, that a listener may be behind: those who missed some ask the
/// store what is wanted.
const EVENTS_KEPT: usize = 256;

/// Time for sessions to say goodbye before the program stops without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a hub is made of.
pub struct HubOptions {
    /// The site's store.
    pub store: Store,
    /// Signs the site's statements.
    pub signer: Arc<dyn Sign>,
    /// Checks those of others.
    pub verifier: Arc<dyn Verify>,
    /// The program and its version, such as "yanzhen-node 0.1.0".
    pub software: String,
}

/// The meeting place of all sessions of one site. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    store: Store,
    signer: Arc<dyn Sign>,
    verifier: Arc<dyn Verify>,
    software: String,
    links: Mutex<Links>,
    routes: RwLock<Arc<Routes>>,
    /// The store's heads as far as they were announced.
    heads: RwLock<Heads>,
    beats: Mutex<HashMap<SiteId, Beat>>,
    damaged: Mutex<Damaged>,
    counters: Counters,
    serial: AtomicU64,
    parent_channel: watch::Sender<Option<Channel>>,
    objects_asked: broadcast::Sender<Vec<ObjectRef>>,
    went_live: broadcast::Sender<SiteId>,
    own_advanced: Notify,
    dial_now: Notify,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Links {
    /// The peer that this site dials.
    parent: Option<SiteId>,
    live: HashMap<SiteId, Live>,
    memory: BTreeMap<SiteId, Memory>,
}

impl Hub {
    /// Begins to listen to the store. Needs a tokio runtime.
    pub fn new(options: HubOptions) -> Hub {
        let HubOptions { store, signer, verifier, software } = options;
        let commits = store.subscribe();
        let directory = store.watch_directory();
        let routes = Routes::new(store.directory(), store.me());
        let hub = Hub(Arc::new(Inner {
            heads: RwLock::new(store.heads()),
            routes: RwLock::new(Arc::new(routes)),
            store,
            signer,
            verifier,
            software,
            links: Mutex::default(),
            beats: Mutex::default(),
            damaged: Mutex::default(),
            counters: Counters::default(),
            serial: AtomicU64::new(0),
            parent_channel: watch::Sender::new(None),
            objects_asked: broadcast::Sender::new(EVENTS_KEPT),
            went_live: broadcast::Sender::new(EVENTS_KEPT),
            own_advanced: Notify::new(),
            dial_now: Notify::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }));
        hub.0.tasks.spawn(router::run(hub.clone(), commits, directory));
        hub
    }

    /// The site's store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The own site.
    pub fn me(&self) -> SiteId {
        self.0.store.me()
    }

    /// How the links stand: the parent first, then the children.
    pub fn link_states(&self) -> Vec<LinkState> {
        let routes = self.routes();
        let links = self.links();
        let none = Memory::default();
        let state = |peer: SiteId, side| {
            let figures = links.live.get(&peer).map(|live| live.figures.as_ref());
            links.memory.get(&peer).unwrap_or(&none).state(peer, side, figures)
        };
        let parent = links.parent.map(|parent| state(parent, Side::Parent));
        let children = routes.directory().children(self.me()).map(|child| state(child.id, Side::Child));
        parent.into_iter().chain(children).collect()
    }

    /// What the sessions count.
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// The line to the parent while its session is live; for objects and for relayed joining.
    pub fn parent_channel(&self) -> watch::Receiver<Option<Channel>> {
        self.0.parent_channel.subscribe()
    }

    /// Sends a peer a message, if it has a session and there is room. What matters is to be sent again.
    pub fn push_to(&self, peer: SiteId, message: Message) -> bool {
        let pushed = match self.links().live.get(&peer) {
            Some(live) => live.mailbox.leave(|waiting| waiting.words.message(message)),
            None => return false,
        };
        if !pushed {
            count(&self.0.counters.pushes_dropped);
        }
        pushed
    }

    /// The objects that the parent asks this site to upload.
    pub fn objects_asked(&self) -> broadcast::Receiver<Vec<ObjectRef>> {
        self.0.objects_asked.subscribe()
    }

    /// The peers whose sessions go live: what was asked of them before may be asked again.
    pub fn went_live(&self) -> broadcast::Receiver<SiteId> {
        self.0.went_live.subscribe()
    }

    /// Counts bytes of objects for [`LinkState`].
    pub fn note_object_bytes(&self, peer: SiteId, direction: Direction, bytes: u64) {
        self.remember(peer, |memory| match direction {
            Direction::Up => memory.object_bytes_up += bytes,
            Direction::Down => memory.object_bytes_down += bytes,
        });
    }

    /// Dials the parent now instead of waiting for the next attempt.
    pub fn sync_now(&self) {
        self.0.dial_now.notify_waiters();
    }

    /// Says goodbye to all peers, and opens no sessions any more.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        for live in self.links().live.values() {
            live.mailbox.leave(|waiting| waiting.close = Some(stopping()));
        }
        self.0.tasks.close();
        if timeout(PATIENCE, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("stopped before all sessions had ended");
        }
    }

    /// Ends the session with one peer.
    pub(crate) fn close(&self, peer: SiteId, words: yanzhen_proto::v1::Goodbye) {
        if let Some(live) = self.links().live.get(&peer) {
            live.mailbox.leave(|waiting| waiting.close = Some(words));
        }
    }

    /// Notes something about a link.
    pub(crate) fn remember(&self, peer: SiteId, note: impl FnOnce(&mut Memory)) {
        note(self.links().memory.entry(peer).or_default());
    }

    /// Names the peer that this site dials.
    pub(crate) fn set_parent(&self, parent: SiteId) {
        self.links().parent = Some(parent);
    }

    pub(crate) fn set_parent_channel(&self, channel: Option<Channel>) {
        self.0.parent_channel.send_replace(channel);
    }

    pub(crate) fn software(&self) -> &str {
        &self.0.software
    }

    pub(crate) fn signer(&self) -> &Arc<dyn Sign> {
        &self.0.signer
    }

    pub(crate) fn now(&self) -> Millis {
        self.0.store.clock().now()
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Returns once somebody asks to dial now.
    pub(crate) async fn dial_now(&self) {
        self.0.dial_now.notified().await;
    }

    /// Returns once a stream of the site's own has advanced since the last call.
    pub(crate) async fn own_advanced(&self) {
        self.0.own_advanced.notified().await;
    }

    pub(crate) fn head(&self, stream: &StreamId) -> Head {
        let heads = self.0.heads.read().unwrap_or_else(PoisonError::into_inner);
        heads.get(stream).copied().unwrap_or(Head::NONE)
    }

    /// The heads of the mailboxes addressed to this site.
    pub(crate) fn mailboxes_to_me(&self) -> Heads {
        let heads = self.0.heads.read().unwrap_or_else(PoisonError::into_inner);
        let to_me = heads.iter().filter(|(stream, _)| stream.recipient() == Some(self.me()));
        to_me.map(|(stream, head)| (*stream, *head)).collect()
    }

    /// The heads of the streams that travel on the link with a peer.
    pub(crate) fn heads_on(&self, peer: SiteId, side: Side) -> Heads {
        let routes = self.routes();
        let heads = self.0.heads.read().unwrap_or_else(PoisonError::into_inner);
        routes.heads_on(routes.link(peer, side), &heads)
    }

    /// The heads of the site's own streams.
    pub(crate) fn own_heads(&self) -> Heads {
        let heads = self.0.heads.read().unwrap_or_else(PoisonError::into_inner);
        let own = StreamId::journal(self.me(), 0)..=StreamId::bulletin(self.me(), u32::MAX);
        heads.range(own).map(|(stream, head)| (*stream, *head)).collect()
    }

    pub(crate) fn routes(&self) -> Arc<Routes> {
        self.0.routes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn announce_live(&self, peer: SiteId) {
        let _ = self.0.went_live.send(peer); // It fails when nobody listens.
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hub({})", self.me().short())
    }
}

pub(crate) fn stopping() -> yanzhen_proto::v1::Goodbye {
    goodbye(Code::Stopping, "this site is stopping; dial again, it may be back soon")
}
