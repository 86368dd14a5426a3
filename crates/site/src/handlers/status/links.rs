//! The links in the words of `status`.

use yanzhen_link::{LinkState, Side, State};
use yanzhen_proto::v1::{LinkStatus, StreamStatus};
use yanzhen_sync::Millis;
use yanzhen_sync::directory::Direction;

use super::streams::StreamLine;
use super::{Picture, held};
use crate::handlers::words::{stream_name, unit_names};
use crate::runtime::Site;

/// Streams that are listed for each link, those that are behind first.
const STREAMS_LISTED: usize = 200;

/// The links; the parent's also before it was dialled for the first time.
pub(in crate::handlers) fn all(site: &Site) -> Vec<LinkState> {
    let mut links = site.hub.link_states();
    if let Some(parent) = &site.record.parent
        && links.first().is_none_or(|link| link.side != Side::Parent)
    {
        let address = parent.addresses.first().map(ToString::to_string);
        links.insert(0, LinkState { address, ..undialled(site.store.directory().present(parent.site)) });
    }
    links
}

fn undialled(peer: yanzhen_sync::SiteId) -> LinkState {
    LinkState {
        peer,
        side: Side::Parent,
        state: State::Waiting,
        last_contact: None,
        last_error: None,
        address: None,
        next_attempt: None,
        drift: None,
        software: None,
        held_by_peer: Default::default(),
        held_here: Default::default(),
        bytes_in_flight: 0,
        bytes_pending: 0,
        object_bytes_up: 0,
        object_bytes_down: 0,
    }
}

/// A link's state as `status` names it.
pub(super) fn state_word(state: State) -> &'static str {
    match state {
        State::Connected => "connected",
        State::Opening | State::Connecting => "connecting",
        State::Waiting => "waiting",
        State::NeverSeen => "never seen",
        State::Away => "not connected",
    }
}

impl Picture {
    pub(super) fn link_views(&self) -> Vec<LinkStatus> {
        self.links.iter().map(|link| self.link_view(link)).collect()
    }

    fn link_view(&self, link: &LinkState) -> LinkStatus {
        let mut lines: Vec<&StreamLine> = self.streams.get(&link.peer).into_iter().flatten().collect();
        let (frames, bytes) = lines
            .iter()
            .fold((0, 0), |(frames, bytes), line| (frames + line.backlog(), bytes + line.backlog_bytes));
        let stands_still = |line: &StreamLine| {
            link.held_by_peer.contains_key(&line.stream) || link.held_here.contains_key(&line.stream)
        };
        lines.sort_by_key(|line| (!stands_still(line), line.backlog() == 0, line.stream));
        let left_out = lines.len().saturating_sub(STREAMS_LISTED);
        lines.truncate(STREAMS_LISTED);
        let mut streams: Vec<StreamStatus> =
            lines.into_iter().map(|line| self.stream_view(link, line)).collect();
        if left_out > 0 {
            streams.push(StreamStatus { stream: format!("and {left_out} more"), ..Default::default() });
        }
        let unit = self.directory.site(link.peer).map(|site| unit_names(&self.directory, site.unit));
        let (peer_unit_code, peer_unit_name) = unit.unwrap_or_default();
        let time = |time: Option<Millis>| time.unwrap_or(0);
        LinkStatus {
            peer: link.peer.to_string(),
            peer_unit_code,
            peer_unit_name,
            side: side_word(link.side).to_owned(),
            state: state_word(link.state).to_owned(),
            last_contact_ms: time(link.last_contact),
            next_attempt_ms: time(link.next_attempt),
            last_error: link.last_error.clone().unwrap_or_default(),
            address: link.address.clone().unwrap_or_default(),
            streams,
            backlog_frames: frames,
            backlog_bytes: bytes,
            clock_drift_ms: time(link.drift),
            software: link.software.clone().unwrap_or_default(),
        }
    }

    fn stream_view(&self, link: &LinkState, line: &StreamLine) -> StreamStatus {
        let held = link.held_by_peer.get(&line.stream).or_else(|| link.held_here.get(&line.stream));
        StreamStatus {
            stream: stream_name(&self.directory, &line.stream),
            direction: direction_word(line.direction).to_owned(),
            head: line.head,
            stored: line.stored,
            root_stored: line.root_stored,
            backlog_frames: line.backlog(),
            backlog_bytes: line.backlog_bytes,
            held: held.map(held::short).unwrap_or_default(),
        }
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Parent => "parent",
        Side::Child => "child",
    }
}

pub(super) fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}
