//! How long to wait before dialling again: twice as long after each failure, up to a longest wait, with jitter so
//! that many sites that lost one parent don't come back at once.

use std::time::Duration;

/// The longest wait that a parent may ask for: one that asks for years would cut its children off.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// The wait before the next attempt, growing with each failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    jitter: f64,
    /// The next wait, before jitter.
    next: Duration,
}

/// Settings that make no backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackoffError {
    /// It would not wait at all.
    #[error("the shortest wait must be longer than nothing")]
    NoWait,
    /// The limits contradict each other.
    #[error("the longest wait must not be shorter than the shortest one")]
    Limits,
    /// Not a fraction.
    #[error("the jitter must be a number from 0 to 1")]
    Jitter,
}

impl Backoff {
    /// Waits from `min` to `max`, of which a random part of up to `jitter` (0 to 1) is left out.
    pub fn new(min: Duration, max: Duration, jitter: f64) -> Result<Backoff, BackoffError> {
        if min.is_zero() {
            return Err(BackoffError::NoWait);
        }
        if max < min {
            return Err(BackoffError::Limits);
        }
        if !(0.0..=1.0).contains(&jitter) {
            return Err(BackoffError::Jitter);
        }
        Ok(Backoff { min, max, jitter, next: min })
    }

    /// The wait after one more failure, at least the shortest one. `draw` is random, from 0 to 1.
    pub fn next(&mut self, draw: f64) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.max);
        wait.mul_f64(1.0 - self.jitter * draw.clamp(0.0, 1.0)).max(self.min)
    }

    /// The wait when the other end has asked for one: at least that long, within reason, with jitter on top.
    pub fn next_after(&mut self, asked: Duration, draw: f64) -> Duration {
        let asked = asked.min(LONGEST_ASKED);
        self.next(draw).max(asked.mul_f64(1.0 + self.jitter * draw.clamp(0.0, 1.0)))
    }

    /// The next failure counts as the first one again.
    pub fn reset(&mut self) {
        self.next = self.min;
    }

    /// Waits the longest from now on: trying again soon can't help.
    pub fn exhaust(&mut self) {
        self.next = self.max;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_reset() {
        let mut backoff = Backoff::new(SECOND, 5 * SECOND, 0.5).unwrap();
        let waits: Vec<u64> = (0..4).map(|_| backoff.next(0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5]);
        backoff.reset();
        assert_eq!(backoff.next(0.0), SECOND);
        backoff.exhaust();
        assert_eq!(backoff.next(0.0), 5 * SECOND);
    }

    #[test]
    fn jitter_shortens_a_wait_but_not_below_the_shortest() {
        let mut backoff = Backoff::new(SECOND, 60 * SECOND, 0.5).unwrap();
        assert_eq!(backoff.next(1.0), SECOND);
        assert_eq!(backoff.next(1.0), SECOND);
        assert_eq!(backoff.next(1.0), 2 * SECOND);
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_within_reason() {
        let mut backoff = Backoff::new(SECOND, 60 * SECOND, 0.5).unwrap();
        assert_eq!(backoff.next_after(30 * SECOND, 0.0), 30 * SECOND);
        assert_eq!(backoff.next_after(30 * SECOND, 1.0), 45 * SECOND);
        assert_eq!(backoff.next_after(Duration::MAX, 0.0), LONGEST_ASKED);
    }

    #[test]
    fn senseless_settings_are_refused() {
        assert_eq!(Backoff::new(Duration::ZERO, SECOND, 0.5), Err(BackoffError::NoWait));
        assert_eq!(Backoff::new(2 * SECOND, SECOND, 0.5), Err(BackoffError::Limits));
        for jitter in [-0.1, 1.1, f64::NAN] {
            assert_eq!(Backoff::new(SECOND, SECOND, jitter), Err(BackoffError::Jitter));
        }
    }
}
