//! Who a site is: its signing key, its sealing key, and the file that holds them.
//!
//! The P-256 key signs seals, statements and TLS handshakes; each use has a domain tag of its own (TLS brings
//! its own, see RFC 8446, 4.4.3), so that no signature passes for another. The X25519 key opens what was
//! sealed to the site. Private bytes leave this module only for the identity file and the recovery kit.

mod envelope;
mod file;
mod key;
mod recovery;

use std::fmt;
use std::path::Path;

use yanzhen_sync::{PublicKey, Sign, SiteId};

pub use file::IdentityError;
pub use key::{KeyError, P256Verifier, SealingKey, SiteKey, fingerprint};
pub use recovery::{RecoveryKit, RecoveryKitError};

/// The keys of one site.
#[derive(Clone)]
pub struct Identity {
    signing: SiteKey,
    sealing: SealingKey,
}

impl Identity {
    /// Makes new keys from the system's random source.
    pub fn generate() -> Identity {
        Identity { signing: SiteKey::generate(), sealing: SealingKey::generate() }
    }

    /// Reads an identity file.
    pub fn load(path: &Path) -> Result<Identity, IdentityError> {
        file::load(path)
    }

    /// Writes a new identity file, whole or not at all; an existing one is never overwritten.
    ///
    /// On Unix only its owner may read it. On Windows it has the access list of the data folder, which
    /// whoever sets up the folder restricts to the service's account.
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        file::save(self, path)
    }

    /// The site's id, taken from its first key.
    pub fn site(&self) -> SiteId {
        SiteId::of_key(&self.public_key())
    }

    /// The public half of the signing key.
    pub fn public_key(&self) -> PublicKey {
        self.signing.public_key()
    }

    /// Signs seals and statements.
    pub fn signing(&self) -> &SiteKey {
        &self.signing
    }

    /// Opens what was sealed to the site.
    pub fn sealing(&self) -> &SealingKey {
        &self.sealing
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, private keys redacted)", self.site().short())
    }
}
