//! `serve`: from a data folder to what a site is started from.

use std::path::Path;

use tokio::net::TcpListener;

use super::{Start, bind, projection};
use crate::failure::Failure;
use crate::folder::DataFolder;
use crate::program::Program;
use crate::settings::{Overrides, Settings};
use crate::telemetry;

/// Takes the folder for this process, reads its settings, starts the log and binds the listener.
pub async fn prepare(
    program: &Program,
    data: &Path,
    overrides: &Overrides,
) -> Result<(Start, Option<TcpListener>), Failure> {
    let (folder, record) = DataFolder::open(data, program.role).map_err(|error| error.explain(program))?;
    let lock = folder.lock().map_err(|error| error.explain(program))?;
    let settings = Settings::read(&folder.settings(), program.role, overrides)?;
    telemetry::init(&settings.log)?;
    let listener = bind(program, &settings).await?;
    Ok((Start { program: *program, lock, record, settings, projection: projection() }, listener))
}
