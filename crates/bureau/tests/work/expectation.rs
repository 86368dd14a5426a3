//! Five hundred edits at all sites, and central counts what the test itself believes, now and on any earlier day.

use std::collections::BTreeMap;

use proptest::prelude::*;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::rollup::Rollup;
use yanzhen_bureau::{Balance, Day, Period, Save};

use crate::federation::{Federation, Who};

const STEPS: usize = 500;

const SITES: [Who; 4] = [Who::Node, Who::East, Who::West, Who::Direct];

/// Days on which something happens, in order.
const DAYS: [&str; 7] =
    ["2023-12-31", "2024-02-29", "2024-12-31", "2025-01-01", "2025-06-30", "2025-12-31", "2026-11-01"];

/// What the test believes of one person.
#[derive(Clone, Copy, Debug)]
struct Belief {
    honoured: bool,
    member: bool,
    /// A place in [`DAYS`]; none for long ago.
    retired: Option<usize>,
    /// The day, and whether by death.
    gone: Option<(usize, bool)>,
}

#[derive(Default)]
struct Beliefs {
    people: BTreeMap<(Who, u8), Belief>,
    /// Whether each was set up singly.
    orgs: BTreeMap<(Who, u8), bool>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put { at: Who, number: u8, honoured: bool, member: bool, retired: Option<usize> },
    Close { at: Who, number: u8, day: usize, died: bool },
    Org { at: Who, number: u8, single: bool },
    Exchange,
}

fn step() -> impl Strategy<Value = Step> {
    let at = || proptest::sample::select(&SITES[..]);
    let (number, day) = (0_u8..12, 0..DAYS.len());
    prop_oneof![
        10 => (at(), number.clone(), any::<bool>(), any::<bool>(), proptest::option::of(day.clone()))
            .prop_map(|(at, number, honoured, member, retired)| {
                Step::Put { at, number, honoured, member, retired }
            }),
        6 => (at(), number.clone(), day, any::<bool>())
            .prop_map(|(at, number, day, died)| Step::Close { at, number, day, died }),
        3 => (at(), number, any::<bool>()).prop_map(|(at, number, single)| Step::Org { at, number, single }),
        1 => Just(Step::Exchange),
    ]
}

async fn take(federation: &Federation, step: Step, beliefs: &mut Beliefs) {
    match step {
        Step::Put { at, number, honoured, member, retired } => {
            let known = beliefs.people.contains_key(&(at, number));
            put(federation.at(at), number, known, honoured, member, retired).await;
            beliefs.people.insert((at, number), Belief { honoured, member, retired, gone: None });
        }
        Step::Close { at, number, day, died } => {
            let Some(belief) = beliefs.people.get_mut(&(at, number)) else { return };
            let day = day.max(belief.retired.unwrap_or(0));
            let close = ClosePerson {
                number: format!("P{number}"),
                status: if died { "去世" } else { "转出" }.into(),
                on: DAYS[day].into(),
                ..ClosePerson::default()
            };
            federation.at(at).close_person(close).await.unwrap();
            (belief.gone, belief.member) = (Some((day, died)), false);
        }
        Step::Org { at, number, single } => {
            let setup = if single { "单独" } else { "联合" };
            let file = format!("编号,全称,类型,设置方式\nZ{number},支部,党支部,{setup}\n");
            federation.import_orgs(at, &file).await;
            beliefs.orgs.insert((at, number), single);
        }
        Step::Exchange => federation.exchange().await,
    }
}

