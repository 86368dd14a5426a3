//! Statements that single sites sign: root receipts and beats by central, pulses and words for their envelope keys by
//! every site.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1 as proto;

use crate::directory::Directory;
use crate::envelope::EnvelopeKey;
use crate::hash::Hash;
use crate::id::{Millis, SiteId, StreamHead};
use crate::limits::MAX_SOFTWARE_BYTES;
use crate::seal::{Domain, PublicKey, Sign, Signature, Verify};
use crate::wire::{WireError, signature};

/// Central's word that it has stored a stream up to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootReceipt {
    /// What is stored.
    pub head: StreamHead,
    /// Central's clock.
    pub time: Millis,
    signature: Signature,
}

impl RootReceipt {
    /// Central signs.
    pub fn sign(head: StreamHead, time: Millis, signer: &dyn Sign) -> RootReceipt {
        RootReceipt { head, time, signature: signer.sign(&Self::message(&head, time)) }
    }

    /// Whether central's key signed.
    pub fn is_by(&self, key: &PublicKey, verifier: &dyn Verify) -> bool {
        verifier.verify(key, &Self::message(&self.head, self.time), &self.signature)
    }

    fn message(head: &StreamHead, time: Millis) -> Vec<u8> {
        Domain::RootReceipt.message(&[&head.signed_bytes(), &time.to_be_bytes()])
    }
}

