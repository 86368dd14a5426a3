//! The table of people and organisations.

use yanzhen_bureau::Rollup;
use yanzhen_bureau::report::{RollupReport, RollupRow};
use yanzhen_proto::v1 as proto;

use super::failure::of_bureau;
use super::records::unit;
use super::status::site_views;
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) async fn roll_up(
    site: &Site,
    request: proto::RollUpRequest,
) -> Result<proto::RollUpReply, Failure> {
    let under = unit(site, &request.unit_code)?;
    let report = site.bureau.rollup(under).await.map_err(of_bureau)?;
    let sites = site_views(site).await?;
    let completeness = site.bureau.completeness(&sites);
    let of_top = report.rows.first().and_then(|top| completeness.get(&top.unit));
    let completeness = of_top.map(proto::Completeness::from);
    Ok(proto::RollUpReply { completeness, ..reply(report) })
}

fn reply(report: RollupReport) -> proto::RollUpReply {
    for (unit, mismatch) in &report.mismatches {
        tracing::warn!(%unit, %mismatch, "the roll-up does not add up");
    }
    let total = counts(&report.total);
    proto::RollUpReply {
        rows: report.rows.into_iter().flat_map(rows).collect(),
        total: Some(total),
        completeness: None,
    }
}

/// What a unit with others below it counts itself.
const OWN: &str = "本级";

/// A unit's row counts it with all below it. Where those count as well as the unit itself, its own share follows as
/// a row without a code.
fn rows(row: RollupRow) -> impl Iterator<Item = proto::RollUpRow> {
    let mixed = row.own != row.total && row.own != Rollup::default();
    let own = mixed.then(|| proto::RollUpRow {
        unit_name: OWN.to_owned(),
        depth: row.depth + 1,
        ..counts(&row.own)
    });
    let whole =
        proto::RollUpRow { unit_code: row.code, unit_name: row.name, depth: row.depth, ..counts(&row.total) };
    std::iter::once(whole).chain(own)
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

    fn shown(own: u64, total: u64) -> Vec<(String, String, u32, u64)> {
        let people = |people| Rollup { people, ..Rollup::default() };
        let row = RollupRow {
            unit: UnitId::new([1; 16]),
            code: "99".to_owned(),
            name: "云川".to_owned(),
            depth: 2,
            own: people(own),
            total: people(total),
        };
        rows(row).map(|row| (row.unit_code, row.unit_name, row.depth, row.people)).collect()
    }

    #[test]
    fn a_row_counts_the_unit_with_all_below_it_and_its_own_share_follows() {
        let whole = |people| ("99".to_owned(), "云川".to_owned(), 2, people);
        assert_eq!(shown(3, 30), [whole(30), (String::new(), "本级".to_owned(), 3, 3)]);
        assert_eq!(shown(30, 30), [whole(30)], "there is nothing below");
        assert_eq!(shown(0, 30), [whole(30)], "there is nothing of its own");
    }
}
