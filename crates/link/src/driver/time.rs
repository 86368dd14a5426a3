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
        let elapsed = Millis::try_from(self.since.elapsed().as_millis()).unwrap_or(Millis::MAX);
        self.opened.saturating_add(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_at_either_end_of_time_does_not_overflow() {
        for opened in [Millis::MIN, -1, 0, Millis::MAX] {
            assert!(Time { opened, since: Instant::now() }.now() >= opened);
        }
    }
}
