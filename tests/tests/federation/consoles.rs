//! Five hundred edits, arrivals, deaths and moves through the consoles of three tiers, and what every site then counts
//! is what the test itself believes. Nothing of the product's own counting is used for that.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

use crate::forms::Browser;
use crate::world::{CITY, COUNTY, DIRECT, PATIENCE, PREFECTURE, SECOND_COUNTY, Site, World, until};

const STEPS: usize = 500;

/// Another seed is another five hundred steps.
const SEED: u64 = 0x59_61_6e_7a_68_65_6e;

/// The units with a site, each with the one above.
const UNITS: [(&str, Option<&str>); 5] = [
    (CITY, None),
    (PREFECTURE, Some(CITY)),
    (COUNTY, Some(PREFECTURE)),
    (SECOND_COUNTY, Some(PREFECTURE)),
    (DIRECT, Some(CITY)),
];

/// The same numbers at each run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }
}

/// What the test believes of one person.
#[derive(Clone, Debug)]
struct Person {
    /// A place in [`UNITS`].
    unit: usize,
    honoured: bool,
    /// None for who never was one.
    member: Option<bool>,
    status: &'static str,
    transfer: Transfer,
}

#[derive(Clone, Debug, PartialEq)]
enum Transfer {
    None,
    /// Released to a place in [`UNITS`].
    Open(String, usize),
    /// Not taken; the old home will hear of it, in this word.
    NotTaken(String, &'static str),
}

impl Person {
    fn counts(&self) -> bool {
        self.status == "在世"
    }
}

/// People, 离休, members among them, 退休, members among them.
type Counts = [u64; 5];

/// The consoles, each with a clerk, and what the test believes.
struct Office {
    browsers: Vec<Browser>,
    people: BTreeMap<String, Person>,
    dice: Dice,
    numbers: usize,
    done: BTreeMap<&'static str, usize>,
}

impl Office {
    /// Does one thing that is possible now.
    fn step(&mut self) {
        let done = match self.dice.below(100) {
            0..22 => None,
            22..60 => self.edit(),
            60..72 => self.close(),
            72..86 => self.release(),
            86..94 => self.answer(true),
            94..98 => self.answer(false),
            _ => self.withdraw(),
        };
        let done = done.unwrap_or_else(|| self.add());
        *self.done.entry(done).or_default() += 1;
    }

    fn number(&mut self) -> String {
        self.numbers += 1;
        format!("P{}", self.numbers)
    }

    fn add(&mut self) -> &'static str {
        let (unit, honoured) = (self.dice.below(UNITS.len()), self.dice.below(5) == 0);
        let member = (self.dice.below(2) == 0).then_some(true);
        let number = self.number();
        let fields = [
            ("number", number.as_str()),
            ("name", "张三"),
            ("retirement", kind(honoured)),
            ("state", member.map_or("", |_| "正式党员")),
        ];
        let path = self.browsers[unit].fill("/people/new", "/people/new", &fields).must_lead_on();
        let id = path.strip_prefix("/people/").unwrap().to_owned();
        let person = Person { unit, honoured, member, status: "在世", transfer: Transfer::None };
        self.people.insert(id, person);
        "added"
    }

    /// Somebody for whom this holds.
    fn somebody(&mut self, which: impl Fn(&Person) -> bool) -> Option<String> {
        let found: Vec<String> =
            self.people.iter().filter(|(_, person)| which(person)).map(|(id, _)| id.clone()).collect();
        self.dice.one(&found).cloned()
    }

    /// Somebody who lives and is not on the way, once their own home knows that too.
    fn at_home(&mut self) -> Option<(String, Person)> {
        let id = self.somebody(|person| person.counts() && !matches!(person.transfer, Transfer::Open(..)))?;
        let person = self.people.get_mut(&id).unwrap();
        if let Transfer::NotTaken(transfer, word) = std::mem::replace(&mut person.transfer, Transfer::None) {
            let browser = &mut self.browsers[person.unit];
            until("the old home has the answer", || {
                browser
                    .get(&format!("/transfers/{transfer}"))
                    .html
                    .contains(&format!("<span class=\"tag\">{word}</span>"))
            });
        }
        let person = person.clone();
        Some((id, person))
    }

