//! What a back end does in these tests, and the two that do it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use sqlx::AnyConnection;
use yanzhen_store as store;
use yanzhen_store::{
    Expected, IngestError, LoadError, ManualClock, Options, Projection, ProjectionError, RecordChange, Retry,
    Store, Write,
};
use yanzhen_sync::authority::Refusal;
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::memory::{Edit, RecordKey, Replica, Target};
use yanzhen_sync::testing::FakeVerifier;
use yanzhen_sync::{Change, EntryHeader, EntryRef, Kind, RecordId, Run, StreamHead, StreamId, Version};

use crate::network::{MEMBERSHIP, PERSON, Who, genesis};

/// A record as every back end shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) version: Version,
    pub(crate) change: Change,
    pub(crate) body: Option<Bytes>,
}

/// One site's storage. Writes and what was ingested are durable when a call returns.
pub(crate) trait Backend: Sized {
    async fn open(who: Who, folder: &Path) -> Self;
    async fn write(&mut self, targets: &[Target], edits: &[Edit]) -> Result<Vec<StreamHead>, String>;
    async fn ingest(&mut self, link: Link, direction: Direction, run: &Run) -> Result<StreamHead, Refusal>;
    async fn heads(&self) -> Heads;
    /// Reads all that is stored into records.
    async fn project(&mut self);
    async fn load_run(&self, stream: StreamId, after: u64) -> Result<Option<Run>, u64>;
    async fn record(&self, kind: &Kind, record: RecordId) -> Option<Shown>;
    async fn quarantine(&self) -> Vec<EntryRef>;
    /// Software that reads what it could not read before.
    async fn upgrade(&mut self);
    /// Spoils a stored frame.
    async fn damage(&mut self, stream: StreamId, seq: u64);
    async fn repair(&mut self, link: Link, direction: Direction, run: &Run) -> bool;
    /// The process is killed, the machine goes on.
    async fn kill_and_reopen(self) -> Self;
}

/// What the typed tables refuse until the upgrade.
pub(crate) const UNREADABLE: &[u8] = b"only later software reads this";

/// Makes the typed tables panic until the upgrade.
pub(crate) const POISON: &[u8] = b"this makes the projection panic";

pub(crate) struct Memory(Replica);

fn read_now(_: &EntryHeader, body: &Bytes) -> Result<(), String> {
    if body == UNREADABLE || body == POISON { Err("it can't be read".to_owned()) } else { Ok(()) }
}

fn read_later(_: &EntryHeader, _: &Bytes) -> Result<(), String> {
    Ok(())
}

impl Backend for Memory {
    async fn open(who: Who, _: &Path) -> Memory {
        let mut replica =
            Replica::new(who.id(), genesis(), who.signer().shared(), Arc::new(FakeVerifier)).unwrap();
        replica.upgrade(read_now);
        Memory(replica)
    }

    async fn write(&mut self, targets: &[Target], edits: &[Edit]) -> Result<Vec<StreamHead>, String> {
        let heads = self.0.write(targets, edits, 1).map_err(|why| why.to_string())?;
        self.0.commit();
        Ok(heads)
    }

    async fn ingest(&mut self, link: Link, direction: Direction, run: &Run) -> Result<StreamHead, Refusal> {
        let head = self.0.ingest(link, direction, run)?;
        self.0.commit();
        Ok(head)
    }

    async fn heads(&self) -> Heads {
        self.0.heads()
    }

    async fn project(&mut self) {
        self.0.project(usize::MAX);
        self.0.commit();
    }

    async fn load_run(&self, stream: StreamId, after: u64) -> Result<Option<Run>, u64> {
        self.0.load_run(&stream, after).map_err(|damaged| damaged.seq)
    }

    async fn record(&self, kind: &Kind, record: RecordId) -> Option<Shown> {
        let record = self.0.record(&RecordKey { kind: kind.clone(), record })?;
        Some(Shown { version: record.version, change: record.change, body: record.body.clone() })
    }

    async fn quarantine(&self) -> Vec<EntryRef> {
        self.0.quarantine().map(|(at, _)| *at).collect()
    }

    async fn upgrade(&mut self) {
        self.0.upgrade(read_later);
    }

    async fn damage(&mut self, stream: StreamId, seq: u64) {
        self.0.damage(&stream, seq);
    }

