//! 完整截至: whose records figures hold and as of when, as every table of figures says it.

use yanzhen_bureau::Completeness;
use yanzhen_proto::v1::SiteView;

use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::texts::{Language, Texts, Told};
use crate::visitor::Visitor;

/// Sites that a page names before it says how many more there are.
const NAMED: usize = 5;

/// This site and those below it, and how each stands.
pub(crate) async fn sites(console: &Console, visitor: &Visitor) -> Result<Vec<SiteView>, Problem> {
    let asked = console.platform().sites().await;
    Ok(asked.map_err(|trouble| Problem::of_trouble(&trouble, visitor, console))?.sites)
}

/// Why a site is not complete.
pub(crate) fn why(site: &SiteView, language: Language, now: i64) -> String {
    site.trouble.as_ref().map_or_else(|| site.why.clone(), |trouble| Told::of(trouble, language, now).why)
}

/// The line above a table.
#[derive(Default)]
pub(crate) struct CompletenessView {
    pub(crate) is_whole: bool,
    /// "84 / 86".
    pub(crate) sites: String,
    pub(crate) as_of: String,
    /// The sites that hold it back, the one that does so the most first: their names and why.
    pub(crate) behind: Vec<(String, String)>,
    /// How many more there are; empty for none.
    pub(crate) more: String,
}

impl CompletenessView {
    pub(crate) fn of(found: Option<&Completeness<'_>>, language: Language, now: i64) -> CompletenessView {
        let Some(found) = found else { return CompletenessView::default() };
        let more = found.incomplete.len().saturating_sub(NAMED);
        let named = found.incomplete.iter().take(NAMED);
        CompletenessView {
            is_whole: found.is_whole(),
            sites: format!("{} / {}", format::count(found.complete), format::count(found.sites)),
            as_of: format::time(found.as_of, now),
            behind: named.map(|site| (site.unit_name.clone(), why(site, language, now))).collect(),
            more: if more == 0 { String::new() } else { format::count(more as u64) },
        }
    }
}

/// A cell of the column 完整截至.
pub(crate) struct CompletenessCell {
    pub(crate) is_whole: bool,
    pub(crate) text: String,
    /// Why not; for who points at it.
    pub(crate) why: String,
}

impl CompletenessCell {
    pub(super) fn of(
        found: Option<&Completeness<'_>>,
        t: &Texts,
        language: Language,
        now: i64,
    ) -> CompletenessCell {
        let nothing = CompletenessCell { is_whole: true, text: "—".to_owned(), why: String::new() };
        let Some(found) = found else { return nothing };
        match found.incomplete.as_slice() {
            [] => CompletenessCell { text: format::time(found.as_of, now), ..nothing },
            [site, others @ ..] => {
                let more = match others.len() {
                    0 => String::new(),
                    more => format!(" +{more}"),
                };
                let lacks = match (site.last_pulse_ms, site.frames_behind) {
                    (0, _) => t.reports.never_heard.to_owned(),
                    (at, 0) => format::time(at, now),
                    (_, frames) => format!("{} {}", format::count(frames), t.reports.frames_behind),
                };
                CompletenessCell {
                    is_whole: false,
                    text: format!("{} {lacks}{more}", site.unit_name),
                    why: why(site, language, now),
                }
            }
        }
    }
}
