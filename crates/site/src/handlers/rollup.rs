//! The table of people and organisations.

use yanzhen_bureau::Rollup;
use yanzhen_bureau::report::{RollupReport, RollupRow};
use yanzhen_proto::v1 as proto;

use super::failure::of_bureau;
use super::records::unit;
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) async fn roll_up(
    site: &Site,
    request: proto::RollUpRequest,
) -> Result<proto::RollUpReply, Failure> {
    let under = unit(site, &request.unit_code)?;
    site.bureau.rollup(under).await.map(reply).map_err(of_bureau)
}

fn reply(report: RollupReport) -> proto::RollUpReply {
    for (unit, mismatch) in &report.mismatches {
        tracing::warn!(%unit, %mismatch, "the roll-up does not add up");
    }
    let total = counts(&report.total);
    proto::RollUpReply { rows: report.rows.into_iter().map(row).collect(), total: Some(total) }
}

/// Each row counts the unit with all below it.
fn row(row: RollupRow) -> proto::RollUpRow {
    proto::RollUpRow { unit_code: row.code, unit_name: row.name, depth: row.depth, ..counts(&row.total) }
}

fn counts(counts: &Rollup) -> proto::RollUpRow {
    proto::RollUpRow {
        people: counts.people,
        honoured: counts.honoured,
        honoured_members: counts.honoured_members,
        ordinary: counts.ordinary,
        ordinary_members: counts.ordinary_members,
        orgs: counts.orgs,
        orgs_single: counts.orgs_single,
        orgs_joint: counts.orgs_joint,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::UnitId;

    use super::*;

    #[test]
    fn a_row_counts_the_unit_with_all_below_it() {
        let people = |people| Rollup { people, ..Rollup::default() };
        let shown = row(RollupRow {
            unit: UnitId::new([1; 16]),
            code: "99".to_owned(),
            name: "云川".to_owned(),
            depth: 0,
            own: people(3),
            total: people(30),
        });
        assert_eq!((shown.unit_code.as_str(), shown.people), ("99", 30));
    }
}
