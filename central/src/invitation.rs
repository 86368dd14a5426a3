//! Invitations: records of central's own journal, which goes nowhere.

use bytes::Bytes;
use prost::Message;
use yanzhen_link::{InvitationId, Secret};
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Edit, Expected, Record, Store, StoreError, Target, Write};
use yanzhen_sync::directory::Role;
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{Kind, Millis, RecordId, SiteId, UnitId, Version};

/// The kind of an invitation's record.
pub(crate) const INVITATION: Kind = Kind::known("invitation");

/// Leave for one site to join, for one unit, in one role, under one parent.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// Its name; part of the token.
    pub(crate) id: InvitationId,
    /// The unit invited.
    pub(crate) unit: UnitId,
    /// What the site will be.
    pub(crate) role: Role,
    /// The site that the new one will dial.
    pub(crate) parent: SiteId,
    /// What the token and central share.
    pub(crate) secret: Secret,
    /// When it was made, by central's clock.
    pub(crate) made: Millis,
    /// Central's clock after which it counts no more.
    pub(crate) expires: Millis,
    /// The site that joined with it.
    pub(crate) used_by: Option<SiteId>,
    /// Since when it lets nobody in.
    pub(crate) withdrawn: Option<Millis>,
}

/// What became of an invitation, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Open,
    Used,
    Expired,
    Withdrawn,
}

impl Fate {
    /// The word of commands.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Fate::Open => "open",
            Fate::Used => "used",
            Fate::Expired => "expired",
            Fate::Withdrawn => "withdrawn",
        }
    }
}

impl Invitation {
    /// What became of it by `now`.
    pub(crate) fn fate(&self, now: Millis) -> Fate {
        match (self.used_by, self.withdrawn) {
            (Some(_), _) => Fate::Used,
            (None, Some(_)) => Fate::Withdrawn,
            (None, None) if now > self.expires => Fate::Expired,
            (None, None) => Fate::Open,
        }
    }

    /// The write that keeps it, in central's own unit.
    pub(crate) fn write(&self, own_unit: UnitId, expected: Expected) -> Write {
        let body = proto::Invitation {
            unit: self.unit.to_bytes(),
            role: proto::Role::from(self.role).into(),
            parent: self.parent.to_bytes(),
            secret: Bytes::copy_from_slice(self.secret.expose()),
            expires_ms: self.expires,
            used_by: self.used_by.map_or_else(Bytes::new, |site| site.to_bytes()),
            withdrawn_ms: self.withdrawn.unwrap_or(0),
        };
        let edit = Edit::upsert(INVITATION, record_id(self.id), own_unit, body.encode_to_vec(), expected);
        Write { targets: vec![Target::Journal], edits: vec![edit] }
    }

    fn read(record: &Record) -> Result<Invitation, WireError> {
        let body = record.body.clone().ok_or(WireError::Missing("invitation"))?;
        let wire = proto::Invitation::decode(body)?;
        let used_by =
            if wire.used_by.is_empty() { None } else { Some(SiteId::try_from(wire.used_by.as_ref())?) };
        Ok(Invitation {
            id: InvitationId::new(*record.record.as_bytes()),
            unit: UnitId::try_from(wire.unit.as_ref())?,
            role: Role::try_from(wire.role)?,
            parent: SiteId::try_from(wire.parent.as_ref())?,
            secret: Secret::from_slice(&wire.secret).ok_or(WireError::Malformed("secret"))?,
            made: record.time,
            expires: wire.expires_ms,
            used_by,
            withdrawn: (wire.withdrawn_ms > 0).then_some(wire.withdrawn_ms),
        })
    }
}

/// Why invitations can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvitationError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not what it should be.
    #[error("the record of an invitation can't be read: {0}")]
    Record(#[from] WireError),
}

/// An invitation that lets a site in, with the version of its record; none if it was withdrawn or there is none of
/// that name.
pub(crate) async fn find(
    store: &Store,
    id: InvitationId,
) -> Result<Option<(Invitation, Version)>, InvitationError> {
    let found = read_one(store, id).await?;
    Ok(found.filter(|(invitation, _)| invitation.withdrawn.is_none()))
}

/// An invitation, whatever became of it, with the version of its record.
pub(crate) async fn read_one(
    store: &Store,
    id: InvitationId,
) -> Result<Option<(Invitation, Version)>, InvitationError> {
    let record = store.record(&INVITATION, record_id(id)).await?;
    let Some(record) = record.filter(|record| is_own(record, store)) else { return Ok(None) };
    Ok(Some((Invitation::read(&record)?, record.version)))
}

/// All invitations.
pub(crate) async fn list(store: &Store) -> Result<Vec<Invitation>, InvitationError> {
    let records = store.records_of_unit(&INVITATION, store.directory().genesis().unit).await?;
    let own = records.iter().filter(|record| is_own(record, store));
    Ok(own.map(Invitation::read).collect::<Result<_, _>>()?)
}

/// A journal from below may hold a record that calls itself an invitation, with a secret that its author knows.
fn is_own(record: &Record, store: &Store) -> bool {
    counts(record, store.directory().genesis().unit, store.me())
}

fn counts(record: &Record, own_unit: UnitId, central: SiteId) -> bool {
    record.unit == own_unit && record.entry.stream.author == central
}

fn record_id(id: InvitationId) -> RecordId {
    RecordId::new(*id.as_bytes())
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::{EntryRef, StreamId};

    use super::*;

    #[test]
    fn only_what_central_wrote_for_its_own_unit_is_an_invitation() {
        let (unit, central, other) = (UnitId::new([1; 16]), SiteId::new([1; 32]), SiteId::new([2; 32]));
        let record = |unit, author| Record {
            kind: INVITATION,
            record: RecordId::new([3; 16]),
            unit,
            version: Version::default(),
            change: yanzhen_sync::Change::Upsert,
            body: None,
            entry: EntryRef { stream: StreamId::journal(author, 0), seq: 1, index: 0 },
            time: 0,
        };
        assert!(counts(&record(unit, central), unit, central));
        assert!(!counts(&record(unit, other), unit, central));
        assert!(!counts(&record(UnitId::new([2; 16]), central), unit, central));
    }
}
