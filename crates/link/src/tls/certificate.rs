//! The self-signed certificate of a site's key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::EcdsaKeyPair;
use rcgen::{CertificateParams, DistinguishedName, DnType};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use yanzhen_sync::{PublicKey, Sign, SiteId};

use super::TlsError;
use crate::identity::SiteKey;

/// The name in every certificate: clients of other makes want one, ours ignore it.
pub const SITE_NAME: &str = "site.yanzhen";

/// Makes the certificate. It has neither a key usage nor basic constraints, so that foreign clients accept it
/// both as server and as the root that they were given.
pub(super) fn self_signed(key: &SiteKey) -> Result<CertifiedKey, TlsError> {
    let key = TlsKey { pair: Arc::new(key.for_tls()), public: key.public_key() };
    let mut params = CertificateParams::new([SITE_NAME.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, SiteId::of_key(&key.public).to_string());
    // RFC 5280, 4.1.2.5: the date of certificates that don't expire.
    params.not_after = rcgen::date_time_ymd(9999, 12, 31);
    let certificate = params.self_signed(&key)?;
    Ok(CertifiedKey::new(vec![certificate.into()], Arc::new(key)))
}

/// The site's key as the TLS libraries want it. They get signatures, never the private bytes.
struct TlsKey {
    pair: Arc<EcdsaKeyPair>,
    public: PublicKey,
}

struct TlsSigner(Arc<EcdsaKeyPair>);

impl rcgen::PublicKeyData for TlsKey {
    fn der_bytes(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for TlsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.map(|s| s.as_ref().to_vec()).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256)
            .then(|| Box::new(TlsSigner(self.pair.clone())) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        signature
            .map(|s| s.as_ref().to_vec())
            .map_err(|_| rustls::Error::General("the site's key does not sign".to_owned()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

impl fmt::Debug for TlsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsKey({:?}, private half redacted)", self.public)
    }
}

impl fmt::Debug for TlsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsSigner(redacted)")
    }
}
