//! Opening + in − out = closing, for any period and unit, from the dates that the records hold.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use yanzhen_proto::v1::PersonStatus;
use yanzhen_store::Fields;
use yanzhen_sync::directory::MAX_DEPTH;
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::bureau::day_of;
use crate::care::Care;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::listing::path_of;
use crate::projection::subtree;
use crate::report::UnitRow;
use crate::rollup::totals;
use crate::stays::{Stay, stays};

/// People by unit and by what the period holds of them: there at its opening, at its closing, how they came in it
/// (1 retired, 2 from elsewhere) and how they went (the number of PersonStatus). See [`crate::care`] for what a day
/// counts.
const CHANGES: &str = "SELECT u.id, \
       CASE WHEN k.came < $3 AND (k.gone = '' OR k.gone >= $3) THEN 1 ELSE 0 END, \
       CASE WHEN k.came <= $4 AND (k.gone = '' OR k.gone > $4) THEN 1 ELSE 0 END, \
       CASE WHEN k.came >= $3 AND k.came <= $4 THEN 1 + k.moved_in ELSE 0 END, \
       CASE WHEN k.gone >= $3 AND k.gone <= $4 THEN p.status ELSE 0 END, \
       COUNT(*) \
     FROM care k \
     JOIN person p ON p.id = k.person \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     JOIN unit u ON u.id = COALESCE(c.id, p.unit) \
     WHERE u.path >= $1 AND u.path < $2 AND NOT EXISTS (SELECT 1 FROM transfer t \
       JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
       WHERE t.person = p.id AND a.outcome = 1) \
     GROUP BY 1, 2, 3, 4, 5";

/// Everybody who was accepted from another unit, a row for each such move in their order.
const MOVED: &str = "SELECT p.id, COALESCE(c.id, p.unit), k.came, k.moved_in, k.gone, p.status, \
       t.from_unit, a.answered_ms \
     FROM transfer t \
     JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
     JOIN person p ON p.id = t.person \
     JOIN care k ON k.person = p.id \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     WHERE a.outcome = 1 \
     ORDER BY p.id, a.answered_ms";

/// How somebody left the bureau's care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    Deceased,
    MovedOut,
}

/// Whole days, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: Day,
    last: Day,
}

impl Period {
    /// None where one of the days is not a whole day or the last lies before the first.
    pub fn new(first: Day, last: Day) -> Option<Period> {
        (first.is_full() && last.is_full() && first <= last).then_some(Period { first, last })
    }

    /// Its first day.
    pub fn first(self) -> Day {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> Day {
        self.last
    }
}

/// People at the beginning of a period and at its end, and what happened between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// There on the evening before the first day.
    pub opening: u64,
    /// 离退休: into the bureau's care by retiring.
    pub retired: u64,
    /// 转入: from outside the network.
    pub moved_in: u64,
    /// From another unit of the network; in a sum over several units, from outside them.
    pub arrived: u64,
    /// 去世.
    pub deceased: u64,
    /// 转出.
    pub moved_out: u64,
    /// To another unit of the network; in a sum over several units, to outside them.
    pub left: u64,
    /// There on the evening of the last day.
    pub closing: u64,
}

impl Balance {
    /// All who came.
    pub fn incoming(&self) -> u64 {
        self.retired + self.moved_in + self.arrived
    }

    /// All who went.
    pub fn outgoing(&self) -> u64 {
        self.deceased + self.moved_out + self.left
    }

    /// Opening + in − out = closing.
    pub fn holds(&self) -> bool {
        self.opening + self.incoming() == self.outgoing() + self.closing
    }
}

impl Add for Balance {
    type Output = Balance;

    fn add(self, other: Balance) -> Balance {
        Balance {
            opening: self.opening + other.opening,
            retired: self.retired + other.retired,
            moved_in: self.moved_in + other.moved_in,
            arrived: self.arrived + other.arrived,
            deceased: self.deceased + other.deceased,
            moved_out: self.moved_out + other.moved_out,
            left: self.left + other.left,
            closing: self.closing + other.closing,
        }
    }
}

impl AddAssign for Balance {
    fn add_assign(&mut self, other: Balance) {
        *self = *self + other;
    }
}

impl Sum for Balance {
    fn sum<I: Iterator<Item = Balance>>(counts: I) -> Balance {
        counts.fold(Balance::default(), Add::add)
    }
}

/// One unit's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// The unit, with its place in the table.
    pub unit: UnitRow,
    /// 本级: of the unit itself.
    pub own: Balance,
    /// With all units below it.
    pub total: Balance,
}

