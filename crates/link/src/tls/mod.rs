//! Links: mutual TLS 1.3 between site keys.
//!
//! Certificates are self-signed with the site's key at every start and carry nothing but that key: names, dates
//! and issuers are ignored by both ends, as there is no certificate authority. A server takes any well-formed key
//! and tells the services which one it was ([`Peer`]); what that key may do is their business. A client is told
//! which keys it may accept and refuses all others before it sends anything. A session is never resumed: it
//! would keep an identity without showing the key again.

mod acceptor;
mod admission;
mod certificate;
mod connection;
mod dial;
mod http;
mod links;
mod metrics;

mod socket;
mod verify;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ServerConfig, version};
use yanzhen_sync::{PublicKey, SiteId};

use crate::identity::Identity;

pub use acceptor::{Incoming, accept};
pub(crate) use admission::Gate;
pub use admission::{Limits, Rate};
pub use certificate::SITE_NAME;
pub use connection::Connection;
pub use dial::{Attempt, AttemptError, DialError, Dialled, connect};
pub use http::limited;
pub use links::Links;
pub use metrics::AcceptorMetrics;
pub use verify::KeyRefused;

/// HTTP/2 over TLS.
const ALPN: &[u8] = b"h2";

/// Says whether a key is meant: for a client, the keys that its parent may have; for a server, the keys of
/// registered sites.
pub type KeyTest = Arc<dyn Fn(&PublicKey) -> bool + Send + Sync>;

/// Accepts these keys and no others.
pub fn only(keys: Vec<PublicKey>) -> KeyTest {
    Arc::new(move |key| keys.contains(key))
}

/// Who is at the other end of a link, as its handshake proved. Found in `extensions()` of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The key that it holds.
    pub key: PublicKey,
    /// The site whose first key this is; another one only for a central that has changed its key.
    pub site: SiteId,
    /// From where it dialled, or where it was dialled.
    pub address: SocketAddr,
}

impl Peer {
    fn new(key: PublicKey, address: SocketAddr) -> Peer {
        Peer { key, site: SiteId::of_key(&key), address }
    }
}

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate can't be made.
    #[error("the site's certificate can't be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library refuses the settings.
    #[error("TLS can't be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// A site's side of all its links.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    certified: Arc<CertifiedKey>,
    provider: Arc<CryptoProvider>,
}

impl TlsConfig {
    /// Makes the certificate for an identity.
    pub fn new(identity: &Identity) -> Result<TlsConfig, TlsError> {
        let certified = Arc::new(certificate::self_signed(identity.signing())?);
        // The library's order of key exchanges begins with the hybrid X25519MLKEM768.
        Ok(TlsConfig { certified, provider: Arc::new(aws_lc_rs::default_provider()) })
    }

    /// The certificate in DER. A foreign client takes it as its root, with [`SITE_NAME`] as the server's name.
    pub fn certificate(&self) -> &[u8] {
        self.certified.cert.first().map(|certificate| certificate.as_ref()).unwrap_or_default()
    }

    fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&version::TLS13])?
            .with_client_cert_verifier(Arc::new(verify::AnySite))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(self.certified.clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Arc::new(config))
    }

    fn client(&self, accepted: KeyTest) -> Result<Arc<ClientConfig>, TlsError> {
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verify::Pinned::new(accepted)))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(self.certified.clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}
