//! 汇总报表: what the records add up to, by unit.

mod changes;
mod chart;
mod charts;
mod completeness;
mod days;
mod rollup;

pub(super) use completeness::{CompletenessView, sites, why};
pub(super) use rollup::change;

use crate::accounts::Right;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let needs = Access::Needs(Right::ReadRecords);
    vec![
        Route::get("/reports", needs, rollup::show),
        Route::get("/reports/export", needs, rollup::export).audited(),
        Route::get("/reports/changes", needs, changes::show),
        Route::get("/reports/changes/export", needs, changes::export).audited(),
        Route::get("/reports/charts", needs, charts::show),
        Route::get("/reports/charts/export", needs, charts::export).audited(),
    ]
}

/// The pages of this part, as tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Table,
    Changes,
    Charts,
}