async fn put(
    bureau: &yanzhen_bureau::Bureau,
    number: u8,
    known: bool,
    honoured: bool,
    member: bool,
    retired: Option<usize>,
) {
    let number = format!("P{number}");
    let fields = [
        ("编号", number.as_str()),
        ("姓名", "张三"),
        ("类别", if honoured { "离休" } else { "退休" }),
        ("政治面貌", if member { "党员" } else { "群众" }),
        ("离退休时间", retired.map_or("", |day| DAYS[day])),
        ("状态", "在世"),
        ("状态日期", ""),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let key = if known { number.clone() } else { String::new() };
    bureau.save_person(Save { number: key, fields, ..Save::default() }).await.unwrap();
}

impl Belief {
    fn is_there(&self, day: usize) -> bool {
        self.retired.is_none_or(|retired| retired <= day) && self.gone.is_none_or(|(gone, _)| gone > day)
    }
}

impl Beliefs {
    fn at<'b>(&'b self, sites: &'b [Who]) -> impl Iterator<Item = &'b Belief> {
        self.people.iter().filter(|((at, _), _)| sites.contains(at)).map(|(_, belief)| belief)
    }

    fn now(&self, sites: &[Who]) -> Rollup {
        let mut sum = Rollup::default();
        for belief in self.at(sites).filter(|belief| belief.gone.is_none()) {
            let (kind, members) = match belief.honoured {
                true => (&mut sum.honoured, &mut sum.honoured_members),
                false => (&mut sum.ordinary, &mut sum.ordinary_members),
            };
            (*kind, *members) = (*kind + 1, *members + u64::from(belief.member));
            sum.people += 1;
        }
        for ((_, _), single) in self.orgs.iter().filter(|((at, _), _)| sites.contains(at)) {
            sum.orgs += 1;
            sum.orgs_single += u64::from(*single);
            sum.orgs_joint += u64::from(!*single);
        }
        sum
    }

    /// People, 离休 and 退休 on the evening of a day.
    fn on(&self, sites: &[Who], day: usize) -> (u64, u64, u64) {
        let there = || self.at(sites).filter(|belief| belief.is_there(day));
        let honoured = there().filter(|belief| belief.honoured).count() as u64;
        let all = there().count() as u64;
        (all, honoured, all - honoured)
    }

    /// From the evening of one day to that of another.
    fn between(&self, sites: &[Who], before: usize, last: usize) -> Balance {
        let within = |day: usize| before < day && day <= last;
        let count = |which: &dyn Fn(&Belief) -> bool| self.at(sites).filter(|one| which(one)).count() as u64;
        Balance {
            opening: self.on(sites, before).0,
            retired: count(&|one| one.retired.is_some_and(within)),
            deceased: count(&|one| one.gone.is_some_and(|(day, died)| died && within(day))),
            moved_out: count(&|one| one.gone.is_some_and(|(day, died)| !died && within(day))),
            closing: self.on(sites, last).0,
            ..Balance::default()
        }
    }
}

async fn compare(federation: &Federation, beliefs: &Beliefs) {
    let central = federation.at(Who::Central);
    let parts: [(&str, &[Who]); 4] = [
        ("990000", &SITES),
        ("990100", &[Who::Node, Who::East, Who::West]),
        ("990101", &[Who::East]),
        ("990900", &[Who::Direct]),
    ];
    let now = central.rollup(None).await.unwrap();
    assert_eq!(now.mismatches, []);
    for (code, sites) in parts {
        let row = now.rows.iter().find(|row| row.code == code).unwrap();
        assert_eq!(row.total, beliefs.now(sites), "{code}");
    }
    for (place, day) in DAYS.iter().enumerate() {
        let report = central.rollup_on(None, Day::parse(day).unwrap()).await.unwrap();
        for (code, sites) in parts {
            let found = report.rows.iter().find(|row| row.code == code).unwrap().total;
            let found = (found.people, found.honoured, found.ordinary);
            assert_eq!(found, beliefs.on(sites, place), "{code} on {day}");
        }
    }
    for (before, first, last) in [(0, "2024-01-01", 2), (2, "2025-01-01", 5), (0, "2024-01-01", 6)] {
        let period = Period::new(Day::parse(first).unwrap(), Day::parse(DAYS[last]).unwrap()).unwrap();
        let rows = central.balance(None, period).await.unwrap();
        for (code, sites) in parts {
            let row = rows.iter().find(|row| row.unit.code == code).unwrap();
            assert_eq!(row.total, beliefs.between(sites, before, last), "{code} from {first}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, ..ProptestConfig::default() })]

    #[test]
    fn after_five_hundred_edits_and_deaths_central_counts_what_is_expected_on_any_day(
        steps in proptest::collection::vec(step(), STEPS),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let federation = Federation::of(&SITES).await;
            let mut beliefs = Beliefs::default();
            for step in steps {
                take(&federation, step, &mut beliefs).await;
            }
            federation.exchange().await;
            compare(&federation, &beliefs).await;
        });
    }
}
