//! Files sent through the pages of an import, as browsers do it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::office::{Browser, Page};

const BOUNDARY: &str = "----geese";

/// Rounds of waiting for an import, of 20 ms each.
const ROUNDS: usize = 15_000;

/// The form as browsers send it.
pub(crate) fn form(csrf: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("csrf", csrf), ("unit", "")] {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let file_part =
        "Content-Disposition: form-data; name=\"file\"; filename=\"名册.xlsx\"\r\nContent-Type: x/y";
    body.extend_from_slice(format!("--{BOUNDARY}\r\n{file_part}\r\n\r\n").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Sends a form with a file.
pub(crate) async fn post(browser: &mut Browser<'_>, path: &str, body: Vec<u8>) -> Page {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let request = Request::post(path).header(header::CONTENT_TYPE, media_type);
    browser.ask(request.body(Body::from(body)).unwrap()).await
}

/// Sends a file as the form of a page does; answers with where its import is.
pub(crate) async fn send(browser: &mut Browser<'_>, path: &str, file: &[u8]) -> Page {
    let csrf = browser.csrf().await;
    post(browser, path, form(&csrf, file)).await
}

/// The import's page when nothing goes on any more.
pub(crate) async fn settled(browser: &mut Browser<'_>, path: &str) -> Page {
    for _ in 0..ROUNDS {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        if !page.html.contains("http-equiv=\"refresh\"") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} never ends");
}
