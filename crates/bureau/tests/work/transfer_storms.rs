//! Transfers under any order of events: people are released, accepted, returned and asked back while lines carry
//! this or that direction only, steps are late and sites restart.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use yanzhen_bureau::transfers::{Acceptance, TransferFilter, TransferView};
use yanzhen_bureau::{Bureau, Filter};
use yanzhen_proto::v1::PersonPrivate;
use yanzhen_sync::RecordId;
use yanzhen_sync::directory::Direction;

use crate::federation::{Federation, SOUTH_UNITS, Who};
use crate::transfers::{add, release, settle};

const SITES: [Who; 7] =
    [Who::Central, Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South];

/// Every unit and the site where it is at home; the township has none of its own.
const UNITS: [(&str, Who); 8] = [
    ("990000", Who::Central),
    ("990100", Who::Node),
    ("990101", Who::East),
    ("99010101", Who::East),
    ("990102", Who::West),
    ("990200", Who::SouthNode),
    ("990201", Who::South),
    ("990900", Who::Direct),
];

/// One person in each of these at first.
const PEOPLE: [usize; 4] = [2, 3, 1, 6];

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A person is released from where the site has them to a unit.
    Release(usize, usize),
    /// The new home of a person's open transfer answers.
    Accept(usize),
    Return(usize),
    /// The old home asks for a person back.
    Withdraw(usize),
    /// A line carries one direction.
    Carry(usize, bool),
    /// A site does what there is to do by itself.
    Pass(usize),
    Restart(usize),
    /// Days go by.
    Wait(u8),
}

fn event() -> impl Strategy<Value = Event> {
    let (person, unit, site) = (0..PEOPLE.len(), 0..UNITS.len(), 0..SITES.len());
    prop_oneof![
        3 => (person.clone(), unit).prop_map(|(person, unit)| Event::Release(person, unit)),
        4 => person.clone().prop_map(Event::Accept),
        1 => person.clone().prop_map(Event::Return),
        1 => person.prop_map(Event::Withdraw),
        10 => (1..SITES.len(), any::<bool>()).prop_map(|(site, up)| Event::Carry(site, up)),
        6 => site.clone().prop_map(Event::Pass),
        1 => site.prop_map(Event::Restart),
        1 => (1..60_u8).prop_map(Event::Wait),
    ]
}

struct Storm {
    federation: Federation,
    people: Vec<RecordId>,
    /// Where each person is by the acceptances alone.
    expected: Vec<&'static str>,
    accepted: usize,
}

impl Storm {
    async fn begin() -> Storm {
        let mut federation = Federation::central().await;
        federation.at(Who::Central).import_units(SOUTH_UNITS.as_bytes()).await.unwrap();
        for who in [Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South] {
            federation.join(who).await;
        }
        let mut storm = Storm { federation, people: Vec::new(), expected: Vec::new(), accepted: 0 };
        for (place, unit) in PEOPLE.into_iter().enumerate() {
            let (code, home) = UNITS[unit];
            // Numbers differ, so that any unit can take anybody.
            let bureau = storm.federation.at(home);
            let person = add(bureau, code, &format!("N{place}")).await;
            bureau.save_private(person, 0, private(place)).await.unwrap();
            storm.people.push(person);
            storm.expected.push(code);
        }
        storm.federation.exchange().await;
        storm
    }

    async fn happen(&mut self, event: Event) {
        match event {
            Event::Release(person, unit) => self.release(person, unit).await,
            Event::Accept(person) => self.accept(person).await,
            Event::Return(person) => {
                for (who, view) in self.open(person).await {
                    if view.can_be_returned() {
                        self.federation.at(who).return_transfer(view.id, "暂不接收").await.unwrap();
                    }
                }
            }
            Event::Withdraw(person) => {
                for (who, view) in self.open(person).await {
                    if view.can_be_withdrawn() {
                        self.federation.at(who).withdraw_transfer(view.id).await.unwrap();
                    }
                }
            }
            Event::Carry(site, up) => {
                let direction = if up { Direction::Up } else { Direction::Down };
                self.federation.carry(SITES[site], direction).await;
            }
            Event::Pass(site) => {
                self.federation.at(SITES[site]).pass_transfers().await.unwrap();
            }
            Event::Restart(site) => self.federation.restart(SITES[site]).await,
            Event::Wait(days) => self.federation.clock.advance(i64::from(days) * 24 * 3600 * 1000),
        }
    }

    /// Whoever may change the person releases them.
    async fn release(&mut self, person: usize, unit: usize) {
        let (to, new_home) = UNITS[unit];
        for (who, from) in self.changeable(person).await {
            if from == to {
                continue;
            }
            let released = release(&from, self.people[person], to);
            self.federation.at(who).release_person(released).await.unwrap();
            if who == new_home {
                self.expected[person] = to;
                self.accepted += 1;
            }
        }
    }

    async fn accept(&mut self, person: usize) {
        for (who, view) in self.open(person).await {
            if view.can_be_accepted() {
                self.federation.at(who).accept_transfer(view.id, &Acceptance::default()).await.unwrap();
                let unit = UNITS.iter().find(|(code, _)| *code == view.to.1).unwrap();
                self.expected[person] = unit.0;
                self.accepted += 1;
            }
        }
    }

