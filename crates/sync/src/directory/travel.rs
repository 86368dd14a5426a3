//! Which streams travel on which link, in which direction.

use super::{Directory, MAX_DEPTH, Site};
use crate::id::{SiteId, StreamId, StreamType};

/// The line between a parent and its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who was dialled.
    pub parent: SiteId,
    /// Who dialled.
    pub child: SiteId,
}

/// The way that frames go on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From child to parent.
    Up,
    /// From parent to child.
    Down,
}

impl Directory {
    /// A site, or what has replaced it.
    pub fn present(&self, site: SiteId) -> SiteId {
        let successors = std::iter::successors(Some(site), |site| self.successors.get(site).copied());
        successors.take(MAX_DEPTH).last().unwrap_or(site)
    }

    /// A site and the sites above it, from the site up; replaced sites as what replaced them.
    pub fn path(&self, site: SiteId) -> impl Iterator<Item = SiteId> + '_ {
        std::iter::successors(Some(self.present(site)), |site| Some(self.present(self.site(*site)?.parent?)))
            .take(MAX_DEPTH)
    }

    /// Whether `site` is `ancestor` or below it.
    pub fn is_within(&self, site: SiteId, ancestor: SiteId) -> bool {
        let ancestor = self.present(ancestor);
        self.path(site).any(|above| above == ancestor)
    }

    /// Whether `site` is below `ancestor`.
    pub fn is_below(&self, site: SiteId, ancestor: SiteId) -> bool {
        self.present(site) != self.present(ancestor) && self.is_within(site, ancestor)
    }

    /// The sites right below a site that are neither revoked nor replaced.
    pub fn children(&self, site: SiteId) -> impl Iterator<Item = &Site> {
        self.children
            .get(&site)
            .into_iter()
            .flatten()
            .filter_map(|child| self.site(*child))
            .filter(|child| !child.is_revoked() && self.present(child.id) == child.id)
    }

    /// Whether a stream's frames may go over a link in a direction:
    ///
    /// - up: what was authored at the child or below it; and the parent's own streams, back to a parent that lost
    ///   them;
    /// - down: bulletins from above; mailboxes to the child or below it from above it; and what was authored at the
    ///   child or below it, back to a child that lost it.
    ///
    /// Sites that are not registered yet count as nowhere, but for the link's own ends and central.
    pub fn travels(&self, stream: &StreamId, link: Link, direction: Direction) -> bool {
        let at_child =
            |site| self.present(site) == self.present(link.child) || self.is_within(site, link.child);
        let above_child = |site: SiteId| {
            let site = self.present(site);
            site == self.present(link.parent)
                || site == self.root()
                || self.path(link.parent).any(|above| above == site)
        };
        let author = stream.author;
        let downward = match stream.kind {
            StreamType::Bulletin => above_child(author),
            StreamType::Mailbox(recipient) => at_child(recipient) && above_child(author),
            StreamType::Journal => false,
        };
        match direction {
            Direction::Up => {
                at_child(author) || (downward && self.present(author) == self.present(link.parent))
            }
            Direction::Down => downward || at_child(author),
        }
    }

    /// Whether a site keeps a stream at all: its own, what is authored below it, what is addressed to it or to
    /// sites below it, and bulletins from above.
    pub fn keeps(&self, stream: &StreamId, me: SiteId) -> bool {
        let within = |site| self.present(site) == self.present(me) || self.is_within(site, me);
        within(stream.author)
            || match stream.kind {
                StreamType::Bulletin => self.path(me).any(|above| above == self.present(stream.author)),
                StreamType::Mailbox(recipient) => within(recipient),
                StreamType::Journal => false,
            }
    }

    /// Whether a site reads a stream's entries into its records: not what is addressed to others below it.
    pub fn reads(&self, stream: &StreamId, me: SiteId) -> bool {
        let is_me = |site| self.present(site) == self.present(me);
        match stream.kind {
            StreamType::Journal | StreamType::Bulletin => true,
            StreamType::Mailbox(recipient) => is_me(recipient) || is_me(stream.author),
        }
    }
}
