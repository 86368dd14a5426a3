//! How much is stored, and how much of it the next hop still lacks.

use sqlx::AnyPool;
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::{Head, SiteId, StreamId};

use crate::error::StoreError;
use crate::shared::{Shared, Site};
use crate::sql::{Fields, big};
use crate::statements;

/// Figures for `status` pages and pulses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Streams with at least one frame.
    pub streams: u64,
    /// Frames of all streams.
    pub frames: u64,
    /// Bytes of all frames.
    pub bytes: u64,
    /// Frames that are stored and not projected yet.
    pub unprojected: u64,
    /// Streams that the parent does not have all of.
    pub backlog: Vec<Backlog>,
}

/// What of one stream has not left yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Which stream.
    pub stream: StreamId,
    /// The own head.
    pub head: Head,
    /// How far the parent has stored it.
    pub stored: u64,
    /// Frames that the parent lacks.
    pub frames: u64,
    /// Bytes of them.
    pub bytes: u64,
}

pub(crate) async fn statistics(
    db: &AnyPool,
    shared: &Shared,
    site: &Site,
    parent: Option<SiteId>,
) -> Result<Statistics, StoreError> {
    let mut statistics = Statistics::default();
    let stored = match parent {
        Some(parent) => statements::stored_by(db, shared, parent).await?,
        None => Default::default(),
    };
    let directory = shared.directory();
    let mut behind = Vec::new();
    for (id, state) in shared.streams().by_id.iter().filter(|(_, state)| state.head.seq > 0) {
        statistics.streams += 1;
        statistics.frames += state.head.seq;
        statistics.bytes += state.bytes;
        statistics.unprojected += state.head.seq - state.projected.min(state.head.seq);
        let Some(parent) = parent else { continue };
        let stored = stored.get(id).copied().unwrap_or(0);
        let link = Link { parent, child: site.me };
        let goes_up = id.author != parent && directory.travels(id, link, Direction::Up);
        if stored < state.head.seq && goes_up {
            behind.push((*id, *state, stored));
        }
    }
    for (stream, state, stored) in behind {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM frames WHERE stream = $1 AND seq > $2",
        )
        .bind(state.number)
        .bind(big(stored))
        .fetch_one(db)
        .await?;
        let bytes = Fields::of("frames", &row).number()?;
        let (head, frames) = (state.head, state.head.seq - stored);
        statistics.backlog.push(Backlog { stream, head, stored, frames, bytes });
    }
    Ok(statistics)
}
