//! What the writer is asked to do, and how it answers.

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::Transaction;
use crate::error::StoreError;

/// One job of a group commit.
pub(crate) trait Job: Send {
    /// Bytes that it will write, about.
    fn bytes(&self) -> usize;

    /// Does the work; tells whether what it did is to be kept.
    fn run<'t>(&'t mut self, tx: &'t mut Transaction) -> BoxFuture<'t, bool>;

    /// Answers, once the commit has succeeded or failed.
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

type Work<T, E> = Box<dyn for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, Result<T, E>> + Send>;

/// Work whose answer somebody awaits.
pub(crate) struct Request<T, E> {
    work: Option<Work<T, E>>,
    outcome: Result<T, E>,
    reply: oneshot::Sender<Result<T, E>>,
    bytes: usize,
}

impl<T, E> Request<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    pub(crate) fn new(bytes: usize, work: Work<T, E>) -> (Box<Self>, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        let request = Request { work: Some(work), outcome: Err(StoreError::Closed.into()), reply, bytes };
        (Box::new(request), answer)
    }
}

impl<T, E> Job for Request<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn run<'t>(&'t mut self, tx: &'t mut Transaction) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            self.outcome = work(tx).await;
            self.outcome.is_ok()
        })
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        let outcome = match (commit, self.outcome) {
            (Err(failed), Ok(_)) => Err(failed.into()),
            (_, outcome) => outcome,
        };
        // Whoever asked may have gone.
        let _ = self.reply.send(outcome);
    }
}
