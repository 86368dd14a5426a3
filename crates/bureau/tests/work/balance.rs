use proptest::prelude::*;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::report::WrittenSince;
use yanzhen_bureau::transfers::Acceptance;
use yanzhen_bureau::{Balance, Day, Period};

use crate::federation::{Federation, Who};
use crate::transfers::{add, release, settle};

const HEADER: &str = "单位代码,编号,姓名,类别,离退休时间,转入时间,状态,状态日期\n";

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn period(first: &str, last: &str) -> Period {
    Period::new(day(first), day(last)).unwrap()
}

/// Opening, retired, came, died, left, closing.
fn figures(balance: &Balance) -> [u64; 6] {
    let Balance { opening, retired, moved_in, arrived: 0, deceased, moved_out, left: 0, closing } = *balance
    else {
        panic!("nobody has changed units: {balance:?}");
    };
    [opening, retired, moved_in, deceased, moved_out, closing]
}

#[tokio::test]
async fn opening_and_in_less_out_is_closing_at_every_edge_of_a_period() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let people = [
        "990101,1,甲,离休,,,,",
        "990101,2,乙,退休,2024-02-29,,,",
        "990101,3,丙,退休,2020-05,,去世,2025-12-31",
        "990101,4,丁,退休,2026-01-01,,,",
        "990101,5,戊,退休,2019,2025-12-31,,",
        "990101,6,己,退休,2025-03-10,,去世,2025-03-10",
        "990101,7,庚,退休,2010,,转出,2026-02-28",
        "99010101,8,辛,退休,2010-08-01,,去世,2024-12-31",
    ];
    let imported = federation.import_people(Who::East, &(HEADER.to_owned() + &people.join("\n"))).await;
    assert_eq!(imported.refusals, []);
    federation.exchange().await;
    let central = federation.at(Who::Central);
    for (first, last, expected) in [
        ("2025-01-01", "2025-12-31", [4, 1, 1, 2, 0, 4]),
        ("2025-01-01", "2025-12-30", [4, 1, 0, 1, 0, 4]),
        ("2025-12-31", "2025-12-31", [4, 0, 1, 1, 0, 4]),
        ("2024-02-29", "2024-02-29", [4, 1, 0, 0, 0, 5]),
        ("2024-02-28", "2024-02-28", [4, 0, 0, 0, 0, 4]),
        ("2024-12-31", "2025-01-01", [5, 0, 0, 1, 0, 4]),
        ("2026-01-01", "2026-02-27", [4, 1, 0, 0, 0, 5]),
        ("2026-02-28", "2026-11-22", [5, 0, 0, 0, 1, 4]),
        ("1950-01-01", "2026-11-22", [1, 6, 1, 3, 1, 4]),
    ] {
        let rows = central.balance(Some(federation.unit("990101")), period(first, last)).await.unwrap();
        assert_eq!(figures(&rows[0].total), expected, "{first} to {last}");
        assert!(rows.iter().all(|row| row.own.holds() && row.total.holds()));
        let whole = central.balance(None, period(first, last)).await.unwrap();
        assert_eq!(whole[0].total, rows[0].total, "nobody is anywhere else");
        let closing = central.rollup_on(None, day(last)).await.unwrap().total.people;
        assert_eq!(closing, expected[5], "the table as of {last} says the same");
    }
}

#[tokio::test]
async fn a_death_of_december_that_is_entered_in_january_lacks_on_the_31st() {
    let federation = Federation::of(&[Who::Node]).await;
    let bureau = federation.at(Who::Node);
    let people = "990100,1,甲,离休,1988,,,\n990100,2,乙,退休,2001,,,\n";
    federation.import_people(Who::Node, &(HEADER.to_owned() + people)).await;
    let end = day("2026-12-31");
    let days = |days: i64| days * 24 * 3_600_000;
    federation.clock.advance(days(45)); // 2027-01-06
    let counted = async || {
        let report = bureau.rollup_on(None, end).await.unwrap();
        (report.total.people, bureau.written_since(None, end).await.unwrap())
    };
    assert_eq!(counted().await, (2, WrittenSince::default()));
    let close = ClosePerson {
        number: "2".into(),
        status: "去世".into(),
        on: "2026-12-20".into(),
        ..ClosePerson::default()
    };
    bureau.close_person(close).await.unwrap();
    assert_eq!(counted().await, (1, WrittenSince { people: 1, gone: 1 }));
    let report = bureau.rollup_on(None, day("2026-12-19")).await.unwrap();
    assert_eq!(report.total.people, 2, "on the day before, everybody was alive");
    let member = [("编号", "1"), ("姓名", "甲"), ("专长", "书法")];
    let fields = member.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let save = yanzhen_bureau::Save { number: "1".into(), fields, ..Default::default() };
    bureau.save_person(save).await.unwrap();
    assert_eq!(counted().await.0, 1, "a later edit of something else changes nothing");
}