    async fn repair(&mut self, _: Link, _: Direction, run: &Run) -> bool {
        self.0.repair(run)
    }

    async fn kill_and_reopen(mut self) -> Memory {
        self.0.crash();
        self.0.project(usize::MAX);
        self
    }
}

pub(crate) struct Sqlite {
    pub(crate) store: Store,
    options: Options,
    _crashed: Option<tempfile::TempDir>,
}

impl Sqlite {
    pub(crate) async fn open_with(who: Who, folder: &Path, projection: Arc<dyn Projection>) -> Sqlite {
        let options = Options {
            path: folder.join("site.sqlite"),
            me: who.id(),
            epoch: 0,
            genesis: genesis().into_frames().remove(0),
            signer: who.signer().shared(),
            verifier: Arc::new(FakeVerifier),
            clock: Arc::new(ManualClock::new(1_790_000_000_000)),
            projection,
        };
        Sqlite { store: Store::open(options.clone()).await.unwrap(), options, _crashed: None }
    }

    pub(crate) async fn reopen_with(self, projection: Arc<dyn Projection>) -> Sqlite {
        self.store.close().await;
        let options = Options { projection, ..self.options };
        Sqlite { store: Store::open(options.clone()).await.unwrap(), options, _crashed: self._crashed }
    }

    /// Changes the file as nobody is meant to.
    pub(crate) async fn tamper(&self, sql: &'static str) {
        use sqlx::ConnectOptions;
        let url = format!("sqlite:{}", self.options.path.display());
        let options: sqlx::any::AnyConnectOptions = url.parse().unwrap();
        let mut db = options.connect().await.unwrap();
        let done = sqlx::query(sql).execute(&mut db).await.unwrap();
        assert!(done.rows_affected() > 0, "nothing to tamper with");
    }
}

impl Backend for Sqlite {
    async fn open(who: Who, folder: &Path) -> Sqlite {
        Sqlite::open_with(who, folder, Arc::new(Tables { version: 1 })).await
    }

    async fn write(&mut self, targets: &[Target], edits: &[Edit]) -> Result<Vec<StreamHead>, String> {
        let targets = targets.iter().map(|target| match target {
            Target::Journal => store::Target::Journal,
            Target::Mailbox(recipient) => store::Target::Mailbox(*recipient),
            Target::Bulletin => store::Target::Bulletin,
        });
        let edits = edits.iter().map(|edit| store::Edit {
            kind: edit.kind.clone(),
            record: edit.record,
            unit: edit.unit,
            change: edit.change,
            body: edit.body.clone(),
            objects: edit.objects.clone(),
            expected: Expected::Any,
            handed_over_by: edit.handed_over_by,
        });
        let write = Write { targets: targets.collect(), edits: edits.collect() };
        self.store.write(write).await.map(|written| written.heads).map_err(|why| why.to_string())
    }

    async fn ingest(&mut self, link: Link, direction: Direction, run: &Run) -> Result<StreamHead, Refusal> {
        match self.store.ingest(link, direction, vec![run.clone()]).await.remove(0) {
            Ok(head) => Ok(head),
            Err(IngestError::Refused { refusal, .. }) => Err(refusal),
            Err(IngestError::Store { error, .. }) => panic!("the store failed: {error}"),
        }
    }

    async fn heads(&self) -> Heads {
        self.store.heads()
    }

    async fn project(&mut self) {
        self.store.projected().await.unwrap();
    }

    async fn load_run(&self, stream: StreamId, after: u64) -> Result<Option<Run>, u64> {
        self.store.load_run(stream, after).await.map_err(|why| match why {
            LoadError::Damaged { seq, .. } => seq,
            LoadError::Store(error) => panic!("the store failed: {error}"),
        })
    }

    async fn record(&self, kind: &Kind, record: RecordId) -> Option<Shown> {
        let record = self.store.record(kind, record).await.unwrap()?;
        Some(Shown { version: record.version, change: record.change, body: record.body })
    }

    async fn quarantine(&self) -> Vec<EntryRef> {
        let mut entries: Vec<EntryRef> =
            self.store.quarantine(0, 1_000).await.unwrap().into_iter().map(|aside| aside.entry).collect();
        entries.sort_unstable();
        entries
    }

