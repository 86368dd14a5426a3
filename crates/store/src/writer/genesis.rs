//! The network's first frame, where central begins it.

use yanzhen_sync::{Frame, StreamId};

use super::{Transaction, append_own, apply_network};
use crate::error::StoreError;

/// Central stores the genesis frame as the first of its bulletin, once. Others get it with the bulletin.
pub(crate) async fn plant(tx: &mut Transaction, genesis: Frame) -> Result<(), StoreError> {
    let bulletin = StreamId::bulletin(tx.site.root, 0);
    let begins = tx.site.me == tx.site.root && tx.site.epoch == 0 && tx.head(&bulletin).seq == 0;
    if !begins {
        return Ok(());
    }
    tx.begin().await?;
    let genesis = append_own(tx, genesis).await?;
    apply_network(tx, &genesis).await?;
    tx.commit().await
}
