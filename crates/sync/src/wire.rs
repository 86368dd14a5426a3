//! Between the messages of sync.proto and the engine's types: outward `From`, inward `TryFrom`, so that
//! nothing unchecked gets past this edge.

use bytes::Bytes;
use yanzhen_proto::v1 as proto;

use crate::frame::{Change, EntryHeader, EntryRef, FrameHeader, Kind, ObjectRef, Version};
use crate::hash::Hash;
use crate::id::{
    FrameHash, Head, IdError, ObjectHash, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId,
};
use crate::seal::{ECDSA_P256_SHA256, Seal, Signature};

/// Why a message is not what it claims to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not protobuf.
    #[error("not a protobuf message: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// An id of the wrong length.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A field that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value that this software does not know.
    #[error("{0} {1} is not known to this software")]
    Unknown(&'static str, i64),
    /// A value that no software may send.
    #[error("{0} is malformed")]
    Malformed(&'static str),
}

const ECDSA: i32 = proto::SignatureAlgorithm::EcdsaP256Sha256 as i32;
const BLAKE3: i32 = proto::HashAlgorithm::Blake3 as i32;

fn check_hash_algorithm(algorithm: i32) -> Result<(), WireError> {
    if algorithm == BLAKE3 { Ok(()) } else { Err(WireError::Unknown("hash algorithm", algorithm.into())) }
}

fn hash(name: &'static str, bytes: &[u8]) -> Result<Hash, WireError> {
    Hash::from_slice(bytes).ok_or(WireError::Malformed(name))
}

/// Numbers go into BIGINT columns.
fn counted(name: &'static str, number: u64) -> Result<u64, WireError> {
    if i64::try_from(number).is_ok() { Ok(number) } else { Err(WireError::Malformed(name)) }
}

impl From<StreamId> for proto::StreamId {
    fn from(stream: StreamId) -> Self {
        let (kind, recipient) = match stream.kind {
            StreamType::Journal => (proto::StreamType::Journal, Bytes::new()),
            StreamType::Mailbox(recipient) => (proto::StreamType::Mailbox, recipient.to_bytes()),
            StreamType::Bulletin => (proto::StreamType::Bulletin, Bytes::new()),
        };
        proto::StreamId {
            author: stream.author.to_bytes(),
            r#type: kind.into(),
            recipient,
            epoch: stream.epoch,
        }
    }
}

impl TryFrom<proto::StreamId> for StreamId {
    type Error = WireError;

    fn try_from(wire: proto::StreamId) -> Result<Self, WireError> {
        let kind = match proto::StreamType::try_from(wire.r#type) {
            Ok(proto::StreamType::Mailbox) => StreamType::Mailbox(SiteId::try_from(wire.recipient.as_ref())?),
            Ok(_) if !wire.recipient.is_empty() => return Err(WireError::Malformed("recipient")),
            Ok(proto::StreamType::Journal) => StreamType::Journal,
            Ok(proto::StreamType::Bulletin) => StreamType::Bulletin,
            Ok(proto::StreamType::Unspecified) | Err(_) => {
                return Err(WireError::Unknown("stream type", wire.r#type.into()));
            }
        };
        Ok(StreamId { author: SiteId::try_from(wire.author.as_ref())?, kind, epoch: wire.epoch })
    }
}

impl From<StreamHead> for proto::StreamHead {
    fn from(head: StreamHead) -> Self {
        let hash = if head.head.seq == 0 { Bytes::new() } else { head.head.hash.to_bytes() };
        proto::StreamHead { stream: Some(head.stream.into()), seq: head.head.seq, hash }
    }
}

impl TryFrom<proto::StreamHead> for StreamHead {
    type Error = WireError;

    fn try_from(wire: proto::StreamHead) -> Result<Self, WireError> {
        let head = match wire.seq {
            0 if wire.hash.is_empty() => Head::NONE,
            0 => return Err(WireError::Malformed("head")),
            seq => Head { seq: counted("seq", seq)?, hash: FrameHash::try_from(wire.hash.as_ref())? },
        };
        Ok(StreamHead { stream: wire.stream.ok_or(WireError::Missing("stream"))?.try_into()?, head })
    }
}

impl From<Version> for proto::Version {
    fn from(v: Version) -> Self {
        let Version { transfer, generation, epoch, revision } = v;
        proto::Version { transfer, generation, epoch, revision }
    }
}

impl From<proto::Version> for Version {
    fn from(v: proto::Version) -> Self {
        let proto::Version { transfer, generation, epoch, revision } = v;
        Version { transfer, generation, epoch, revision }
    }
}

impl From<ObjectRef> for proto::ObjectRef {
    fn from(object: ObjectRef) -> Self {
        proto::ObjectRef {
            algorithm: BLAKE3,
            hash: object.hash.to_bytes(),
            size: object.size,
            manifest_hash: Bytes::copy_from_slice(object.manifest.as_bytes()),
        }
    }
}

impl TryFrom<proto::ObjectRef> for ObjectRef {
    type Error = WireError;

    fn try_from(wire: proto::ObjectRef) -> Result<Self, WireError> {
        check_hash_algorithm(wire.algorithm)?;
        Ok(ObjectRef {
            hash: ObjectHash::try_from(wire.hash.as_ref())?,
            size: counted("object size", wire.size)?,
            manifest: hash("manifest hash", &wire.manifest_hash)?,
        })
    }
}

impl From<EntryRef> for proto::EntryRef {
    fn from(entry: EntryRef) -> Self {
        proto::EntryRef { stream: Some(entry.stream.into()), seq: entry.seq, index: entry.index }
    }
}

impl TryFrom<proto::EntryRef> for EntryRef {
    type Error = WireError;

    fn try_from(wire: proto::EntryRef) -> Result<Self, WireError> {
        Ok(EntryRef {
            stream: wire.stream.ok_or(WireError::Missing("stream"))?.try_into()?,
            seq: counted("seq", wire.seq)?,
            index: wire.index,
        })
    }
}

impl From<&EntryHeader> for proto::EntryHeader {
    fn from(entry: &EntryHeader) -> Self {
        let change = match entry.change {
            Change::Upsert => proto::Change::Upsert,
            Change::Retire => proto::Change::Retire,
            Change::Erase => proto::Change::Erase,
        };
        proto::EntryHeader {
            kind: entry.kind.as_str().to_owned(),
            record: entry.record.to_bytes(),
            unit: entry.unit.to_bytes(),
            version: Some(entry.version.into()),
            change: change.into(),
            objects: entry.objects.iter().map(|object| (*object).into()).collect(),
            commitment: Bytes::copy_from_slice(entry.commitment.as_bytes()),
            body_size: entry.body_size,
            handed_over_by: entry.handed_over_by.map(Into::into),
        }
    }
}

impl TryFrom<proto::EntryHeader> for EntryHeader {
    type Error = WireError;

    fn try_from(wire: proto::EntryHeader) -> Result<Self, WireError> {
        let change = match proto::Change::try_from(wire.change) {
            Ok(proto::Change::Upsert) => Change::Upsert,
            Ok(proto::Change::Retire) => Change::Retire,
            Ok(proto::Change::Erase) => Change::Erase,
            Ok(proto::Change::Unspecified) | Err(_) => {
                return Err(WireError::Unknown("change", wire.change.into()));
            }
        };
        Ok(EntryHeader {
            kind: Kind::parse(&wire.kind).ok_or(WireError::Malformed("kind"))?,
            record: RecordId::try_from(wire.record.as_ref())?,
            unit: UnitId::try_from(wire.unit.as_ref())?,
            version: wire.version.ok_or(WireError::Missing("version"))?.into(),
            change,
            objects: wire.objects.into_iter().map(ObjectRef::try_from).collect::<Result<_, _>>()?,
            commitment: hash("commitment", &wire.commitment)?,
            body_size: wire.body_size,
            handed_over_by: wire.handed_over_by.map(EntryRef::try_from).transpose()?,
        })
    }
}

impl From<&FrameHeader> for proto::FrameHeader {
    fn from(header: &FrameHeader) -> Self {
        proto::FrameHeader {
            algorithm: BLAKE3,
            stream: Some(header.stream.into()),
            seq: header.seq,
            previous: header.previous.to_bytes(),
            time_ms: header.time,
            basis: header.basis.map(Into::into),
            entries: header.entries.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<proto::FrameHeader> for FrameHeader {
    type Error = WireError;

    fn try_from(wire: proto::FrameHeader) -> Result<Self, WireError> {
        check_hash_algorithm(wire.algorithm)?;
        Ok(FrameHeader {
            stream: wire.stream.ok_or(WireError::Missing("stream"))?.try_into()?,
            seq: counted("seq", wire.seq)?,
            previous: FrameHash::try_from(wire.previous.as_ref())?,
            time: wire.time_ms,
            basis: wire.basis.map(StreamHead::try_from).transpose()?,
            entries: wire.entries.into_iter().map(EntryHeader::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads a signature with its algorithm's number.
pub(crate) fn signature(algorithm: i32, bytes: &[u8]) -> Result<Signature, WireError> {
    if algorithm != ECDSA {
        return Err(WireError::Unknown("signature algorithm", algorithm.into()));
    }
    Signature::from_slice(bytes).ok_or(WireError::Malformed("signature"))
}

const _: () = assert!(ECDSA == ECDSA_P256_SHA256 as i32);

impl From<Seal> for proto::Seal {
    fn from(seal: Seal) -> Self {
        proto::Seal {
            head: Some(seal.head.into()),
            algorithm: seal.signature.algorithm().into(),
            signature: Bytes::copy_from_slice(seal.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::Seal> for Seal {
    type Error = WireError;

    fn try_from(wire: proto::Seal) -> Result<Self, WireError> {
        Ok(Seal {
            head: wire.head.ok_or(WireError::Missing("head"))?.try_into()?,
            signature: signature(wire.algorithm, &wire.signature)?,
        })
    }
}
