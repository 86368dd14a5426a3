//! Local writes: edits become entries of the own streams and states of records, in one transaction.

use std::collections::HashMap;

use yanzhen_sync::authority::{self, Judgement};
use yanzhen_sync::directory::NETWORK_KINDS;
use yanzhen_sync::frame::{Place, draft_size, may_share_frame};
use yanzhen_sync::limits::{MAX_ENTRIES_PER_FRAME, MAX_FRAME_BYTES};
use yanzhen_sync::{Change, Draft, EntryRef, Frame, StreamHead, StreamId, StreamType, Version};

use super::{Transaction, append_own, apply_network};
use crate::edit::{Edit, Expected, Target, Write, WriteError, Written};
use crate::error::StoreError;
use crate::projector::{Candidate, Failure, attempt, named_entry};
use crate::record::{RecordKey, states};
use crate::sql::{Fields, ROWS_PER_STATEMENT, with_list};

/// Bytes of a frame's header besides its entries.
const FRAME_OVERHEAD: usize = 1_024;

/// Does all writes or, where one is refused, none.
pub(crate) async fn write_all(tx: &mut Transaction, writes: Vec<Write>) -> Result<Vec<Written>, WriteError> {
    let mut written = Vec::with_capacity(writes.len());
    for write in writes {
        written.push(write_one(tx, write).await?);
    }
    Ok(written)
}

/// The same, if no stream has advanced beyond the head given for it.
pub(crate) async fn write_all_at(
    tx: &mut Transaction,
    heads: Vec<StreamHead>,
    writes: Vec<Write>,
) -> Result<Vec<Written>, WriteError> {
    match heads.into_iter().find(|head| tx.head(&head.stream) != head.head) {
        Some(advanced) => Err(WriteError::Advanced(advanced.stream)),
        None => write_all(tx, writes).await,
    }
}

async fn write_one(tx: &mut Transaction, write: Write) -> Result<Written, WriteError> {
    if write.targets.is_empty() || write.edits.is_empty() {
        return Err(WriteError::Empty);
    }
    let keys: Vec<RecordKey> = write.edits.iter().map(key).collect();
    let mut known = known(tx, &keys).await?;
    add_former(tx, &write.edits, &mut known).await?;
    let handed = handed_over(tx, &write.edits).await?;
    let drafts = draft(tx, write.edits, known, &handed)?;
    let records = drafts.iter().map(|draft| (draft.kind.clone(), draft.record, draft.version)).collect();
    let groups = split(drafts)?;
    let mut heads = Vec::with_capacity(write.targets.len());
    for (position, target) in write.targets.iter().enumerate() {
        let stream = stream_of(tx, *target);
        for group in &groups {
            let frame = append_frame(tx, stream, group.clone()).await?;
            if position == 0 {
                project(tx, &frame).await?;
            }
        }
        heads.push(StreamHead { stream, head: tx.head(&stream) });
    }
    Ok(Written { records, heads })
}

fn key(edit: &Edit) -> RecordKey {
    RecordKey { kind: edit.kind.clone(), record: edit.record }
}

fn stream_of(tx: &Transaction, target: Target) -> StreamId {
    let (me, epoch) = (tx.site.me, tx.site.epoch);
    match target {
        Target::Journal => StreamId::journal(me, epoch),
        Target::Mailbox(recipient) => StreamId::mailbox(me, recipient, epoch),
        Target::Bulletin => StreamId::bulletin(me, epoch),
    }
}

/// The versions that a record has.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Of its state, as an editor may have seen it.
    state: Option<Version>,
    /// The greatest of all its entries, so that no version is given twice.
    greatest: Option<Version>,
}

type KnownVersions = HashMap<RecordKey, Known>;

/// The versions of records that come from other units, one before what they get here.
type HandedOver = HashMap<EntryRef, Version>;

async fn handed_over(tx: &mut Transaction, edits: &[Edit]) -> Result<HandedOver, WriteError> {
    let mut handed = HandedOver::new();
    for edit in edits {
        let Some(at) = edit.handed_over_by else { continue };
        let Some(named) = named_entry(tx, &at).await? else {
            return Err(refused(edit, "what hands it over is not here"));
        };
        let raised = u32::from(at.stream.kind == StreamType::Journal);
        let version = Version { transfer: named.version.transfer + raised, ..named.version };
        handed.insert(at, version);
    }
    Ok(handed)
}

