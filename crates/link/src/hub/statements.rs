//! Root receipts and beats on their way down, pulses on their way up. Each is checked before it is kept or passed
//! on; what fails is dropped and counted, without effect on the rest.

use std::sync::PoisonError;

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::StoreError;
use yanzhen_sync::limits::STATEMENTS_PER_MESSAGE;
use yanzhen_sync::statement::{Beat, Pulse, RootReceipt};
use yanzhen_sync::{Millis, ObjectRef, SiteId, StreamId};

use super::{Hub, Side, Words, count, count_many};

/// Bytes that a site signs in one pulse: twice what its 64 heads take. Every site above keeps them.
const MAX_PULSE_BYTES: usize = 16 * 1024;

/// Whether a site may say how far it has come with a stream: with its own, and with mail to it.
fn concerns(stream: &StreamId, site: SiteId) -> bool {
    stream.author == site || stream.recipient() == Some(site)
}

impl Hub {
    /// Takes what a peer said.
    pub(crate) async fn hear(&self, peer: SiteId, side: Side, message: Message) {
        let heard = match (side, message) {
            (Side::Parent, Message::RootReceipts(receipts)) => self.hear_receipts(receipts).await,
            (Side::Parent, Message::Beats(beats)) => self.hear_beats(beats).await,
            (Side::Child, Message::Pulses(pulses)) => self.hear_pulses(peer, pulses).await,
            (Side::Parent, Message::ObjectsWanted(wanted)) => {
                self.hear_wanted(wanted);
                Ok(())
            }
            _ => {
                count(&self.0.counters.malformed);
                Ok(())
            }
        };
        if let Err(error) = heard {
            tracing::warn!(%error, peer = %peer.short(), "statements could not be kept");
        }
    }

    async fn hear_receipts(&self, wire: proto::RootReceipts) -> Result<(), StoreError> {
        let hub = self.clone();
        let receipts = checked(wire.receipts, move |receipts: Vec<RootReceipt>| {
            let routes = hub.routes();
            let key = routes.directory().key(routes.directory().root());
            let verifier = hub.0.verifier.as_ref();
            let genuine = |receipt: &RootReceipt| {
                routes.is_here_or_below(receipt.head.stream.author)
                    && key.is_some_and(|key| receipt.is_by(&key, verifier))
            };
            receipts.into_iter().filter(genuine).collect()
        });
        let (receipts, dropped) = receipts.await;
        count_many(&self.0.counters.receipts_dropped, dropped);
        let fresh = self.0.store.put_root_receipts(receipts).await?;
        self.route_receipts(&fresh);
        Ok(())
    }

    async fn hear_beats(&self, wire: proto::Beats) -> Result<(), StoreError> {
        let hub = self.clone();
        let beats = checked(wire.beats, move |beats: Vec<Beat>| {
            let routes = hub.routes();
            let key = routes.directory().key(routes.directory().root());
            let verifier = hub.0.verifier.as_ref();
            let genuine = |beat: &Beat| {
                routes.is_here_or_below(beat.site) && key.is_some_and(|key| beat.is_by(&key, verifier))
            };
            beats.into_iter().filter(genuine).collect()
        });
        let (beats, dropped) = beats.await;
        count_many(&self.0.counters.beats_dropped, dropped);
        self.put_beats(beats).await
    }

    async fn hear_pulses(&self, child: SiteId, wire: proto::Pulses) -> Result<(), StoreError> {
        let hub = self.clone();
        let heard = wire.pulses.len();
        let small = |pulse: &proto::Pulse| pulse.signed.len() <= MAX_PULSE_BYTES;
        let wire: Vec<proto::Pulse> = wire.pulses.into_iter().filter(small).collect();
        count_many(&self.0.counters.pulses_dropped, heard - wire.len());
        let pulses = checked(wire, move |pulses: Vec<Pulse>| {
            let routes = hub.routes();
            let genuine = |pulse: &Pulse| {
                let site = routes.directory().site(pulse.site).filter(|site| !site.is_revoked());
                routes.child_towards(pulse.site) == Some(child)
                    && pulse.heads.iter().all(|head| concerns(&head.stream, pulse.site))
                    && site.is_some_and(|site| pulse.is_by(&site.key, hub.0.verifier.as_ref()))
            };
            pulses.into_iter().filter(genuine).collect()
        });
        let (pulses, dropped) = pulses.await;
        count_many(&self.0.counters.pulses_dropped, dropped);
        self.put_pulses(pulses).await
    }

    fn hear_wanted(&self, wire: proto::ObjectsWanted) {
        let objects = wire.objects.into_iter().take(STATEMENTS_PER_MESSAGE).map(ObjectRef::try_from);
        match objects.collect::<Result<Vec<_>, _>>() {
            Ok(objects) => drop(self.0.objects_asked.send(objects)), // It fails when nobody listens.
            Err(_) => count(&self.0.counters.malformed),
        }
    }

    /// The counter of central's next beat to a site: above the last one, which the store keeps, whatever the clock
    /// does; and no less than the clock, so that a central restored from an old backup is heard again.
    pub(crate) fn next_beat(&self, site: SiteId, now: Millis) -> u64 {
        let known = self.0.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let next = known.get(&site).map_or(1, |beat| beat.counter.saturating_add(1));
        next.max(u64::try_from(now).unwrap_or(0))
    }

