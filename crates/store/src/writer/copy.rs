//! Copies: existing records go, as they are, into the mailbox to a site below.

use std::collections::BTreeSet;

use yanzhen_sync::{Draft, Kind, RecordId, SiteId, StreamHead, StreamId, Version};

use super::Transaction;
use super::local::{append_frame, split};
use crate::edit::{WriteError, Written};
use crate::error::StoreError;
use crate::frames;
use crate::record::{RecordKey, State, states};
use crate::sql::{Fields, ROWS_PER_STATEMENT, with_list};

/// Mails the present state of records at the version that it has. What is in the mailbox at that version already is
/// left out, so that asking again mails nothing twice.
pub(crate) async fn mail_copies(
    tx: &mut Transaction,
    to: SiteId,
    records: Vec<(Kind, RecordId)>,
) -> Result<Written, WriteError> {
    if records.is_empty() {
        return Err(WriteError::Empty);
    }
    let mailbox = StreamId::mailbox(tx.site.me, to, tx.site.epoch);
    let keys: Vec<RecordKey> = records.into_iter().map(|(kind, record)| RecordKey { kind, record }).collect();
    let states = states(&mut tx.db, keys.iter()).await?;
    let mut mailed = mailed(tx, to, &keys).await?;
    let mut drafts = Vec::new();
    let mut versions = Vec::with_capacity(keys.len());
    for key in &keys {
        let Some(state) = states.get(key) else {
            return Err(refused(key, "it is not here"));
        };
        versions.push((key.kind.clone(), key.record, state.version));
        if mailed.insert((key.clone(), state.version)) {
            drafts.push(draft(tx, key, state).await?);
        }
    }
    for group in split(drafts)? {
        append_frame(tx, mailbox, group).await?;
    }
    let head = StreamHead { stream: mailbox, head: tx.head(&mailbox) };
    Ok(Written { records: versions, heads: vec![head] })
}

fn refused(key: &RecordKey, why: &str) -> WriteError {
    WriteError::Refused { kind: key.kind.clone(), record: key.record, why: why.to_owned() }
}

/// The entry that made the record what it is, to be written again.
async fn draft(tx: &mut Transaction, key: &RecordKey, state: &State) -> Result<Draft, WriteError> {
    let stream = tx.stream(state.at.stream).ok_or_else(|| refused(key, "its stream is not here"))?;
    let frame = frames::read_one(&mut tx.db, (&stream, state.at.stream), state.at.seq).await?;
    let frame = frame.map_err(|what| refused(key, &format!("its frame is damaged: {what}")))?;
    let entry = usize::try_from(state.at.index).ok().and_then(|index| frame.entries().nth(index));
    let (entry, body) = entry.ok_or_else(|| refused(key, "its entry is not in its frame"))?;
    let body = body.bytes().ok_or_else(|| refused(key, "it was erased"))?;
    Ok(Draft {
        kind: entry.kind.clone(),
        record: entry.record,
        unit: entry.unit,
        version: entry.version,
        change: entry.change,
        objects: entry.objects.clone(),
        body: body.clone(),
        handed_over_by: entry.handed_over_by,
    })
}

/// What the mailboxes to the site hold of the records already, in any epoch.
async fn mailed(
    tx: &mut Transaction,
    to: SiteId,
    keys: &[RecordKey],
) -> Result<BTreeSet<(RecordKey, Version)>, StoreError> {
    let own = tx.streams_of(tx.site.me);
    let mailboxes = own.into_iter().filter(|stream| stream.recipient() == Some(to));
    let numbers: BTreeSet<i64> = mailboxes.filter_map(|stream| Some(tx.state(&stream)?.number)).collect();
    let mut mailed = BTreeSet::new();
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list(
            "SELECT stream, kind, record, transfer, generation, epoch, revision FROM entries WHERE record IN (",
            1,
            chunk.len(),
            ")",
        );
        let query = sqlx::query(sql).persistent(false);
        let query = chunk.iter().fold(query, |query, key| query.bind(key.record.as_bytes().as_slice()));
        for row in query.fetch_all(&mut tx.db).await? {
            let mut fields = Fields::of("entries", &row);
            let stream = fields.int()?;
            let key = RecordKey { kind: fields.kind()?, record: fields.id()? };
            let version = fields.version()?;
            if numbers.contains(&stream) {
                mailed.insert((key, version));
            }
        }
    }
    Ok(mailed)
}
