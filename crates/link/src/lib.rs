//! The network of Yanzhen: who a site is, how it joins, and how it talks to its neighbours.
//!
//! A site is a key ([`identity`]). Links are mutual TLS 1.3 between such keys, with no certificate authority:
//! [`tls`] accepts and dials them, and every request tells by which key its peer came. A new site enters
//! with one pasted [`token`], through messages that are made and checked in [`join`] and carried by [`joining`].
//!
//! The [`hub`] is where all sessions of a site meet: it passes on what each of them brings. A site with children
//! serves them ([`server`]), a site with a parent keeps dialling it ([`dial`]). Each site says regularly how it is
//! ([`pulse`]). Attachments travel beside the sessions ([`objects`]).

pub mod address;
pub mod backoff;
pub mod dial;
pub mod hub;
pub mod identity;
pub mod join;
pub mod joining;
pub mod objects;
pub mod pulse;
pub mod server;
pub mod tls;
pub mod token;

mod activity;
mod driver;

pub use address::Address;
pub use backoff::Backoff;
pub use dial::{Parent, keep_dialling};
pub use hub::{Counters, Held, Hub, HubOptions, LinkState, Side, State};
pub use identity::{Identity, P256Verifier, RecoveryKit, SealingKey, SiteKey, fingerprint};
pub use joining::{Admit, Joined, JoiningError, NoAdmission, Relay, join_network};
pub use pulse::{Pulsing, keep_beating, keep_pulsing};
pub use server::{ServeError, Serving, serve};
pub use tls::{Dialled, Incoming, Peer, TlsConfig};
pub use token::{InvitationId, Secret, Token};