    async fn upgrade(&mut self) {
        self.store.close().await;
        self.options.projection = Arc::new(Tables { version: 2 });
        self.store = Store::open(self.options.clone()).await.unwrap();
        self.store.projected().await.unwrap();
        self.store.retry_quarantine(Retry::All).await.unwrap();
    }

    async fn damage(&mut self, stream: StreamId, seq: u64) {
        use sqlx::ConnectOptions;
        let url = format!("sqlite:{}", self.options.path.display());
        let mut db = url.parse::<sqlx::any::AnyConnectOptions>().unwrap().connect().await.unwrap();
        let number: i64 = sqlx::query_scalar("SELECT number FROM streams WHERE author = $1 AND type = $2")
            .bind(stream.author.as_bytes().as_slice())
            .bind(if stream.recipient().is_some() { 2_i64 } else { 1 })
            .fetch_one(&mut db)
            .await
            .unwrap();
        let seq = i64::try_from(seq).unwrap();
        let mut frame: Vec<u8> =
            sqlx::query_scalar("SELECT frame FROM frames WHERE stream = $1 AND seq = $2")
                .bind(number)
                .bind(seq)
                .fetch_one(&mut db)
                .await
                .unwrap();
        let last = frame.len() - 1;
        frame[last] ^= 0x10;
        sqlx::query("UPDATE frames SET frame = $1 WHERE stream = $2 AND seq = $3")
            .bind(frame)
            .bind(number)
            .bind(seq)
            .execute(&mut db)
            .await
            .unwrap();
    }

    async fn repair(&mut self, link: Link, direction: Direction, run: &Run) -> bool {
        self.store.repair(link, direction, run.clone()).await.is_ok()
    }

    /// What a crash leaves: the files as they are, with nobody to tidy them up.
    async fn kill_and_reopen(self) -> Sqlite {
        let folder = tempfile::tempdir().unwrap();
        for name in ["site.sqlite", "site.sqlite-wal"] {
            std::fs::copy(self.options.path.with_file_name(name), folder.path().join(name)).unwrap();
        }
        let options = Options { path: folder.path().join("site.sqlite"), ..self.options };
        let store = Store::open(options.clone()).await.unwrap();
        Sqlite { store, options, _crashed: Some(folder) }
    }
}

/// Typed tables of persons and of memberships, which refer to persons.
pub(crate) struct Tables {
    pub(crate) version: i64,
}

impl Projection for Tables {
    fn version(&self) -> i64 {
        self.version
    }

    fn migrate<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            sqlx::query("CREATE TABLE IF NOT EXISTS persons (record BYTEA NOT NULL PRIMARY KEY, body BYTEA)")
                .execute(db)
                .await?;
            Ok(())
        })
    }

    fn apply<'a>(
        &'a self,
        db: &'a mut AnyConnection,
        changes: &'a [RecordChange],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            for change in changes {
                self.apply_one(db, change).await?;
            }
            Ok(())
        })
    }

    fn clear<'a>(&'a self, db: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            sqlx::query("DELETE FROM persons").execute(db).await?;
            Ok(())
        })
    }
}

impl Tables {
    async fn apply_one(&self, db: &mut AnyConnection, change: &RecordChange) -> Result<(), ProjectionError> {
        let record = match change {
            RecordChange::Set(record) => record,
            RecordChange::Removed { record, .. } => {
                let sql = "DELETE FROM persons WHERE record = $1";
                sqlx::query(sql).bind(record.as_bytes().as_slice()).execute(db).await?;
                return Ok(());
            }
        };
        let body = record.body.as_deref().unwrap_or_default();
        if self.version == 1 && body == UNREADABLE {
            return Err(ProjectionError::Invalid("it can't be read".to_owned()));
        }
        assert!(self.version != 1 || body != POISON, "the projection has an error");
        if record.kind == PERSON {
            let sql = "INSERT INTO persons (record, body) VALUES ($1, $2) \
                       ON CONFLICT (record) DO UPDATE SET body = excluded.body";
            sqlx::query(sql).bind(record.record.as_bytes().as_slice()).bind(body).execute(db).await?;
        } else if record.kind == MEMBERSHIP {
            let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM persons WHERE record = $1")
                .bind(body)
                .fetch_one(db)
                .await?;
            if known == 0 {
                let record = RecordId::try_from(body).expect("16 bytes");
                return Err(ProjectionError::Awaits { kind: PERSON, record });
            }
        }
        Ok(())
    }
}
