use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};

use super::*;
use crate::control::PIECE_BYTES;
use crate::failure::FailureKind;
use crate::fake::{ATTACHMENT, Running, person};
use crate::program::{CENTRAL, TERMINAL, command_line};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: Any,
}

#[derive(clap::Subcommand)]
enum Any {
    #[command(flatten)]
    Common(Common),
    #[command(flatten)]
    Receiving(Receiving),
    #[command(flatten)]
    Governing(Governing),
}

struct Printed {
    result: Result<Done, Failure>,
    text: String,
}

async fn run(running: &Running, json: bool, args: &[&str]) -> Printed {
    let line = Line::try_parse_from([&["program"], args].concat()).unwrap();
    let mut client = ControlClient::connect(&running.program, running.folder.path()).await.unwrap();
    let mut printed = Vec::new();
    let mut out = Out::plain(json, &mut printed);
    let result = match line.command {
        Any::Common(command) => command.run(&mut client, &mut out).await,
        Any::Receiving(command) => command.run(&mut client, &mut out).await,
        Any::Governing(command) => command.run(&mut client, &mut out).await,
    };
    Printed { result, text: String::from_utf8(printed).unwrap() }
}

async fn text(running: &Running, args: &[&str]) -> Printed {
    run(running, false, args).await
}

fn write(running: &Running, name: &str, bytes: &[u8]) -> PathBuf {
    let path = running.temporary.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_command_lines_fit_together() {
    Line::command().debug_assert();
}

#[test]
fn every_command_has_an_example_that_parses() {
    let examples = crate::program::examples(&TERMINAL, &command_line::<Line>(&TERMINAL)).unwrap();
    assert!(examples.len() > 20, "{examples:?}");
    for example in examples {
        if let Err(error) = Line::try_parse_from(&example) {
            panic!("{example:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_list_is_a_table_for_people_and_the_reply_for_machines() {
    let running = Running::start(TERMINAL).await;
    let printed = text(&running, &["people", "list"]).await;
    assert_eq!(printed.result, Ok(Done::Whole));
    assert!(printed.text.starts_with("编号") && printed.text.contains("王建国"), "{}", printed.text);
    assert!(printed.text.ends_with("1 to 1 of 1\n"), "{}", printed.text);

    let printed = run(&running, true, &["people", "list"]).await;
    let value: serde_json::Value = serde_json::from_str(&printed.text).unwrap();
    assert_eq!(value["people"][0]["name"], person().name.as_str());
    assert_eq!(value["total"], 1);
    running.stop().await;
}

#[tokio::test]
async fn an_import_sends_the_file_whole_and_writes_the_refused_rows_beside_it() {
    let running = Running::start(TERMINAL).await;
    let table: Vec<u8> = (0..=250).cycle().take(2 * PIECE_BYTES + 7).collect();
    let path = write(&running, "名册.csv", &table);
    let printed = text(&running, &["people", "import", path.to_str().unwrap()]).await;
    assert_eq!(printed.result, Ok(Done::InPart));
    assert!(running.fake.seen().imported == table);
    assert_eq!(std::fs::read(path.with_file_name("名册.refused.csv")).unwrap(), b"refused");
    for part in ["1 created", "1 refused", "出生日期", "不是日期", "名册.refused.csv"] {
        assert!(printed.text.contains(part), "{part} in {}", printed.text);
    }

    let elsewhere = running.temporary.path().join("bad.csv");
    let args = ["orgs", "import", path.to_str().unwrap(), "--refused", elsewhere.to_str().unwrap()];
    let printed = run(&running, true, &args).await;
    let value: serde_json::Value = serde_json::from_str(&printed.text).unwrap();
    assert_eq!(value["refused"], 1);
    assert_eq!(Path::new(value["refused_path"].as_str().unwrap()), elsewhere);
    assert_eq!(std::fs::read(elsewhere).unwrap(), b"refused");
    running.stop().await;
}

#[tokio::test]
async fn refused_rows_never_replace_the_table() {
    let running = Running::start(TERMINAL).await;
    let path = write(&running, "a.csv", b"table");
    let name = path.to_str().unwrap();
    let printed = text(&running, &["people", "import", name, "--refused", name]).await;
    assert_eq!(printed.result.unwrap_err().kind, FailureKind::Refused);
    assert_eq!(std::fs::read(path).unwrap(), b"table");
    running.stop().await;
}

#[tokio::test]
async fn a_document_goes_with_its_attachments_whole() {
    let running = Running::start(CENTRAL).await;
    let body = write(&running, "body.txt", "\u{feff}正文".as_bytes());
    let large: Vec<u8> = (0..=240).cycle().take(3 * PIECE_BYTES + 1).collect();
    let attachments = [write(&running, "大.bin", &large), write(&running, "empty.bin", b"")];
    let printed = text(
        &running,
        &[
            "publish",
            "--title=通知",
            "--body",
            body.to_str().unwrap(),
            "--attach",
            attachments[0].to_str().unwrap(),
            "--attach",
            attachments[1].to_str().unwrap(),
            "--to",
            "9901,9902",
            "9903",
            "--subtree",
        ],
    )
    .await;
    assert_eq!(printed.result, Ok(Done::Whole));
    assert!(printed.text.contains("待发"), "{}", printed.text);
    {
        let seen = running.fake.seen();
        let names: Vec<(&str, u64, usize)> = seen
            .objects
            .iter()
            .map(|(first, bytes)| (first.name.as_str(), first.size, bytes.len()))
            .collect();
        assert_eq!(names, [("大.bin", large.len() as u64, large.len()), ("empty.bin", 0, 0)]);
        assert!(seen.objects[0].1 == large);
        let published = seen.published.clone().unwrap();
        assert_eq!(published.body, "正文");
        assert_eq!(published.to, ["9901", "9902", "9903"]);
        assert_eq!(published.attachments.len(), 2);
    }
    running.stop().await;
}

#[tokio::test]
async fn attachments_are_saved_inside_the_folder_and_overwrite_nothing() {
    let running = Running::start(TERMINAL).await;
    let folder = running.temporary.path().join("one/two");
    let args = ["open", "3f9a", "--save", folder.to_str().unwrap()];
    let printed = text(&running, &args).await;
    assert_eq!(printed.result, Ok(Done::Whole));
    assert!(printed.text.contains("第一条\n第二条"), "{}", printed.text);
    assert!(!printed.text.contains('\u{1b}'), "{:?}", printed.text);
    for name in ["通知.txt", "escape.txt"] {
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), ATTACHMENT);
    }
    std::fs::write(folder.join("通知.txt"), "mine").unwrap();
    assert_eq!(text(&running, &args).await.result.unwrap_err().kind, FailureKind::Refused);
    assert_eq!(std::fs::read(folder.join("通知.txt")).unwrap(), b"mine");
    running.stop().await;
}

#[tokio::test]
async fn attachments_of_replies_are_saved_apart_for_each_unit_and_overwrite_nothing() {
    let running = Running::start(CENTRAL).await;
    let folder = running.temporary.path().join("replies");
    let mine = folder.join("9902 云川县/总结.doc");
    std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
    std::fs::write(&mine, "mine").unwrap();
    let args = ["receipts", "3f9a", "--save", folder.to_str().unwrap()];
    let printed = run(&running, true, &args).await;
    assert_eq!(printed.result, Ok(Done::InPart), "one file is not here yet");
    for name in ["9901 云川县/总结.pdf", "9901 云川县/总结.doc", "9902 云川县/总结.pdf"] {
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), ATTACHMENT, "{name}");
    }
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
    let value: serde_json::Value = serde_json::from_str(&printed.text).unwrap();
    let count = |key: &str| value[key].as_array().unwrap().len();
    assert_eq!((count("saved"), count("there_already"), count("on_the_way")), (3, 1, 1));
    assert_eq!(value["recipients"], 2);

    let again = text(&running, &args).await;
    assert_eq!(again.result, Ok(Done::InPart));
    assert!(!again.text.contains("saved: "), "{}", again.text);
    assert_eq!(again.text.matches("there already").count(), 4, "{}", again.text);
    assert!(again.text.contains("not here yet") && again.text.contains("照片.jpg"), "{}", again.text);
    running.stop().await;
}

