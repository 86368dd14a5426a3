//! A file of a document, read chunk by chunk as the browser takes it, each chunk verified.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use yanzhen_bureau::documents::ReceiptView;
use yanzhen_bureau::kinds::receipt;
use yanzhen_sync::ObjectRef;

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
    file(&console, &attachment.name, &attachment.object).await
}

/// A file of an answer.
pub(super) async fn of_reply(
    State(console): State<Console>,
    Path((id, receipt, place)): Path<(String, String, usize)>,
) -> Result<Response, Problem> {
    let id = record(&id)?;
    let matrix = console.bureau().receipts(id).await?;
    let is_it = |row: &&ReceiptView| receipt::id_of(id, row.to).to_string() == receipt;
    let attachment = matrix.rows.iter().find(is_it).and_then(|row| row.receipt.attachments.get(place));
    let attachment = attachment.ok_or_else(Problem::not_found)?;
    let object = attachment.object.clone().and_then(|object| ObjectRef::try_from(object).ok());
    let object = object.ok_or_else(Problem::not_found)?;
    let is_here = console.objects().has(&object).await.map_err(|error| Problem::internal(&error))?;
    if !is_here {
        return Err(Problem::bad_request("这个附件还在路上，收齐后可以打开。"));
    }
    file(&console, &attachment.name, &object).await
}

async fn file(console: &Console, name: &str, object: &ObjectRef) -> Result<Response, Problem> {
    let reader = console.objects().reader(object).await.map_err(|error| Problem::internal(&error))?;
    let chunks = u32::try_from(reader.manifest().chunks().len()).unwrap_or(u32::MAX);
    let bytes = stream::unfold((reader, 0), move |(reader, index)| async move {
        if index == chunks {
            return None;
        }
        // A chunk that is damaged ends the download before its end: the browser says that it failed.
        let chunk: Result<Bytes, _> = reader.read_chunk(index).await;
        Some((chunk, (reader, index + 1)))
    });
    let length = [(CONTENT_LENGTH, object.size.to_string())];
    let headers = download::headers(name, "application/octet-stream");
    Ok((headers, length, Body::from_stream(bytes)).into_response())
}
