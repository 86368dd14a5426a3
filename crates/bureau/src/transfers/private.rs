//! What is private follows its person, and nobody on the way can read it.
//!
//! An acceptance has the new home's word for its envelope key. The old home closes the record anew, to that key and
//! about the new unit; the common ancestor hands that over by mail; the new home takes it and names in its answer the
//! transfer that the record is at now; then the old home erases what it had. Each step rests on what is projected, so
//! it is done again after any restart, and until the last the record is whole at one of both homes.

use bytes::Bytes;
use yanzhen_proto::v1::{self as proto, PersonPrivate, TransferAnswer};
use yanzhen_store::{Edit, Expected, Mail, Record, Target, Write, WriteError};
use yanzhen_sync::envelope::About;
use yanzhen_sync::statement::EnvelopeWord;
use yanzhen_sync::{Change, RecordId, StreamType, UnitId};

use super::Held;
use super::pass::below;
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::person_private::{KIND, id_of};
use crate::kinds::{transfer, unknown};
use crate::people::decoded;
use crate::sealing::is_closed_to;

/// Accepted transfers whose private record has not come to the new home.
const UNDER_WAY: &str = "SELECT t.id FROM transfer t \
    JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
    WHERE t.private = 1 AND a.outcome = 1 AND a.private_transfer = 0 ORDER BY t.id";

impl Bureau {
    /// Whether a person of the unit has a private record here, or one that is on its way here.
    pub(super) async fn has_private_to_move(
        &self,
        person: RecordId,
        unit: UnitId,
    ) -> Result<bool, BureauError> {
        let record = self.store().record(&KIND, id_of(person)).await?;
        Ok(record.is_some_and(|record| record.unit == unit && record.body.is_some())
            || self.is_private_coming(person).await?)
    }

    /// Whether what is private of a person of a unit at home here is still on its way from the former home.
    pub async fn is_private_coming(&self, person: RecordId) -> Result<bool, BureauError> {
        let coming = self.transfers_of(UNDER_WAY).await?;
        Ok(coming.iter().any(|(held, _)| held.person == person && self.is_home(held.to)))
    }

    /// The edit that moves what is private between two units at home here.
    pub(super) async fn private_within(&self, held: &Held) -> Result<Option<Edit>, BureauError> {
        let id = id_of(held.person);
        let Some(record) = self.private_in(id, held.from).await? else { return Ok(None) };
        let key = self.directory().site(self.store().me()).map(|site| site.sealing_key);
        let key = key.ok_or(BureauError::NotJoined)?;
        let resealed = self.resealed(About { kind: &KIND, record: id, unit: held.to }, key).await?;
        Ok(resealed.map(|body| taken(id, held.to, body, &record)))
    }

    /// Takes each private record that is under way one step on, as far as that is this site's; tells how many steps
    /// that were.
    pub(super) async fn pass_private(&self) -> Result<u64, BureauError> {
        let mut steps = 0;
        for (held, _) in self.transfers_of(UNDER_WAY).await? {
            if self.is_home(held.from) {
                steps += u64::from(self.close_to_new_home(&held).await?);
            }
            steps += self.hand_over_private(&held).await?;
            if self.is_home(held.to) {
                steps += u64::from(self.take_private(&held).await?);
            }
        }
        Ok(steps)
    }

    async fn private_in(&self, id: RecordId, unit: UnitId) -> Result<Option<Record>, BureauError> {
        let record = self.store().record(&KIND, id).await?;
        Ok(record.filter(|record| record.unit == unit && record.body.is_some()))
    }

