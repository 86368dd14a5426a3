//! `status`: links, what is on its way, and why the site is not in sync.

use clap::Args;
use yanzhen_proto::v1::{DamageEvent, LinkStatus, ObjectProgress, StatusReply, StatusRequest, Trouble};

use super::documents::short;
use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::{NOTHING, Out, Table, Words, clean, counted, fields, left, right, size, span};

pub(super) const EXAMPLE: &str = "Example:\n  PROGRAM status --short";

/// A clock that differs by more than this is told: people compare times of documents by the minute.
const DRIFT_SHOWN_MS: u64 = 60_000;

/// How much is shown.
#[derive(Args, Clone, Debug)]
pub struct StatusArgs {
    /// One line only
    #[arg(long)]
    short: bool,
}

pub(super) async fn run(
    args: StatusArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let reply = client.site.status(StatusRequest {}).await?.into_inner();
    out.reply(&reply, |status, words| if args.short { summary(status) } else { whole(status, words) })?;
    Ok(Done::Whole)
}

/// In one line: in sync, or what is on its way and the first reason.
fn summary(status: &StatusReply) -> String {
    let unit = clean(&format!("{} {}", status.unit_code, status.unit_name));
    if status.in_sync {
        return format!("{unit}: in sync\n");
    }
    let frames: u64 = status.links.iter().map(|link| link.backlog_frames).sum();
    let bytes: u64 = status.links.iter().map(|link| link.backlog_bytes).sum();
    let objects: u64 = status.objects.iter().map(|object| object.bytes_left).sum();
    let mut text = format!("{unit}: not in sync, {}{} waiting", counted(frames, "frame"), in_bytes(bytes));
    if objects > 0 {
        text += &format!(", {} of attachments", size(objects));
    }
    if let Some(trouble) = status.troubles.first() {
        text += &format!("; {}", one_line(trouble));
    }
    text + "\n"
}

/// Bytes are counted for the parent's link only.
fn in_bytes(bytes: u64) -> String {
    if bytes == 0 { String::new() } else { format!(" ({})", size(bytes)) }
}

fn one_line(trouble: &Trouble) -> String {
    let Trouble { what, why, next_action, .. } = trouble;
    let parts: Vec<String> = [what, why, next_action]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| clean(part))
        .collect();
    parts.join("; ")
}

/// Each trouble with its reason and what to do.
pub(super) fn trouble_lines(troubles: &[Trouble]) -> String {
    let lines = |trouble: &Trouble| {
        let mut text = format!("- {}\n", clean(&trouble.what));
        for (label, part) in [("why", &trouble.why), ("next", &trouble.next_action)] {
            if !part.is_empty() {
                text += &format!("  {label}: {}\n", clean(part));
            }
        }
        text
    };
    troubles.iter().map(lines).collect()
}

fn whole(status: &StatusReply, words: &Words) -> String {
    let mut sections = vec![heading(status, words)];
    let verdict = if status.in_sync { "in sync\n".to_owned() } else { "not in sync\n".to_owned() };
    sections.push(verdict + &trouble_lines(&status.troubles));
    if !status.links.is_empty() {
        sections.push(links(status, words));
    }
    sections.extend(status.links.iter().filter(|link| !link.streams.is_empty()).map(streams));
    if !status.objects.is_empty() {
        sections.push(objects(&status.objects));
    }
    if !status.damage.is_empty() {
        sections.push(damage(&status.damage, words));
    }
    sections.join("\n")
}

