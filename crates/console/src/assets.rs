//! Styles, icons and script, built into the program. Their addresses carry a hash, so that browsers keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// A file that pages refer to.
struct Asset {
    name: &'static str,
    media: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 6] = [
    Asset { name: "tokens.css", media: "text/css", bytes: include_bytes!("../assets/tokens.css") },
    Asset { name: "console.css", media: "text/css", bytes: include_bytes!("../assets/console.css") },
    Asset { name: "gw-print.css", media: "text/css", bytes: include_bytes!("../assets/gw-print.css") },
    Asset { name: "wide-print.css", media: "text/css", bytes: include_bytes!("../assets/wide-print.css") },
    Asset { name: "logo.svg", media: "image/svg+xml", bytes: include_bytes!("../assets/logo.svg") },
    Asset { name: "console.js", media: "text/javascript", bytes: include_bytes!("../assets/console.js") },
];

/// The icons that pages use, put into each page.
pub(crate) const SPRITE: &str = include_str!("../assets/icons.svg");

/// Hexadecimal digits of the hash in an address.
const DIGITS: usize = 16;

/// Changes with the bytes of any of them.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    ASSETS.iter().for_each(|asset| {
        hasher.update(asset.bytes);
    });
    hasher.finalize().to_hex()[..DIGITS].to_owned()
});

/// The path under which pages find their files.
pub(crate) fn base() -> String {
    format!("/assets/{}", *HASH)
}

/// Answers with a file.
pub(crate) async fn serve(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let asset =
        ASSETS.iter().find(|asset| asset.name == name && hash == *HASH).ok_or_else(Problem::not_found)?;
    let media = format!("{}; charset=utf-8", asset.media);
    let headers = [(CONTENT_TYPE, media), (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned())];
    Ok((headers, asset.bytes).into_response())
}