    fn edit(&mut self) -> Option<&'static str> {
        let (id, before) = self.at_home()?;
        let honoured = self.dice.below(4) == 0;
        let member = match self.dice.below(3) {
            0 => before.member,
            1 => Some(true),
            _ => before.member.map(|_| false),
        };
        let state = match member {
            None => "",
            Some(true) => ["正式党员", "预备党员"][self.dice.below(2)],
            Some(false) => "已终止",
        };
        let rank = ["县处级", "正科级", "副科级"][self.dice.below(3)];
        let form = format!("/people/{id}/edit");
        let fields = [("retirement", kind(honoured)), ("state", state), ("rank", rank)];
        self.browsers[before.unit].fill(&form, &form, &fields).must_lead_on();
        let person = self.people.get_mut(&id).unwrap();
        (person.honoured, person.member) = (honoured, member);
        Some("edited")
    }

    fn close(&mut self) -> Option<&'static str> {
        let (id, person) = self.at_home()?;
        let status = if self.dice.below(4) == 0 { "转出" } else { "去世" };
        let form = format!("/people/{id}/close");
        let fields = [("status", status), ("status_on", "2026-01-02")];
        self.browsers[person.unit].fill(&form, &form, &fields).must_lead_on();
        self.people.get_mut(&id).unwrap().status = status;
        Some(if status == "去世" { "died" } else { "left" })
    }

    fn release(&mut self) -> Option<&'static str> {
        let (id, person) = self.at_home()?;
        let to = (person.unit + 1 + self.dice.below(UNITS.len() - 1)) % UNITS.len();
        let form = format!("/people/{id}/transfer");
        let fields = [("to", UNITS[to].0), ("reason", "随子女居住")];
        let browser = &mut self.browsers[person.unit];
        let asked = browser.fill(&form, &form, &fields);
        let path = browser.send(&asked, &form, &[("confirmed", "1")]).must_lead_on();
        let transfer = path.strip_prefix("/transfers/").unwrap().to_owned();
        self.people.get_mut(&id).unwrap().transfer = Transfer::Open(transfer, to);
        Some("released")
    }

    /// The new home accepts or returns somebody, once it has heard of them.
    fn answer(&mut self, accepts: bool) -> Option<&'static str> {
        let id = self.somebody(|person| matches!(person.transfer, Transfer::Open(..)))?;
        let Transfer::Open(transfer, to) = self.people[&id].transfer.clone() else { unreachable!() };
        let page = format!("/transfers/{transfer}");
        let act = if accepts { format!("{page}/accept") } else { format!("{page}/return") };
        let number = if self.dice.below(2) == 0 { self.number() } else { String::new() };
        let browser = &mut self.browsers[to];
        until("the new home has the transfer", || browser.get(&page).html.contains(&act));
        let field = if accepts { ("number", number.as_str()) } else { ("reason", "查无此人") };
        // A page of its own asks first whether somebody is to be returned.
        let form = if accepts { &page } else { &act };
        browser.fill(form, &act, &[field]).must_lead_on();
        let person = self.people.get_mut(&id).unwrap();
        if accepts {
            (person.unit, person.transfer) = (to, Transfer::None);
            return Some("accepted");
        }
        person.transfer = Transfer::NotTaken(transfer, "已退回");
        Some("returned")
    }

    /// The old home asks somebody back whom nobody has answered for.
    fn withdraw(&mut self) -> Option<&'static str> {
        let id = self.somebody(|person| matches!(person.transfer, Transfer::Open(..)))?;
        let person = self.people.get_mut(&id).unwrap();
        let Transfer::Open(transfer, _) = person.transfer.clone() else { unreachable!() };
        let form = format!("/transfers/{transfer}/withdraw");
        self.browsers[person.unit].fill(&form, &form, &[]).must_lead_on();
        person.transfer = Transfer::NotTaken(transfer, "已撤回");
        Some("withdrawn")
    }

    /// Everybody's unit and status, as a site has to know them.
    fn expected_people(&self, site: usize) -> BTreeMap<String, (String, String)> {
        let known = self.people.iter().filter(|(_, person)| is_within(person.unit, site));
        known
            .map(|(id, person)| (id.clone(), (UNITS[person.unit].0.to_owned(), person.status.to_owned())))
            .collect()
    }

    /// What a unit counts with all below it.
    fn expected_counts(&self, unit: usize) -> Counts {
        let mut counts = Counts::default();
        let counted = self.people.values().filter(|person| person.counts() && is_within(person.unit, unit));
        for person in counted {
            let kind = if person.honoured { 1 } else { 3 };
            counts[0] += 1;
            counts[kind] += 1;
            counts[kind + 1] += u64::from(person.member == Some(true));
        }
        counts
    }
}

