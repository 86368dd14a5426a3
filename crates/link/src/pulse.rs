//! The regular words of sites: each site's pulse goes up, central's beats go down.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use yanzhen_store::{Store, StoreError};
use yanzhen_sync::digest::Heads;
use yanzhen_sync::hash::{Context, Hash, Hasher};
use yanzhen_sync::statement::{Beat, Pulse, PulseContent};
use yanzhen_sync::{Head, Millis, SiteId, StreamHead, StreamId};

use crate::hub::Hub;

/// Time from one pulse to the next when the own streams keep advancing.
const SHORTEST_PAUSE: Duration = Duration::from_secs(3);

/// Beats are spread over their interval in slices of this length, so that no burst goes down the lines.
const SLICE: Duration = Duration::from_secs(1);

/// The meta key that counts pulses.
const COUNTER: &str = "pulse";

/// How a site pulses.
#[derive(Clone)]
pub struct Pulsing {
    /// From one pulse to the next.
    pub interval: Duration,
    /// Tells the bytes that are free on the disk of the data folder.
    pub free_disk: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// Pulses regularly, and soon after the site wrote something, until `stop`.
pub async fn keep_pulsing(hub: Hub, pulsing: Pulsing, stop: CancellationToken) {
    loop {
        let last = Instant::now();
        if let Err(error) = pulse(&hub, &pulsing).await {
            tracing::warn!(%error, "no pulse could be sent");
        }
        let advanced = async {
            hub.own_advanced().await;
            sleep_until(last + SHORTEST_PAUSE.min(pulsing.interval)).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.stopping().cancelled() => return,
            () = sleep_until(last + pulsing.interval) => {}
            () = advanced => {}
        }
    }
}

async fn pulse(hub: &Hub, pulsing: &Pulsing) -> Result<(), StoreError> {
    let own = hub.own_heads();
    let to_me = hub.mailboxes_to_me();
    let waiting_since = oldest_unconfirmed(hub.store(), &own).await?;
    let quarantined = hub.store().quarantine_count().await?;
    let content = PulseContent {
        site: hub.me(),
        counter: hub.store().next_number(COUNTER).await?,
        time: hub.now(),
        software: hub.software().to_owned(),
        free_disk: (pulsing.free_disk)(),
        digest: digest_of_own(&own),
        heads: to_me.into_iter().chain(own).map(|(stream, head)| StreamHead { stream, head }).collect(),
        quarantined: u32::try_from(quarantined).unwrap_or(u32::MAX),
        waiting_since,
    };
    hub.put_pulses(vec![Pulse::sign(content, hub.signer().as_ref())]).await
}

/// When the oldest own frame was written that central has not confirmed. Central confirms its own by itself.
async fn oldest_unconfirmed(store: &Store, own: &Heads) -> Result<Option<Millis>, StoreError> {
    if store.me() == store.directory().root() {
        return Ok(None);
    }
    let receipts = store.root_receipts().await?;
    let mut oldest = None;
    for (stream, head) in own {
        let confirmed = receipts.get(stream).map_or(0, |receipt| receipt.head.head.seq);
        if confirmed < head.seq {
            let written = store.written_after(*stream, confirmed).await?;
            oldest = [oldest, written].into_iter().flatten().min();
        }
    }
    Ok(oldest)
}

/// The digest in a pulse: over the site's own streams' keys, seqs (8 bytes, big-endian) and frame hashes in
/// ascending order of keys. Streams without frames don't count.
pub fn digest_of_own(heads: &Heads) -> Hash {
    let mut sorted: Vec<(Hash, Head)> =
        heads.iter().filter(|(_, head)| head.seq > 0).map(|(stream, head)| (stream.key(), *head)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let mut hasher = Hasher::new(Context::Heads);
    for (key, head) in sorted {
        hasher.update(key.as_bytes());
        hasher.update(&head.seq.to_be_bytes());
        hasher.update(head.hash.as_bytes());
    }
    hasher.finish()
}

/// Signs a beat for every site once in each `interval`, until `stop`. Central's business alone.
pub async fn keep_beating(hub: Hub, every: Duration, stop: CancellationToken) {
    let slices = u64::try_from(every.as_nanos().div_ceil(SLICE.as_nanos())).unwrap_or(u64::MAX).max(1);
    let mut ticks = interval(every.min(SLICE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for slice in (0..slices).cycle() {
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.stopping().cancelled() => return,
            _ = ticks.tick() => {}
        }
        let signing = {
            let hub = hub.clone();
            tokio::task::spawn_blocking(move || beats_of_slice(&hub, slice, slices))
        };
        let beats = signing.await.unwrap_or_default(); // It fails only while the runtime shuts down.
        if !beats.is_empty()
            && let Err(error) = hub.put_beats(beats).await
        {
            tracing::warn!(%error, "beats could not be kept");
        }
    }
}

fn beats_of_slice(hub: &Hub, slice: u64, slices: u64) -> Vec<Beat> {
    let (routes, me) = (hub.routes(), hub.me());
    let directory = routes.directory();
    let epoch = hub.store().epoch();
    let bulletin = StreamId::bulletin(me, epoch);
    let bulletin = StreamHead { stream: bulletin, head: hub.head(&bulletin) };
    let due = directory.sites().filter(|site| {
        let is_present = !site.is_revoked() && directory.present(site.id) == site.id;
        site.id != me && is_present && slice_of(site.id, slices) == slice
    });
    due.map(|site| {
        let stream = StreamId::mailbox(me, site.id, epoch);
        let mailbox = Some(StreamHead { stream, head: hub.head(&stream) }).filter(|mail| mail.head.seq > 0);
        let (now, signer) = (hub.now(), hub.signer().as_ref());
        Beat::sign(site.id, hub.next_beat(site.id, now), now, bulletin, mailbox, signer)
    })
    .collect()
}

/// Site ids are hashes, so any part of one spreads them evenly.
fn slice_of(site: SiteId, slices: u64) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&site.as_bytes()[..8]);
    u64::from_be_bytes(bytes) % slices
}
