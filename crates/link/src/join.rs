//! Making and checking the messages of joining; no I/O.
//!
//! The new site makes an [`Application`], central reads it as a [`ReceivedRequest`], proves it with the
//! invitation's secret, and answers; the application checks the answer. The secret itself never travels: MACs
//! made with it bind the new key to the invitation and the answer to the request, so that whoever relays them
//! can put neither its own key nor its own answer in.

use std::fmt;

use aws_lc_rs::hmac;
use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::{Genesis, Role};
use yanzhen_sync::frame::FrameError;
use yanzhen_sync::id::IdError;
use yanzhen_sync::limits::MAX_SOFTWARE_BYTES;
use yanzhen_sync::seal::Domain;
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{Frame, FrameHash, Millis, PublicKey, Sign, Signature, SiteId, UnitId, Verify};

use crate::address::{self, Address};
use crate::identity::{Identity, P256Verifier};
use crate::token::{InvitationId, Secret, Token, joining_role};

const REQUEST_TAG: &str = "yanzhen.v1 join request";
const REPLY_TAG: &str = "yanzhen.v1 join reply";

/// Bytes of the signed part of a request: eight addresses of the greatest length and the rest fit twice.
const MAX_SIGNED_BYTES: usize = 8 * 1024;

/// Bytes of a MAC.
pub const MAC_BYTES: usize = 32;

const ECDSA: i32 = proto::SignatureAlgorithm::EcdsaP256Sha256 as i32;

/// HMAC-SHA-256 of a request or reply.
#[derive(Clone, Copy)]
pub struct Mac([u8; MAC_BYTES]);

/// Why a message of joining is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// It is not the message it should be.
    #[error("the joining message is malformed: {0}")]
    Malformed(#[from] WireError),
    /// The signature is not by the key in the request.
    #[error("the join request is not signed by the key that it names")]
    Signature,
    /// The secret was not known to whoever made the message, or it was altered on the way.
    #[error(
        "the {0} was not made with the token's secret, or it was altered on the way; \
             if this happens again, ask for a new token and have the sites on the way checked"
    )]
    Mac(&'static str),
    /// The genesis frame in a reply can't be read.
    #[error("the reply's genesis frame is malformed: {0}")]
    Genesis(#[from] FrameError),
    /// The genesis frame in a reply is not the token's.
    #[error("the reply's genesis frame is that of another network")]
    OtherNetwork,
    /// The reply admits another site.
    #[error("the reply admits another site than this one")]
    OtherSite,
}

impl From<IdError> for JoinError {
    fn from(error: IdError) -> JoinError {
        JoinError::Malformed(error.into())
    }
}

/// What a new site says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    /// The network that it means to join.
    pub genesis: FrameHash,
    /// By which invitation.
    pub invitation: InvitationId,
    /// What it will be.
    pub role: Role,
    /// Its key.
    pub public_key: PublicKey,
    /// Its X25519 key.
    pub sealing_key: [u8; 32],
    /// Where its children will dial it.
    pub addresses: Vec<Address>,
    /// Its software, for people.
    pub software: String,
}

/// What central grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The new site.
    pub site: SiteId,
    /// Its unit.
    pub unit: UnitId,
    /// Its parent.
    pub parent: SiteId,
    /// The epoch of its streams.
    pub epoch: u32,
    /// Central's clock.
    pub time: Millis,
}

/// A request with what is needed to check its answer. Made by the new site.
#[derive(Debug)]
pub struct Application {
    wire: proto::JoinRequest,
    mac: Mac,
    secret: Secret,
    site: SiteId,
    genesis: FrameHash,
}