#[tokio::test]
async fn members_and_organisations_are_counted_as_they_were_on_the_day() {
    let federation = Federation::of(&[Who::Node]).await;
    let people = "编号,姓名,类别,离退休时间,政治面貌,入党时间,状态,状态日期,党籍状态\n\
                  1,甲,退休,2001,中共党员,1980,,,\n\
                  2,乙,退休,2001,中共党员,2025-07-01,,,\n\
                  3,丙,退休,2001,,1990,去世,2026-05-01,已终止\n";
    let imported = federation.import_people(Who::Node, people).await;
    assert_eq!(imported.refusals, []);
    let orgs = "编号,全称,类型,设置方式,成立时间,撤并时间\n\
                Z1,一支部,党支部,单独,1998-05,\n\
                Z2,二支部,党支部,联合,2026-03-01,\n\
                Z3,三支部,党支部,单独,1999,2025-12-31\n";
    federation.import_orgs(Who::Node, orgs).await;
    let bureau = federation.at(Who::Node);
    let on = async |on: &str| {
        let total = bureau.rollup_on(None, day(on)).await.unwrap().total;
        (total.ordinary, total.ordinary_members, total.orgs, total.orgs_single)
    };
    assert_eq!(on("2025-06-30").await, (3, 2, 2, 2));
    assert_eq!(on("2025-12-31").await, (3, 3, 1, 1));
    assert_eq!(on("2026-05-01").await, (2, 2, 2, 1));
    assert_eq!(bureau.rollup(None).await.unwrap().total.ordinary_members, 2);
}

#[tokio::test]
async fn ages_change_on_the_birthday() {
    let federation = Federation::of(&[Who::Node]).await;
    let people = "编号,姓名,类别,出生日期\n1,甲,退休,1966-11-22\n2,乙,退休,1966-11-23\n\
                  3,丙,离休,1930\n4,丁,退休,\n5,戊,退休,1944-02-29\n";
    federation.import_people(Who::Node, people).await;
    let ages = federation.at(Who::Node).ages(None, day("2024-02-29")).await.unwrap();
    let count = |from: i16, ages: &yanzhen_bureau::ages::Ages| {
        let band = ages.bands.iter().find(|band| band.from == from).unwrap();
        (band.honoured, band.ordinary)
    };
    assert_eq!((count(0, &ages), count(80, &ages), count(90, &ages)), ((0, 2), (0, 1), (1, 0)));
    let ages = federation.at(Who::Node).ages(None, day("2026-11-22")).await.unwrap();
    assert_eq!((count(0, &ages), count(60, &ages), ages.unknown), ((0, 1), (0, 1), (0, 1)));
}

#[tokio::test]
async fn a_move_counts_on_its_day_at_both_units_and_nowhere_above_them() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let sites = [Who::Central, Who::Node, Who::East, Who::West];
    let person = add(federation.at(Who::East), "990101", "1").await;
    federation.exchange().await;
    let id = federation.at(Who::East).release_person(release("990101", person, "990102")).await.unwrap();
    settle(&federation, &sites).await;
    let central = federation.at(Who::Central);
    let people = async |on: &str, code: &str| {
        let report = central.rollup_on(None, day(on)).await.unwrap();
        report.rows.iter().find(|row| row.code == code).unwrap().total.people
    };
    assert_eq!((people("2026-11-22", "990101").await, people("2026-11-22", "990102").await), (1, 0));
    federation.at(Who::West).accept_transfer(id, &Acceptance::default()).await.unwrap();
    settle(&federation, &sites).await;
    assert_eq!((people("2026-11-22", "990101").await, people("2026-11-22", "990102").await), (0, 1));
    assert_eq!((people("2026-11-21", "990101").await, people("2026-11-21", "990102").await), (1, 0));
    let rows = central.balance(None, period("2026-11-22", "2026-11-22")).await.unwrap();
    let of = |code: &str| rows.iter().find(|row| row.unit.code == code).unwrap().total;
    let one = |change: fn(&mut Balance)| {
        let mut balance = Balance::default();
        change(&mut balance);
        balance
    };
    assert_eq!(of("990101"), one(|b| (b.opening, b.left) = (1, 1)));
    assert_eq!(of("990102"), one(|b| (b.arrived, b.closing) = (1, 1)));
    assert_eq!(of("990100"), one(|b| (b.opening, b.closing) = (1, 1)), "the prefecture lost nobody");
}

