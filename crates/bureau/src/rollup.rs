//! The table of people and organisations: what counts, sums over the tree of units, and what must add up.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};
use yanzhen_proto::v1::{Membership, OrgSetup, PartyOrg, Person, Retirement};
use yanzhen_sync::UnitId;

use crate::kinds::{membership, party_org, person};

/// Counts of one unit, or of a unit and all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// Living retired cadres.
    pub people: u64,
    /// 离休.
    pub honoured: u64,
    /// Members, full or probationary, among them.
    pub honoured_members: u64,
    /// 退休.
    pub ordinary: u64,
    /// Members, full or probationary, among them.
    pub ordinary_members: u64,
    /// Party organisations that have not been dissolved or merged.
    pub orgs: u64,
    /// Set up singly 单独.
    pub orgs_single: u64,
    /// All others: jointly, together with in-service members, or in a community.
    pub orgs_joint: u64,
}

/// A sum that does not come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// 离休 + 退休 = total.
    #[error("离休 {honoured} + 退休 {ordinary} is not the total {people}")]
    People {
        /// 离休.
        honoured: u64,
        /// 退休.
        ordinary: u64,
        /// The total.
        people: u64,
    },
    /// Members ≤ people.
    #[error("{members} members among {people} {word}")]
    Members {
        /// Which people.
        word: &'static str,
        /// Members among them.
        members: u64,
        /// How many they are.
        people: u64,
    },
    /// Single + joint = organisations.
    #[error("{single} single + {joint} joint organisations are not {orgs}")]
    Orgs {
        /// Set up singly.
        single: u64,
        /// Set up otherwise.
        joint: u64,
        /// The total.
        orgs: u64,
    },
}

impl Rollup {
    /// What one person adds: nothing once dead or moved out.
    pub fn of_person(person: &Person, membership: Option<&Membership>) -> Rollup {
        if !person::is_living(person) {
            return Rollup::default();
        }
        let member = u64::from(membership.is_some_and(|m| membership::is_member(m.state())));
        match person.retirement() {
            Retirement::Honoured => {
                Rollup { people: 1, honoured: 1, honoured_members: member, ..Rollup::default() }
            }
            Retirement::Ordinary => {
                Rollup { people: 1, ordinary: 1, ordinary_members: member, ..Rollup::default() }
            }
            Retirement::Unspecified => Rollup::default(),
        }
    }

    /// What one organisation adds: nothing once it is dissolved or merged.
    pub fn of_org(org: &PartyOrg) -> Rollup {
        if !party_org::is_open(org) {
            return Rollup::default();
        }
        match org.setup() {
            OrgSetup::Single => Rollup { orgs: 1, orgs_single: 1, ..Rollup::default() },
            OrgSetup::Joint | OrgSetup::WithInService | OrgSetup::InCommunity => {
                Rollup { orgs: 1, orgs_joint: 1, ..Rollup::default() }
            }
            OrgSetup::Unspecified => Rollup::default(),
        }
    }

