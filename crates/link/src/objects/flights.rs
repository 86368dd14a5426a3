//! Objects that one worker moves at once, and when it tries again those that failed.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use yanzhen_sync::ObjectRef;

use super::shared::LOOK_PAUSE;
use crate::backoff::Backoff;

/// The pause after the first failure: a node that has just learnt of an object needs about that long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause: 1,000 terminals that wait for one object ask their node 30 times a second.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Objects whose pauses are remembered: one that is forgotten is tried again in its turn.
const MAX_PAUSES: usize = 4_096;

/// The part of a pause that is left to chance, so that children don't come together.
const JITTER: f64 = 0.5;

/// The tasks of one worker, one for each object. Dropping them ends them.
pub(super) struct Flights<T> {
    most: usize,
    tasks: JoinSet<T>,
    moving: HashMap<Id, ObjectRef>,
    failed: HashMap<ObjectRef, Failed>,
}

struct Failed {
    backoff: Backoff,
    again: Instant,
}

impl<T: Send + 'static> Flights<T> {
    pub(super) fn new(most: usize) -> Flights<T> {
        Flights { most, tasks: JoinSet::new(), moving: HashMap::new(), failed: HashMap::new() }
    }

    pub(super) fn has_room(&self) -> bool {
        self.moving.len() < self.most
    }

    /// Whether an object neither moves nor pauses.
    pub(super) fn may_begin(&self, object: &ObjectRef) -> bool {
        let pauses = self.failed.get(object).is_some_and(|failed| failed.again > Instant::now());
        !pauses && !self.moves(object)
    }

    pub(super) fn moves(&self, object: &ObjectRef) -> bool {
        self.moving.values().any(|moving| moving == object)
    }

    pub(super) fn begin(&mut self, object: ObjectRef, work: impl Future<Output = T> + Send + 'static) {
        let task = self.tasks.spawn(work);
        self.moving.insert(task.id(), object);
    }

    /// Waits until one has ended, for ever where none moves.
    pub(super) async fn ended(&mut self) -> (ObjectRef, Result<T, JoinError>) {
        loop {
            let (id, result) = match self.tasks.join_next_with_id().await {
                Some(Ok((id, result))) => (id, Ok(result)),
                Some(Err(error)) => (error.id(), Err(error)),
                None => pending().await,
            };
            if let Some(object) = self.moving.remove(&id) {
                return (object, result);
            }
        }
    }

    pub(super) fn succeeded(&mut self, object: &ObjectRef) {
        self.failed.remove(object);
    }

    pub(super) fn failed(&mut self, object: ObjectRef) {
        if self.failed.len() >= MAX_PAUSES && !self.failed.contains_key(&object) {
            self.forget_one();
        }
        let failed = self.failed.entry(object).or_insert_with(|| Failed {
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, JITTER)
                .expect("invariant: the constants make a backoff"),
            again: Instant::now(),
        });
        failed.again = Instant::now() + failed.backoff.next(rand::random());
    }

    /// Forgets the pause that is over first.
    fn forget_one(&mut self) {
        let first = self.failed.iter().min_by_key(|(_, failed)| failed.again).map(|(object, _)| *object);
        first.and_then(|object| self.failed.remove(&object));
    }

    /// When to look again: after the next pause, or `at_latest` from now.
    pub(super) fn look_again(&self, at_latest: Duration) -> Instant {
        // Not for each pause by itself where thousands end one after the other.
        let now = Instant::now();
        let soonest = now + LOOK_PAUSE;
        let pauses = self.failed.values().map(|failed| failed.again).filter(|again| *again > now);
        pauses.min().unwrap_or(now + at_latest).clamp(soonest, now + at_latest)
    }

    /// Ends all tasks and pauses: the line is another one now.
    pub(super) fn reset(&mut self) {
        *self = Flights::new(self.most);
    }
}
