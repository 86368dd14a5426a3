//! Objects that one worker moves at once, and when it tries again those that failed.

use std::collections::{HashMap, HashSet};
use std::future::{Future, pending};
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use yanzhen_sync::ObjectRef;

use crate::backoff::Backoff;

/// The pause after the first failure: a node that has just learnt of an object needs about that long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause: 1,000 terminals that wait for one object ask their node 30 times a second.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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
        !pauses && !self.moving.values().any(|moving| moving == object)
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
        let failed = self.failed.entry(object).or_insert_with(|| Failed {
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, JITTER)
                .expect("invariant: the constants make a backoff"),
            again: Instant::now(),
        });
        failed.again = Instant::now() + failed.backoff.next(rand::random());
    }

    /// When to look again: after the next pause, or `at_latest` from now.
    pub(super) fn look_again(&self, at_latest: Duration) -> Instant {
        let now = Instant::now();
        let pauses = self.failed.values().map(|failed| failed.again).filter(|again| *again > now);
        pauses.min().unwrap_or(now + at_latest).min(now + at_latest)
    }

    /// Forgets failures of objects that nobody wants any more.
    pub(super) fn keep_only(&mut self, wanted: &[ObjectRef]) {
        if !self.failed.is_empty() {
            let wanted: HashSet<&ObjectRef> = wanted.iter().collect();
            self.failed.retain(|object, _| wanted.contains(object));
        }
    }

    /// Ends all tasks and pauses: the line is another one now.
    pub(super) fn reset(&mut self) {
        *self = Flights::new(self.most);
    }
}
