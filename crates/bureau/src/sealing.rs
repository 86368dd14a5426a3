//! What stays at home: the body of such a record is an envelope, closed to the site where its unit is at home and to the
//! network's recovery key. It goes up like any record, as a backup that nobody on the way can read.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{Sealed, SealedAlgorithm};
use yanzhen_store::{Edit, Expected, Record};
use yanzhen_sync::envelope::{About, EnvelopeError, EnvelopeKey};
use yanzhen_sync::{Kind, RecordId, UnitId, Version};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::unknown::keep_unknown;

/// A kind of record whose content stays at home.
pub trait Stays: Message + Default {
    /// The kind.
    const KIND: Kind;

    /// The message that its envelopes hold, by its name in the .proto files.
    const MESSAGE: &'static str;
}

/// What an envelope held.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened<M> {
    /// The content.
    pub body: M,
    /// The unit that it belongs to.
    pub unit: UnitId,
    /// The record's version.
    pub version: Version,
}

impl Bureau {
    /// Opens a record that stays at home; none if there is none, or if it was retired. Only its home can.
    pub async fn open_sealed<M: Stays>(&self, record: RecordId) -> Result<Option<Opened<M>>, BureauError> {
        let Some((held, content)) = self.opened(&M::KIND, record).await? else { return Ok(None) };
        let body = M::decode(content.as_slice()).map_err(|_| EnvelopeError::Damaged)?;
        Ok(Some(Opened { body, unit: held.unit, version: held.version }))
    }

    /// The edit that gives a record that stays at home this content: a new one, or the one that was opened at
    /// `expected`. Fields that this software doesn't know are kept.
    pub async fn sealed_edit<M: Stays>(
        &self,
        record: RecordId,
        unit: UnitId,
        body: &M,
        expected: Expected,
    ) -> Result<Edit, BureauError> {
        let old = match expected {
            Expected::New => None,
            Expected::At(_) | Expected::Any => self.opened(&M::KIND, record).await?,
        };
        let content = keep_unknown(old.as_ref().map_or(&[], |(_, old)| old), body, M::MESSAGE);
        let sealed = self.closed(About { kind: &M::KIND, record, unit }, &content)?;
        Ok(Edit::upsert(M::KIND, record, unit, sealed, expected))
    }

    /// The same content for another home: whoever releases a record closes it to the key of the site that takes it over.
    pub(crate) async fn resealed(
        &self,
        about: About<'_>,
        home: EnvelopeKey,
    ) -> Result<Option<Bytes>, BureauError> {
        let Some((_, content)) = self.opened(about.kind, about.record).await? else { return Ok(None) };
        let recovery = self.directory().genesis().recovery_sealing_key;
        Ok(Some(self.envelopes().close(&content, about, &[home, recovery])?.encode_to_vec().into()))
    }

    /// What an envelope about a unit at home here holds.
    pub(crate) fn opened_by_home<M: Stays>(
        &self,
        body: &Bytes,
        about: About<'_>,
    ) -> Result<M, EnvelopeError> {
        let sealed = Sealed::decode(body.clone()).map_err(|_| EnvelopeError::Damaged)?;
        M::decode(self.envelopes().open(&sealed, about)?.as_slice()).map_err(|_| EnvelopeError::Damaged)
    }

    async fn opened(&self, kind: &Kind, id: RecordId) -> Result<Option<(Record, Vec<u8>)>, BureauError> {
        let Some(record) = self.store().record(kind, id).await? else { return Ok(None) };
        let Some(body) = record.body.clone() else { return Ok(None) };
        let sealed = Sealed::decode(body).map_err(|_| EnvelopeError::Damaged)?;
        let about = About { kind, record: id, unit: record.unit };
        let content = self.envelopes().open(&sealed, about)?;
        Ok(Some((record, content)))
    }

    fn closed(&self, about: About<'_>, content: &[u8]) -> Result<Bytes, BureauError> {
        let to = self.who_opens(about.unit)?;
        Ok(self.envelopes().close(content, about, &to)?.encode_to_vec().into())
    }

    /// The home of the unit, and whoever holds the recovery kit.
    fn who_opens(&self, unit: UnitId) -> Result<[EnvelopeKey; 2], BureauError> {
        let directory = self.directory();
        let home = directory.home(unit).and_then(|home| directory.site(home.site));
        let home = home.ok_or(BureauError::NotJoined)?;
        Ok([home.sealing_key, directory.genesis().recovery_sealing_key])
    }
}

/// Whether a body is an envelope that the owner of a key opens.
pub(crate) fn is_closed_to(body: &Bytes, key: &EnvelopeKey) -> bool {
    Sealed::decode(body.clone()).is_ok_and(|sealed| sealed.keys.iter().any(|held| held.to == key.as_slice()))
}

/// Checks an envelope from outside, as far as that goes: anything else under such a kind would be a record in the clear.
pub(crate) fn check(sealed: &Sealed) -> Result<(), String> {
    let known = sealed.algorithm() == SealedAlgorithm::HpkeX25519Aes256gcm;
    let whole = sealed.keys.iter().all(|key| key.to.len() == 32 && key.encapsulated.len() == 32);
    match (known, whole && !sealed.keys.is_empty()) {
        (false, _) => Err("it is closed in a way that this software does not know".to_owned()),
        (_, false) => Err("nobody can open it".to_owned()),
        (true, true) => Ok(()),
    }
}