#[tokio::test]
async fn a_second_act_says_what_it_changed_and_what_it_did_not() {
    let running = Running::start(TERMINAL).await;
    let signed = text(&running, &["sign", "3f9a"]).await;
    assert_eq!(signed.result, Ok(Done::Whole));
    assert!(signed.text.contains("nothing was changed"), "{}", signed.text);
    assert!(signed.text.contains("signed for already, on 1970-01-01 00:01"), "{}", signed.text);
    let reply = ["reply", "3f9a", "--text", "定稿"];
    let first = text(&running, &reply).await.text;
    assert!(!first.contains("in place of"), "{first}");
    let second = text(&running, &[&reply[..], &["--replace"]].concat()).await.text;
    assert!(second.contains("in place of the answer") && second.contains("初稿"), "{second}");
    assert!(second.contains("旧.pdf"), "{second}");
    running.stop().await;
}

#[tokio::test]
async fn what_was_issued_is_listed_with_how_far_it_has_come() {
    let running = Running::start(CENTRAL).await;
    let printed = text(&running, &["documents", "list"]).await.text;
    assert!(printed.contains("云川县 等") && printed.ends_with("1 to 1 of 1\n"), "{printed}");
    running.stop().await;
}

#[tokio::test]
async fn what_is_left_after_a_sync_is_told_with_the_next_step() {
    let running = Running::start(TERMINAL).await;
    let printed = text(&running, &["sync"]).await;
    assert_eq!(printed.result, Ok(Done::InPart));
    for part in ["3 frames", "connection refused", "next: check the line"] {
        assert!(printed.text.contains(part), "{part} in {}", printed.text);
    }
    assert_eq!(text(&running, &["quarantine", "retry"]).await.result, Ok(Done::InPart));
    running.stop().await;
}

