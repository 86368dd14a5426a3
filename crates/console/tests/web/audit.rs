//! What is written down of what people do: every form that is sent, once, whoever sends it and however it ends.

use axum::http::{Method, StatusCode};
use yanzhen_console::accounts::Role;
use yanzhen_console::audit::{Entry, Outcome, Search};
use yanzhen_console::routes;

use crate::office::{Office, PASSWORD, filled};

/// All entries, newest first.
async fn entries(office: &Office) -> Vec<Entry> {
    office.console.audit().find(&Search { limit: 10_000, ..Search::default() }).await.unwrap().entries
}

#[tokio::test]
async fn every_form_of_the_table_leaves_exactly_one_entry_for_every_role_and_for_strangers() {
    let office = Office::open().await;
    let mut whole = Vec::new();
    for role in Role::ALL.map(Some).into_iter().chain([None]) {
        let mut browser = match role {
            Some(role) => office.with(role).await,
            None => office.stranger(),
        };
        let forms = routes::table().into_iter().filter(|route| route.method == Method::POST);
        // It would end the session that the others are sent with.
        let (last, forms): (Vec<_>, Vec<_>) = forms.partition(|route| route.path == "/sign-out");
        for route in forms.iter().chain(&last) {
            let csrf = if role.is_some() { browser.csrf().await } else { String::new() };
            let before = entries(&office).await.len();
            let page = browser.post(&filled(route.path), &[("csrf", &csrf)]).await;
            let after = entries(&office).await;
            assert_eq!(after.len(), before + 1, "{role:?} {}", route.path);
            let event = &after[0].event;
            assert_eq!(event.action, format!("POST {}", route.path));
            assert_eq!(event.actor, role.map_or("", Role::code), "{}", route.path);
            let outcome = match page.status {
                StatusCode::FORBIDDEN => Outcome::Forbidden,
                status if status.is_client_error() => Outcome::Refused,
                status if status.is_server_error() => Outcome::Failed,
                _ => Outcome::Done,
            };
            assert_eq!(event.outcome, outcome, "{role:?} {}: {}", route.path, page.status);
            whole.push(outcome);
        }
    }
    for outcome in [Outcome::Done, Outcome::Refused, Outcome::Forbidden] {
        assert!(whole.contains(&outcome), "{outcome:?} was tried");
    }
    assert_eq!(office.console.audit().verify().await.unwrap().fault, None);
}

#[tokio::test]
async fn pages_that_are_only_looked_at_leave_none_but_where_somebody_tries_what_they_may_not() {
    let office = Office::open().await;
    let mut reader = office.with(Role::Reader).await;
    let before = entries(&office).await.len();
    for path in ["/", "/people", "/orgs", "/reports", "/nowhere"] {
        reader.get(path).await;
    }
    assert_eq!(entries(&office).await.len(), before);
    reader.get("/accounts").await;
    let after = entries(&office).await;
    assert_eq!(after.len(), before + 1);
    assert_eq!((after[0].event.outcome, after[0].event.code.as_str()), (Outcome::Forbidden, "PERM-4030"));
}

#[tokio::test]
async fn what_leaves_the_site_is_written_down_with_how_much_it_was() {
    let office = Office::open().await;
    let mut audit = office.with(Role::AuditAdmin).await;
    let exported = audit.get("/audit/export").await;
    assert_eq!(exported.status, StatusCode::OK);
    let entry = &entries(&office).await[0];
    assert_eq!((entry.event.action.as_str(), entry.event.note.as_str()), ("GET /audit/export", "1"));
}

#[tokio::test]
async fn an_entry_names_the_record_that_a_form_made_and_holds_nothing_of_its_content() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let person = [("number", "1001"), ("name", "赵明德"), ("retirement", "退休")];
    let id = clerk.submit("/people/new", &person).await.location().rsplit('/').next().unwrap().to_owned();
    let entry = &entries(&office).await[0].event;
    assert_eq!((entry.actor.as_str(), entry.object.as_str(), entry.outcome), ("clerk", &*id, Outcome::Done));
    assert!(!format!("{entry:?}").contains("赵明德"));
}

#[tokio::test]
async fn wrong_passwords_are_written_down_by_name_only_where_somebody_has_it() {
    let office = Office::open().await;
    let mut stranger = office.stranger();
    stranger.post("/sign-in", &[("login", " System"), ("password", "wrong")]).await;
    stranger.post("/sign-in", &[("login", "my-secret-typed-too-early"), ("password", "x")]).await;
    stranger.post("/sign-in", &[("login", "system"), ("password", PASSWORD)]).await;
    let told: Vec<_> = entries(&office).await.into_iter().take(3).map(|entry| entry.event).collect();
    let told: Vec<_> = told.iter().map(|e| (e.actor.as_str(), e.outcome, e.code.as_str())).collect();
    assert_eq!(
        told,
        [
            ("system", Outcome::Done, ""),
            ("", Outcome::Refused, "AUTH-1002"),
            ("system", Outcome::Refused, "AUTH-1002"),
        ]
    );
}

#[tokio::test]
async fn a_link_s_secret_is_not_in_the_log() {
    let office = Office::open().await;
    let (_, link) = office
        .console
        .accounts()
        .open_account(yanzhen_console::accounts::NewAccount { login: "luo".into(), name: "罗雨桐".into() })
        .await
        .unwrap();
    let path = format!("/set-up/{}/password", link.reveal());
    office.stranger().post(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    let entry = &entries(&office).await[0].event;
    assert_eq!((entry.actor.as_str(), entry.object.as_str(), entry.outcome), ("luo", "", Outcome::Done));
}

#[tokio::test]
async fn the_page_shows_finds_and_verifies() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    clerk.submit("/people/new", &[]).await;
    let mut audit = office.with(Role::AuditAdmin).await;
    let page = audit.get("/audit").await;
    assert!(page.html.contains("老同志名册 · 新增") && page.html.contains("李秀英"), "{}", page.html);
    let none = audit.get("/audit?part=/orgs").await;
    assert!(none.html.contains("没有符合条件的记录"));
    let named = audit.get("/audit?q=%E6%9D%8E%E7%A7%80%E8%8B%B1&outcome=refused").await;
    assert!(named.html.contains("老同志名册 · 新增"));
    assert!(audit.get("/audit?from=2026-02-30").await.html.contains("日期认不出来"));
    let verified = audit.get("/audit?verify=1").await;
    let verdict = office.console.audit().verify().await.unwrap();
    assert!(verified.html.contains(&verdict.hash.to_string()), "{}", verified.html);
}
