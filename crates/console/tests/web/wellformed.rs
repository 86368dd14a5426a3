//! What holds for every page: headers, no inline script or style, one heading, labels, unique ids, both languages.

use std::collections::BTreeSet;

use axum::http::Method;
use yanzhen_bureau::documents::NewDocument;
use yanzhen_console::accounts::Role;
use yanzhen_console::routes;

use crate::office::{Browser, Office, Page, filled};

/// Every page that can be looked at, with who looks.
async fn look_at_all(mut check: impl FnMut(&str, &Page)) {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let person = [("number", "1001"), ("name", "赵明德"), ("retirement", "退休")];
    let person = clerk.submit("/people/new", &person).await.location().to_owned();
    let org = [("number", "Z1"), ("name", "第一党支部"), ("type", "党支部"), ("setup", "单独")];
    let org = clerk.submit("/orgs/new", &org).await.location().to_owned();
    let draft = [("title", "通知"), ("body", "正文"), ("to", "990100")];
    let draft = clerk.submit("/documents/new", &draft).await.location().to_owned();
    let document = NewDocument {
        title: "通知".into(),
        body: "# 一、对象\n正文".into(),
        to: vec!["990100".into()],
        ..NewDocument::default()
    };
    let document = format!("/documents/{}", office.bureau.publish(document).await.unwrap().id);
    let text = format!("{document}/text");
    let preview = format!("{draft}/preview");
    let replacing = document.replace("/documents/", "/documents/new?course=replace&of=");
    for path in [&draft, &preview, &document, &text, &replacing] {
        let page = clerk.get(path).await;
        assert!(page.status.is_success(), "{path}: {}", page.html);
        check(path, &page);
    }
    let form = format!("{person}/transfer");
    check(&form, &clerk.get(&form).await);
    check(&form, &clerk.submit(&form, &[("to", "990100")]).await);
    let transfer = crate::transfers::released(&office, &person).await;
    for path in ["/transfers", &transfer, &format!("{transfer}/withdraw")] {
        check(path, &clerk.get(path).await);
    }
    for path in [&person, &format!("{person}/edit"), &org, &format!("{org}/edit")] {
        check(path, &clerk.get(path).await);
    }
    let submitted = [("title", "通知"), ("body", "正文"), ("to", "990100"), ("do", "submit")];
    let submitted = clerk.submit("/documents/new", &submitted).await.location().to_owned();
    check(&submitted, &clerk.get(&submitted).await);
    for role in Role::ALL {
        let mut browser =
            if role == Role::Clerk { clerk_again(&office).await } else { office.with(role).await };
        for route in routes::table().iter().filter(|route| route.method == Method::GET) {
            if !route.path.starts_with("/assets") && !route.path.starts_with("/language") {
                let path = filled(route.path);
                check(&path, &browser.get(&path).await);
            }
        }
    }
    check("/sign-in", &office.stranger().get("/sign-in").await);
    check("/nowhere", &office.stranger().get("/nowhere").await);
}

async fn clerk_again(office: &Office) -> Browser<'_> {
    let mut browser = office.stranger();
    browser.post("/sign-in", &[("login", "clerk"), ("password", crate::office::PASSWORD)]).await;
    browser
}

#[tokio::test]
async fn every_answer_forbids_what_pages_do_not_need() {
    look_at_all(|path, page| {
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
    })
    .await;
}

#[tokio::test]
async fn every_page_works_under_that_policy_and_for_every_reader() {
    look_at_all(|path, page| {
        // What is no page is a file.
        if page.status.is_redirection() || page.headers["content-type"] != "text/html; charset=utf-8" {
            return;
        }
        let html = &page.html;
        for inline in [" style=", " onclick=", "<style", "javascript:", "<script>"] {
            assert!(!html.contains(inline), "{path} has {inline}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
        assert!(html.contains("<html lang=\"zh-CN\">"), "{path}");
        assert!(html.contains("非涉密系统"), "{path}");
        let ids: Vec<&str> = attributes(html, " id=\"");
        let unique: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{path} has an id twice: {ids:?}");
        for icon in attributes(html, "<use href=\"#") {
            assert!(unique.contains(&icon), "{path} lacks the icon {icon}");
        }
        let labels: BTreeSet<&str> = attributes(html, " for=\"").into_iter().collect();
        for control in controls(html) {
            let id = attributes(control, " id=\"");
            let labelled = id.iter().any(|id| labels.contains(id)) || control.contains("aria-label=");
            let wrapped = control.contains("type=\"checkbox\"") || control.contains("aria-hidden");
            assert!(labelled || wrapped || control.contains("type=\"hidden\""), "{path}: {control}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_form_that_changes_something_carries_its_proof() {
    look_at_all(|path, page| {
        for form in page.html.split("<form").skip(1) {
            let form = form.split_once("</form>").unwrap().0;
            let changes = form.split_once('>').unwrap().0.contains("method=\"post\"");
            let public = form.contains("action=\"/sign-in") || form.contains("action=\"/set-up/");
            assert!(!changes || public || form.contains("name=\"csrf\" value=\""), "{path}: {form}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_other_language_is_one_click_away_and_comes_back_to_the_page() {
    let office = Office::open().await;
    let mut browser = office.with(Role::Clerk).await;
    assert!(browser.get("/people").await.html.contains("老同志名册"));
    let switched = browser.get("/language/en?to=/people").await;
    assert_eq!(switched.location(), "/people");
    let page = browser.get("/people").await;
    assert!(page.html.contains("<html lang=\"en\">") && page.html.contains("Retired cadres"));
}

/// Before signing in and after: page, styles, script and icons together.
#[tokio::test]
async fn the_first_pages_stay_small() {
    let office = Office::open().await;
    let (mut stranger, mut clerk) = (office.stranger(), office.with(Role::Clerk).await);
    for (browser, path) in [(&mut stranger, "/sign-in"), (&mut clerk, "/")] {
        let page = browser.get(path).await;
        let mut bytes = page.html.len();
        let linked = ["href=\"/assets", "src=\"/assets"].map(|begin| attributes(&page.html, begin));
        for asset in linked.concat() {
            let asset = browser.get(&format!("/assets{asset}")).await;
            assert!(asset.status.is_success(), "{path}");
            assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
            bytes += asset.html.len();
        }
        assert!(bytes > 40 * 1024, "{path}: the files are not found");
        assert!(bytes < 100 * 1024, "{path}: {bytes} bytes");
    }
}

/// The values behind each place where `begin` stands.
fn attributes<'h>(html: &'h str, begin: &str) -> Vec<&'h str> {
    html.split(begin).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value)).collect()
}

/// Inputs, choices and texts to fill in.
fn controls(html: &str) -> Vec<&str> {
    let of = |tag: &'static str| {
        html.split(tag).skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
    };
    of("<input").chain(of("<select")).chain(of("<textarea")).collect()
}
