//! Coming in, staying, leaving; and how accounts begin.

use axum::http::{StatusCode, header};
use yanzhen_console::accounts::Role;

use crate::office::{Office, PASSWORD};

#[tokio::test]
async fn who_signs_in_goes_on_to_the_page_asked_for_and_never_elsewhere() {
    let office = Office::open().await;
    office.with(Role::Clerk).await;
    let mut browser = office.stranger();
    let asked = browser.get("/people?q=%E7%8E%8B").await;
    assert_eq!(asked.location(), "/sign-in?to=%2Fpeople%3Fq%3D%25E7%258E%258B");
    let fields = |to| [("login", "clerk"), ("password", PASSWORD), ("to", to)];
    let page = browser.post("/sign-in", &fields("/people?q=%E7%8E%8B")).await;
    assert_eq!(page.location(), "/people?q=%E7%8E%8B");
    let page = browser.post("/sign-in", &fields("https://evil.example/")).await;
    assert_eq!(page.location(), "/");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let office = Office::open().await;
    let page = office.stranger().post("/sign-in", &[("login", "system"), ("password", PASSWORD)]).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_says_what_happened_and_keeps_the_name() {
    let office = Office::open().await;
    let page = office.stranger().post("/sign-in", &[("login", "clerk7"), ("password", "wrong")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.html.contains("AUTH-1002") && page.html.contains("value=\"clerk7\""));
    assert!(!page.html.contains("wrong"), "the password does not come back");
}

#[tokio::test]
async fn who_signs_out_is_out() {
    let office = Office::open().await;
    let mut browser = office.with(Role::Clerk).await;
    assert_eq!(browser.get("/people").await.status, StatusCode::OK);
    browser.submit("/sign-out", &[]).await;
    assert_eq!(browser.get("/people").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_is_opened_by_one_administrator_gets_its_role_from_another_and_works() {
    let office = Office::open().await;
    let mut system = office.with(Role::SystemAdmin).await;
    let opened = system.submit("/accounts", &[("login", "luo"), ("name", "罗雨桐")]).await;
    let (_, link) = opened.html.split_once("<code>").unwrap();
    let link = link.split_once("</code>").unwrap().0.to_owned();

    let mut luo = office.stranger();
    assert!(luo.get(&link).await.html.contains("罗雨桐"));
    let differ = luo.post(&format!("{link}/password"), &[("password", PASSWORD), ("again", "other")]).await;
    assert_eq!(differ.status, StatusCode::UNPROCESSABLE_ENTITY);
    luo.post(&format!("{link}/password"), &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(luo.get(&link).await.status, StatusCode::GONE);
    luo.post("/sign-in", &[("login", "luo"), ("password", PASSWORD)]).await;
    assert_eq!(luo.get("/people").await.status, StatusCode::FORBIDDEN);

    let mut security = office.with(Role::SecurityAdmin).await;
    let id = office.console.accounts().list().await.unwrap();
    let id = id.iter().find(|account| account.login == "luo").unwrap().id;
    let apart = security.submit(&format!("/roles/{id}"), &[("clerk", "1"), ("audit", "1")]).await;
    assert_eq!(apart.status, StatusCode::UNPROCESSABLE_ENTITY);
    security.submit(&format!("/roles/{id}"), &[("clerk", "1")]).await;
    assert_eq!(luo.get("/people").await.status, StatusCode::OK);

    system.submit(&format!("/accounts/{id}/close"), &[]).await;
    assert_eq!(luo.get("/people").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_gives_roles_to_themselves() {
    let office = Office::open().await;
    let mut security = office.with(Role::SecurityAdmin).await;
    let accounts = office.console.accounts().list().await.unwrap();
    let own = accounts.iter().find(|account| account.login == "security").unwrap().id;
    let page = security.submit(&format!("/roles/{own}"), &[("system", "1")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(office.console.accounts().account(own).await.unwrap().roles, [Role::SecurityAdmin]);
}

#[tokio::test]
async fn one_administrator_can_not_become_another() {
    let office = Office::open().await;
    let mut system = office.with(Role::SystemAdmin).await;
    for account in office.console.accounts().list().await.unwrap() {
        for act in ["reset", "close"] {
            let page = system.submit(&format!("/accounts/{}/{act}", account.id), &[]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{} {act}", account.login);
            assert!(!page.html.contains("/set-up/"));
        }
    }
    office.with(Role::SecurityAdmin).await;
}

#[tokio::test]
async fn the_head_of_bureau_arrives_at_the_overview_and_others_at_the_start_page() {
    let office = Office::open().await;
    for (role, to, arrives) in [
        (Role::Leader, "", "/overview"),
        (Role::Leader, "/", "/overview"),
        (Role::Leader, "/inbox", "/inbox"),
        (Role::Clerk, "", "/"),
    ] {
        let login = format!("{}-{}", role.code(), to.len());
        office.another(role, &login).await;
        let mut browser = office.stranger();
        let fields = [("login", login.as_str()), ("password", PASSWORD), ("to", to)];
        assert_eq!(browser.post("/sign-in", &fields).await.location(), arrives, "{role:?} {to}");
    }
}
