//! The network's records as checked types, read from the messages of records.proto.

use std::str::FromStr;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;

use crate::frame::{Change, Draft, Frame, FrameError, Place, Version};
use crate::id::{FrameHash, Head, IdError, Millis, RecordId, SiteId, StreamHead, StreamId, UnitId};
use crate::limits::SALT_BYTES;
use crate::seal::{PublicKey, Signature};
use crate::wire::{WireError, signature};

/// What a site does in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The root, at the city bureau.
    Central,
    /// Caches and relays for the sites below it.
    Node,
    /// A leaf.
    Terminal,
}

impl Role {
    /// The role in one word, as commands take and show it.
    pub fn word(self) -> &'static str {
        match self {
            Role::Central => "central",
            Role::Node => "node",
            Role::Terminal => "terminal",
        }
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: central, node or terminal")]
pub struct NoRole(pub String);

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(word: &str) -> Result<Role, NoRole> {
        let all = [Role::Central, Role::Node, Role::Terminal];
        all.into_iter().find(|role| role.word() == word).ok_or_else(|| NoRole(word.to_owned()))
    }
}

/// The network's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The genesis frame's hash, which names the network.
    pub hash: FrameHash,
    /// The network's name.
    pub name: String,
    /// Central's site id.
    pub root: SiteId,
    /// Central's first key.
    pub root_key: PublicKey,
    /// Central's X25519 key.
    pub root_sealing_key: [u8; 32],
    /// The offline key that outranks central's.
    pub recovery_key: PublicKey,
    /// The offline X25519 key for sealed backups.
    pub recovery_sealing_key: [u8; 32],
    /// Central's own unit.
    pub unit: UnitId,
    /// The clock of `init`.
    pub time: Millis,
}

/// Central's key changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// Counts from 1.
    pub number: u32,
    /// The key from now on.
    pub new_key: PublicKey,
    /// How far seals by the old key count.
    pub cuts: Vec<StreamHead>,
    /// Whether the recovery key signed, else the old key.
    pub by_recovery: bool,
    /// The bytes that were signed.
    pub signed: Bytes,
    /// Over `signed`.
    pub signature: Signature,
}

/// A place in the administrative tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id for ever.
    pub id: UnitId,
    /// 区划/机构代码.
    pub code: String,
    /// 名称.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// The unit above; none for central's own.
    pub parent: Option<UnitId>,
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// 机关
    Agency,
    /// 事业单位
    Institution,
    /// 企业
    Enterprise,
    /// 乡镇街道
    Township,
    /// 社区
    Community,
    /// A kind that later software knows.
    Other(i32),
}

/// One home of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Counts the unit's homes.
    pub generation: u32,
    /// The site.
    pub site: SiteId,
    /// For a former home: how far its journals count for the unit.
    pub cuts: Vec<StreamHead>,
}

/// One participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its key; central's first one.
    pub key: PublicKey,
    /// Its X25519 key.
    pub sealing_key: [u8; 32],
    /// What it does.
    pub role: Role,
    /// The unit it was joined for.
    pub unit: UnitId,
    /// Where it dials; none for central.
    pub parent: Option<SiteId>,
    /// The epoch of its streams.
    pub epoch: u32,
    /// Where its children dial it.
    pub addresses: Vec<String>,
    /// For a revoked site: how far its streams count.
    pub revoked: Option<Vec<StreamHead>>,
    /// The site that it replaces.
    pub predecessor: Option<SiteId>,
    /// Central's clock when it was admitted.
    pub joined: Millis,
}

impl Site {
    /// Whether its key is no longer accepted.
    pub fn is_revoked(&self) -> bool {
        self.revoked.is_some()
    }

    pub(super) fn root(genesis: &Genesis) -> Site {
        Site {
            id: genesis.root,
            key: genesis.root_key,
            sealing_key: genesis.root_sealing_key,
            role: Role::Central,
            unit: genesis.unit,
            parent: None,
            epoch: 0,
            addresses: Vec::new(),
            revoked: None,
            predecessor: None,
            joined: genesis.time,
        }
    }
}

