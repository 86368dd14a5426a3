use clap::{CommandFactory, Parser};

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    given: Overrides,
}

fn flags(args: &[&str]) -> Overrides {
    Line::try_parse_from([&["program"], args].concat()).unwrap().given
}

fn read(text: &str, role: Role, given: &Overrides) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    Settings::read(&path, role, given)
}

fn fault(text: &str, role: Role) -> (usize, String) {
    match read(text, role, &Overrides::default()) {
        Err(SettingsError::Invalid { line, message, .. }) => (line, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_file_the_defaults_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    for role in [Role::Central, Role::Node, Role::Terminal] {
        let settings = Settings::read(&path, role, &Overrides::default()).unwrap();
        assert_eq!(settings, Settings::defaults(role));
    }
    assert_eq!(Settings::defaults(Role::Node).listen.unwrap().port(), 7443);
    assert_eq!(Settings::defaults(Role::Terminal).listen, None);
}

#[test]
fn an_unknown_key_is_refused_with_its_name_and_line() {
    let (line, message) = fault("# comment\nlog_format = \"json\"\nlisen = \"0.0.0.0:1\"\n", Role::Node);
    assert_eq!(line, 3);
    assert!(message.contains("lisen"), "{message}");
}

#[test]
fn a_bad_value_is_refused_with_its_line() {
    for text in [
        "\nlisten = \"nowhere\"",
        "\nlisten = 7443",
        "\nadvertise = [\"central\"]",
        "\nadvertise = \"central:1\"",
        "\nlog_format = \"xml\"",
        "\nlog_filter = \"=\"",
        "\nlog_filter = \"\"",
        "\ncontrol_port = 70000",
        "\npulse_seconds = 0",
        "\nbeat_seconds = 3601",
        "\nbeat_seconds = \"60\"",
        "\nnot toml",
    ] {
        assert_eq!(fault(text, Role::Central).0, 2, "{text}");
    }
}

#[test]
fn a_terminal_takes_no_listening_address() {
    let (line, message) = fault("control_port = 1\nlisten = \"0.0.0.0:1\"", Role::Terminal);
    assert_eq!(line, 2);
    assert!(message.contains("listen"), "{message}");
    assert_eq!(fault("advertise = []", Role::Terminal).0, 1);
}

#[test]
fn the_file_goes_before_the_default_and_a_flag_before_the_file() {
    let text = "listen = \"127.0.0.1:1\"\nlog_format = \"json\"\npulse_seconds = 5\n";
    let settings = read(text, Role::Node, &flags(&["--listen", "127.0.0.1:2", "--pulse-seconds=7"])).unwrap();
    assert_eq!(settings.listen.unwrap().port(), 2);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.pulse, Duration::from_secs(7));
    assert_eq!(settings.beat, Duration::from_secs(60));
}

/// That a flag goes before its variable is clap's promise.
#[test]
fn every_flag_has_its_variable() {
    for argument in Line::command().get_arguments() {
        let name = argument.get_id().as_str();
        let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned());
        assert_eq!(variable, Some(format!("YANZHEN_{}", name.to_uppercase())));
    }
}

#[test]
fn several_addresses_are_given_with_commas() {
    let given = flags(&["--advertise", "a:1,b:2"]);
    let settings = read("advertise = [\"c:3\"]", Role::Central, &given).unwrap();
    assert_eq!(settings.advertise.iter().map(Address::as_str).collect::<Vec<_>>(), ["a:1", "b:2"]);
}

#[test]
fn a_new_file_says_the_defaults_and_sets_what_was_given() {
    let given = flags(&[
        "--listen=[::]:7000",
        "--advertise=a:1,b:2",
        "--log-format=json",
        "--log-filter=warn,yanzhen_link=debug",
        "--control-port=9",
        "--pulse-seconds=5",
        "--beat-seconds=6",
        "--console-listen=127.0.0.1:9",
        "--console-names=a.example,b.example",
        "--console-certificate=console.pem",
        "--console-key=key.pem",
    ]);
    let none = Overrides::default();
    let read_back = read(&template(Role::Central, &given), Role::Central, &none).unwrap();
    let mut expected = Settings::defaults(Role::Central);
    expected.apply(&given);
    assert_eq!(read_back, expected);

    for role in [Role::Central, Role::Node, Role::Terminal] {
        let text = template(role, &none);
        assert_eq!(read(&text, role, &none).unwrap(), Settings::defaults(role));
        let uncommented: String = text
            .lines()
            .filter(|line| !line.starts_with("# "))
            .map(|line| line.replace('#', "") + "\n")
            .collect();
        assert_eq!(read(&uncommented, role, &none).unwrap(), Settings::defaults(role), "{uncommented}");
    }
}
