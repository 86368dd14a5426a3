//! Cells that change by themselves.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use tower::ServiceExt;
use yanzhen_console::accounts::Role;
use yanzhen_console::routes;
use yanzhen_proto::v1::ObjectProgress;

use crate::office::Office;

#[tokio::test]
async fn the_state_and_what_moves_are_told_and_told_again_when_they_change() {
    let office = Office::open().await;
    let browser = office.with(Role::SystemAdmin).await;
    let request = Request::get("/live").header(header::HOST, "localhost");
    let request = request.header(header::COOKIE, browser.cookie()).body(Body::empty()).unwrap();
    let response = routes::router(office.console.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut words = response.into_body().into_data_stream();
    let mut next = async || String::from_utf8(words.next().await.unwrap().unwrap().into()).unwrap();
    let first = next().await;
    assert!(first.starts_with("data: {") && first.ends_with("}\n\n"), "{first}");
    assert!(first.contains("\"line\":") && first.contains("正常"), "{first}");
    let moving = ObjectProgress {
        hash: "3f9a04c1".repeat(8),
        bytes_total: 100,
        bytes_left: 60,
        direction: "down".into(),
        peer: "aa".into(),
        rate: 0,
    };
    *office.platform.objects.lock().unwrap() = vec![moving];
    let second = next().await;
    assert!(second.contains("40 %") && !second.contains("\"line\":"), "only what differs: {second}");
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let office = Office::open().await;
    let mut browser = office.with(Role::SystemAdmin).await;
    let request = Request::get("/live").header(header::HOST, "localhost");
    let request = request.header(header::COOKIE, browser.cookie()).body(Body::empty()).unwrap();
    let response = routes::router(office.console.clone()).oneshot(request).await.unwrap();
    let words = response.into_body().into_data_stream();
    browser.submit("/sign-out", &[]).await;
    // Ends by itself; were it not to, the test would not either.
    assert!(words.count().await < 20);
}