async fn known(tx: &mut Transaction, keys: &[RecordKey]) -> Result<KnownVersions, StoreError> {
    let states = states(&mut tx.db, keys.iter()).await?;
    let of_state = |version| Known { state: Some(version), greatest: Some(version) };
    let mut known: KnownVersions =
        states.into_iter().map(|(key, state)| (key, of_state(state.version))).collect();
    if tx.hints.quarantined || tx.own_streams_are_behind() {
        add_unread(tx, keys, &mut known).await?;
    }
    Ok(known)
}

/// Entries that are set aside, or came back to their author and are not projected yet, count as well.
async fn add_unread(
    tx: &mut Transaction,
    keys: &[RecordKey],
    known: &mut KnownVersions,
) -> Result<(), StoreError> {
    for chunk in keys.chunks(ROWS_PER_STATEMENT) {
        let sql = with_list(
            "SELECT record, kind, transfer, generation, epoch, revision, stream, seq FROM entries \
             WHERE record IN (",
            1,
            chunk.len(),
            ")",
        );
        let query = sqlx::query(sql).persistent(false);
        let query = chunk.iter().fold(query, |query, key| query.bind(key.record.as_bytes().as_slice()));
        for row in query.fetch_all(&mut tx.db).await? {
            let mut fields = Fields::of("entries", &row);
            let record = fields.id()?;
            let key = RecordKey { kind: fields.kind()?, record };
            let version = Some(fields.version()?);
            let (number, seq): (i64, u64) = (fields.int()?, fields.number()?);
            let Some(stream) = tx.stream(number) else { continue };
            let unread = tx.state(&stream).is_some_and(|state| seq > state.projected);
            let known = known.entry(key).or_default();
            known.greatest = known.greatest.max(version);
            if unread && stream.author == tx.site.me {
                known.state = known.state.max(version);
            }
        }
    }
    Ok(())
}

/// A unit that a record has left may still erase what it wrote of it: the erasure follows its own entries, and is less
/// than whatever the new home makes of the record.
async fn add_former(
    tx: &mut Transaction,
    edits: &[Edit],
    known: &mut KnownVersions,
) -> Result<(), StoreError> {
    let erased: Vec<&Edit> = edits.iter().filter(|edit| edit.change == Change::Erase).collect();
    let keys: Vec<RecordKey> = erased.iter().copied().map(key).collect();
    let states = states(&mut tx.db, keys.iter()).await?;
    for (edit, key) in erased.into_iter().zip(keys) {
        if states.get(&key).is_none_or(|state| state.unit == edit.unit) {
            continue;
        }
        let rows = sqlx::query(
            "SELECT transfer, generation, epoch, revision FROM entries \
             WHERE record = $1 AND kind = $2 AND unit = $3",
        )
        .bind(edit.record.as_bytes().as_slice())
        .bind(edit.kind.as_str())
        .bind(edit.unit.as_bytes().as_slice())
        .fetch_all(&mut tx.db)
        .await?;
        let mut greatest = None;
        for row in &rows {
            greatest = greatest.max(Some(Fields::of("entries", row).version()?));
        }
        known.insert(key, Known { state: greatest, greatest });
    }
    Ok(())
}

/// Gives each edit its version.
fn draft(
    tx: &Transaction,
    edits: Vec<Edit>,
    mut known: KnownVersions,
    handed: &HandedOver,
) -> Result<Vec<Draft>, WriteError> {
    let mut drafts = Vec::with_capacity(edits.len());
    for edit in edits {
        let key = key(&edit);
        let before = known.get(&key).copied().unwrap_or_default();
        let version = next_version(tx, &edit, before, handed)?;
        known.insert(key, Known { state: Some(version), greatest: Some(version) });
        drafts.push(Draft {
            kind: edit.kind,
            record: edit.record,
            unit: edit.unit,
            version,
            change: edit.change,
            objects: edit.objects,
            body: edit.body,
            handed_over_by: edit.handed_over_by,
        });
    }
    Ok(drafts)
}

