//! What the console does to a site beside the bureau's work. Whoever runs the site answers.

use futures_util::future::BoxFuture;
use yanzhen_proto::v1::{StatusReply, Trouble};

/// A running site, as the console sees it. What can't be done answers what happened, why and what to do next.
pub trait Platform: Send + Sync + 'static {
    /// How the site stands: links, streams, what has not left yet and why.
    fn status(&self) -> BoxFuture<'_, Result<StatusReply, Trouble>>;

    /// Dials the parent and exchanges now, without waiting for the end.
    fn sync_now(&self);
}
