//! Which neighbour a stream or a statement concerns, answered without looking at all sites.

use std::collections::HashMap;
use std::sync::Arc;

use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Direction, Directory, Link};
use yanzhen_sync::{SiteId, StreamId, StreamType};

/// Made once for each state of the directory and shared by all sessions.
#[derive(Debug)]
pub(crate) struct Routes {
    me: SiteId,
    directory: Arc<Directory>,
    /// For each site below: the child through which the way to it leads.
    via: HashMap<SiteId, SiteId>,
    /// The same the other way round.
    within: HashMap<SiteId, Vec<SiteId>>,
    /// This site, those above it, and what they replaced.
    above: Vec<SiteId>,
}

/// Which children a stream concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// All of them.
    All,
    /// The one in whose subtree its author or recipient is.
    Child(SiteId),
    /// None.
    None,
}

impl Routes {
    pub(crate) fn new(directory: Arc<Directory>, me: SiteId) -> Routes {
        let mut routes = Routes {
            me,
            via: HashMap::new(),
            within: HashMap::new(),
            above: vec![me, directory.root()],
            directory: directory.clone(),
        };
        let present = directory.present(me);
        let above: Vec<SiteId> = directory.path(me).collect();
        for site in directory.sites() {
            let now = directory.present(site.id);
            if above.contains(&now) || now == directory.root() {
                routes.above.push(site.id);
                continue;
            }
            let path: Vec<SiteId> = directory.path(site.id).collect();
            if let Some(child) = path.windows(2).find(|pair| pair[1] == present).map(|pair| pair[0]) {
                routes.via.insert(site.id, child);
                routes.within.entry(child).or_default().push(site.id);
            }
        }
        routes.above.sort_unstable();
        routes.above.dedup();
        routes
    }

    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The child through which the way to a site below leads.
    pub(crate) fn child_towards(&self, site: SiteId) -> Option<SiteId> {
        self.via.get(&site).copied()
    }

    /// Whether a site is this one or below it.
    pub(crate) fn is_here_or_below(&self, site: SiteId) -> bool {
        self.directory.present(site) == self.directory.present(self.me) || self.via.contains_key(&site)
    }

    /// The sites at and below a child.
    pub(crate) fn sites_within(&self, child: SiteId) -> &[SiteId] {
        self.within.get(&child).map_or(&[], Vec::as_slice)
    }

    /// The line to a child or to the parent.
    pub(crate) fn link(&self, peer: SiteId, side: super::Side) -> Link {
        match side {
            super::Side::Parent => Link { parent: peer, child: self.me },
            super::Side::Child => Link { parent: self.me, child: peer },
        }
    }

    /// The children that a stream may concern; what exactly travels, the session decides.
    pub(crate) fn readers(&self, stream: &StreamId) -> Readers {
        let below = |site| self.child_towards(site).map_or(Readers::None, Readers::Child);
        match stream.kind {
            _ if self.via.contains_key(&stream.author) => below(stream.author),
            StreamType::Bulletin => Readers::All,
            StreamType::Mailbox(recipient) => below(recipient),
            StreamType::Journal => Readers::None,
        }
    }

    /// The heads of all streams that travel on a link, in either direction.
    pub(crate) fn heads_on(&self, link: Link, heads: &Heads) -> Heads {
        let travels = |stream: &StreamId| {
            self.directory.travels(stream, link, Direction::Up)
                || self.directory.travels(stream, link, Direction::Down)
        };
        if link.parent != self.me {
            return heads.iter().filter(|(stream, _)| travels(stream)).map(|(s, h)| (*s, *h)).collect();
        }
        let mut found = Heads::new();
        let mut add = |first: StreamId, last: StreamId| {
            found.extend(heads.range(first..=last).filter(|(s, _)| travels(s)).map(|(s, h)| (*s, *h)));
        };
        let only_child = [link.child];
        let within = self.within.get(&link.child).map_or(only_child.as_slice(), Vec::as_slice);
        for site in within {
            add(StreamId::journal(*site, 0), StreamId::bulletin(*site, u32::MAX));
        }
        for above in &self.above {
            add(StreamId::bulletin(*above, 0), StreamId::bulletin(*above, u32::MAX));
            for site in within {
                add(StreamId::mailbox(*above, *site, 0), StreamId::mailbox(*above, *site, u32::MAX));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