    /// Keeps beats and passes the new ones down.
    pub(crate) async fn put_beats(&self, beats: Vec<Beat>) -> Result<(), StoreError> {
        let fresh = self.0.store.put_beats(beats).await?;
        self.remember_beats(fresh.iter().copied());
        let routes = self.routes();
        for beat in fresh {
            self.say(routes.child_towards(beat.site), |words| {
                words.beats.insert(beat.site, beat);
            });
        }
        Ok(())
    }

    /// Keeps pulses and passes the new ones up.
    pub(crate) async fn put_pulses(&self, pulses: Vec<Pulse>) -> Result<(), StoreError> {
        let fresh = self.0.store.put_pulses(pulses).await?;
        let parent = self.links().parent;
        for pulse in fresh {
            self.say(parent, |words| {
                words.pulses.insert(pulse.site, pulse);
            });
        }
        Ok(())
    }

    /// Passes receipts down towards the authors of their streams.
    pub(super) fn route_receipts(&self, receipts: &[RootReceipt]) {
        let routes = self.routes();
        for receipt in receipts {
            let stream = receipt.head.stream;
            self.say(routes.child_towards(stream.author), |words| {
                words.receipts.insert(stream, *receipt);
            });
        }
    }

    /// Reads the beats that the store kept from an earlier run.
    pub(super) async fn recall_beats(&self) {
        match self.0.store.beats().await {
            Ok(beats) => self.remember_beats(beats.into_values()),
            Err(error) => tracing::warn!(%error, "the stored beats can't be read"),
        }
    }

    fn remember_beats(&self, beats: impl Iterator<Item = Beat>) {
        let mut known = self.0.beats.lock().unwrap_or_else(PoisonError::into_inner);
        for beat in beats {
            let latest = known.entry(beat.site).or_insert(beat);
            if latest.counter < beat.counter {
                *latest = beat;
            }
        }
    }

    /// What a peer may have missed while it had no session: to a child the receipts and beats of its subtree, to
    /// the parent the pulses of the own one.
    pub(crate) async fn recall_words(&self, peer: SiteId, side: Side) -> Result<Words, StoreError> {
        let mut words = Words::default();
        words.messages.extend(self.repairs_for(peer, side));
        if side == Side::Parent {
            words.pulses = self.0.store.pulses().await?;
            return Ok(words);
        }
        let routes = self.routes();
        {
            let beats = self.0.beats.lock().unwrap_or_else(PoisonError::into_inner);
            let within = routes.sites_within(peer).iter();
            words.beats.extend(within.filter_map(|site| beats.get(site)).map(|beat| (beat.site, *beat)));
        }
        let streams: Vec<StreamId> = self.heads_on(peer, side).into_keys().collect();
        for stream in streams {
            if routes.child_towards(stream.author) == Some(peer)
                && let Some(receipt) = self.0.store.root_receipt(&stream).await?
            {
                words.receipts.insert(stream, receipt);
            }
        }
        Ok(words)
    }

    fn say(&self, peer: Option<SiteId>, what: impl FnOnce(&mut Words)) {
        let links = self.links();
        if let Some(live) = peer.and_then(|peer| links.live.get(&peer)) {
            live.mailbox.leave(|waiting| what(&mut waiting.words));
        }
    }
}

/// Reads statements and has them checked where long computing delays nobody; gives those that hold, and the number
/// of those that don't.
async fn checked<W, S, C>(wire: Vec<W>, check: C) -> (Vec<S>, usize)
where
    W: TryInto<S> + Send + 'static,
    S: Send + 'static,
    C: FnOnce(Vec<S>) -> Vec<S> + Send + 'static,
{
    let all = wire.len();
    let checking = tokio::task::spawn_blocking(move || {
        let read = wire.into_iter().take(STATEMENTS_PER_MESSAGE).filter_map(|wire| wire.try_into().ok());
        check(read.collect())
    });
    let held = checking.await.unwrap_or_default(); // It fails only while the runtime shuts down.
    let dropped = all - held.len();
    (held, dropped)
}

impl Words {
    /// Puts what waits into messages of bounded size.
    pub(crate) fn into_messages(self) -> Vec<Message> {
        let receipts = pages(self.receipts.into_values().map(proto::RootReceipt::from));
        let beats = pages(self.beats.into_values().map(proto::Beat::from));
        let pulses = pages(self.pulses.values().map(proto::Pulse::from));
        let mut messages: Vec<Message> = self.messages.into();
        messages.extend(receipts.map(|receipts| Message::RootReceipts(proto::RootReceipts { receipts })));
        messages.extend(beats.map(|beats| Message::Beats(proto::Beats { beats })));
        messages.extend(pulses.map(|pulses| Message::Pulses(proto::Pulses { pulses })));
        messages
    }
}

/// Bytes of statements in one message: a record waits behind it for less than the time of one run.
const PAGE_BYTES: usize = 256 * 1024;

fn pages<M: prost::Message>(statements: impl Iterator<Item = M>) -> impl Iterator<Item = Vec<M>> {
    let mut statements = statements.peekable();
    std::iter::from_fn(move || {
        let mut page = Vec::new();
        let mut bytes = 0;
        while page.len() < STATEMENTS_PER_MESSAGE
            && let Some(next) =
                statements.next_if(|next| page.is_empty() || bytes + next.encoded_len() <= PAGE_BYTES)
        {
            bytes += next.encoded_len();
            page.push(next);
        }
        (!page.is_empty()).then_some(page)
    })
}
