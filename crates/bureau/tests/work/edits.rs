use prost::Message;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::{Bureau, BureauError, Filter, Save, Saved};
use yanzhen_proto::v1::{MembershipState, PersonStatus};
use yanzhen_store::{Edit, Expected, Target, Write};

use crate::federation::{Federation, Who};

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn save(bureau: &Bureau, number: &str, given: &[(&str, &str)]) -> Result<Saved, BureauError> {
    bureau.save_person(Save { number: number.to_owned(), fields: fields(given), ..Save::default() }).await
}

const ZHANG: [(&str, &str); 5] = [
    ("编号", "A1"),
    ("姓名", "张三"),
    ("离退休类别", "离休"),
    ("参加工作时间", "1948-05"),
    ("政治面貌", "中共党员"),
];

#[tokio::test]
async fn a_person_is_added_edited_and_shown_with_branch_and_membership() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let org = fields(&[("number", "Z1"), ("name", "第一党支部"), ("type", "党支部"), ("setup", "单独")]);
    east.save_org(Save { fields: org, ..Save::default() }).await.unwrap();
    let added = save(east, "", &ZHANG).await.unwrap();
    assert!(added.changed);
    assert_eq!((added.number.as_str(), added.revision), ("A1", 1));
    let edited = save(east, "A1", &[("隶属支部", "Z1"), ("职级", "县处级")]).await.unwrap();
    assert_eq!((edited.id, edited.changed, edited.revision), (added.id, true, 2));
    let same = save(east, &added.id.to_string(), &[("rank", "县处级")]).await.unwrap();
    assert!(!same.changed, "saying it again changes nothing");

    let shown = east.show_person(None, "A1").await.unwrap();
    assert_eq!((shown.person.name.as_str(), shown.person.rank.as_str()), ("张三", "县处级"));
    assert_eq!(shown.branch.unwrap().name, "第一党支部");
    assert_eq!(shown.membership.unwrap().state(), MembershipState::Full);
    assert_eq!(east.show_org(None, "Z1").await.unwrap().members, 1);
    federation.exchange().await;
    let central = federation.at(Who::Central);
    assert_eq!(central.show_person(None, "A1").await.unwrap().unit_code, "990101");
}

#[tokio::test]
async fn a_number_is_given_once_in_a_unit_and_can_be_changed() {
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    save(node, "", &ZHANG).await.unwrap();
    assert!(matches!(save(node, "", &ZHANG).await, Err(BureauError::Exists { .. })));
    save(node, "", &[("编号", "A2"), ("姓名", "李四"), ("类别", "退休")]).await.unwrap();
    assert!(matches!(save(node, "A2", &[("编号", "A1")]).await, Err(BureauError::Exists { .. })));
    let renumbered = save(node, "A2", &[("编号", "A3")]).await.unwrap();
    assert_eq!((renumbered.number.as_str(), renumbered.revision), ("A3", 2));
    assert!(matches!(node.show_person(None, "A2").await, Err(BureauError::NotFound { .. })));
    let other_unit = Save { unit_code: "990101".into(), fields: fields(&ZHANG), ..Save::default() };
    node.save_person(other_unit).await.unwrap();
    let own = node.show_person(None, "A1").await.unwrap();
    assert_eq!(own.unit_code, "990100", "the own unit goes first");
    let central = federation.at(Who::Central);
    federation.exchange().await;
    assert!(matches!(central.show_person(None, "A1").await, Err(BureauError::Ambiguous { found: 2, .. })));
}

#[tokio::test]
async fn many_adds_of_one_number_at_once_leave_one_person() {
    let federation = Federation::of(&[Who::Node]).await;
    let adds: Vec<_> = (0..8)
        .map(|_| {
            let node = federation.at(Who::Node).clone();
            tokio::spawn(async move { save(&node, "", &ZHANG).await.is_ok() })
        })
        .collect();
    let mut done = 0;
    for add in adds {
        done += usize::from(add.await.unwrap());
    }
    assert_eq!(done, 1);
    assert_eq!(federation.at(Who::Node).list_people(&Filter::default()).await.unwrap().total, 1);
}

#[tokio::test]
async fn edits_follow_the_rules_of_an_import_and_say_what_is_wrong() {
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    save(node, "", &ZHANG).await.unwrap();
    let words = |error: BureauError| {
        assert!(error.is_refusal(), "{error}");
        error.to_string()
    };
    let unknown = words(save(node, "A1", &[("爱好", "书法")]).await.unwrap_err());
    assert!(unknown.contains("爱好"), "{unknown}");
    let mixed = words(save(node, "A1", &[("职级", "县处级"), ("爱好", "书法")]).await.unwrap_err());
    assert!(mixed.contains("爱好"), "{mixed}");
    let late = words(save(node, "A1", &[("参加工作时间", "1950")]).await.unwrap_err());
    assert!(late.contains("1949-10-01"), "{late}");
    let secret = words(save(node, "A1", &[("密级", "机密")]).await.unwrap_err());
    assert!(secret.contains("secrecy"), "{secret}");
    let missing = words(save(node, "", &[("编号", "A9")]).await.unwrap_err());
    assert!(missing.contains("姓名"), "{missing}");
    let branch = words(save(node, "A1", &[("隶属支部", "没有")]).await.unwrap_err());
    assert!(branch.contains("organisation"), "{branch}");
    let moved = words(save(node, "A1", &[("单位代码", "990101")]).await.unwrap_err());
    assert!(moved.contains("hand-over"), "{moved}");
    assert_eq!(node.show_person(None, "A1").await.unwrap().revision, 1, "nothing was written");
}

