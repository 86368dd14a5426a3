//! Posts, absences and what is to be done about them.

use yanzhen_bureau::kinds::away_notice::AwayAlert;
use yanzhen_bureau::kinds::branch_rules::BranchAlert;
use yanzhen_bureau::kinds::party_org;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::{Bureau, BureauError, Day, Reason, Save, Saved};
use yanzhen_proto::v1::{Appointment, AwayNotice, PartyOrg, Staff};
use yanzhen_sync::RecordId;

use crate::federation::{Federation, Who};

fn save(fields: &[(&str, &str)]) -> Save {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Save { fields, ..Save::default() }
}

async fn person(bureau: &Bureau, number: &str, branch: &str) -> RecordId {
    let fields = [
        ("编号", number),
        ("姓名", "赵明德"),
        ("类别", "退休"),
        ("党籍状态", "正式党员"),
        ("隶属支部", branch),
    ];
    bureau.save_person(save(&fields)).await.unwrap().id
}

async fn branch(bureau: &Bureau, number: &str, term_end: &str) -> RecordId {
    let fields = [
        ("编号", number),
        ("全称", "第一党支部"),
        ("类型", "党支部"),
        ("设置方式", "单独"),
        ("届满时间", term_end),
    ];
    bureau.save_org(save(&fields)).await.unwrap().id
}

async fn appoint(bureau: &Bureau, org: &str, person: &str, role: &str) -> Result<Saved, BureauError> {
    let fields = [("org", org), ("person", person), ("role", role), ("from", "2024-01-01")];
    bureau.save_kept::<Appointment>(&save(&fields), None).await
}

#[tokio::test]
async fn a_branch_says_what_it_falls_short_of_until_it_no_longer_does() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let org = branch(east, "Z1", "2027-01-21").await;
    let term = BranchAlert::TermNear { on: Day::parse("2027-01-21").unwrap(), days: 60, stage: 90 };
    let few = |full| BranchAlert::TooFewMembers { full, least: 3 };
    assert_eq!(east.org_alerts(org).await.unwrap(), [term, BranchAlert::NoSecretary, few(0)]);
    for number in ["A1", "A2", "A3"] {
        person(east, number, "Z1").await;
    }
    let post = appoint(east, "Z1", "A1", "书记").await.unwrap();
    assert_eq!(east.org_alerts(org).await.unwrap(), [term]);
    let posts = east.posts_of_org(org).await.unwrap();
    assert_eq!((posts[0].holder.as_str(), posts[0].is_held), ("赵明德", true));

    federation.exchange().await;
    let central = federation.at(Who::Central);
    let above = central.alerts(None).await.unwrap();
    assert_eq!((above.orgs.len(), above.orgs[0].org), (1, org));
    let node = central.unit_of_code("990101").unwrap();
    assert_eq!(central.alerts(Some(node)).await.unwrap(), above);
    let elsewhere = central.unit_of_code("990900").unwrap();
    assert_eq!(central.alerts(Some(elsewhere)).await.unwrap(), Default::default());

    let ends = Save { number: post.number, ..save(&[("to", "2026-11-21")]) };
    east.save_kept::<Appointment>(&ends, Some(1)).await.unwrap();
    assert_eq!(east.org_alerts(org).await.unwrap(), [term, BranchAlert::NoSecretary], "vacant at once");
    let again = east.save_kept::<Appointment>(&ends, Some(1)).await;
    assert!(matches!(again, Err(BureauError::Busy)), "another revision was shown");
}

#[tokio::test]
async fn what_a_form_names_must_be_of_the_unit() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    branch(east, "Z1", "").await;
    let Err(BureauError::Fields(errors)) = appoint(east, "Z1", "B9", "书记").await else {
        panic!("refused")
    };
    assert_eq!((errors[0].field.name, &errors[0].reason), ("person", &Reason::NoSuchRecord));
    let fields = [("name", "罗雨桐"), ("duty", "联络员"), ("office_phone", "0931 8401234")];
    let staff = east.save_kept::<Staff>(&save(&fields), None).await.unwrap();
    let fields = [("org", "Z1"), ("staff", "罗雨桐"), ("role", "联络员"), ("from", "2026")];
    let post = east.save_kept::<Appointment>(&save(&fields), None).await.unwrap();
    assert_eq!(east.held::<Appointment>(post.id).await.unwrap().body.staff, staff.id.to_bytes());
    let same = Save { number: staff.number, ..save(&[("duty", "联络员")]) };
    assert!(!east.save_kept::<Staff>(&same, None).await.unwrap().changed);
}

