//! `import`: a table goes to the site, the rows it refuses come back as a file to mend.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use yanzhen_proto::v1::{ImportKind, ImportProgress, ImportRequest, RefusedRow};

use super::files;
use crate::control::{ControlClient, PIECE_BYTES};
use crate::exit::Done;
use crate::failure::{Failure, system_says};
use crate::out::{COUNT_BAR, Out, Table, left, right};

/// Bytes of one import, as administration.proto lays down.
const MAX_IMPORT_BYTES: u64 = 64 * 1024 * 1024;

/// Refused rows that are printed; the file has them all.
const SHOWN_ROWS: usize = 20;

/// A table to take in.
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    /// A CSV file with a header row in Chinese or English
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The unit of rows without a unit code [default: the site's own]
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,

    /// Where refused rows are written [default: NAME.refused.csv beside the file]
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

/// What an import did, with where the refused rows are.
#[derive(Serialize)]
struct Imported {
    #[serde(flatten)]
    outcome: ImportProgress,
    refused_path: Option<PathBuf>,
}

pub(super) async fn run(
    kind: ImportKind,
    args: ImportArgs,
    client: &mut ControlClient,
    out: &mut Out<'_>,
) -> Result<Done, Failure> {
    let table = files::read_whole(&args.file, MAX_IMPORT_BYTES).await?;
    let requests = pieces(kind, args.unit.unwrap_or_default(), table);
    let mut replies = client.site.import(tokio_stream::iter(requests)).await?.into_inner();
    let bar = out.progress(0, "rows", COUNT_BAR);
    let mut outcome = ImportProgress::default();
    while let Some(progress) = replies.message().await? {
        bar.set_length(progress.rows_total);
        bar.set_position(progress.rows_done);
        outcome = progress;
    }
    bar.finish_and_clear();
    if !outcome.done {
        return Err(Failure::failed("the import was broken off")
            .why(format!("the site answered for {} of {} rows", outcome.rows_done, outcome.rows_total))
            .next("import the same file again: what is in already changes nothing"));
    }
    let refused_path = write_refused(&args.file, args.refused, &outcome.refused_file).await?;
    let imported = Imported { outcome, refused_path };
    out.reply(&imported, |imported, _| text(imported))?;
    Ok(Done::unless(imported.outcome.refused > 0))
}

/// The kind and unit are in the first message.
fn pieces(kind: ImportKind, unit_code: String, mut table: Bytes) -> Vec<ImportRequest> {
    let first = table.split_to(table.len().min(PIECE_BYTES));
    let mut requests = vec![ImportRequest { kind: kind.into(), unit_code, data: first }];
    while !table.is_empty() {
        let data = table.split_to(table.len().min(PIECE_BYTES));
        requests.push(ImportRequest { data, ..ImportRequest::default() });
    }
    requests
}

/// An earlier file of refused rows is replaced: it was about the same table.
async fn write_refused(
    table: &Path,
    wanted: Option<PathBuf>,
    rows: &Bytes,
) -> Result<Option<PathBuf>, Failure> {
    let path = wanted.unwrap_or_else(|| beside(table));
    if rows.is_empty() {
        return Ok(None);
    }
    if path == table {
        return Err(Failure::refused("the refused rows can't replace the table that they come from")
            .next("name another file with --refused"));
    }
    tokio::fs::write(&path, rows).await.map_err(|error| {
        Failure::failed(format!("the refused rows can't be written to {}", path.display()))
            .why(system_says(&error))
            .next("the other rows are in; import the same file again with another --refused FILE")
    })?;
    Ok(Some(path))
}

fn beside(table: &Path) -> PathBuf {
    let mut name = table.file_stem().unwrap_or_default().to_owned();
    name.push(".refused.csv");
    table.with_file_name(name)
}

fn text(imported: &Imported) -> String {
    let Imported { outcome, refused_path } = imported;
    let ImportProgress { created, updated, unchanged, refused, .. } = outcome;
    let mut text: String =
        outcome.warnings.iter().map(|warning| format!("note: {}\n", crate::out::clean(warning))).collect();
    text += &format!("{created} created, {updated} updated, {unchanged} unchanged, {refused} refused\n");
    if *refused > 0 {
        text += &refusals(&outcome.refusals, *refused);
    }
    if let Some(path) = refused_path {
        let path = path.display();
        text += &format!("the refused rows are in {path}: correct them there and import that file\n");
    }
    text
}

/// The first of the refused rows.
pub(super) fn refusals(rows: &[RefusedRow], total: u64) -> String {
    let mut table = Table::new(&[right("line"), left("column"), left("reason")]);
    for row in rows.iter().take(SHOWN_ROWS) {
        table.row([row.line.to_string(), row.column.clone(), row.reason.clone()]);
    }
    let shown = rows.len().min(SHOWN_ROWS) as u64;
    let mut text = table.text();
    if total > shown {
        text += &format!("and {} more\n", total - shown);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_travels_whole_in_pieces_of_the_allowed_size() {
        for size in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let table: Bytes = (0..=250).cycle().take(size).collect::<Vec<u8>>().into();
            let requests = pieces(ImportKind::Orgs, "99".into(), table.clone());
            let joined: Vec<u8> = requests.iter().flat_map(|request| request.data.clone()).collect();
            assert_eq!(joined, table);
            assert!(requests.iter().all(|request| request.data.len() <= PIECE_BYTES));
            assert_eq!(requests[0].unit_code, "99");
            assert!(requests[1..].iter().all(|request| request.kind == 0));
        }
    }

    #[test]
    fn refused_rows_go_beside_the_table() {
        assert_eq!(beside(Path::new("a/名册.csv")), Path::new("a/名册.refused.csv"));
        assert_eq!(beside(Path::new("a/名册.refused.csv")), Path::new("a/名册.refused.refused.csv"));
        assert_eq!(beside(Path::new("roster")), Path::new("roster.refused.csv"));
    }

    #[test]
    fn only_the_first_refused_rows_are_printed() {
        let row = |line| RefusedRow { line, column: "出生日期".into(), reason: "不是日期".into() };
        let text = refusals(&(2..32).map(row).collect::<Vec<_>>(), 30);
        assert_eq!(text.lines().count(), 1 + SHOWN_ROWS + 1);
        assert!(text.ends_with("and 10 more\n"), "{text}");
    }
}
