//! Rosters by hand.

use axum::http::StatusCode;
use yanzhen_console::accounts::Role;

use crate::office::{Browser, Office, Page};

const ZHAO: [(&str, &str); 5] =
    [("number", "1001"), ("name", "赵明德"), ("retirement", "退休"), ("sex", "男"), ("birth", "1940年3月")];

#[tokio::test]
async fn a_person_is_added_found_and_amended() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let added = clerk.submit("/people/new", &ZHAO).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.html);
    let path = added.location().to_owned();
    assert!(clerk.get(&path).await.html.contains("1940年3月"));
    assert!(clerk.get("/people?q=%E8%B5%B5%E6%98%8E").await.html.contains(&path));
    assert!(!clerk.get("/people?q=%E7%8E%8B").await.html.contains(&path));

    let mut changed = ZHAO;
    changed[4] = ("birth", "1940-03-05");
    let amended = amend(&mut clerk, &path, "1", &changed).await;
    assert_eq!(amended.location(), path, "{}", amended.html);
    assert!(clerk.get(&path).await.html.contains("1940年3月5日"));
    assert_eq!(office.bureau.show_person(None, "1001").await.unwrap().revision, 2);
}

async fn amend(clerk: &mut Browser<'_>, path: &str, revision: &str, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(&str, &str)> = [("revision", revision)].iter().chain(fields).copied().collect();
    clerk.submit(&format!("{path}/edit"), &fields).await
}

#[tokio::test]
async fn who_is_overtaken_by_another_saves_nothing_and_loses_nothing() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = clerk.submit("/people/new", &ZHAO).await.location().to_owned();
    assert!(clerk.get(&format!("{path}/edit")).await.html.contains("name=\"revision\" value=\"1\""));
    let (mut first, mut second) = (ZHAO, ZHAO);
    first[4] = ("birth", "1941");
    second[1] = ("name", "赵明得");
    assert_eq!(amend(&mut clerk, &path, "1", &first).await.location(), path);
    let overtaken = amend(&mut clerk, &path, "1", &second).await;
    assert_eq!(overtaken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(overtaken.html.contains("value=\"赵明得\"") && overtaken.html.contains("value=\"2\""));
    let held = office.bureau.show_person(None, "1001").await.unwrap();
    assert_eq!((held.person.name.as_str(), held.person.birth.as_str()), ("赵明德", "1941"));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let mut wrong = ZHAO;
    wrong[4] = ("birth", "1940-02-30");
    let page = clerk.submit("/people/new", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("href=\"#birth\"") && page.html.contains("id=\"birth-error\""));
    assert!(page.html.contains("value=\"1940-02-30\"") && page.html.contains("value=\"赵明德\""));

    let page = clerk.submit("/people/new", &[("name", "赵明德")]).await;
    for field in ["number", "retirement"] {
        assert!(page.html.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    assert_eq!(office.bureau.list_people(&Default::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_number_that_is_taken_is_refused_at_its_field() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    clerk.submit("/people/new", &ZHAO).await;
    let again = clerk.submit("/people/new", &ZHAO).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.html.contains("id=\"number-error\""));
}

#[tokio::test]
async fn what_was_typed_is_never_markup() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let mut odd = ZHAO;
    odd[1] = ("name", "<script>alert(1)</script>");
    let added = clerk.submit("/people/new", &odd).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let path = added.location().to_owned();
    for path in
        [path.clone(), format!("{path}/edit"), "/people".into(), "/people?q=%22%3E%3Cscript%3E".into()]
    {
        let page = clerk.get(&path).await;
        assert!(!page.html.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn an_organisation_is_added_and_counted_in_the_roll_up() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let org = [("number", "Z1"), ("name", "第一党支部"), ("type", "党支部"), ("setup", "单独")];
    let added = clerk.submit("/orgs/new", &org).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.html);
    assert!(clerk.get("/orgs").await.html.contains("第一党支部"));
    clerk.submit("/people/new", &ZHAO).await;
    let report = clerk.get("/reports").await;
    let total = report.html.split_once("<tfoot>").unwrap().1;
    let numbers: Vec<&str> =
        total.split("</td>").filter_map(|cell| cell.rsplit_once('>').map(|(_, number)| number)).collect();
    assert_eq!(numbers[..8], ["1", "0", "0", "1", "0", "1", "1", "0"]);
}
