//! The matrix of receipts: its rows in groups, and its cells kept fresh.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use tower::ServiceExt;
use yanzhen_bureau::documents::NewDocument;
use yanzhen_console::accounts::Role;
use yanzhen_console::routes;

use crate::office::{Browser, Office};

const MORE_UNITS: &str = "code,name,parent_code,kind\n\
    990101,青石县委老干部局,990100,机关\n\
    990001,市直机关工委,990000,机关\n";

async fn issued(office: &Office, to: &[&str]) -> String {
    let new = NewDocument {
        title: "通知一".into(),
        body: "正文".into(),
        to: to.iter().map(|code| (*code).to_owned()).collect(),
        ..NewDocument::default()
    };
    office.bureau.publish(new).await.unwrap().id.to_string()
}

/// The first words of a stream.
pub(crate) async fn first_words(office: &Office, browser: &Browser<'_>, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header(header::HOST, "localhost");
    let request = request.header(header::COOKIE, browser.cookie()).body(Body::empty()).unwrap();
    let response = routes::router(office.console.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let words = response.into_body().into_data_stream().next().await;
    (status, words.map_or_else(String::new, |words| String::from_utf8(words.unwrap().into()).unwrap()))
}

#[tokio::test]
async fn recipients_stand_below_their_prefecture_and_direct_units_come_last() {
    let office = Office::open().await;
    office.bureau.import_units(MORE_UNITS.as_bytes()).await.unwrap();
    let mut clerk = office.with(Role::Clerk).await;
    let id = issued(&office, &["990001", "990100", "990101"]).await;
    let page = clerk.get(&format!("/documents/{id}")).await.html;
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} in {page}"));
    let places = [
        at("<th scope=\"rowgroup\" colspan=\"9\">青原州委老干部局"),
        at("data-live=\"stage-990100\""),
        at("data-live=\"stage-990101\""),
        at("<th scope=\"rowgroup\" colspan=\"9\">直属单位"),
        at("data-live=\"stage-990001\""),
    ];
    assert!(places.is_sorted(), "{places:?}");
    let one = issued(&office, &["990100"]).await;
    assert!(
        !clerk.get(&format!("/documents/{one}")).await.html.contains("rowgroup"),
        "one group needs no name"
    );
}

#[tokio::test]
async fn a_document_s_cells_are_told_to_who_reads_documents_and_the_site_s_to_who_sees_sites() {
    let office = Office::open().await;
    let id = issued(&office, &["990100"]).await;
    let path = format!("/documents/{id}/live");
    let (clerk, reader) = (office.with(Role::Clerk).await, office.with(Role::Reader).await);
    let (status, words) = first_words(&office, &clerk, &path).await;
    assert_eq!(status, StatusCode::OK);
    for cell in ["\"counts\":", "\"stage-990100\":", "\"delivered-990100\":", "\"line\":"] {
        assert!(words.contains(cell), "{cell} in {words}");
    }
    let (_, words) = first_words(&office, &reader, &path).await;
    assert!(words.contains("\"counts\":") && !words.contains("\"line\":"), "{words}");
    let none = "/documents/00000000000000000000000000000000/live";
    assert_eq!(first_words(&office, &reader, none).await.0, StatusCode::NOT_FOUND);
}
