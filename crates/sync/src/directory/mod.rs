//! What a site knows of the network: units and their homes, sites and their keys, as central wrote them into
//! its bulletin and mailboxes.

mod apply;
mod records;
mod travel;

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::{Kind, Version};
use crate::id::{FrameHash, Head, SiteId, StreamHead, StreamId, UnitId};
use crate::seal::{PublicKey, Seal, Verify};

pub use apply::{Applied, DirectoryError, registration_id};
pub use records::{Genesis, Home, KeyChange, NoRole, Role, Site, Unit, UnitKind};
pub use travel::{Direction, Link};

/// Kind of the network's first entry.
pub const GENESIS: Kind = Kind::known("genesis");
/// Kind of a change of central's key.
pub const KEY_CHANGE: Kind = Kind::known("key_change");
/// Kind of a unit.
pub const UNIT: Kind = Kind::known("unit");
/// Kind of a unit's homes.
pub const HOME: Kind = Kind::known("home");
/// Kind of a site's registration.
pub const REGISTRATION: Kind = Kind::known("registration");

/// The kinds that only central writes and every site reads when it stores them.
pub const NETWORK_KINDS: [Kind; 5] = [GENESIS, KEY_CHANGE, UNIT, HOME, REGISTRATION];

/// Levels of units above one unit, and of sites above one site: what is deeper is an error in the data.
pub const MAX_DEPTH: usize = 32;

/// The network as one site knows it.
#[derive(Clone, Debug)]
pub struct Directory {
    genesis: Genesis,
    /// Frame hashes of central's bulletins as far as applied; index 0 is frame 1.
    bulletins: BTreeMap<StreamId, Vec<FrameHash>>,
    key_changes: Vec<KeyChange>,
    units: BTreeMap<UnitId, (Version, Unit)>,
    codes: BTreeMap<String, UnitId>,
    homes: BTreeMap<UnitId, (Version, Vec<Home>)>,
    sites: BTreeMap<SiteId, (Version, Site)>,
    /// Sites by their parents.
    children: BTreeMap<SiteId, BTreeSet<SiteId>>,
    /// Replacements by what they replace.
    successors: BTreeMap<SiteId, SiteId>,
}

impl Directory {
    /// What follows from the genesis frame alone: central is registered, at home in its own unit.
    pub fn new(genesis: Genesis) -> Directory {
        let root = Site::root(&genesis);
        let mut directory = Directory {
            bulletins: BTreeMap::new(),
            key_changes: Vec::new(),
            units: BTreeMap::new(),
            codes: BTreeMap::new(),
            homes: BTreeMap::new(),
            sites: BTreeMap::new(),
            children: BTreeMap::new(),
            successors: BTreeMap::new(),
            genesis,
        };
        let home = Home { generation: 0, site: root.id, cuts: Vec::new() };
        directory.homes.insert(directory.genesis.unit, (Version::default(), vec![home]));
        directory.insert_site(Version::default(), root);
        directory
    }

    /// The network's beginning.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Central's site id.
    pub fn root(&self) -> SiteId {
        self.genesis.root
    }

    /// The head of central's bulletin as far as applied. The stream is that of the greatest epoch.
    pub fn bulletin_head(&self) -> StreamHead {
        let (stream, hashes) = match self.bulletins.last_key_value() {
            Some((stream, hashes)) => (*stream, hashes.as_slice()),
            None => (StreamId::bulletin(self.root(), 0), [].as_slice()),
        };
        let head = hashes.last().map_or(Head::NONE, |hash| Head { seq: hashes.len() as u64, hash: *hash });
        StreamHead { stream, head }
    }

