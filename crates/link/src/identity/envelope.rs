//! Envelopes by HPKE (RFC 9180): a random key closes the content, and that key is closed to each who may open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256 as HPKE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey};
use yanzhen_proto::v1::{Sealed, SealedAlgorithm, SealedKey};
use yanzhen_sync::envelope::{About, EnvelopeError, EnvelopeKey, Envelopes};
use zeroize::Zeroizing;

use super::SealingKey;

/// Binds the wrapped keys to their use.
const INFO: &[u8] = b"yanzhen.v1 sealed key";

/// Bytes of a content's key.
const KEY_BYTES: usize = 32;

/// Each key closes one content, so that one nonce does.
const NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

impl Envelopes for SealingKey {
    fn close(&self, content: &[u8], about: About<'_>, to: &[EnvelopeKey]) -> Result<Sealed, EnvelopeError> {
        let about = about.bytes();
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        SystemRandom::new().fill(key.as_mut()).expect("invariant: the system's random source works");
        let mut closed = content.to_vec();
        content_key(&key)
            .seal_in_place_append_tag(nonce(), Aad::from(&about), &mut closed)
            .expect("invariant: a record's body is far below the limit of AES-GCM");
        let keys = to.iter().map(|to| wrap(&key, &about, to)).collect::<Result<_, _>>()?;
        let algorithm = SealedAlgorithm::HpkeX25519Aes256gcm.into();
        Ok(Sealed { algorithm, content: closed.into(), keys })
    }

    fn open(&self, sealed: &Sealed, about: About<'_>) -> Result<Vec<u8>, EnvelopeError> {
        if sealed.algorithm() != SealedAlgorithm::HpkeX25519Aes256gcm {
            return Err(EnvelopeError::Algorithm);
        }
        let about = about.bytes();
        let own = self.public_key();
        let wrapped = sealed.keys.iter().find(|key| key.to == own.as_slice());
        let key = unwrap(wrapped.ok_or(EnvelopeError::NotForThisKey)?, &about, self)?;
        let mut content = sealed.content.to_vec();
        let opened = content_key(&key).open_in_place(nonce(), Aad::from(&about), &mut content);
        let length = opened.map_err(|_| EnvelopeError::Damaged)?.len();
        content.truncate(length);
        Ok(content)
    }
}

fn wrap(key: &[u8; KEY_BYTES], about: &[u8], to: &EnvelopeKey) -> Result<SealedKey, EnvelopeError> {
    let sealed = HPKE.seal(INFO, about, key, &HpkePublicKey(to.to_vec()));
    let (EncapsulatedSecret(encapsulated), key) = sealed.map_err(|_| EnvelopeError::Key)?;
    Ok(SealedKey { to: Bytes::copy_from_slice(to), encapsulated: encapsulated.into(), key: key.into() })
}

fn unwrap(
    wrapped: &SealedKey,
    about: &[u8],
    own: &SealingKey,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, EnvelopeError> {
    let private = HpkePrivateKey::from(own.private().to_vec());
    let encapsulated = EncapsulatedSecret(wrapped.encapsulated.to_vec());
    let opened = HPKE.open(&encapsulated, INFO, about, &wrapped.key, &private);
    let opened = Zeroizing::new(opened.map_err(|_| EnvelopeError::Damaged)?);
    let key = opened.as_slice().try_into().map_err(|_| EnvelopeError::Damaged)?;
    Ok(Zeroizing::new(key))
}

fn content_key(key: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("invariant: the key has 32 bytes"))
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key(NONCE)
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::{Kind, RecordId, UnitId};

    use super::*;

    const KIND: Kind = Kind::known("person_private");
    const OTHER_KIND: Kind = Kind::known("draft");
    const CONTENT: &[u8] = "身份证号 620102194003050016".as_bytes();

    fn about<'a>(kind: &'a Kind, record: u8, unit: u8) -> About<'a> {
        About { kind, record: RecordId::new([record; 16]), unit: UnitId::new([unit; 16]) }
    }

    fn closed(to: &[&SealingKey]) -> Sealed {
        let to: Vec<EnvelopeKey> = to.iter().map(|key| key.public_key()).collect();
        SealingKey::generate().close(CONTENT, about(&KIND, 1, 2), &to).unwrap()
    }

    #[test]
    fn the_site_and_the_recovery_key_open_it_and_nobody_else() {
        let (site, recovery, other) =
            (SealingKey::generate(), SealingKey::generate(), SealingKey::generate());
        let sealed = closed(&[&site, &recovery]);
        for key in [&site, &recovery] {
            assert_eq!(key.open(&sealed, about(&KIND, 1, 2)).unwrap(), CONTENT);
        }
        assert_eq!(other.open(&sealed, about(&KIND, 1, 2)), Err(EnvelopeError::NotForThisKey));
        assert!(!sealed.content.windows(6).any(|part| CONTENT.windows(6).any(|clear| clear == part)));
    }

    #[test]
    fn it_opens_in_no_other_records_place() {
        let site = SealingKey::generate();
        let sealed = closed(&[&site]);
        for elsewhere in [about(&KIND, 9, 2), about(&KIND, 1, 9), about(&OTHER_KIND, 1, 2)] {
            assert_eq!(site.open(&sealed, elsewhere), Err(EnvelopeError::Damaged));
        }
    }

    #[test]
    fn a_single_flipped_bit_anywhere_is_found() {
        let site = SealingKey::generate();
        let sealed = closed(&[&site]);
        let flipped = |bytes: &Bytes, place: usize| {
            let mut bytes = bytes.to_vec();
            bytes[place] ^= 1;
            Bytes::from(bytes)
        };
        let opens = |sealed: &Sealed| site.open(sealed, about(&KIND, 1, 2)).is_ok();
        assert!(opens(&sealed));
        for place in 0..sealed.content.len() {
            assert!(!opens(&Sealed { content: flipped(&sealed.content, place), ..sealed.clone() }));
        }
        let key = &sealed.keys[0];
        for place in 0..key.key.len() {
            let key = SealedKey { key: flipped(&key.key, place), ..key.clone() };
            assert!(!opens(&Sealed { keys: vec![key], ..sealed.clone() }));
        }
        // The top bit of an X25519 point does not count (RFC 7748), but HPKE derives the key from all of them.
        for place in 0..key.encapsulated.len() {
            let key = SealedKey { encapsulated: flipped(&key.encapsulated, place), ..key.clone() };
            assert!(!opens(&Sealed { keys: vec![key], ..sealed.clone() }));
        }
    }

    #[test]
    fn two_envelopes_of_the_same_content_have_nothing_in_common() {
        let site = SealingKey::generate();
        let (one, other) = (closed(&[&site]), closed(&[&site]));
        assert_ne!(one.content, other.content);
        assert_ne!(one.keys[0].key, other.keys[0].key);
    }

    #[test]
    fn an_unknown_algorithm_is_named_as_such() {
        let site = SealingKey::generate();
        let sealed = Sealed { algorithm: 9, ..closed(&[&site]) };
        assert_eq!(site.open(&sealed, about(&KIND, 1, 2)), Err(EnvelopeError::Algorithm));
    }

    #[test]
    fn a_point_of_low_order_is_no_key_to_close_to() {
        let site = SealingKey::generate();
        assert_eq!(site.close(CONTENT, about(&KIND, 1, 2), &[[0; 32]]), Err(EnvelopeError::Key));
    }
}
