//! Records of the network take effect as they are stored: what comes next is judged by them.

use std::sync::Arc;

use yanzhen_sync::directory::{Applied, DirectoryError, GENESIS, NETWORK_KINDS};
use yanzhen_sync::{Frame, Head, SiteId, StreamHead, StreamId, StreamType};

use super::Transaction;
use crate::error::StoreError;
use crate::projector::Candidate;
use crate::record::{self, Record, Row};

/// Takes the network's records of a frame that has just been stored; gives back the ones that the directory does
/// not take, by their places in the frame.
pub(crate) async fn apply_network(
    tx: &mut Transaction,
    frame: &Frame,
) -> Result<Vec<(usize, DirectoryError)>, StoreError> {
    let header = frame.header();
    let stream = header.stream;
    if stream.author != tx.site.root {
        return Ok(Vec::new());
    }
    let mut refused = Vec::new();
    if tx.pending.directory.reads(&stream, tx.site.me) {
        let number = tx.stream_mut(&stream).number;
        for (index, candidate) in Candidate::of_frame(frame, number).into_iter().enumerate() {
            if NETWORK_KINDS.contains(&candidate.key.kind)
                && let Err(why) = take_effect(tx, &candidate).await?
            {
                refused.push((index, why));
            }
        }
    }
    if stream.kind == StreamType::Bulletin {
        let head = frame.stream_head();
        let advanced = Arc::make_mut(&mut tx.pending.directory).advance(head);
        advanced.map_err(|why| corrupt(head, why))?;
        tx.pending.directory_changed = true;
    }
    Ok(refused)
}

fn corrupt(head: StreamHead, why: DirectoryError) -> StoreError {
    let key = format!("{} frame {}", head.stream, head.head.seq);
    StoreError::Corrupt { table: "frames", key, why: why.to_string() }
}

/// Takes one of the network's records into the directory and makes it its record's state. Tells whether the
/// directory takes it; what is not newer changes nothing.
pub(crate) async fn take_effect(
    tx: &mut Transaction,
    candidate: &Candidate,
) -> Result<Result<bool, DirectoryError>, StoreError> {
    let Some(body) = &candidate.record.body else { return Ok(Ok(false)) };
    let Record { kind, record, version, .. } = &candidate.record;
    let verifier = tx.site.verifier.clone();
    let directory = Arc::make_mut(&mut tx.pending.directory);
    let applied = match directory.apply(kind, *record, *version, body, verifier.as_ref()) {
        Ok(Applied::Nothing) if *kind != GENESIS => return Ok(Ok(false)),
        Ok(applied) => applied,
        Err(why) => return Ok(Err(why)),
    };
    tx.pending.directory_changed = true;
    tx.pending.records_changed = true;
    tx.pending.judge_again = true;
    let row = Row { record: &candidate.record, stream: candidate.at.stream, vouched: true };
    record::put(&mut tx.db, &[row]).await?;
    walk_again(tx, &applied);
    Ok(Ok(true))
}

/// Where the change drew cuts, entries beyond them are judged again, and with a replacement some mail is read here
/// that was not before: the streams' projection goes back to there.
fn walk_again(tx: &mut Transaction, applied: &Applied) {
    let directory = tx.pending.directory.clone();
    match applied {
        Applied::Homes(unit) => {
            let Some((_, former)) = directory.homes(*unit).split_last() else { return };
            for home in former {
                go_back(tx, home.site, &home.cuts);
            }
        }
        Applied::Site(id, _) => {
            let Some(site) = directory.site(*id) else { return };
            if let Some(cuts) = &site.revoked {
                go_back(tx, *id, cuts);
            }
            if site.predecessor.is_some() {
                let me = tx.site.me;
                let read_here = |id: &&StreamId| id.recipient().is_some() && directory.reads(id, me);
                let mail: Vec<StreamId> =
                    tx.shared.streams().by_id.keys().filter(read_here).copied().collect();
                for stream in mail {
                    tx.stream_mut(&stream).projected = 0;
                }
            }
        }
        Applied::Nothing | Applied::Unit(_) | Applied::Key => {}
    }
}

fn go_back(tx: &mut Transaction, author: SiteId, cuts: &[StreamHead]) {
    for stream in tx.streams_of(author) {
        let cut = cuts.iter().find(|cut| cut.stream == stream).map_or(Head::NONE, |cut| cut.head).seq;
        let state = tx.stream_mut(&stream);
        state.projected = state.projected.min(cut);
    }
}