fn next_version(
    tx: &Transaction,
    edit: &Edit,
    known: Known,
    handed: &HandedOver,
) -> Result<Version, WriteError> {
    let expected = match edit.expected {
        Expected::New => known.state.is_none(),
        Expected::At(version) => known.state == Some(version),
        Expected::Any => true,
    };
    if !expected {
        let (kind, record) = (edit.kind.clone(), edit.record);
        return Err(WriteError::Conflict { kind, record, known: known.state });
    }
    if edit.change == Change::Erase && !edit.body.is_empty() {
        return Err(refused(edit, "an erase entry has no body"));
    }
    let generation = if tx.site.me == tx.site.root && NETWORK_KINDS.contains(&edit.kind) {
        0
    } else {
        let home = tx.pending.directory.home(edit.unit).filter(|home| home.site == tx.site.me);
        home.ok_or(WriteError::NotHome(edit.unit))?.generation
    };
    let from = edit.handed_over_by.and_then(|at| handed.get(&at));
    let transfer = from.map_or(known.state.map_or(0, |state| state.transfer), |from| from.transfer);
    let revision =
        [known.greatest, from.copied()].into_iter().flatten().map(|version| version.revision).max();
    let version =
        Version { transfer, generation, epoch: tx.site.epoch, revision: revision.unwrap_or_default() + 1 };
    if known.state.is_some_and(|state| state >= version) {
        return Err(refused(edit, "a later home of its unit has changed the record already"));
    }
    Ok(version)
}

fn refused(edit: &Edit, why: &str) -> WriteError {
    WriteError::Refused { kind: edit.kind.clone(), record: edit.record, why: why.to_owned() }
}

/// Divides entries over frames. Erase entries stand alone.
pub(super) fn split(drafts: Vec<Draft>) -> Result<Vec<Vec<Draft>>, WriteError> {
    let room = MAX_FRAME_BYTES - FRAME_OVERHEAD;
    let mut groups: Vec<Vec<Draft>> = Vec::new();
    let mut used = room;
    for draft in drafts {
        let bytes = draft_size(&draft);
        if bytes > room {
            return Err(WriteError::TooLarge { kind: draft.kind, record: draft.record, bytes });
        }
        match groups.last_mut() {
            Some(group)
                if group.len() < MAX_ENTRIES_PER_FRAME
                    && used + bytes <= room
                    && may_share_frame(&group[0], &draft) =>
            {
                used += bytes;
                group.push(draft);
            }
            _ => {
                used = bytes;
                groups.push(vec![draft]);
            }
        }
    }
    Ok(groups)
}

pub(super) async fn append_frame(
    tx: &mut Transaction,
    stream: StreamId,
    drafts: Vec<Draft>,
) -> Result<Frame, WriteError> {
    let place = Place {
        after: StreamHead { stream, head: tx.head(&stream) },
        genesis: tx.site.network,
        time: tx.site.clock.now(),
        basis: Some(tx.pending.directory.bulletin_head()),
    };
    let frame =
        Frame::build(place, drafts, rand::random).map_err(|why| StoreError::Frame(why.to_string()))?;
    check(tx, &frame)?;
    let frame = append_own(tx, frame).await?;
    if let Some((entry, why)) = apply_network(tx, &frame).await?.into_iter().next() {
        let entry = &frame.header().entries[entry];
        return Err(WriteError::Refused {
            kind: entry.kind.clone(),
            record: entry.record,
            why: why.to_string(),
        });
    }
    Ok(frame)
}

/// What every receiver would refuse or set aside is not written.
fn check(tx: &Transaction, frame: &Frame) -> Result<(), WriteError> {
    let header = frame.header();
    for entry in &header.entries {
        let context = authority::Context::default();
        let why = match authority::judge(&tx.pending.directory, &header.stream, header.seq, entry, &context) {
            Judgement::Accept | Judgement::HandsOver => continue,
            Judgement::Quarantine(why) => why.to_string(),
            Judgement::Refuse(why) => why.to_owned(),
            Judgement::AwaitRegistration(site) => format!("site {site} is not registered here yet"),
        };
        return Err(WriteError::Refused { kind: entry.kind.clone(), record: entry.record, why });
    }
    Ok(())
}

/// Reads the entries into the records at once.
async fn project(tx: &mut Transaction, frame: &Frame) -> Result<(), WriteError> {
    let number = tx.stream_mut(&frame.header().stream).number;
    let candidates = Candidate::of_frame(frame, number);
    let verdicts = match attempt(tx, &candidates).await {
        Ok(verdicts) => verdicts,
        Err(Failure::Store(error)) => return Err(error.into()),
        Err(Failure::Projection(reason)) => return Err(reason.into()),
    };
    match verdicts.into_iter().next() {
        None => Ok(()),
        Some((candidate, reason)) => {
            let key = &candidates[candidate].key;
            Err(WriteError::Refused { kind: key.kind.clone(), record: key.record, why: reason.why })
        }
    }
}
