//! Why a site is not in sync: from plain facts to what happened, why, and what to do next.

use yanzhen_link::{Held, Side, State};
use yanzhen_proto::v1::{Trouble, TroubleKind};
use yanzhen_sync::Millis;

use super::held::{self, Where};
use crate::named::Named;
use crate::out::{Words, counted, size};

/// Troubles that are told: more of them have one common cause.
const TROUBLES_TOLD: usize = 50;

/// Milliseconds without a beat after which the line above counts as cut: three of central's usual intervals. The one
/// that central is set to is not known here.
const CENTRAL_SILENT_MS: Millis = 3 * 60 * 1000;

/// What troubles are judged from.
pub(super) struct Facts {
    pub(super) now: Millis,
    pub(super) words: Words,
    /// The parent first, then the children; central has no parent.
    pub(super) links: Vec<LinkFacts>,
    pub(super) beat: BeatFacts,
    pub(super) objects: ObjectFacts,
    pub(super) damage: DamageFacts,
    /// At central: the sites that are not complete.
    pub(super) sites: Vec<Trouble>,
}

/// One link.
pub(super) struct LinkFacts {
    /// The peer, such as "9901 云东".
    pub(super) name: String,
    pub(super) side: Side,
    pub(super) state: State,
    pub(super) address: Option<String>,
    pub(super) last_contact: Option<Millis>,
    pub(super) last_error: Option<String>,
    pub(super) next_attempt: Option<Millis>,
    /// Frames that the peer lacks.
    pub(super) frames: u64,
    /// Bytes of them; 0 where they are not known.
    pub(super) bytes: u64,
    /// Frames that the parent has and that central has not confirmed.
    pub(super) unconfirmed: u64,
    /// Streams that stand still.
    pub(super) held: Vec<HeldFact>,
}

/// A stream that stands still.
pub(super) struct HeldFact {
    /// The stream for people.
    pub(super) stream: String,
    pub(super) place: Where,
    pub(super) held: Held,
}

/// Central's regular word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BeatFacts {
    /// The last one, by central's clock.
    pub(super) last: Option<Millis>,
    /// Central's clock now, as far as the parent's tells.
    pub(super) now: Millis,
    /// When the site was admitted, by central's clock: beats are due since then.
    pub(super) joined: Millis,
    /// Frames that central has named for this site and that are not here.
    pub(super) lacking: u64,
}

/// Attachments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ObjectFacts {
    /// Referred to and not here.
    pub(super) missing: u64,
    /// Bytes of them still to come.
    pub(super) missing_bytes: u64,
    /// How many of them move now.
    pub(super) coming: u64,
    /// On their way to the parent.
    pub(super) going_up: u64,
    /// Bytes of them still to go.
    pub(super) going_up_bytes: u64,
}

/// Frames damaged on this disk and not mended.
#[derive(Clone, Debug, Default)]
pub(super) struct DamageFacts {
    pub(super) open: u64,
    /// The last one, in words.
    pub(super) last: String,
}

/// Everything that keeps the site from being in sync, the nearest cause first.
pub(super) fn troubles(facts: &Facts) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    for link in &facts.links {
        match link.side {
            Side::Parent => above(facts, link, &mut troubles),
            Side::Child => below(facts, link, &mut troubles),
        }
    }
    troubles.extend(damage(&facts.damage));
    objects(facts, &mut troubles);
    troubles.extend(facts.sites.iter().cloned());
    if troubles.len() > TROUBLES_TOLD {
        let more = troubles.len() - TROUBLES_TOLD;
        troubles.truncate(TROUBLES_TOLD);
        let told = trouble(format!("{more} more"), "the list ends here", "mend what is listed first");
        troubles.push(told.of(TroubleKind::More).with("count", more));
    }
    troubles
}

