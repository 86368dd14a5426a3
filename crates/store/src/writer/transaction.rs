//! One transaction of the writer: the connection, and what it will have changed in memory once it is durable.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use prost::Message;
use sqlx::{AnyConnection, Executor};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Directory;
use yanzhen_sync::statement::RootReceipt;
use yanzhen_sync::{Head, Seal, SiteId, StreamHead, StreamId};

use crate::error::StoreError;
use crate::notify::Committed;
use crate::quarantine::Awaited;
use crate::shared::{Shared, Site, StreamState};
use crate::sql::{ROWS_PER_STATEMENT, affected, big, insert};
use crate::{quarantine, sqlite, statements};

/// The writer's connection and the state of its present transaction.
pub(crate) struct Transaction {
    pub(crate) db: AnyConnection,
    pub(crate) site: Arc<Site>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) pending: Pending,
    pub(crate) hints: Hints,
}

/// Changes that take effect in memory with the commit and vanish with a rollback.
#[derive(Clone)]
pub(crate) struct Pending {
    streams: BTreeMap<StreamId, StreamState>,
    next_number: i64,
    /// Own frames that no seal vouches for yet.
    unsealed: BTreeMap<StreamId, Unsealed>,
    advanced: BTreeSet<StreamId>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) directory_changed: bool,
    pub(crate) records_changed: bool,
    /// What entries count for may have changed: those set aside for it are judged again.
    pub(crate) judge_again: bool,
    receipts: Vec<RootReceipt>,
}

/// How much of an own stream waits for its seal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unsealed {
    pub(crate) frames: usize,
    pub(crate) bytes: usize,
}

/// What spares queries. May claim too much, never too little, so that no rollback makes it wrong.
#[derive(Default)]
pub(crate) struct Hints {
    /// Entries are set aside.
    pub(crate) quarantined: bool,
    /// Some of them are to be tried again.
    pub(crate) due: bool,
    /// What they wait for.
    pub(crate) awaited: Awaited,
    /// Records were erased.
    pub(crate) erasures: bool,
    /// Streams that are not projected on because their next frame is damaged.
    pub(crate) stalled: HashSet<StreamId>,
}

/// Where to go back to when one of several jobs fails.
pub(crate) struct Savepoint(Pending);

