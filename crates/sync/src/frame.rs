//! Frames: one transaction of one author, as original bytes with a checked reading beside them.

use std::fmt;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;

use crate::hash::{Context, Hash};
use crate::id::{FrameHash, Head, Millis, ObjectHash, RecordId, StreamHead, StreamId, UnitId};
use crate::limits::{
    MAX_ENTRIES_PER_FRAME, MAX_ERASE_HEADER_BYTES, MAX_FRAME_BYTES, MAX_KIND_BYTES, MAX_OBJECTS_PER_ENTRY,
    SALT_BYTES,
};
use crate::wire::WireError;

/// The kind of a record, such as "person": a short lower-case word. Unknown kinds are kept and relayed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(std::borrow::Cow<'static, str>);

impl Kind {
    /// A kind known at compile time.
    pub const fn known(name: &'static str) -> Kind {
        Kind(std::borrow::Cow::Borrowed(name))
    }

    /// Takes 1 to 32 of a-z, 0-9 and `_`.
    pub fn parse(name: &str) -> Option<Kind> {
        let fits = (1..=MAX_KIND_BYTES).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        fits.then(|| Kind(std::borrow::Cow::Owned(name.to_owned())))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Orders the states of one record; compared field by field in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Counts the record's changes of unit.
    pub transfer: u32,
    /// The generation of the home of the record's unit.
    pub generation: u32,
    /// The author's epoch.
    pub epoch: u32,
    /// Counts the record's changes, from 1.
    pub revision: u64,
}

/// What an entry does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The body is the record's new state.
    Upsert,
    /// The record is no longer in use; the body is its last state.
    Retire,
    /// Every holder drops all earlier bodies of the record.
    Erase,
}

/// Names an immutable object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The hash of its bytes.
    pub hash: ObjectHash,
    /// Its bytes.
    pub size: u64,
    /// The hash of the list of its chunks.
    pub manifest: Hash,
}

/// Names one entry of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// The frame's stream.
    pub stream: StreamId,
    /// The frame's number.
    pub seq: u64,
    /// The entry's place in the frame, from 0.
    pub index: u32,
}

/// What everyone on the way may know of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    /// The record's kind.
    pub kind: Kind,
    /// Which record of that kind.
    pub record: RecordId,
    /// The unit that the record belongs to.
    pub unit: UnitId,
    /// The record's version with this entry.
    pub version: Version,
    /// What happens to the record.
    pub change: Change,
    /// The objects that the body refers to.
    pub objects: Vec<ObjectRef>,
    /// The hash of salt and body.
    pub commitment: Hash,
    /// Bytes in the body.
    pub body_size: u32,
    /// For an entry that raises `version.transfer`: the mail that handed the record over.
    pub handed_over_by: Option<EntryRef>,
}

/// The salt and body of one entry.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// As its author wrote it.
    Present {
        /// Random, so that the commitment tells nothing of a short body.
        salt: [u8; SALT_BYTES],
        /// The record.
        bytes: Bytes,
    },
    /// Dropped because of an erase entry.
    Erased,
}

impl Body {
    /// The record's bytes, unless erased.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Body::Present { bytes, .. } => Some(bytes),
            Body::Erased => None,
        }
    }
}

impl fmt::Debug for Body {
    /// Bodies are personal data: only their size is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Present { bytes, .. } => write!(f, "{} bytes", bytes.len()),
            Body::Erased => f.write_str("erased"),
        }
    }
}

/// The checked reading of a frame's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Which stream.
    pub stream: StreamId,
    /// Its number, from 1.
    pub seq: u64,
    /// The hash of the frame before; the genesis hash for number 1.
    pub previous: FrameHash,
    /// The author's clock.
    pub time: Millis,
    /// The head of the root bulletin that the author had applied; none in the genesis frame only.
    pub basis: Option<StreamHead>,
    /// 1 to 500.
    pub entries: Vec<EntryHeader>,
}

