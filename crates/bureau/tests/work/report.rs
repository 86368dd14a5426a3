use std::collections::BTreeMap;

use proptest::prelude::*;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::rollup::Rollup;
use yanzhen_bureau::{Filter, Save};

use yanzhen_proto::v1::SiteView;

use crate::federation::{Federation, NOON, Who};

#[tokio::test]
async fn each_row_sums_its_subtree_in_the_order_of_the_tree() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::Direct]).await;
    let people = "单位代码,编号,姓名,类别,政治面貌,参加工作时间\n\
                  990101,A1,张三,离休,中共党员,1948\n\
                  99010101,A1,李四,退休,预备党员,\n\
                  990101,A2,王五,退休,群众,\n";
    federation.import_people(Who::East, people).await;
    federation.import_people(Who::Node, "编号,姓名,类别\nB1,赵六,退休\n").await;
    federation
        .import_people(Who::Direct, "编号,姓名,类别,统计归属\nC1,钱七,退休,990100\nC2,孙八,退休,\n")
        .await;
    let orgs = "编号,全称,类型,设置方式,撤并时间\nZ1,一支部,党支部,单独,\nZ2,二支部,党支部,编入社区,\nZ3,三支部,党支部,单独,2020-01-01\n";
    federation.import_orgs(Who::East, orgs).await;
    federation.exchange().await;
    let report = federation.at(Who::Central).rollup(None).await.unwrap();
    let table: Vec<(&str, u32, u64, u64)> = report
        .rows
        .iter()
        .map(|row| (row.code.as_str(), row.depth, row.own.people, row.total.people))
        .collect();
    let expected = [
        ("990000", 0, 0, 6),
        ("990100", 1, 2, 5),
        ("990101", 2, 2, 3),
        ("99010101", 3, 1, 1),
        ("990102", 2, 0, 0),
        ("990900", 1, 1, 1),
    ];
    assert_eq!(table, expected, "one person of the direct unit is counted in the prefecture");
    let total = Rollup {
        people: 6,
        honoured: 1,
        honoured_members: 1,
        ordinary: 5,
        ordinary_members: 1,
        orgs: 2,
        orgs_single: 1,
        orgs_joint: 1,
    };
    assert_eq!(report.total, total);
    assert_eq!(report.rows[0].total, total);
    assert_eq!(report.mismatches, []);
    let county = federation.at(Who::East).rollup(None).await.unwrap();
    assert_eq!(
        county.rows.iter().map(|row| (row.depth, row.total.people)).collect::<Vec<_>>(),
        [(0, 3), (1, 1)]
    );
    let prefecture = federation.at(Who::Node).rollup(Some(federation.unit("990100"))).await.unwrap();
    assert_eq!(prefecture.rows.len(), 4);
}

#[tokio::test]
async fn each_units_figures_are_as_complete_as_the_sites_below_it() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West, Who::Direct]).await;
    let view = |who: Who, last_pulse_ms: i64, complete: bool| SiteView {
        site: who.id().to_string(),
        unit_name: format!("{who:?}"),
        last_pulse_ms,
        complete,
        ..SiteView::default()
    };
    let sites = [
        view(Who::Node, NOON - 60, true),
        view(Who::East, NOON - 50, true),
        view(Who::West, NOON - 9_000, false),
        view(Who::Direct, NOON - 40, true),
    ];
    let found = federation.at(Who::Central).completeness(&sites);
    let of = |code: &str| {
        let found = &found[&federation.unit(code)];
        let behind: Vec<&str> = found.incomplete.iter().map(|view| view.unit_name.as_str()).collect();
        (found.complete, found.sites, NOON - found.as_of, behind)
    };
    assert_eq!(of("990000"), (4, 5, 60, vec!["West"]), "central's own records are here");
    assert_eq!(of("990100"), (2, 3, 60, vec!["West"]));
    assert_eq!(of("990101"), (1, 1, 50, vec![]));
    assert_eq!(of("99010101"), (1, 1, 50, vec![]), "a town is at home at its county's site");
    assert_eq!(of("990900"), (1, 1, 40, vec![]));
    let county = federation.at(Who::East).completeness(&[]);
    assert_eq!(
        (county[&federation.unit("990101")].complete, county[&federation.unit("990101")].sites),
        (1, 1)
    );
}

/// What the test itself believes of one person.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Belief {
    honoured: bool,
    member: bool,
    living: bool,
}

