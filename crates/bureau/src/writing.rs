//! The right to write: held from reading what a write builds on until that write is durable.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use yanzhen_store::{Store, StoreError, Write, WriteError, Written};

use crate::Bureau;

/// The order in which a site's own writes are planned.
pub(crate) type Order = Arc<Mutex<()>>;

/// Held by one writer at a time, so that numbers stay unique in their unit and edits at this site never lose one
/// another.
pub(crate) struct Writing {
    store: Store,
    turn: Arc<OwnedMutexGuard<()>>,
}

impl Bureau {
    /// Waits for the turn to write.
    pub(crate) async fn writing(&self) -> Writing {
        let turn = Arc::new(self.order.clone().lock_owned().await);
        Writing { store: self.store().clone(), turn }
    }
}

impl Writing {
    /// Writes. Once begun, a write happens even if whoever asked goes away; so the turn is kept until it is done,
    /// else the next writer would plan without seeing it.
    pub(crate) async fn write(&self, write: Write) -> Result<Written, WriteError> {
        let (store, turn) = (self.store.clone(), self.turn.clone());
        let task = tokio::spawn(async move {
            let written = store.write(write).await;
            drop(turn);
            written
        });
        // A runtime that shuts down drops the task; the store closes with it.
        task.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}
