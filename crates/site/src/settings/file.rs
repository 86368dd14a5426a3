//! Reading the settings file.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use toml::Spanned;
use yanzhen_sync::directory::Role;

use super::{CommonOverrides, ConsoleListen, LogFilter, LogFormat, Overrides, Seconds};
use crate::address::Address;

/// What is wrong and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) message: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<Spanned<Text<SocketAddr>>>,
    advertise: Option<Spanned<Vec<Text<Address>>>>,
    log_format: Option<Text<LogFormat>>,
    log_filter: Option<Text<LogFilter>>,
    control_port: Option<u16>,
    pulse_seconds: Option<Number>,
    beat_seconds: Option<Number>,
    console_listen: Option<Text<ConsoleListen>>,
    console_names: Option<Vec<String>>,
    console_certificate: Option<PathBuf>,
    console_key: Option<PathBuf>,
}

/// A value that is written as a string.
struct Text<T>(T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map(Text).map_err(D::Error::custom)
    }
}

/// Seconds, written as a number.
struct Number(Seconds);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u64::deserialize(from)?.to_string().parse().map(Number).map_err(D::Error::custom)
    }
}

/// Reads what the file sets.
pub(super) fn parse(text: &str, role: Role) -> Result<Overrides, Fault> {
    let file: File = toml::from_str(text).map_err(|error| Fault {
        line: error.span().map_or(0, |span| line(text, span.start)),
        message: error.message().to_owned(),
    })?;
    if role == Role::Terminal {
        let listening = [
            ("listen", file.listen.as_ref().map(|value| value.span().start)),
            ("advertise", file.advertise.as_ref().map(|value| value.span().start)),
        ];
        for (key, start) in listening {
            if let Some(start) = start {
                let message = format!("a terminal has no sites below it, so it takes no `{key}`");
                return Err(Fault { line: line(text, start), message });
            }
        }
    }
    Ok(Overrides {
        listen: file.listen.map(|value| value.into_inner().0),
        advertise: file.advertise.map(|list| list.into_inner().into_iter().map(|value| value.0).collect()),
        common: CommonOverrides {
            log_format: file.log_format.map(|value| value.0),
            log_filter: file.log_filter.map(|value| value.0),
            control_port: file.control_port,
            pulse_seconds: file.pulse_seconds.map(|value| value.0),
            beat_seconds: file.beat_seconds.map(|value| value.0),
            console_listen: file.console_listen.map(|value| value.0),
            console_names: file.console_names,
            console_certificate: file.console_certificate.filter(|path| is_given(path)),
            console_key: file.console_key.filter(|path| is_given(path)),
            console_reset: None,
        },
    })
}

/// An empty path stands for none.
fn is_given(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// Counts from 1.
fn line(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