fn expected(beliefs: &BTreeMap<(Who, u8), Belief>, orgs: &BTreeMap<(Who, u8), bool>, who: &[Who]) -> Rollup {
    let mut sum = Rollup::default();
    for ((at, _), belief) in beliefs.iter().filter(|(key, belief)| who.contains(&key.0) && belief.living) {
        assert!(who.contains(at));
        let member = u64::from(belief.member);
        sum.people += 1;
        if belief.honoured {
            sum.honoured += 1;
            sum.honoured_members += member;
        } else {
            sum.ordinary += 1;
            sum.ordinary_members += member;
        }
    }
    for single in orgs.iter().filter(|(key, _)| who.contains(&key.0)).map(|(_, single)| *single) {
        sum.orgs += 1;
        sum.orgs_single += u64::from(single);
        sum.orgs_joint += u64::from(!single);
    }
    sum
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put { at: Who, number: u8, honoured: bool, member: bool },
    Close { at: Who, number: u8 },
    Org { at: Who, number: u8, single: bool },
    Exchange,
}

fn step() -> impl Strategy<Value = Step> {
    let at = prop_oneof![Just(Who::Node), Just(Who::East), Just(Who::West)];
    let number = 0_u8..5;
    prop_oneof![
        4 => (at.clone(), number.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(at, number, honoured, member)| Step::Put { at, number, honoured, member }),
        2 => (at.clone(), number.clone()).prop_map(|(at, number)| Step::Close { at, number }),
        2 => (at, number, any::<bool>()).prop_map(|(at, number, single)| Step::Org { at, number, single }),
        1 => Just(Step::Exchange),
    ]
}

fn named(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn put(federation: &Federation, at: Who, number: u8, honoured: bool, member: bool) {
    let bureau = federation.at(at);
    let number = format!("P{number}");
    let known = bureau.show_person(Some(federation.unit(at.code())), &number).await.is_ok();
    let fields = named(&[
        ("编号", &number),
        ("姓名", "张三"),
        ("类别", if honoured { "离休" } else { "退休" }),
        ("政治面貌", if member { "党员" } else { "群众" }),
        ("状态", "在世"),
        ("状态日期", ""),
    ]);
    let number = if known { number } else { String::new() };
    bureau.save_person(Save { number, fields, ..Save::default() }).await.unwrap();
}

async fn take(
    federation: &Federation,
    step: Step,
    beliefs: &mut BTreeMap<(Who, u8), Belief>,
    orgs: &mut BTreeMap<(Who, u8), bool>,
) {
    match step {
        Step::Put { at, number, honoured, member } => {
            put(federation, at, number, honoured, member).await;
            beliefs.insert((at, number), Belief { honoured, member, living: true });
        }
        Step::Close { at, number } => {
            let close = ClosePerson {
                number: format!("P{number}"),
                status: if number % 2 == 0 { "去世" } else { "转出" }.into(),
                on: "2026-10-01".into(),
                ..ClosePerson::default()
            };
            let closed = federation.at(at).close_person(close).await;
            assert_eq!(closed.is_ok(), beliefs.contains_key(&(at, number)), "{closed:?}");
            if let Some(belief) = beliefs.get_mut(&(at, number)) {
                (belief.living, belief.member) = (false, false);
            }
        }
        Step::Org { at, number, single } => {
            let setup = if single { "单独" } else { "联合" };
            let file = format!("编号,全称,类型,设置方式\nZ{number},支部,党支部,{setup}\n");
            federation.import_orgs(at, &file).await;
            orgs.insert((at, number), single);
        }
        Step::Exchange => federation.exchange().await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_central_counts_what_is_expected(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
            let (mut beliefs, mut orgs) = (BTreeMap::new(), BTreeMap::new());
            for step in steps {
                take(&federation, step, &mut beliefs, &mut orgs).await;
            }
            federation.exchange().await;
            let central = federation.at(Who::Central).rollup(None).await.unwrap();
            assert_eq!(central.total, expected(&beliefs, &orgs, &[Who::Node, Who::East, Who::West]));
            assert_eq!(central.mismatches, []);
            let row = central.rows.iter().find(|row| row.code == "990101").unwrap();
            assert_eq!(row.total, expected(&beliefs, &orgs, &[Who::East]));
            assert_eq!(federation.at(Who::East).rollup(None).await.unwrap().total, row.total);
            let everybody = federation.at(Who::Central).list_people(&Filter::default()).await.unwrap();
            assert_eq!(everybody.total, beliefs.len() as u64);
        });
    }
}
