//! Who is complete and in which state, as a site sees itself and those below it from pulses and heads, asking nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use yanzhen_link::{LinkState, State};
use yanzhen_proto::v1::{SiteState, SiteView, Trouble, TroubleKind};
use yanzhen_sync::digest::Heads;
use yanzhen_sync::directory::{Directory, Site as Registered};
use yanzhen_sync::statement::Pulse;
use yanzhen_sync::{Millis, SiteId, StreamHead, StreamId};

use super::held;
use super::state::{is_overdue, state};
use super::streams::{Place, place};
use super::troubles::trouble;
use crate::failure::Failure;
use crate::handlers::failure::of_store;
use crate::handlers::words::{site_name, stream_name, unit_names};
use crate::named::Named;
use crate::out::{Words, counted};
use crate::runtime::Site;

/// Pulses that may be late before a site counts as not heard of.
const PULSES_LATE: u32 = 3;

/// This site and all below it in the order of the tree.
pub async fn site_views(site: &Site) -> Result<Vec<SiteView>, Failure> {
    let pulses = site.store.pulses().await.map_err(of_store)?;
    let (directory, heads) = (site.store.directory(), site.store.heads());
    Ok(views(&Network {
        top: directory.present(site.store.me()),
        directory: &directory,
        mail: &mail(site, &directory, &heads, &pulses).await?,
        heads: &heads,
        pulses: &pulses,
        links: &site.hub.link_states(),
        now: site.store.clock().now(),
        interval: site.settings.pulse,
        words: super::local_words(),
    }))
}

/// What lies here for one site and was not announced as arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mail {
    frames: u64,
    /// When the oldest of them was written.
    since: Option<Millis>,
}

/// The mail that waits for each site below.
async fn mail(
    site: &Site,
    directory: &Directory,
    heads: &Heads,
    pulses: &BTreeMap<SiteId, Pulse>,
) -> Result<BTreeMap<SiteId, Mail>, Failure> {
    let mut waiting: BTreeMap<SiteId, Mail> = BTreeMap::new();
    for (stream, head) in heads {
        let Some(to) = stream.recipient().map(|to| directory.present(to)) else { continue };
        if !matches!(place(directory, site.store.me(), to), Place::Below(_)) {
            continue;
        }
        let arrived = pulses.get(&to).map_or(0, |pulse| announced(pulse, stream));
        if arrived < head.seq {
            let since = site.store.written_after(*stream, arrived).await.map_err(of_store)?;
            let mail = waiting.entry(to).or_default();
            mail.frames += head.seq - arrived;
            mail.since = [mail.since, since].into_iter().flatten().min();
        }
    }
    Ok(waiting)
}

/// How far a site has come with a stream, by its own word.
fn announced(pulse: &Pulse, stream: &StreamId) -> u64 {
    pulse.heads.iter().find(|head| head.stream == *stream).map_or(0, |head| head.head.seq)
}

/// One trouble for each site that is not complete. Those below such a site that have announced nothing that lacks
/// are only counted: most likely its line is theirs.
pub(super) fn troubles(views: &[SiteView]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut rest = views;
    while let [view, after @ ..] = rest {
        rest = after;
        if view.complete {
            troubles.extend(view.trouble.clone());
            continue;
        }
        let below = after.iter().take_while(|other| other.depth > view.depth).count();
        let silent =
            after[..below].iter().take_while(|other| !other.complete && other.frames_behind == 0).count();
        rest = &after[silent..];
        troubles.push(incomplete(view, silent as u64));
    }
    troubles
}

/// Why a complete site is not in sync after all: what is addressed to it does not arrive, however well the lines stand.
fn mail_stands_still(name: &str, mail: Mail, words: &Words) -> Trouble {
    let since = mail.since.map_or_else(String::new, |since| format!(" since {}", words.when(since)));
    trouble(
        format!("{} for {name} have not arrived{since}", counted(mail.frames, "frame")),
        "the lines are up: it stands still at that site, or at a node on the way to it",
        format!("look at `status` of {name}, then of the sites above it"),
    )
    .of(TroubleKind::MailStandsStill)
    .with("site", name)
    .with("frames", mail.frames)
    .with_some("since_ms", mail.since)
}

fn incomplete(view: &SiteView, silent_below: u64) -> Trouble {
    let name = format!("{} {}", view.unit_code, view.unit_name);
    let with = match silent_below {
        0 => String::new(),
        sites => format!(", with {} below it,", counted(sites, "site")),
    };
    let what = match view.frames_behind {
        0 => format!("{name}{with} may not be complete"),
        frames => format!("{name}{with} is {} behind", counted(frames, "frame")),
    };
    let told = view.trouble.clone().unwrap_or_default();
    let told = Trouble { what, why: view.why.clone(), ..told };
    told.with("below", silent_below)
}

