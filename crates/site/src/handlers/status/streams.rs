//! Which streams travel on which link, and how far each has come.

use std::collections::BTreeMap;

use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Direction, Directory};
use yanzhen_sync::{SiteId, StreamId, StreamType};

/// How far one stream has come on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamLine {
    pub(super) stream: StreamId,
    pub(super) direction: Direction,
    /// Whether its frames go from here to the peer.
    pub(super) leaves: bool,
    /// The last frame here.
    pub(super) head: u64,
    /// The last frame that the next hop has stored.
    pub(super) stored: u64,
    /// The last frame that central has stored, as far as it has said so.
    pub(super) root_stored: u64,
    /// Bytes that the next hop lacks, where they are known.
    pub(super) backlog_bytes: u64,
}

impl StreamLine {
    /// Frames that the next hop lacks.
    pub(super) fn backlog(&self) -> u64 {
        self.head.saturating_sub(self.stored)
    }
}

/// What is known of how far streams have come.
pub(super) struct Known<'a> {
    pub(super) me: SiteId,
    pub(super) parent: Option<SiteId>,
    /// Central.
    pub(super) root: SiteId,
    /// What is here.
    pub(super) heads: &'a Heads,
    /// What each neighbour has stored.
    pub(super) stored_by: &'a BTreeMap<SiteId, BTreeMap<StreamId, u64>>,
    /// What central has stored, as far as it has said so.
    pub(super) root_stored: &'a BTreeMap<StreamId, u64>,
    /// Bytes that the parent lacks.
    pub(super) backlog_bytes: &'a BTreeMap<StreamId, u64>,
}

/// The streams on the link with each neighbour. Each stream is looked at once, however many neighbours there are;
/// only bulletins from above concern all children.
pub(super) fn by_neighbour(directory: &Directory, known: &Known<'_>) -> BTreeMap<SiteId, Vec<StreamLine>> {
    let children: Vec<SiteId> = directory.children(known.me).map(|child| child.id).collect();
    let mut lines: BTreeMap<SiteId, Vec<StreamLine>> = BTreeMap::new();
    for (stream, head) in known.heads.iter().filter(|(_, head)| head.seq > 0) {
        let mut put = |peer, direction, leaves| {
            let line = line(known, peer, stream, head.seq, direction, leaves);
            lines.entry(peer).or_default().push(line);
        };
        let author = place(directory, known.me, stream.author);
        if let Some(parent) = known.parent {
            match author {
                Place::Here | Place::Below(_) => put(parent, Direction::Up, true),
                Place::Elsewhere => put(parent, Direction::Down, false),
            }
        }
        let recipient = stream.recipient().map(|site| place(directory, known.me, site));
        match (author, stream.kind, recipient) {
            (Place::Below(child), ..) => put(child, Direction::Up, false),
            (_, _, Some(Place::Below(child))) => put(child, Direction::Down, true),
            (_, StreamType::Bulletin, _) => {
                children.iter().for_each(|child| put(*child, Direction::Down, true))
            }
            _ => {}
        }
    }
    lines
}

fn line(
    known: &Known<'_>,
    peer: SiteId,
    stream: &StreamId,
    head: u64,
    direction: Direction,
    leaves: bool,
) -> StreamLine {
    let by_peer = known.stored_by.get(&peer).and_then(|stored| stored.get(stream)).copied().unwrap_or(0);
    // What central wrote needs no word of it.
    let at_root = if known.parent.is_none() || stream.author == known.root {
        head
    } else {
        known.root_stored.get(stream).copied().unwrap_or(0)
    };
    let up = leaves && direction == Direction::Up;
    StreamLine {
        stream: *stream,
        direction,
        leaves,
        head,
        stored: if leaves { by_peer.min(head) } else { head },
        root_stored: at_root,
        backlog_bytes: if up { known.backlog_bytes.get(stream).copied().unwrap_or(0) } else { 0 },
    }
}

/// Where a site is, as seen from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Here,
    /// At or below this child.
    Below(SiteId),
    Elsewhere,
}

pub(super) fn place(directory: &Directory, me: SiteId, site: SiteId) -> Place {
    let me = directory.present(me);
    let mut below = None;
    for above in directory.path(site) {
        if above == me {
            return below.map_or(Place::Here, Place::Below);
        }
        below = Some(above);
    }
    Place::Elsewhere
}

#[cfg(test)]
mod tests;
