//! What a site recorded when it was initialised or joined: who it is and whose child. `network.pb` in the data
//! folder; whatever changes later is in the database.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Role;
use yanzhen_sync::frame::FrameError;
use yanzhen_sync::id::IdError;
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{Frame, PublicKey, SiteId, UnitId};

use crate::address::{Address, AddressError};

/// The version of the record's format that this software writes.
const FORMAT: u32 = 1;

/// Who a site is and whose child.
#[derive(Clone, Debug)]
pub struct NetworkRecord {
    /// What it does in the tree.
    pub role: Role,
    /// Its id.
    pub site: SiteId,
    /// Its own unit.
    pub unit: UnitId,
    /// The epoch of its streams.
    pub epoch: u32,
    /// The network's first frame, which names and proves it.
    pub genesis: Frame,
    /// Whom it dials; none for central.
    pub parent: Option<ParentRecord>,
}

/// Whom a site dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentRecord {
    /// The parent's id.
    pub site: SiteId,
    /// Its key as the token gave it.
    pub key: PublicKey,
    /// Where it is dialled, in this order.
    pub addresses: Vec<Address>,
}

/// Why bytes are not a record of this software.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not protobuf.
    #[error("it is damaged: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// Newer software wrote it.
    #[error("it is of format {0}, which only newer software reads")]
    Newer(u32),
    /// An id of the wrong length.
    #[error("it is damaged: {0}")]
    Id(#[from] IdError),
    /// A value that is not one.
    #[error("it is damaged: {0}")]
    Wire(#[from] WireError),
    /// The genesis frame is not one.
    #[error("its genesis frame is damaged: {0}")]
    Genesis(#[from] FrameError),
    /// An address that can't be dialled.
    #[error("it is damaged: {0}")]
    Address(#[from] AddressError),
    /// Central with a parent, or another site without one.
    #[error("it is damaged: the role and the parent do not fit")]
    Parent,
}

/// As it stands in the file.
#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(int32, tag = "2")]
    role: i32,
    #[prost(bytes = "bytes", tag = "3")]
    site: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    unit: Bytes,
    #[prost(uint32, tag = "5")]
    epoch: u32,
    #[prost(message, tag = "6")]
    genesis: Option<proto::Frame>,
    #[prost(message, tag = "7")]
    parent: Option<StoredParent>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredParent {
    #[prost(bytes = "bytes", tag = "1")]
    site: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    key: Bytes,
    #[prost(string, repeated, tag = "3")]
    addresses: Vec<String>,
}

impl NetworkRecord {
    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let parent = self.parent.as_ref().map(|parent| StoredParent {
            site: parent.site.to_bytes(),
            key: Bytes::copy_from_slice(parent.key.as_bytes()),
            addresses: parent.addresses.iter().map(Address::to_string).collect(),
        });
        Stored {
            format: FORMAT,
            role: proto::Role::from(self.role).into(),
            site: self.site.to_bytes(),
            unit: self.unit.to_bytes(),
            epoch: self.epoch,
            genesis: Some(self.genesis.to_wire()),
            parent,
        }
        .encode_to_vec()
    }

    /// Reads the file's bytes.
    pub fn decode(bytes: &[u8]) -> Result<NetworkRecord, RecordError> {
        let stored = Stored::decode(bytes)?;
        if stored.format > FORMAT {
            return Err(RecordError::Newer(stored.format));
        }
        let role = Role::try_from(stored.role)?;
        let parent = stored.parent.map(ParentRecord::try_from).transpose()?;
        if (role == Role::Central) != parent.is_none() {
            return Err(RecordError::Parent);
        }
        Ok(NetworkRecord {
            role,
            site: SiteId::try_from(stored.site.as_ref())?,
            unit: UnitId::try_from(stored.unit.as_ref())?,
            epoch: stored.epoch,
            genesis: Frame::decode(stored.genesis.ok_or(WireError::Missing("genesis"))?)?,
            parent,
        })
    }
}

impl TryFrom<StoredParent> for ParentRecord {
    type Error = RecordError;

    fn try_from(stored: StoredParent) -> Result<ParentRecord, RecordError> {
        Ok(ParentRecord {
            site: SiteId::try_from(stored.site.as_ref())?,
            key: PublicKey::from_slice(&stored.key).ok_or(WireError::Malformed("key"))?,
            addresses: stored.addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
        })
    }
}