    /// The hash of a bulletin frame, if it was applied.
    pub fn bulletin_hash(&self, stream: &StreamId, seq: u64) -> Option<FrameHash> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.bulletins.get(stream)?.get(index).copied()
    }

    /// A site by its id, revoked or not.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(&id).map(|(_, site)| site)
    }

    /// All sites, revoked ones included.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values().map(|(_, site)| site)
    }

    /// The site that a key belongs to now, unless it is revoked.
    pub fn site_of_key(&self, key: &PublicKey) -> Option<&Site> {
        let site = match self.site(SiteId::of_key(key)) {
            Some(site) => site,
            None => self.site(self.root())?,
        };
        (!site.is_revoked() && self.key(site.id) == Some(*key)).then_some(site)
    }

    /// The present key of a site.
    pub fn key(&self, site: SiteId) -> Option<PublicKey> {
        if site == self.root()
            && let Some(change) = self.key_changes.last()
        {
            return Some(change.new_key);
        }
        self.site(site).map(|site| site.key)
    }

    /// Whether a seal is by a key that its author had the right to use for that frame. `None` when the author is
    /// not known.
    pub fn seal_holds(&self, seal: &Seal, verifier: &dyn Verify) -> Option<bool> {
        let author = seal.head.stream.author;
        let first = self.site(author)?.key;
        if author != self.root() {
            return Some(seal.is_by(&first, verifier));
        }
        let beyond = |cuts: &[StreamHead]| seal.head.head.seq > cut_at(cuts, &seal.head.stream);
        let mut key = first;
        for change in &self.key_changes {
            if !beyond(&change.cuts) && seal.is_by(&key, verifier) {
                return Some(true);
            }
            key = change.new_key;
        }
        Some(seal.is_by(&key, verifier))
    }

    /// A unit by its id.
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id).map(|(_, unit)| unit)
    }

    /// A unit by its code.
    pub fn unit_by_code(&self, code: &str) -> Option<&Unit> {
        self.unit(*self.codes.get(code)?)
    }

    /// All units.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().map(|(_, unit)| unit)
    }

    /// The version of a unit's own record of homes, for who changes it.
    pub fn homes_version(&self, id: UnitId) -> Option<Version> {
        self.homes.get(&id).map(|(version, _)| *version)
    }

    /// A unit and the units above it, from the unit up.
    pub fn unit_path(&self, unit: UnitId) -> impl Iterator<Item = UnitId> + '_ {
        std::iter::successors(Some(unit), |unit| self.unit(*unit)?.parent).take(MAX_DEPTH)
    }

    /// The homes that a unit has had, in order; the last one is the present one. A unit that never had a home of
    /// its own is at home where the nearest unit above it is. Empty for a unit that nobody knows.
    pub fn homes(&self, unit: UnitId) -> &[Home] {
        self.unit_path(unit).find_map(|unit| self.homes.get(&unit)).map_or(&[], |(_, homes)| homes)
    }

    /// The present home of a unit.
    pub fn home(&self, unit: UnitId) -> Option<&Home> {
        self.homes(unit).last()
    }

    /// Whether a unit is a site's own unit or below it in the tree of units, which every site knows whole. Central
    /// oversees all.
    pub fn oversees(&self, site: SiteId, unit: UnitId) -> bool {
        let site = self.present(site);
        let own = self.site(site).map(|site| site.unit);
        site == self.root() || self.unit_path(unit).any(|above| Some(above) == own)
    }

    /// Whether a unit is at home at a site or below it, as far as the site itself can tell.
    pub fn is_home_within(&self, unit: UnitId, site: SiteId) -> bool {
        self.home(unit).is_some_and(|home| self.is_within(home.site, site))
    }

    /// Whether a unit has a record of homes of its own, that is, had a site of its own at any time.
    pub fn has_own_home(&self, unit: UnitId) -> bool {
        self.homes.contains_key(&unit)
    }

    /// The units that are at home at a site now, in order of their codes.
    pub fn units_at(&self, site: SiteId) -> impl Iterator<Item = &Unit> {
        self.codes
            .values()
            .filter_map(|id| self.unit(*id))
            .filter(move |unit| self.home(unit.id).is_some_and(|home| home.site == site))
    }
}

/// How far a list of cuts lets a stream count: 0 where it is not named.
pub(crate) fn cut_at(cuts: &[StreamHead], stream: &StreamId) -> u64 {
    cuts.iter().find(|cut| cut.stream == *stream).map_or(0, |cut| cut.head.seq)
}
