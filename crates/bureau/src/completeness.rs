//! Whose records a table holds and as of when, from what the sites announce of themselves.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::{self as proto, SiteView};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::{Millis, SiteId, UnitId};

use crate::Bureau;

/// The sites that a unit's figures come from: where it and the units below it are at home.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completeness<'a> {
    /// How many they are.
    pub sites: u64,
    /// Those of which everything is here that they have announced.
    pub complete: u64,
    /// Until when at least the complete ones are.
    pub as_of: Millis,
    /// The others, the one that holds the figures back the most first: who was not heard of for the longest time.
    pub incomplete: Vec<&'a SiteView>,
}

impl Bureau {
    /// The completeness of each unit's figures here and now, given how the sites stand. One rule for every table,
    /// be it a command's or a page's.
    pub fn completeness<'a>(&self, sites: &'a [SiteView]) -> BTreeMap<UnitId, Completeness<'a>> {
        let (directory, me, now) = (self.directory(), self.store().me(), self.now());
        let views: BTreeMap<&str, &SiteView> = sites.iter().map(|view| (view.site.as_str(), view)).collect();
        let at = |sites: BTreeSet<SiteId>| {
            let others = sites.iter().filter(|site| **site != me);
            let heard = others.filter_map(|site| views.get(site.to_string().as_str()).copied());
            completeness(sites.contains(&me), now, heard)
        };
        sites_of_units(&directory).into_iter().map(|(unit, sites)| (unit, at(sites))).collect()
    }
}

/// For each unit the sites where it and the units below it are at home.
fn sites_of_units(directory: &Directory) -> BTreeMap<UnitId, BTreeSet<SiteId>> {
    let mut sites: BTreeMap<UnitId, BTreeSet<SiteId>> = BTreeMap::new();
    for unit in directory.units() {
        let Some(home) = directory.home(unit.id).map(|home| directory.present(home.site)) else { continue };
        for above in directory.unit_path(unit.id) {
            sites.entry(above).or_default().insert(home);
        }
    }
    sites
}

/// What is written here is here: the own site, where it is among them, is complete now.
fn completeness<'a>(own: bool, now: Millis, others: impl Iterator<Item = &'a SiteView>) -> Completeness<'a> {
    let own = u64::from(own);
    let mut found = Completeness { sites: own, complete: own, as_of: now, incomplete: Vec::new() };
    for view in others {
        found.sites += 1;
        if view.complete {
            found.complete += 1;
            found.as_of = found.as_of.min(view.last_pulse_ms);
        } else {
            found.incomplete.push(view);
        }
    }
    found.incomplete.sort_by_key(|view| (view.last_pulse_ms, std::cmp::Reverse(view.frames_behind)));
    found
}

impl Completeness<'_> {
    /// Whether nothing is known to lack.
    pub fn is_whole(&self) -> bool {
        self.incomplete.is_empty()
    }
}

impl From<&Completeness<'_>> for proto::Completeness {
    fn from(from: &Completeness<'_>) -> proto::Completeness {
        proto::Completeness {
            sites: from.sites,
            complete: from.complete,
            as_of_ms: from.as_of,
            incomplete: from.incomplete.iter().copied().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, last_pulse_ms: Millis, frames_behind: u64, complete: bool) -> SiteView {
        SiteView { unit_name: name.into(), last_pulse_ms, frames_behind, complete, ..SiteView::default() }
    }

    #[test]
    fn figures_are_complete_as_of_the_oldest_word_of_the_complete_sites() {
        let sites = [view("甲", 900, 0, true), view("乙", 800, 0, true)];
        let found = completeness(true, 1_000, sites.iter());
        assert_eq!((found.sites, found.complete, found.as_of, found.is_whole()), (3, 3, 800, true));
        assert_eq!(completeness(true, 1_000, [].into_iter()).as_of, 1_000, "the own records are all here");
    }

    #[test]
    fn the_site_that_was_silent_longest_holds_them_back_most() {
        let sites = [
            view("甲", 900, 0, true),
            view("乙", 700, 2, false),
            view("丙", 0, 0, false),
            view("丁", 700, 13, false),
        ];
        let found = completeness(false, 1_000, sites.iter());
        let names: Vec<&str> = found.incomplete.iter().map(|view| view.unit_name.as_str()).collect();
        assert_eq!((found.sites, found.complete, found.as_of), (4, 1, 900));
        assert_eq!(names, ["丙", "丁", "乙"]);
    }
}