impl From<RootReceipt> for proto::RootReceipt {
    fn from(receipt: RootReceipt) -> Self {
        proto::RootReceipt {
            head: Some(receipt.head.into()),
            time_ms: receipt.time,
            algorithm: receipt.signature.algorithm().into(),
            signature: Bytes::copy_from_slice(receipt.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::RootReceipt> for RootReceipt {
    type Error = WireError;

    fn try_from(wire: proto::RootReceipt) -> Result<Self, WireError> {
        Ok(RootReceipt {
            head: wire.head.ok_or(WireError::Missing("head"))?.try_into()?,
            time: wire.time_ms,
            signature: signature(wire.algorithm, &wire.signature)?,
        })
    }
}

/// Central's regular word to one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Whom it is for.
    pub site: SiteId,
    /// Grows with every beat to the site, whatever central's clock does.
    pub counter: u64,
    /// Central's clock.
    pub time: Millis,
    /// Central's bulletin.
    pub bulletin: StreamHead,
    /// Central's mailbox to the site.
    pub mailbox: Option<StreamHead>,
    signature: Signature,
}

impl Beat {
    /// Central signs.
    pub fn sign(
        site: SiteId,
        counter: u64,
        time: Millis,
        bulletin: StreamHead,
        mailbox: Option<StreamHead>,
        signer: &dyn Sign,
    ) -> Beat {
        let signature = signer.sign(&Self::message(site, counter, time, &bulletin, mailbox.as_ref()));
        Beat { site, counter, time, bulletin, mailbox, signature }
    }

    /// Whether central's key signed.
    pub fn is_by(&self, key: &PublicKey, verifier: &dyn Verify) -> bool {
        let message =
            Self::message(self.site, self.counter, self.time, &self.bulletin, self.mailbox.as_ref());
        verifier.verify(key, &message, &self.signature)
    }

    fn message(
        site: SiteId,
        counter: u64,
        time: Millis,
        bulletin: &StreamHead,
        mailbox: Option<&StreamHead>,
    ) -> Vec<u8> {
        let optional = |head: Option<&StreamHead>| match head {
            Some(head) => [vec![1], head.signed_bytes()].concat(),
            None => vec![0],
        };
        let (bulletin, mailbox) = (optional(Some(bulletin)), optional(mailbox));
        let (counter, time) = (counter.to_be_bytes(), time.to_be_bytes());
        Domain::Beat.message(&[site.as_bytes(), &counter, &time, &bulletin, &mailbox])
    }
}

impl From<Beat> for proto::Beat {
    fn from(beat: Beat) -> Self {
        proto::Beat {
            site: beat.site.to_bytes(),
            counter: beat.counter,
            time_ms: beat.time,
            bulletin: Some(beat.bulletin.into()),
            mailbox: beat.mailbox.map(Into::into),
            algorithm: beat.signature.algorithm().into(),
            signature: Bytes::copy_from_slice(beat.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::Beat> for Beat {
    type Error = WireError;

    fn try_from(wire: proto::Beat) -> Result<Self, WireError> {
        Ok(Beat {
            site: SiteId::try_from(wire.site.as_ref())?,
            counter: wire.counter,
            time: wire.time_ms,
            bulletin: wire.bulletin.ok_or(WireError::Missing("bulletin"))?.try_into()?,
            mailbox: wire.mailbox.map(StreamHead::try_from).transpose()?,
            signature: signature(wire.algorithm, &wire.signature)?,
        })
    }
}

/// A site's word for the key that envelopes to it are closed to, for who knows no more of the site than its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeWord {
    /// What envelopes to the site are closed to.
    pub key: EnvelopeKey,
    site_key: PublicKey,
    signature: Signature,
}

impl EnvelopeWord {
    /// The site signs.
    pub fn sign(site: SiteId, key: EnvelopeKey, signer: &dyn Sign) -> EnvelopeWord {
        let signature = signer.sign(&Self::message(site, &key));
        EnvelopeWord { key, site_key: signer.public_key(), signature }
    }

    /// Whether the site signed: with its first key, whose hash is its id, or central with its present one.
    pub fn is_by(&self, site: SiteId, directory: &Directory, verifier: &dyn Verify) -> bool {
        let is_own = SiteId::of_key(&self.site_key) == site
            || (site == directory.root() && directory.key(site) == Some(self.site_key));
        is_own && verifier.verify(&self.site_key, &Self::message(site, &self.key), &self.signature)
    }

    fn message(site: SiteId, key: &EnvelopeKey) -> Vec<u8> {
        Domain::EnvelopeKey.message(&[site.as_bytes(), key])
    }
}

impl From<EnvelopeWord> for proto::EnvelopeWord {
    fn from(word: EnvelopeWord) -> Self {
        proto::EnvelopeWord {
            key: Bytes::copy_from_slice(&word.key),
            site_key: Bytes::copy_from_slice(word.site_key.as_bytes()),
            algorithm: word.signature.algorithm().into(),
            signature: Bytes::copy_from_slice(word.signature.as_bytes()),
        }
    }
}

impl TryFrom<proto::EnvelopeWord> for EnvelopeWord {
    type Error = WireError;

    fn try_from(wire: proto::EnvelopeWord) -> Result<Self, WireError> {
        Ok(EnvelopeWord {
            key: wire.key.as_ref().try_into().map_err(|_| WireError::Malformed("envelope key"))?,
            site_key: PublicKey::from_slice(&wire.site_key).ok_or(WireError::Malformed("site key"))?,
            signature: signature(wire.algorithm, &wire.signature)?,
        })
    }
}

/// Heads that one pulse names at most; more are left to the digest.
pub const HEADS_PER_PULSE: usize = 64;

/// A site's regular word of itself, as its original signed bytes with a reading beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Who speaks.
    pub site: SiteId,
    /// Grows with every pulse.
    pub counter: u64,
    /// Its clock.
    pub time: Millis,
    /// Its software and version.
    pub software: String,
    /// Bytes free on the disk of its data folder.
    pub free_disk: u64,
    /// The heads of the mailboxes addressed to it, and of its own streams.
    pub heads: Vec<StreamHead>,
    /// The digest of all of its own.
    pub digest: Hash,
    /// Entries in its quarantine.
    pub quarantined: u32,
    /// When the oldest frame of its own that central has not confirmed was written; none if there is none.
    pub waiting_since: Option<Millis>,
    signed: Bytes,
    signature: Signature,
}

/// What a site says in a pulse.
#[derive(Clone, Debug)]
pub struct PulseContent {
    /// See [`Pulse`].
    pub site: SiteId,
    /// See [`Pulse`].
    pub counter: u64,
    /// See [`Pulse`].
    pub time: Millis,
    /// See [`Pulse`].
    pub software: String,
    /// See [`Pulse`].
    pub free_disk: u64,
    /// See [`Pulse`]; only the first [`HEADS_PER_PULSE`] are named.
    pub heads: Vec<StreamHead>,
    /// See [`Pulse`].
    pub digest: Hash,
    /// See [`Pulse`].
    pub quarantined: u32,
    /// See [`Pulse`].
    pub waiting_since: Option<Millis>,
}

impl Pulse {
    /// The site signs.
    pub fn sign(content: PulseContent, signer: &dyn Sign) -> Pulse {
        let heads: Vec<StreamHead> = content.heads.into_iter().take(HEADS_PER_PULSE).collect();
        let signed = proto::Pulse {
            site: content.site.to_bytes(),
            counter: content.counter,
            time_ms: content.time,
            software: content.software.clone(),
            free_disk_bytes: content.free_disk,
            heads: heads.iter().map(|head| (*head).into()).collect(),
            digest: Bytes::copy_from_slice(content.digest.as_bytes()),
            quarantined: content.quarantined,
            algorithm: signer.public_key().algorithm().into(),
            signature: Bytes::new(),
            signed: Bytes::new(),
            waiting_since_ms: content.waiting_since.unwrap_or(0),
        };
        let signed = Bytes::from(signed.encode_to_vec());
        Pulse {
            signature: signer.sign(&Domain::Pulse.message(&[&signed])),
            site: content.site,
            counter: content.counter,
            time: content.time,
            software: content.software,
            free_disk: content.free_disk,
            heads,
            digest: content.digest,
            quarantined: content.quarantined,
            waiting_since: content.waiting_since,
            signed,
        }
    }

    /// Whether a key signed.
    pub fn is_by(&self, key: &PublicKey, verifier: &dyn Verify) -> bool {
        verifier.verify(key, &Domain::Pulse.message(&[&self.signed]), &self.signature)
    }
}

impl From<&Pulse> for proto::Pulse {
    fn from(pulse: &Pulse) -> Self {
        proto::Pulse {
            signed: pulse.signed.clone(),
            algorithm: pulse.signature.algorithm().into(),
            signature: Bytes::copy_from_slice(pulse.signature.as_bytes()),
            ..Default::default()
        }
    }
}

impl TryFrom<proto::Pulse> for Pulse {
    type Error = WireError;

    /// Reads what was signed and nothing else.
    fn try_from(outer: proto::Pulse) -> Result<Self, WireError> {
        let wire = proto::Pulse::decode(outer.signed.clone())?;
        if wire.software.len() > MAX_SOFTWARE_BYTES || wire.heads.len() > HEADS_PER_PULSE {
            return Err(WireError::Malformed("pulse"));
        }
        Ok(Pulse {
            site: SiteId::try_from(wire.site.as_ref())?,
            counter: wire.counter,
            time: wire.time_ms,
            software: wire.software,
            free_disk: wire.free_disk_bytes,
            heads: wire.heads.into_iter().map(StreamHead::try_from).collect::<Result<_, _>>()?,
            digest: Hash::from_slice(&wire.digest).ok_or(WireError::Malformed("digest"))?,
            quarantined: wire.quarantined,
            waiting_since: Some(wire.waiting_since_ms).filter(|since| *since != 0),
            signed: outer.signed,
            signature: signature(outer.algorithm, &outer.signature)?,
        })
    }
}
