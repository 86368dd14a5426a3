//! Receives a file as its form sends it, piece by piece, onto the disk.

use std::path::{Path, PathBuf};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tokio::io::AsyncWriteExt;

use crate::problem::Problem;
use crate::texts::said;

/// Bytes of a file, at most: a workbook of 40,000 people has some 5 MB, as CSV 10 MB.
const MAX_UPLOAD_BYTES: u64 = 64 * 1024 * 1024;

/// Characters of a file's name that are kept.
const MAX_NAME: usize = 100;

/// Bytes of a field that is not the file, at most.
const MAX_FIELD: usize = 1024;

/// A file that was received.
pub(crate) struct Upload {
    /// The field `unit` of the form.
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What its page is called.
    pub(crate) key: String,
}

/// Receives the fields `unit` and `file` of a form. Nothing remains of a file that breaks off.
pub(crate) async fn receive(folder: &Path, mut form: Multipart) -> Result<Option<Upload>, Problem> {
    let mut unit = String::new();
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("unit") => unit = short(&mut field).await?,
            Some("file") => {
                let name: String = field.file_name().unwrap_or_default().chars().take(MAX_NAME).collect();
                let key = format!("{:032x}", rand::random::<u128>());
                let path = folder.join(&key);
                let failed = |error: std::io::Error| Problem::internal(&error);
                tokio::fs::create_dir_all(folder).await.map_err(failed)?;
                let size = match write(&path, &mut field).await {
                    Ok(size) => size,
                    Err(problem) => {
                        // What can't be removed now goes when the site starts again.
                        let _ = tokio::fs::remove_file(&path).await;
                        return Err(problem);
                    }
                };
                if size == 0 {
                    tokio::fs::remove_file(&path).await.map_err(failed)?;
                    return Ok(None);
                }
                return Ok(Some(Upload { unit, name, path, key }));
            }
            _ => {}
        }
    }
    Ok(None)
}

async fn short(field: &mut Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_FIELD {
            return Err(Problem::bad_request(said("表单的内容太长。", "A field of the form is too long.")));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn write(path: &Path, field: &mut Field<'_>) -> Result<u64, Problem> {
    let failed = |error: std::io::Error| Problem::internal(&error);
    let mut file = tokio::fs::File::create_new(path).await.map_err(failed)?;
    let mut size = 0;
    while let Some(piece) = field.chunk().await.map_err(unreadable)? {
        size += piece.len() as u64;
        if size > MAX_UPLOAD_BYTES {
            return Err(too_large());
        }
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    Ok(size)
}

fn unreadable(error: MultipartError) -> Problem {
    let mut problem = Problem::bad_request(said("文件没有传完。", "The file did not arrive whole."));
    problem.status = error.status();
    problem
}

fn too_large() -> Problem {
    let mut problem = Problem::bad_request(said(
        "文件超过 64 MB，请分批导入。",
        "The file has more than 64 MB: import it in parts.",
    ));
    problem.status = StatusCode::PAYLOAD_TOO_LARGE;
    problem
}