impl Application {
    /// Asks for what the token grants, with this identity. `addresses` is where children will dial the site.
    pub fn new(token: &Token, identity: &Identity, addresses: Vec<Address>, software: &str) -> Application {
        let request = JoinRequest {
            genesis: token.genesis,
            invitation: token.invitation,
            role: token.role,
            public_key: identity.public_key(),
            sealing_key: identity.sealing().public_key(),
            addresses,
            software: shortened(software),
        };
        let signed = Bytes::from(proto::JoinRequest::from(&request).encode_to_vec());
        let mac = Mac::make(&token.secret, REQUEST_TAG, &[&signed]);
        let signature = identity.signing().sign(&Domain::JoinRequest.message(&[&signed]));
        let wire = proto::JoinRequest {
            mac: Bytes::copy_from_slice(&mac.0),
            signature: Bytes::copy_from_slice(signature.as_bytes()),
            signed,
            ..Default::default()
        };
        Application { wire, mac, secret: token.secret.clone(), site: identity.site(), genesis: token.genesis }
    }

    /// The message to send.
    pub fn request(&self) -> &proto::JoinRequest {
        &self.wire
    }

    /// Checks that the answer was made by central, for this request; gives the network's genesis frame with it.
    pub fn check_reply(&self, wire: proto::JoinReply) -> Result<(Admission, Frame), JoinError> {
        let mac = Mac::read(&wire.mac)?;
        if wire.signed.len() > MAX_SIGNED_BYTES {
            return Err(WireError::Malformed("signed part").into());
        }
        if !mac.is_right(&self.secret, REPLY_TAG, &[&self.mac.0, &wire.signed]) {
            return Err(JoinError::Mac("reply"));
        }
        let admission = Admission::try_from(proto::JoinReply::decode(wire.signed).map_err(WireError::from)?)?;
        if admission.site != self.site {
            return Err(JoinError::OtherSite);
        }
        let genesis = Frame::decode(wire.genesis.ok_or(WireError::Missing("genesis"))?)?;
        if genesis.hash() != self.genesis {
            return Err(JoinError::OtherNetwork);
        }
        Genesis::of_frame(&genesis)?;
        Ok((admission, genesis))
    }
}

/// A request that is well-formed and signed by the key it names. Whether it may join is not known yet.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    request: JoinRequest,
    mac: Mac,
    signed: Bytes,
}

impl ReceivedRequest {
    /// Reads a request. Only what was signed counts.
    pub fn read(wire: &proto::JoinRequest) -> Result<ReceivedRequest, JoinError> {
        if wire.signed.len() > MAX_SIGNED_BYTES {
            return Err(WireError::Malformed("signed part").into());
        }
        let mac = Mac::read(&wire.mac)?;
        let signature = Signature::from_slice(&wire.signature).ok_or(WireError::Malformed("signature"))?;
        let decoded = proto::JoinRequest::decode(wire.signed.clone()).map_err(WireError::from)?;
        let request = JoinRequest::try_from(decoded)?;
        let message = Domain::JoinRequest.message(&[&wire.signed]);
        if !P256Verifier.verify(&request.public_key, &message, &signature) {
            return Err(JoinError::Signature);
        }
        Ok(ReceivedRequest { request, mac, signed: wire.signed.clone() })
    }

    /// The invitation whose secret decides.
    pub fn invitation(&self) -> InvitationId {
        self.request.invitation
    }

    /// Which network it is for.
    pub fn genesis(&self) -> FrameHash {
        self.request.genesis
    }

    /// Checks that whoever made the request knows the invitation's secret. Takes the same time for every
    /// wrong MAC.
    pub fn prove(self, secret: &Secret) -> Result<ProvenRequest, JoinError> {
        if self.mac.is_right(secret, REQUEST_TAG, &[&self.signed]) {
            Ok(ProvenRequest { request: self.request, mac: self.mac })
        } else {
            Err(JoinError::Mac("request"))
        }
    }
}

/// A request whose maker holds both the key that it names and the invitation's secret. Expiry, use with another
/// key, and whether role and parent are those of the invitation remain to be judged.
#[derive(Clone, Debug)]
pub struct ProvenRequest {
    request: JoinRequest,
    mac: Mac,
}

impl ProvenRequest {
    /// What the new site says of itself.
    pub fn request(&self) -> &JoinRequest {
        &self.request
    }

    /// The new site's id.
    pub fn site(&self) -> SiteId {
        SiteId::of_key(&self.request.public_key)
    }

