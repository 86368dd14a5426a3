//! A list as a workbook: the same records in the same order as its page shows, all pages of them, with the columns of
//! an import, so that what was given out can be mended and sent back.

use axum::extract::{Query, State};
use axum::response::Response;
use tokio::sync::mpsc;
use yanzhen_bureau::workbook::{Cell, MAX_ROWS, Table, WorkbookError};
use yanzhen_bureau::{Bureau, BureauError, Field};
use yanzhen_sync::RecordId;

use crate::audit::Noted;
use crate::console::Console;
use crate::download;
use crate::format;
use crate::problem::Problem;
use crate::record_form::Form;
use crate::record_list::{Asked, List, filter};
use crate::visitor::Visitor;

/// Records that are read at a time.
const SLICE: usize = 500;

/// Slices that wait to be written, so that reading never runs far ahead.
const SLICES_WAITING: usize = 2;

/// Columns before those of the form. The import knows the first and needs no word on the second.
const UNIT: [&str; 2] = ["单位代码", "单位名称"];

/// A kind of record whose list comes in and goes out as a table.
pub(crate) trait Roster: List + Form {
    /// Fields that the table has beside those of the form.
    const MORE: &'static [Field];

    /// What they hold.
    fn more(&self) -> Vec<String>;

    /// Code and name of its unit.
    fn unit(&self) -> [String; 2];

    /// The records with these ids, in this order.
    fn of_ids(
        bureau: &Bureau,
        ids: &[RecordId],
    ) -> impl Future<Output = Result<Vec<Self>, BureauError>> + Send;
}

/// A list as a workbook.
pub(crate) async fn export<L: Roster>(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let t = visitor.language.texts();
    let ids = bureau.list_ids(&filter::<L>(bureau, &asked)?).await?;
    if ids.len() >= MAX_ROWS as usize {
        return Err(Problem::bad_request(t.imports.too_many));
    }
    let name = <L as List>::words(t).title;
    let note = format!("{name}　{} {}", t.imports.as_of, format::full_time(console.now()));
    let (slices, waiting) = mpsc::channel(SLICES_WAITING);
    let writer = tokio::task::spawn_blocking(move || write::<L>(name, note, waiting));
    for ids in ids.chunks(SLICE) {
        let records = L::of_ids(bureau, ids).await?;
        // A writer that gave up says why below.
        if slices.send(records).await.is_err() {
            break;
        }
    }
    drop(slices);
    let written = writer.await.map_err(|error| Problem::internal(&error))?;
    let file = download::workbook(name, written.map_err(|error| Problem::internal(&error))?);
    Ok(Noted { note: ids.len().to_string(), ..Noted::default() }.on(file))
}

fn write<L: Roster>(
    name: &str,
    note: String,
    mut slices: mpsc::Receiver<Vec<L>>,
) -> Result<Vec<u8>, WorkbookError> {
    let fields = || L::PARTS.iter().flat_map(|(_, shapes)| shapes.iter()).map(|shape| shape.field);
    let labels = fields().map(|field| field.label).chain(L::MORE.iter().map(|field| field.label));
    let header: Vec<String> = UNIT.into_iter().chain(labels).map(str::to_owned).collect();
    let mut table = Table::new(name, &[note], &header)?;
    while let Some(records) = slices.blocking_recv() {
        for record in records {
            let mut values = record.values();
            let own = fields().map(|field| values.remove(field.name).unwrap_or_default());
            let cells = record.unit().into_iter().chain(own).chain(record.more());
            table.push(cells.map(Cell::Text))?;
        }
    }
    table.finish()
}