/// One transaction of one author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    header: FrameHeader,
    hash: FrameHash,
    header_bytes: Bytes,
    bodies: Vec<Body>,
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes than the protocol allows.
    #[error("the frame has {0} bytes, more than {MAX_FRAME_BYTES}")]
    TooLarge(usize),
    /// Not the message it should be.
    #[error("the frame's header can't be read: {0}")]
    Wire(#[from] WireError),
    /// As many bodies as entries are needed.
    #[error("the frame has {entries} entries and {bodies} bodies")]
    BodyCount {
        /// Entries in the header.
        entries: usize,
        /// Bodies beside it.
        bodies: usize,
    },
    /// A body is not the one that its author committed to.
    #[error("body {0} does not match its commitment")]
    Commitment(usize),
    /// An entry breaks a limit of the format.
    #[error("entry {0}: {1}")]
    Entry(usize, &'static str),
    /// The header breaks a rule of the format.
    #[error("{0}")]
    Header(&'static str),
}

impl Frame {
    /// Reads and checks a frame: size, encoding, limits, and each body against its commitment.
    pub fn decode(wire: proto::Frame) -> Result<Frame, FrameError> {
        let size = wire.encoded_len();
        if size > MAX_FRAME_BYTES {
            return Err(FrameError::TooLarge(size));
        }
        let header = FrameHeader::decode(&wire.header)?;
        if header.entries.len() != wire.bodies.len() {
            return Err(FrameError::BodyCount { entries: header.entries.len(), bodies: wire.bodies.len() });
        }
        let mut bodies = Vec::with_capacity(wire.bodies.len());
        for (index, (entry, body)) in header.entries.iter().zip(wire.bodies).enumerate() {
            bodies.push(Body::decode(entry, body).ok_or(FrameError::Commitment(index))?);
        }
        Ok(Frame { hash: header_hash(&wire.header), header, header_bytes: wire.header, bodies })
    }

    /// The frame as it goes over the wire and into storage, with the author's original header.
    pub fn to_wire(&self) -> proto::Frame {
        let bodies = self.bodies.iter().map(|body| match body {
            Body::Present { salt, bytes } => {
                proto::EntryBody { salt: Bytes::copy_from_slice(salt), body: bytes.clone(), erased: false }
            }
            Body::Erased => proto::EntryBody { salt: Bytes::new(), body: Bytes::new(), erased: true },
        });
        proto::Frame { header: self.header_bytes.clone(), bodies: bodies.collect() }
    }

    /// The checked reading of the header.
    pub fn header(&self) -> &FrameHeader {
        &self.header
    }

    /// The frame's hash.
    pub fn hash(&self) -> FrameHash {
        self.hash
    }

    /// The stream up to this frame.
    pub fn stream_head(&self) -> StreamHead {
        StreamHead { stream: self.header.stream, head: Head { seq: self.header.seq, hash: self.hash } }
    }

    /// The author's original header bytes.
    pub fn header_bytes(&self) -> &Bytes {
        &self.header_bytes
    }

    /// One for each entry.
    pub fn bodies(&self) -> &[Body] {
        &self.bodies
    }

    /// Entries with their bodies, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&EntryHeader, &Body)> {
        self.header.entries.iter().zip(&self.bodies)
    }

    /// Drops one body, as an erase entry demands. The chain still verifies.
    pub fn erase_body(&mut self, index: usize) {
        if let Some(body) = self.bodies.get_mut(index) {
            *body = Body::Erased;
        }
    }

    /// Bytes of the encoded frame.
    pub fn encoded_len(&self) -> usize {
        self.to_wire().encoded_len()
    }
}

impl FrameHeader {
    /// Reads a header from its original bytes and checks the rules that need nothing else.
    pub fn decode(bytes: &Bytes) -> Result<FrameHeader, FrameError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLarge(bytes.len()));
        }
        let wire = proto::FrameHeader::decode(bytes.clone()).map_err(WireError::from)?;
        let header = FrameHeader::try_from(wire)?;
        header.check(bytes.len())?;
        Ok(header)
    }

    /// The genesis frame: the first of a bulletin, with nothing before it.
    pub fn is_genesis(&self) -> bool {
        self.basis.is_none()
    }

    /// Whether it erases a record. Such a frame is the last of its run, so that its seal vouches for it directly.
    pub fn is_erasure(&self) -> bool {
        self.entries.iter().any(|entry| entry.change == Change::Erase)
    }

    fn check(&self, bytes: usize) -> Result<(), FrameError> {
        let genesis_shape = self.seq == 1
            && self.previous == FrameHash::ZERO
            && self.stream == StreamId::bulletin(self.stream.author, 0)
            && self.entries.len() == 1;
        if self.seq == 0 {
            return Err(FrameError::Header("frame numbers begin at 1"));
        }
        if self.is_genesis() != (self.previous == FrameHash::ZERO) || (self.is_genesis() && !genesis_shape) {
            return Err(FrameError::Header("only the genesis frame has no basis and no predecessor"));
        }
        if self.entries.is_empty() || self.entries.len() > MAX_ENTRIES_PER_FRAME {
            return Err(FrameError::Header("a frame has 1 to 500 entries"));
        }
        for (index, entry) in self.entries.iter().enumerate() {
            entry.check().map_err(|why| FrameError::Entry(index, why))?;
        }
        if self.is_erasure() && (self.entries.len() > 1 || bytes > MAX_ERASE_HEADER_BYTES) {
            return Err(FrameError::Header("an erase entry stands alone in its frame, in at most 640 bytes"));
        }
        Ok(())
    }
}

