use std::collections::{HashMap, HashSet};

use yanzhen_bureau::import::party::Claim;
use yanzhen_bureau::import::{Import, Options, OrgSheet, PersonSheet, Row, Sheet};
use yanzhen_bureau::{Day, Rollup};
use yanzhen_proto::v1::{Membership, OrgType};

use super::*;

fn read<S: Sheet>(text: &str) -> Vec<Row<S>> {
    let options = Options { today: Day::parse("2026-11-22").unwrap(), own_unit: None };
    let import = Import::read(text.as_bytes(), options).unwrap();
    assert_eq!(import.ignored(), [""; 0]);
    let rows: Vec<_> = import.rows().collect();
    rows.into_iter().map(|row| row.result.unwrap_or_else(|errors| panic!("{}", errors[0]))).collect()
}

fn count(roster: &Roster) -> Rollup {
    let people = read::<PersonSheet>(&roster.people).into_iter().map(|row| {
        let mut sheet = row.sheet;
        sheet.settle();
        let membership = match sheet.membership.claim() {
            Claim::Has(state) => Some(Membership { state: state.into(), ..Default::default() }),
            Claim::HasNone | Claim::Silent => None,
        };
        Rollup::of_person(&sheet.person, membership.as_ref())
    });
    let orgs = read::<OrgSheet>(&roster.orgs).into_iter().map(|row| Rollup::of_org(&row.sheet.org));
    people.chain(orgs).sum()
}

fn rollup(totals: &Totals) -> Rollup {
    Rollup {
        people: totals.people().into(),
        honoured: totals.honoured.into(),
        honoured_members: totals.honoured_members.into(),
        ordinary: totals.ordinary.into(),
        ordinary_members: totals.ordinary_members.into(),
        orgs: totals.orgs().into(),
        orgs_single: totals.orgs_single.into(),
        orgs_joint: totals.orgs_joint.into(),
    }
}

#[test]
fn the_first_prefecture_comes_to_its_totals_and_every_row_is_accepted() {
    let rosters = generate(7, &FIRST_PREFECTURE_PLACES, FIRST_PREFECTURE).unwrap();
    let counts: Vec<Rollup> = rosters.iter().map(count).collect();
    for (roster, count) in rosters.iter().zip(&counts) {
        assert_eq!(*count, rollup(&roster.totals), "{}", roster.code);
    }
    let sum: Rollup = counts.into_iter().sum();
    assert_eq!(sum.check(), Ok(()));
    assert_eq!(
        sum,
        Rollup {
            people: 33_226,
            honoured: 889,
            honoured_members: 613,
            ordinary: 32_337,
            ordinary_members: 17_768,
            orgs: 881,
            orgs_single: 234,
            orgs_joint: 647,
        }
    );
}

#[test]
fn members_belong_to_branches_of_their_unit_within_their_bounds() {
    for roster in generate(7, &FIRST_PREFECTURE_PLACES, FIRST_PREFECTURE).unwrap() {
        let orgs = read::<OrgSheet>(&roster.orgs);
        let numbers: HashSet<&str> = orgs.iter().map(|row| row.sheet.number()).collect();
        let branches = orgs.iter().filter(|row| row.sheet.org.r#type() == OrgType::Branch);
        let mut members: HashMap<&str, u32> = branches.map(|row| (row.sheet.number(), 0)).collect();
        let parents = orgs.iter().filter_map(|row| row.sheet.parent.as_deref()).filter(|p| !p.is_empty());
        assert!(parents.into_iter().all(|parent| numbers.contains(parent)));
        let people = read::<PersonSheet>(&roster.people);
        for branch in people.iter().filter_map(|row| row.sheet.membership.branch.as_deref()) {
            if !branch.is_empty() {
                *members.get_mut(branch).expect("a branch of the unit") += 1;
            }
        }
        assert!(members.values().all(|members| (3..=50).contains(members)), "{}", roster.code);
    }
}

#[test]
fn the_same_seed_makes_the_same_people_and_another_others() {
    let small =
        Totals { honoured: 3, ordinary: 40, ordinary_members: 20, orgs_single: 1, ..Totals::default() };
    let make = |seed| generate(seed, &FIRST_PREFECTURE_PLACES[..1], small).unwrap().remove(0);
    assert_eq!(make(1).people, make(1).people);
    assert_eq!(make(1).orgs, make(1).orgs);
    assert_ne!(make(1).people, make(2).people);
    let both = generate(1, &FIRST_PREFECTURE_PLACES[..2], small).unwrap();
    assert_ne!(both[0].people.lines().nth(1), both[1].people.lines().nth(1));
}

#[test]
fn any_totals_are_split_exactly_and_small_units_work_too() {
    for (honoured, ordinary, single, joint) in [(0, 1, 0, 1), (7, 211, 3, 9), (1, 2, 1, 0), (13, 500, 0, 40)]
    {
        let totals = Totals {
            honoured,
            honoured_members: honoured / 2,
            ordinary,
            ordinary_members: ordinary,
            orgs_single: single,
            orgs_joint: joint,
        };
        let rosters = generate(3, &FIRST_PREFECTURE_PLACES[..3], totals).unwrap();
        let sum: Rollup = rosters.iter().map(count).sum();
        assert_eq!(sum, rollup(&totals));
    }
    assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
    assert_eq!(apportion(2, &[0, 5, 0, 5]), [0, 1, 0, 1]);
    assert_eq!(apportion(0, &[]), [0; 0]);
}