struct Network<'a> {
    /// The site that looks.
    top: SiteId,
    mail: &'a BTreeMap<SiteId, Mail>,
    directory: &'a Directory,
    heads: &'a Heads,
    pulses: &'a BTreeMap<SiteId, Pulse>,
    links: &'a [LinkState],
    now: Millis,
    interval: Duration,
    words: Words,
}

fn views(network: &Network<'_>) -> Vec<SiteView> {
    let directory = network.directory;
    let mut views = Vec::new();
    let mut open: Vec<(&Registered, u32)> =
        directory.site(network.top).map(|top| (top, 0)).into_iter().collect();
    while let Some((site, depth)) = open.pop() {
        views.push(network.view(site, depth));
        let mut children: Vec<&Registered> = directory.children(site.id).collect();
        children.sort_by_key(|child| std::cmp::Reverse(unit_names(directory, child.unit).0));
        open.extend(children.into_iter().map(|child| (child, depth + 1)));
    }
    views
}

impl Network<'_> {
    fn view(&self, site: &Registered, depth: u32) -> SiteView {
        let directory = self.directory;
        let pulse = self.pulses.get(&site.id);
        let mail = self.mail.get(&site.id).copied().unwrap_or_default();
        let frames_behind = pulse.map_or(0, |pulse| lacking(site.id, &pulse.heads, self.heads));
        let (unit_code, unit_name) = unit_names(directory, site.unit);
        let name = format!("{unit_code} {unit_name}");
        let standing = self.standing(site.id, frames_behind);
        let why = if depth == 0 { String::new() } else { why(&standing, &self.words) };
        let waiting_up = pulse.and_then(|pulse| pulse.waiting_since).filter(|_| frames_behind > 0);
        let waiting_since = [waiting_up, mail.since].into_iter().flatten().min();
        let contact = self.contact(&standing, pulse).filter(|_| depth > 0);
        let trouble = match (depth, why.is_empty()) {
            (0, _) => None,
            (_, false) => Some(standing.trouble(&name, &why)),
            (_, true) => {
                is_overdue(mail.since, self.now).then(|| mail_stands_still(&name, mail, &self.words))
            }
        };
        let parent = site.parent.and_then(|parent| directory.site(directory.present(parent)));
        SiteView {
            site: site.id.to_string(),
            role: site.role.word().to_owned(),
            unit_code,
            unit_name,
            parent_unit_code: parent.map(|parent| unit_names(directory, parent.unit).0).unwrap_or_default(),
            joined_ms: site.joined,
            last_pulse_ms: pulse.map_or(0, |pulse| pulse.time),
            software: pulse.map(|pulse| pulse.software.clone()).unwrap_or_default(),
            free_disk_bytes: pulse.map_or(0, |pulse| pulse.free_disk),
            frames_behind,
            complete: why.is_empty(),
            why,
            depth,
            state: if depth == 0 { SiteState::Good } else { state(contact, waiting_since, self.now) }.into(),
            last_contact_ms: contact.unwrap_or(0),
            waiting_since_ms: waiting_since.unwrap_or(0),
            frames_down: mail.frames,
            trouble,
            parent: parent.map(|parent| parent.id.to_string()).unwrap_or_default(),
            quarantined: pulse.map_or(0, |pulse| pulse.quarantined),
        }
    }

    /// When anything of a site was last heard: over its own line, or in a pulse that others passed on.
    fn contact(&self, standing: &Standing, pulse: Option<&Pulse>) -> Option<Millis> {
        let own_line = standing.through.is_none();
        let line = match standing.connected && own_line {
            true => Some(self.now),
            false => standing.last_contact.filter(|_| own_line),
        };
        [line, pulse.map(|pulse| pulse.time.min(self.now))].into_iter().flatten().max()
    }

    fn standing(&self, site: SiteId, behind: u64) -> Standing {
        let branch = match place(self.directory, self.top, site) {
            Place::Below(child) => child,
            Place::Here | Place::Elsewhere => site,
        };
        let link = self.links.iter().find(|link| link.peer == branch);
        let held = link.and_then(|link| link.held_here.iter().find(|(stream, _)| stream.author == site));
        let late = i64::try_from((self.interval * PULSES_LATE).as_millis()).unwrap_or(i64::MAX);
        let heard = self.pulses.get(&site).map(|pulse| pulse.time);
        Standing {
            behind,
            heard,
            late: heard.is_some_and(|heard| self.now.saturating_sub(heard) > late),
            through: (branch != site).then(|| site_name(self.directory, branch)),
            connected: link.is_some_and(|link| link.state == State::Connected),
            down: link.is_none_or(|link| !matches!(link.state, State::Connected | State::Opening)),
            last_contact: link.and_then(|link| link.last_contact),
            last_error: link.and_then(|link| link.last_error.clone()),
            held: held.map(|(stream, held)| {
                format!(
                    "the {} stands still here: {}",
                    stream_name(self.directory, stream),
                    held::short(held)
                )
            }),
            at_central: self.top == self.directory.root(),
        }
    }
}

