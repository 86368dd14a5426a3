use yanzhen_sync::frame::Place;
use yanzhen_sync::{Frame, FrameHash, Head, PublicKey, SiteId, StreamHead, StreamId, UnitId};

use super::*;
use crate::network::ParentRecord;
use crate::program::TERMINAL;

pub(crate) fn record(role: Role) -> NetworkRecord {
    let site = SiteId::new([1; 32]);
    let place = Place {
        after: StreamHead { stream: StreamId::bulletin(site, 0), head: Head::NONE },
        genesis: FrameHash::ZERO,
        time: 5,
        basis: None,
    };
    let draft = yanzhen_sync::Draft {
        kind: yanzhen_sync::directory::GENESIS,
        record: yanzhen_sync::RecordId::new([2; 16]),
        unit: UnitId::new([2; 16]),
        version: yanzhen_sync::Version { revision: 1, ..Default::default() },
        change: yanzhen_sync::Change::Upsert,
        objects: Vec::new(),
        body: Default::default(),
        handed_over_by: None,
    };
    let parent = ParentRecord {
        site: SiteId::new([3; 32]),
        key: PublicKey::from_slice(&[4; 65]).unwrap(),
        addresses: vec!["central.example:7443".parse().unwrap()],
    };
    NetworkRecord {
        role,
        site,
        unit: UnitId::new([2; 16]),
        epoch: 0,
        genesis: Frame::build(place, vec![draft], || [0; 16]).unwrap(),
        parent: (role != Role::Central).then_some(parent),
    }
}

fn site(path: &Path, role: Role) -> DataFolder {
    let folder = DataFolder::create(path).unwrap();
    folder.write_record(&record(role)).unwrap();
    folder
}

#[test]
fn what_was_recorded_is_read_back() {
    let temporary = tempfile::tempdir().unwrap();
    for role in [Role::Central, Role::Node, Role::Terminal] {
        let path = temporary.path().join(role_name(role));
        site(&path, role);
        let (folder, found) = DataFolder::open(&path, role).unwrap();
        let written = record(role);
        assert_eq!(folder.path(), path);
        assert_eq!(
            (found.role, found.site, found.unit, found.parent),
            (role, written.site, written.unit, written.parent)
        );
        assert_eq!(found.genesis.hash(), written.genesis.hash());
    }
}

#[test]
fn a_folder_without_a_site_is_not_opened() {
    let temporary = tempfile::tempdir().unwrap();
    for path in [temporary.path().to_owned(), temporary.path().join("none")] {
        let error = DataFolder::open(&path, Role::Terminal).unwrap_err();
        assert!(matches!(error, FolderError::NoSite(_)), "{error}");
        let failure = error.explain(&TERMINAL);
        assert_eq!(failure.kind, FailureKind::NotSetUp);
        assert!(
            failure.next.contains("yanzhen-terminal --data") && failure.next.contains("join"),
            "{failure}"
        );
    }
}

#[test]
fn a_site_of_another_role_is_not_opened() {
    let temporary = tempfile::tempdir().unwrap();
    site(temporary.path(), Role::Node);
    let error = DataFolder::open(temporary.path(), Role::Terminal).unwrap_err();
    assert!(matches!(error, FolderError::OtherRole { found: Role::Node, .. }), "{error}");
    assert!(error.explain(&TERMINAL).next.contains("yanzhen-node"));
}

#[test]
fn a_folder_with_a_site_or_with_other_things_takes_no_new_site() {
    let temporary = tempfile::tempdir().unwrap();
    let occupied = temporary.path().join("occupied");
    site(&occupied, Role::Terminal);
    let error = DataFolder::create(&occupied).unwrap_err();
    assert!(matches!(error, FolderError::Occupied { role: Role::Terminal, .. }), "{error}");

    let foreign = temporary.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("letter.txt"), "").unwrap();
    let error = DataFolder::create(&foreign).unwrap_err();
    assert!(matches!(&error, FolderError::Foreign { entry, .. } if entry == "letter.txt"), "{error}");
}

#[test]
fn an_attempt_to_join_that_failed_can_be_repeated() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = DataFolder::create(temporary.path()).unwrap();
    let _lock = folder.lock().unwrap();
    folder.write_settings("one").unwrap();
    fs::write(folder.identity(), "key").unwrap();
    let again = DataFolder::create(temporary.path()).unwrap();
    again.write_settings("two").unwrap();
    assert_eq!(fs::read_to_string(folder.settings()).unwrap(), "one");
}

#[test]
fn a_site_made_while_another_attempt_waited_for_the_lock_is_not_overwritten() {
    let temporary = tempfile::tempdir().unwrap();
    let late = DataFolder::create(temporary.path()).unwrap();
    drop(late.lock_new().unwrap());
    site(temporary.path(), Role::Central);
    let error = late.lock_new().unwrap_err();
    assert!(matches!(error, FolderError::Occupied { role: Role::Central, .. }), "{error}");
}

#[test]
fn a_site_runs_as_long_as_its_lock_is_held() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = site(temporary.path(), Role::Node);
    assert!(!folder.is_running().unwrap());
    assert!(!folder.path().join(LOCK).exists(), "looking leaves no trace");
    fs::write(folder.control(), "left by a killed site").unwrap();
    let lock = folder.lock().unwrap();
    assert!(folder.is_running().unwrap());
    assert!(!folder.control().exists());
    drop(lock);
    assert!(!folder.is_running().unwrap());
}

#[test]
fn a_damaged_record_is_refused_by_its_name() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = site(temporary.path(), Role::Node);
    let path = folder.path().join(NETWORK);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 1);
    fs::write(&path, &bytes).unwrap();
    let error = DataFolder::open(folder.path(), Role::Node).unwrap_err();
    assert!(matches!(error, FolderError::Record { .. }) && error.to_string().contains(NETWORK), "{error}");
}

#[test]
fn a_second_start_on_a_folder_is_refused_with_the_first_ones_process() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = DataFolder::create(temporary.path()).unwrap();
    let lock = folder.lock().unwrap();
    let error = folder.lock().unwrap_err();
    if cfg!(unix) {
        let own = std::process::id();
        assert!(matches!(error, FolderError::Locked { pid: Some(pid), .. } if pid == own), "{error}");
    }
    assert_eq!(error.explain(&TERMINAL).kind, FailureKind::Refused);
    drop(lock);
    folder.lock().unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_enter_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("data");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let folder = DataFolder::create(&path).unwrap();
    folder.write_settings("").unwrap();
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&folder.settings()), 0o600);
}
