//! A branch secretary: the own branches and their members, and nothing else.

use axum::http::StatusCode;
use yanzhen_console::accounts::Role;

use crate::office::{Browser, Office, Page};

/// Two branches with one member each, and the secretary of the first.
struct Branches<'o> {
    secretary: Browser<'o>,
    own: [String; 2],
    other: [String; 2],
}

impl Branches<'_> {
    async fn of(office: &Office) -> Branches<'_> {
        let mut clerk = office.with(Role::Clerk).await;
        let [own, other] = [("Z1", "1001", "赵明德"), ("Z2", "1002", "钱德明")];
        let own = branch(&mut clerk, own).await;
        let other = branch(&mut clerk, other).await;
        let secretary = office.with(Role::BranchSecretary).await;
        let mut security = office.with(Role::SecurityAdmin).await;
        let path = format!("/roles/{}", account(office).await);
        let given = security.submit(&path, &[("secretary", "1"), ("branches", "Z1")]).await;
        assert_eq!(given.location(), "/roles", "{}", given.html);
        Branches { secretary, own, other }
    }
}

async fn account(office: &Office) -> yanzhen_console::accounts::AccountId {
    let accounts = office.console.accounts().list().await.unwrap();
    accounts.iter().find(|account| account.login == "secretary").unwrap().id
}

/// A branch and its member: their pages.
async fn branch(clerk: &mut Browser<'_>, (org, number, name): (&str, &str, &str)) -> [String; 2] {
    let fields = [("number", org), ("name", org), ("type", "党支部"), ("setup", "单独")];
    let org_page = clerk.submit("/orgs/new", &fields).await.location().to_owned();
    let fields =
        [("number", number), ("name", name), ("retirement", "退休"), ("state", "正式党员"), ("branch", org)];
    let person = clerk.submit("/people/new", &fields).await;
    assert_eq!(person.status, StatusCode::SEE_OTHER, "{}", person.html);
    [org_page, person.location().to_owned()]
}

async fn amend(browser: &mut Browser<'_>, path: &str, [number, name]: [&str; 2]) -> Page {
    let fields = [
        ("revision", "1"),
        ("number", number),
        ("name", name),
        ("retirement", "退休"),
        ("state", "正式党员"),
        ("branch", "Z1"),
    ];
    browser.submit(&format!("{path}/edit"), &fields).await
}

#[tokio::test]
async fn the_own_branch_and_its_members_are_read_and_amended() {
    let office = Office::open().await;
    let Branches { mut secretary, own, .. } = Branches::of(&office).await;
    let mine = secretary.get("/my-branches").await.html;
    assert!(mine.contains(&own[0]) && mine.contains("Z1") && !mine.contains("Z2"));
    for path in [&own[0], &own[1], &format!("{}/edit", own[0]), &format!("{}/edit", own[1])] {
        assert_eq!(secretary.get(path).await.status, StatusCode::OK, "{path}");
    }
    let amended = amend(&mut secretary, &own[1], ["1001", "赵明得"]).await;
    assert_eq!(amended.status, StatusCode::SEE_OTHER, "{}", amended.html);
    assert_eq!(office.bureau.show_person(None, "1001").await.unwrap().person.name, "赵明得");
}

