//! Lists: filters, order and pages in the address.

use axum::http::StatusCode;
use bytes::Bytes;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_console::accounts::Role;

use crate::office::{Browser, Office};

async fn roster() -> Office {
    let office = Office::open().await;
    let mut file = String::from("编号,姓名,性别,出生日期,离退休类别,单位代码,状态,去世时间\n");
    for number in 0..60 {
        let (kind, sex) = if number < 20 { ("离休", "男") } else { ("退休", "女") };
        file += &format!("P{number:02},王{number},{sex},{},{kind},990000,在世,\n", 1925 + number);
    }
    file += "P98,孙桂芝,女,1943,退休,990000,去世,2026-01-05\nP99,赵明德,男,1943,退休,990100,在世,\n";
    let request =
        ImportRequest { kind: ImportKind::People, unit_code: String::new(), file: Bytes::from(file) };
    let outcome = office.bureau.import(request, |_| ()).await.unwrap();
    assert_eq!(outcome.counts.refused, 0, "{:?}", outcome.refusals);
    office
}

/// The rows' numbers.
async fn numbers(browser: &mut Browser<'_>, path: &str) -> Vec<String> {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.html);
    let (_, body) = page.html.split_once("<tbody>").unwrap_or_default();
    let rows = body.split("<tr>").skip(1);
    rows.map(|row| row.split_once("nowrap\">").unwrap().1.split_once('<').unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn the_address_holds_filters_order_and_page() {
    let office = roster().await;
    let mut reader = office.with(Role::Reader).await;
    assert_eq!(numbers(&mut reader, "/people").await.len(), 25);
    assert_eq!(numbers(&mut reader, "/people?page=3").await.last().unwrap(), "P99");
    assert_eq!(numbers(&mut reader, "/people?kind=1&sex=1").await.len(), 20);
    assert_eq!(numbers(&mut reader, "/people?kind=1&sex=2").await.len(), 0);
    assert_eq!(numbers(&mut reader, "/people?status=2").await, ["P98"]);
    assert_eq!(numbers(&mut reader, "/people?status=all&rows=100").await.len(), 62);
    assert_eq!(numbers(&mut reader, "/people?unit=990100").await, ["P99"]);
    assert_eq!(numbers(&mut reader, "/people?age_from=100").await, ["P00", "P01"]);
    assert_eq!(numbers(&mut reader, "/people?sort=-birth").await[..2], ["P59", "P58"]);
    assert_eq!(numbers(&mut reader, "/people?unit=990000&own=1&q=%E6%98%8E%E5%BE%B7").await.len(), 0);
    // What is not understood asks for nothing.
    assert_eq!(
        numbers(&mut reader, "/people?kind=x&sort=x&rows=7&page=x&branch=x&age_from=-1").await.len(),
        25
    );
    assert_eq!(reader.get("/people?unit=nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_condition_can_be_taken_off_alone_and_a_column_says_how_it_is_sorted() {
    let office = roster().await;
    let mut reader = office.with(Role::Reader).await;
    let page = reader.get("/people?kind=2&sex=2&sort=birth&page=2&q=%E7%8E%8B").await.html;
    for without in
        ["/people?kind=2&amp;sex=2&amp;sort=birth", "/people?kind=2&amp;q=", "/people?q=%E7%8E%8B&amp;sex=2"]
    {
        let escaped = without.replace("&amp;", "&#38;");
        assert!(page.contains(without) || page.contains(&escaped), "{without}\n{page}");
    }
    assert!(page.contains("aria-sort=\"ascending\""));
    assert!(page.contains("sort=-birth"), "another click turns it round");
    assert_eq!(page.matches("aria-sort").count(), 1);
    let empty = reader.get("/people?q=%E9%BE%98").await.html;
    assert!(!empty.contains("<tbody>") && empty.contains("没有符合条件的老同志"));
}

#[tokio::test]
async fn values_are_told_in_the_language_of_the_page() {
    let office = roster().await;
    let mut reader = office.with(Role::Reader).await;
    reader.get("/language/en?to=/").await;
    let page = reader.get("/people?kind=1").await.html;
    let table = page.split_once("<table").unwrap().1;
    assert!(table.contains("Honoured") && table.contains("Living") && table.contains(">Male<"));
}

#[tokio::test]
async fn the_search_finds_people_of_every_status_and_branches_by_two_characters() {
    let office = roster().await;
    let mut clerk = office.with(Role::Clerk).await;
    let org = [("number", "Z1"), ("name", "桂芝读书会党支部"), ("type", "党支部"), ("setup", "单独")];
    clerk.submit("/orgs/new", &org).await;
    let page = clerk.get("/search?q=%E6%A1%82%E8%8A%9D").await.html;
    assert!(page.contains(">孙桂芝<"), "who has died is found: {page}");
    assert!(page.contains(">桂芝读书会党支部<"));
    let all = page.split("href=\"/people?").nth(1).unwrap().split('"').next().unwrap();
    let all = all.replace("&amp;", "&").replace("&#38;", "&");
    assert_eq!(numbers(&mut clerk, &format!("/people?{all}")).await, ["P98"]);
    assert!(clerk.get("/search?q=%E9%BE%98%E9%BE%98").await.html.contains("没有找到"));
    assert_eq!(clerk.get("/search").await.status, StatusCode::OK);
}
