//! What stays at home travels closed: envelopes that only their home and the network's recovery key open. (A seal, in
//! contrast, vouches for a stream and hides nothing.)

use yanzhen_proto::v1::Sealed;

use crate::frame::Kind;
use crate::id::{RecordId, UnitId};

/// What begins the additional data of every envelope.
const DOMAIN: &str = "yanzhen.v1 sealed record";

/// An X25519 public key, to which envelopes are closed.
pub type EnvelopeKey = [u8; 32];

/// Which record an envelope is the body of: it opens in no other's place.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The record's kind.
    pub kind: &'a Kind,
    /// Which one.
    pub record: RecordId,
    /// The unit that it belongs to.
    pub unit: UnitId,
}

impl About<'_> {
    /// The additional data of all encryption in the envelope.
    pub fn bytes(&self) -> Vec<u8> {
        let (record, unit) = (self.record.as_bytes(), self.unit.as_bytes());
        [DOMAIN.as_bytes(), &[0], self.kind.as_str().as_bytes(), &[0], record, unit].concat()
    }
}

/// Why an envelope can't be closed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not a public key.
    #[error("a key that it is closed to is none")]
    Key,
    /// A newer version closed it.
    #[error("it is closed in a way that this software does not know: a newer version may")]
    Algorithm,
    /// Nothing in it is for this key.
    #[error("it is closed to other keys than this site's")]
    NotForThisKey,
    /// Damaged, or of another record.
    #[error("it does not open: it was altered, or belongs to another record")]
    Damaged,
}

/// Closes and opens envelopes with one private key.
pub trait Envelopes: Send + Sync {
    /// Closes `content` to each of `to`.
    fn close(&self, content: &[u8], about: About<'_>, to: &[EnvelopeKey]) -> Result<Sealed, EnvelopeError>;

    /// Opens what was closed to the own key.
    fn open(&self, sealed: &Sealed, about: About<'_>) -> Result<Vec<u8>, EnvelopeError>;
}
