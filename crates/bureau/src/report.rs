//! The table of people and organisations by unit, with sums over each unit and all below it.

use std::collections::BTreeMap;

use yanzhen_store::Fields;
use yanzhen_sync::UnitId;

use crate::Bureau;
use crate::error::BureauError;
use crate::listing::path_of;
use crate::projection::subtree;
use crate::rollup::{Mismatch, Rollup, totals};

/// People by the unit that counts them: 统计归属 where it names a unit that is known here, else their own. A member
/// is one in full or probationary state. The numbers are those of PersonStatus, Retirement and MembershipState.
const PEOPLE: &str = "SELECT u.id, p.retirement, COUNT(*), \
       CAST(SUM(CASE WHEN m.person IS NULL THEN 0 ELSE 1 END) AS BIGINT) \
     FROM person p \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     JOIN unit u ON u.id = COALESCE(c.id, p.unit) \
     LEFT JOIN membership m ON m.person = p.id AND m.state IN (1, 2) \
     WHERE p.status = 1 AND u.path >= $1 AND u.path < $2 \
     GROUP BY u.id, p.retirement";

/// Organisations that exist, by unit and whether they were set up singly.
const ORGS: &str = "SELECT u.id, CASE WHEN o.setup = 1 THEN 1 ELSE 0 END, COUNT(*) \
     FROM unit u JOIN party_org o ON o.unit = u.id \
     WHERE o.closed_on = '' AND u.path >= $1 AND u.path < $2 \
     GROUP BY u.id, CASE WHEN o.setup = 1 THEN 1 ELSE 0 END";

const UNITS: &str = "SELECT id, code, name, parent, depth FROM unit \
     WHERE path >= $1 AND path < $2 ORDER BY path";

/// 离休, a number of enumeration Retirement.
const HONOURED: i64 = 1;

/// One unit's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupRow {
    /// The unit.
    pub unit: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Levels below the top of the table.
    pub depth: u32,
    /// 本级: what the unit itself counts.
    pub own: Rollup,
    /// With all units below it.
    pub total: Rollup,
}

/// The whole table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollupReport {
    /// In the order of the tree; the first row is the top of the table.
    pub rows: Vec<RollupRow>,
    /// The sum of all rows' own counts.
    pub total: Rollup,
    /// Sums that do not come out, by unit.
    pub mismatches: Vec<(UnitId, Mismatch)>,
}

impl Bureau {
    /// The table of a unit and all below it; without a unit that of the site's own. It counts what is here: at the
    /// unit's own site and above it.
    pub async fn rollup(&self, under: Option<UnitId>) -> Result<RollupReport, BureauError> {
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(RollupReport::default()) };
        let range = subtree(&path);
        let units = self.units_of(&range).await?;
        let mut own = self.count_people(&range).await?;
        for (unit, count) in self.count_orgs(&range).await? {
            *own.entry(unit).or_default() += count;
        }
        Ok(assembled(units, &own))
    }

    async fn units_of(&self, range: &(Vec<u8>, Vec<u8>)) -> Result<Vec<UnitRow>, BureauError> {
        let mut units = Vec::new();
        for row in &self.select(UNITS, range).await? {
            let mut fields = Fields::of("unit", row);
            units.push(UnitRow {
                id: fields.id()?,
                code: fields.text()?.to_owned(),
                name: fields.text()?.to_owned(),
                parent: UnitId::try_from(fields.bytes()?).ok(),
                depth: u32::try_from(fields.int()?).unwrap_or_default(),
            });
        }
        Ok(units)
    }

    async fn count_people(
        &self,
        range: &(Vec<u8>, Vec<u8>),
    ) -> Result<BTreeMap<UnitId, Rollup>, BureauError> {
        let mut counts: BTreeMap<UnitId, Rollup> = BTreeMap::new();
        for row in &self.select(PEOPLE, range).await? {
            let mut fields = Fields::of("person", row);
            let (unit, retirement) = (fields.id()?, fields.int()?);
            let (people, members) = (fields.number()?, fields.number()?);
            let counted = if retirement == HONOURED {
                Rollup { people, honoured: people, honoured_members: members, ..Rollup::default() }
            } else {
                Rollup { people, ordinary: people, ordinary_members: members, ..Rollup::default() }
            };
            *counts.entry(unit).or_default() += counted;
        }
        Ok(counts)
    }

    async fn count_orgs(&self, range: &(Vec<u8>, Vec<u8>)) -> Result<BTreeMap<UnitId, Rollup>, BureauError> {
        let mut counts: BTreeMap<UnitId, Rollup> = BTreeMap::new();
        for row in &self.select(ORGS, range).await? {
            let mut fields = Fields::of("party_org", row);
            let (unit, single, orgs) = (fields.id()?, fields.flag()?, fields.number()?);
            let counted = if single {
                Rollup { orgs, orgs_single: orgs, ..Rollup::default() }
            } else {
                Rollup { orgs, orgs_joint: orgs, ..Rollup::default() }
            };
            *counts.entry(unit).or_default() += counted;
        }
        Ok(counts)
    }

    async fn select(
        &self,
        sql: &'static str,
        (from, to): &(Vec<u8>, Vec<u8>),
    ) -> Result<Vec<sqlx::any::AnyRow>, BureauError> {
        let query = sqlx::query(sql).bind(from.clone()).bind(to.clone());
        Ok(query.fetch_all(self.store().reader()).await?)
    }
}

/// A row of table `unit`.
struct UnitRow {
    id: UnitId,
    code: String,
    name: String,
    parent: Option<UnitId>,
    depth: u32,
}

fn assembled(units: Vec<UnitRow>, own: &BTreeMap<UnitId, Rollup>) -> RollupReport {
    let parents = units.iter().map(|unit| (unit.id, unit.parent)).collect();
    let sums = totals(&parents, own);
    let top = units.first().map_or(0, |unit| unit.depth);
    let count =
        |counts: &BTreeMap<UnitId, Rollup>, unit: UnitId| counts.get(&unit).copied().unwrap_or_default();
    let mut report = RollupReport { total: own.values().copied().sum(), ..RollupReport::default() };
    for unit in units {
        let total = count(&sums, unit.id);
        let wrong = total.check().err().unwrap_or_default();
        report.mismatches.extend(wrong.into_iter().map(|mismatch| (unit.id, mismatch)));
        report.rows.push(RollupRow {
            unit: unit.id,
            depth: unit.depth - top,
            own: count(own, unit.id),
            total,
            code: unit.code,
            name: unit.name,
        });
    }
    report
}
