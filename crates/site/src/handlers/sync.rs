//! `sync`: exchanges now, and tells how it goes on.

use std::time::Duration;

use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use yanzhen_proto::v1::{SyncProgress, Trouble};

use super::status::{Left, Movement, Picture};
use crate::failure::Failure;
use crate::runtime::Site;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Time without any movement after which nothing more is expected: half-open links are noticed a little later, and
/// by then a person has the answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Time without any movement after which a site in sync counts as done: what the other side has to say follows
/// right after the line is up.
const SETTLED: Duration = Duration::from_secs(1);

/// Words of progress that a slow client may be behind.
const PROGRESS_AHEAD: usize = 4;

type Progress = Result<SyncProgress, Status>;

/// Dials at once if there is no line.
pub(super) fn sync_now(site: &Site) -> ReceiverStream<Progress> {
    let (told, listened) = mpsc::channel(PROGRESS_AHEAD);
    let (site_here, stop) = (site.clone(), site.life().stop_token());
    site.hub.sync_now();
    site.exchange.look();
    site.life().spawn(async move {
        let watching = Box::pin(watch(&site_here, &told));
        let ended = tokio::select! {
            ended = watching => ended,
            () = told.closed() => return,
            () = stop.cancelled() => Err(Failure::failed("the exchange was cut short").why("the site is stopping")),
        };
        if let Err(failure) = ended {
            // The client may have gone meanwhile.
            let _ = told.send(Err(failure.into())).await;
        }
    });
    ReceiverStream::new(listened)
}

async fn watch(site: &Site, told: &Sender<Progress>) -> Result<(), Failure> {
    let mut last: Option<Movement> = None;
    let mut moved = Instant::now();
    loop {
        let picture = Picture::take(site).await?;
        let (movement, troubles, left) = (picture.movement(), picture.troubles(), picture.left());
        if last.as_ref() != Some(&movement) {
            moved = Instant::now();
            last = Some(movement);
        }
        let done = is_done(moved.elapsed(), &troubles);
        if told.send(Ok(progress(left, done, troubles))).await.is_err() || done {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether nothing more is expected, after some time without movement.
fn is_done(still: Duration, troubles: &[Trouble]) -> bool {
    still >= if troubles.is_empty() { SETTLED } else { PATIENCE }
}

/// Troubles on the way pass; only the last message has what is left.
fn progress(left: Left, done: bool, troubles: Vec<Trouble>) -> SyncProgress {
    SyncProgress {
        frames_left: left.frames,
        bytes_left: left.bytes,
        object_bytes_left: left.object_bytes,
        done,
        troubles: if done { troubles } else { Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_in_sync_is_done_soon_and_one_in_trouble_when_nothing_moves_for_long() {
        let trouble = [Trouble::default()];
        let cases = [
            (0, &trouble[..0], false),
            (1_000, &trouble[..0], true),
            (1_000, &trouble[..], false),
            (15_000, &trouble[..], true),
        ];
        for (still, troubles, done) in cases {
            assert_eq!(is_done(Duration::from_millis(still), troubles), done, "{still} {}", troubles.len());
        }
    }

    #[test]
    fn troubles_are_told_at_the_end_only() {
        let left = Left { frames: 13, bytes: 99, object_bytes: 7 };
        assert!(progress(left, false, vec![Trouble::default()]).troubles.is_empty());
        let last = progress(left, true, vec![Trouble::default()]);
        assert_eq!(
            (last.troubles.len(), last.frames_left, last.bytes_left, last.object_bytes_left),
            (1, 13, 99, 7)
        );
    }
}
