//! `status`: what is where, what is on its way, and why the site is not in sync.
//!
//! [`Picture::take`] asks everybody once; the rest is arithmetic and words on what they said.

mod facts;
mod held;
mod links;
mod objects;
mod sites;
mod state;
mod streams;
mod troubles;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::tz::TimeZone;
use yanzhen_link::tls::AcceptorMetrics;
use yanzhen_link::{Counters, LinkState, Side, State};
use yanzhen_proto::v1::{self as proto, SiteState, StatusReply, Trouble};
use yanzhen_store::{DamageEvent, Statistics};
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::Directory;
use yanzhen_sync::statement::Beat;
use yanzhen_sync::{Millis, SiteId, StreamId};

use super::failure::of_store;
use super::words::{stream_name, unit_names};
use crate::failure::Failure;
use crate::out::Words;
use crate::runtime::Site;

use objects::{Object, Objects};
use streams::{Known, StreamLine};

pub(super) use links::all as links_of;
pub use sites::site_views;
pub(super) use troubles::trouble;

/// Events of damage that are listed, the latest: what was mended long ago is history.
const DAMAGE_LISTED: usize = 100;

/// The whole answer.
/// How the site stands.
pub async fn status(site: &Site) -> Result<StatusReply, Failure> {
    let picture = Picture::take(site).await?;
    let troubles = picture.troubles();
    let counters = site.hub.counters();
    let (unit_code, unit_name) = unit_names(&picture.directory, site.record.unit);
    Ok(StatusReply {
        role: site.record.role.word().to_owned(),
        site: picture.me.to_string(),
        unit_code,
        unit_name,
        network: site.store.network().to_string(),
        version: site.program.software(),
        time_ms: picture.now,
        links: picture.link_views(),
        objects: picture.objects.listed.iter().map(Object::view).collect(),
        quarantined: site.store.quarantine_count().await.map_err(of_store)?,
        damage: picture.damage_views(),
        beat_ms: picture.beat.as_ref().map_or(0, |beat| beat.time),
        in_sync: troubles.is_empty(),
        troubles,
        free_disk_bytes: site.free_disk(),
        frames: picture.statistics.frames,
        refused_runs: refused_runs(counters),
        handshakes_refused: handshakes_refused(&site.acceptor) + read(&counters.sessions_refused),
        refused_messages: read(&counters.malformed),
        state: picture.state().into(),
        waiting_since_ms: picture.waiting_since.unwrap_or(0),
    })
}

/// Streams whose oldest waiting frame is looked at: a site that is cut off has one or two, a node those below it.
const STREAMS_ASKED: usize = 50;

/// What everybody says at one moment.
pub(super) struct Picture {
    me: SiteId,
    now: Millis,
    directory: Arc<Directory>,
    links: Vec<LinkState>,
    streams: BTreeMap<SiteId, Vec<StreamLine>>,
    heads: Heads,
    statistics: Statistics,
    objects: Objects,
    damage: Vec<DamageEvent>,
    beat: Option<Beat>,
    /// When the oldest frame that the parent lacks was written.
    waiting_since: Option<Millis>,
    /// At central: why sites are not complete.
    sites: Vec<Trouble>,
}

impl Picture {
    pub(super) async fn take(site: &Site) -> Result<Picture, Failure> {
        let store = &site.store;
        let (me, directory, heads) = (store.me(), store.directory(), store.heads());
        let links = links::all(site);
        let parent = site.record.parent.as_ref().map(|parent| directory.present(parent.site));
        let statistics = store.statistics(parent).await.map_err(of_store)?;
        let mut stored_by = BTreeMap::new();
        for link in &links {
            stored_by.insert(link.peer, store.stored_by(link.peer).await.map_err(of_store)?);
        }
        let receipts = store.root_receipts().await.map_err(of_store)?;
        let root_stored =
            receipts.into_iter().map(|(stream, receipt)| (stream, receipt.head.head.seq)).collect();
        let backlog_bytes: BTreeMap<StreamId, u64> =
            statistics.backlog.iter().map(|backlog| (backlog.stream, backlog.bytes)).collect();
        let known = Known {
            me,
            parent,
            root: directory.root(),
            heads: &heads,
            stored_by: &stored_by,
            root_stored: &root_stored,
            backlog_bytes: &backlog_bytes,
        };
        let streams = streams::by_neighbour(&directory, &known);
        let sites = match parent {
            None => sites::troubles(&site_views(site).await?),
            Some(_) => Vec::new(),
        };
        let mut waiting_since = None;
        for backlog in statistics.backlog.iter().take(STREAMS_ASKED) {
            let written = store.written_after(backlog.stream, backlog.stored).await.map_err(of_store)?;
            waiting_since = [waiting_since, written].into_iter().flatten().min();
        }
        Ok(Picture {
            me,
            now: store.clock().now(),
            links,
            streams,
            statistics,
            objects: objects::all(site, &directory, parent).await?,
            damage: store.damage().await.map_err(of_store)?,
            beat: store.beats().await.map_err(of_store)?.remove(&me),
            waiting_since,
            sites,
            directory,
            heads,
        })
    }

