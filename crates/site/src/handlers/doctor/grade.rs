//! What was found, judged. Each check says what it found; what is not good says why and what to do.

use yanzhen_proto::v1::{Check, CheckKind, Grade, Trouble, TroubleKind};
use yanzhen_sync::Millis;

use crate::handlers::status::trouble;
use crate::named::Named;
use crate::out::{counted, size, span};

/// Milliseconds by which a clock may differ from the parent's: people compare times of documents by the minute.
const CLOCK_WARNING_MS: u64 = 60 * 1_000;

/// Milliseconds from which on times can't be compared any more.
const CLOCK_BAD_MS: u64 = 10 * 60 * 1_000;

/// Bytes below which the disk is soon full: a day's documents with attachments.
const DISK_WARNING: u64 = 5 << 30;

/// Bytes below which nothing large fits.
const DISK_BAD: u64 = 500 << 20;

/// Bytes of a write-ahead log that grows because nobody can clear it away.
const LOG_WARNING: u64 = 512 << 20;

/// What looking through the database came to.
pub(super) enum Database {
    Whole,
    /// It took too long.
    Unfinished,
    /// So many frames are damaged and not mended.
    Frames(u64),
    /// What SQLite says.
    Wrong(String),
}

/// The key file.
pub(super) struct Key {
    pub(super) path: String,
    /// Whether other accounts may read it.
    pub(super) is_open: bool,
    /// Whether it holds this site's key; else why it can't be read.
    pub(super) is_own: Result<bool, String>,
}

/// The way to the parent.
pub(super) struct Parent {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) is_connected: bool,
    /// Whether something takes the call there.
    pub(super) answers: bool,
    pub(super) error: Option<String>,
}

/// The outer `None` stands for central, whose clock is the network's; the inner for no contact yet.
pub(super) fn clock(drift: Option<Option<Millis>>) -> Check {
    let drift = match drift {
        None => return good(CheckKind::Clock, "this is central's clock"),
        Some(None) => {
            let told = trouble(
                "the clock can't be compared",
                "the parent has not been spoken to since this program started",
                "compare this machine's time with a telephone's by hand",
            );
            return fault(CheckKind::Clock, Grade::Warning, "not known", told.of(TroubleKind::ClockUnknown));
        }
        Some(Some(drift)) => drift,
    };
    let apart = span(i64::try_from(drift.unsigned_abs() / 1_000).unwrap_or(i64::MAX));
    let side = if drift > 0 { "behind" } else { "ahead of" };
    let found = format!("{apart} {side} the parent's");
    let grade = match drift.unsigned_abs() {
        CLOCK_BAD_MS.. => Grade::Bad,
        CLOCK_WARNING_MS.. => Grade::Warning,
        _ => return good(CheckKind::Clock, &found).with("drift", drift.unsigned_abs() / 1_000),
    };
    let told = trouble(
        format!("this clock is {found}"),
        "this machine's time, or the parent's, is set wrong",
        "set this machine's time, or let it be set from a time server",
    );
    let seconds = drift.unsigned_abs() / 1_000;
    let told = told.of(TroubleKind::ClockOff).with("drift", seconds);
    fault(CheckKind::Clock, grade, &found, told).with("drift", seconds)
}

pub(super) fn disk(free: u64) -> Check {
    let found = format!("{} free", size(free));
    let grade = match free {
        ..DISK_BAD => Grade::Bad,
        DISK_BAD..DISK_WARNING => Grade::Warning,
        _ => return good(CheckKind::Disk, &found).with("bytes", free),
    };
    let told = trouble(
        format!("the disk is short: {found}"),
        "documents, attachments and records fill it",
        "free space on the disk of the data folder, or move the folder to a larger one",
    );
    fault(CheckKind::Disk, grade, &found, told.of(TroubleKind::DiskShort).with("bytes", free))
        .with("bytes", free)
}

pub(super) fn folder(refused: Option<String>) -> Check {
    let Some(refused) = refused else { return good(CheckKind::Folder, "can be written") };
    let told = trouble(
        "the data folder can't be written",
        &*refused,
        "check the folder's permissions, and whether the disk was mounted for reading only",
    );
    let told = told.of(TroubleKind::DiskNotWritable).with("detail", &refused);
    fault(CheckKind::Folder, Grade::Bad, &refused, told)
}