    /// The person's transfers that are open somewhere.
    async fn open(&self, person: usize) -> Vec<(Who, TransferView)> {
        let mut open = Vec::new();
        for who in SITES {
            let page = self.federation.at(who).transfers(TransferFilter::default()).await.unwrap();
            let of_person = page.rows.into_iter().filter(|view| view.person == self.people[person]);
            open.extend(of_person.map(|view| (who, view)));
        }
        open
    }

    /// The sites that have the person in a unit of their own and may change them, with that unit.
    async fn changeable(&self, person: usize) -> Vec<(Who, String)> {
        let mut changeable = Vec::new();
        for who in SITES {
            let bureau = self.federation.at(who);
            let Some(unit) = held(bureau).await.remove(&self.people[person]) else { continue };
            let on_the_way = !bureau.in_transfer(&[self.people[person]]).await.unwrap().is_empty();
            if bureau.home_unit(&unit).is_ok() && !on_the_way {
                changeable.push((who, unit));
            }
        }
        changeable
    }

    /// What must hold at every moment, whatever has arrived where.
    async fn check(&self) -> Result<(), TestCaseError> {
        let mut at: BTreeMap<Who, BTreeMap<RecordId, String>> = BTreeMap::new();
        for who in SITES {
            let held = held(self.federation.at(who)).await;
            let counted = self.federation.at(who).rollup(None).await.unwrap().total;
            prop_assert_eq!(counted.people, held.len() as u64, "{:?} counts each once", who);
            prop_assert_eq!(counted.ordinary_members, counted.people, "{:?}: with the membership", who);
            at.insert(who, held);
        }
        prop_assert_eq!(at[&Who::Central].len(), self.people.len(), "central has everybody in one unit");
        for (place, person) in self.people.iter().enumerate() {
            let in_own = |who: &Who| {
                at[who].get(person).filter(|unit| UNITS.contains(&(unit.as_str(), *who))).is_some()
            };
            prop_assert!(SITES.iter().any(in_own), "person {} is at home somewhere", place);
            let changeable = self.changeable(place).await;
            prop_assert!(changeable.len() <= 1, "person {} can be changed at {:?}", place, changeable);
        }
        Ok(())
    }

    /// Once everything has arrived, everybody is where they were last accepted, at every tier that unit is below.
    async fn end(&self) -> Result<(), TestCaseError> {
        settle(&self.federation, &SITES).await;
        self.check().await?;
        for who in SITES {
            let expected: BTreeMap<RecordId, String> = self
                .people
                .iter()
                .zip(&self.expected)
                .filter(|(_, unit)| is_within(unit, who))
                .map(|(person, unit)| (*person, (*unit).to_owned()))
                .collect();
            prop_assert_eq!(held(self.federation.at(who)).await, expected, "{:?}", who);
        }
        for (place, person) in self.people.iter().enumerate() {
            let home = UNITS.iter().find(|(code, _)| *code == self.expected[place]).unwrap().1;
            let kept = self.federation.at(home).private(*person).await.unwrap().held;
            prop_assert_eq!(kept.phone, private(place).phone, "what is private has followed to {:?}", home);
        }
        let report = self.federation.at(Who::Central).rollup(None).await.unwrap();
        for row in &report.rows {
            let here = self.expected.iter().filter(|unit| **unit == row.code).count();
            prop_assert_eq!(row.own.people, here as u64, "central's row of {}", row.code);
        }
        Ok(())
    }
}

/// What is private of a person.
fn private(place: usize) -> PersonPrivate {
    PersonPrivate { phone: format!("1380000000{place}"), ..PersonPrivate::default() }
}

/// The people that a site has, and their units.
async fn held(bureau: &Bureau) -> BTreeMap<RecordId, String> {
    let page = bureau.list_people(&Filter { limit: 500, ..Filter::default() }).await.unwrap();
    page.rows.into_iter().map(|view| (view.id, view.unit_code)).collect()
}

/// Whether a unit is at home at a site or below it.
fn is_within(unit: &str, who: Who) -> bool {
    let home = UNITS.iter().find(|(code, _)| *code == unit).unwrap().1;
    std::iter::successors(Some(home), |site| site.parent()).any(|site| site == who)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_ever_in_two_units_or_none_whatever_the_order_of_events_and_outages(
        events in proptest::collection::vec(event(), 40..90),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut storm = Storm::begin().await;
            for event in events {
                storm.happen(event).await;
                storm.check().await?;
            }
            storm.end().await
        })?;
    }
}

/// The storms above would prove little if nobody ever arrived.
#[tokio::test]
async fn a_storm_that_carries_everything_moves_people() {
    let mut storm = Storm::begin().await;
    for (person, unit) in [(0, 4), (1, 6), (2, 0), (3, 5)] {
        storm.happen(Event::Release(person, unit)).await;
        settle(&storm.federation, &SITES).await;
        storm.happen(Event::Accept(person)).await;
        storm.check().await.unwrap();
    }
    assert_eq!(storm.accepted, 4);
    storm.end().await.unwrap();
    let units: BTreeSet<&str> = storm.expected.iter().copied().collect();
    assert_eq!(units, BTreeSet::from(["990102", "990201", "990000", "990200"]));
}
