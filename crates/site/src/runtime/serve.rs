//! `serve`: from a data folder to what a site is started from. A folder in which no site has joined yet shows the join
//! wizard first.

use std::path::Path;

use tokio::net::TcpListener;
use yanzhen_sync::directory::Role;

use super::{Start, bind, projection, wizard};
use crate::failure::{Failure, FailureKind};
use crate::folder::{DataFolder, FolderError};
use crate::program::Program;
use crate::settings::{ConsoleListen, Overrides, Settings};
use crate::telemetry;

/// Takes the folder for this process, reads its settings, starts the log and binds the listener.
pub async fn prepare(
    program: &Program,
    data: &Path,
    overrides: &Overrides,
) -> Result<(Start, Option<TcpListener>), Failure> {
    let explain = |error: FolderError| error.explain(program);
    let (folder, joined) = match DataFolder::open(data, program.role) {
        Ok((folder, record)) => (folder, Some(record)),
        Err(FolderError::NoSite(_)) if shows_wizard(program, data, overrides)? => {
            (DataFolder::create(data).map_err(explain)?, None)
        }
        Err(error) => return Err(explain(error)),
    };
    let lock = folder.lock().map_err(explain)?;
    let settings = Settings::read(&folder.settings(), program.role, overrides)?;
    telemetry::init(&settings.log)?;
    let (record, handed, settings) = match joined {
        Some(record) => (record, None, settings),
        None => {
            let Some(handed) = wizard::run(program, &lock, &settings, overrides).await? else {
                return Err(stopped(program, data));
            };
            let (folder, record) = DataFolder::open(data, program.role).map_err(explain)?;
            (record, Some(handed), Settings::read(&folder.settings(), program.role, overrides)?)
        }
    };
    let listener = bind(program, &settings).await?;
    let start = Start { program: *program, lock, record, settings, projection: projection(), handed };
    Ok((start, listener))
}

/// Central begins a network by command; the others join one, where browsers may come.
fn shows_wizard(program: &Program, data: &Path, overrides: &Overrides) -> Result<bool, Failure> {
    let settings = Settings::read(&DataFolder::at(data).settings(), program.role, overrides)?;
    Ok(program.role != Role::Central && settings.console.listen != ConsoleListen::Off)
}

fn stopped(program: &Program, data: &Path) -> Failure {
    Failure::new(FailureKind::NotSetUp, "the program was stopped before the site had joined")
        .next(format!("start it again, or join with `{}`", program.set_up_command(data)))
}
