//! The time of a session.

use tokio::time::Instant;
use yanzhen_sync::Millis;

/// Steady time that begins at the clock's: a clock that is set does not cut sessions.
pub(super) struct Time {
    pub(super) opened: Millis,
    pub(super) since: Instant,
}

impl Time {
    pub(super) fn now(&self) -> Millis {
        self.opened + Millis::try_from(self.since.elapsed().as_millis()).unwrap_or(Millis::MAX - self.opened)
    }
}
