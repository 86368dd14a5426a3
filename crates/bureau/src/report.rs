//! The table of people and organisations by unit, with sums over each unit and all below it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use sqlx::any::AnyRow;
use yanzhen_store::Fields;
use yanzhen_sync::{Millis, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;
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

/// The unit that counted a person `p` before a time in milliseconds: the one that the next transfer released from; and
/// where there was none since, the one that counts the person now. Until it is accepted a transfer changes nothing.
macro_rules! counted_in {
    ($millis:literal) => {
        concat!(
            "COALESCE((SELECT t.from_unit FROM transfer t \
               JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
               WHERE t.person = p.id AND a.outcome = 1 AND a.answered_ms >= ",
            $millis,
            " ORDER BY a.answered_ms LIMIT 1), c.id, p.unit)"
        )
    };
}
pub(crate) use counted_in;

/// The same as of the evening of a day, from the dates that the records hold: who had come by then and had not gone.
/// Who was a member then is one now, or was until they went.
const PEOPLE_ON: &str = concat!(
    "SELECT u.id, p.retirement, COUNT(*), \
       CAST(SUM(CASE WHEN m.person IS NULL THEN 0 ELSE 1 END) AS BIGINT) \
     FROM care k \
     JOIN person p ON p.id = k.person \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     JOIN unit u ON u.id = ",
    counted_in!("$4"),
    " \
     LEFT JOIN membership m ON m.person = p.id AND m.joined <= $3 \
       AND (m.state IN (1, 2) OR (m.state = 3 AND k.gone <> '')) \
     WHERE k.came <= $3 AND (k.gone = '' OR k.gone > $3) AND u.path >= $1 AND u.path < $2 \
     GROUP BY u.id, p.retirement"
);

/// Organisations that existed on the evening of a day.
const ORGS_ON: &str = "SELECT u.id, CASE WHEN o.setup = 1 THEN 1 ELSE 0 END, COUNT(*) \
     FROM org_life k JOIN party_org o ON o.id = k.org JOIN unit u ON u.id = o.unit \
     WHERE k.came <= $3 AND (k.gone = '' OR k.gone > $3) AND u.path >= $1 AND u.path < $2 \
     GROUP BY u.id, CASE WHEN o.setup = 1 THEN 1 ELSE 0 END";

/// People whose record was written after a day and bears upon it; and those among them who had gone by then.
const WRITTEN_SINCE: &str = concat!(
    "SELECT COUNT(*), \
       CAST(COALESCE(SUM(CASE WHEN k.gone <> '' AND k.gone <= $3 THEN 1 ELSE 0 END), 0) AS BIGINT) \
     FROM care k \
     JOIN person p ON p.id = k.person \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     JOIN unit u ON u.id = ",
    counted_in!("$4"),
    " \
     WHERE k.changed_ms >= $4 AND k.came <= $3 AND u.path >= $1 AND u.path < $2"
);

const UNITS: &str = "SELECT id, code, name, parent, depth FROM unit \
     WHERE path >= $1 AND path < $2 ORDER BY path";

/// 离休, a number of enumeration Retirement.
pub(crate) const HONOURED: i64 = 1;

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

/// What was written into records after the day that a table is as of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrittenSince {
    /// People who were in the bureau's care by that day and whose record was added or changed after it.
    pub people: u64,
    /// Those among them who had died or left by that day: they no longer count.
    pub gone: u64,
}