/// Frames that a site has announced of its own streams and that are not here. It may announce anything.
fn lacking(site: SiteId, announced: &[StreamHead], heads: &Heads) -> u64 {
    let here = |announced: &StreamHead| heads.get(&announced.stream).map_or(0, |head| head.seq);
    let own = announced.iter().filter(|announced| announced.stream.author == site);
    own.map(|announced| announced.head.seq.saturating_sub(here(announced))).fold(0, u64::saturating_add)
}

/// What central knows of how one site stands.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// Frames that it has announced and that are not here.
    behind: u64,
    /// Its last pulse, by its own clock.
    heard: Option<Millis>,
    /// Whether the next pulses are overdue.
    late: bool,
    /// The site right below central through which it is connected; none if it is that itself.
    through: Option<String>,
    /// Whether that one is connected.
    connected: bool,
    /// Whether its line is known to be down: what the site has written since is not announced.
    down: bool,
    last_contact: Option<Millis>,
    last_error: Option<String>,
    /// Why one of its streams stands still here.
    held: Option<String>,
    /// Whether it is central that looks.
    at_central: bool,
}

impl Standing {
    /// The same with what to do, of a site called `name`.
    fn trouble(&self, name: &str, why: &str) -> Trouble {
        let next = format!("look at `status` of {name}, and at its line");
        trouble(format!("{name} is not in sync"), why, next)
            .of(TroubleKind::SiteIncomplete)
            .with("site", name)
            .with("frames", self.behind)
            .with("cause", self.cause())
            .with_some("heard_ms", self.heard)
            .with_some("through", self.through.as_ref())
            .with_some("since_ms", self.last_contact)
            .with_some("error", self.last_error.as_ref())
            .with_some("detail", self.held.as_ref())
    }

    /// What keeps the site, in one word for programs.
    fn cause(&self) -> &'static str {
        match (self.held.is_some(), self.connected, self.through.is_some()) {
            (true, ..) => "held",
            (false, false, true) => "line above",
            (false, false, false) => "line",
            (false, true, false) if self.late => "no pulses",
            (false, true, true) if self.late || self.heard.is_none() => "line below",
            (false, true, _) => "on the way",
        }
    }
}

/// Why a site is not complete; empty when it is.
fn why(standing: &Standing, words: &Words) -> String {
    let Standing { behind, heard, late, through, connected, down, held, .. } = standing;
    let here = if standing.at_central { "central" } else { "this site" };
    if let (0, Some(heard), false, None) = (*behind, *heard, *late, held) {
        return match (down, through) {
            (false, _) => String::new(),
            (true, None) => {
                format!("complete as of {}, line down{}", words.when(heard), since(standing, words))
            }
            (true, Some(node)) => {
                format!("complete as of {}, line of {node} down{}", words.when(heard), since(standing, words))
            }
        };
    }
    let mut parts = Vec::new();
    if *behind > 0 {
        parts.push(format!("{} behind", counted(*behind, "frame")));
    }
    parts.push(match heard {
        Some(heard) => format!("last seen {}", words.when(*heard)),
        None => "has never reported".to_owned(),
    });
    parts.push(match (held, connected, through) {
        (Some(held), ..) => held.clone(),
        (None, false, through) => {
            let whose =
                through.as_ref().map_or_else(|| "it has".to_owned(), |node| format!("{node} above it has"));
            format!("because {whose} no line to {here}{}", since(standing, words))
        }
        (None, true, None) if *late => "it is connected and sends no pulses; see its log".to_owned(),
        (None, true, Some(node)) if *late || heard.is_none() => {
            format!("because it has no line to the site above it; {node} is connected to {here}")
        }
        (None, true, _) => "what is missing is on its way".to_owned(),
    });
    parts.join(", ")
}

