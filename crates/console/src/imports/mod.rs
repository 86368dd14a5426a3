//! Files of people and branches on their way in: sent by a browser, looked through, then imported while their page
//! tells how far it is. They lie in a folder of the site until they are done with, and are forgotten when it stops:
//! the same file can be sent again, and what is in already stays as it is.

mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use yanzhen_bureau::importing::{ImportKind, ImportOutcome, ImportProgress, ImportRequest};
use yanzhen_bureau::{Bureau, BureauError};

pub(crate) use files::{Upload, receive};

/// Files that are kept at a time; the oldest that is not being worked on gives way.
const MAX_KEPT: usize = 16;

/// How long a file is kept that nobody goes on with: rosters lie here as they were sent.
const KEPT_FOR: Duration = Duration::from_secs(60 * 60);

/// Files that are worked on at a time: each is held in memory.
const AT_WORK: usize = 2;

/// The imports of one site. Clones are the same.
#[derive(Clone)]
pub(crate) struct Imports {
    folder: Arc<PathBuf>,
    kept: Arc<Mutex<Kept>>,
    turns: Arc<Semaphore>,
}

#[derive(Default)]
struct Kept {
    /// Counts them; the greatest is the latest.
    next: u64,
    imports: BTreeMap<u64, Import>,
}

/// One file.
struct Import {
    /// Unguessable, for the address of its page.
    key: String,
    account: String,
    what: What,
    stage: Stage,
    work: Option<AbortHandle>,
    /// Counts what was begun with it: what is stopped may still tell of itself.
    run: u32,
}

/// What was sent.
#[derive(Clone)]
pub(crate) struct What {
    pub(crate) kind: ImportKind,
    /// The code of the unit of rows that name none; empty for the site's own.
    pub(crate) unit: String,
    /// The file's name at whoever sent it.
    pub(crate) name: String,
    path: PathBuf,
}

/// How far a file is.
#[derive(Clone)]
pub(crate) enum Stage {
    /// It is being looked through.
    Looking(ImportProgress),
    /// It was looked through, and waits to be imported.
    Ready(Arc<ImportOutcome>),
    /// It is being imported.
    Running(ImportProgress),
    /// The import was stopped; what was done until then stays.
    Stopped(ImportProgress),
    /// It is imported.
    Done(Arc<ImportOutcome>),
    /// It can't be read, or the import failed.
    Failed(String),
}

impl Stage {
    /// Whether it goes on by itself.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self, Stage::Looking(_) | Stage::Running(_))
    }
}

/// All places for files are taken by imports that are being worked on.
#[derive(Debug)]
pub(crate) struct Full;

