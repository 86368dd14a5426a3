//! The data folder: all that a site keeps on disk.
//!
//! | name | holds |
//! | --- | --- |
//! | `settings.toml` | [settings](crate::settings) |
//! | `identity.key` | the site's keys |
//! | `network.pb` | [who it is and whose child](crate::network); written last, so a folder with it is a site |
//! | `yanzhen.db` | the database, with its `-wal` and `-shm` beside it |
//! | `objects/` | attachments |
//! | `console.db` | accounts, sessions and the audit log of the console; `console.crt`, `console.key`: its certificate |
//! | `control.json` | where and with which secret the running site takes commands |
//! | `lock` | held while a process uses the folder; the process's number |
//!
//! On Unix only its owner may enter the folder. On Windows it has the access list of the folder it is made
//! in: whoever sets the site up restricts that one to the service's account.

mod files;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use yanzhen_sync::directory::Role;

use crate::control::ControlFile;
use crate::failure::{Failure, FailureKind};
use crate::network::{NetworkRecord, RecordError};
use crate::program::Program;

pub(crate) use files::write_private;

/// The file with the link of the join wizard, and then of the first accounts.
pub(crate) const SET_UP: &str = "console-set-up.txt";

const SETTINGS: &str = "settings.toml";
const IDENTITY: &str = "identity.key";
const NETWORK: &str = "network.pb";
const DATABASE: &str = "yanzhen.db";
const OBJECTS: &str = "objects";
const CONTROL: &str = "control.json";
const LOCK: &str = "lock";
/// How the names of the console's certificate, key and accounts begin.
const CONSOLE: &str = "console.";

/// Times that a lock is asked for: a command that looks whether a site runs holds it for an instant.
const LOCK_TRIES: u32 = 5;
/// Between two of them.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Where a site keeps its things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

/// Keeps other processes out of a data folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    folder: DataFolder,
    /// The system's advisory lock ends with the open file, also when the process is killed.
    _file: File,
}

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no such folder, or it holds no site yet.
    #[error("{} holds no site", .0.display())]
    NoSite(PathBuf),
    /// It holds a site, where a new one is to be made.
    #[error("{} already holds a {}", path.display(), role_name(*role))]
    Occupied {
        /// Which folder.
        path: PathBuf,
        /// What the site there is.
        role: Role,
    },
    /// It holds a site of another program.
    #[error("{} holds a {}, not a {}", path.display(), role_name(*found), role_name(*expected))]
    OtherRole {
        /// Which folder.
        path: PathBuf,
        /// What the site there is.
        found: Role,
        /// What was looked for.
        expected: Role,
    },
    /// It holds something else.
    #[error("{} holds other things, such as {entry:?}", path.display())]
    Foreign {
        /// Which folder.
        path: PathBuf,
        /// One of them.
        entry: String,
    },
    /// Another process uses it.
    #[error("{} is in use{}", path.display(), pid.map(|pid| format!(" by process {pid}")).unwrap_or_default())]
    Locked {
        /// Which folder.
        path: PathBuf,
        /// Which process, where that can be told.
        pid: Option<u32>,
    },
    /// What was recorded about the site can't be read.
    #[error("{} can't be used: {source}", path.display())]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: RecordError,
    },
    /// The system refuses.
    #[error("{} can't be used: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// As people call it.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Central => "central server",
        Role::Node | Role::Terminal => role.word(),
    }
}

impl FolderError {
    /// Tells a person, who called `program`.
    pub fn explain(self, program: &Program) -> Failure {
        let set_up = |path: &Path| format!("set up a site there with `{}`", program.set_up_command(path));
        let not_set_up = |error: &FolderError| Failure::new(FailureKind::NotSetUp, error);
        match &self {
            FolderError::NoSite(path) => {
                not_set_up(&self).next(format!("{}, or name its folder with --data", set_up(path)))
            }
            FolderError::Occupied { .. } => Failure::refused(&self)
                .why("a site's keys and records are never overwritten")
                .next("name another folder with --data, or use the site that is there"),
            FolderError::OtherRole { path, found, .. } => {
                let other = Program::of(*found).command(path, "…");
                not_set_up(&self).next(format!("use `{other}`, or name another folder with --data"))
            }
            FolderError::Foreign { .. } => Failure::refused(&self)
                .why("a site has a folder to itself")
                .next("name an empty or a new folder with --data"),
            FolderError::Locked { path, .. } => {
                Failure::refused(&self).why("one process at a time may use a data folder").next(format!(
                    "use the site that runs (`{}`), or stop it first",
                    program.command(path, "status")
                ))
            }
            FolderError::Record { .. } => {
                Failure::failed(&self).next("bring the file back from a backup, or replace the site")
            }
            FolderError::Io { .. } => {
                Failure::failed(&self).next("check the folder's permissions and free space")
            }
        }
    }
}

impl DataFolder {
    /// Names a folder, without touching it.
    pub fn at(path: impl Into<PathBuf>) -> DataFolder {
        DataFolder { path: path.into() }
    }