impl Bureau {
    /// The table of a unit and all below it; without a unit that of the site's own. It counts what is here: at the
    /// unit's own site and above it.
    pub async fn rollup(&self, under: Option<UnitId>) -> Result<RollupReport, BureauError> {
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(RollupReport::default()) };
        let range = subtree(&path);
        let units = self.units_of(&range).await?;
        let people = self.select(PEOPLE, &range).await?;
        let orgs = self.select(ORGS, &range).await?;
        Ok(assembled(units, &own_counts(&people, &orgs)?))
    }

    /// The table as of the evening of a day. It counts by the dates that the records hold, not by when they were
    /// written: a death of December that is entered in January lacks on 31 December from then on. Of today and of
    /// days to come it is the present table.
    pub async fn rollup_on(&self, under: Option<UnitId>, on: Day) -> Result<RollupReport, BureauError> {
        if on >= self.today() {
            return self.rollup(under).await;
        }
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(RollupReport::default()) };
        let range = subtree(&path);
        let units = self.units_of(&range).await?;
        let people = self.select_people_on(&range, on).await?;
        let orgs = self.select_on(ORGS_ON, &range, on).await?;
        Ok(assembled(units, &own_counts(&people, &orgs)?))
    }

    /// What was written since, that the table as of a day rests on.
    pub async fn written_since(&self, under: Option<UnitId>, on: Day) -> Result<WrittenSince, BureauError> {
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(WrittenSince::default()) };
        let (from, to) = subtree(&path);
        let row = sqlx::query(WRITTEN_SINCE)
            .bind(from)
            .bind(to)
            .bind(on.to_string())
            .bind(end_of(on))
            .fetch_one(self.store().reader())
            .await?;
        let mut fields = Fields::of("care", &row);
        Ok(WrittenSince { people: fields.number()?, gone: fields.number()? })
    }

    pub(crate) async fn units_of(&self, range: &(Vec<u8>, Vec<u8>)) -> Result<Vec<UnitRow>, BureauError> {
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
        let top = units.first().map_or(0, |top: &UnitRow| top.depth);
        units.iter_mut().for_each(|unit| unit.depth -= top);
        Ok(units)
    }

    async fn select_people_on(
        &self,
        (from, to): &(Vec<u8>, Vec<u8>),
        on: Day,
    ) -> Result<Vec<AnyRow>, BureauError> {
        let query = sqlx::query(PEOPLE_ON).bind(from.clone()).bind(to.clone());
        let query = query.bind(on.to_string()).bind(end_of(on));
        Ok(query.fetch_all(self.store().reader()).await?)
    }

    async fn select_on(
        &self,
        sql: &'static str,
        (from, to): &(Vec<u8>, Vec<u8>),
        on: Day,
    ) -> Result<Vec<AnyRow>, BureauError> {
        let query = sqlx::query(sql).bind(from.clone()).bind(to.clone()).bind(on.to_string());
        Ok(query.fetch_all(self.store().reader()).await?)
    }

    async fn select(
        &self,
        sql: &'static str,
        (from, to): &(Vec<u8>, Vec<u8>),
    ) -> Result<Vec<AnyRow>, BureauError> {
        let query = sqlx::query(sql).bind(from.clone()).bind(to.clone());
        Ok(query.fetch_all(self.store().reader()).await?)
    }
}

/// A unit of a table of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRow {
    /// The unit.
    pub id: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Levels below the top of the table.
    pub depth: u32,
}

/// When a day ends here.
pub(crate) fn end_of(day: Day) -> Millis {
    day.end(&TimeZone::system()).unwrap_or(Millis::MAX)
}

/// What each unit itself counts, from the rows of people and of organisations.
fn own_counts(people: &[AnyRow], orgs: &[AnyRow]) -> Result<BTreeMap<UnitId, Rollup>, BureauError> {
    let mut counts: BTreeMap<UnitId, Rollup> = BTreeMap::new();
    for row in people {
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
    for row in orgs {
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

fn assembled(units: Vec<UnitRow>, own: &BTreeMap<UnitId, Rollup>) -> RollupReport {
    let parents = units.iter().map(|unit| (unit.id, unit.parent)).collect();
    let sums = totals(&parents, own);
    let count =
        |counts: &BTreeMap<UnitId, Rollup>, unit: UnitId| counts.get(&unit).copied().unwrap_or_default();
    let mut report = RollupReport { total: own.values().copied().sum(), ..RollupReport::default() };
    for unit in units {
        let total = count(&sums, unit.id);
        let wrong = total.check().err().unwrap_or_default();
        report.mismatches.extend(wrong.into_iter().map(|mismatch| (unit.id, mismatch)));
        report.rows.push(RollupRow {
            unit: unit.id,
            depth: unit.depth,
            own: count(own, unit.id),
            total,
            code: unit.code,
            name: unit.name,
        });
    }
    report
}
