//! Objects between a child and its parent, beside the session of records.
//!
//! The child dials, so it does both: it fetches what streams from above refer to, and uploads what its parent
//! asks for. A site that has children serves them with an [`ObjectService`] and asks them for what their streams
//! refer to. Every chunk is verified before it is kept and again when it is read; an object becomes visible when
//! all of it is here and verified. What is cut goes on from the last whole chunk.
//!
//! [`Exchange::start`] sets all of it going; it ends when it is told to stop.

mod ask;
mod fetch;
mod flights;
mod lines;
mod metrics;
mod offers;
mod reconcile;
mod server;
mod shared;
mod slots;
mod transfers;
mod upload;

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use yanzhen_proto::v1::objects_server::ObjectsServer;
use yanzhen_store::objects::{MAX_MANIFEST_BYTES, ObjectError, ObjectFolder};
use yanzhen_store::{Store, StoreError};
use yanzhen_sync::ObjectRef;

pub use lines::Lines;
pub use metrics::{ObjectMetrics, PeerBytes};
pub use server::ObjectService;
pub use transfers::Transfer;

use shared::Shared;

/// Bytes of one message of the service: a manifest is the largest, and 64 KiB are for what later software adds.
pub const MAX_OBJECT_MESSAGE_BYTES: usize = MAX_MANIFEST_BYTES + 64 * 1024;

/// What an exchange works with.
pub struct ExchangeOptions {
    /// Tells which objects streams refer to, and which are here.
    pub store: Store,
    /// Keeps their bytes.
    pub folder: ObjectFolder,
    /// The site's links.
    pub lines: Arc<dyn Lines>,
    /// How much at once.
    pub limits: ExchangeLimits,
}

/// How many objects move at once.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeLimits {
    /// Objects fetched from the parent at once: one waits for its manifest while the other fills the line.
    pub fetches: usize,
    /// Objects uploaded to the parent at once.
    pub uploads: usize,
    /// Requests of one child at once: as many as it has of its own, and those that a cut left behind.
    pub per_child: usize,
    /// Requests of all children at once. Each holds less than 1 MiB.
    pub all_children: usize,
}

impl Default for ExchangeLimits {
    fn default() -> ExchangeLimits {
        ExchangeLimits { fetches: 2, uploads: 2, per_child: 8, all_children: 256 }
    }
}

/// Why an exchange can't start.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The object index can't be read.
    #[error("the index of attachments can't be read: {0}")]
    Store(#[from] StoreError),
    /// The object folder can't be read.
    #[error("the folder of attachments can't be read: {0}")]
    Folder(#[from] ObjectError),
}

/// A site's exchange of objects with its neighbours. Clones share it.
#[derive(Clone)]
pub struct Exchange {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl Exchange {
    /// Compares the index with the folder, then fetches, asks, uploads and serves until `stop`.
    pub async fn start(options: ExchangeOptions, stop: CancellationToken) -> Result<Exchange, ExchangeError> {
        let shared = Arc::new(Shared::new(options, stop));
        reconcile::reconcile(&shared).await?;
        let tasks = TaskTracker::new();
        tasks.spawn(shared::watch_commits(shared.clone()));
        tasks.spawn(fetch::keep_fetching(shared.clone()));
        tasks.spawn(upload::keep_uploading(shared.clone()));
        tasks.spawn(ask::keep_asking(shared.clone()));
        tasks.close();
        Ok(Exchange { shared, tasks })
    }

    /// The service for the sites below, to be given to [`Exchange::server`] or to whoever serves the links.
    pub fn service(&self) -> ObjectService {
        ObjectService::new(self.shared.clone())
    }

    /// Puts the limits of this service around an implementation of it.
    pub fn server<O>(service: O) -> ObjectsServer<O> {
        ObjectsServer::new(service)
            .max_decoding_message_size(MAX_OBJECT_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_OBJECT_MESSAGE_BYTES)
    }

    /// Tells of each object that a neighbour has brought, once it is complete and verified. A receiver that lags
    /// asks the store which objects are here.
    pub fn arrived(&self) -> broadcast::Receiver<ObjectRef> {
        self.shared.arrived.subscribe()
    }

    /// Objects that move now, in both directions and on all links.
    pub fn under_way(&self) -> Vec<Transfer> {
        self.shared.transfers.list()
    }

    /// What has moved since the start.
    pub fn metrics(&self) -> &ObjectMetrics {
        &self.shared.metrics
    }

    /// Looks at once for what is wanted or can be uploaded, such as after a person added a file.
    pub fn look(&self) {
        self.shared.wake();
    }

    /// Waits until everything has ended after the stop.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }
}