#[tokio::test]
async fn only_units_at_home_are_edited_and_the_message_names_them() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let node = federation.at(Who::Node);
    let elsewhere = Save { unit_code: "990101".into(), fields: fields(&ZHANG), ..Save::default() };
    let error = node.save_person(elsewhere).await.unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, BureauError::NotHome { .. }));
    assert!(words.contains("990101") && words.contains("青原州委老干部局"), "{words}");
    assert!(matches!(node.home_unit("000"), Err(BureauError::UnknownUnit(_))));
}

#[tokio::test]
async fn closing_a_person_ends_the_membership_and_keeps_its_dates() {
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    save(node, "", &ZHANG).await.unwrap();
    save(node, "A1", &[("入党时间", "1949-07")]).await.unwrap();
    let close = |status: &str, on: &str| ClosePerson {
        number: "A1".into(),
        status: status.into(),
        on: on.into(),
        ..ClosePerson::default()
    };
    assert!(node.close_person(close("在世", "2026-11-01")).await.unwrap_err().is_refusal());
    assert!(node.close_person(close("去世", "")).await.unwrap_err().is_refusal(), "a day is needed");
    assert!(
        node.close_person(close("去世", "2027-01-01")).await.unwrap_err().is_refusal(),
        "not in the future"
    );
    node.close_person(close("去世", "2026年11月1日")).await.unwrap();
    let shown = node.show_person(None, "A1").await.unwrap();
    assert_eq!(
        (shown.person.status(), shown.person.status_on.as_str()),
        (PersonStatus::Deceased, "2026-11-01")
    );
    let membership = shown.membership.unwrap();
    assert_eq!((membership.state(), membership.joined.as_str()), (MembershipState::Ended, "1949-07"));
    assert!(!node.close_person(close("去世", "2026-11-01")).await.unwrap().changed);
}

#[tokio::test]
async fn an_edit_keeps_fields_of_later_software() {
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    let saved = save(node, "", &ZHANG).await.unwrap();
    let kind = yanzhen_bureau::kinds::person::KIND;
    let record = node.store().record(&kind, saved.id).await.unwrap().unwrap();
    let mut body = record.body.unwrap().to_vec();
    prost::encoding::string::encode(1000, &"雁".to_owned(), &mut body);
    let edit = Edit::upsert(kind.clone(), saved.id, record.unit, body, Expected::At(record.version));
    node.store().write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await.unwrap();
    save(node, "A1", &[("职级", "县处级")]).await.unwrap();
    let body = node.store().record(&kind, saved.id).await.unwrap().unwrap().body.unwrap();
    assert!(body.ends_with("雁".as_bytes()));
    assert_eq!(yanzhen_proto::v1::Person::decode(body).unwrap().rank, "县处级");
}

#[tokio::test]
async fn lists_are_paged_filtered_by_subtree_and_searched() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let rows: String =
        (1..=60).map(|n| format!("N{n:02},王{},退休\n", if n % 2 == 0 { "双" } else { "单" })).collect();
    federation.import_people(Who::East, &format!("编号,姓名,类别\n{rows}")).await;
    federation.import_people(Who::Node, "编号,姓名,类别\nK_100%,李四,退休\n").await;
    federation.exchange().await;
    let central = federation.at(Who::Central);
    let unit = |code| Some(federation.unit(code));
    let all = Filter { unit: unit("990100"), subtree: true, ..Filter::default() };
    let first = central.list_people(&all).await.unwrap();
    assert_eq!((first.total, first.rows.len()), (61, 50));
    assert_eq!(first.rows[0].person.number, "K_100%", "the unit above goes first");
    let rest = central.list_people(&Filter { offset: 50, ..all.clone() }).await.unwrap();
    assert_eq!((rest.total, rest.rows.len()), (61, 11));
    assert_eq!(rest.rows[10].person.number, "N60");
    let own = central.list_people(&Filter { subtree: false, ..all.clone() }).await.unwrap();
    assert_eq!(own.total, 1);
    let found = central.list_people(&Filter { search: " 王 双".into(), ..all.clone() }).await.unwrap();
    assert_eq!(found.total, 30);
    let sign = central.list_people(&Filter { search: "0%".into(), ..Filter::default() }).await.unwrap();
    assert_eq!(sign.total, 1, "a sign stands for itself");
    let digits = central.list_people(&Filter { search: "ｎ０１".into(), ..Filter::default() }).await.unwrap();
    assert_eq!(digits.total, 1, "full-width and lower case are found");
    let nobody = central.list_people(&Filter { unit: unit("990900"), ..all }).await.unwrap();
    assert_eq!((nobody.total, nobody.rows.len()), (0, 0));
}

#[tokio::test]
async fn an_add_that_nobody_waits_for_still_keeps_its_number_for_itself() {
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    for polls in 1..40 {
        let number = format!("A{polls}");
        let given = [("编号", number.as_str()), ("姓名", "张三"), ("类别", "退休")];
        let mut first = Box::pin(save(node, "", &given));
        // Goes away after so many steps, also with the write under way.
        for _ in 0..polls {
            let step = tokio::time::timeout(std::time::Duration::ZERO, &mut first).await;
            if step.is_ok() {
                break;
            }
        }
        drop(first);
        let second = save(node, "", &given).await;
        assert!(second.is_ok() || matches!(second, Err(BureauError::Exists { .. })), "{second:?}");
        let filter = Filter { search: number.clone(), ..Filter::default() };
        let rows = node.list_people(&filter).await.unwrap().rows;
        assert_eq!(rows.iter().filter(|row| row.person.number == number).count(), 1);
    }
}
