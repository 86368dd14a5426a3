//! Writing a new settings file.

use yanzhen_sync::directory::Role;

use super::{DEFAULT_FILTER, DEFAULT_INTERVAL, DEFAULT_LISTEN, LogFormat, Overrides};

const HEAD: &str = "\
# Settings of this Yanzhen site, read when it starts.
# A line that begins with # is a comment: remove the # to set another value than the default.
# A flag of the program (--log-format) or an environment variable (YANZHEN_LOG_FORMAT) goes before this file.
";

/// A commented settings file: what is given is set in it, everything else stands there as its default.
pub fn template(role: Role, given: &Overrides) -> String {
    let Overrides { listen, advertise, common } = given;
    let mut text = HEAD.to_owned();
    let mut key = |name: &str, comment: &str, default: String, value: Option<String>| {
        text.push('\n');
        for line in comment.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&match value {
            Some(value) => format!("{name} = {value}\n"),
            None => format!("#{name} = {default}\n"),
        });
    };
    if role != Role::Terminal {
        key(
            "listen",
            "Where child sites dial in: 0.0.0.0 for all of this machine's addresses.",
            string(&DEFAULT_LISTEN),
            listen.as_ref().map(string),
        );
        key(
            "advertise",
            "Where child sites are told to dial, \"host:port\" each, tried in order.\n\
             Empty for the machine's host name and the port of `listen`.",
            "[]".to_owned(),
            advertise
                .as_ref()
                .map(|list| format!("[{}]", list.iter().map(string).collect::<Vec<_>>().join(", "))),
        );
    }
    key(
        "log_format",
        "How the log is written: \"text\" or \"json\".",
        string(&LogFormat::Text),
        common.log_format.as_ref().map(string),
    );
    key(
        "log_filter",
        "What is logged: error, warn, info, debug, trace, or by part: \"info,yanzhen_link=debug\".",
        string(&DEFAULT_FILTER),
        common.log_filter.as_ref().map(|filter| string(&filter.as_str())),
    );
    key(
        "control_port",
        "The port on which the site takes commands from this machine; 0 for any free one.",
        "0".to_owned(),
        common.control_port.map(|port| port.to_string()),
    );
    key(
        "pulse_seconds",
        "Seconds, from 1 to 3600, between two pulses: the site's word up about itself.",
        DEFAULT_INTERVAL.to_string(),
        common.pulse_seconds.map(|seconds| seconds.to_string()),
    );
    if role == Role::Central {
        key(
            "beat_seconds",
            "Seconds, from 1 to 3600, between two beats: central's word down to every site.",
            DEFAULT_INTERVAL.to_string(),
            common.beat_seconds.map(|seconds| seconds.to_string()),
        );
    }
    text
}

fn string(value: &impl ToString) -> String {
    toml::Value::String(value.to_string()).to_string()
}
