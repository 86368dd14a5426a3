//! What of a certificate counts: its P-256 key, and that the peer holds the private half.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
};
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY};
use x509_parser::prelude::{FromDer, X509Certificate};
use yanzhen_sync::{PublicKey, SiteId};

use super::KeyTest;

/// Bytes of the largest certificate that is looked at; ours have some 400.
const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// The server's key is none of those that the client may accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parent's key is not the one in the token or registration: found site {}", SiteId::of_key(.found).short())]
pub struct KeyRefused {
    /// The key that was there.
    pub found: PublicKey,
}

impl KeyRefused {
    /// Finds the refusal in the error of a failed handshake.
    pub fn in_error(error: &std::io::Error) -> Option<&KeyRefused> {
        match error.get_ref()?.downcast_ref::<Error>()? {
            Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.downcast_ref(),
            _ => None,
        }
    }
}

/// Reads the P-256 key of a certificate and nothing else of it.
pub(super) fn key_of(certificate: &CertificateDer<'_>) -> Result<PublicKey, Error> {
    let malformed = || Error::InvalidCertificate(CertificateError::BadEncoding);
    if certificate.len() > MAX_CERTIFICATE_BYTES {
        return Err(malformed());
    }
    let (rest, parsed) = X509Certificate::from_der(certificate).map_err(|_| malformed())?;
    let spki = parsed.public_key();
    let curve = spki.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    let is_p256 = spki.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256);
    if !rest.is_empty() || !is_p256 {
        return Err(malformed());
    }
    PublicKey::from_slice(&spki.subject_public_key.data).ok_or_else(malformed)
}

/// Checks the handshake with the very key that [`key_of`] reads: were another parser to look for it, a
/// certificate might show one key to each.
fn check_handshake(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let refused = || Error::InvalidCertificate(CertificateError::BadSignature);
    if signed.scheme != SignatureScheme::ECDSA_NISTP256_SHA256 {
        return Err(refused());
    }
    let key = key_of(certificate)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.as_bytes())
        .verify(message, signed.signature())
        .map(|()| HandshakeSignatureValid::assertion())
        .map_err(|_| refused())
}

fn not_tls12() -> Error {
    Error::General("TLS 1.2 is not spoken here".to_owned())
}

fn schemes() -> Vec<SignatureScheme> {
    vec![SignatureScheme::ECDSA_NISTP256_SHA256]
}

/// A client's check: the server has one of the accepted keys.
pub(super) struct Pinned(KeyTest);

impl Pinned {
    pub(super) fn new(accepted: KeyTest) -> Pinned {
        Pinned(accepted)
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pinned")
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = key_of(certificate)?;
        if (self.0)(&found) {
            return Ok(ServerCertVerified::assertion());
        }
        let refused = OtherError(Arc::new(KeyRefused { found }));
        Err(Error::InvalidCertificate(CertificateError::Other(refused)))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(not_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check_handshake(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// A server's check: the client has a key of the right kind.
#[derive(Debug)]
pub(super) struct AnySite;

impl ClientCertVerifier for AnySite {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        key_of(certificate).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(not_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        check_handshake(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}
