//! Where things are in the folder, and how they get there without ever being half there.

use std::fs::{self, File};
use std::io::{self as std_io, Read, Write};
use std::path::{Path, PathBuf};

use yanzhen_sync::{ObjectHash, ObjectRef};

use super::Progress;
use super::error::{ObjectError, io};
use super::manifest::{MAX_MANIFEST_BYTES, Manifest};

const PARTIAL: &str = "partial";
const INCOMING: &str = "incoming";
const MANIFEST: &str = ".manifest";
const DAMAGED: &str = ".damaged";

pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn open(root: PathBuf) -> Result<Layout, ObjectError> {
        for folder in [PARTIAL, INCOMING] {
            make_folder(&root.join(folder))?;
        }
        sync_folder(&root)?;
        let layout = Layout { root };
        layout.clean()?;
        Ok(layout)
    }

    pub(super) fn object(&self, object: &ObjectHash) -> PathBuf {
        let hex = object.to_string();
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    /// The folder of an object's file.
    fn shelf<'a>(&'a self, object: &'a Path) -> &'a Path {
        object.parent().unwrap_or(&self.root)
    }

    fn make_shelf(&self, object: &Path) -> Result<(), ObjectError> {
        make_folder(self.shelf(object))?;
        // Also where it was there: whoever made it may not have come this far yet.
        sync_folder(&self.root)
    }

    fn manifest(&self, object: &ObjectRef) -> PathBuf {
        let hex = object.hash.to_string();
        self.root.join(&hex[..2]).join(format!("{}-{}", &hex[2..], object.manifest))
    }

    pub(super) fn partial(&self, object: &ObjectRef) -> PathBuf {
        self.root.join(PARTIAL).join(format!("{}-{}", object.hash, object.manifest))
    }

    fn partial_manifest(&self, object: &ObjectRef) -> PathBuf {
        self.root.join(PARTIAL).join(format!("{}-{}{MANIFEST}", object.hash, object.manifest))
    }

    /// What [`Layout::discard`] has put aside.
    pub(super) fn damaged(&self, object: &ObjectHash) -> PathBuf {
        self.root.join(PARTIAL).join(format!("{object}{DAMAGED}"))
    }

    pub(super) fn temp(&self) -> Result<Temp, ObjectError> {
        Temp::create(self.root.join(INCOMING).join(format!("{:016x}", rand::random::<u64>())))
    }

    pub(super) fn has(&self, object: &ObjectRef) -> Result<bool, ObjectError> {
        let path = self.object(&object.hash);
        let size = match fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == std_io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(io("read", &path)(error)),
        };
        let manifest = self.manifest(object);
        Ok(size == object.size && manifest.try_exists().map_err(io("read", &manifest))?)
    }

    pub(super) fn open_object(&self, object: &ObjectHash) -> Result<File, ObjectError> {
        let path = self.object(object);
        File::open(&path).map_err(|error| match error.kind() {
            std_io::ErrorKind::NotFound => ObjectError::Missing { object: *object },
            _ => io("open", &path)(error),
        })
    }

    pub(super) fn manifest_of(&self, object: &ObjectRef) -> Result<Manifest, ObjectError> {
        if !self.has(object)? {
            return Err(ObjectError::Missing { object: object.hash });
        }
        let path = self.manifest(object);
        match read_manifest(&path)? {
            Some(manifest) if manifest.object() == object => Ok(manifest),
            _ => Err(ObjectError::Damaged { object: object.hash, path, index: None }),
        }
    }

    /// Writes down what a partial object will be.
    pub(super) fn expect(&self, manifest: &Manifest) -> Result<(), ObjectError> {
        let path = self.partial_manifest(manifest.object());
        if path.exists() && read_manifest(&path)?.as_ref() == Some(manifest) {
            return Ok(());
        }
        self.write_manifest(manifest, &path)
    }

    /// Makes an object visible: `from` holds its verified bytes, already brought safely to disk.
    pub(super) fn place(&self, manifest: &Manifest, from: &Path) -> Result<(), ObjectError> {
        let object = manifest.object();
        let to = self.object(&object.hash);
        self.make_shelf(&to)?;
        self.write_manifest(manifest, &self.manifest(object))?;
        fs::rename(from, &to).map_err(io("write", &to))?;
        sync_folder(self.shelf(&to))?;
        remove_file(&self.damaged(&object.hash))?;
        self.remove_partial(object)
    }

    /// Takes one more manifest for an object that is here already.
    pub(super) fn adopt(&self, manifest: &Manifest) -> Result<(), ObjectError> {
        let path = self.manifest(manifest.object());
        self.write_manifest(manifest, &path)?;
        sync_folder(self.shelf(&path))?;
        self.remove_partial(manifest.object())
    }

    fn write_manifest(&self, manifest: &Manifest, to: &Path) -> Result<(), ObjectError> {
        let mut temp = self.temp()?;
        temp.file.write_all(&manifest.encode()).map_err(io("write", &temp.path))?;
        temp.file.sync_all().map_err(io("write", &temp.path))?;
        fs::rename(&temp.path, to).map_err(io("write", to))
    }

    pub(super) fn discard(&self, object: &ObjectRef) -> Result<(), ObjectError> {
        remove_file(&self.manifest(object))?;
        let path = self.object(&object.hash);
        match fs::rename(&path, self.damaged(&object.hash)) {
            Err(error) if error.kind() != std_io::ErrorKind::NotFound => Err(io("move", &path)(error)),
            _ => Ok(()),
        }
    }

    pub(super) fn remove(&self, object: &ObjectHash) -> Result<(), ObjectError> {
        let path = self.object(object);
        remove_file(&path)?;
        remove_file(&self.damaged(object))?;
        let folder = self.shelf(&path);
        let hex = object.to_string();
        for name in names(folder)? {
            if name.strip_prefix(&hex[2..]).is_some_and(|rest| rest.starts_with('-')) {
                remove_file(&folder.join(name))?;
            }
        }
        // Not brought safely to disk: an object that a crash brings back is removed again.
        Ok(())
    }

    pub(super) fn remove_partial(&self, object: &ObjectRef) -> Result<(), ObjectError> {
        remove_file(&self.partial(object))?;
        remove_file(&self.partial_manifest(object))
    }

    pub(super) fn each_object(&self, mut found: impl FnMut(ObjectHash, u64)) -> Result<(), ObjectError> {
        for first in 0..=u8::MAX {
            let folder = self.root.join(format!("{first:02x}"));
            for name in names(&folder)? {
                // Manifests have longer names, and no other names parse.
                let Ok(object) = format!("{first:02x}{name}").parse::<ObjectHash>() else { continue };
                let path = folder.join(name);
                match fs::metadata(&path) {
                    Ok(metadata) => found(object, metadata.len()),
                    // Removed while this one was looking.
                    Err(error) if error.kind() == std_io::ErrorKind::NotFound => {}
                    Err(error) => return Err(io("read", &path)(error)),
                }
            }
        }
        Ok(())
    }

    pub(super) fn partials(&self) -> Result<Vec<Progress>, ObjectError> {
        let folder = self.root.join(PARTIAL);
        let mut partials = Vec::new();
        for name in names(&folder)?.iter().filter(|name| name.ends_with(MANIFEST)) {
            let Some(manifest) = read_manifest(&folder.join(name))? else { continue };
            let object = *manifest.object();
            let held = fs::metadata(self.partial(&object)).map_or(0, |file| file.len().min(object.size));
            partials.push(Progress { object, held });
        }
        Ok(partials)
    }

    /// Deletes what crashed writers left.
    fn clean(&self) -> Result<(), ObjectError> {
        let incoming = self.root.join(INCOMING);
        for name in names(&incoming)? {
            remove_file(&incoming.join(name))?;
        }
        let folder = self.root.join(PARTIAL);
        for name in names(&folder)? {
            let path = folder.join(&name);
            let wanted = if let Some(object) = name.strip_suffix(DAMAGED) {
                object.parse().is_ok_and(|object| !self.object(&object).exists())
            } else if name.ends_with(MANIFEST) {
                read_manifest(&path)?.is_some_and(|manifest| self.is_expected(&path, manifest.object()))
            } else {
                folder.join(format!("{name}{MANIFEST}")).exists()
            };
            if !wanted {
                remove_file(&path)?;
                // What it described goes with it.
                if let Some(bytes) = name.strip_suffix(MANIFEST) {
                    remove_file(&folder.join(bytes))?;
                }
            }
        }
        Ok(())
    }

    fn is_expected(&self, path: &Path, object: &ObjectRef) -> bool {
        *path == self.partial_manifest(object) && !self.has(object).unwrap_or(false)
    }
}

