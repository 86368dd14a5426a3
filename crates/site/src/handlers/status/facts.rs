//! What troubles are judged from, taken out of the picture.

use yanzhen_link::{LinkState, Side};
use yanzhen_sync::directory::Direction;

use super::held::Where;
use super::objects::Objects;
use super::troubles::{BeatFacts, DamageFacts, Facts, HeldFact, LinkFacts, ObjectFacts};
use super::{Picture, local_words};
use crate::handlers::words::{site_name, stream_name};

impl Picture {
    pub(super) fn facts(&self) -> Facts {
        Facts {
            now: self.now,
            words: local_words(),
            links: self.links.iter().map(|link| self.link_facts(link)).collect(),
            beat: self.beat_facts(),
            objects: self.object_facts(),
            damage: self.damage_facts(),
            sites: self.sites.clone(),
        }
    }

    fn link_facts(&self, link: &LinkState) -> LinkFacts {
        let streams = self.streams.get(&link.peer).map_or(&[][..], Vec::as_slice);
        let leaving = || streams.iter().filter(|line| line.leaves);
        // What central itself has acknowledged needs no receipt.
        let above_parent = link.side == Side::Parent && link.peer != self.directory.root();
        let unconfirmed = leaving().map(|line| line.stored.saturating_sub(line.root_stored)).sum();
        let held_by_peer = link.held_by_peer.iter().map(|held| (Where::AtPeer, held));
        let held_here = link.held_here.iter().map(|held| (Where::Here, held));
        LinkFacts {
            name: site_name(&self.directory, link.peer),
            side: link.side,
            state: link.state,
            address: link.address.clone(),
            last_contact: link.last_contact,
            last_error: link.last_error.clone(),
            next_attempt: link.next_attempt,
            frames: leaving().map(|line| line.backlog()).sum(),
            bytes: leaving().map(|line| line.backlog_bytes).sum(),
            unconfirmed: if above_parent { unconfirmed } else { 0 },
            held: held_by_peer
                .chain(held_here)
                .map(|(place, (stream, held))| HeldFact {
                    stream: stream_name(&self.directory, stream),
                    place,
                    held: held.clone(),
                })
                .collect(),
        }
    }

    fn beat_facts(&self) -> BeatFacts {
        let parent = self.links.iter().find(|link| link.side == Side::Parent);
        let named = self.beat.iter().flat_map(|beat| std::iter::once(beat.bulletin).chain(beat.mailbox));
        let here = |stream| self.heads.get(&stream).map_or(0, |head| head.seq);
        BeatFacts {
            last: self.beat.as_ref().map(|beat| beat.time),
            now: self.now.saturating_add(parent.and_then(|link| link.drift).unwrap_or(0)),
            joined: self.directory.site(self.me).map_or(self.now, |site| site.joined),
            lacking: named.map(|named| named.head.seq.saturating_sub(here(named.stream))).sum(),
        }
    }

    fn object_facts(&self) -> ObjectFacts {
        let Objects { missing, coming, leaving, .. } = &self.objects;
        let going_up = || leaving.iter().filter(|transfer| transfer.direction == Direction::Up);
        ObjectFacts {
            missing: missing.objects,
            missing_bytes: missing.bytes,
            coming: coming.len() as u64,
            going_up: going_up().count() as u64,
            going_up_bytes: going_up().map(|transfer| transfer.bytes_left).sum(),
        }
    }

    fn damage_facts(&self) -> DamageFacts {
        let open = || self.damage.iter().filter(|event| event.repaired.is_none());
        let last = open().next_back().map(|event| {
            let stream = stream_name(&self.directory, &event.stream);
            format!("frame {} of the {stream}: {}", event.seq, event.what)
        });
        DamageFacts { open: open().count() as u64, last: last.unwrap_or_default() }
    }
}