#[tokio::test]
async fn the_status_says_why_the_site_is_not_in_sync() {
    let running = Running::start(TERMINAL).await;
    let printed = text(&running, &["status"]).await;
    for part in ["not in sync", "central can't be reached", "next: check the line", "journal", "2.0 KiB"] {
        assert!(printed.text.contains(part), "{part} in {}", printed.text);
    }
    let short = text(&running, &["status", "--short"]).await.text;
    assert_eq!(short.lines().count(), 1);
    assert!(short.contains("3 frames (2.0 KiB) waiting") && short.contains("check the line"), "{short}");
    running.stop().await;
}

#[tokio::test]
async fn refused_units_are_shown_and_the_command_fails() {
    let running = Running::start(CENTRAL).await;
    let path = write(&running, "units.csv", b"code\n");
    let printed = text(&running, &["units", "import", path.to_str().unwrap()]).await;
    assert_eq!(printed.result.unwrap_err().kind, FailureKind::Refused);
    assert!(printed.text.contains("成环"), "{}", printed.text);
    running.stop().await;
}

#[tokio::test]
async fn fields_travel_as_they_were_set() {
    let running = Running::start(TERMINAL).await;
    let args = ["people", "edit", "1001", "--set", "职级=正处级", "--set", "education=", "--unit", "9901"];
    assert_eq!(text(&running, &args).await.result, Ok(Done::Whole));
    let saved = running.fake.seen().saved.clone().unwrap();
    assert_eq!((saved.number.as_str(), saved.unit_code.as_str()), ("1001", "9901"));
    let fields: Vec<(&str, &str)> =
        saved.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
    assert_eq!(fields, [("职级", "正处级"), ("education", "")]);
    running.stop().await;
}

#[tokio::test]
async fn every_other_command_is_answered() {
    let running = Running::start(CENTRAL).await;
    let lines: &[&[&str]] = &[
        &["people", "show", "1001"],
        &["people", "add", "--set", "姓名=王建国"],
        &["people", "close", "1001", "--status", "去世", "--on", "2026-11-22"],
        &["people", "transfer", "list"],
        &["people", "transfer", "issue", "1001", "--to", "9902"],
        &["people", "transfer", "accept", "3f9a"],
        &["people", "transfer", "return", "3f9a", "--reason", "查无此人"],
        &["people", "transfer", "withdraw", "3f9a"],
        &["orgs", "list"],
        &["orgs", "show", "D01"],
        &["orgs", "add", "--set", "编号=D01"],
        &["orgs", "edit", "D01", "--set", "全称=一支部"],
        &["receipts", "3f9a"],
        &["report", "rollup"],
        &["quarantine", "list"],
        &["inbox"],
        &["open", "3f9a"],
        &["sign", "3f9a"],
        &["return", "3f9a", "--reason", "附件不清晰"],
        &["reply", "3f9a", "--text", "已落实"],
        &["units", "show"],
        &["invite", "--unit", "9901", "--role", "node"],
        &["invitations", "list"],
        &["invitations", "withdraw", "3f9a"],
        &["documents", "list"],
        &["sites"],
    ];
    for line in lines {
        let printed = text(&running, line).await;
        assert_eq!(printed.result, Ok(Done::Whole), "{line:?}");
        assert!(printed.text.ends_with('\n'), "{line:?}: {:?}", printed.text);
        let printed = run(&running, true, line).await;
        serde_json::from_str::<serde_json::Value>(&printed.text).unwrap();
    }
    running.stop().await;
}

/// What a terminal answers.
#[derive(Parser)]
struct OfTerminal {
    #[command(subcommand)]
    _command: AtTerminal,
}

#[derive(clap::Subcommand)]
enum AtTerminal {
    #[command(flatten)]
    Common(Common),
    #[command(flatten)]
    Receiving(Receiving),
}

/// The commands that a line of code names between backticks, as far as any program has them.
fn hints<'a>(line: &'a str, all: &clap::Command) -> Vec<Vec<&'a str>> {
    let spans = line.split('`').skip(1).step_by(2);
    let words = spans.map(|span| span.split_whitespace().collect::<Vec<_>>());
    words.filter(|words| words.first().is_some_and(|first| all.find_subcommand(first).is_some())).collect()
}

fn has(command: &clap::Command, hint: &[&str]) -> bool {
    let Some(found) = command.find_subcommand(hint[0]) else { return false };
    match hint.get(1) {
        Some(second) if found.has_subcommands() => found.find_subcommand(second).is_some(),
        _ => true,
    }
}

/// What the bureau and the sites have in common is said at terminals too.
#[test]
fn hints_name_only_commands_that_a_terminal_has() {
    const CENTRALS_OWN: [&str; 3] = ["central.rs", "invitations.rs", "publish.rs"];
    let (all, terminal) = (Line::command(), OfTerminal::command());
    let mut folders = vec![
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../bureau/src"),
    ];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !CENTRALS_OWN.contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).unwrap();
                for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                    for hint in hints(line, &all) {
                        seen += 1;
                        assert!(has(&terminal, &hint), "{}: {hint:?}", path.display());
                    }
                }
            }
        }
    }
    assert!(seen > 15, "{seen} hints were looked at");
}