    /// Everything that does not add up.
    pub fn check(&self) -> Result<(), Vec<Mismatch>> {
        let Rollup { people, honoured, honoured_members, ordinary, ordinary_members, .. } = *self;
        let mut wrong = Vec::new();
        if honoured.checked_add(ordinary) != Some(people) {
            wrong.push(Mismatch::People { honoured, ordinary, people });
        }
        if honoured_members > honoured {
            wrong.push(Mismatch::Members { word: "离休", members: honoured_members, people: honoured });
        }
        if ordinary_members > ordinary {
            wrong.push(Mismatch::Members { word: "退休", members: ordinary_members, people: ordinary });
        }
        if self.orgs_single.checked_add(self.orgs_joint) != Some(self.orgs) {
            let (single, joint, orgs) = (self.orgs_single, self.orgs_joint, self.orgs);
            wrong.push(Mismatch::Orgs { single, joint, orgs });
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

impl Add for Rollup {
    type Output = Rollup;

    fn add(self, other: Rollup) -> Rollup {
        Rollup {
            people: self.people + other.people,
            honoured: self.honoured + other.honoured,
            honoured_members: self.honoured_members + other.honoured_members,
            ordinary: self.ordinary + other.ordinary,
            ordinary_members: self.ordinary_members + other.ordinary_members,
            orgs: self.orgs + other.orgs,
            orgs_single: self.orgs_single + other.orgs_single,
            orgs_joint: self.orgs_joint + other.orgs_joint,
        }
    }
}

impl AddAssign for Rollup {
    fn add_assign(&mut self, other: Rollup) {
        *self = *self + other;
    }
}

impl Sum for Rollup {
    fn sum<I: Iterator<Item = Rollup>>(counts: I) -> Rollup {
        counts.fold(Rollup::default(), Add::add)
    }
}

/// For each unit the sum over itself and all units below it. `parents` names each unit's parent, none for a
/// root; `own` holds what each unit itself counts. A unit that is missing in `parents` is a root; in a circle,
/// which no valid tree has, each unit counts once.
pub fn totals<T: Copy + Default + AddAssign>(
    parents: &BTreeMap<UnitId, Option<UnitId>>,
    own: &BTreeMap<UnitId, T>,
) -> BTreeMap<UnitId, T> {
    let mut totals: BTreeMap<UnitId, T> = parents.keys().map(|unit| (*unit, T::default())).collect();
    for (unit, count) in own {
        let mut passed = BTreeSet::new();
        let mut next = Some(*unit);
        while let Some(at) = next.filter(|at| passed.insert(*at)) {
            *totals.entry(at).or_default() += *count;
            next = parents.get(&at).copied().flatten();
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yanzhen_proto::v1::{MembershipState, PersonStatus};

    use super::*;

    fn person(retirement: Retirement, status: PersonStatus) -> Person {
        Person { retirement: retirement.into(), status: status.into(), ..Default::default() }
    }

    fn member(state: MembershipState) -> Membership {
        Membership { state: state.into(), ..Default::default() }
    }

    fn org(setup: OrgSetup, closed_on: &str) -> PartyOrg {
        PartyOrg { setup: setup.into(), closed_on: closed_on.into(), ..Default::default() }
    }

    #[test]
    fn only_the_living_count() {
        for status in [PersonStatus::Deceased, PersonStatus::MovedOut, PersonStatus::Unspecified] {
            let counted = Rollup::of_person(
                &person(Retirement::Honoured, status),
                Some(&member(MembershipState::Full)),
            );
            assert_eq!(counted, Rollup::default());
        }
        let living = person(Retirement::Honoured, PersonStatus::Living);
        assert_eq!(Rollup::of_person(&living, None), Rollup { people: 1, honoured: 1, ..Rollup::default() });
    }

    #[test]
    fn full_and_probationary_members_count_as_members() {
        let living = person(Retirement::Ordinary, PersonStatus::Living);
        let members = |state| Rollup::of_person(&living, Some(&member(state))).ordinary_members;
        assert_eq!(members(MembershipState::Full), 1);
        assert_eq!(members(MembershipState::Probationary), 1);
        assert_eq!(members(MembershipState::Ended), 0);
    }

    #[test]
    fn organisations_are_single_or_joint_until_dissolved() {
        assert_eq!(
            Rollup::of_org(&org(OrgSetup::Single, "")),
            Rollup { orgs: 1, orgs_single: 1, ..Rollup::default() }
        );
        for setup in [OrgSetup::Joint, OrgSetup::WithInService, OrgSetup::InCommunity] {
            assert_eq!(
                Rollup::of_org(&org(setup, "")),
                Rollup { orgs: 1, orgs_joint: 1, ..Rollup::default() }
            );
            assert_eq!(Rollup::of_org(&org(setup, "2018-12-31")), Rollup::default());
        }
    }

    #[test]
    fn what_does_not_add_up_is_said() {
        let sound = Rollup {
            people: 33_226,
            honoured: 889,
            honoured_members: 613,
            ordinary: 32_337,
            ordinary_members: 17_768,
            orgs: 881,
            orgs_single: 234,
            orgs_joint: 647,
        };
        assert_eq!(sound.check(), Ok(()));
        let wrong = Rollup { people: 33_225, honoured_members: 890, orgs: 880, ..sound };
        assert_eq!(wrong.check().unwrap_err().len(), 3);
    }

    #[test]
    fn totals_sum_each_subtree() {
        let unit = |n| UnitId::new([n; 16]);
        let parents = BTreeMap::from([
            (unit(1), None),
            (unit(2), Some(unit(1))),
            (unit(3), Some(unit(2))),
            (unit(4), Some(unit(2))),
        ]);
        let people = |n| Rollup { people: n, ..Rollup::default() };
        let own = BTreeMap::from([(unit(1), people(1)), (unit(3), people(10)), (unit(4), people(100))]);
        let totals = totals(&parents, &own);
        assert_eq!([1, 2, 3, 4].map(|n| totals[&unit(n)].people), [111, 110, 10, 100]);
    }

    proptest! {
        #[test]
        fn totals_end_whatever_the_parents_are(links in proptest::collection::vec((0_u8..6, proptest::option::of(0_u8..8)), 0..12)) {
            let unit = |n: u8| UnitId::new([n; 16]);
            let parents: BTreeMap<_, _> = links.iter().map(|(at, up)| (unit(*at), up.map(unit))).collect();
            let own: BTreeMap<_, _> = (0..6).map(|n| (unit(n), Rollup { people: 1, ..Rollup::default() })).collect();
            let totals = totals(&parents, &own);
            prop_assert!(totals.values().all(|total| total.people <= 6));
        }

        #[test]
        fn sums_of_persons_always_add_up(states in proptest::collection::vec((0..3, 0..4, 0..4), 0..50)) {
            let sum: Rollup = states
                .into_iter()
                .map(|(retirement, status, state)| {
                    let person = Person { retirement, status, ..Default::default() };
                    Rollup::of_person(&person, Some(&Membership { state, ..Default::default() }))
                })
                .sum();
            prop_assert_eq!(sum.check(), Ok(()));
        }
    }
}
