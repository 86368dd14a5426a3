//! A file of a document, read chunk by chunk as the browser takes it, each chunk verified.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::record;
use crate::console::Console;
use crate::download;
use crate::problem::Problem;

pub(super) async fn download(
    State(console): State<Console>,
    Path((id, place)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_document(record(&id)?, None).await?;
    let attachment =
        view.attachments.get(place).filter(|attachment| attachment.present).ok_or_else(Problem::not_found)?;
    let reader =
        console.objects().reader(&attachment.object).await.map_err(|error| Problem::internal(&error))?;
    let chunks = u32::try_from(reader.manifest().chunks().len()).unwrap_or(u32::MAX);
    let bytes = stream::unfold((reader, 0), move |(reader, index)| async move {
        if index == chunks {
            return None;
        }
        // A chunk that is damaged ends the download before its end: the browser says that it failed.
        let chunk: Result<Bytes, _> = reader.read_chunk(index).await;
        Some((chunk, (reader, index + 1)))
    });
    let length = [(CONTENT_LENGTH, attachment.object.size.to_string())];
    let headers = download::headers(&attachment.name, "application/octet-stream");
    Ok((headers, length, Body::from_stream(bytes)).into_response())
}
