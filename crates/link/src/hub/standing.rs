//! Who may have a session here.

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_sync::session::goodbye;
use yanzhen_sync::{PublicKey, SiteId};

use super::{Hub, Side};

/// Why a key is not that of a child of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAChild {
    /// Its registration has not arrived, or there is none.
    #[error("not registered here yet; if it has just joined, it is tried again by itself")]
    Unknown,
    /// Its key is no longer accepted.
    #[error("this site's key was revoked; ask the administrator at central for a replacement token")]
    Revoked,
    /// Another site took its place.
    #[error("this site was replaced by another one; take this one out of service")]
    Replaced,
    /// It belongs under another site.
    #[error("this site is registered under another parent; check the parent's address in its settings")]
    Elsewhere,
}

impl NotAChild {
    pub(crate) fn goodbye(self) -> proto::Goodbye {
        let code = match self {
            NotAChild::Revoked | NotAChild::Replaced => Code::Revoked,
            NotAChild::Unknown | NotAChild::Elsewhere => Code::Unspecified,
        };
        goodbye(code, self.to_string())
    }
}

impl Hub {
    /// The child that a key belongs to.
    pub fn child_of_key(&self, key: &PublicKey) -> Result<SiteId, NotAChild> {
        let routes = self.routes();
        let site = match routes.directory().site_of_key(key) {
            Some(site) => site.id,
            None => SiteId::of_key(key),
        };
        self.is_child(site).map(|()| site)
    }

    /// Whether a session with this peer may go on. A parent that is not known yet may: its key was pinned.
    pub(crate) fn may_stay(&self, peer: SiteId, side: Side) -> Result<(), NotAChild> {
        match side {
            Side::Child => self.is_child(peer),
            Side::Parent => {
                let revoked = self.routes().directory().site(peer).is_some_and(|site| site.is_revoked());
                if revoked { Err(NotAChild::Revoked) } else { Ok(()) }
            }
        }
    }

    fn is_child(&self, site: SiteId) -> Result<(), NotAChild> {
        let routes = self.routes();
        let directory = routes.directory();
        let known = directory.site(site).ok_or(NotAChild::Unknown)?;
        if known.is_revoked() {
            return Err(NotAChild::Revoked);
        }
        if directory.present(site) != site {
            return Err(NotAChild::Replaced);
        }
        let mine =
            known.parent.is_some_and(|parent| directory.present(parent) == directory.present(self.me()));
        if mine { Ok(()) } else { Err(NotAChild::Elsewhere) }
    }
}
