//! Where a person who changed units was, and when: a person is in exactly one unit on every evening.

use yanzhen_sync::UnitId;

use crate::balance::{Balance, Gone, Period};
use crate::care::Care;

/// How a stay began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Retired,
    /// From outside the network.
    MovedIn,
    /// From another unit.
    Arrived,
}

/// A person's time in one unit. Days are whole ones and compare as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) unit: UnitId,
    /// Empty for always.
    pub(crate) from: String,
    pub(crate) came: Came,
    /// Empty while it goes on.
    pub(crate) to: String,
    /// None for another unit.
    pub(crate) gone: Option<Gone>,
}

/// The stays of one person: `moves` holds the days of changing units in order, each with the unit that was left; the
/// last stay is in `unit`. What moves before somebody came or after they went counts on the day of coming or going.
pub(crate) fn stays(care: &Care, gone: Gone, moves: &[(String, UnitId)], unit: UnitId) -> Vec<Stay> {
    let clipped = |day: &str| {
        let day = if day < care.came.as_str() { care.came.as_str() } else { day };
        if !care.gone.is_empty() && day > care.gone.as_str() { care.gone.clone() } else { day.to_owned() }
    };
    let mut stays = Vec::with_capacity(moves.len() + 1);
    let mut from = care.came.clone();
    let mut came = if care.moved_in { Came::MovedIn } else { Came::Retired };
    for (day, left) in moves {
        let to = clipped(day);
        stays.push(Stay { unit: *left, from, came, to: to.clone(), gone: None });
        (from, came) = (to, Came::Arrived);
    }
    stays.push(Stay { unit, from, came, to: care.gone.clone(), gone: Some(gone) });
    stays
}

impl Stay {
    /// What a period holds of it.
    pub(crate) fn balance(&self, period: Period) -> Balance {
        let (first, last) = (period.first().to_string(), period.last().to_string());
        let (from, to) = (self.from.as_str(), self.to.as_str());
        let within = |day: &str| first.as_str() <= day && day <= last.as_str();
        let goes_on = |day: &str| to.is_empty() || to > day;
        let came = |how: Came| u64::from(self.came == how && within(from));
        let went = |how: Option<Gone>| u64::from(!to.is_empty() && self.gone == how && within(to));
        Balance {
            opening: u64::from(from < first.as_str() && (to.is_empty() || to >= first.as_str())),
            retired: came(Came::Retired),
            moved_in: came(Came::MovedIn),
            arrived: came(Came::Arrived),
            deceased: went(Some(Gone::Deceased)),
            moved_out: went(Some(Gone::MovedOut)),
            left: went(None),
            closing: u64::from(from <= last.as_str() && goes_on(&last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kinds::day::Day;

    const DAYS: [&str; 8] = [
        "2023-12-31",
        "2024-02-28",
        "2024-02-29",
        "2024-03-01",
        "2024-12-31",
        "2025-01-01",
        "2025-02-28",
        "2025-12-31",
    ];

    fn unit(number: usize) -> UnitId {
        UnitId::new([u8::try_from(number).unwrap(); 16])
    }

    fn day(place: usize) -> Day {
        Day::parse(DAYS[place]).unwrap()
    }

    #[derive(Clone, Debug)]
    struct Life {
        came: Option<usize>,
        moved_in: bool,
        gone: Option<usize>,
        died: bool,
        moves: Vec<(usize, usize)>,
        last: usize,
    }

    fn life() -> impl Strategy<Value = Life> {
        let moves = proptest::collection::vec((0..DAYS.len(), 0_usize..3), 0..4);
        let came = proptest::option::of(0..DAYS.len());
        let gone = proptest::option::of(0..DAYS.len());
        (came, any::<bool>(), gone, any::<bool>(), moves, 0_usize..3).prop_map(
            |(came, moved_in, gone, died, mut moves, last)| {
                moves.sort_by_key(|(day, _)| *day);
                let gone = gone.map(|gone| gone.max(came.unwrap_or(0)));
                Life { came, moved_in, gone, died, moves, last }
            },
        )
    }

    impl Life {
        fn stays(&self) -> Vec<Stay> {
            let text = |day: Option<usize>| day.map_or("", |day| DAYS[day]).to_owned();
            let care = Care { came: text(self.came), moved_in: self.moved_in, gone: text(self.gone) };
            let moves: Vec<(String, UnitId)> =
                self.moves.iter().map(|(day, left)| (DAYS[*day].to_owned(), unit(*left))).collect();
            let gone = if self.died { Gone::Deceased } else { Gone::MovedOut };
            stays(&care, gone, &moves, unit(self.last))
        }

        /// Where the person is on the evening of a day; none outside all care.
        fn at(&self, evening: usize) -> Option<UnitId> {
            let in_care =
                self.came.is_none_or(|came| came <= evening) && self.gone.is_none_or(|gone| gone > evening);
            let next = self.moves.iter().find(|(day, _)| *day > evening);
            in_care.then(|| next.map_or(unit(self.last), |(_, left)| unit(*left)))
        }
    }

    proptest! {
        #[test]
        fn the_balance_of_moves_holds_in_every_unit_and_everybody_is_in_one(
            lives in proptest::collection::vec(life(), 1..12),
            (a, b) in (1..DAYS.len(), 1..DAYS.len()),
        ) {
            let (first, last) = (a.min(b), a.max(b));
            let period = Period::new(day(first), day(last)).unwrap();
            for number in 0..3 {
                let here = unit(number);
                let there = |evening| lives.iter().filter(|life| life.at(evening) == Some(here)).count() as u64;
                let stays = lives.iter().flat_map(Life::stays).filter(|stay| stay.unit == here);
                let sum: Balance = stays.map(|stay| stay.balance(period)).sum();
                prop_assert!(sum.holds());
                prop_assert_eq!(sum.closing, there(last));
            }
            let all: Balance = lives.iter().flat_map(Life::stays).map(|stay| stay.balance(period)).sum();
            prop_assert_eq!(all.arrived, all.left, "who leaves one unit arrives in another");
        }
    }

    #[test]
    fn a_move_counts_on_its_day_at_both_units() {
        let care = Care { came: "2001-01-01".into(), moved_in: false, gone: String::new() };
        let moves = [("2024-02-29".to_owned(), unit(1))];
        let stays = stays(&care, Gone::Deceased, &moves, unit(2));
        let february =
            Period::new(Day::parse("2024-02-01").unwrap(), Day::parse("2024-02-29").unwrap()).unwrap();
        let before = stays[0].balance(february);
        assert_eq!((before.opening, before.left, before.closing), (1, 1, 0));
        let after = stays[1].balance(february);
        assert_eq!((after.opening, after.arrived, after.closing), (0, 1, 1));
    }
}
