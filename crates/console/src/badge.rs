//! The mark of a state: icon, word and colour together.

use yanzhen_proto::v1::{Grade, SiteState};

use crate::texts::Texts;

/// What stands in a badge; see `badge.html`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// The class that colours it, after `st-`; empty for grey.
    pub(crate) colour: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
}

impl Badge {
    /// Of a site.
    pub(crate) fn of_site(state: SiteState, t: &'static Texts) -> Badge {
        let (colour, icon, word) = match state {
            SiteState::Never | SiteState::Unspecified => ("none", "never", t.sites.never),
            SiteState::Good => ("ok", "ok", t.sites.good),
            SiteState::Lagging => ("warn", "late", t.sites.lagging),
            SiteState::Offline => ("bad", "off", t.sites.offline),
        };
        Badge { colour, icon, word }
    }

    /// Of a check.
    pub(crate) fn of_grade(grade: Grade, t: &'static Texts) -> Badge {
        let (colour, icon, word) = match grade {
            Grade::Good => ("ok", "ok", t.doctor.good),
            Grade::Warning | Grade::Unspecified => ("warn", "warn", t.doctor.warning),
            Grade::Bad => ("bad", "bad", t.doctor.bad),
        };
        Badge { colour, icon, word }
    }
}