fn since(standing: &Standing, words: &Words) -> String {
    let mut text = match standing.last_contact {
        Some(last) => format!(" since {}", words.when(last)),
        None if standing.at_central => " since central was started".to_owned(),
        None => " since this site was started".to_owned(),
    };
    if let Some(error) = &standing.last_error {
        text += &format!(" ({error})");
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use yanzhen_sync::{FrameHash, Head, StreamId};

    use super::*;

    /// 2026-11-18 11:06 in UTC.
    const SEEN: Millis = 1_795_000_000_000;

    fn said(standing: Standing) -> String {
        why(&standing, &Words::new(TimeZone::UTC))
    }

    fn complete() -> Standing {
        Standing {
            heard: Some(SEEN),
            connected: true,
            last_contact: Some(SEEN),
            at_central: true,
            ..Standing::default()
        }
    }

    #[test]
    fn a_site_that_pulses_and_has_announced_nothing_that_lacks_is_complete() {
        assert_eq!(said(complete()), "");
    }

    #[test]
    fn a_line_that_is_down_is_told_at_once() {
        let cut = || Standing { connected: false, down: true, ..complete() };
        assert_eq!(said(cut()), "complete as of 2026-11-18 11:06, line down since 2026-11-18 11:06");
        let below = Standing { through: Some("9901 云东".to_owned()), ..cut() };
        let told = "complete as of 2026-11-18 11:06, line of 9901 云东 down since 2026-11-18 11:06";
        assert_eq!(said(below), told);
        assert_eq!(said(Standing { connected: false, ..complete() }), "", "a line that opens is not down");
    }

    #[test]
    fn why_a_site_is_not_complete_is_told() {
        let node = || Some("9901 云东".to_owned());
        let cut = || Standing { connected: false, down: true, ..complete() };
        let cases = [
            (
                Standing { behind: 13, ..complete() },
                "13 frames behind, last seen 2026-11-18 11:06, what is missing is on its way",
            ),
            (
                Standing { behind: 1, late: true, last_error: Some("connection reset".to_owned()), ..cut() },
                "1 frame behind, last seen 2026-11-18 11:06, because it has no line to central since 2026-11-18 11:06 (connection reset)",
            ),
            (
                Standing { late: true, through: node(), ..cut() },
                "last seen 2026-11-18 11:06, because 9901 云东 above it has no line to central since 2026-11-18 11:06",
            ),
            (
                Standing { late: true, through: node(), ..complete() },
                "last seen 2026-11-18 11:06, because it has no line to the site above it; 9901 云东 is connected to central",
            ),
            (
                Standing { heard: None, last_contact: None, ..cut() },
                "has never reported, because it has no line to central since central was started",
            ),
            (
                Standing { late: true, ..complete() },
                "last seen 2026-11-18 11:06, it is connected and sends no pulses; see its log",
            ),
            (
                Standing {
                    behind: 2,
                    held: Some("the journal stands still here: damaged".to_owned()),
                    ..complete()
                },
                "2 frames behind, last seen 2026-11-18 11:06, the journal stands still here: damaged",
            ),
        ];
        for (standing, expected) in cases {
            assert_eq!(said(standing), expected);
        }
    }

    #[test]
    fn what_a_site_announces_of_its_own_streams_and_is_not_here_is_counted() {
        let (site, other) = (SiteId::new([1; 32]), SiteId::new([2; 32]));
        let head = |seq| Head { seq, hash: FrameHash::new([1; 32]) };
        let streams = [
            (StreamId::journal(site, 0), 5),
            (StreamId::journal(site, 1), 7),
            (StreamId::bulletin(site, 0), 2),
            (StreamId::journal(other, 0), 100),
        ];
        let announced = streams.map(|(stream, seq)| StreamHead { stream, head: head(seq) });
        let heads = Heads::from([(streams[0].0, head(5)), (streams[1].0, head(4)), (streams[2].0, head(9))]);
        assert_eq!(lacking(site, &announced, &heads), 3);
        assert_eq!(lacking(site, &announced, &Heads::new()), 14);
    }

    #[test]
    fn heads_beyond_all_counting_are_counted_as_most() {
        let site = SiteId::new([1; 32]);
        let head = Head { seq: u64::MAX, hash: FrameHash::new([1; 32]) };
        let announced = [0, 1].map(|epoch| StreamHead { stream: StreamId::journal(site, epoch), head });
        assert_eq!(lacking(site, &announced, &Heads::new()), u64::MAX);
    }

    #[test]
    fn each_incomplete_site_is_a_trouble_of_centrals_with_the_silent_ones_below_it() {
        let view = |code: &str, depth, complete, frames_behind| SiteView {
            unit_code: code.to_owned(),
            unit_name: "云".to_owned(),
            depth,
            complete,
            frames_behind,
            why: "because".to_owned(),
            ..Default::default()
        };
        let told = troubles(&[
            view("99", 0, true, 0),
            view("9901", 1, false, 0),
            view("990101", 2, false, 0),
            view("990102", 2, false, 0),
            view("990103", 2, false, 13),
            view("9902", 1, false, 0),
            view("990201", 2, true, 0),
        ]);
        let told: Vec<&str> = told.iter().map(|trouble| trouble.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "9901 云, with 2 sites below it, may not be complete",
                "990103 云 is 13 frames behind",
                "9902 云 may not be complete",
            ]
        );
    }
}
