//! The settings of a site: one commented TOML file in the data folder, read once into checked types.
//!
//! A flag goes before the environment, the environment before the file, the file before the default. What
//! the file has and this software does not know is refused: a mistyped key would otherwise be silently off.

mod file;
mod template;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use yanzhen_sync::directory::Role;

use crate::address::{self, Address, Advertised};
use crate::failure::Failure;

pub use template::template;

/// Where central and nodes listen unless told otherwise.
const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 7443);

/// Seconds between two pulses or beats: often enough that a person who looks sees today's state, seldom
/// enough that 10,000 idle sites cost central 170 small messages a second.
const DEFAULT_INTERVAL: Seconds = Seconds(60);

const DEFAULT_FILTER: &str = "info";

/// Where the console is served unless told otherwise: to browsers of this machine alone.
const DEFAULT_CONSOLE: ConsoleListen =
    ConsoleListen::At(SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7480));

/// How a site runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where children dial in; none for a terminal, which has no children.
    pub listen: Option<SocketAddr>,
    /// Where children are told to dial; empty to derive it, see [`Settings::advertised`].
    pub advertise: Vec<Address>,
    /// What is logged and how.
    pub log: LogSettings,
    /// The port of the control channel on loopback; 0 for any free one.
    pub control_port: u16,
    /// Between two of the site's own pulses.
    pub pulse: Duration,
    /// Between two of central's beats; only central's setting counts. Sites take central for silent after 3 minutes.
    pub beat: Duration,
    /// The pages for browsers.
    pub console: ConsoleSettings,
}

/// Where browsers find the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSettings {
    /// The address, or off.
    pub listen: ConsoleListen,
    /// Names under which browsers ask for it, besides loopback ones.
    pub names: Vec<String>,
    /// A supplied certificate chain, PEM; used with `key`.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// The login name of an account that gets a new link at this start.
    pub reset: Option<String>,
}

/// Whether and where the console is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleListen {
    /// Not at all.
    Off,
    /// Here. Beyond loopback over HTTPS only.
    At(SocketAddr),
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Text for people, or JSON for machines.
    pub format: LogFormat,
    /// What is logged.
    pub filter: LogFilter,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// A level (`error`, `warn`, `info`, `debug`, `trace`), or levels by part: `info,yanzhen_link=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

/// From 1 to 3,600 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(u64);

/// A value is not one that the setting takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct ValueError {
    found: String,
    expected: &'static str,
}

/// Settings from flags and the environment, for every role.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings (otherwise from settings.toml in the data folder)")]
pub struct CommonOverrides {
    /// How the log is written
    #[arg(long, value_name = "FORMAT", env = "YANZHEN_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged: a level, or levels by part such as info,yanzhen_link=debug
    #[arg(long, value_name = "FILTER", env = "YANZHEN_LOG_FILTER")]
    pub log_filter: Option<LogFilter>,

    /// The port of the control channel on loopback; 0 for any free one
    #[arg(long, value_name = "PORT", env = "YANZHEN_CONTROL_PORT")]
    pub control_port: Option<u16>,

    /// Seconds between two of the site's pulses
    #[arg(long, value_name = "SECONDS", env = "YANZHEN_PULSE_SECONDS")]
    pub pulse_seconds: Option<Seconds>,

    /// Seconds between two of central's beats; sites take it for silent after 180
    #[arg(long, value_name = "SECONDS", env = "YANZHEN_BEAT_SECONDS")]
    pub beat_seconds: Option<Seconds>,

    /// Where the console is served to browsers, or "off"; beyond loopback over HTTPS
    #[arg(long, value_name = "IP:PORT", env = "YANZHEN_CONSOLE_LISTEN")]
    pub console_listen: Option<ConsoleListen>,

    /// Names under which browsers ask for the console; several with commas
    #[arg(long, value_name = "NAME", env = "YANZHEN_CONSOLE_NAMES", value_delimiter = ',')]
    pub console_names: Option<Vec<String>>,

    /// A certificate chain (PEM) for the console, instead of the one it makes for itself
    #[arg(long, value_name = "FILE", env = "YANZHEN_CONSOLE_CERTIFICATE", requires = "console_key")]
    pub console_certificate: Option<PathBuf>,

    /// Gives the console account with this login name a new link at this start, in console-set-up.txt in the data folder
    #[arg(long, value_name = "LOGIN", env = "YANZHEN_CONSOLE_RESET")]
    pub console_reset: Option<String>,

    /// The key (PEM) of that certificate
    #[arg(long, value_name = "FILE", env = "YANZHEN_CONSOLE_KEY", requires = "console_certificate")]
    pub console_key: Option<PathBuf>,
}

/// Settings from flags and the environment, for roles that have children.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings (otherwise from settings.toml in the data folder)")]
pub struct Overrides {
    /// Where child sites dial in
    #[arg(long, value_name = "IP:PORT", env = "YANZHEN_LISTEN")]
    pub listen: Option<SocketAddr>,