fn kind(honoured: bool) -> &'static str {
    if honoured { "离休" } else { "退休" }
}

/// Whether one place in [`UNITS`] is another or below it.
fn is_within(unit: usize, top: usize) -> bool {
    let above = |unit: usize| UNITS[unit].1.and_then(|code| UNITS.iter().position(|(of, _)| *of == code));
    std::iter::successors(Some(unit), |unit| above(*unit)).any(|unit| unit == top)
}

/// Everybody whom a site has, with unit and status.
fn known_people(site: &Site) -> BTreeMap<String, (String, String)> {
    let reply = site.json(&["people", "list", "--subtree", "--limit", "500"]);
    let people = reply["people"].as_array().unwrap();
    assert_eq!(reply["total"].as_u64(), Some(people.len() as u64), "all on one page");
    let text = |person: &Value, field: &str| person[field].as_str().unwrap().to_owned();
    let entry = |person| (text(person, "id"), (text(person, "unit_code"), text(person, "status")));
    let known: BTreeMap<_, _> = people.iter().map(entry).collect();
    assert_eq!(known.len(), people.len(), "somebody is in two units");
    known
}

/// What a site's roll-up says of the units with a site.
fn rolled_up(site: &Site) -> BTreeMap<String, Counts> {
    let reply = site.json(&["report", "rollup"]);
    let count = |row: &Value, name: &str| row[name].as_u64().unwrap();
    let fields = ["people", "honoured", "honoured_members", "ordinary", "ordinary_members"];
    let rows = reply["rows"].as_array().unwrap().iter();
    let rows =
        rows.map(|row| (row["unit_code"].as_str().unwrap().to_owned(), fields.map(|name| count(row, name))));
    rows.filter(|(code, _)| UNITS.iter().any(|(of, _)| of == code)).collect()
}

/// Waits until both agree; where they never do, says how they differ.
fn agree<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, found: impl Fn() -> T) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE && found() != *expected {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(found(), *expected, "{what}, seed {SEED:#x}");
}

#[test]
fn after_five_hundred_edits_moves_and_deaths_through_the_consoles_every_tier_counts_what_is_expected() {
    let (world, node, county, second) = World::with_consoles().and_three_tiers();
    let direct = world.join("terminal", DIRECT);
    let sites = [&world.central, &node, &county, &second, &direct];
    let mut office = Office {
        browsers: sites.iter().map(|site| Browser::of_clerk(site)).collect(),
        people: BTreeMap::new(),
        dice: Dice(SEED),
        numbers: 0,
        done: BTreeMap::new(),
    };
    for _ in 0..STEPS {
        office.step();
    }
    for (what, fewest) in
        [("edited", 100), ("died", 20), ("left", 5), ("accepted", 20), ("returned", 5), ("withdrawn", 3)]
    {
        assert!(office.done.get(what).is_some_and(|done| *done >= fewest), "{what}: {:?}", office.done);
    }

    let expected: BTreeMap<String, Counts> = UNITS
        .iter()
        .enumerate()
        .map(|(place, (code, _))| ((*code).to_owned(), office.expected_counts(place)))
        .collect();
    agree("central's roll-up", &expected, || rolled_up(&world.central));
    for (place, site) in sites.into_iter().enumerate() {
        agree(UNITS[place].0, &office.expected_people(place), || known_people(site));
        let own = rolled_up(site);
        assert_eq!(own[UNITS[place].0], expected[UNITS[place].0], "the roll-up of {}", UNITS[place].0);
        assert_eq!(site.status()["quarantined"], 0, "{}", UNITS[place].0);
    }
}