impl Transaction {
    pub(crate) fn new(db: AnyConnection, site: Arc<Site>, shared: Arc<Shared>, hints: Hints) -> Transaction {
        let pending = Pending::nothing(&shared);
        Transaction { db, site, shared, pending, hints }
    }

    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        self.pending = Pending::nothing(&self.shared);
        self.db.execute(sqlite::BEGIN).await?;
        Ok(())
    }

    /// Gives up all that was done since [`Transaction::begin`]. A failed statement may have done so already.
    pub(crate) async fn roll_back(&mut self) {
        if let Err(error) = self.db.execute("ROLLBACK").await {
            tracing::debug!(%error, "nothing was left to roll back");
        }
        self.pending = Pending::nothing(&self.shared);
    }

    pub(crate) async fn savepoint(&mut self) -> Result<Savepoint, StoreError> {
        self.db.execute("SAVEPOINT job").await?;
        Ok(Savepoint(self.pending.clone()))
    }

    pub(crate) async fn release(&mut self, _: Savepoint) -> Result<(), StoreError> {
        self.db.execute("RELEASE SAVEPOINT job").await?;
        Ok(())
    }

    /// Gives up what was done since the savepoint.
    pub(crate) async fn back_to(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        self.db.execute("ROLLBACK TO SAVEPOINT job").await?;
        self.db.execute("RELEASE SAVEPOINT job").await?;
        self.pending = savepoint.0;
        Ok(())
    }

    /// Seals, receipts and heads, then the commit; only then does anybody learn of it.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        let unsealed: Vec<StreamId> = self.pending.unsealed.keys().copied().collect();
        for stream in unsealed {
            self.seal(stream).await?;
        }
        self.sign_receipts().await?;
        self.write_streams().await?;
        if self.pending.judge_again && self.hints.quarantined {
            quarantine::judge_again(self).await?;
        }
        self.shared.announce(&self.pending.streams);
        self.db.execute("COMMIT").await?;
        self.publish();
        Ok(())
    }

    fn publish(&mut self) {
        let pending = std::mem::replace(&mut self.pending, Pending::nothing(&self.shared));
        self.shared.publish(&pending.streams);
        let advanced = pending.advanced.iter().filter_map(|stream| {
            let head = pending.streams.get(stream)?.head;
            Some(StreamHead { stream: *stream, head })
        });
        let committed = Committed {
            advanced: advanced.collect(),
            receipts: pending.receipts,
            directory_changed: pending.directory_changed,
            records_changed: pending.records_changed,
        };
        if pending.directory_changed {
            self.shared.directory.send_replace(pending.directory);
        }
        self.pending = Pending::nothing(&self.shared);
        if !committed.is_empty() {
            // Nobody may be listening.
            let _ = self.shared.commits.send(Arc::new(committed));
        }
    }

    /// A stream as this transaction sees it.
    pub(crate) fn state(&self, id: &StreamId) -> Option<StreamState> {
        self.pending.streams.get(id).copied().or_else(|| self.shared.state(id))
    }

    pub(crate) fn head(&self, id: &StreamId) -> Head {
        self.state(id).map_or(Head::NONE, |state| state.head)
    }

    /// The streams that a site wrote, as this transaction sees them.
    pub(crate) fn streams_of(&self, author: SiteId) -> BTreeSet<StreamId> {
        let new = self.pending.streams.keys().filter(|id| id.author == author).copied();
        self.shared.streams().of_author(author).map(|(id, _)| *id).chain(new).collect()
    }

    /// Whether entries of own streams, fetched back from a neighbour, wait to be projected.
    pub(crate) fn own_streams_are_behind(&self) -> bool {
        let (me, streams) = (self.site.me, self.shared.streams());
        let mut behind = streams.behind.range(StreamId::journal(me, 0)..);
        let mut pending = self.pending.streams.iter();
        behind.next().is_some_and(|id| id.author == me)
            || pending.any(|(id, state)| id.author == me && state.projected < state.head.seq)
    }

    /// The stream with a number, as this transaction sees it.
    pub(crate) fn stream(&self, number: i64) -> Option<StreamId> {
        self.shared.stream(number).or_else(|| {
            let mut new = self.pending.streams.iter();
            new.find(|(_, state)| state.number == number).map(|(id, _)| *id)
        })
    }

    /// A stream for writing; it gets a number where it is new.
    pub(crate) fn stream_mut(&mut self, id: &StreamId) -> &mut StreamState {
        let known = self.state(id);
        let Pending { streams, next_number, .. } = &mut self.pending;
        streams.entry(*id).or_insert_with(|| {
            known.unwrap_or_else(|| {
                *next_number += 1;
                StreamState { number: *next_number - 1, head: Head::NONE, projected: 0, bytes: 0 }
            })
        })
    }

    pub(crate) fn note_advanced(&mut self, id: StreamId) {
        self.pending.advanced.insert(id);
    }

    pub(crate) fn unsealed(&mut self, id: StreamId) -> &mut Unsealed {
        self.pending.unsealed.entry(id).or_default()
    }

    /// Vouches for an own stream up to its head.
    pub(crate) async fn seal(&mut self, id: StreamId) -> Result<(), StoreError> {
        if self.pending.unsealed.remove(&id).is_none_or(|unsealed| unsealed.frames == 0) {
            return Ok(());
        }
        let state = *self.stream_mut(&id);
        let seal = Seal::sign(StreamHead { stream: id, head: state.head }, self.site.signer.as_ref());
        put_seal(&mut self.db, state.number, &seal).await
    }

    /// Central's word on what others wrote.
    async fn sign_receipts(&mut self) -> Result<(), StoreError> {
        if self.site.me != self.site.root {
            return Ok(());
        }
        let time = self.site.clock.now();
        let foreign = self.pending.advanced.iter().filter(|stream| stream.author != self.site.me);
        let heads = foreign.filter_map(|stream| {
            let state = self.pending.streams.get(stream)?;
            Some((StreamHead { stream: *stream, head: state.head }, state.number))
        });
        let receipts: Vec<(RootReceipt, i64)> = heads
            .map(|(head, number)| (RootReceipt::sign(head, time, self.site.signer.as_ref()), number))
            .collect();
        statements::write_root_receipts(&mut self.db, &receipts).await?;
        self.pending.receipts = receipts.into_iter().map(|(receipt, _)| receipt).collect();
        Ok(())
    }

    async fn write_streams(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(&StreamId, &StreamState)> = self.pending.streams.iter().collect();
        let columns = "number, author, type, recipient, epoch, seq, hash, projected, bytes";
        let then = "ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, \
                    projected = excluded.projected, bytes = excluded.bytes";
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let mut query = sqlx::query(insert("streams", columns, chunk.len(), then));
            for (id, state) in chunk {
                let wire = proto::StreamId::from(**id);
                query = query
                    .bind(state.number)
                    .bind(id.author.as_bytes().as_slice())
                    .bind(i64::from(wire.r#type))
                    .bind(wire.recipient.to_vec())
                    .bind(i64::from(id.epoch))
                    .bind(big(state.head.seq))
                    .bind(state.head.hash.as_bytes().as_slice())
                    .bind(big(state.projected))
                    .bind(big(state.bytes));
            }
            let done = query.execute(&mut self.db).await?;
            affected("streams", chunk.len(), done.rows_affected())?;
        }
        Ok(())
    }
}

/// Keeps a seal; the same one may come again.
pub(crate) async fn put_seal(db: &mut AnyConnection, stream: i64, seal: &Seal) -> Result<(), StoreError> {
    let done = sqlx::query(
        "INSERT INTO seals (stream, seq, seal) VALUES ($1, $2, $3) \
         ON CONFLICT (stream, seq) DO UPDATE SET seal = excluded.seal",
    )
    .bind(stream)
    .bind(big(seal.head.head.seq))
    .bind(proto::Seal::from(*seal).encode_to_vec())
    .execute(db)
    .await?;
    affected("seals", 1, done.rows_affected())
}

impl Pending {
    fn nothing(shared: &Shared) -> Pending {
        Pending {
            streams: BTreeMap::new(),
            next_number: shared.next_number(),
            unsealed: BTreeMap::new(),
            advanced: BTreeSet::new(),
            directory: shared.directory(),
            directory_changed: false,
            records_changed: false,
            judge_again: false,
            receipts: Vec::new(),
        }
    }
}