/// Days on which something may happen: the edges of months, years and leap years.
const DAYS: [&str; 12] = [
    "2023-12-31",
    "2024-01-01",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2024-03-31",
    "2024-12-31",
    "2025-01-01",
    "2025-02-28",
    "2025-12-31",
    "2026-01-01",
    "2026-11-22",
];

/// The units of the federation and what is above each.
const PLACES: [(&str, Option<usize>); 4] =
    [("990100", None), ("990101", Some(0)), ("99010101", Some(1)), ("990102", Some(0))];

/// A person's life as the test knows it; days are places in [`DAYS`].
#[derive(Clone, Copy, Debug)]
struct Life {
    place: usize,
    /// None for always.
    came: Option<usize>,
    moved_in: bool,
    gone: Option<(usize, bool)>,
}

impl Life {
    /// Whether the person is there on the evening of a day, counted from -1 for the day before all others.
    fn is_there(&self, evening: isize) -> bool {
        let by = |day: usize| isize::try_from(day).unwrap() <= evening;
        self.came.is_none_or(by) && !self.gone.is_some_and(|(day, _)| by(day))
    }

    fn line(&self, number: usize) -> String {
        let (code, _) = PLACES[self.place];
        let came = self.came.map_or("", |day| DAYS[day]);
        let (retired, came) = if self.moved_in { ("2001", came) } else { (came, "") };
        let (status, on) = match self.gone {
            Some((day, died)) => (if died { "去世" } else { "转出" }, DAYS[day]),
            None => ("", ""),
        };
        format!("{code},{number},张三,退休,{retired},{came},{status},{on}\n")
    }
}

fn life() -> impl Strategy<Value = Life> {
    let came = proptest::option::of(0..DAYS.len());
    let gone = proptest::option::of((0..DAYS.len(), any::<bool>()));
    (0..PLACES.len(), came, any::<bool>(), gone).prop_map(|(place, came, moved_in, gone)| Life {
        place,
        came,
        moved_in: moved_in && came.is_some(),
        gone: gone.map(|(day, died)| (day.max(came.unwrap_or(0)), died)),
    })
}

/// What the test expects of one unit alone, evening by evening.
fn expected(lives: &[Life], place: usize, first: usize, last: usize) -> [u64; 6] {
    let here = || lives.iter().filter(|life| life.place == place);
    let there = |evening: isize| here().filter(|life| life.is_there(evening)).count() as u64;
    let within = |day: usize| (first..=last).contains(&day);
    let came = |moved_in: bool| {
        here().filter(|life| life.moved_in == moved_in && life.came.is_some_and(within)).count() as u64
    };
    let went = |how: bool| {
        let went = |life: &&Life| life.gone.is_some_and(|(day, died)| died == how && within(day));
        here().filter(went).count() as u64
    };
    let at = |day: usize| isize::try_from(day).unwrap();
    [there(at(first) - 1), came(false), came(true), went(true), went(false), there(at(last))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_balance_holds_for_any_lives_any_period_and_every_unit(
        lives in proptest::collection::vec(life(), 1..40),
        (a, b) in (0..DAYS.len(), 0..DAYS.len()),
    ) {
        let (first, last) = (a.min(b), a.max(b));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
            for (who, places) in [(Who::Node, vec![0]), (Who::East, vec![1, 2]), (Who::West, vec![3])] {
                let here = lives.iter().enumerate().filter(|(_, life)| places.contains(&life.place));
                let lines: String = here.map(|(number, life)| life.line(number)).collect();
                if !lines.is_empty() {
                    let imported = federation.import_people(who, &(HEADER.to_owned() + &lines)).await;
                    assert_eq!(imported.refusals, []);
                }
            }
            federation.exchange().await;
            let central = federation.at(Who::Central);
            let rows = central.balance(None, period(DAYS[first], DAYS[last])).await.unwrap();
            let mut sums = [[0; 6]; PLACES.len()];
            for place in (0..PLACES.len()).rev() {
                let row = rows.iter().find(|row| row.unit.code == PLACES[place].0).unwrap();
                let own = expected(&lives, place, first, last);
                assert_eq!(figures(&row.own), own, "{}", PLACES[place].0);
                sums[place] = std::array::from_fn(|at| sums[place][at] + own[at]);
                if let Some(above) = PLACES[place].1 {
                    sums[above] = std::array::from_fn(|at| sums[above][at] + sums[place][at]);
                }
                assert_eq!(figures(&row.total), sums[place], "{}", PLACES[place].0);
                assert!(row.own.holds() && row.total.holds());
            }
            let closing = central.rollup_on(None, day(DAYS[last])).await.unwrap();
            assert_eq!(closing.total.people, rows[0].total.closing);
        });
    }
}
