//! The identity file: text with one `name = value` to a line, so that an administrator sees what it is.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use yanzhen_sync::Sign;
use zeroize::Zeroizing;

use super::key::{PRIVATE_BYTES, PrivateBytes};
use super::{Identity, SealingKey, SiteKey};

/// The version of the file's format that this software writes.
const FORMAT: &str = "1";
const SIGNING_ALGORITHM: &str = "ecdsa-p256-sha256";
const SEALING_ALGORITHM: &str = "x25519";

/// Bytes of the largest identity file that is read; today's have under 1 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

const HEAD: &str = "\
# The identity of a Yanzhen site. Whoever has this file can act as the site.
# Only the site's own program may read it. Never put a copy to work on a second machine.
";

/// Why an identity can't be loaded or saved.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// There is no identity yet.
    #[error("{} does not exist: this folder holds no site yet; initialise or join first", .0.display())]
    Missing(PathBuf),
    /// A file is there already.
    #[error("{} exists: this folder already holds a site, and its keys are never overwritten; \
             use another folder for a new site", .0.display())]
    Exists(PathBuf),
    /// The file can't be read.
    #[error("{} can't be read: {source}; check that the program's account owns it", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can't be written.
    #[error("{} can't be written: {source}; check free space and the folder's permissions", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Newer software wrote it.
    #[error("{} is of a newer format ({what}); use the software version that wrote it or a later one", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// What is not known.
        what: String,
    },
    /// It is damaged.
    #[error("{} is damaged ({what}); bring it back from a backup, or replace the site", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong; never a private value.
        what: &'static str,
    },
}

pub(super) fn save(identity: &Identity, path: &Path) -> Result<(), IdentityError> {
    let failed = |source| IdentityError::Write { path: path.to_owned(), source };
    if path.try_exists().map_err(failed)? {
        return Err(IdentityError::Exists(path.to_owned()));
    }
    write_new(path, encode(identity).as_bytes()).map_err(failed)
}

pub(super) fn load(path: &Path) -> Result<Identity, IdentityError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => IdentityError::Missing(path.to_owned()),
        _ => IdentityError::Read { path: path.to_owned(), source },
    };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE_BYTES {
        return Err(IdentityError::Damaged { path: path.to_owned(), what: "it is too large" });
    }
    warn_if_others_may_read(path);
    let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
    decode(&bytes).map_err(|fault| match fault {
        Fault::Newer(what) => IdentityError::Newer { path: path.to_owned(), what },
        Fault::Damaged(what) => IdentityError::Damaged { path: path.to_owned(), what },
    })
}

/// Writes beside, then renames: after a crash there is the whole file or none.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, path)?;
    sync_folder(path)
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Elsewhere the file inherits the access list of the data folder.
#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// NTFS journals renames, and folders can't be opened for syncing.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn warn_if_others_may_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(path = %path.display(), "others may read the site's private keys: chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_others_may_read(_path: &Path) {}

fn encode(identity: &Identity) -> Zeroizing<String> {
    let hex = |private: PrivateBytes| Zeroizing::new(HEXLOWER.encode(private.as_slice()));
    let (signing, sealing) = (identity.signing(), identity.sealing());
    // One allocation: growing would leave copies of the private lines behind.
    let mut text = Zeroizing::new(String::with_capacity(4096));
    let lines = [
        ("format", FORMAT),
        ("site", &identity.site().to_string()),
        ("signing-algorithm", SIGNING_ALGORITHM),
        ("signing-public", &HEXLOWER.encode(signing.public_key().as_bytes())),
        ("signing-private", &hex(signing.private())),
        ("sealing-algorithm", SEALING_ALGORITHM),
        ("sealing-public", &HEXLOWER.encode(&sealing.public_key())),
        ("sealing-private", &hex(sealing.private())),
    ];
    text.push_str(HEAD);
    for (name, value) in lines {
        for part in [name, " = ", value, "\n"] {
            text.push_str(part);
        }
    }
    text
}

