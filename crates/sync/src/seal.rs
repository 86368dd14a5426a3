//! Keys, signatures and seals. The algorithms themselves are behind two traits: the engine names them, the
//! programs bring them.

use std::fmt;

use crate::id::StreamHead;

/// ECDSA over P-256 with SHA-256, `SIGNATURE_ALGORITHM_ECDSA_P256_SHA256`.
pub const ECDSA_P256_SHA256: u8 = 1;

/// A site's public key: P-256, uncompressed SEC1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 65]);

impl PublicKey {
    /// Takes 65 bytes that begin with 4, as SEC1 writes an uncompressed point. Whether the point is on the
    /// curve shows when a signature is checked.
    pub fn from_slice(bytes: &[u8]) -> Option<PublicKey> {
        let bytes: [u8; 65] = bytes.try_into().ok()?;
        (bytes[0] == 4).then_some(PublicKey(bytes))
    }

    /// The algorithm's number on the wire.
    pub const fn algorithm(&self) -> u8 {
        ECDSA_P256_SHA256
    }

    /// The encoded point.
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", data_encoding::HEXLOWER.encode(&self.0[1..7]))
    }
}

/// A signature: r and s, 32 bytes each, big-endian.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes exactly 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Signature> {
        Some(Signature(bytes.try_into().ok()?))
    }

    /// The algorithm's number on the wire.
    pub const fn algorithm(&self) -> u8 {
        ECDSA_P256_SHA256
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", data_encoding::HEXLOWER.encode(&self.0[..6]))
    }
}

/// What a signature is for; it is part of the signed bytes, so that none passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// A stream up to a head.
    Seal,
    /// Central has stored a stream up to a head.
    RootReceipt,
    /// Central's regular word to a site.
    Beat,
    /// A site's regular word of itself.
    Pulse,
    /// A new site's proof of its key.
    JoinRequest,
    /// Central's key changes.
    KeyChange,
    /// A site's word for the key that envelopes to it are closed to.
    EnvelopeKey,
}

impl Domain {
    /// The bytes to sign: tag, zero byte, `parts`.
    pub fn message(self, parts: &[&[u8]]) -> Vec<u8> {
        let tag = match self {
            Domain::Seal => "yanzhen.v1 seal",
            Domain::RootReceipt => "yanzhen.v1 root receipt",
            Domain::Beat => "yanzhen.v1 beat",
            Domain::Pulse => "yanzhen.v1 pulse",
            Domain::JoinRequest => "yanzhen.v1 join request signature",
            Domain::KeyChange => "yanzhen.v1 key change",
            Domain::EnvelopeKey => "yanzhen.v1 envelope key",
        };
        let mut message = tag.as_bytes().to_vec();
        message.push(0);
        for part in parts {
            message.extend_from_slice(part);
        }
        message
    }
}

/// Signs with one private key.
pub trait Sign: Send + Sync {
    /// The key that checks what this signs.
    fn public_key(&self) -> PublicKey;

    /// Signs a message made by [`Domain::message`].
    fn sign(&self, message: &[u8]) -> Signature;
}

/// Checks signatures.
pub trait Verify: Send + Sync {
    /// Whether `signature` over `message` was made with the private half of `key`.
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool;
}

/// The author's word for a stream's whole chain up to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// What it vouches for.
    pub head: StreamHead,
    /// By the author's key.
    pub signature: Signature,
}

impl Seal {
    /// Seals a head with its author's key.
    pub fn sign(head: StreamHead, signer: &dyn Sign) -> Seal {
        Seal { head, signature: signer.sign(&Domain::Seal.message(&[&head.signed_bytes()])) }
    }

    /// Whether `key` made the signature.
    pub fn is_by(&self, key: &PublicKey, verifier: &dyn Verify) -> bool {
        verifier.verify(key, &Domain::Seal.message(&[&self.head.signed_bytes()]), &self.signature)
    }
}