impl Genesis {
    /// The first frame of central's bulletin, which begins a network.
    ///
    /// `record` and `salt` are random. Fails where the name is too long for a frame, or a key or the unit is not one.
    pub fn frame(
        body: &proto::Genesis,
        record: RecordId,
        time: Millis,
        salt: [u8; SALT_BYTES],
    ) -> Result<Frame, FrameError> {
        let unit = UnitId::try_from(body.unit.as_ref()).map_err(WireError::from)?;
        let root = SiteId::of_key(&key("root key", &body.root_key)?);
        let draft = Draft {
            kind: super::GENESIS,
            record,
            unit,
            version: Version { revision: 1, ..Version::default() },
            change: Change::Upsert,
            objects: Vec::new(),
            body: body.encode_to_vec().into(),
            handed_over_by: None,
        };
        let after = StreamHead { stream: StreamId::bulletin(root, 0), head: Head::NONE };
        let place = Place { after, genesis: FrameHash::ZERO, time, basis: None };
        Frame::build(place, vec![draft], || salt)
    }

    /// Reads a genesis frame; its hash is the network's name.
    pub fn of_frame(frame: &Frame) -> Result<Genesis, WireError> {
        let header = frame.header();
        let entry =
            header.entries.first().filter(|entry| header.is_genesis() && entry.kind == super::GENESIS);
        let entry = entry.ok_or(WireError::Malformed("genesis frame"))?;
        let body =
            frame.bodies().first().and_then(|body| body.bytes()).ok_or(WireError::Missing("genesis"))?;
        let wire = proto::Genesis::decode(body.clone())?;
        let root_key = key("root key", &wire.root_key)?;
        let genesis = Genesis {
            hash: frame.hash(),
            name: wire.name,
            root: SiteId::of_key(&root_key),
            root_key,
            root_sealing_key: sealing_key(&wire.root_sealing_key)?,
            recovery_key: key("recovery key", &wire.recovery_key)?,
            recovery_sealing_key: sealing_key(&wire.recovery_sealing_key)?,
            unit: UnitId::try_from(wire.unit.as_ref())?,
            time: header.time,
        };
        let fits = header.stream.author == genesis.root && entry.unit == genesis.unit;
        if fits { Ok(genesis) } else { Err(WireError::Malformed("genesis frame")) }
    }
}

impl TryFrom<&Bytes> for KeyChange {
    type Error = WireError;

    /// Reads the body; what counts is what was signed.
    fn try_from(body: &Bytes) -> Result<Self, WireError> {
        let outer = proto::KeyChange::decode(body.clone())?;
        let wire = proto::KeyChange::decode(outer.signed.clone())?;
        Ok(KeyChange {
            number: wire.number,
            new_key: key("new key", &wire.new_key)?,
            cuts: heads(wire.cuts)?,
            by_recovery: wire.by == proto::key_change::By::RecoveryKey as i32,
            signed: outer.signed,
            signature: signature(wire.algorithm, &outer.signature)?,
        })
    }
}

impl Unit {
    /// Reads the body of the unit's record.
    pub fn decode(id: UnitId, body: &Bytes) -> Result<Unit, WireError> {
        let wire = proto::Unit::decode(body.clone())?;
        let parent = optional(&wire.parent, |bytes| UnitId::try_from(bytes))?;
        Ok(Unit { id, code: wire.code, name: wire.name, kind: UnitKind::from(wire.kind), parent })
    }
}

impl From<i32> for UnitKind {
    fn from(number: i32) -> UnitKind {
        match proto::UnitKind::try_from(number) {
            Ok(proto::UnitKind::Agency) => UnitKind::Agency,
            Ok(proto::UnitKind::Institution) => UnitKind::Institution,
            Ok(proto::UnitKind::Enterprise) => UnitKind::Enterprise,
            Ok(proto::UnitKind::Township) => UnitKind::Township,
            Ok(proto::UnitKind::Community) => UnitKind::Community,
            Ok(proto::UnitKind::Unspecified) | Err(_) => UnitKind::Other(number),
        }
    }
}

impl From<&Home> for proto::unit_homes::Home {
    fn from(home: &Home) -> Self {
        proto::unit_homes::Home {
            generation: home.generation,
            site: home.site.to_bytes(),
            cuts: home.cuts.iter().map(|cut| (*cut).into()).collect(),
        }
    }
}