fn above(facts: &Facts, link: &LinkFacts, troubles: &mut Vec<Trouble>) {
    let name = &link.name;
    if link.state != State::Connected {
        let what = match link.frames {
            0 => format!("nothing is exchanged with {name}"),
            frames => format!("{}{} not reached {name}", counted_bytes(frames, link.bytes), have(frames)),
        };
        let (why, next) = no_line(facts, link);
        let opening = link.state == State::Opening;
        let kind = if opening { TroubleKind::LineOpening } else { TroubleKind::NoLine };
        troubles.push(about(link, trouble(what, why, next)).of(kind));
        return;
    }
    stands_still(link, troubles);
    if link.frames > 0 && !link.held.iter().any(|held| held.place == Where::AtPeer) {
        let what =
            format!("{}{} not reached {name}", counted_bytes(link.frames, link.bytes), have(link.frames));
        let told = trouble(what, "they are on their way over the line", "wait; `sync` shows how it goes on");
        troubles.push(about(link, told).of(TroubleKind::OnTheWayUp));
    }
    if link.unconfirmed > 0 {
        let told = trouble(
            format!("{} at {name} and not known to be at central", is_are(link.unconfirmed)),
            format!(
                "central has not confirmed them to this site: they are on their way above {name}, or that line is cut"
            ),
            format!("wait; if it stays, look at `status` of {name}"),
        );
        let told = told.of(TroubleKind::Unconfirmed);
        troubles.push(told.with("site", name).with("frames", link.unconfirmed));
    }
    troubles.extend(beat(facts, name));
}

fn below(facts: &Facts, link: &LinkFacts, troubles: &mut Vec<Trouble>) {
    if link.state == State::Connected {
        stands_still(link, troubles);
    } else if link.frames > 0 && link.state != State::Opening {
        let waits = if link.frames == 1 { "waits" } else { "wait" };
        let why = match (link.last_contact, &link.last_error) {
            (None, _) => "it has not come since this program started".to_owned(),
            (Some(last), None) => format!("it has not come since {}", facts.words.when(last)),
            (Some(last), Some(error)) => format!("it has not come since {}: {error}", facts.words.when(last)),
        };
        let told = trouble(
            format!("{} {waits} for {}", counted(link.frames, "frame"), link.name),
            why,
            format!("check that {} runs and can reach this site; they go when it comes", link.name),
        );
        troubles.push(about(link, told).of(TroubleKind::ChildAway));
    }
}

fn stands_still(link: &LinkFacts, troubles: &mut Vec<Trouble>) {
    let lasting = link.held.iter().filter(|fact| !held::is_passing(fact.held.reason));
    troubles.extend(lasting.map(|fact| held::trouble(&fact.stream, &link.name, fact.place, &fact.held)));
}

/// Adds what a program needs to tell of a link.
fn about(link: &LinkFacts, told: Trouble) -> Trouble {
    told.with("site", &link.name)
        .with("frames", link.frames)
        .with("bytes", link.bytes)
        .with_some("address", link.address.as_ref())
        .with_some("since_ms", link.last_contact)
        .with_some("error", link.last_error.as_ref())
        .with_some("next_ms", link.next_attempt)
}

/// Why there is no line to the parent, and what to do.
fn no_line(facts: &Facts, link: &LinkFacts) -> (String, String) {
    let name = &link.name;
    if link.state == State::Opening {
        let why = "the line is up, and both ends compare what they have".to_owned();
        return (why, "wait a moment".to_owned());
    }
    let mut why = match &link.address {
        Some(address) => format!("no line to {address}"),
        None => format!("no line to {name}"),
    };
    match link.last_contact {
        Some(last) => why += &format!(" since {}", facts.words.when(last)),
        None => why += " since this program started",
    }
    if let Some(error) = &link.last_error {
        why += &format!(": {error}");
    }
    let port = link.address.as_deref().and_then(|address| address.rsplit_once(':')).map(|(_, port)| port);
    let mut next = match port {
        Some(port) => format!("check that {name} runs and that the network lets port {port} through"),
        None => format!("check that {name} runs and that the network lets this site reach it"),
    };
    if let Some(attempt) = link.next_attempt {
        next += &format!("; the next attempt is {}", facts.words.hence(attempt, facts.now));
    }
    (why, next)
}

