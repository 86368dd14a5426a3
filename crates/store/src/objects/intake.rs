//! Makes objects from files and bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use fastcdc::v2020::StreamCDC;
use yanzhen_sync::limits::{CHUNK_BYTES, MAX_OBJECT_BYTES};

use super::error::{ObjectError, io};
use super::layout::Layout;
use super::manifest::{Builder, Manifest};

pub(super) fn add_file(layout: &Layout, path: &Path) -> Result<Manifest, ObjectError> {
    let file = File::open(path).map_err(io("open", path))?;
    let size = file.metadata().map_err(io("read", path))?.len();
    // Spares a person the wait for a copy that fails at its end.
    if size > MAX_OBJECT_BYTES {
        return Err(ObjectError::TooLarge { path: path.to_owned(), limit: MAX_OBJECT_BYTES });
    }
    add(layout, file, path, MAX_OBJECT_BYTES)
}

/// Copies, hashes and cuts in one pass, in memory for the largest chunk; `named` is for errors.
pub(super) fn add(
    layout: &Layout,
    source: impl Read,
    named: &Path,
    limit: u64,
) -> Result<Manifest, ObjectError> {
    let mut temp = layout.temp()?;
    let mut builder = Builder::new();
    let (min, average, max) = CHUNK_BYTES;
    for chunk in StreamCDC::new(source, min, average, max) {
        let chunk = chunk.map_err(|error| io("read", named)(error.into()))?;
        if builder.size() + chunk.data.len() as u64 > limit {
            return Err(ObjectError::TooLarge { path: named.to_owned(), limit });
        }
        temp.file.write_all(&chunk.data).map_err(io("write", &temp.path))?;
        builder.push(&chunk.data);
    }
    let manifest = builder.finish();
    temp.file.sync_all().map_err(io("write", &temp.path))?;
    layout.place(&manifest, &temp.path)?;
    Ok(manifest)
}
