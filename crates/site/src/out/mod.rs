//! What commands print: tables and fields for people, one JSON document for machines.

mod table;
mod words;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::failure::Failure;

pub use table::{Column, Table, left, right};
pub(crate) use words::{NOTHING, clean_lines, fields, nonzero, span};
pub use words::{Words, clean, counted, size};

/// Between two movements of a progress display whose end is not known.
const TICK: Duration = Duration::from_millis(120);

/// Where a command prints to, and how.
pub struct Out<'a> {
    json: bool,
    progress: bool,
    words: Words,
    to: &'a mut dyn Write,
}

impl<'a> Out<'a> {
    /// To standard output; progress goes to standard error when a person watches it.
    pub fn standard(json: bool, stdout: &'a mut dyn Write) -> Out<'a> {
        let progress = !json && io::stderr().is_terminal();
        Out { json, progress, words: Words::new(TimeZone::system()), to: stdout }
    }

    /// To anywhere else, with UTC times and no progress.
    pub fn plain(json: bool, to: &'a mut dyn Write) -> Out<'a> {
        Out { json, progress: false, words: Words::new(TimeZone::UTC), to }
    }

    /// Prints a reply: as JSON if asked for, else as the text that is made of it.
    pub fn reply<T: Serialize>(
        &mut self,
        reply: &T,
        text: impl FnOnce(&T, &Words) -> String,
    ) -> Result<(), Failure> {
        match self.write(reply, text)? {
            // Whoever read the output has seen enough of it.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(not_written),
        }
    }

    /// Prints what is shown this once: that nobody reads it is an error too.
    pub fn reply_surely<T: Serialize>(
        &mut self,
        reply: &T,
        text: impl FnOnce(&T, &Words) -> String,
    ) -> Result<(), Failure> {
        self.write(reply, text)?.map_err(not_written)
    }

    fn write<T: Serialize>(
        &mut self,
        reply: &T,
        text: impl FnOnce(&T, &Words) -> String,
    ) -> Result<io::Result<()>, Failure> {
        let printed = if self.json {
            let json = serde_json::to_string_pretty(reply)
                .map_err(|error| Failure::failed("the reply can't be written as JSON").why(error))?;
            json + "\n"
        } else {
            text(reply, &self.words)
        };
        Ok(self.to.write_all(printed.as_bytes()).and_then(|()| self.to.flush()))
    }

    /// A progress bar on standard error; hidden unless a person watches. `total` 0 for not known yet.
    pub fn progress(&self, total: u64, what: &str, template: &str) -> ProgressBar {
        let target = if self.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target((total > 0).then_some(total), target);
        bar.set_style(ProgressStyle::with_template(template).expect("invariant: templates are constants"));
        bar.set_message(what.to_owned());
        if self.progress {
            bar.enable_steady_tick(TICK);
        }
        bar
    }
}

fn not_written(error: io::Error) -> Failure {
    Failure::failed("the output can't be written").why(error)
}

/// For bytes under way.
pub const BYTES_BAR: &str = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
/// For rows or frames under way.
pub const COUNT_BAR: &str = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
/// For what has no known end.
pub const SPINNER: &str = "{spinner} {msg}";