/// What central's word tells although the line to the parent is up.
fn beat(facts: &Facts, parent: &str) -> Option<Trouble> {
    let BeatFacts { last, now, joined, lacking } = facts.beat;
    let stale = now.saturating_sub(last.unwrap_or(joined)) > CENTRAL_SILENT_MS;
    let when = last.map_or_else(|| "it was joined".to_owned(), |last| facts.words.when(last));
    let (kind, told) = match (lacking, stale) {
        (0, false) => return None,
        (0, true) => (
            TroubleKind::CentralSilent,
            trouble(
                format!("nothing was heard of central since {when}"),
                format!(
                    "{parent} is connected, but central's word does not come through: the line above is cut, or a node withholds it"
                ),
                format!("look at `status` of {parent}, then of the sites above it"),
            ),
        ),
        (lacking, false) => (
            TroubleKind::NamedAndComing,
            trouble(
                format!(
                    "{} named by central at {when} {} not here yet",
                    counted(lacking, "frame"),
                    are(lacking)
                ),
                "they are on their way",
                "wait a moment",
            ),
        ),
        (lacking, true) => (
            TroubleKind::NamedAndMissing,
            trouble(
                format!(
                    "{} named by central at {when} {} still not here",
                    counted(lacking, "frame"),
                    are(lacking)
                ),
                format!(
                    "{parent} is connected and has not brought them: the line above is cut, or a node withholds them"
                ),
                format!("look at `status` of {parent}; if it is in sync, tell central's administrator"),
            ),
        ),
    };
    Some(told.of(kind).with("site", parent).with("frames", lacking).with_some("since_ms", last))
}

fn damage(facts: &DamageFacts) -> Option<Trouble> {
    let are = are(facts.open);
    (facts.open > 0).then(|| {
        let told = trouble(
            format!("{} stored here {are} damaged", counted(facts.open, "frame")),
            format!("what the disk gives back is not what was written; {}", facts.last),
            "a whole copy is fetched from a neighbour as soon as one that has it is connected; check this disk",
        );
        told.of(TroubleKind::FramesDamaged).with("count", facts.open).with("detail", &facts.last)
    })
}

fn objects(facts: &Facts, troubles: &mut Vec<Trouble>) {
    let ObjectFacts { missing, missing_bytes, coming, going_up, going_up_bytes } = facts.objects;
    let cut = facts.links.iter().find(|link| link.side == Side::Parent && link.state != State::Connected);
    if missing > 0 {
        let (why, next) = match (coming, cut) {
            (1.., _) => (format!("{coming} of them under way"), "wait".to_owned()),
            (0, Some(link)) => (
                format!("no line to {}", link.name),
                "they come by themselves once the line is back".to_owned(),
            ),
            (0, None) => (
                "no neighbour that has them has offered them yet".to_owned(),
                "wait; if it stays, look at `status` of the neighbours".to_owned(),
            ),
        };
        let what = format!(
            "{} {} not here yet, {} to come",
            counted(missing, "attachment"),
            are(missing),
            size(missing_bytes)
        );
        let told = trouble(what, why, next).of(TroubleKind::AttachmentsMissing);
        let told = told.with("count", missing).with("bytes", missing_bytes).with("coming", coming);
        troubles.push(told.with_some("site", cut.map(|link| &link.name)));
    }
    if going_up > 0 {
        let what =
            format!("{} on the way up, {} to go", counted(going_up, "attachment"), size(going_up_bytes));
        let told = trouble(what, "the site above is fetching", "wait").of(TroubleKind::AttachmentsLeaving);
        troubles.push(told.with("count", going_up).with("bytes", going_up_bytes));
    }
}

pub(in crate::handlers) fn trouble(
    what: impl Into<String>,
    why: impl Into<String>,
    next_action: impl Into<String>,
) -> Trouble {
    Trouble { what: what.into(), why: why.into(), next_action: next_action.into(), ..Trouble::default() }
}

fn counted_bytes(frames: u64, bytes: u64) -> String {
    match bytes {
        0 => counted(frames, "frame"),
        bytes => format!("{} ({})", counted(frames, "frame"), size(bytes)),
    }
}

fn have(number: u64) -> &'static str {
    if number == 1 { " has" } else { " have" }
}

fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

fn is_are(frames: u64) -> String {
    format!("{} {}", counted(frames, "frame"), are(frames))
}

#[cfg(test)]
mod tests;
