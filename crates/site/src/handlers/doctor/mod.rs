//! `doctor`: what of the machine and the line keeps a site from working well. The command and the console's page show
//! the same.
//!
//! This file looks; [`grade`] judges what was found.

mod grade;

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use yanzhen_link::{Identity, LinkState, Side, State};
use yanzhen_proto::v1::{Check, DoctorReply};

use super::failure::of_store;
use super::status::links_of;
use crate::failure::{Failure, system_says};
use crate::folder::write_private;
use crate::runtime::Site;

/// How long the parent may take to answer a call that carries nothing.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// How long the database is looked through: a large one takes longer, and whoever asks waits at a screen.
const DATABASE_LIMIT: Duration = Duration::from_secs(20);

/// A file that is written and removed again.
const PROBE: &str = "doctor.new";

/// Looks at everything.
pub async fn doctor(site: &Site) -> Result<DoctorReply, Failure> {
    let links = links_of(site);
    let parent = links.iter().find(|link| link.side == Side::Parent);
    let mut checks = vec![
        grade::clock(parent.map(|parent| parent.drift)),
        grade::disk(site.free_disk()),
        grade::folder(probe(site).err()),
        database(site).await?,
        grade::log(log_bytes(site)),
        key(site),
    ];
    if let Some(parent) = parent {
        checks.push(grade::parent(&parent_facts(site, parent).await));
    }
    let others = links.iter().filter_map(|link| link.software.clone());
    checks.push(grade::version(&site.program.software(), others));
    checks.push(grade::quarantine(site.store.quarantine_count().await.map_err(of_store)?));
    Ok(DoctorReply { time_ms: site.store.clock().now(), checks })
}

/// Whether a file can be written to the data folder; else what the system says.
fn probe(site: &Site) -> Result<(), String> {
    let path = site.data().join(PROBE);
    write_private(&path, b"doctor")
        .and_then(|()| std::fs::remove_file(&path))
        .map_err(|error| system_says(&error))
}

async fn database(site: &Site) -> Result<Check, Failure> {
    let damage = site.store.damage().await.map_err(of_store)?;
    let open = damage.iter().filter(|event| event.repaired.is_none()).count() as u64;
    if open > 0 {
        return Ok(grade::database(grade::Database::Frames(open)));
    }
    Ok(grade::database(match timeout(DATABASE_LIMIT, site.store.look_through()).await {
        Err(_) => grade::Database::Unfinished,
        Ok(Ok(None)) => grade::Database::Whole,
        Ok(Ok(Some(wrong))) => grade::Database::Wrong(wrong),
        Ok(Err(error)) => grade::Database::Wrong(error.to_string()),
    }))
}

fn log_bytes(site: &Site) -> u64 {
    let log = site.folder().database().with_extension("db-wal");
    std::fs::metadata(log).map_or(0, |file| file.len())
}

fn key(site: &Site) -> Check {
    let path = site.folder().identity();
    let loaded = Identity::load(&path).map_err(|error| error.to_string());
    let directory = site.store.directory();
    let registered = directory.key(directory.present(site.store.me()));
    grade::key(&grade::Key {
        path: path.display().to_string(),
        is_open: is_open_to_others(&path),
        is_own: loaded.map(|found| {
            let key = found.public_key();
            key == site.identity.public_key() && registered.is_none_or(|registered| registered == key)
        }),
    })
}

#[cfg(unix)]
fn is_open_to_others(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// Elsewhere the access list of the folder says it.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::path::Path) -> bool {
    false
}

async fn parent_facts(site: &Site, link: &LinkState) -> grade::Parent {
    let name = super::words::site_name(&site.store.directory(), link.peer);
    let address = link.address.clone().unwrap_or_default();
    let is_connected = link.state == State::Connected;
    let answers = match is_connected || address.is_empty() {
        true => is_connected,
        false => matches!(timeout(CALL_LIMIT, TcpStream::connect(&address)).await, Ok(Ok(_))),
    };
    grade::Parent { name, address, is_connected, answers, error: link.last_error.clone() }
}
