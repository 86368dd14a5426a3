//! Keys and a small network for simulators and tests. Nothing here is secret: whoever knows a public key can sign
//! with it.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;

use crate::directory::{Genesis, HOME, Home, REGISTRATION, Role, Site, UNIT, registration_id};
use crate::envelope::{About, EnvelopeError, EnvelopeKey, Envelopes};
use crate::frame::{Change, Kind};
use crate::id::{Millis, RecordId, SiteId, UnitId};
use crate::limits::SALT_BYTES;
use crate::memory::Edit;
use crate::run::Run;
use crate::seal::{PublicKey, Seal, Sign, Signature, Verify};

const KEY: &str = "yanzhen.v1 test key";
const SIGNATURE: &str = "yanzhen.v1 test signature";

/// Signs with keyed BLAKE3 and a key that follows from a number.
#[derive(Clone, Copy, Debug)]
pub struct FakeSigner(PublicKey);

/// Checks what [`FakeSigner`] signs.
#[derive(Clone, Copy, Debug)]
pub struct FakeVerifier;

impl FakeSigner {
    /// The signer of a number.
    pub fn new(seed: u64) -> FakeSigner {
        let mut bytes = [4; 65];
        let mut output = blake3::Hasher::new_derive_key(KEY).update(&seed.to_be_bytes()).finalize_xof();
        output.fill(&mut bytes[1..]);
        FakeSigner(PublicKey::from_slice(&bytes).expect("65 bytes that begin with 4"))
    }

    /// The id of the site that has this key.
    pub fn site(&self) -> SiteId {
        SiteId::of_key(&self.0)
    }

    /// The signer as the engine takes it.
    pub fn shared(self) -> Arc<dyn Sign> {
        Arc::new(self)
    }
}

impl Sign for FakeSigner {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&self, message: &[u8]) -> Signature {
        signature(&self.0, message)
    }
}

impl Verify for FakeVerifier {
    fn verify(&self, key: &PublicKey, message: &[u8], given: &Signature) -> bool {
        signature(key, message) == *given
    }
}

fn signature(key: &PublicKey, message: &[u8]) -> Signature {
    let mut hasher = blake3::Hasher::new_derive_key(SIGNATURE);
    let mut bytes = [0; 64];
    hasher.update(key.as_bytes()).update(message).finalize_xof().fill(&mut bytes);
    Signature::from_slice(&bytes).expect("64 bytes")
}

/// Closes envelopes by a stream of bytes that follows from the record, so that what they hold can't be read off them;
/// whoever is named in one can open it.
#[derive(Clone, Copy, Debug)]
pub struct FakeEnvelopes(pub EnvelopeKey);

impl Envelopes for FakeEnvelopes {
    fn close(
        &self,
        content: &[u8],
        about: About<'_>,
        to: &[EnvelopeKey],
    ) -> Result<proto::Sealed, EnvelopeError> {
        let mut closed = content.to_vec();
        apply(&mut closed, about);
        closed.extend_from_slice(check(content, about).as_slice());
        let key = |to: &EnvelopeKey| proto::SealedKey {
            to: Bytes::copy_from_slice(to),
            encapsulated: Bytes::from_static(&[0; 32]),
            key: Bytes::from_static(&[0; 48]),
        };
        let algorithm = proto::SealedAlgorithm::HpkeX25519Aes256gcm.into();
        Ok(proto::Sealed { algorithm, content: closed.into(), keys: to.iter().map(key).collect() })
    }

    fn open(&self, sealed: &proto::Sealed, about: About<'_>) -> Result<Vec<u8>, EnvelopeError> {
        if !sealed.keys.iter().any(|key| key.to == self.0.as_slice()) {
            return Err(EnvelopeError::NotForThisKey);
        }
        let end = sealed.content.len().checked_sub(blake3::OUT_LEN).ok_or(EnvelopeError::Damaged)?;
        let (closed, given) = sealed.content.split_at(end);
        let mut content = closed.to_vec();
        apply(&mut content, about);
        if check(&content, about).as_slice() == given { Ok(content) } else { Err(EnvelopeError::Damaged) }
    }
}

fn apply(content: &mut [u8], about: About<'_>) {
    let mut stream = vec![0; content.len()];
    blake3::Hasher::new_derive_key(KEY).update(&about.bytes()).finalize_xof().fill(&mut stream);
    for (byte, key) in content.iter_mut().zip(stream) {
        *byte ^= key;
    }
}

fn check(content: &[u8], about: About<'_>) -> [u8; blake3::OUT_LEN] {
    let mut hasher = blake3::Hasher::new_derive_key(SIGNATURE);
    hasher.update(&about.bytes()).update(content);
    hasher.finalize().into()
}

/// The genesis run of a network whose central has this key, with central's unit.
pub fn genesis(root: &FakeSigner, recovery: &FakeSigner, unit: UnitId, time: Millis) -> Run {
    let body = proto::Genesis {
        nonce: Bytes::from_static(&[7; 16]),
        name: "云川".to_owned(),
        algorithm: root.public_key().algorithm().into(),
        root_key: Bytes::copy_from_slice(root.public_key().as_bytes()),
        root_sealing_key: Bytes::from_static(&[1; 32]),
        recovery_key: Bytes::copy_from_slice(recovery.public_key().as_bytes()),
        recovery_sealing_key: Bytes::from_static(&[2; 32]),
        unit: unit.to_bytes(),
    };
    let frame = Genesis::frame(&body, unit.into(), time, [3; SALT_BYTES]).expect("a genesis frame is small");
    let seal = Seal::sign(frame.stream_head(), root);
    Run::new(vec![frame], seal, Vec::new()).expect("one sealed frame is a run")
}

/// A unit of the tree, for central's bulletin.
pub fn unit_edit(unit: UnitId, code: &str, parent: Option<UnitId>) -> Edit {
    let body = proto::Unit {
        code: code.to_owned(),
        name: format!("单位{code}"),
        kind: proto::UnitKind::Agency.into(),
        parent: parent.map_or_else(Bytes::new, |parent| parent.to_bytes()),
        ..Default::default()
    };
    edit(UNIT, unit.into(), unit, body.encode_to_vec())
}

/// All homes of a unit, for central's bulletin.
pub fn homes_edit(unit: UnitId, homes: &[Home]) -> Edit {
    let body = proto::UnitHomes { homes: homes.iter().map(Into::into).collect() };
    edit(HOME, unit.into(), unit, body.encode_to_vec())
}

/// A site's registration, for central's mailboxes.
pub fn registration_edit(site: &Site) -> Edit {
    let body = proto::Registration::from(site);
    edit(REGISTRATION, registration_id(site.id), site.unit, body.encode_to_vec())
}

/// A site with this key.
pub fn site(signer: &FakeSigner, role: Role, unit: UnitId, parent: SiteId) -> Site {
    Site {
        id: signer.site(),
        key: signer.public_key(),
        sealing_key: [5; 32],
        role,
        unit,
        parent: Some(parent),
        epoch: 0,
        addresses: Vec::new(),
        revoked: None,
        predecessor: None,
        joined: 0,
    }
}

/// A new state of a record.
pub fn edit(kind: Kind, record: RecordId, unit: UnitId, body: impl Into<Bytes>) -> Edit {
    Edit {
        kind,
        record,
        unit,
        change: Change::Upsert,
        body: body.into(),
        objects: Vec::new(),
        handed_over_by: None,
    }
}