    /// The old home's first step.
    async fn close_to_new_home(&self, held: &Held) -> Result<bool, BureauError> {
        let writing = self.writing().await;
        let id = id_of(held.person);
        let Some(record) = self.private_in(id, held.from).await? else { return Ok(false) };
        let answer = self.answer_to(held.id).await?.unwrap_or_default();
        let word = answer.envelope.and_then(|word| EnvelopeWord::try_from(word).ok());
        let home = self.directory().home(held.to).map(|home| home.site);
        let Some(word) = word.filter(|word| home.is_some_and(|home| self.store().is_word_of(home, word)))
        else {
            return Ok(false); // Whoever gave this key is not the new unit's home: it waits for the word of who is.
        };
        if record.body.as_ref().is_some_and(|body| is_closed_to(body, &word.key)) {
            return Ok(false);
        }
        let resealed = self.resealed(About { kind: &KIND, record: id, unit: held.to }, word.key).await;
        let body = match resealed {
            Ok(Some(body)) => body,
            // Another site's, such as a predecessor's whose key is lost: the recovery kit alone opens it.
            Ok(None) | Err(BureauError::Envelope(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let edit = Edit::upsert(KIND, id, held.from, body, Expected::At(record.version));
        written(writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await)
    }

    /// The common ancestor's step, once the record is closed to the new home.
    async fn hand_over_private(&self, held: &Held) -> Result<u64, BureauError> {
        let directory = self.directory();
        let Some(path) = below(&directory, self.store().me(), held, held.to) else { return Ok(0) };
        let Some(to) = path.last().copied() else { return Ok(0) };
        let Some(record) = self.private_in(id_of(held.person), held.from).await? else { return Ok(0) };
        let key = directory.site(to).map(|site| site.sealing_key);
        let body = record.body.unwrap_or_default();
        if !key.is_some_and(|key| is_closed_to(&body, &key)) {
            return Ok(0);
        }
        let hands_over = vec![(KIND, record.record)];
        let (copies, takes_away) = (Vec::new(), Vec::new());
        let mail = Mail { to, copies, hands_over, from: held.from, unit: held.to, takes_away };
        Ok(self.store().mail(mail).await? as u64)
    }

    /// The new home's step: it takes the record, and says so in the same frame.
    async fn take_private(&self, held: &Held) -> Result<bool, BureauError> {
        let writing = self.writing().await;
        let id = id_of(held.person);
        let about = About { kind: &KIND, record: id, unit: held.to };
        let Some(answered) =
            self.store().record(&transfer::ANSWER, transfer::answer_id(held.id, held.to)).await?
        else {
            return Ok(false);
        };
        let mut answer: TransferAnswer = decoded(&answered);
        let mut edits = Vec::new();
        if let Some(coming) = self.coming(held, about).await? {
            answer.private_transfer = transfer_after(&coming);
            edits.push(taken(id, held.to, coming.body.clone().unwrap_or_default(), &coming));
        }
        let word = self.envelope_word();
        let key = |word: &Option<proto::EnvelopeWord>| word.as_ref().map(|word| word.key.clone());
        if edits.is_empty() && key(&word) == key(&answer.envelope) {
            return Ok(false);
        }
        answer.envelope = word; // Another key, where this site stands in for the one that accepted.
        let old = answered.body.clone().unwrap_or_default();
        let body = unknown::keep_unknown(&old, &answer, transfer::ANSWER_MESSAGE);
        let expected = Expected::At(answered.version);
        edits.push(Edit::upsert(transfer::ANSWER, answered.record, held.to, body, expected));
        written(writing.write(Write { targets: vec![Target::Journal], edits }).await)
    }

    /// The record as it comes to this site; none until it is here and opens with this site's key.
    async fn coming(&self, held: &Held, about: About<'_>) -> Result<Option<Record>, BureauError> {
        let as_it_is = self.directory().is_home_within(held.from, self.store().me());
        let coming = match as_it_is {
            true => self.private_in(about.record, held.from).await?,
            false => self.mailed(&(KIND, about.record), held).await?,
        };
        let here =
            self.store().record(&KIND, about.record).await?.map_or(0, |record| record.version.transfer);
        let is_whole = |coming: &Record| {
            let body = coming.body.as_ref();
            body.is_some_and(|body| self.opened_by_home::<PersonPrivate>(body, about).is_ok())
        };
        Ok(coming.filter(|coming| transfer_after(coming) > here).filter(is_whole))
    }

    /// The old home's last step: what it had goes, here and wherever it lies as a backup.
    pub(super) async fn erase_private(&self, held: &Held) -> Result<bool, BureauError> {
        if !self.is_home(held.from) {
            return Ok(false);
        }
        let taken = self.answer_to(held.id).await?.map_or(0, |answer| answer.private_transfer);
        let id = id_of(held.person);
        let writing = self.writing().await;
        let state = self.store().record(&KIND, id).await?;
        let is_back = |state: &Record| state.unit == held.from && state.version.transfer >= taken;
        if taken == 0 || state.as_ref().is_none_or(is_back) {
            return Ok(false);
        }
        let history = self.store().history(&KIND, id).await?;
        let own = |entry: &Record| {
            entry.unit == held.from && entry.body.is_some() && entry.version.transfer < taken
        };
        if !history.iter().any(own) {
            return Ok(false);
        }
        let erase =
            Edit { change: Change::Erase, ..Edit::upsert(KIND, id, held.from, Bytes::new(), Expected::Any) };
        written(writing.write(Write { targets: vec![Target::Journal], edits: vec![erase] }).await)
    }
}

/// The transfer that a record is at once the new home has taken it over.
fn transfer_after(coming: &Record) -> u32 {
    coming.version.transfer + u32::from(coming.entry.stream.kind == StreamType::Journal)
}

fn taken(id: RecordId, unit: UnitId, body: Bytes, from: &Record) -> Edit {
    Edit { handed_over_by: Some(from.entry), ..Edit::upsert(KIND, id, unit, body, Expected::Any) }
}

/// Whether a step was taken; where somebody changed the record in the meantime it is taken again at the next look.
fn written<T>(result: Result<T, WriteError>) -> Result<bool, BureauError> {
    match result {
        Ok(_) => Ok(true),
        Err(WriteError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
