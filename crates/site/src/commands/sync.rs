//! `sync`: exchanges now.

use clap::Args;
use yanzhen_proto::v1::{SyncNowRequest, SyncProgress};

use super::status::trouble_lines;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{Out, SPINNER, counted, size};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM sync\n\nEnds with code 6 when something is left.";

/// Nothing to choose.
#[derive(Args, Clone, Debug)]
pub struct SyncArgs {}

pub(super) async fn run(_: SyncArgs, client: &mut ControlClient, out: &mut Out<'_>) -> Result<Done, Failure> {
    let mut replies = client.site.sync_now(SyncNowRequest {}).await?.into_inner();
    let spinner = out.progress(0, "dialling", SPINNER);
    let mut last = SyncProgress::default();
    while let Some(progress) = replies.message().await? {
        spinner.set_message(left(&progress));
        last = progress;
    }
    spinner.finish_and_clear();
    if !last.done {
        return Err(Failure::failed("the site broke off").next("look at the site's log, then try again"));
    }
    out.reply(&last, |last, _| text(last))?;
    Ok(Done::unless(anything_left(&last)))
}

fn anything_left(progress: &SyncProgress) -> bool {
    progress.frames_left > 0 || progress.object_bytes_left > 0 || !progress.troubles.is_empty()
}

fn left(progress: &SyncProgress) -> String {
    let SyncProgress { frames_left, bytes_left, object_bytes_left, .. } = progress;
    let mut text = format!("{} ({}) left", counted(*frames_left, "frame"), size(*bytes_left));
    if *object_bytes_left > 0 {
        text += &format!(", {} of attachments", size(*object_bytes_left));
    }
    text
}

fn text(last: &SyncProgress) -> String {
    if anything_left(last) {
        format!("not in sync: {}\n{}", left(last), trouble_lines(&last.troubles))
    } else {
        "in sync\n".to_owned()
    }
}
