//! Who may ask for what: every route of the table, for everybody.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use yanzhen_console::accounts::{Right, Role};
use yanzhen_console::routes::{self, Access};

use crate::office::{Office, filled, is_change};

#[tokio::test]
async fn who_is_not_signed_in_sees_nothing_but_the_door() {
    let office = Office::open().await;
    for route in routes::table() {
        let path = filled(route.path);
        let mut browser = office.stranger();
        let page = match is_change(&route.method) {
            true => browser.post(&path, &[]).await,
            false => browser.get(&path).await,
        };
        match (route.access, is_change(&route.method)) {
            (Access::Public, _) => assert_ne!(page.status, StatusCode::FORBIDDEN, "{path}"),
            (_, true) => assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}"),
            (_, false) => assert!(page.location().starts_with("/sign-in?to="), "{path}"),
        }
    }
}

#[tokio::test]
async fn each_role_gets_what_its_rights_give_and_nothing_else() {
    let office = Office::open().await;
    for role in Role::ALL {
        let mut browser = office.with(role).await;
        for route in routes::table() {
            // It would end the session that the other lines are tried with.
            if route.path == "/sign-out" {
                continue;
            }
            let may = match route.access {
                Access::Public | Access::SignedIn => true,
                Access::Needs(right) => role.rights().contains(&right),
            };
            // Of a record that is not there a branch secretary learns no more than that.
            let may = may || (route.own.is_some() && role.rights().contains(&Right::OwnBranches));
            let path = filled(route.path);
            let page = match is_change(&route.method) {
                true => browser.submit(&path, &[]).await,
                false => browser.get(&path).await,
            };
            assert_eq!(page.status != StatusCode::FORBIDDEN, may, "{role:?} {} {path}", route.method);
            assert!(!page.status.is_server_error(), "{role:?} {} {path}: {}", route.method, page.html);
        }
    }
}

#[tokio::test]
async fn a_form_of_another_page_changes_nothing() {
    let office = Office::open().await;
    let mut browser = office.with(Role::Clerk).await;
    let person = [("number", "1"), ("name", "赵明德"), ("retirement", "退休")];
    let without = browser.post("/people/new", &person).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    assert!(without.html.contains("AUTH-4031"));

    let csrf = browser.csrf().await;
    let body = form_urlencoded::Serializer::new(format!("csrf={csrf}")).extend_pairs(person).finish();
    let request = |origin: &str| {
        Request::post("/people/new")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .body(Body::from(body.clone()))
            .unwrap()
    };
    for origin in ["https://evil.example", "null", "http://localhost:81"] {
        assert_eq!(browser.ask(request(origin)).await.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert!(!browser.get("/people").await.html.contains("赵明德"));
    assert_eq!(browser.ask(request("http://localhost")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_form_of_one_session_is_no_good_in_another() {
    let office = Office::open().await;
    let csrf = office.with(Role::Clerk).await.csrf().await;
    let mut other = office.with(Role::Leader).await;
    let page = other.post("/inbox/00000000000000000000000000000000/sign", &[("csrf", &csrf)]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_name_that_is_not_this_sites_is_not_answered() {
    let office = Office::open().await;
    for (host, ours) in [
        ("localhost:7480", true),
        ("127.0.0.1", true),
        ("[::1]:7480", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("10.0.0.1", false),
    ] {
        let request = Request::get("/sign-in").header(header::HOST, host).body(Body::empty()).unwrap();
        let page = office.stranger().ask(request).await;
        assert_eq!(page.status != StatusCode::MISDIRECTED_REQUEST, ours, "{host}");
    }
}

#[tokio::test]
async fn what_can_not_be_read_is_told_in_the_frame_and_in_the_reader_s_language() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let framed = async |page: crate::office::Page, status: StatusCode, words: &str| {
        assert_eq!(page.status, status, "{}", page.html);
        assert!(page.html.contains("<h1>") && page.html.contains(words), "{}", page.html);
    };
    framed(clerk.get("/transfers?page=x").await, StatusCode::BAD_REQUEST, "提交的内容读不出来").await;
    let csrf = clerk.csrf().await;
    let large = "x".repeat(2 * 1024 * 1024);
    let sent = clerk.post("/people/new", &[("csrf", &csrf), ("name", &large)]).await;
    framed(sent, StatusCode::PAYLOAD_TOO_LARGE, "提交的内容太大").await;
    clerk.get("/language/en").await;
    framed(clerk.get("/transfers?page=x").await, StatusCode::BAD_REQUEST, "can&#39;t be read").await;
    framed(clerk.get("/accounts").await, StatusCode::FORBIDDEN, "Your account may not do this").await;
    framed(clerk.get("/nowhere").await, StatusCode::NOT_FOUND, "There is no such page").await;
    framed(
        clerk.get("/imports/0/start").await,
        StatusCode::METHOD_NOT_ALLOWED,
        "can&#39;t be used like that",
    )
    .await;
    let foreign = Request::get("/people").header(header::HOST, "evil.example").body(Body::empty()).unwrap();
    let foreign = clerk.ask(foreign).await;
    assert!(
        !foreign.html.contains("李秀英") && !foreign.html.contains("云川市委老干部局"),
        "{}",
        foreign.html
    );
    framed(foreign, StatusCode::MISDIRECTED_REQUEST, "not one of this site&#39;s").await;
    let malformed = office.stranger().post("/sign-in", &[("login", "x")]).await;
    framed(malformed, StatusCode::UNPROCESSABLE_ENTITY, "提交的内容读不出来").await;
}
