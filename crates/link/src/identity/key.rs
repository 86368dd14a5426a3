//! The two key pairs, and the check of signatures.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::{self, ECDH_P256, X25519};
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    KeyPair, UnparsedPublicKey,
};
use yanzhen_sync::{PublicKey, Sign, Signature, Verify};
use zeroize::Zeroizing;

/// Bytes of a private P-256 or X25519 key.
pub(crate) const PRIVATE_BYTES: usize = 32;

/// Private bytes, wiped when dropped.
pub(crate) type PrivateBytes = Zeroizing<[u8; PRIVATE_BYTES]>;

/// Bytes were not a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a private key")]
pub struct KeyError;

/// A P-256 key pair that signs with ECDSA and SHA-256.
#[derive(Clone)]
pub struct SiteKey {
    pair: Arc<EcdsaKeyPair>,
    public: PublicKey,
}

impl SiteKey {
    /// Makes a new key pair from the system's random source.
    pub fn generate() -> SiteKey {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("invariant: the system's random source works");
        SiteKey::of_pair(pair)
    }

    fn of_pair(pair: EcdsaKeyPair) -> SiteKey {
        let public = PublicKey::from_slice(pair.public_key().as_ref())
            .expect("invariant: the library writes uncompressed points");
        SiteKey { pair: Arc::new(pair), public }
    }

    /// Takes the private number, 32 bytes big-endian, and computes the public half.
    pub(crate) fn from_private(private: &PrivateBytes) -> Result<SiteKey, KeyError> {
        let point = agreement::PrivateKey::from_private_key(&ECDH_P256, private.as_slice())
            .map_err(|_| KeyError)?
            .compute_public_key()
            .map_err(|_| KeyError)?;
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            private.as_slice(),
            point.as_ref(),
        )
        .map(SiteKey::of_pair)
        .map_err(|_| KeyError)
    }

    pub(crate) fn private(&self) -> PrivateBytes {
        let number: EcPrivateKeyBin<'_> =
            self.pair.private_key().as_be_bytes().expect("invariant: the pair has a private key");
        private_bytes(number.as_ref())
    }

    /// The same key, making signatures in the form that TLS and certificates use.
    pub(crate) fn for_tls(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            self.private().as_slice(),
            self.public.as_bytes(),
        )
        .expect("invariant: both halves are of one pair")
    }
}

impl Sign for SiteKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Signature {
        let signature =
            self.pair.sign(&SystemRandom::new(), message).expect("invariant: the pair has a private key");
        Signature::from_slice(signature.as_ref()).expect("invariant: fixed signatures have 64 bytes")
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SiteKey({:?}, private half redacted)", self.public)
    }
}

/// An X25519 key pair, to which others seal.
#[derive(Clone)]
pub struct SealingKey {
    private: Arc<agreement::PrivateKey>,
    public: [u8; 32],
}

impl SealingKey {
    /// Makes a new key pair from the system's random source.
    pub fn generate() -> SealingKey {
        let private =
            agreement::PrivateKey::generate(&X25519).expect("invariant: the system's random source works");
        SealingKey::of_private(private).expect("invariant: a new key has a public half")
    }

    fn of_private(private: agreement::PrivateKey) -> Result<SealingKey, KeyError> {
        let point = private.compute_public_key().map_err(|_| KeyError)?;
        let public = point.as_ref().try_into().map_err(|_| KeyError)?;
        Ok(SealingKey { private: Arc::new(private), public })
    }

    /// Takes the private bytes, as RFC 7748 writes them.
    pub(crate) fn from_private(private: &PrivateBytes) -> Result<SealingKey, KeyError> {
        let private =
            agreement::PrivateKey::from_private_key(&X25519, private.as_slice()).map_err(|_| KeyError)?;
        SealingKey::of_private(private)
    }

    pub(crate) fn private(&self) -> PrivateBytes {
        let seed: Curve25519SeedBin<'_> =
            self.private.as_be_bytes().expect("invariant: the pair has a private key");
        private_bytes(seed.as_ref())
    }

    /// The public half, 32 bytes.
    pub fn public_key(&self) -> [u8; 32] {
        self.public
    }

    /// The private half, for key agreement with whoever sealed.
    pub fn agreement_key(&self) -> &agreement::PrivateKey {
        &self.private
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, private half redacted)", data_encoding::HEXLOWER.encode(&self.public[..6]))
    }
}

fn private_bytes(bytes: &[u8]) -> PrivateBytes {
    let mut private = Zeroizing::new([0; PRIVATE_BYTES]);
    private.copy_from_slice(bytes);
    private
}

/// Checks signatures of P-256 keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct P256Verifier;

impl Verify for P256Verifier {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.as_bytes())
            .verify(message, signature.as_bytes())
            .is_ok()
    }
}

/// A public key in eight groups of four hexadecimal digits, for people to compare over the telephone: the first 16
/// bytes of its SHA-256.
pub fn fingerprint(key: &PublicKey) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes());
    let groups = hash.as_ref().chunks(2).take(FINGERPRINT_GROUPS);
    groups.map(|group| format!("{:02X}{:02X}", group[0], group[1])).collect::<Vec<_>>().join(" ")
}

/// Groups of a fingerprint: 128 bits, as much as nobody can forge.
const FINGERPRINT_GROUPS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_message_only() {
        let key = SiteKey::generate();
        let signature = key.sign(b"message");
        assert!(P256Verifier.verify(&key.public_key(), b"message", &signature));
        assert!(!P256Verifier.verify(&key.public_key(), b"massage", &signature));
        assert!(!P256Verifier.verify(&SiteKey::generate().public_key(), b"message", &signature));
    }

    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        let key = SiteKey::generate();
        let mut bytes = *key.public_key().as_bytes();
        bytes[64] ^= 1;
        let off = PublicKey::from_slice(&bytes).unwrap();
        assert!(!P256Verifier.verify(&off, b"message", &key.sign(b"message")));
    }

    #[test]
    fn private_bytes_bring_back_the_same_keys() {
        let (signing, sealing) = (SiteKey::generate(), SealingKey::generate());
        assert_eq!(SiteKey::from_private(&signing.private()).unwrap().public_key(), signing.public_key());
        assert_eq!(SealingKey::from_private(&sealing.private()).unwrap().public_key(), sealing.public_key());
    }

    #[test]
    fn numbers_outside_the_curves_order_are_no_keys() {
        assert!(SiteKey::from_private(&Zeroizing::new([0; 32])).is_err());
        assert!(SiteKey::from_private(&Zeroizing::new([0xff; 32])).is_err());
    }

    #[test]
    fn a_fingerprint_has_eight_groups_and_differs_for_each_key() {
        let print = |key: SiteKey| fingerprint(&key.public_key());
        let (one, other) = (print(SiteKey::generate()), print(SiteKey::generate()));
        assert_ne!(one, other);
        let groups: Vec<&str> = one.split(' ').collect();
        assert_eq!(groups.len(), 8);
        assert!(
            groups.iter().all(|group| group.len() == 4 && u16::from_str_radix(group, 16).is_ok()),
            "{one}"
        );
    }

    #[test]
    fn debug_shows_no_private_bytes() {
        let (signing, sealing) = (SiteKey::generate(), SealingKey::generate());
        let shown = format!("{signing:?} {sealing:?}");
        for private in [signing.private(), sealing.private()] {
            assert!(!shown.contains(&data_encoding::HEXLOWER.encode(&private[..4])));
        }
        assert!(shown.contains("redacted"));
    }
}