/// Reads the body of a unit's homes: at least one, generations ascending.
pub(super) fn decode_homes(body: &Bytes) -> Result<Vec<Home>, WireError> {
    let wire = proto::UnitHomes::decode(body.clone())?;
    let homes = wire.homes.into_iter().map(|home| {
        Ok(Home {
            generation: home.generation,
            site: SiteId::try_from(home.site.as_ref())?,
            cuts: heads(home.cuts)?,
        })
    });
    let homes = homes.collect::<Result<Vec<_>, WireError>>()?;
    let ascending = homes.windows(2).all(|pair| pair[0].generation < pair[1].generation);
    if homes.is_empty() || !ascending { Err(WireError::Malformed("homes")) } else { Ok(homes) }
}

impl From<Role> for proto::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Central => proto::Role::Central,
            Role::Node => proto::Role::Node,
            Role::Terminal => proto::Role::Terminal,
        }
    }
}

impl TryFrom<i32> for Role {
    type Error = WireError;

    fn try_from(number: i32) -> Result<Self, WireError> {
        match proto::Role::try_from(number) {
            Ok(proto::Role::Central) => Ok(Role::Central),
            Ok(proto::Role::Node) => Ok(Role::Node),
            Ok(proto::Role::Terminal) => Ok(Role::Terminal),
            Ok(proto::Role::Unspecified) | Err(_) => Err(WireError::Unknown("role", number.into())),
        }
    }
}

impl From<&Site> for proto::Registration {
    fn from(site: &Site) -> Self {
        proto::Registration {
            site: site.id.to_bytes(),
            algorithm: site.key.algorithm().into(),
            public_key: Bytes::copy_from_slice(site.key.as_bytes()),
            sealing_key: Bytes::copy_from_slice(&site.sealing_key),
            role: proto::Role::from(site.role).into(),
            unit: site.unit.to_bytes(),
            parent: site.parent.map_or_else(Bytes::new, |parent| parent.to_bytes()),
            epoch: site.epoch,
            addresses: site.addresses.clone(),
            revoked: site.is_revoked(),
            cuts: site.revoked.iter().flatten().map(|cut| (*cut).into()).collect(),
            predecessor: site.predecessor.map_or_else(Bytes::new, |site| site.to_bytes()),
            joined_ms: site.joined,
        }
    }
}

impl TryFrom<&Bytes> for Site {
    type Error = WireError;

    /// Reads the body of a registration. A site that is not central is named by its key.
    fn try_from(body: &Bytes) -> Result<Self, WireError> {
        let wire = proto::Registration::decode(body.clone())?;
        let cuts = heads(wire.cuts)?;
        let site = Site {
            id: SiteId::try_from(wire.site.as_ref())?,
            key: key("public key", &wire.public_key)?,
            sealing_key: sealing_key(&wire.sealing_key)?,
            role: Role::try_from(wire.role)?,
            unit: UnitId::try_from(wire.unit.as_ref())?,
            parent: optional(&wire.parent, |bytes| SiteId::try_from(bytes))?,
            epoch: wire.epoch,
            addresses: wire.addresses,
            revoked: wire.revoked.then_some(cuts),
            predecessor: optional(&wire.predecessor, |bytes| SiteId::try_from(bytes))?,
            joined: wire.joined_ms,
        };
        let named_by_key = SiteId::of_key(&site.key) == site.id;
        let parent_fits = (site.role == Role::Central) == site.parent.is_none();
        if named_by_key && parent_fits { Ok(site) } else { Err(WireError::Malformed("registration")) }
    }
}

fn optional<T>(bytes: &Bytes, read: impl Fn(&[u8]) -> Result<T, IdError>) -> Result<Option<T>, WireError> {
    if bytes.is_empty() { Ok(None) } else { Ok(Some(read(bytes)?)) }
}

fn key(name: &'static str, bytes: &[u8]) -> Result<PublicKey, WireError> {
    PublicKey::from_slice(bytes).ok_or(WireError::Malformed(name))
}

fn sealing_key(bytes: &[u8]) -> Result<[u8; 32], WireError> {
    bytes.try_into().map_err(|_| WireError::Malformed("sealing key"))
}

fn heads(wire: Vec<proto::StreamHead>) -> Result<Vec<StreamHead>, WireError> {
    wire.into_iter().map(StreamHead::try_from).collect()
}