impl Bureau {
    /// The balance of a unit and all below it, in the order of the tree; without a unit that of the site's own.
    pub async fn balance(
        &self,
        under: Option<UnitId>,
        period: Period,
    ) -> Result<Vec<BalanceRow>, BureauError> {
        let top = self.unit_or_own(under)?;
        let Some(path) = path_of(self, top).await? else { return Ok(Vec::new()) };
        let range = subtree(&path);
        let rows = sqlx::query(CHANGES)
            .bind(range.0.clone())
            .bind(range.1.clone())
            .bind(period.first.to_string())
            .bind(period.last.to_string())
            .fetch_all(self.store().reader())
            .await?;
        let mut own: BTreeMap<UnitId, Balance> = BTreeMap::new();
        for row in &rows {
            let mut fields = Fields::of("care", row);
            let unit = fields.id()?;
            let group = Group {
                at_opening: fields.flag()?,
                at_closing: fields.flag()?,
                came: fields.int()?,
                gone: fields.int()?,
            };
            *own.entry(unit).or_default() += group.balance(fields.number()?);
        }
        let units = self.units_of(&range).await?;
        let parents: BTreeMap<UnitId, Option<UnitId>> =
            units.iter().map(|unit| (unit.id, unit.parent)).collect();
        let moved = self.moved().await?;
        for stay in moved.iter().flatten().filter(|stay| parents.contains_key(&stay.unit)) {
            *own.entry(stay.unit).or_default() += stay.balance(period);
        }
        let mut sums = totals(&parents, &own);
        for pair in moved.iter().flat_map(|stays| stays.windows(2)) {
            take_out_inner(&mut sums, &parents, pair, period);
        }
        let of = |counts: &BTreeMap<UnitId, Balance>, unit| counts.get(&unit).copied().unwrap_or_default();
        let row = |unit: UnitRow| BalanceRow { own: of(&own, unit.id), total: of(&sums, unit.id), unit };
        Ok(units.into_iter().map(row).collect())
    }
}

impl Bureau {
    /// The stays of everybody who has changed units.
    async fn moved(&self) -> Result<Vec<Vec<Stay>>, BureauError> {
        let mut people: Vec<Mover> = Vec::new();
        for row in &sqlx::query(MOVED).fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("transfer", row);
            let (person, unit) = (fields.id()?, fields.id()?);
            let care = Care {
                came: fields.text()?.to_owned(),
                moved_in: fields.flag()?,
                gone: fields.text()?.to_owned(),
            };
            let died = fields.int()? == i64::from(i32::from(PersonStatus::Deceased));
            let gone = if died { Gone::Deceased } else { Gone::MovedOut };
            let (left, at) = (fields.id()?, fields.int()?);
            if people.last().is_none_or(|last| last.person != person) {
                people.push(Mover { person, unit, care, gone, moves: Vec::new() });
            }
            if let Some(mover) = people.last_mut() {
                mover.moves.push((day_of(at).to_string(), left));
            }
        }
        let of = |mover: &Mover| stays(&mover.care, mover.gone, &mover.moves, mover.unit);
        Ok(people.iter().map(of).collect())
    }
}

/// Somebody who has changed units.
struct Mover {
    person: RecordId,
    /// The present unit.
    unit: UnitId,
    care: Care,
    gone: Gone,
    /// Days, and the units that were left on them.
    moves: Vec<(String, UnitId)>,
}

/// Who moves from one unit to another below the same unit neither leaves nor enters that one.
fn take_out_inner(
    sums: &mut BTreeMap<UnitId, Balance>,
    parents: &BTreeMap<UnitId, Option<UnitId>>,
    pair: &[Stay],
    period: Period,
) {
    let [from, to] = pair else { return };
    if from.balance(period).left == 0 {
        return;
    }
    let path = |unit: UnitId| {
        std::iter::successors(Some(unit), |unit| parents.get(unit).copied().flatten()).take(MAX_DEPTH)
    };
    let above: BTreeSet<UnitId> = path(from.unit).collect();
    for unit in path(to.unit).filter(|unit| above.contains(unit)) {
        if let Some(sum) = sums.get_mut(&unit) {
            sum.left -= 1;
            sum.arrived -= 1;
        }
    }
}

/// People of one unit of whom the period holds the same.
struct Group {
    at_opening: bool,
    at_closing: bool,
    came: i64,
    gone: i64,
}

impl Group {
    fn balance(&self, people: u64) -> Balance {
        let died = i64::from(i32::from(PersonStatus::Deceased));
        let if_so = |so: bool| if so { people } else { 0 };
        Balance {
            opening: if_so(self.at_opening),
            retired: if_so(self.came == 1),
            moved_in: if_so(self.came == 2),
            deceased: if_so(self.gone == died),
            moved_out: if_so(self.gone != 0 && self.gone != died),
            closing: if_so(self.at_closing),
            ..Balance::default()
        }
    }
}