    /// How the site stands with its parent; central has none.
    fn state(&self) -> SiteState {
        let Some(link) = self.links.iter().find(|link| link.side == Side::Parent) else {
            return SiteState::Good;
        };
        // What is known of links goes back to the start of the program; who has joined was in contact then.
        let joined = self.directory.site(self.me).map(|site| site.joined);
        let before = self.beat.as_ref().map(|beat| beat.time).or(joined);
        let contact = match link.state {
            State::Connected => Some(self.now),
            _ => link.last_contact.or(before),
        };
        state::state(contact, self.waiting_since, self.now)
    }

    /// Why the site is not in sync; empty when it is.
    pub(super) fn troubles(&self) -> Vec<Trouble> {
        troubles::troubles(&self.facts())
    }

    /// Frames and bytes that the parent lacks, and bytes of attachments that are to come or to go.
    pub(super) fn left(&self) -> Left {
        let backlog = &self.statistics.backlog;
        Left {
            frames: backlog.iter().map(|backlog| backlog.frames).sum(),
            bytes: backlog.iter().map(|backlog| backlog.bytes).sum(),
            object_bytes: self.objects.missing.bytes
                + self.objects.leaving.iter().map(|transfer| transfer.bytes_left).sum::<u64>(),
        }
    }

    /// Changes whenever anything has moved.
    pub(super) fn movement(&self) -> Movement {
        Movement {
            left: self.left(),
            frames: self.statistics.frames,
            stored: self.streams.values().flatten().map(|line| line.stored + line.root_stored).sum(),
            object_bytes: self.links.iter().map(|link| link.object_bytes_up + link.object_bytes_down).sum(),
            up: self
                .links
                .iter()
                .map(|link| matches!(link.state, State::Opening | State::Connected))
                .collect(),
        }
    }

    fn damage_views(&self) -> Vec<proto::DamageEvent> {
        let latest = self.damage.iter().rev().take(DAMAGE_LISTED);
        latest
            .map(|event| proto::DamageEvent {
                stream: stream_name(&self.directory, &event.stream),
                seq: event.seq,
                found_ms: event.found,
                repaired_ms: event.repaired.unwrap_or(0),
                detail: event.what.clone(),
            })
            .collect()
    }
}

/// What is still to move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) object_bytes: u64,
}

/// Two of them differ when something has moved between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Movement {
    left: Left,
    frames: u64,
    stored: u64,
    object_bytes: u64,
    /// Whether each link is up; that a neighbour is dialled in vain moves nothing.
    up: Vec<bool>,
}

/// Times as the site's own machine writes them: who asks sits before it.
fn local_words() -> Words {
    Words::new(TimeZone::system())
}

/// Runs that were not what they should be, sent or brought to mend a copy; those that only had to wait don't count.
fn refused_runs(counters: &Counters) -> u64 {
    let refused = counters.refused();
    let wrong = refused.iter().filter(|(reason, _)| held::is_refusal(**reason));
    wrong.map(|(_, count)| count).sum::<u64>() + read(&counters.repairs_refused)
}

/// Strangers too: whose key is not registered.
fn handshakes_refused(metrics: &AcceptorMetrics) -> u64 {
    let counters: [&AtomicU64; 8] = [
        &metrics.failed,
        &metrics.timed_out,
        &metrics.refused_address_rate,
        &metrics.refused_overall_rate,
        &metrics.refused_handshakes,
        &metrics.refused_connections,
        &metrics.refused_site,
        &metrics.refused_strangers,
    ];
    counters.into_iter().map(read).sum()
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
