//! The log, on standard error: standard output is for data.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::failure::Failure;
use crate::settings::{LogFormat, LogSettings};

/// Starts the log of this process. May be called once.
pub fn init(log: &LogSettings) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::failed("the log can't be started").why(why);
    let filter = EnvFilter::try_new(log.filter.as_str()).map_err(|error| failed(&error))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.format {
        LogFormat::Text => lines.finish().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
    .map_err(|error| failed(&error))
}