enum Fault {
    Newer(String),
    Damaged(&'static str),
}

fn decode(bytes: &[u8]) -> Result<Identity, Fault> {
    let text = str::from_utf8(bytes).map_err(|_| Fault::Damaged("it is not text"))?;
    let values = read_lines(text)?;
    let value = |name| values.get(name).copied().ok_or(Fault::Damaged("a line is missing"));
    known(&values, "format", FORMAT)?;
    known(&values, "signing-algorithm", SIGNING_ALGORITHM)?;
    known(&values, "sealing-algorithm", SEALING_ALGORITHM)?;

    let signing = SiteKey::from_private(&private(value("signing-private")?)?)
        .map_err(|_| Fault::Damaged("the signing key is no key"))?;
    let sealing = SealingKey::from_private(&private(value("sealing-private")?)?)
        .map_err(|_| Fault::Damaged("the sealing key is no key"))?;
    let identity = Identity { signing, sealing };
    let public_fits = value("site")? == identity.site().to_string()
        && value("signing-public")? == HEXLOWER.encode(identity.public_key().as_bytes())
        && value("sealing-public")? == HEXLOWER.encode(&identity.sealing().public_key());
    if public_fits { Ok(identity) } else { Err(Fault::Damaged("private and public values do not match")) }
}

fn read_lines(text: &str) -> Result<BTreeMap<&str, &str>, Fault> {
    let mut values = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once('=').ok_or(Fault::Damaged("a line is not `name = value`"))?;
        if values.insert(name.trim(), value.trim()).is_some() {
            return Err(Fault::Damaged("a line is there twice"));
        }
    }
    Ok(values)
}

fn known(values: &BTreeMap<&str, &str>, name: &str, expected: &str) -> Result<(), Fault> {
    match values.get(name) {
        Some(found) if *found == expected => Ok(()),
        Some(found) => Err(Fault::Newer(format!("{name} {found}"))),
        None => Err(Fault::Damaged("a line is missing")),
    }
}

fn private(hex: &str) -> Result<PrivateBytes, Fault> {
    let bytes = HEXLOWER.decode(hex.as_bytes()).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| Fault::Damaged("a private value is not hexadecimal"))?;
    let mut private = Zeroizing::new([0; PRIVATE_BYTES]);
    if bytes.len() != PRIVATE_BYTES {
        return Err(Fault::Damaged("a private value has the wrong length"));
    }
    private.copy_from_slice(&bytes);
    Ok(private)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> (tempfile::TempDir, PathBuf, Identity) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity");
        let identity = Identity::generate();
        identity.save(&path).unwrap();
        (folder, path, identity)
    }

    #[test]
    fn an_identity_comes_back_from_its_file() {
        let (folder, path, identity) = saved();
        let loaded = Identity::load(&path).unwrap();
        assert_eq!(loaded.public_key(), identity.public_key());
        assert_eq!(loaded.sealing().public_key(), identity.sealing().public_key());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn an_identity_is_never_overwritten() {
        let (_folder, path, identity) = saved();
        assert!(matches!(Identity::generate().save(&path), Err(IdentityError::Exists(_))));
        assert_eq!(Identity::load(&path).unwrap().site(), identity.site());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_an_identity() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path, _) = saved();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_a_crash_left_behind_does_not_block_the_next_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity");
        fs::write(path.with_extension("new"), "half").unwrap();
        Identity::generate().save(&path).unwrap();
        assert!(Identity::load(&path).is_ok());
    }

    #[test]
    fn no_identity_is_told_from_a_damaged_one() {
        let (folder, path, _) = saved();
        let missing = Identity::load(&folder.path().join("other"));
        assert!(matches!(missing, Err(IdentityError::Missing(_))));

        let text = fs::read_to_string(&path).unwrap();
        for name in ["site", "signing-public", "signing-private", "sealing-public", "sealing-private"] {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            let last = if line.ends_with('0') { "1" } else { "0" };
            let flipped = format!("{}{last}", &line[..line.len() - 1]);
            // X25519 ignores some bits of its private key, but none of the last byte's low ones.
            let flipped = match name {
                "sealing-private" => line.replacen(&line[line.len() - 20..], &"0".repeat(20), 1),
                _ => flipped,
            };
            fs::write(&path, text.replace(line, &flipped)).unwrap();
            assert!(matches!(Identity::load(&path), Err(IdentityError::Damaged { .. })), "{name}");
        }
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(matches!(Identity::load(&path), Err(IdentityError::Damaged { .. })));
    }

    #[test]
    fn a_file_of_a_newer_format_is_named_as_such() {
        let (_folder, path, _) = saved();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("format = 1", "format = 2")).unwrap();
        assert!(matches!(Identity::load(&path), Err(IdentityError::Newer { .. })));
    }
}
