//! The handle that the rest of a program holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use sqlx::AnyPool;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Direction, Directory, Genesis, Link};
use yanzhen_sync::envelope::EnvelopeKey;
use yanzhen_sync::statement::{Beat, EnvelopeWord, Pulse, RootReceipt};
use yanzhen_sync::{
    Frame, FrameHash, Head, Kind, Millis, ObjectHash, ObjectRef, RecordId, Run, Sign, SiteId, StreamHead,
    StreamId, UnitId, Verify,
};

use crate::clock::Clock;
use crate::damage::{self, DamageEvent};
use crate::edit::{Mail, Write, WriteError, Written};
use crate::error::StoreError;
use crate::frames;
use crate::load::{LoadError, Loader};
use crate::notify::Committed;
use crate::object_index::{Missing, Wanted, WantedPage};
use crate::projection::Projection;
use crate::projector::{self, Projector};
use crate::quarantine::{self, Retried, Retry, SetAside};
use crate::record::Record;
use crate::repair::{Repaired, repair};
use crate::shared::{Shared, Site};
use crate::statistics::{Statistics, statistics};
use crate::writer::{
    IngestError, JOBS_QUEUED, Job, Request, Transaction, Writer, ingest, mail, mail_copies, plant, write_all,
    write_all_at,
};
use crate::{history, mailed, meta, object_index, restore, schema, sqlite, statements};

/// What a store is opened with.
#[derive(Clone)]
pub struct Options {
    /// The database file. Its folder must exist; who opens it sees to it that nobody else does.
    pub path: PathBuf,
    /// The site whose store it is.
    pub me: SiteId,
    /// The epoch of its own streams.
    pub epoch: u32,
    /// The first frame of the network.
    pub genesis: Frame,
    /// Seals the own streams.
    pub signer: Arc<dyn Sign>,
    /// Checks signatures.
    pub verifier: Arc<dyn Verify>,
    /// The site's clock.
    pub clock: Arc<dyn Clock>,
    /// Keeps the typed tables.
    pub projection: Arc<dyn Projection>,
}