#[tokio::test]
async fn a_member_stays_in_the_branch_unless_a_clerk_moves_them() {
    let office = Office::open().await;
    let Branches { mut secretary, own, .. } = Branches::of(&office).await;
    let form = secretary.get(&format!("{}/edit", own[1])).await.html;
    assert!(form.contains("name=\"branch\" value=\"Z1\" readonly"), "{form}");
    let fields = |branch: &'static str| {
        let fields = [("revision", "1"), ("number", "1001"), ("name", "赵明德"), ("retirement", "退休")];
        [fields.as_slice(), &[("state", "正式党员"), ("branch", branch)]].concat()
    };
    let edit = format!("{}/edit", own[1]);
    for branch in ["Z2", ""] {
        let moved = secretary.submit(&edit, &fields(branch)).await;
        assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(moved.html.contains("id=\"branch-error\""), "{}", moved.html);
    }
    let mut clerk = office.another(Role::Clerk, "other").await;
    assert_eq!(clerk.submit(&edit, &fields("Z2")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_branch_and_its_members_are_as_if_they_were_not_there() {
    let office = Office::open().await;
    let Branches { mut secretary, other, .. } = Branches::of(&office).await;
    for path in [&other[0], &other[1], &format!("{}/edit", other[0]), &format!("{}/edit", other[1])] {
        let page = secretary.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.html.contains("钱德明"));
    }
    assert_eq!(amend(&mut secretary, &other[1], ["1002", "钱明德"]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.bureau.show_person(None, "1002").await.unwrap().person.name, "钱德明");
    // By number too: an id is not the only name that a page is asked for by.
    assert_eq!(secretary.get("/people/1002").await.status, StatusCode::NOT_FOUND);
    let records = ["/people", "/people/new", "/people/export", "/orgs", "/orgs/new", "/orgs/export"];
    let across =
        ["/search?q=%E9%92%B1", "/people/import", "/people/template", "/reports", "/documents", "/inbox"];
    for closed in records.into_iter().chain(across) {
        assert_eq!(secretary.get(closed).await.status, StatusCode::FORBIDDEN, "{closed}");
    }
}

#[tokio::test]
async fn who_is_no_secretary_any_more_and_whose_member_has_moved_sees_nothing() {
    let office = Office::open().await;
    let Branches { mut secretary, own, .. } = Branches::of(&office).await;
    let mut clerk = office.stranger();
    clerk.post("/sign-in", &[("login", "clerk"), ("password", crate::office::PASSWORD)]).await;
    let moved = [
        ("revision", "1"),
        ("number", "1001"),
        ("name", "赵明德"),
        ("retirement", "退休"),
        ("state", "正式党员"),
        ("branch", "Z2"),
    ];
    let moved = clerk.submit(&format!("{}/edit", own[1]), &moved).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.html);
    assert_eq!(secretary.get(&own[1]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(secretary.get(&own[0]).await.status, StatusCode::OK);
    let mut security = office.stranger();
    security.post("/sign-in", &[("login", "security"), ("password", crate::office::PASSWORD)]).await;
    security.submit(&format!("/roles/{}", account(&office).await), &[]).await;
    assert_eq!(secretary.get(&own[0]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_branch_that_nobody_knows_changes_no_role() {
    let office = Office::open().await;
    office.with(Role::BranchSecretary).await;
    let id = account(&office).await;
    let mut security = office.with(Role::SecurityAdmin).await;
    let page = security.submit(&format!("/roles/{id}"), &[("clerk", "1"), ("branches", "Z9")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("Z9"));
    assert_eq!(office.console.accounts().account(id).await.unwrap().roles, [Role::BranchSecretary]);
}

#[tokio::test]
async fn what_others_decide_about_the_own_branch_is_not_the_secretarys_to_enter() {
    let office = Office::open().await;
    let Branches { mut secretary, own, .. } = Branches::of(&office).await;
    let sound = [
        ("revision", "1"),
        ("number", "Z1"),
        ("name", "Z1"),
        ("type", "党支部"),
        ("setup", "单独"),
        ("place", "东街 12 号"),
    ];
    let decided = [
        ("star", "5"),
        ("closed_on", "2026-11-01"),
        ("merged_into", "Z2"),
        ("postponed_to", "2027-11-01"),
        ("postponed_by", "局党委"),
        ("parent", "Z2"),
    ];
    for field in decided {
        let refused = secretary.submit(&format!("{}/edit", own[0]), &[&sound[..], &[field]].concat()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field:?}");
        assert!(refused.html.contains(&format!("id=\"{}-error\"", field.0)), "{field:?}");
    }
    let amended = secretary.submit(&format!("{}/edit", own[0]), &sound).await;
    assert_eq!(amended.status, StatusCode::SEE_OTHER, "{}", amended.html);
}