pub(super) fn database(found: Database) -> Check {
    let (words, told) = match found {
        Database::Whole => return good(CheckKind::Database, "whole"),
        Database::Unfinished => {
            return good(CheckKind::Database, "large; nothing wrong in the part looked at");
        }
        Database::Frames(count) => {
            let told = trouble(
                format!("{} stored here can't be read", counted(count, "frame")),
                "what the disk gives back is not what was written",
                "a whole copy is fetched from a neighbour by itself; check this disk",
            );
            let told = told.of(TroubleKind::FramesDamaged).with("count", count);
            (format!("{} damaged", counted(count, "frame")), told)
        }
        Database::Wrong(said) => {
            let told = trouble(
                "the database is damaged",
                &*said,
                "stop the site, keep a copy of the folder, and bring the database back from a backup; \
                 what central has is not lost",
            );
            let told = told.of(TroubleKind::DatabaseDamaged).with("detail", &said);
            (said, told)
        }
    };
    fault(CheckKind::Database, Grade::Bad, &words, told)
}

pub(super) fn log(bytes: u64) -> Check {
    let found = size(bytes);
    if bytes < LOG_WARNING {
        return good(CheckKind::Log, &found).with("bytes", bytes);
    }
    let told = trouble(
        format!("the database's log has grown to {found}"),
        "something reads the database without end, or much was written at once",
        "start the site again when nobody works; if it grows again, tell the vendor",
    );
    fault(CheckKind::Log, Grade::Warning, &found, told.of(TroubleKind::LogLong).with("bytes", bytes))
        .with("bytes", bytes)
}

pub(super) fn key(key: &Key) -> Check {
    let (grade, found, told) = match (&key.is_own, key.is_open) {
        (Err(why), _) => (
            Grade::Bad,
            why.as_str(),
            trouble("the key file can't be read", &**why, "bring identity.key back from a backup")
                .of(TroubleKind::KeyFileUnreadable)
                .with("detail", why),
        ),
        (Ok(false), _) => (
            Grade::Bad,
            "another key",
            trouble(
                "the key file holds another site's key",
                "it was replaced while the site ran, or came from a backup of another folder",
                "bring this site's identity.key back before the site is started again",
            )
            .of(TroubleKind::KeyOther),
        ),
        (Ok(true), true) => (
            Grade::Warning,
            "can be read by others",
            trouble(
                "other accounts of this machine can read the key file",
                "its permissions were opened",
                format!("let its owner alone read it: chmod 600 {}", key.path),
            )
            .of(TroubleKind::KeyFileOpen)
            .with("path", &key.path),
        ),
        (Ok(true), false) => return good(CheckKind::Key, "this site's, and private"),
    };
    fault(CheckKind::Key, grade, found, told)
}

pub(super) fn parent(parent: &Parent) -> Check {
    let Parent { name, address, .. } = parent;
    if parent.is_connected {
        return good(CheckKind::Parent, &format!("connected to {address}")).with("address", address);
    }
    let why = parent.error.clone().unwrap_or_else(|| "no attempt has failed yet".to_owned());
    let (grade, kind, found, next) = match parent.answers {
        true => (
            Grade::Warning,
            TroubleKind::ParentSlowToAnswer,
            format!("{address} answers, and no exchange has begun"),
            format!("wait a minute; if it stays, ask the administrator of {name}"),
        ),
        false => (
            Grade::Bad,
            TroubleKind::ParentAway,
            format!("{address} does not answer"),
            format!("check this machine's cable and network, then ask whether {name} runs"),
        ),
    };
    let told = trouble(format!("there is no line to {name}"), why, next).of(kind);
    let told = told.with("site", name).with("address", address).with_some("error", parent.error.as_ref());
    fault(CheckKind::Parent, grade, &found, told).with("address", address)
}

