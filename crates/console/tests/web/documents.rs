//! Documents issued by the page.

use axum::http::StatusCode;
use yanzhen_console::accounts::Role;

use crate::office::Office;

#[tokio::test]
async fn a_document_to_a_unit_without_a_site_waits_and_says_so() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let fields = [
        ("title", "关于冬季走访的通知"),
        ("body", "第一段\n\n第二段"),
        ("to", "990100"),
        ("deadline", "2026年12月31日"),
    ];
    let issued = clerk.submit("/documents/new", &fields).await;
    assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.html);
    let page = clerk.get(issued.location()).await;
    assert!(page.html.contains("青原州委老干部局") && page.html.contains("待发"));
    assert!(page.html.contains("2026年12月31日") && page.html.contains("<p>第二段</p>"));
    assert!(clerk.get("/documents").await.html.contains("关于冬季走访的通知"));
}

#[tokio::test]
async fn a_document_that_can_not_go_keeps_what_was_typed() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let to_nobody = clerk.submit("/documents/new", &[("title", "通知一"), ("body", "正文")]).await;
    assert_eq!(to_nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(to_nobody.html.contains("value=\"通知一\"") && to_nobody.html.contains(">正文</textarea>"));
    let secret = [("title", "机密★ 通知"), ("body", "正文"), ("to", "990100")];
    let marked = clerk.submit("/documents/new", &secret).await;
    assert_eq!(marked.status, StatusCode::UNPROCESSABLE_ENTITY, "a secrecy marking is refused");
    assert!(marked.html.contains("value=\"990100\" aria-label=\"主送 青原州委老干部局\" checked"));
}
