//! Which sites the table shows: branches that are open whole, of the others what is not 正常, and the rest folded.

use std::collections::BTreeSet;

use yanzhen_proto::v1::{SiteState, SiteView};

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line<'s> {
    /// A site; `open` says whether its branch is, none for a leaf.
    Site { site: &'s SiteView, open: Option<bool> },
    /// So many healthy sites below `parent`.
    Fold { parent: &'s SiteView, depth: u32, count: usize },
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// Codes of units whose branches are open.
    pub(super) open: BTreeSet<String>,
    /// Only sites in this state.
    pub(super) state: Option<SiteState>,
    /// Only sites whose unit has this in its code or name.
    pub(super) text: String,
}

impl Asked {
    fn is_filter(&self) -> bool {
        self.state.is_some() || !self.text.is_empty()
    }

    fn wants(&self, site: &SiteView) -> bool {
        let in_name = || site.unit_code.contains(&self.text) || site.unit_name.contains(&self.text);
        self.state.is_none_or(|state| site.state() == state) && in_name()
    }
}

/// The lines for sites in the order of the tree, this site first; it has no line of its own.
pub(super) fn lines<'s>(sites: &'s [SiteView], asked: &Asked) -> Vec<Line<'s>> {
    let Some((top, below)) = sites.split_first() else { return Vec::new() };
    if asked.is_filter() {
        let wanted = below.iter().filter(|site| asked.wants(site));
        return wanted.map(|site| Line::Site { site, open: None }).collect();
    }
    let mut lines = Vec::new();
    branch(top, below, asked, &mut lines);
    lines
}

fn branch<'s>(parent: &'s SiteView, below: &'s [SiteView], asked: &Asked, lines: &mut Vec<Line<'s>>) {
    let is_open = asked.open.contains(&parent.unit_code);
    let depth = parent.depth + 1;
    let mut folded = 0;
    let mut rest = below;
    while let Some((site, after)) = rest.split_first() {
        let length = after.iter().take_while(|other| other.depth > site.depth).count();
        let (own, next) = after.split_at(length);
        rest = next;
        if own.is_empty() && is_healthy(site) && !is_open {
            folded += 1;
            continue;
        }
        let open = asked.open.contains(&site.unit_code);
        lines.push(Line::Site { site, open: (!own.is_empty()).then_some(open) });
        branch(site, own, asked, lines);
    }
    if folded > 0 {
        lines.push(Line::Fold { parent, depth, count: folded });
    }
}

/// Whether nothing about a site needs to be said.
fn is_healthy(site: &SiteView) -> bool {
    site.state() == SiteState::Good && site.trouble.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(code: &str, depth: u32, state: SiteState) -> SiteView {
        SiteView { unit_code: code.into(), depth, state: state.into(), ..SiteView::default() }
    }

    fn network() -> Vec<SiteView> {
        use SiteState::{Good, Lagging, Offline};
        vec![
            site("99", 0, Good),
            site("9901", 1, Good),
            site("990101", 2, Good),
            site("990102", 2, Offline),
            site("990103", 2, Good),
            site("9902", 1, Lagging),
            site("990201", 2, Good),
            site("990001", 1, Good),
        ]
    }

    fn shown(asked: &Asked) -> Vec<String> {
        let network = network();
        let line = |line: &Line<'_>| match line {
            Line::Site { site, open: Some(true) } => format!("{} open", site.unit_code),
            Line::Site { site, .. } => site.unit_code.clone(),
            Line::Fold { parent, count, .. } => format!("{count} of {}", parent.unit_code),
        };
        lines(&network, asked).iter().map(line).collect()
    }

    fn open(codes: &[&str]) -> Asked {
        Asked { open: codes.iter().map(|code| (*code).to_owned()).collect(), ..Asked::default() }
    }

    #[test]
    fn healthy_leaves_fold_and_what_is_in_trouble_stands_in_its_branch() {
        let closed = ["9901", "990102", "2 of 9901", "9902", "1 of 9902", "1 of 99"];
        assert_eq!(shown(&Asked::default()), closed);
    }

    #[test]
    fn an_open_branch_shows_all_of_its_sites() {
        let lines = shown(&open(&["9901", "99"]));
        assert_eq!(lines, ["9901 open", "990101", "990102", "990103", "9902", "1 of 9902", "990001"]);
    }

    #[test]
    fn a_filter_shows_what_it_names_wherever_it_stands() {
        let offline = Asked { state: Some(SiteState::Offline), ..Asked::default() };
        assert_eq!(shown(&offline), ["990102"]);
        let named = Asked { text: "9902".into(), ..Asked::default() };
        assert_eq!(shown(&named), ["9902", "990201"]);
        assert!(lines(&[], &Asked::default()).is_empty());
    }

    #[test]
    fn a_site_that_is_connected_and_where_something_stands_still_is_shown() {
        let mut network = network();
        network[2].trouble = Some(Default::default());
        let shown = lines(&network, &Asked::default());
        let stands = |line: &Line<'_>| matches!(line, Line::Site { site, .. } if site.unit_code == "990101");
        assert!(shown.iter().any(stands));
    }
}