    /// Makes the folder for a new site, or takes one that holds none yet: an earlier attempt may have left
    /// its identity and settings there.
    pub fn create(path: impl Into<PathBuf>) -> Result<DataFolder, FolderError> {
        let folder = DataFolder::at(path);
        let failed = |source| FolderError::Io { path: folder.path.clone(), source };
        fs::create_dir_all(&folder.path).map_err(failed)?;
        if let Some(record) = folder.read_record()? {
            return Err(FolderError::Occupied { path: folder.path, role: record.role });
        }
        if let Some(entry) = folder.foreign_entry().map_err(failed)? {
            return Err(FolderError::Foreign { path: folder.path, entry });
        }
        files::keep_others_out(&folder.path).map_err(failed)?;
        Ok(folder)
    }

    /// Opens the folder of a site of this role.
    pub fn open(path: impl Into<PathBuf>, role: Role) -> Result<(DataFolder, NetworkRecord), FolderError> {
        let folder = DataFolder::at(path);
        match folder.read_record()? {
            Some(record) if record.role == role => Ok((folder, record)),
            Some(record) => {
                Err(FolderError::OtherRole { path: folder.path, found: record.role, expected: role })
            }
            None => Err(FolderError::NoSite(folder.path)),
        }
    }

    /// Keeps other processes out of a folder in which a new site is to be made. Another process may have made one
    /// since the folder was created.
    pub fn lock_new(&self) -> Result<FolderLock, FolderError> {
        let lock = self.lock()?;
        match self.read_record()? {
            Some(record) => Err(FolderError::Occupied { path: self.path.clone(), role: record.role }),
            None => Ok(lock),
        }
    }

    /// Whether a process uses the folder. Leaves no trace.
    pub fn is_running(&self) -> Result<bool, FolderError> {
        let path = self.path.join(LOCK);
        let failed = |source| FolderError::Io { path: path.clone(), source };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Keeps other processes out. A control file that a killed site left behind goes.
    pub fn lock(&self) -> Result<FolderLock, FolderError> {
        let path = self.path.join(LOCK);
        let failed = |source| FolderError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::Locked { path: self.path.clone(), pid: self.holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        remove_stale(&self.control())?;
        write_pid(&mut file).map_err(failed)?;
        Ok(FolderLock { folder: self.clone(), _file: file })
    }

    /// Windows lets nobody read a locked file; the control file says it too, once the site is up.
    fn holder(&self, lock: &mut File) -> Option<u32> {
        let mut text = String::new();
        let read = lock.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
        read.or_else(|| ControlFile::read(&self.control()).ok().map(|file| file.pid))
    }

    /// Writes who the site is: from then on the folder holds a site.
    pub fn write_record(&self, record: &NetworkRecord) -> Result<(), FolderError> {
        let path = self.path.join(NETWORK);
        write_private(&path, &record.encode()).map_err(|source| FolderError::Io { path, source })
    }

    /// Writes a new settings file; one that is there already is left as it is.
    pub fn write_settings(&self, text: &str) -> Result<(), FolderError> {
        let path = self.settings();
        match path.try_exists() {
            Ok(true) => Ok(()),
            Ok(false) => {
                write_private(&path, text.as_bytes()).map_err(|source| FolderError::Io { path, source })
            }
            Err(source) => Err(FolderError::Io { path, source }),
        }
    }

    fn read_record(&self) -> Result<Option<NetworkRecord>, FolderError> {
        let path = self.path.join(NETWORK);
        match fs::read(&path) {
            Ok(bytes) => match NetworkRecord::decode(&bytes) {
                Ok(record) => Ok(Some(record)),
                Err(source) => Err(FolderError::Record { path, source }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FolderError::Io { path, source }),
        }
    }

    /// Something that no site put here.
    fn foreign_entry(&self) -> io::Result<Option<String>> {
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let own = [SETTINGS, IDENTITY, OBJECTS, CONTROL, LOCK, SET_UP].contains(&name.as_str())
                || name.starts_with(DATABASE)
                || name.starts_with(CONSOLE)
                || name.ends_with(".new");
            if !own {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `settings.toml`.
    pub fn settings(&self) -> PathBuf {
        self.path.join(SETTINGS)
    }

    /// `identity.key`.
    pub fn identity(&self) -> PathBuf {
        self.path.join(IDENTITY)
    }

    /// `yanzhen.db`.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// `objects/`.
    pub fn objects(&self) -> PathBuf {
        self.path.join(OBJECTS)
    }

    /// `control.json`.
    pub fn control(&self) -> PathBuf {
        self.path.join(CONTROL)
    }
}

impl FolderLock {
    /// Which folder is locked.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }
}

fn try_lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            settled => return settled,
        }
    }
    file.try_lock()
}

/// Whoever listens at the port named there by now is not the site.
fn remove_stale(control: &Path) -> Result<(), FolderError> {
    match fs::remove_file(control) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FolderError::Io { path: control.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    file.flush()
}

#[cfg(test)]
pub(crate) mod tests;
