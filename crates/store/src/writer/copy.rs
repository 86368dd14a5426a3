//! Mail about existing records to a site below: copies of them as they are, and what goes with a record that changes
//! its unit.

use std::collections::BTreeSet;

use yanzhen_sync::{
    Body, Change, Draft, EntryHeader, Kind, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId,
    Version,
};

use super::Transaction;
use super::local::{append_frame, split};
use crate::edit::{Mail, WriteError, Written};
use crate::error::StoreError;
use crate::frames;
use crate::projector::places;
use crate::record::{At, RecordKey, State, States, states};
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
    let keys = keys(records);
    let states = states(&mut tx.db, keys.iter()).await?;
    let mut drafts = Vec::with_capacity(keys.len());
    for key in &keys {
        drafts.push(copy(tx, key, state(&states, key)?).await?);
    }
    let records = drafts.iter().map(|draft| (draft.kind.clone(), draft.record, draft.version)).collect();
    append_new(tx, to, drafts).await?;
    let mailbox = StreamId::mailbox(tx.site.me, to, tx.site.epoch);
    Ok(Written { records, heads: vec![StreamHead { stream: mailbox, head: tx.head(&mailbox) }] })
}

/// Mails what is not in the mailbox yet; tells how many entries that were.
pub(crate) async fn mail(tx: &mut Transaction, mail: Mail) -> Result<usize, WriteError> {
    let (copies, handed, left) = (keys(mail.copies), keys(mail.hands_over), keys(mail.takes_away));
    let all = copies.iter().chain(&handed).chain(&left);
    let states = states(&mut tx.db, all).await?;
    let mut drafts = Vec::new();
    for key in &copies {
        drafts.push(copy(tx, key, state(&states, key)?).await?);
    }
    for key in &handed {
        let state = state(&states, key)?;
        if state.unit != mail.from {
            return Err(refused(key, "it belongs to another unit"));
        }
        drafts.push(handing_over(copy(tx, key, state).await?, mail.unit));
    }
    for key in &left {
        drafts.push(taking_away(tx, key, state(&states, key)?).await?);
    }
    append_new(tx, mail.to, drafts).await
}

fn keys(records: Vec<(Kind, RecordId)>) -> Vec<RecordKey> {
    records.into_iter().map(|(kind, record)| RecordKey { kind, record }).collect()
}

fn state<'s>(states: &'s States, key: &RecordKey) -> Result<&'s State, WriteError> {
    states.get(key).ok_or_else(|| refused(key, "it is not here"))
}

fn refused(key: &RecordKey, why: &str) -> WriteError {
    WriteError::Refused { kind: key.kind.clone(), record: key.record, why: why.to_owned() }
}

/// Appends what the mailboxes to the site don't hold; tells how much that was.
async fn append_new(tx: &mut Transaction, to: SiteId, drafts: Vec<Draft>) -> Result<usize, WriteError> {
    let mailbox = StreamId::mailbox(tx.site.me, to, tx.site.epoch);
    let mut mailed = mailed(tx, to, &drafts).await?;
    let new: Vec<Draft> = drafts.into_iter().filter(|draft| mailed.insert(Mailed::of(draft))).collect();
    let count = new.len();
    for group in split(new)? {
        append_frame(tx, mailbox, group).await?;
    }
    Ok(count)
}

/// The entry that made the record what it is, to be written again.
async fn copy(tx: &mut Transaction, key: &RecordKey, state: &State) -> Result<Draft, WriteError> {
    let (entry, body) = entry_at(tx, key, state.at).await?;
    let Body::Present { bytes, .. } = body else { return Err(refused(key, "it was erased")) };
    Ok(Draft {
        kind: entry.kind,
        record: entry.record,
        unit: entry.unit,
        version: entry.version,
        change: entry.change,
        objects: entry.objects,
        body: bytes,
        handed_over_by: entry.handed_over_by,
    })
}