impl Imports {
    /// Keeps files in a folder; what an earlier run of the site left there is removed.
    pub(crate) async fn open(folder: PathBuf) -> Imports {
        match tokio::fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "files of earlier imports could not be removed");
            }
            _ => {}
        }
        Imports { folder: Arc::new(folder), kept: Arc::default(), turns: Arc::new(Semaphore::new(AT_WORK)) }
    }

    /// Takes a file that was received, and begins to look through it.
    pub(crate) fn take(
        &self,
        bureau: &Bureau,
        account: &str,
        kind: ImportKind,
        upload: Upload,
    ) -> Result<String, Full> {
        let Upload { unit, name, path, key } = upload;
        let what = What { kind, unit, name, path };
        let mut kept = self.lock();
        if kept.imports.len() >= MAX_KEPT {
            let Some(gone) = kept.idle_of(account).and_then(|id| kept.imports.remove(&id)) else {
                remove(what.path);
                return Err(Full);
            };
            remove(gone.what.path);
        }
        let id = kept.next;
        kept.next += 1;
        let work = self.spawn(bureau, id, what.clone(), Doing::Looking, 0);
        let stage = Stage::Looking(ImportProgress::default());
        let import =
            Import { key: key.clone(), account: account.to_owned(), what, stage, work: Some(work), run: 0 };
        kept.imports.insert(id, import);
        drop(kept);
        self.forget_later(id);
        Ok(key)
    }

    /// Forgets a file some time after nobody has gone on with it.
    fn forget_later(&self, id: u64) {
        let kept = Arc::downgrade(&self.kept);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(KEPT_FOR).await;
                let Some(kept) = kept.upgrade() else { return };
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                match kept.imports.get(&id) {
                    Some(import) if import.stage.is_working() => {}
                    _ => {
                        return kept
                            .imports
                            .remove(&id)
                            .map(|gone| remove(gone.what.path))
                            .unwrap_or_default();
                    }
                }
            }
        });
    }

    /// What was sent and how far it is; none for what is not this account's.
    pub(crate) fn show(&self, account: &str, key: &str) -> Option<(What, Stage)> {
        let mut kept = self.lock();
        let (_, import) = kept.of(account, key)?;
        Some((import.what.clone(), import.stage.clone()))
    }

    /// Files of an account of which rows were refused: the keys of their pages, their names, how many rows.
    pub(crate) fn refused(&self, account: &str) -> Vec<(String, String, u64)> {
        let kept = self.lock();
        let own = kept.imports.values().filter(|import| import.account == account);
        let refused = own.filter_map(|import| match &import.stage {
            Stage::Ready(outcome) | Stage::Done(outcome) if outcome.counts.refused > 0 => {
                Some((import.key.clone(), import.what.name.clone(), outcome.counts.refused))
            }
            _ => None,
        });
        refused.collect()
    }

    /// What an account has sent of a kind, the latest first, each with the key of its page.
    pub(crate) fn sent(&self, account: &str, kind: ImportKind) -> Vec<(String, What, Stage)> {
        let kept = self.lock();
        let own = kept.imports.values().rev();
        let own = own.filter(|import| import.account == account && import.what.kind == kind);
        own.map(|import| (import.key.clone(), import.what.clone(), import.stage.clone())).collect()
    }

    /// Begins the import of a file that was looked through, or goes on with one that was stopped.
    pub(crate) fn start(&self, bureau: &Bureau, account: &str, key: &str) {
        let mut kept = self.lock();
        let Some((id, import)) = kept.of(account, key) else { return };
        if matches!(import.stage, Stage::Ready(_) | Stage::Stopped(_)) {
            import.stage = Stage::Running(ImportProgress::default());
            import.run += 1;
            import.work = Some(self.spawn(bureau, id, import.what.clone(), Doing::Importing, import.run));
        }
    }

    /// Stops what is being done with a file, between two of its rows.
    pub(crate) fn stop(&self, account: &str, key: &str) {
        let mut kept = self.lock();
        let Some((_, import)) = kept.of(account, key) else { return };
        if let Stage::Looking(progress) | Stage::Running(progress) = import.stage {
            import.work.take().iter().for_each(AbortHandle::abort);
            import.stage = Stage::Stopped(progress);
        }
    }

    /// Stops everything.
    pub(crate) fn close(&self) {
        for import in self.lock().imports.values_mut() {
            import.work.take().iter().for_each(AbortHandle::abort);
        }
    }

    /// Where files lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn spawn(&self, bureau: &Bureau, id: u64, what: What, doing: Doing, run: u32) -> AbortHandle {
        let (bureau, imports) = (bureau.clone(), self.clone());
        let work = tokio::spawn(async move {
            let _turn = imports.turns.acquire().await;
            let progress = |progress: &ImportProgress| imports.tell(id, run, doing.under_way(*progress));
            let stage = match work(&bureau, &what, doing, progress).await {
                Ok(outcome) => doing.done(Arc::new(outcome)),
                Err(why) => Stage::Failed(why),
            };
            if matches!(stage, Stage::Done(_) | Stage::Failed(_)) {
                remove(what.path);
            }
            imports.tell(id, run, stage);
        });
        work.abort_handle()
    }

    /// Notes how far a file is, unless it was stopped meanwhile.
    fn tell(&self, id: u64, run: u32, stage: Stage) {
        if let Some(import) = self.lock().imports.get_mut(&id)
            && import.run == run
            && import.stage.is_working()
        {
            import.stage = stage;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The oldest file that is not being worked on: one of this account's, else anybody's.
    fn idle_of(&self, account: &str) -> Option<u64> {
        let mut idle: Vec<(&u64, &Import)> =
            self.imports.iter().filter(|(_, import)| !import.stage.is_working()).collect();
        idle.sort_by_key(|(id, import)| (import.account != account, **id));
        idle.first().map(|(id, _)| **id)
    }

    fn of(&mut self, account: &str, key: &str) -> Option<(u64, &mut Import)> {
        let own = |(_, import): &(&u64, &mut Import)| import.key == key && import.account == account;
        self.imports.iter_mut().find(own).map(|(id, import)| (*id, import))
    }
}

/// What is done with a file.
#[derive(Clone, Copy)]
enum Doing {
    Looking,
    Importing,
}

impl Doing {
    fn under_way(self, progress: ImportProgress) -> Stage {
        match self {
            Doing::Looking => Stage::Looking(progress),
            Doing::Importing => Stage::Running(progress),
        }
    }

    fn done(self, outcome: Arc<ImportOutcome>) -> Stage {
        match self {
            Doing::Looking => Stage::Ready(outcome),
            Doing::Importing => Stage::Done(outcome),
        }
    }
}

async fn work(
    bureau: &Bureau,
    what: &What,
    doing: Doing,
    progress: impl FnMut(&ImportProgress) + Send,
) -> Result<ImportOutcome, String> {
    let file = tokio::fs::read(&what.path).await.map(Bytes::from).map_err(|error| error.to_string())?;
    let request = ImportRequest { kind: what.kind, unit_code: what.unit.clone(), file };
    let outcome = match doing {
        Doing::Looking => bureau.preview(request, progress).await,
        Doing::Importing => bureau.import(request, progress).await,
    };
    outcome.map_err(|error| match error {
        BureauError::File(why) => why.chinese(),
        refused if refused.is_refusal() => refused.to_string(),
        failed => {
            tracing::error!(%failed, "an import failed");
            String::new()
        }
    })
}

/// Removes a file in the background; what remains goes when the site starts again.
fn remove(path: PathBuf) {
    tokio::spawn(async move {
        match tokio::fs::remove_file(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "a file that was imported could not be removed");
            }
            _ => {}
        }
    });
}
