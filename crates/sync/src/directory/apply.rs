//! How the directory grows: frames of central's bulletin and registrations from its mailboxes.

use bytes::Bytes;

use super::records::{KeyChange, Site, Unit, decode_homes};
use super::{Directory, GENESIS, HOME, KEY_CHANGE, Kind, REGISTRATION, UNIT};
use crate::frame::Version;
use crate::id::{RecordId, SiteId, StreamHead, UnitId};
use crate::seal::{Domain, Verify};
use crate::wire::WireError;

/// What a record changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nothing: the version is not newer, or the kind is not the network's.
    Nothing,
    /// The tree.
    Unit(UnitId),
    /// Where a unit is at home: entries beyond a cut are to be set aside.
    Homes(UnitId),
    /// A site; the flag tells that it is newly revoked, so that entries beyond its cuts are to be set aside.
    Site(SiteId, bool),
    /// Central's key.
    Key,
}

/// Why a record of the network can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Its body can't be read.
    #[error("a record of kind {kind} can't be read: {source}")]
    Wire {
        /// The record's kind.
        kind: Kind,
        /// Why.
        source: WireError,
    },
    /// Its id is not the one that its content calls for.
    #[error("a record of kind {0} has another record's id")]
    WrongRecord(Kind),
    /// Two units with one code.
    #[error("the code {code} belongs to unit {other} already")]
    CodeTaken {
        /// The code.
        code: String,
        /// Whose it is.
        other: UnitId,
    },
    /// A unit above itself.
    #[error("unit {0} would be above itself")]
    Cycle(UnitId),
    /// A key change without a valid signature or out of turn.
    #[error("key change {0} is not signed by the old or the recovery key, or is out of turn")]
    KeyChange(u32),
    /// Bulletin frames come in order.
    #[error("bulletin frame {0} does not follow the last one applied")]
    OutOfOrder(u64),
}

impl Directory {
    /// Notes that a frame of central's bulletin is being applied. Call it once for each, in order.
    pub fn advance(&mut self, head: StreamHead) -> Result<(), DirectoryError> {
        let hashes = self.bulletins.entry(head.stream).or_default();
        if head.head.seq != hashes.len() as u64 + 1 {
            return Err(DirectoryError::OutOfOrder(head.head.seq));
        }
        hashes.push(head.head.hash);
        Ok(())
    }

    /// Takes the state of one of the network's records. The caller has made sure that central wrote it.
    pub fn apply(
        &mut self,
        kind: &Kind,
        record: RecordId,
        version: Version,
        body: &Bytes,
        verifier: &dyn Verify,
    ) -> Result<Applied, DirectoryError> {
        let wire = |source| DirectoryError::Wire { kind: kind.clone(), source };
        if *kind == UNIT {
            self.apply_unit(version, Unit::decode(record.into(), body).map_err(wire)?)
        } else if *kind == HOME {
            let unit = UnitId::from(record);
            let homes = decode_homes(body).map_err(wire)?;
            let newer = self.homes.get(&unit).is_none_or(|(known, _)| *known < version);
            if newer {
                self.homes.insert(unit, (version, homes));
            }
            Ok(if newer { Applied::Homes(unit) } else { Applied::Nothing })
        } else if *kind == REGISTRATION {
            let site = Site::try_from(body).map_err(wire)?;
            if registration_id(site.id) != record {
                return Err(DirectoryError::WrongRecord(kind.clone()));
            }
            Ok(self.apply_site(version, site))
        } else if *kind == KEY_CHANGE {
            self.apply_key_change(KeyChange::try_from(body).map_err(wire)?, verifier)
        } else {
            debug_assert!(*kind == GENESIS || !super::NETWORK_KINDS.contains(kind));
            Ok(Applied::Nothing)
        }
    }

    fn apply_unit(&mut self, version: Version, unit: Unit) -> Result<Applied, DirectoryError> {
        if self.units.get(&unit.id).is_some_and(|(known, _)| *known >= version) {
            return Ok(Applied::Nothing);
        }
        if let Some(other) = self.codes.get(&unit.code).filter(|other| **other != unit.id) {
            return Err(DirectoryError::CodeTaken { code: unit.code, other: *other });
        }
        if unit.parent.is_some_and(|parent| self.unit_path(parent).any(|above| above == unit.id)) {
            return Err(DirectoryError::Cycle(unit.id));
        }
        if let Some((_, old)) = self.units.get(&unit.id) {
            self.codes.remove(&old.code);
        }
        let id = unit.id;
        self.codes.insert(unit.code.clone(), id);
        self.units.insert(id, (version, unit));
        Ok(Applied::Unit(id))
    }

    fn apply_site(&mut self, version: Version, site: Site) -> Applied {
        let known = self.sites.get(&site.id);
        if known.is_some_and(|(known, _)| *known >= version) {
            return Applied::Nothing;
        }
        let newly_revoked = site.is_revoked() && known.is_none_or(|(_, old)| !old.is_revoked());
        let id = site.id;
        self.insert_site(version, site);
        Applied::Site(id, newly_revoked)
    }

    pub(super) fn insert_site(&mut self, version: Version, site: Site) {
        if let Some((_, old)) = self.sites.get(&site.id)
            && let Some(siblings) = old.parent.and_then(|parent| self.children.get_mut(&parent))
        {
            siblings.remove(&site.id);
        }
        if let Some(parent) = site.parent {
            self.children.entry(parent).or_default().insert(site.id);
        }
        if let Some(predecessor) = site.predecessor {
            self.successors.insert(predecessor, site.id);
        }
        self.sites.insert(site.id, (version, site));
    }

    /// The recovery key may always change the key; the old key only its own successor.
    fn apply_key_change(
        &mut self,
        change: KeyChange,
        verifier: &dyn Verify,
    ) -> Result<Applied, DirectoryError> {
        if self.key_changes.iter().any(|known| known.number == change.number) {
            return Ok(Applied::Nothing);
        }
        let next = self.key_changes.last().map_or(0, |last| last.number).checked_add(1);
        let signer = match (change.by_recovery, self.key(self.root())) {
            (true, _) => self.genesis.recovery_key,
            (false, Some(old)) => old,
            (false, None) => return Err(DirectoryError::KeyChange(change.number)),
        };
        let message = Domain::KeyChange.message(&[self.genesis.hash.as_bytes(), &change.signed]);
        if Some(change.number) != next || !verifier.verify(&signer, &message, &change.signature) {
            return Err(DirectoryError::KeyChange(change.number));
        }
        self.key_changes.push(change);
        Ok(Applied::Key)
    }
}

/// The record id of a site's registration.
pub fn registration_id(site: SiteId) -> RecordId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&site.as_bytes()[..16]);
    RecordId::new(bytes)
}
