//! What lists are filtered, sorted and searched by.

use yanzhen_bureau::Filter;
use yanzhen_bureau::listing::{Member, OrgColumn, PersonColumn, Sort, WhichOrgs, WhichPeople};
use yanzhen_proto::v1::{OrgType, PersonStatus, Retirement};

use crate::federation::{Federation, Who};

const ORGS: &str = "编号,全称,类型,设置方式,届满时间,撤销时间\n\
    Z1,水务局离退休干部第一党支部,党支部,单独,2027-05-01,\n\
    Z2,城关联合党支部,党支部,联合,2026-12-01,\n\
    Z3,老年大学党小组,党小组,单独,,2025-03-01\n";

const PEOPLE: &str = "编号,姓名,性别,出生日期,离退休类别,离退休时间,职级,原单位,专长,政治面貌,隶属支部,状态,去世时间\n\
    A1,赵明德,男,1946-11-22,退休,2006-11,正处级,县水利局,书法,中共党员,Z1,在世,\n\
    A2,孙桂芝,女,1946-11-23,退休,2001,科员,县第一小学,,群众,,在世,\n\
    A3,魏长山,男,1929,离休,1989-12-31,副处级,县人民武装部,,中共党员,Z2,在世,\n\
    A4,段淑华,女,,退休,,副科级,县统计局,50%_！,中共预备党员,,在世,\n\
    A5,江素云,女,1943-02-28,退休,2003,正科级,县文化馆,,群众,,去世,2026-01-05\n";

async fn roster() -> Federation {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    assert_eq!(federation.import_orgs(Who::East, ORGS).await.counts.refused, 0);
    let people = federation.import_people(Who::East, PEOPLE).await;
    assert_eq!(people.counts.refused, 0, "{:?}", people.refusals);
    federation
}

async fn people(federation: &Federation, filter: Filter<WhichPeople>) -> Vec<String> {
    let page = federation.at(Who::East).list_people(&filter).await.unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows.into_iter().map(|view| view.person.number).collect()
}

async fn those(federation: &Federation, which: WhichPeople) -> String {
    people(federation, Filter { which, ..Filter::default() }).await.join(" ")
}

async fn found(federation: &Federation, search: &str) -> String {
    people(federation, Filter { search: search.into(), ..Filter::default() }).await.join(" ")
}

#[tokio::test]
async fn people_are_found_by_what_is_known_of_them() {
    let f = roster().await;
    let which = WhichPeople::default;
    assert_eq!(those(&f, which()).await, "A1 A2 A3 A4 A5");
    assert_eq!(those(&f, WhichPeople { retirement: Some(Retirement::Honoured), ..which() }).await, "A3");
    assert_eq!(those(&f, WhichPeople { status: Some(PersonStatus::Deceased), ..which() }).await, "A5");
    assert_eq!(those(&f, WhichPeople { sex: Some(2), ..which() }).await, "A2 A4 A5");
    for (member, expected) in [
        (Member::Yes, "A1 A3 A4"),
        (Member::Full, "A1 A3"),
        (Member::Probationary, "A4"),
        (Member::No, "A2 A5"),
    ] {
        assert_eq!(those(&f, WhichPeople { member: Some(member), ..which() }).await, expected, "{member:?}");
    }
    let branch = f.at(Who::East).show_org(None, "Z2").await.unwrap().id;
    assert_eq!(those(&f, WhichPeople { branch: Some(branch), ..which() }).await, "A3");
}

#[tokio::test]
async fn an_age_is_reached_on_the_birthday_and_an_unknown_one_is_in_no_range() {
    let f = roster().await;
    let aged = |from, to| those(&f, WhichPeople { age_from: from, age_to: to, ..WhichPeople::default() });
    assert_eq!(aged(Some(80), None).await, "A1 A3 A5", "today, 22 November 2026, is A1's eightieth birthday");
    assert_eq!(aged(None, Some(79)).await, "A2");
    assert_eq!(aged(Some(80), Some(83)).await, "A1 A5");
    assert_eq!(aged(Some(97), Some(97)).await, "A3");
    let retired =
        |from, to| those(&f, WhichPeople { retired_from: from, retired_to: to, ..WhichPeople::default() });
    assert_eq!(retired(Some(2001), Some(2003)).await, "A2 A5");
    assert_eq!(retired(None, Some(1989)).await, "A3");
}

#[tokio::test]
async fn words_of_two_characters_are_found_in_every_text_and_in_the_branch() {
    let f = roster().await;
    for (search, expected) in [
        ("明德", "A1"),
        ("水利", "A1"),
        ("水务", "A1"),
        ("书法", "A1"),
        ("处级", "A1 A3"),
        ("a3", "A3"),
        ("县 桂芝", "A2"),
        ("县 桂芝 水利", ""),
        ("城关联合", "A3"),
        ("%_！", "A4"),
        ("  ", "A1 A2 A3 A4 A5"),
    ] {
        assert_eq!(found(&f, search).await, expected, "{search}");
    }
}

#[tokio::test]
async fn a_column_sorts_both_ways_and_the_unit_can_go_without_those_below() {
    let f = roster().await;
    let by = |column, descending| {
        let sort = Some(Sort { column, descending });
        those(&f, WhichPeople { sort, ..WhichPeople::default() })
    };
    assert_eq!(by(PersonColumn::Birth, false).await, "A4 A3 A5 A1 A2");
    assert_eq!(by(PersonColumn::Birth, true).await, "A2 A1 A5 A3 A4");
    assert_eq!(by(PersonColumn::RetiredOn, true).await, "A1 A5 A2 A3 A4");
    assert_eq!(by(PersonColumn::Number, true).await, "A5 A4 A3 A2 A1");
    f.exchange().await;
    for (subtree, expected) in [(true, 5), (false, 0)] {
        let unit = Some(f.unit("990100"));
        let filter = Filter { unit, subtree, ..Filter::<WhichPeople>::default() };
        assert_eq!(f.at(Who::Node).list_people(&filter).await.unwrap().total, expected);
    }
}

#[tokio::test]
async fn organisations_are_found_by_type_end_of_term_and_whether_they_exist() {
    let f = roster().await;
    let those = async |search: &str, which: WhichOrgs| {
        let filter = Filter { search: search.into(), which, ..Filter::default() };
        let page = f.at(Who::East).list_orgs(&filter).await.unwrap();
        page.rows.into_iter().map(|view| view.org.number).collect::<Vec<_>>().join(" ")
    };
    let which = WhichOrgs::default;
    assert_eq!(those("", WhichOrgs { kind: Some(OrgType::Group), ..which() }).await, "Z3");
    assert_eq!(those("", WhichOrgs { open: Some(true), ..which() }).await, "Z1 Z2");
    assert_eq!(those("", WhichOrgs { open: Some(false), ..which() }).await, "Z3");
    assert_eq!(those("水务 党支部", which()).await, "Z1");
    let sort = Some(Sort { column: OrgColumn::TermEnd, descending: true });
    assert_eq!(those("", WhichOrgs { sort, ..which() }).await, "Z1 Z2 Z3");
}