    /// Where child sites are told to dial; several with commas
    #[arg(long, value_name = "HOST:PORT", env = "YANZHEN_ADVERTISE", value_delimiter = ',')]
    pub advertise: Option<Vec<Address>>,

    /// The settings of every role.
    #[command(flatten)]
    pub common: CommonOverrides,
}

impl From<CommonOverrides> for Overrides {
    fn from(common: CommonOverrides) -> Overrides {
        Overrides { common, ..Overrides::default() }
    }
}

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file has an unknown key or a value that the key does not take.
    #[error("{} is not right at line {line}: {message}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Counts from 1; 0 where it is not known.
        line: usize,
        /// What is not right there.
        message: String,
    },
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        match error {
            SettingsError::Read { path, source } => Failure::failed("the settings can't be read")
                .why(format!("{}: {source}", path.display()))
                .next("check that the program's account may read the file"),
            SettingsError::Invalid { path, line, message } => Failure::failed("the settings can't be used")
                .why(format!("{}, line {line}: {message}", path.display()))
                .next("correct the line, or put a # before it to use the default"),
        }
    }
}

impl Settings {
    /// What holds where nothing is set.
    pub fn defaults(role: Role) -> Settings {
        Settings {
            listen: (role != Role::Terminal).then_some(DEFAULT_LISTEN),
            advertise: Vec::new(),
            log: LogSettings { format: LogFormat::Text, filter: LogFilter(DEFAULT_FILTER.to_owned()) },
            control_port: 0,
            pulse: DEFAULT_INTERVAL.duration(),
            beat: DEFAULT_INTERVAL.duration(),
            console: ConsoleSettings {
                listen: DEFAULT_CONSOLE,
                names: Vec::new(),
                certificate: None,
                key: None,
                reset: None,
            },
        }
    }

    /// Reads the file, if there is one, and puts the overrides over it.
    pub fn read(path: &Path, role: Role, overrides: &Overrides) -> Result<Settings, SettingsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(SettingsError::Read { path: path.to_owned(), source }),
        };
        let mut settings = Settings::defaults(role);
        let from_file = file::parse(&text, role).map_err(|file::Fault { line, message }| {
            SettingsError::Invalid { path: path.to_owned(), line, message }
        })?;
        settings.apply(&from_file);
        settings.apply(overrides);
        Ok(settings)
    }

    /// Puts what is given over what is there.
    fn apply(&mut self, given: &Overrides) {
        let Overrides { listen, advertise, common } = given.clone();
        set(&mut self.listen, listen.map(Some));
        set(&mut self.advertise, advertise);
        set(&mut self.log.format, common.log_format);
        set(&mut self.log.filter, common.log_filter);
        set(&mut self.control_port, common.control_port);
        set(&mut self.pulse, common.pulse_seconds.map(Seconds::duration));
        set(&mut self.beat, common.beat_seconds.map(Seconds::duration));
        set(&mut self.console.listen, common.console_listen);
        set(&mut self.console.names, common.console_names);
        set(&mut self.console.certificate, common.console_certificate.map(Some));
        set(&mut self.console.key, common.console_key.map(Some));
        set(&mut self.console.reset, common.console_reset.map(Some));
    }

    /// Where children are told to dial a site that listens at `listen`, whose port is the real one.
    pub fn advertised(&self, listen: SocketAddr) -> Advertised {
        address::advertised(&self.advertise, listen)
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *place = value;
    }
}

impl Seconds {
    const RANGE: std::ops::RangeInclusive<u64> = 1..=3_600;

    /// None outside the range.
    pub fn new(seconds: u64) -> Option<Seconds> {
        Seconds::RANGE.contains(&seconds).then_some(Seconds(seconds))
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Seconds {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Seconds, ValueError> {
        let seconds = text.parse().ok().and_then(Seconds::new);
        seconds.ok_or(ValueError { found: text.to_owned(), expected: "a number of seconds from 1 to 3600" })
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl LogFilter {
    /// As a person writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<LogFilter, ValueError> {
        match tracing_subscriber::EnvFilter::try_new(text) {
            Ok(_) if !text.trim().is_empty() => Ok(LogFilter(text.to_owned())),
            _ => Err(ValueError {
                found: text.to_owned(),
                expected: "a log filter such as info or info,yanzhen_link=debug",
            }),
        }
    }
}

impl FromStr for ConsoleListen {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<ConsoleListen, ValueError> {
        match text {
            "off" => Ok(ConsoleListen::Off),
            _ => text.parse().map(ConsoleListen::At).map_err(|_| ValueError {
                found: text.to_owned(),
                expected: "an address such as 127.0.0.1:7480, or \"off\"",
            }),
        }
    }
}

impl fmt::Display for ConsoleListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConsoleListen::Off => f.write_str("off"),
            ConsoleListen::At(address) => address.fmt(f),
        }
    }
}

impl FromStr for LogFormat {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<LogFormat, ValueError> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(ValueError { found: text.to_owned(), expected: "\"text\" or \"json\"" }),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests;
