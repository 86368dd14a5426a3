//! Starting and stopping: tasks belong to one tracker and stop by one token, first softly, then hard.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::failure::Failure;

/// How long tasks may take to finish what they are at: a commit, a message, a reply.
pub const SOFT_STOP_LIMIT: Duration = Duration::from_secs(10);

/// The tasks of a running site. Clones are the same life cycle.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
}

/// How tasks came to their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Each by itself.
    Softly,
    /// Some were cut off where they stood.
    Hard,
}

impl Lifecycle {
    /// Nothing runs yet.
    pub fn new() -> Lifecycle {
        Lifecycle::default()
    }

    /// Is cancelled when tasks should come to an end.
    pub fn stop_token(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Runs a task that ends when [`Lifecycle::stop_token`] is cancelled; what hangs longer is cut off. The
    /// handle gives none for a task that was cut off.
    pub fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<Option<T>> {
        let hard = self.hard.clone();
        self.tasks.spawn(async move { hard.run_until_cancelled(task).await })
    }

    /// Asks all tasks to end.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Waits until somebody stops the site: [`Lifecycle::stop`] or the system's signal. A second signal while
    /// tasks come to their end cuts them off.
    pub async fn run_until_stopped(&self) -> Result<Stopped, Failure> {
        let mut signals = Signals::new()
            .map_err(|error| Failure::failed("the system's signals can't be heard").why(error))?;
        tokio::select! {
            () = self.soft.cancelled() => tracing::info!("stopping"),
            name = signals.next() => tracing::info!(signal = name, "stopping"),
        }
        let stopped = tokio::select! {
            stopped = self.drain(SOFT_STOP_LIMIT) => stopped,
            name = signals.next() => {
                tracing::warn!(signal = name, "stopping at once");
                self.drain(Duration::ZERO).await
            }
        };
        Ok(stopped)
    }

    /// Asks all tasks to end, and cuts off those that have not within the limit.
    pub async fn drain(&self, limit: Duration) -> Stopped {
        self.soft.cancel();
        self.tasks.close();
        if tokio::time::timeout(limit, self.tasks.wait()).await.is_ok() {
            return Stopped::Softly;
        }
        tracing::warn!(tasks = self.tasks.len(), "tasks did not end in time and are cut off");
        self.hard.cancel();
        self.tasks.wait().await;
        Stopped::Hard
    }
}

/// Waits for the system's signal to stop, before anything runs.
pub(crate) async fn signal() -> &'static str {
    match Signals::new() {
        Ok(mut signals) => signals.next().await,
        Err(error) => {
            tracing::warn!(%error, "the system's signals can't be heard");
            std::future::pending().await
        }
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "Ctrl-C",
        }
    }
}

#[cfg(windows)]
struct Signals {
    ctrl_c: tokio::signal::windows::CtrlC,
    ctrl_break: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Signals> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Signals {
            ctrl_c: ctrl_c()?,
            ctrl_break: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.ctrl_c.recv() => "Ctrl-C",
            _ = self.ctrl_break.recv() => "Ctrl-Break",
            _ = self.close.recv() => "window closed",
            _ = self.shutdown.recv() => "system shutdown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_that_heed_the_token_end_softly() {
        let life = Lifecycle::new();
        let stop = life.stop_token();
        let task = life.spawn(async move {
            stop.cancelled().await;
            7
        });
        assert_eq!(life.drain(SOFT_STOP_LIMIT).await, Stopped::Softly);
        assert_eq!(task.await.unwrap(), Some(7));
    }

    #[tokio::test]
    async fn a_task_that_hangs_is_cut_off() {
        let life = Lifecycle::new();
        let task = life.spawn(std::future::pending::<()>());
        assert_eq!(life.drain(Duration::from_millis(1)).await, Stopped::Hard);
        assert_eq!(task.await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_stop_from_within_ends_the_wait() {
        let life = Lifecycle::new();
        life.stop();
        assert_eq!(life.run_until_stopped().await.unwrap(), Stopped::Softly);
    }
}
