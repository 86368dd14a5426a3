//! Writing a new settings file.

use yanzhen_sync::directory::Role;

use super::{DEFAULT_CONSOLE, DEFAULT_FILTER, DEFAULT_INTERVAL, DEFAULT_LISTEN, LogFormat, Overrides};

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
            advertise.as_ref().map(|addresses| list(addresses)),
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
    key(
        "console_listen",
        "Where the console is served to browsers, or \"off\". 127.0.0.1 for this machine alone, over HTTP;\n\
         any other address over HTTPS.",
        string(&DEFAULT_CONSOLE),
        common.console_listen.as_ref().map(string),
    );
    key(
        "console_names",
        "Names under which browsers ask for the console, such as [\"yanzhen.example\"].",
        "[]".to_owned(),
        common.console_names.as_ref().map(|names| list(names)),
    );
    key(
        "console_certificate",
        "A certificate chain (PEM) for the console; without one it makes its own, about which browsers ask once.",
        string(&""),
        common.console_certificate.as_ref().map(|path| string(&path.display())),
    );
    key(
        "console_key",
        "The key (PEM) of that certificate.",
        string(&""),
        common.console_key.as_ref().map(|path| string(&path.display())),
    );
    text
}

fn list(values: &[impl ToString]) -> String {
    format!("[{}]", values.iter().map(string).collect::<Vec<_>>().join(", "))
}

fn string(value: &impl ToString) -> String {
    toml::Value::String(value.to_string()).to_string()
}
