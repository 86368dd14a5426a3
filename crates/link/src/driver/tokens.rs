//! Tokens that a parent issues in each session and its child gives back in the next one. They will tell a restored
//! or copied database; until then they are only issued and kept.

use bytes::Bytes;
use yanzhen_store::StoreError;
use yanzhen_sync::SiteId;
use yanzhen_sync::session::Tokens;

use super::work::Done;
use crate::hub::{Hub, Side};

/// Bytes of a token.
const TOKEN_BYTES: usize = 16;

/// Bytes that a child keeps of a token at most: later software may issue longer ones.
const MAX_TOKEN_BYTES: usize = 64;

/// Tokens of each child that its parent remembers.
const KEPT: usize = 2;

/// What a child got from its parent last.
const FROM_PARENT: &str = "session token from parent";

fn issued_to(child: SiteId) -> String {
    format!("session tokens issued to {child}")
}

/// What goes into this end's hello.
pub(super) async fn of_session(hub: &Hub, peer: SiteId, side: Side) -> Tokens {
    match side {
        Side::Child => {
            let token: [u8; TOKEN_BYTES] = rand::random();
            Tokens { last: None, next: Some(Bytes::copy_from_slice(&token)) }
        }
        Side::Parent => match hub.store().meta(FROM_PARENT).await {
            Ok(last) => Tokens { last, next: None },
            Err(error) => {
                tracing::warn!(%error, peer = %peer.short(), "the session token can't be read");
                Tokens::default()
            }
        },
    }
}

/// Remembers what this child got from its parent.
pub(super) async fn keep_from_parent(hub: Hub, token: Bytes) -> Done {
    if token.len() <= MAX_TOKEN_BYTES {
        report(hub.store().set_meta(FROM_PARENT, token).await);
    }
    Done::Nothing
}

/// Remembers what this parent issued, once the child has shown that it got it.
pub(super) async fn keep_issued(hub: Hub, child: SiteId, token: Bytes) -> Done {
    let key = issued_to(child);
    let kept = match hub.store().meta(&key).await {
        Ok(before) => {
            let before = before.unwrap_or_default();
            let tokens = [&token[..], &before[..before.len().min((KEPT - 1) * TOKEN_BYTES)]].concat();
            hub.store().set_meta(&key, tokens.into()).await
        }
        Err(error) => Err(error),
    };
    report(kept);
    Done::Nothing
}

fn report(kept: Result<(), StoreError>) {
    if let Err(error) = kept {
        tracing::warn!(%error, "a session token could not be kept");
    }
}
