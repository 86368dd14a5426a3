//! The pages of one person and one organisation.

use axum::http::StatusCode;
use yanzhen_console::accounts::Role;

use crate::office::{Browser, Office, Page};

const BRANCH: [(&str, &str); 4] =
    [("number", "Z1"), ("name", "第一党支部"), ("type", "党支部"), ("setup", "单独")];

const ZHAO: [(&str, &str); 5] =
    [("number", "1001"), ("name", "赵明德"), ("retirement", "退休"), ("state", "正式党员"), ("branch", "Z1")];

const PHONE: &str = "13812342046";

/// What is private of Zhao: the example of GB 11643.
const PRIVATE: [(&str, &str); 6] = [
    ("revision", "0"),
    ("national_id", "11010519491231002x"),
    ("phone", "138 1234 2046"),
    ("address", "云川市东街十二号院三单元"),
    ("emergency", "赵岚"),
    ("emergency_phone", "13900007730"),
];

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

async fn entered(clerk: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let page = clerk.submit(path, fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.html);
    page.location().to_owned()
}

/// A branch and a member of it.
async fn branch_and_member(clerk: &mut Browser<'_>) -> (String, String) {
    (entered(clerk, "/orgs/new", &BRANCH).await, entered(clerk, "/people/new", &ZHAO).await)
}

async fn shows(clerk: &mut Browser<'_>, path: &str, parts: &[&str]) -> Page {
    let page = clerk.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    for part in parts {
        assert!(page.html.contains(part), "{path}: {part}");
    }
    page
}

#[tokio::test]
async fn what_is_private_is_masked_and_opens_once_for_a_reason() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, zhao) = branch_and_member(&mut clerk).await;
    let tab = format!("{zhao}/private");
    shows(&mut clerk, &tab, &["没有登记"]).await;
    entered(&mut clerk, &format!("{tab}/edit"), &PRIVATE).await;

    let masked = shows(&mut clerk, &tab, &["138****2046", "1101**********002X", "赵*"]).await;
    for secret in [PHONE, "11010519491231002X", "东街十二号", "赵岚", "13900007730"] {
        assert!(!masked.html.contains(secret), "{secret}");
    }
    let without = clerk.submit(&tab, &[("field", "phone"), ("reason", " ")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!without.html.contains(PHONE) && without.html.contains("id=\"reason-error\""));

    let opened = clerk.submit(&tab, &[("field", "phone"), ("reason", "办理异地就医备案")]).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert!(opened.html.contains(PHONE) && !opened.html.contains("13900007730"), "one field alone");
    assert!(!clerk.get(&tab).await.html.contains(PHONE), "hidden again");

    assert_eq!(clerk.get(&format!("{tab}/edit")).await.location(), tab, "its form opens for a reason too");
    let without = clerk.submit(&tab, &[("act", "edit"), ("reason", "")]).await;
    assert!(without.status == StatusCode::UNPROCESSABLE_ENTITY && !without.html.contains(PHONE));
    let form = clerk.submit(&tab, &[("act", "edit"), ("reason", "本人更换号码")]).await;
    assert!(form.html.contains(PHONE) && form.html.contains("东街十二号"), "{}", form.html);

    let mut auditor = office.with(Role::AuditAdmin).await;
    let log = auditor.get(&format!("/audit?q={}", id_of(&zhao))).await;
    assert!(log.html.contains("本人更换号码"));
    assert!(log.html.contains("办理异地就医备案") && log.html.contains("/phone"), "{}", log.html);
    assert!(!log.html.contains(PHONE));
}

#[tokio::test]
async fn whoever_may_not_see_what_is_private_learns_that_it_is_there() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, zhao) = branch_and_member(&mut clerk).await;
    entered(&mut clerk, &format!("{zhao}/private/edit"), &PRIVATE).await;
    for role in [Role::Leader, Role::Reader] {
        let mut other = office.with(role).await;
        let page = shows(&mut other, &zhao, &["已登记，只在本单位可以查看"]).await;
        assert!(!page.html.contains("138****2046") && !page.html.contains("/private"), "{role:?}");
        assert_eq!(other.get(&format!("{zhao}/private")).await.status, StatusCode::FORBIDDEN, "{role:?}");
    }
}

#[tokio::test]
async fn a_wrong_identity_number_is_said_at_its_field() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, zhao) = branch_and_member(&mut clerk).await;
    let mut wrong = PRIVATE;
    wrong[1] = ("national_id", "110105194912310021");
    let page = clerk.submit(&format!("{zhao}/private/edit"), &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("id=\"national_id-error\"") && page.html.contains("138 1234 2046"));
}