/// A site's frames and records. Clones share one database.
///
/// What a method has answered is on disk: it survives a crash and a power cut.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    site: Arc<Site>,
    shared: Arc<Shared>,
    readers: AnyPool,
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    writer: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the database, makes it where it is missing, and begins to project what is not projected yet.
    pub async fn open(options: Options) -> Result<Store, StoreError> {
        Box::pin(Store::open_boxed(options)).await
    }

    async fn open_boxed(options: Options) -> Result<Store, StoreError> {
        let genesis = Genesis::of_frame(&options.genesis).map_err(StoreError::Genesis)?;
        let mut db = sqlite::open_writer(&options.path).await?;
        schema::migrate(&mut db).await?;
        restore::check_identity(&mut db, genesis.hash, options.me).await?;
        let site = Arc::new(Site {
            me: options.me,
            epoch: options.epoch,
            network: genesis.hash,
            root: genesis.root,
            signer: options.signer,
            verifier: options.verifier,
            clock: options.clock,
            projection: options.projection,
        });
        let streams = restore::streams(&mut db).await?;
        let directory = restore::directory(&mut db, genesis, &streams, site.verifier.as_ref()).await?;
        let hints = restore::hints(&mut db).await?;
        let shared = Arc::new(Shared::new(streams, directory));
        let mut tx = Transaction::new(db, site.clone(), shared.clone(), hints);
        let rebuild = projector::prepare(&mut tx).await?;
        plant(&mut tx, options.genesis).await?;
        let readers = sqlite::open_readers(&options.path).await?;
        let (jobs, queue) = mpsc::channel(JOBS_QUEUED);
        let writer = tokio::spawn(Writer::new(tx, Projector::new(rebuild), queue).run());
        Ok(Store(Arc::new(Inner {
            site,
            shared,
            readers,
            jobs: Mutex::new(Some(jobs)),
            writer: tokio::sync::Mutex::new(Some(writer)),
        })))
    }

    /// Finishes what was asked for, moves the write-ahead log into the database and closes it. Who asks later gets
    /// [`StoreError::Closed`].
    pub async fn close(&self) {
        drop(self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.0.readers.close().await;
        if let Some(writer) = self.0.writer.lock().await.take()
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer has failed");
        }
    }

    /// The site whose store it is.
    pub fn me(&self) -> SiteId {
        self.0.site.me
    }

    /// The epoch of the own streams.
    pub fn epoch(&self) -> u32 {
        self.0.site.epoch
    }

    /// The genesis hash.
    pub fn network(&self) -> FrameHash {
        self.0.site.network
    }

    /// The site's own word for the key that envelopes to it are closed to.
    pub fn envelope_word(&self, key: EnvelopeKey) -> EnvelopeWord {
        EnvelopeWord::sign(self.me(), key, self.0.site.signer.as_ref())
    }

    /// Whether a site gave this word, of which no more than its id may be known here.
    pub fn is_word_of(&self, site: SiteId, word: &EnvelopeWord) -> bool {
        word.is_by(site, &self.directory(), self.0.site.verifier.as_ref())
    }

    /// The site's clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.site.clock
    }

    /// Lets the writer do something in a transaction, and waits for the commit.
    pub(crate) async fn ask<T, E>(
        &self,
        bytes: usize,
        work: impl for<'t> FnOnce(&'t mut Transaction) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (request, answer) = Request::new(bytes, Box::new(work));
        let jobs = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let jobs = jobs.ok_or(StoreError::Closed)?;
        jobs.send(request).await.map_err(|_| StoreError::Closed)?;
        drop(jobs);
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Writes edits of the own site: all or none. When it returns they are durable and can be read.
    pub async fn write(&self, write: Write) -> Result<Written, WriteError> {
        let mut written = self.write_all(vec![write]).await?;
        written.pop().ok_or(WriteError::Empty)
    }

    /// Writes several times in one transaction: all or nothing.
    pub async fn write_all(&self, writes: Vec<Write>) -> Result<Vec<Written>, WriteError> {
        let edits = writes.iter().flat_map(|write| &write.edits);
        let bytes = edits.map(|edit| edit.body.len()).sum();
        self.ask(bytes, |tx| Box::pin(write_all(tx, writes))).await
    }

    /// The same, if these streams end where the writer saw them end: else [`WriteError::Advanced`].
    pub async fn write_all_at(
        &self,
        heads: Vec<StreamHead>,
        writes: Vec<Write>,
    ) -> Result<Vec<Written>, WriteError> {
        let edits = writes.iter().flat_map(|write| &write.edits);
        let bytes = edits.map(|edit| edit.body.len()).sum();
        self.ask(bytes, |tx| Box::pin(write_all_at(tx, heads, writes))).await
    }

    /// Writes the present state of existing records, at the version that it has, into the own mailbox to a site below.
    /// What that mailbox holds at that version already is left out; the answer names the versions of all of them.
    pub async fn mail_copies(
        &self,
        to: SiteId,
        records: Vec<(Kind, RecordId)>,
    ) -> Result<Written, WriteError> {
        self.ask(0, move |tx| Box::pin(mail_copies(tx, to, records))).await
    }

    /// Mails copies, hand-overs and farewells to a site below in one transaction; tells how many entries were not in
    /// its mailbox yet.
    pub async fn mail(&self, letter: Mail) -> Result<usize, WriteError> {
        self.ask(0, move |tx| Box::pin(mail(tx, letter))).await
    }

    /// Stores what came over a link; one answer for each run, in order: the stream's durable head, or why it was
    /// not stored.
    pub async fn ingest(
        &self,
        link: Link,
        direction: Direction,
        runs: Vec<Run>,
    ) -> Vec<Result<StreamHead, IngestError>> {
        let streams: Vec<StreamId> = runs.iter().map(Run::stream).collect();
        let bytes = runs.iter().map(Run::size).sum();
        let results = self.ask(bytes, move |tx| Box::pin(ingest(tx, link, direction, runs))).await;
        let error: StoreError = match results {
            Ok(results) => return results,
            Err(error) => error,
        };
        let mut failed = Vec::with_capacity(streams.len());
        for stream in streams {
            let own = StreamHead { stream, head: self.head(&stream) };
            failed.push(Err(IngestError::Store { error: error.clone(), own }));
        }
        failed
    }

    /// How far each stream is stored here, durably.
    pub fn heads(&self) -> Heads {
        self.0.shared.heads()
    }

    /// How far one stream is stored here; [`Head::NONE`] where there is nothing of it.
    pub fn head(&self, stream: &StreamId) -> Head {
        self.0.shared.state(stream).map_or(Head::NONE, |state| state.head)
    }

    /// Reads the frames of a stream after one, up to the next seal, and checks them; none where the stream ends
    /// there. Damage is noted.
    pub async fn load_run(&self, stream: StreamId, after: u64) -> Result<Option<Run>, LoadError> {
        let run = self.loader().run_after(stream, after).await;
        self.note_damage(run).await
    }

    /// When the frame that follows another one was written, by its author's clock; none where the stream ends there
    /// or the frame can't be read.
    pub async fn written_after(&self, stream: StreamId, after: u64) -> Result<Option<Millis>, StoreError> {
        let Some(state) = self.0.shared.state(&stream).filter(|state| after < state.head.seq) else {
            return Ok(None);
        };
        let frame = frames::read_one(&self.0.readers, (&stream, state.number), after + 1).await?;
        Ok(frame.ok().map(|frame| frame.header().time))
    }

    /// Reads the whole run that holds a frame, for who has a damaged copy of it.
    pub async fn load_run_holding(&self, stream: StreamId, seq: u64) -> Result<Option<Run>, LoadError> {
        let run = self.loader().run_holding(stream, seq).await;
        self.note_damage(run).await
    }

    fn loader(&self) -> Loader<'_> {
        Loader { db: &self.0.readers, shared: &self.0.shared, site: &self.0.site }
    }

    async fn note_damage(&self, run: Result<Option<Run>, LoadError>) -> Result<Option<Run>, LoadError> {
        if let Err(LoadError::Damaged { stream, seq, what }) = &run {
            let (stream, seq, what) = (*stream, *seq, what.clone());
            let noted =
                self.ask(0, move |tx| Box::pin(async move { damage::note(tx, &stream, seq, &what).await }));
            if let Err(error) = noted.await {
                tracing::warn!(%stream, seq, %error, "damage could not be noted");
            }
        }
        run
    }

    /// Looks through the database: the first thing that is wrong with it, none if it is whole. Takes seconds for each
    /// gigabyte; nothing waits for it.
    pub async fn look_through(&self) -> Result<Option<String>, StoreError> {
        let said: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.0.readers).await?;
        Ok(Some(said).filter(|said| said != "ok"))
    }

    /// Mends damaged frames from a run that a neighbour has sent again.
    pub async fn repair(&self, link: Link, direction: Direction, run: Run) -> Result<Repaired, IngestError> {
        let (stream, bytes) = (run.stream(), run.size());
        let own = StreamHead { stream, head: self.head(&stream) };
        let repaired: Result<_, RepairError> = self
            .ask(bytes, move |tx| {
                Box::pin(async move { repair(tx, link, direction, run).await.map_err(RepairError::Ingest) })
            })
            .await;
        repaired.map_err(|error| match error {
            RepairError::Ingest(error) => error,
            RepairError::Store(error) => IngestError::Store { error, own },
        })
    }

    /// Damage that was found so far, oldest first.
    pub async fn damage(&self) -> Result<Vec<DamageEvent>, StoreError> {
        damage::list(&self.0.readers, &self.0.shared).await
    }

    /// The network as known now.
    pub fn directory(&self) -> Arc<Directory> {
        self.0.shared.directory()
    }

    /// Follows the directory.
    pub fn watch_directory(&self) -> watch::Receiver<Arc<Directory>> {
        self.0.shared.directory.subscribe()
    }

    /// Follows commits. Who lags behind is told so and reads [`Store::heads`] again.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.shared.commits.subscribe()
    }

    /// Waits until all that is stored now is read into records, but for damaged streams.
    pub async fn projected(&self) -> Result<(), StoreError> {
        self.ask(0, |_| Box::pin(std::future::ready(Ok::<(), StoreError>(())))).await?;
        let mut idle = self.0.shared.idle.subscribe();
        idle.wait_for(|idle| *idle).await.map_err(|_| StoreError::Closed)?;
        Ok(())
    }

    /// Read-only connections, for queries of typed tables.
    pub fn reader(&self) -> &AnyPool {
        &self.0.readers
    }

    /// One record's state.
    pub async fn record(&self, kind: &Kind, record: RecordId) -> Result<Option<Record>, StoreError> {
        history::record(&self.0.readers, &self.0.shared, kind, record).await
    }

    /// The states of several records of one kind; those that are not here are left out.
    pub async fn records_by_ids(&self, kind: &Kind, records: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        history::records_by_ids(&self.0.readers, &self.0.shared, kind, records).await
    }

    /// The states of a unit's records of one kind.
    pub async fn records_of_unit(&self, kind: &Kind, unit: UnitId) -> Result<Vec<Record>, StoreError> {
        history::records_of_unit(&self.0.readers, &self.0.shared, kind, unit).await
    }

    /// What each stored entry made of a record, lesser versions first; entries that count for nothing here are
    /// among them.
    pub async fn history(&self, kind: &Kind, record: RecordId) -> Result<Vec<Record>, StoreError> {
        history::history(&self.0.readers, &self.0.shared, kind, record).await
    }

    /// The sites to which records of one kind were mailed, by whoever, as far as the mail is stored here.
    pub async fn mailed_to(
        &self,
        kind: &Kind,
        records: &[RecordId],
    ) -> Result<BTreeMap<RecordId, BTreeSet<SiteId>>, StoreError> {
        mailed::mailed_to(&self.0.readers, &self.0.shared, kind, records).await
    }

    /// Up to `limit` of the entries that are set aside, oldest first, from the one after `after`; 0 begins.
    pub async fn quarantine(&self, after: i64, limit: u32) -> Result<Vec<SetAside>, StoreError> {
        quarantine::list(&self.0.readers, &self.0.shared, after, limit).await
    }

    /// How many entries are set aside.
    pub async fn quarantine_count(&self) -> Result<u64, StoreError> {
        quarantine::count(&self.0.readers).await
    }

    /// Tries entries again and tells what came of it.
    pub async fn retry_quarantine(&self, which: Retry) -> Result<Retried, StoreError> {
        let marked = which.clone();
        let tried =
            self.ask(0, move |tx| Box::pin(async move { quarantine::mark_due(tx, &marked).await })).await?;
        self.projected().await?;
        let left = quarantine::count_of(&self.0.readers, &which).await?;
        Ok(Retried { tried, accepted: tried.saturating_sub(left) })
    }

    /// Counts frames and bytes, and what of the own subtree `parent` has not stored yet.
    pub async fn statistics(&self, parent: Option<SiteId>) -> Result<Statistics, StoreError> {
        statistics(&self.0.readers, &self.0.shared, &self.0.site, parent).await
    }

    /// Notes how far a neighbour has stored streams.
    pub async fn note_stored_by(&self, site: SiteId, heads: Vec<StreamHead>) -> Result<(), StoreError> {
        self.ask(0, move |tx| Box::pin(async move { statements::note_stored_by(tx, site, &heads).await }))
            .await
    }

    /// How far a neighbour has stored streams, as it last said.
    pub async fn stored_by(&self, site: SiteId) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        statements::stored_by(&self.0.readers, &self.0.shared, site).await
    }

    /// Keeps receipts of central that say more than the ones held, and gives those back. Their signatures are the
    /// caller's to check.
    pub async fn put_root_receipts(
        &self,
        receipts: Vec<RootReceipt>,
    ) -> Result<Vec<RootReceipt>, StoreError> {
        self.ask(0, |tx| Box::pin(statements::put_root_receipts(tx, receipts))).await
    }

    /// Central's latest receipt for each stream.
    pub async fn root_receipts(&self) -> Result<BTreeMap<StreamId, RootReceipt>, StoreError> {
        statements::root_receipts(&self.0.readers, &self.0.shared, None).await
    }

    /// Central's latest receipt for one stream.
    pub async fn root_receipt(&self, stream: &StreamId) -> Result<Option<RootReceipt>, StoreError> {
        let Some(state) = self.0.shared.state(stream) else { return Ok(None) };
        let receipts = statements::root_receipts(&self.0.readers, &self.0.shared, Some(state.number)).await?;
        Ok(receipts.into_values().next())
    }

    /// Keeps central's beats that are later than the ones held, and gives those back. Their signatures are the
    /// caller's to check.
    pub async fn put_beats(&self, beats: Vec<Beat>) -> Result<Vec<Beat>, StoreError> {
        self.ask(0, |tx| Box::pin(statements::put_beats(tx, beats))).await
    }

    /// Central's latest beat for each site.
    pub async fn beats(&self) -> Result<BTreeMap<SiteId, Beat>, StoreError> {
        statements::beats(&self.0.readers).await
    }

    /// Keeps pulses that count higher than the ones held, and gives those back. Their signatures are the caller's
    /// to check.
    pub async fn put_pulses(&self, pulses: Vec<Pulse>) -> Result<Vec<Pulse>, StoreError> {
        self.ask(0, |tx| Box::pin(statements::put_pulses(tx, pulses))).await
    }

    /// The latest pulse of each site.
    pub async fn pulses(&self) -> Result<BTreeMap<SiteId, Pulse>, StoreError> {
        statements::pulses(&self.0.readers).await
    }

    /// A small value by its name. Programs prefix their names ("link.", "bureau."): the store has some of its own.
    pub async fn meta(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        meta::get(&self.0.readers, name).await
    }

    /// Sets a small value.
    pub async fn set_meta(&self, name: &str, value: Bytes) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.ask(value.len(), move |tx| Box::pin(async move { meta::set(&mut tx.db, &name, &value).await }))
            .await
    }

    /// Counts on under a name: 1, 2, 3 …; no number is given twice.
    pub async fn next_number(&self, name: &str) -> Result<u64, StoreError> {
        let name = name.to_owned();
        self.ask(0, move |tx| Box::pin(async move { meta::next_number(&mut tx.db, &name).await })).await
    }

    /// A page of the objects that stored entries refer to and that are not marked as present: at most `limit`, the
    /// next ones after `after`.
    pub async fn objects_wanted(
        &self,
        after: Option<ObjectRef>,
        limit: usize,
    ) -> Result<Vec<ObjectRef>, StoreError> {
        object_index::wanted(&self.0.readers, after, limit).await
    }

    /// How many they are in all.
    pub async fn objects_missing(&self) -> Result<Missing, StoreError> {
        object_index::missing(&self.0.readers).await
    }

    /// A page of them with the streams that refer to them, each stream in its turn.
    pub async fn objects_wanted_in_turn(&self, page: WantedPage) -> Result<Vec<Wanted>, StoreError> {
        object_index::wanted_in_turn(&self.0.readers, &self.0.shared, page).await
    }

    /// Whether stored entries refer to exactly this object and it is not marked as present.
    pub async fn is_object_wanted(&self, object: &ObjectRef) -> Result<bool, StoreError> {
        object_index::is_wanted(&self.0.readers, object).await
    }

    /// Notes that an object is complete and verified on this disk.
    pub async fn mark_object_present(&self, hash: ObjectHash) -> Result<(), StoreError> {
        self.ask(0, move |tx| Box::pin(object_index::mark(tx, hash, true))).await
    }

    /// Notes that an object is not on this disk any more.
    pub async fn mark_object_missing(&self, hash: ObjectHash) -> Result<(), StoreError> {
        self.ask(0, move |tx| Box::pin(object_index::mark(tx, hash, false))).await
    }

    /// Whether an object is marked as present.
    pub async fn is_object_present(&self, hash: ObjectHash) -> Result<bool, StoreError> {
        object_index::is_present(&self.0.readers, hash).await
    }

    /// The reference that stored entries make to an object.
    pub async fn object_ref(&self, hash: ObjectHash) -> Result<Option<ObjectRef>, StoreError> {
        object_index::object_ref(&self.0.readers, hash).await
    }

    /// Whether a stored stream that travels on a link in a direction refers to the object.
    pub async fn may_read_object(
        &self,
        hash: ObjectHash,
        link: Link,
        direction: Direction,
    ) -> Result<bool, StoreError> {
        object_index::may_read(&self.0.readers, &self.0.shared, hash, link, direction).await
    }
}

/// Why a repair was not done.
enum RepairError {
    Ingest(IngestError),
    Store(StoreError),
}

impl From<StoreError> for RepairError {
    fn from(error: StoreError) -> Self {
        RepairError::Store(error)
    }
}