/// What hands a record over to a unit: one transfer on, and less than whatever its new home makes of it.
fn handing_over(state: Draft, unit: UnitId) -> Draft {
    let transfer = state.version.transfer.saturating_add(1);
    let version = Version { transfer, revision: state.version.revision, ..Version::default() };
    Draft { unit, version, change: Change::Upsert, handed_over_by: None, ..state }
}

/// What takes a record away from sites below that its new home is not below. It says that the record belongs to its new
/// unit and no more of it than those sites had; it is less than the entry that it tells of, wherever both are read.
async fn taking_away(tx: &mut Transaction, key: &RecordKey, state: &State) -> Result<Draft, WriteError> {
    let transfer = state.version.transfer;
    let (mut before, mut taken) = (None, None);
    for place in places(tx, key).await? {
        let (entry, body) = entry_at(tx, key, place).await?;
        let journal = tx.stream(place.stream).is_some_and(|stream| stream.kind == StreamType::Journal);
        if journal && entry.version.transfer < transfer && entry.change != Change::Erase {
            before = body.bytes().map(|body| (entry.objects.clone(), body.clone())).or(before);
        }
        if journal && entry.version.transfer == transfer && entry.handed_over_by.is_some() {
            taken = taken.or(Some(entry));
        }
    }
    let taken = taken.ok_or_else(|| refused(key, "it did not come from another unit"))?;
    let (objects, body) = before.ok_or_else(|| refused(key, "nothing is left of what it was before"))?;
    let version = Version { revision: taken.version.revision.saturating_sub(1), ..taken.version };
    let (kind, record, unit) = (taken.kind, taken.record, taken.unit);
    Ok(Draft { kind, record, unit, version, change: Change::Retire, objects, body, handed_over_by: None })
}

async fn entry_at(
    tx: &mut Transaction,
    key: &RecordKey,
    place: At,
) -> Result<(EntryHeader, Body), WriteError> {
    let stream = tx.stream(place.stream).ok_or_else(|| refused(key, "its stream is not here"))?;
    let frame = frames::read_one(&mut tx.db, (&stream, place.stream), place.seq).await?;
    let frame = frame.map_err(|what| refused(key, &format!("its frame is damaged: {what}")))?;
    let entry = usize::try_from(place.index).ok().and_then(|index| frame.entries().nth(index));
    let (entry, body) = entry.ok_or_else(|| refused(key, "its entry is not in its frame"))?;
    Ok((entry.clone(), body.clone()))
}

/// What tells entries of a mailbox apart. One record may be handed over to two units of one site in turn.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Mailed {
    key: RecordKey,
    unit: UnitId,
    version: Version,
}

impl Mailed {
    fn of(draft: &Draft) -> Mailed {
        let key = RecordKey { kind: draft.kind.clone(), record: draft.record };
        Mailed { key, unit: draft.unit, version: draft.version }
    }
}

/// What the mailboxes to the site hold of the records already, in any epoch.
async fn mailed(tx: &mut Transaction, to: SiteId, drafts: &[Draft]) -> Result<BTreeSet<Mailed>, StoreError> {
    let own = tx.streams_of(tx.site.me);
    let mailboxes = own.into_iter().filter(|stream| stream.recipient() == Some(to));
    let numbers: BTreeSet<i64> = mailboxes.filter_map(|stream| Some(tx.state(&stream)?.number)).collect();
    let mut mailed = BTreeSet::new();
    for chunk in drafts.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list(
            "SELECT stream, kind, record, unit, transfer, generation, epoch, revision FROM entries \
             WHERE record IN (",
            1,
            chunk.len(),
            ")",
        );
        let query = sqlx::query(sql).persistent(false);
        let query = chunk.iter().fold(query, |query, draft| query.bind(draft.record.as_bytes().as_slice()));
        for row in query.fetch_all(&mut tx.db).await? {
            let mut fields = Fields::of("entries", &row);
            let stream = fields.int()?;
            let key = RecordKey { kind: fields.kind()?, record: fields.id()? };
            let (unit, version) = (fields.id()?, fields.version()?);
            if numbers.contains(&stream) {
                mailed.insert(Mailed { key, unit, version });
            }
        }
    }
    Ok(mailed)
}