fn heading(status: &StatusReply, words: &Words) -> String {
    let s = status;
    let any = |number: u64, word: &str, hint: &str| match number {
        0 => String::new(),
        number => format!("{}{hint}", counted(number, word)),
    };
    let since = " since the start; with log_filter = \"info,yanzhen_link=debug\" the log says of each why";
    let beat = match (s.beat_ms, s.role.as_str()) {
        (_, "central") => String::new(),
        (0, _) => "none yet".to_owned(),
        (beat, _) => format!("{} ({})", words.when(beat), words.ago(beat, s.time_ms)),
    };
    fields(&[
        ("unit", &format!("{} {}", s.unit_code, s.unit_name)),
        ("role", &s.role),
        ("site", &s.site),
        ("network", &s.network),
        ("version", &s.version),
        ("time", &words.when(s.time_ms)),
        ("central's last word", &beat),
        ("frames stored", &s.frames.to_string()),
        ("free disk", &size(s.free_disk_bytes)),
        ("quarantined", &any(s.quarantined, "entry", "; see `quarantine list`")),
        ("refused", &any(s.refused_runs, "run", &format!(" of frames{since}"))),
        ("refused messages", &any(s.refused_messages, "message", since)),
        ("refused callers", &any(s.handshakes_refused, "caller", since)),
    ])
}

fn links(status: &StatusReply, words: &Words) -> String {
    let mut table = Table::new(&[
        left("link"),
        left("unit"),
        left("site"),
        left("state"),
        left("last contact"),
        right("waiting"),
        right("bytes"),
        left("note"),
    ]);
    for link in &status.links {
        let l = link;
        table.row([
            l.side.clone(),
            format!("{} {}", l.peer_unit_code, l.peer_unit_name),
            short(&l.peer).to_owned(),
            l.state.clone(),
            words.ago(l.last_contact_ms, status.time_ms),
            l.backlog_frames.to_string(),
            bytes_left(l.backlog_frames, l.backlog_bytes),
            note(l, status.time_ms, words),
        ]);
    }
    table.text()
}

/// A dash where frames wait and nobody has counted their bytes: on the links of children.
fn bytes_left(frames: u64, bytes: u64) -> String {
    if frames > 0 && bytes == 0 { NOTHING.to_owned() } else { size(bytes) }
}

fn note(link: &LinkStatus, now: i64, words: &Words) -> String {
    let mut notes = Vec::new();
    if link.state != "connected" && !link.address.is_empty() {
        notes.push(link.address.clone());
    }
    if !link.last_error.is_empty() {
        notes.push(link.last_error.clone());
    }
    if link.next_attempt_ms > 0 && link.state != "connected" {
        notes.push(format!("next attempt {}", words.hence(link.next_attempt_ms, now)));
    }
    if link.clock_drift_ms.unsigned_abs() > DRIFT_SHOWN_MS {
        let side = if link.clock_drift_ms > 0 { "ahead" } else { "behind" };
        let apart = i64::try_from(link.clock_drift_ms.unsigned_abs() / 1_000).unwrap_or(i64::MAX);
        notes.push(format!("its clock is {} {side}", span(apart)));
    }
    notes.join("; ")
}

fn streams(link: &LinkStatus) -> String {
    let mut table = Table::new(&[
        left("stream"),
        left("goes"),
        right("head"),
        right("stored"),
        right("at central"),
        right("waiting"),
        right("bytes"),
        left("held"),
    ]);
    for s in &link.streams {
        table.row([
            s.stream.clone(),
            s.direction.clone(),
            s.head.to_string(),
            s.stored.to_string(),
            s.root_stored.to_string(),
            s.backlog_frames.to_string(),
            bytes_left(s.backlog_frames, s.backlog_bytes),
            s.held.clone(),
        ]);
    }
    format!("{} {}:\n{}", clean(&link.side), clean(&link.peer_unit_name), table.text())
}

fn objects(objects: &[ObjectProgress]) -> String {
    let mut table = Table::new(&[left("attachment"), left("goes"), right("left"), right("of")]);
    for o in objects {
        table.row([short(&o.hash).to_owned(), o.direction.clone(), size(o.bytes_left), size(o.bytes_total)]);
    }
    table.text()
}

fn damage(events: &[DamageEvent], words: &Words) -> String {
    let mut table =
        Table::new(&[left("damage in"), right("frame"), left("found"), left("mended"), left("detail")]);
    for event in events {
        let mended =
            if event.repaired_ms == 0 { "not yet".to_owned() } else { words.when(event.repaired_ms) };
        table.row([
            event.stream.clone(),
            event.seq.to_string(),
            words.when(event.found_ms),
            mended,
            event.detail.clone(),
        ]);
    }
    table.text()
}
