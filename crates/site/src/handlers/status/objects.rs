//! Attachments that are under way or awaited.

use std::collections::BTreeMap;

use yanzhen_proto::v1::ObjectProgress;
use yanzhen_sync::directory::{Direction, Directory, Link};
use yanzhen_sync::{ObjectHash, ObjectRef, SiteId};

use super::links::direction_word;
use super::streams::{Place, place};
use crate::failure::Failure;
use crate::handlers::failure::{of_object, of_store};
use crate::runtime::Site;

/// Attachments that are listed.
pub(super) const OBJECTS_LISTED: usize = 200;

/// An attachment that is under way or awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) object: ObjectRef,
    pub(super) bytes_left: u64,
    pub(super) direction: Direction,
    /// Whether it is to come here, else it goes from here.
    pub(super) missing: bool,
    /// Whether it moves now.
    pub(super) moving: bool,
}

impl Object {
    pub(super) fn view(&self) -> ObjectProgress {
        ObjectProgress {
            hash: self.object.hash.to_string(),
            bytes_total: self.object.size,
            bytes_left: self.bytes_left,
            direction: direction_word(self.direction).to_owned(),
        }
    }
}

/// What is awaited first, then what children are fetching and what goes up.
pub(super) async fn all(
    site: &Site,
    directory: &Directory,
    parent: Option<SiteId>,
) -> Result<Vec<Object>, Failure> {
    let moving = site.exchange.under_way();
    let wanted = site.store.objects_wanted().await.map_err(of_store)?;
    let held: BTreeMap<ObjectHash, u64> = if wanted.is_empty() {
        BTreeMap::new()
    } else {
        let partials = site.objects.partials().await.map_err(of_object)?;
        partials.into_iter().map(|partial| (partial.object.hash, partial.held)).collect()
    };
    let mut objects = BTreeMap::new();
    for object in wanted {
        let transfer = moving.iter().find(|transfer| transfer.object.hash == object.hash);
        let on_disk = held.get(&object.hash).copied().unwrap_or(0);
        let direction = match transfer {
            Some(transfer) => transfer.direction,
            None => awaited_from(site, parent, &object).await?,
        };
        let bytes_left = transfer.map_or(object.size.saturating_sub(on_disk), |transfer| transfer.bytes_left);
        let missing = Object { object, bytes_left, direction, missing: true, moving: transfer.is_some() };
        objects.insert(object.hash, missing);
    }
    let mut objects: Vec<Object> = objects.into_values().collect();
    let leaves = |direction, peer| match direction {
        Direction::Up => Some(peer) == parent,
        Direction::Down => matches!(place(directory, site.store.me(), peer), Place::Below(_)),
    };
    for transfer in moving.iter().filter(|transfer| leaves(transfer.direction, transfer.peer)) {
        objects.push(Object {
            object: transfer.object,
            bytes_left: transfer.bytes_left,
            direction: transfer.direction,
            missing: false,
            moving: true,
        });
    }
    Ok(objects)
}

/// Down from the parent if a stream from there refers to it, else up from below.
async fn awaited_from(site: &Site, parent: Option<SiteId>, object: &ObjectRef) -> Result<Direction, Failure> {
    let Some(parent) = parent else { return Ok(Direction::Up) };
    let link = Link { parent, child: site.store.me() };
    let from_above =
        site.store.may_read_object(object.hash, link, Direction::Down).await.map_err(of_store)?;
    Ok(if from_above { Direction::Down } else { Direction::Up })
}
