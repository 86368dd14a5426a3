//! What the exchange needs of the site's links.

use tokio::sync::{broadcast, watch};
use tonic::transport::Channel;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::directory::Direction;
use yanzhen_sync::{ObjectRef, SiteId};

use crate::hub::Hub;

/// A site's links, as its [`Hub`] has them.
pub trait Lines: Send + Sync + 'static {
    /// The channel to the parent, while there is one.
    fn parent_channel(&self) -> watch::Receiver<Option<Channel>>;

    /// Sends a message over the session with `peer`; tells whether it was taken.
    fn push_to(&self, peer: SiteId, message: Message) -> bool;

    /// What the parent asks to be uploaded.
    fn objects_asked(&self) -> broadcast::Receiver<Vec<ObjectRef>>;

    /// Sites whose session became live.
    fn went_live(&self) -> broadcast::Receiver<SiteId>;

    /// Takes note of chunk bytes that moved.
    fn note_object_bytes(&self, peer: SiteId, direction: Direction, bytes: u64);
}

impl Lines for Hub {
    fn parent_channel(&self) -> watch::Receiver<Option<Channel>> {
        Hub::parent_channel(self)
    }

    fn push_to(&self, peer: SiteId, message: Message) -> bool {
        Hub::push_to(self, peer, message)
    }

    fn objects_asked(&self) -> broadcast::Receiver<Vec<ObjectRef>> {
        Hub::objects_asked(self)
    }

    fn went_live(&self) -> broadcast::Receiver<SiteId> {
        Hub::went_live(self)
    }

    fn note_object_bytes(&self, peer: SiteId, direction: Direction, bytes: u64) {
        Hub::note_object_bytes(self, peer, direction, bytes);
    }
}
