//! Attachments that are under way or awaited.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_link::objects::Transfer;
use yanzhen_proto::v1::ObjectProgress;
use yanzhen_store::{Missing, Wanted, WantedPage};
use yanzhen_sync::directory::{Direction, Directory, Link};
use yanzhen_sync::{ObjectHash, ObjectRef, SiteId};

use super::links::direction_word;
use super::streams::{Place, place};
use crate::failure::Failure;
use crate::handlers::failure::{of_object, of_store};
use crate::runtime::Site;

/// Attachments that are listed.
const OBJECTS_LISTED: usize = 200;

/// What is awaited is listed from the first one on.
const FIRST: ObjectHash = ObjectHash::new([0; 32]);

/// An attachment that is under way or awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object {
    object: ObjectRef,
    bytes_left: u64,
    direction: Direction,
    /// The neighbour, and bytes a second once that is known; none while it waits.
    moves: Option<(SiteId, Option<u64>)>,
}

impl Object {
    fn moving(transfer: &Transfer) -> Object {
        let Transfer { object, bytes_left, direction, peer, rate } = *transfer;
        Object { object, bytes_left, direction, moves: Some((peer, rate)) }
    }

    pub(super) fn view(&self) -> ObjectProgress {
        ObjectProgress {
            hash: self.object.hash.to_string(),
            bytes_total: self.object.size,
            bytes_left: self.bytes_left,
            direction: direction_word(self.direction).to_owned(),
            peer: self.moves.map(|(peer, _)| peer.to_string()).unwrap_or_default(),
            rate: self.moves.and_then(|(_, rate)| rate).unwrap_or(0),
        }
    }
}

/// Attachments, those that move first.
pub(super) struct Objects {
    /// At most [`OBJECTS_LISTED`].
    pub(super) listed: Vec<Object>,
    /// Referred to and not here; the bytes that are still to come.
    pub(super) missing: Missing,
    /// Coming here now.
    pub(super) coming: Vec<Transfer>,
    /// Leaving now.
    pub(super) leaving: Vec<Transfer>,
}

/// What moves, and of what is awaited as much as is listed: a frame may refer to thousands that nobody has.
pub(super) async fn all(
    site: &Site,
    directory: &Directory,
    parent: Option<SiteId>,
) -> Result<Objects, Failure> {
    let me = site.store.me();
    let leaves = |transfer: &Transfer| match transfer.direction {
        Direction::Up => Some(transfer.peer) == parent,
        Direction::Down => matches!(place(directory, me, transfer.peer), Place::Below(_)),
    };
    let (leaving, coming): (Vec<_>, Vec<_>) = site.exchange.under_way().into_iter().partition(leaves);
    let mut missing = site.store.objects_missing().await.map_err(of_store)?;
    let mut listed: Vec<Object> = coming.iter().chain(&leaving).map(Object::moving).collect();
    if missing.objects > 0 {
        let partials = site.objects.partials().await.map_err(of_object)?;
        let held: BTreeMap<ObjectRef, u64> =
            partials.into_iter().map(|partial| (partial.object, partial.held)).collect();
        missing.bytes = missing.bytes.saturating_sub(held.values().sum());
        let mut seen: BTreeSet<ObjectHash> = coming.iter().map(|transfer| transfer.object.hash).collect();
        let page = WantedPage { per_stream: OBJECTS_LISTED, in_all: OBJECTS_LISTED, from: FIRST };
        for Wanted { object, stream } in site.store.objects_wanted_in_turn(page).await.map_err(of_store)? {
            let comes_down = |parent| directory.travels(&stream, Link { parent, child: me }, Direction::Down);
            let direction = if parent.is_some_and(comes_down) { Direction::Down } else { Direction::Up };
            let bytes_left = object.size.saturating_sub(held.get(&object).copied().unwrap_or(0));
            if seen.insert(object.hash) {
                listed.push(Object { object, bytes_left, direction, moves: None });
            }
        }
    }
    listed.truncate(OBJECTS_LISTED);
    Ok(Objects { listed, missing, coming, leaving })
}