    /// The answer, bound to this request. `genesis` is the network's genesis frame.
    pub fn reply(&self, secret: &Secret, admission: &Admission, genesis: &Frame) -> proto::JoinReply {
        let signed = Bytes::from(proto::JoinReply::from(admission).encode_to_vec());
        let mac = Mac::make(secret, REPLY_TAG, &[&self.mac.0, &signed]);
        proto::JoinReply {
            mac: Bytes::copy_from_slice(&mac.0),
            signed,
            genesis: Some(genesis.to_wire()),
            ..Default::default()
        }
    }
}

impl Mac {
    fn make(secret: &Secret, tag: &str, parts: &[&[u8]]) -> Mac {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let tag = hmac::sign(&key, &tagged(tag, parts));
        Mac(tag.as_ref().try_into().expect("invariant: HMAC-SHA-256 has 32 bytes"))
    }

    fn is_right(&self, secret: &Secret, tag: &str, parts: &[&[u8]]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        hmac::verify(&key, &tagged(tag, parts), &self.0).is_ok()
    }

    fn read(bytes: &[u8]) -> Result<Mac, WireError> {
        bytes.try_into().map(Mac).map_err(|_| WireError::Malformed("mac"))
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac")
    }
}

fn tagged(tag: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = tag.as_bytes().to_vec();
    bytes.push(0);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

fn shortened(software: &str) -> String {
    software[..software.floor_char_boundary(MAX_SOFTWARE_BYTES)].to_owned()
}

impl From<&JoinRequest> for proto::JoinRequest {
    /// The part that MAC and signature are made over.
    fn from(request: &JoinRequest) -> Self {
        proto::JoinRequest {
            genesis: request.genesis.to_bytes(),
            invitation: Bytes::copy_from_slice(request.invitation.as_bytes()),
            role: proto::Role::from(request.role).into(),
            algorithm: ECDSA,
            public_key: Bytes::copy_from_slice(request.public_key.as_bytes()),
            sealing_key: Bytes::copy_from_slice(&request.sealing_key),
            addresses: request.addresses.iter().map(|a| a.as_str().to_owned()).collect(),
            software: request.software.clone(),
            ..Default::default()
        }
    }
}

impl TryFrom<proto::JoinRequest> for JoinRequest {
    type Error = WireError;

    fn try_from(wire: proto::JoinRequest) -> Result<Self, WireError> {
        if wire.algorithm != ECDSA {
            return Err(WireError::Unknown("signature algorithm", wire.algorithm.into()));
        }
        if wire.software.len() > MAX_SOFTWARE_BYTES {
            return Err(WireError::Malformed("software"));
        }
        Ok(JoinRequest {
            genesis: FrameHash::try_from(wire.genesis.as_ref())?,
            invitation: InvitationId::from_slice(&wire.invitation)
                .ok_or(WireError::Malformed("invitation"))?,
            role: joining_role(wire.role)?,
            public_key: PublicKey::from_slice(&wire.public_key).ok_or(WireError::Malformed("public key"))?,
            sealing_key: wire.sealing_key[..].try_into().map_err(|_| WireError::Malformed("sealing key"))?,
            addresses: address::parse_all(&wire.addresses).ok_or(WireError::Malformed("addresses"))?,
            software: wire.software,
        })
    }
}

impl From<&Admission> for proto::JoinReply {
    /// The part that the MAC is made over.
    fn from(admission: &Admission) -> Self {
        proto::JoinReply {
            site: admission.site.to_bytes(),
            unit: admission.unit.to_bytes(),
            parent: admission.parent.to_bytes(),
            epoch: admission.epoch,
            time_ms: admission.time,
            ..Default::default()
        }
    }
}

impl TryFrom<proto::JoinReply> for Admission {
    type Error = WireError;

    fn try_from(wire: proto::JoinReply) -> Result<Self, WireError> {
        Ok(Admission {
            site: SiteId::try_from(wire.site.as_ref())?,
            unit: UnitId::try_from(wire.unit.as_ref())?,
            parent: SiteId::try_from(wire.parent.as_ref())?,
            epoch: wire.epoch,
            time: wire.time_ms,
        })
    }
}

#[cfg(test)]
mod tests;
