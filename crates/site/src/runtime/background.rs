//! The work that a site does by itself: receipts for what was delivered, mail to sites that have joined, recalls that
//! follow what was passed on, reminders by rule, the passing on of people who change their unit, and oversight of an
//! office by the site above.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use yanzhen_bureau::Bureau;
use yanzhen_bureau::transfers::TransfersPassed;
use yanzhen_console::Console;

use super::Site;

/// How long to gather changes before looking at the documents: an import commits many times a second.
const GATHER: Duration = Duration::from_millis(200);

/// How long to wait after a failure, such as a full disk, or when nothing seems to happen.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Starts it.
pub(super) fn start(site: &Site) {
    let stop = site.life.stop_token();
    site.life.spawn(deliver(site.clone(), stop.clone()));
    site.life.spawn(dispatch(site.bureau.clone(), stop.clone()));
    site.life.spawn(follow(site.clone(), stop.clone()));
    site.life.spawn(pass_transfers(site.bureau.clone(), stop));
}

/// Recalls what was passed on from here once its source is recalled, and reminds by rule.
async fn follow(site: Site, stop: CancellationToken) {
    let mut commits = site.store.subscribe();
    loop {
        match site.bureau.follow_recalls().await {
            Ok(recalled @ 1..) => {
                tracing::info!(recalled, "documents passed on were recalled with their sources")
            }
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "documents passed on could not be recalled"),
        }
        match site.bureau.remind_due().await {
            Ok(reminded @ 1..) => tracing::info!(reminded, "recipients were reminded by rule"),
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "recipients could not be reminded by rule"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = records_changed(&mut commits) => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}

/// Writes 送达 for each document whose attachments are here, as documents and attachments arrive.
async fn deliver(site: Site, stop: CancellationToken) {
    let mut commits = site.store.subscribe();
    let mut arrived = site.exchange.arrived();
    loop {
        match site.bureau.deliver().await {
            Ok(delivered) if delivered.written > 0 => {
                tracing::info!(documents = delivered.written, "documents delivered");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "documents could not be marked as delivered"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = records_changed(&mut commits) => {}
            _ = arrived.recv() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}

/// Carries out roles that the site above has given here, and tells it of accounts and of the audit log.
pub(super) async fn oversee(console: Console, bureau: Bureau, stop: CancellationToken) {
    let mut commits = bureau.store().subscribe();
    loop {
        match console.follow_oversight().await {
            Ok(decided @ 1..) => tracing::info!(decided, "roles given by the site above were carried out"),
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "the site above can't be told of accounts and events"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = records_changed(&mut commits) => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn records_changed(
    commits: &mut tokio::sync::broadcast::Receiver<std::sync::Arc<yanzhen_store::Committed>>,
) {
    loop {
        match commits.recv().await {
            Ok(committed) if !committed.records_changed => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Mails the documents that waited for a unit's site, whenever the tree or the sites change.
async fn dispatch(bureau: Bureau, stop: CancellationToken) {
    let mut directory = bureau.store().watch_directory();
    loop {
        match bureau.dispatch_waiting().await {
            Ok(mailed @ 1..) => tracing::info!(mailed, "documents that waited for a site were mailed"),
            Ok(0) => {}
            Err(error) => tracing::warn!(%error, "documents that wait for a site could not be mailed"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = directory.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Mails on who was released to a unit below and what was answered, as it arrives; answers withdrawals and what has run
/// out.
async fn pass_transfers(bureau: Bureau, stop: CancellationToken) {
    let mut commits = bureau.store().subscribe();
    let mut directory = bureau.store().watch_directory();
    loop {
        match bureau.pass_transfers().await {
            Ok(passed) if passed != TransfersPassed::default() => {
                tracing::info!(
                    passed.mailed,
                    passed.answered,
                    passed.followed,
                    "transfers of people were passed on"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "transfers of people could not be passed on"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = records_changed(&mut commits) => {}
            changed = directory.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}
