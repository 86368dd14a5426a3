//! 修改记录: every version of a record, what changed in it, at which site and, where this site's audit log says, by whom.

use yanzhen_bureau::changes::Changed;
use yanzhen_sync::{Change, Millis, RecordId, SiteId};

use crate::audit::{Entry, Outcome, Search};
use crate::console::Console;
use crate::detail::{Cell, Section};
use crate::format;
use crate::page::Shell;
use crate::problem::Problem;
use crate::record_form::{Part, Typed};
use crate::texts::label;

/// Entries of the audit log about one record that are looked at, at most.
const AUDIT_ENTRIES: u32 = 1_000;

/// Between the writing of a record and the entry of its form in the audit log, at most: as long as an answer may take.
const ANSWER_MS: Millis = 60 * 1_000;

/// What the note of an audit entry begins with where a form was saved: the record's revision follows.
const REVISION: &str = "revision ";

/// The note by which the history finds who saved a revision.
pub(crate) fn note(revision: u64) -> String {
    format!("{REVISION}{revision}")
}

/// One version of a record, as its form shows it.
pub(crate) struct Version {
    pub(crate) revision: u64,
    pub(crate) time: Millis,
    pub(crate) site: SiteId,
    pub(crate) change: Change,
    pub(crate) values: Option<Typed>,
}

impl Version {
    /// Of what the bureau tells.
    pub(crate) fn of<M>(changed: Changed<M>, values: impl Fn(&M) -> Typed) -> Version {
        Version {
            revision: changed.version.revision,
            time: changed.time,
            site: changed.site,
            change: changed.change,
            values: changed.body.as_ref().map(values),
        }
    }
}

/// A form about a record that was saved through this console.
pub(crate) struct Deed {
    at_ms: Millis,
    revision: u64,
    actor: String,
}

/// The forms about a record that this console's audit log tells of, the latest first.
pub(crate) async fn deeds(console: &Console, record: RecordId) -> Result<Vec<Deed>, Problem> {
    let record = record.to_string();
    let search = Search {
        text: record.clone(),
        outcome: Some(Outcome::Done),
        limit: AUDIT_ENTRIES,
        ..Search::default()
    };
    let entries = console.audit().find(&search).await?.entries.into_iter();
    let deed = |entry: Entry| {
        let is_about = entry.event.object.split('/').next() == Some(record.as_str());
        let revision = entry.event.note.strip_prefix(REVISION).filter(|_| is_about)?.parse().ok()?;
        Some(Deed { at_ms: entry.at_ms, revision, actor: entry.event.actor })
    };
    Ok(entries.filter_map(deed).collect())
}

/// Who wrote a version: the form saved right after it was written. An import or a command leaves no such form.
fn author<'d>(deeds: &'d [Deed], version: &Version) -> Option<&'d str> {
    let fits = |deed: &&Deed| {
        (0..=ANSWER_MS).contains(&(deed.at_ms - version.time)) && deed.revision == version.revision
    };
    deeds.iter().rev().find(fits).map(|deed| deed.actor.as_str())
}

/// The table of a record's versions, the latest first: one row for each field that changed.
pub(crate) fn section(
    console: &Console,
    shell: &Shell,
    title: &'static str,
    parts: &[Part],
    versions: &[Version],
    deeds: &[Deed],
) -> Section {
    let h = &shell.t.history;
    let me = console.bureau().store().me();
    let mut rows = Vec::new();
    for (place, version) in versions.iter().enumerate().rev() {
        let before = place.checked_sub(1).and_then(|place| versions[place].values.as_ref());
        let who = author(deeds, version).filter(|_| version.site == me);
        let head = || {
            vec![
                Cell::text(format::full_time(version.time)),
                Cell::text(site_name(console, version.site)),
                Cell::text(who.unwrap_or(h.unknown)),
                Cell::text(version.revision.to_string()),
            ]
        };
        let mut row = |what: &str, old: &str, new: &str| {
            let mut row = head();
            row.extend([what, format::or_dash(old), format::or_dash(new)].map(Cell::text));
            rows.push(row);
        };
        match (&version.values, before) {
            _ if version.change != Change::Upsert => row(h.retired, "", ""),
            _ if parts.is_empty() => row(h.private_changed, "", ""),
            (Some(values), Some(before)) => {
                for (name, old, new) in differences(parts, before, values) {
                    row(label(shell.language, name), old, new);
                }
            }
            (Some(_), None) | (None, _) => row(h.entered, "", ""),
        }
    }
    let elsewhere = versions.iter().any(|version| version.site != me);
    Section {
        title,
        note: if elsewhere { h.elsewhere } else { h.here }.to_owned(),
        heads: vec![h.time, h.site, h.who, h.revision, h.what, h.before, h.after],
        rows,
        empty: h.none,
        ..Section::default()
    }
}

/// The fields that differ: label, old, new.
fn differences<'v>(
    parts: &'v [Part],
    before: &'v Typed,
    after: &'v Typed,
) -> Vec<(&'static str, &'v str, &'v str)> {
    let value = |values: &'v Typed, name: &str| values.get(name).map_or("", String::as_str);
    let shapes = parts.iter().flat_map(|(_, shapes)| shapes.iter());
    let changed = shapes
        .map(|shape| (shape.field.label, value(before, shape.field.name), value(after, shape.field.name)));
    changed.filter(|(_, old, new)| old != new).collect()
}

/// The unit of a site.
fn site_name(console: &Console, site: SiteId) -> String {
    let directory = console.bureau().store().directory();
    let unit = directory.site(site).and_then(|site| directory.unit(site.unit));
    unit.map_or_else(|| site.short().to_string(), |unit| unit.name.clone())
}

#[cfg(test)]
mod tests {
    use yanzhen_bureau::Field;

    use super::*;
    use crate::record_form::text;

    #[test]
    fn who_wrote_a_version_is_who_saved_a_form_right_after() {
        let deed = |at_ms, revision, actor: &str| Deed { at_ms, revision, actor: actor.to_owned() };
        let version = |revision, time| Version {
            revision,
            time,
            site: SiteId::new([1; 32]),
            change: Change::Upsert,
            values: None,
        };
        // The latest first. The last one changed something else, and the revision is still another's.
        let deeds = [deed(900_000, 3, "other"), deed(200_010, 2, "li"), deed(100_010, 1, "wang")];
        assert_eq!(author(&deeds, &version(1, 100_000)), Some("wang"));
        assert_eq!(author(&deeds, &version(2, 200_000)), Some("li"));
        assert_eq!(author(&deeds, &version(3, 300_000)), None, "an import wrote it");
        assert_eq!(author(&deeds, &version(2, 200_020)), None);
    }

    #[test]
    fn only_what_differs_is_told() {
        const PARTS: &[Part] = &[(
            "",
            &[
                text(Field::new("a", "甲"), ""),
                text(Field::new("b", "乙"), ""),
                text(Field::new("c", "丙"), ""),
            ],
        )];
        let of = |values: &[(&str, &str)]| -> Typed {
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (before, after) = (of(&[("a", "1"), ("b", "2")]), of(&[("a", "1"), ("b", "3"), ("c", "4")]));
        assert_eq!(differences(PARTS, &before, &after), [("乙", "2", "3"), ("丙", "", "4")]);
    }
}
