//! One's own account: where it is signed in, the second step, and what the policy asks.

use axum::http::{Request, StatusCode, header};
use yanzhen_console::accounts::{Policy, Role};

use crate::office::{Browser, NOON, Office, PASSWORD};

/// The code that a telephone shows at the office's time, so many steps of 30 seconds later.
fn code(page: &str, steps: i64) -> String {
    let (_, rest) = page.split_once("<code>").unwrap();
    let secret = rest.split_once("</code>").unwrap().0.replace(' ', "");
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(NOON / 1_000 + 30 * steps).unwrap()).to_string()
}

/// Sets the second step up; the page with the secret and the page with the recovery codes.
async fn set_up(browser: &mut Browser<'_>) -> (String, String) {
    browser.submit_from("/me/second-step", "/me/second-step/begin", &[]).await;
    let page = browser.get("/me/second-step").await.html;
    let now = code(&page, 0);
    let codes = browser.submit_from("/me/second-step", "/me/second-step/confirm", &[("code", &now)]).await;
    assert_eq!(codes.status, StatusCode::OK, "{}", codes.html);
    (page, codes.html)
}

#[tokio::test]
async fn own_browsers_are_listed_and_ended_and_nobody_else_s_are() {
    let office = Office::open().await;
    let mut first = office.with(Role::Clerk).await;
    let mut second = office.stranger();
    second.post("/sign-in", &[("login", "clerk"), ("password", PASSWORD)]).await;
    let page = first.get("/me").await.html;
    let ends: Vec<&str> = page
        .split("action=\"/me/browsers/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/end\""))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ends.len(), 1, "the own one is ended by signing out: {page}");
    let path = format!("/me/browsers/{}/end", ends[0]);
    let mut stranger = office.with(Role::Reader).await;
    assert_eq!(stranger.submit(&path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(second.get("/people").await.status, StatusCode::OK);
    assert_eq!(first.submit(&path, &[]).await.location(), "/me");
    assert_eq!(second.get("/people").await.status, StatusCode::SEE_OTHER);
    assert_eq!(first.get("/people").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_own_password_is_changed_by_who_knows_it_and_other_browsers_are_out() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let mut other = office.stranger();
    other.post("/sign-in", &[("login", "clerk"), ("password", PASSWORD)]).await;
    let new = "a new sentence to remember";
    for wrong in [["wrong", new, new], [PASSWORD, new, "another one"], [PASSWORD, "short", "short"]] {
        let [old, password, again] = wrong;
        let fields = [("old", old), ("password", password), ("again", again)];
        let page = clerk.submit("/me/password", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(!page.html.contains(new), "no password comes back");
    }
    assert_eq!(other.get("/people").await.status, StatusCode::OK);
    let page = clerk.submit("/me/password", &[("old", PASSWORD), ("password", new), ("again", new)]).await;
    assert!(page.html.contains("口令已修改"), "{}", page.html);
    assert_eq!(other.get("/people").await.status, StatusCode::SEE_OTHER);
    assert_eq!(clerk.get("/people").await.status, StatusCode::OK);
    let mut again = office.stranger();
    let old = again.post("/sign-in", &[("login", "clerk"), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    assert_eq!(again.post("/sign-in", &[("login", "clerk"), ("password", new)]).await.location(), "/");
}

#[tokio::test]
async fn the_system_administrator_signs_another_out_after_being_told_what_follows() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let mut system = office.with(Role::SystemAdmin).await;
    let accounts = office.console.accounts().list().await.unwrap();
    let id = accounts.iter().find(|account| account.login == "clerk").unwrap().id;
    let asked = system.get(&format!("/accounts/{id}/sign-out")).await;
    assert!(asked.html.contains("没有保存的内容会丢失"), "{}", asked.html);
    assert_eq!(clerk.get("/people").await.status, StatusCode::OK);
    system.submit(&format!("/accounts/{id}/sign-out"), &[]).await;
    assert_eq!(clerk.get("/people").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_second_step_is_set_up_by_camera_or_typing_and_asked_for_from_then_on() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    assert_eq!(clerk.get("/me/second-step/code.svg").await.status, StatusCode::NOT_FOUND);
    clerk.submit("/me/second-step/begin", &[]).await;
    let image = clerk.get("/me/second-step/code.svg").await;
    assert_eq!(image.headers["content-type"], "image/svg+xml");
    assert!(image.html.contains("<svg") && image.headers["cache-control"] == "no-store");
    let (page, codes) = set_up(&mut clerk).await;
    assert_eq!(codes.matches("<li class=\"mono\">").count(), 10);
    assert_eq!(clerk.get("/me/second-step/code.svg").await.status, StatusCode::NOT_FOUND, "never again");

    let mut again = office.stranger();
    let fields = [("login", "clerk"), ("password", PASSWORD), ("to", "/people")];
    let half = again.post("/sign-in", &fields).await;
    assert_eq!(half.location(), "/sign-in/code?to=%2Fpeople");
    assert_eq!(again.get("/people").await.status, StatusCode::SEE_OTHER, "half is nothing");
    assert!(again.get(half.location()).await.html.contains("输入动态码"));
    let used = again.post("/sign-in/code", &[("code", &code(&page, 0)), ("to", "/people")]).await;
    assert_eq!(used.status, StatusCode::UNAUTHORIZED, "the code that set it up is used");
    assert!(used.html.contains("AUTH-1004"));
    let right = again.post("/sign-in/code", &[("code", &code(&page, 1)), ("to", "/people")]).await;
    assert_eq!(right.location(), "/people");
    assert_eq!(again.get("/people").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_recovery_code_opens_once_in_place_of_the_telephone() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let (_, codes) = set_up(&mut clerk).await;
    let (_, rest) = codes.split_once("<li class=\"mono\">").unwrap();
    let recovery = rest.split_once("</li>").unwrap().0.to_owned();
    for expected in [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED] {
        let mut again = office.stranger();
        again.post("/sign-in", &[("login", "clerk"), ("password", PASSWORD)]).await;
        assert_eq!(again.post("/sign-in/code", &[("code", &recovery)]).await.status, expected);
    }
}

#[tokio::test]
async fn who_must_have_it_gets_no_further_until_it_is_set_up() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let mut security = office.with(Role::SecurityAdmin).await;
    let mut fields = Policy::BOUNDS.map(|(name, bounds)| (name, bounds.end().to_string())).to_vec();
    fields.push(("clerk", "1".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(security.submit("/policy", &fields).await.location(), "/policy?saved=1");
    assert_eq!(clerk.get("/people").await.location(), "/me/second-step");
    let refused = clerk.submit_from("/me/second-step", "/people/new", &[("name", "赵明德")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.html.contains("AUTH-4034"));
    assert_eq!(security.get("/roles").await.status, StatusCode::OK, "others go on");
    let (page, _) = set_up(&mut clerk).await;
    assert_eq!(clerk.get("/people").await.status, StatusCode::OK);
    let off = [("code", &*code(&page, 1))];
    assert_eq!(clerk.submit("/me/second-step/turn-off", &off).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_policy_outside_its_bounds_is_refused_at_the_field_and_kept_as_typed() {
    let office = Office::open().await;
    let mut security = office.with(Role::SecurityAdmin).await;
    let page = security
        .submit(
            "/policy",
            &[("idle_minutes", "600"), ("whole_hours", "x"), ("lock_after", "5"), ("lock_minutes", "15")],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("id=\"idle_minutes-error\"") && page.html.contains("value=\"600\""));
    assert!(page.html.contains("id=\"whole_hours-error\"") && !page.html.contains("id=\"lock_after-error\""));
    assert_eq!(office.console.accounts().policy(), Policy::default());
}

#[tokio::test]
async fn a_lost_telephone_is_the_security_administrators_business_and_never_an_administrators_own() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    set_up(&mut clerk).await;
    let mut security = office.with(Role::SecurityAdmin).await;
    for account in office.console.accounts().list().await.unwrap() {
        let path = format!("/roles/{}/second-step", account.id);
        let expected = if account.login == "clerk" { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(security.submit(&path, &[]).await.status, expected, "{}", account.login);
    }
    let mut again = office.stranger();
    assert_eq!(again.post("/sign-in", &[("login", "clerk"), ("password", PASSWORD)]).await.location(), "/");
}

#[tokio::test]
async fn two_sites_on_one_machine_do_not_share_a_cookie() {
    let office = Office::open().await;
    let body = format!(
        "login=system&password={}",
        form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect::<String>()
    );
    let request = Request::post("/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::HOST, "127.0.0.1:7481")
        .body(axum::body::Body::from(body))
        .unwrap();
    let page = office.stranger().ask(request).await;
    assert!(page.headers[header::SET_COOKIE].to_str().unwrap().starts_with("yanzhen-7481="));
}