/// `software` names a program and its version.
pub(super) fn version(own: &str, others: impl Iterator<Item = String>) -> Check {
    let number = |software: &str| software.rsplit(' ').next().unwrap_or_default().to_owned();
    let others: Vec<String> =
        others.map(|other| number(&other)).filter(|other| *other != number(own)).collect();
    let Some(other) = others.first() else {
        return good(CheckKind::Version, own).with("version", number(own));
    };
    let told = trouble(
        format!("this site runs {}, a neighbour {other}", number(own)),
        "they were not brought up to date together",
        "bring both to the same version; meanwhile they work together",
    );
    let told = told.of(TroubleKind::VersionsDiffer).with("version", number(own)).with("other", other);
    fault(CheckKind::Version, Grade::Warning, own, told).with("version", number(own))
}

pub(super) fn quarantine(count: u64) -> Check {
    if count == 0 {
        return good(CheckKind::Quarantine, "none").with("count", 0);
    }
    let found = counted(count, "entry");
    let told = trouble(
        format!("{found} could not be taken in"),
        "newer software wrote them, or what they refer to has not arrived",
        "see `quarantine list`, and try them again",
    );
    fault(CheckKind::Quarantine, Grade::Warning, &found, told.of(TroubleKind::SetAside).with("count", count))
        .with("count", count)
}

fn good(kind: CheckKind, found: &str) -> Check {
    Check { kind: kind.into(), grade: Grade::Good.into(), found: found.to_owned(), ..Check::default() }
}

fn fault(kind: CheckKind, grade: Grade, found: &str, told: Trouble) -> Check {
    Check { grade: grade.into(), trouble: Some(told), ..good(kind, found) }
}

/// Adds a figure.
trait Figure {
    fn with(self, name: &str, value: impl std::fmt::Display) -> Self;
}

impl Figure for Check {
    fn with(mut self, name: &str, value: impl std::fmt::Display) -> Check {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(check: &Check) -> Grade {
        let grade = check.grade();
        let told = check.trouble.as_ref();
        assert_eq!(told.is_none(), grade == Grade::Good, "{check:?}");
        let whole = told.is_none_or(|told| {
            told.kind() != TroubleKind::Unspecified && !told.why.is_empty() && !told.next_action.is_empty()
        });
        assert!(whole, "{check:?}");
        grade
    }

    #[test]
    fn what_is_found_gets_its_grade_and_what_is_not_good_says_why_and_what_to_do() {
        use Grade::{Bad, Good, Warning};
        let own = |is_own, is_open| key(&Key { path: "identity.key".to_owned(), is_open, is_own });
        let way = |is_connected, answers| {
            let address = "10.0.0.5:7443".to_owned();
            parent(&Parent { name: "9901 云东".to_owned(), address, is_connected, answers, error: None })
        };
        let with =
            |others: &[&str]| version("yanzhen-node 0.1.0", others.iter().map(|other| (*other).to_owned()));
        for (check, expected) in [
            (clock(None), Good),
            (clock(Some(None)), Warning),
            (clock(Some(Some(-59_999))), Good),
            (clock(Some(Some(60_000))), Warning),
            (clock(Some(Some(-600_000))), Bad),
            (clock(Some(Some(Millis::MIN))), Bad),
            (disk(DISK_WARNING), Good),
            (disk(DISK_WARNING - 1), Warning),
            (disk(DISK_BAD - 1), Bad),
            (folder(None), Good),
            (folder(Some("the disk can only be read".to_owned())), Bad),
            (database(Database::Whole), Good),
            (database(Database::Unfinished), Good),
            (database(Database::Frames(1)), Bad),
            (database(Database::Wrong("row 3 missing from index".to_owned())), Bad),
            (log(LOG_WARNING - 1), Good),
            (log(LOG_WARNING), Warning),
            (own(Ok(true), false), Good),
            (own(Ok(true), true), Warning),
            (own(Ok(false), false), Bad),
            (own(Err("no such file".to_owned()), false), Bad),
            (way(true, true), Good),
            (way(false, true), Warning),
            (way(false, false), Bad),
            (with(&["yanzhen-central 0.1.0"]), Good),
            (with(&["yanzhen-central 0.1.0", "yanzhen-terminal 0.2.0"]), Warning),
            (quarantine(0), Good),
            (quarantine(2), Warning),
        ] {
            assert_eq!(grade(&check), expected, "{check:?}");
        }
    }
}
