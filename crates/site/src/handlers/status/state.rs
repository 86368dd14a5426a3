//! The four states of a site.

use yanzhen_proto::v1::SiteState;
use yanzhen_sync::Millis;

/// Milliseconds within which contact is fresh, and what is under way is no lag.
const FRESH_MS: Millis = 15 * 60 * 1_000;

/// Milliseconds without contact after which a site counts as offline.
const OFFLINE_MS: Millis = 24 * 60 * 60 * 1_000;

/// Whether something has waited for longer than being under way takes.
pub(super) fn is_overdue(waiting_since: Option<Millis>, now: Millis) -> bool {
    waiting_since.is_some_and(|since| now.saturating_sub(since) > FRESH_MS)
}

/// How a site stands that was last in contact at `contact` and where the oldest of what waits was written at
/// `waiting_since`.
pub(super) fn state(contact: Option<Millis>, waiting_since: Option<Millis>, now: Millis) -> SiteState {
    let Some(contact) = contact else { return SiteState::Never };
    let silent = now.saturating_sub(contact);
    if silent >= OFFLINE_MS {
        SiteState::Offline
    } else if silent > FRESH_MS || is_overdue(waiting_since, now) {
        SiteState::Lagging
    } else {
        SiteState::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_in_the_state_that_its_last_contact_and_what_waits_tell() {
        use SiteState::{Good, Lagging, Never, Offline};
        let now = 1_795_000_000_000;
        let minutes = |minutes: Millis| Some(now - minutes * 60_000);
        for (contact, waiting, expected) in [
            (None, None, Never),
            (None, minutes(1), Never),
            (minutes(0), None, Good),
            (minutes(15), None, Good),
            (minutes(16), None, Lagging),
            // Under way within limits.
            (minutes(0), minutes(0), Good),
            (minutes(15), minutes(15), Good),
            (minutes(0), minutes(16), Lagging),
            // Connected, and waiting for weeks: something stands still.
            (minutes(0), minutes(30 * 24 * 60), Lagging),
            (minutes(24 * 60 - 1), None, Lagging),
            (minutes(24 * 60), None, Offline),
            (minutes(24 * 60), minutes(1), Offline),
            // A clock that was set back.
            (minutes(-10), minutes(-10), Good),
        ] {
            assert_eq!(state(contact, waiting, now), expected, "{contact:?} {waiting:?}");
        }
        assert_eq!(state(Some(now - FRESH_MS - 1), None, now), Lagging);
        assert_eq!(state(Some(now - OFFLINE_MS + 1), None, now), Lagging);
    }
}