#[tokio::test]
async fn a_branch_shows_its_members_its_committee_and_what_it_lacks() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (branch, zhao) = branch_and_member(&mut clerk).await;
    shows(&mut clerk, &branch, &["没有书记", "正式党员 1 人，不足 3 人"]).await;
    shows(&mut clerk, &format!("{branch}/members"), &["赵明德", &zhao]).await;
    let post = [("org", id_of(&branch)), ("person", "1001"), ("role", "书记"), ("from", "2026-01-01")];
    let post = entered(&mut clerk, "/posts/new", &post).await;
    let committee = format!("{branch}/committee");
    assert_eq!(clerk.get(&post).await.location(), committee);
    let page = shows(&mut clerk, &committee, &["赵明德", "在任"]).await;
    assert!(!page.html.contains("没有书记"));
    shows(&mut clerk, &format!("{post}/edit"), &["value=\"1001\""]).await;
    shows(&mut clerk, &format!("{zhao}/party"), &["第一党支部", "书记"]).await;
}

#[tokio::test]
async fn who_is_away_too_long_stands_in_the_list_and_on_the_persons_page() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, zhao) = branch_and_member(&mut clerk).await;
    let away = [
        ("person", id_of(&zhao)),
        ("from", "2026年5月1日"),
        ("county", "460200"),
        ("away_name", "赵岚"),
        ("away_phone", "13900007730"),
        ("home_name", "罗雨桐"),
        ("home_phone", "0931-8401234"),
    ];
    let notice = entered(&mut clerk, "/away/new", &away).await;
    for path in ["/away", &zhao, &format!("{zhao}/away")] {
        shows(&mut clerk, path, &["流动已超过半年"]).await;
    }
    let back: Vec<(&str, &str)> =
        away.into_iter().chain([("revision", "1"), ("returned_on", "2026-11-20")]).collect();
    entered(&mut clerk, &format!("{notice}/edit"), &back).await;
    assert!(!clerk.get("/away").await.html.contains("赵明德"));
    shows(&mut clerk, "/away?status=all", &["赵明德", "已返回"]).await;
}

#[tokio::test]
async fn a_death_ends_the_membership_after_its_consequence_was_named() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (branch, zhao) = branch_and_member(&mut clerk).await;
    shows(&mut clerk, &format!("{zhao}/close"), &["党籍同时终止", "btn-d"]).await;
    let closing = [("revision", "1"), ("status", "去世"), ("status_on", "2026-11-20")];
    entered(&mut clerk, &format!("{zhao}/close"), &closing).await;
    let page = shows(&mut clerk, &zhao, &["去世", "2026年11月20日"]).await;
    assert!(!page.html.contains("/close"));
    shows(&mut clerk, &format!("{zhao}/party"), &["已终止"]).await;
    assert!(!clerk.get(&format!("{branch}/members")).await.html.contains("赵明德"));
}

#[tokio::test]
async fn a_merged_branch_names_its_heir_and_the_form_can_take_it_away() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (branch, _) = branch_and_member(&mut clerk).await;
    let mut heir = BRANCH;
    heir[0] = ("number", "Z2");
    entered(&mut clerk, "/orgs/new", &heir).await;
    let merging = [("revision", "1"), ("closed_on", "2026-11-01"), ("merged_into", "Z2")];
    entered(&mut clerk, &format!("{branch}/close"), &merging).await;
    shows(&mut clerk, &branch, &["已撤并", "Z2"]).await;
    shows(&mut clerk, &format!("{branch}/edit"), &["name=\"merged_into\" value=\"Z2\""]).await;
    let again: Vec<(&str, &str)> =
        BRANCH.into_iter().chain([("revision", "2"), ("nature", "常规")]).collect();
    entered(&mut clerk, &format!("{branch}/edit"), &again).await;
    let held = office.bureau.show_org(None, "Z1").await.unwrap();
    assert!(held.org.merged_into.is_empty() && held.org.closed_on.is_empty());
}

#[tokio::test]
async fn the_history_tells_what_changed_and_which_account_did_it() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, zhao) = branch_and_member(&mut clerk).await;
    let changed: Vec<(&str, &str)> =
        ZHAO.into_iter().chain([("revision", "1"), ("rank", "县处级")]).collect();
    entered(&mut clerk, &format!("{zhao}/edit"), &changed).await;
    let page = shows(&mut clerk, &format!("{zhao}/history"), &["职级", "县处级", "clerk"]).await;
    let row = page.html.split("<tr>").skip(1).find(|row| row.contains("县处级")).unwrap();
    assert!(row.contains("clerk") && row.contains("云川市委老干部局"), "{row}");
}

#[tokio::test]
async fn staff_are_listed_and_have_their_form() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    shows(&mut clerk, "/staff", &["还没有登记工作人员"]).await;
    let luo = [("name", "罗雨桐"), ("duty", "联络员"), ("office_phone", "12")];
    let wrong = clerk.submit("/staff/new", &luo).await;
    assert!(wrong.html.contains("id=\"office_phone-error\"") && wrong.html.contains("value=\"罗雨桐\""));
    let staff = entered(&mut clerk, "/staff/new", &[luo[0], luo[1]]).await;
    shows(&mut clerk, "/staff", &["罗雨桐", "联络员", "在岗", &staff]).await;
}