#[tokio::test]
async fn who_stays_away_too_long_is_brought_up() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    branch(east, "Z1", "").await;
    let who = person(east, "A1", "Z1").await;
    let away = |from: &'static str| {
        save(&[
            ("person", "A1"),
            ("from", from),
            ("county", "460200"),
            ("away_name", "赵岚"),
            ("away_phone", "138 0000 2046"),
            ("home_name", "罗雨桐"),
            ("home_phone", "8401234"),
        ])
    };
    let short = east.save_kept::<AwayNotice>(&away("2026-05-22"), None).await.unwrap();
    assert_eq!(east.alerts(None).await.unwrap().away, [], "half a year to the day");
    let Err(BureauError::Fields(errors)) = east.save_kept::<AwayNotice>(&away("2026-11-20"), None).await
    else {
        panic!("a second notice would begin another half year")
    };
    assert_eq!((errors[0].field.name, &errors[0].reason), ("person", &Reason::StillOpen));
    let back = Save { number: short.number, ..save(&[("returned_on", "2026-11-22")]) };
    east.save_kept::<AwayNotice>(&back, None).await.unwrap();
    let long = east.save_kept::<AwayNotice>(&away("2026年5月21日"), None).await.unwrap();
    let found = east.alerts(None).await.unwrap().away;
    let covered_to = Day::parse("2026-11-21").unwrap();
    assert_eq!((found.len(), found[0].notice.id, found[0].name.as_str()), (1, long.id, "赵明德"));
    assert_eq!(found[0].alerts, [AwayAlert::BeyondNotice { covered_to }]);
    let back = Save { number: long.number, ..save(&[("returned_on", "2026-11-22")]) };
    east.save_kept::<AwayNotice>(&back, None).await.unwrap();
    assert_eq!(east.alerts(None).await.unwrap().away, []);
    assert_eq!(east.away_of(who).await.unwrap().len(), 2);
}

#[tokio::test]
async fn posts_of_who_died_or_left_are_vacant_at_once_and_nobody_asks_after_them() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let org = branch(east, "Z1", "").await;
    for number in ["A1", "A2", "A3", "A4"] {
        person(east, number, "Z1").await;
    }
    appoint(east, "Z1", "A1", "书记").await.unwrap();
    let contacts = [
        ("away_name", "赵岚"),
        ("away_phone", "13800002046"),
        ("home_name", "罗雨桐"),
        ("home_phone", "8401234"),
    ];
    let notice = [("person", "A1"), ("from", "2026-01-01"), ("county", "460200")];
    east.save_kept::<AwayNotice>(&save(&[&notice[..], &contacts[..]].concat()), None).await.unwrap();
    assert_eq!(
        (east.org_alerts(org).await.unwrap().len(), east.alerts(None).await.unwrap().away.len()),
        (0, 1)
    );

    let died = ClosePerson {
        unit_code: String::new(),
        number: "A1".into(),
        status: "去世".into(),
        on: "2026-11-20".into(),
        reason: String::new(),
    };
    east.close_person(died).await.unwrap();
    assert_eq!(east.org_alerts(org).await.unwrap(), [BranchAlert::NoSecretary]);
    assert!(!east.posts_of_org(org).await.unwrap()[0].is_held);
    assert_eq!(east.alerts(None).await.unwrap().away, []);

    let luo = save(&[("name", "罗雨桐"), ("duty", "联络员")]);
    let luo = east.save_kept::<Staff>(&luo, None).await.unwrap();
    let secretary = [("org", "Z1"), ("staff", "罗雨桐"), ("role", "书记"), ("from", "2026")];
    east.save_kept::<Appointment>(&save(&secretary), None).await.unwrap();
    assert_eq!(east.org_alerts(org).await.unwrap(), []);
    let left = Save { number: luo.number, ..save(&[("left_on", "2026-11-21")]) };
    east.save_kept::<Staff>(&left, None).await.unwrap();
    assert_eq!(east.org_alerts(org).await.unwrap(), [BranchAlert::NoSecretary]);
}

#[tokio::test]
async fn every_version_of_a_record_is_told_with_its_site() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let org = branch(east, "Z1", "").await;
    let edit = Save { number: "Z1".into(), ..save(&[("活动阵地", "东街 12 号")]) };
    east.save_org(edit).await.unwrap();
    federation.exchange().await;
    for who in [Who::East, Who::Node, Who::Central] {
        let changes = federation.at(who).changes::<PartyOrg>(&party_org::KIND, org).await.unwrap();
        let told: Vec<_> = changes
            .iter()
            .map(|change| {
                (change.version.revision, change.site, change.body.as_ref().unwrap().place.as_str())
            })
            .collect();
        assert_eq!(told, [(1, Who::East.id(), ""), (2, Who::East.id(), "东街 12 号")], "{who:?}");
    }
}
