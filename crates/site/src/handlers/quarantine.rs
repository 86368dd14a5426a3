//! Entries that were set aside.

use yanzhen_proto::v1 as proto;
use yanzhen_store::{Retry, SetAside};
use yanzhen_sync::directory::Directory;

use super::failure::of_store;
use super::words::{stream_name, unit_names};
use crate::failure::Failure;
use crate::runtime::Site;

/// Entries that are listed at once: more of them have a common cause.
const ENTRIES_LISTED: u32 = 100;

pub(crate) async fn list(site: &Site) -> Result<proto::QuarantineReply, Failure> {
    let entries = site.store.quarantine(0, ENTRIES_LISTED).await.map_err(of_store)?;
    let all = site.store.quarantine_count().await.map_err(of_store)?;
    let directory = site.store.directory();
    Ok(proto::QuarantineReply {
        more: all.saturating_sub(entries.len() as u64),
        entries: entries.iter().map(|entry| view(&directory, entry)).collect(),
    })
}

pub(crate) async fn retry(
    site: &Site,
    request: proto::QuarantineRequest,
) -> Result<proto::QuarantineRetried, Failure> {
    let wanted = ids(&request.ids)?;
    let which = if wanted.is_empty() { Retry::All } else { Retry::These(wanted) };
    let retried = site.store.retry_quarantine(which).await.map_err(of_store)?;
    Ok(proto::QuarantineRetried { tried: retried.tried, accepted: retried.accepted })
}

fn ids(texts: &[String]) -> Result<Vec<i64>, Failure> {
    let read = |text: &String| {
        text.parse().map_err(|_| {
            Failure::refused(format!("{text:?} is not the number of an entry")).next("see `quarantine list`")
        })
    };
    texts.iter().map(read).collect()
}

fn view(directory: &Directory, entry: &SetAside) -> proto::QuarantineView {
    proto::QuarantineView {
        id: entry.id.to_string(),
        stream: stream_name(directory, &entry.entry.stream),
        seq: entry.entry.seq,
        index: entry.entry.index,
        kind: entry.kind.to_string(),
        record: entry.record.to_string(),
        unit_code: unit_names(directory, entry.unit).0,
        reason: entry.why.clone(),
        since_ms: entry.since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_of_an_entry_is_refused() {
        assert_eq!(ids(&["3".to_owned(), "12".to_owned()]).unwrap(), [3, 12]);
        assert!(ids(&["x".to_owned()]).is_err());
    }
}