/// A file being written, deleted on drop unless it was renamed.
pub(super) struct Temp {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Temp {
    pub(super) fn create(path: PathBuf) -> Result<Temp, ObjectError> {
        let file = File::create_new(&path).map_err(io("make", &path))?;
        Ok(Temp { path, file })
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // What stays here by mischance is deleted at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// `None` where the file is missing or its bytes are no manifest.
fn read_manifest(path: &Path) -> Result<Option<Manifest>, ObjectError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std_io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_MANIFEST_BYTES as u64).read_to_end(&mut bytes).map_err(io("read", path))?;
    Ok(Manifest::decode(&bytes).ok())
}

/// Lists a folder; nothing where it is missing.
fn names(folder: &Path) -> Result<Vec<String>, ObjectError> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std_io::ErrorKind::NotFound => return Ok(names),
        Err(error) => return Err(io("list", folder)(error)),
    };
    for entry in entries {
        // Names that are not text are none of ours.
        names.extend(entry.map_err(io("list", folder))?.file_name().into_string());
    }
    Ok(names)
}

fn make_folder(path: &Path) -> Result<(), ObjectError> {
    fs::create_dir_all(path).map_err(io("make", path))
}

fn remove_file(path: &Path) -> Result<(), ObjectError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std_io::ErrorKind::NotFound => Err(io("delete", path)(error)),
        _ => Ok(()),
    }
}

/// Brings renames in a folder safely to disk.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> Result<(), ObjectError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("write", folder))
}

/// Does nothing: Windows has no call for it, and NTFS journals renames by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> Result<(), ObjectError> {
    Ok(())
}
