//! Files that a page gives out.

use axum::http::HeaderName;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// The media type of workbooks.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The headers that have a browser save a file under a name.
pub(crate) fn headers(name: &str, media_type: &'static str) -> [(HeaderName, String); 2] {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
    [(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, disposition)]
}

/// A workbook to save.
pub(crate) fn workbook(name: &str, bytes: Vec<u8>) -> Response {
    (headers(&format!("{name}.xlsx"), XLSX), bytes).into_response()
}