impl EntryHeader {
    fn check(&self) -> Result<(), &'static str> {
        if self.objects.len() > MAX_OBJECTS_PER_ENTRY {
            return Err("it refers to more than 64 objects");
        }
        if self.version.revision == 0 {
            return Err("revisions begin at 1");
        }
        if i64::try_from(self.version.revision).is_err() {
            return Err("its revision is beyond all counting");
        }
        if self.objects.iter().any(|o| o.size > crate::limits::MAX_OBJECT_BYTES) {
            return Err("it refers to an object over the size limit");
        }
        if self.change == Change::Erase && self.body_size != 0 {
            return Err("an erase entry has no body");
        }
        if self.change == Change::Erase && !self.objects.is_empty() {
            return Err("an erase entry refers to no objects");
        }
        Ok(())
    }
}

impl Body {
    fn decode(entry: &EntryHeader, wire: proto::EntryBody) -> Option<Body> {
        if wire.erased {
            return (wire.salt.is_empty() && wire.body.is_empty()).then_some(Body::Erased);
        }
        let salt: [u8; SALT_BYTES] = wire.salt.as_ref().try_into().ok()?;
        let matches = wire.body.len() == entry.body_size as usize
            && Hash::of(Context::Body, &[&salt, &wire.body]) == entry.commitment;
        matches.then_some(Body::Present { salt, bytes: wire.body })
    }
}

/// One entry to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The record's kind.
    pub kind: Kind,
    /// Which record of that kind.
    pub record: RecordId,
    /// The unit that the record belongs to.
    pub unit: UnitId,
    /// The record's version with this entry.
    pub version: Version,
    /// What happens to the record.
    pub change: Change,
    /// The objects that the body refers to.
    pub objects: Vec<ObjectRef>,
    /// The record; empty for an erase entry.
    pub body: Bytes,
    /// For an entry that raises `version.transfer`.
    pub handed_over_by: Option<EntryRef>,
}

/// Where a new frame goes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The stream and the head that the frame continues; [`Head::NONE`] begins a stream.
    pub after: StreamHead,
    /// The genesis hash, the predecessor of each stream's first frame; [`FrameHash::ZERO`] makes the genesis
    /// frame itself.
    pub genesis: FrameHash,
    /// The author's clock.
    pub time: Millis,
    /// The head of the root bulletin that the author has applied.
    pub basis: Option<StreamHead>,
}

impl Frame {
    /// Makes the next frame of a stream. `salt` gives fresh random bytes for each body.
    pub fn build(
        place: Place,
        drafts: Vec<Draft>,
        mut salt: impl FnMut() -> [u8; SALT_BYTES],
    ) -> Result<Frame, FrameError> {
        let mut entries = Vec::with_capacity(drafts.len());
        let mut bodies = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let salt = salt();
            entries.push(EntryHeader {
                commitment: Hash::of(Context::Body, &[&salt, &draft.body]),
                body_size: u32::try_from(draft.body.len())
                    .map_err(|_| FrameError::TooLarge(draft.body.len()))?,
                kind: draft.kind,
                record: draft.record,
                unit: draft.unit,
                version: draft.version,
                change: draft.change,
                objects: draft.objects,
                handed_over_by: draft.handed_over_by,
            });
            bodies.push(Body::Present { salt, bytes: draft.body });
        }
        let after = place.after.head;
        let header = FrameHeader {
            stream: place.after.stream,
            seq: after.seq + 1,
            previous: if after.seq == 0 { place.genesis } else { after.hash },
            time: place.time,
            basis: place.basis,
            entries,
        };
        let header_bytes = Bytes::from(proto::FrameHeader::from(&header).encode_to_vec());
        header.check(header_bytes.len())?;
        let frame = Frame { hash: header_hash(&header_bytes), header, header_bytes, bodies };
        let size = frame.encoded_len();
        if size > MAX_FRAME_BYTES { Err(FrameError::TooLarge(size)) } else { Ok(frame) }
    }
}

/// Whether two drafts may stand in one frame: erase entries stand alone.
pub fn may_share_frame(one: &Draft, other: &Draft) -> bool {
    one.change != Change::Erase && other.change != Change::Erase
}

/// Bytes that a draft takes in a frame, at most; what makes frames splits its drafts by the sum of these.
pub fn draft_size(draft: &Draft) -> usize {
    /// Header fields of fixed size with their tags and lengths, an entry reference included.
    const FIXED: usize = 320;
    const PER_OBJECT: usize = 96;
    FIXED + draft.kind.as_str().len() + draft.objects.len() * PER_OBJECT + draft.body.len()
}

pub(crate) fn header_hash(bytes: &Bytes) -> FrameHash {
    FrameHash::new(*Hash::of(Context::Frame, &[bytes]).as_bytes())
}
