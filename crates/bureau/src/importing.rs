//! Runs an import: slices of rows are planned and written one after the other, so that it can be watched, stopped
//! between two frames and repeated.

use bytes::Bytes;
use yanzhen_store::StoreError;
use yanzhen_sync::UnitId;

use crate::Bureau;
use crate::bureau::code_of;
use crate::error::BureauError;
use crate::import::plan::Outcome;
use crate::import::refused::RefusedRows;
use crate::import::{Import, ImportRow, Options, OrgSheet, PersonSheet, Row, RowError};
use crate::saving::{Roster, plan_rows, save_rows};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// People with their memberships.
    People,
    /// Party organisations.
    Orgs,
}

/// A file to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// What it holds.
    pub kind: ImportKind,
    /// The unit of rows that name none; empty for the site's own.
    pub unit_code: String,
    /// The file.
    pub file: Bytes,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows that are dealt with.
    pub rows_done: u64,
    /// Rows in all: by the lines of the file while it runs, exact at the end.
    pub rows_total: u64,
    /// Rows whose record is new.
    pub created: u64,
    /// Rows whose record changed.
    pub updated: u64,
    /// Rows that say what is already held.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Frames written.
    pub frames: u64,
}

/// Rows that are kept as they are, to be looked at.
const FIRST_ROWS: usize = 10;

/// What a row comes to, with its cells as they are in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What becomes of it; none if it is refused.
    pub outcome: Option<Outcome>,
    /// Its cells.
    pub cells: Vec<String>,
}

/// What an import came to.
#[derive(Clone, Debug, Default)]
pub struct ImportOutcome {
    /// The counts at the end.
    pub counts: ImportProgress,
    /// Everything that is wrong with refused rows, in the order of the file.
    pub refusals: Vec<RowError>,
    /// What was ignored.
    pub warnings: Vec<String>,
    /// The refused rows as a file to mend and import again; none if there are none.
    pub refused_file: Option<Bytes>,
    /// The names of the file's columns.
    pub header: Vec<String>,
    /// The file's first rows.
    pub first_rows: Vec<FirstRow>,
}

/// Whether rows are written or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Write,
    Preview,
}

impl Bureau {
    /// Imports people or organisations of units at home here. Good rows go in, bad ones are refused; the same file
    /// again changes nothing. `progress` is told after each slice. Dropping the future stops between two frames.
    pub async fn import(
        &self,
        request: ImportRequest,
        progress: impl FnMut(&ImportProgress) + Send,
    ) -> Result<ImportOutcome, BureauError> {
        self.go_through(Mode::Write, request, progress).await
    }

    /// Tells what an import would come to, and writes nothing.
    pub async fn preview(
        &self,
        request: ImportRequest,
        progress: impl FnMut(&ImportProgress) + Send,
    ) -> Result<ImportOutcome, BureauError> {
        self.go_through(Mode::Preview, request, progress).await
    }

    async fn go_through(
        &self,
        mode: Mode,
        request: ImportRequest,
        progress: impl FnMut(&ImportProgress) + Send,
    ) -> Result<ImportOutcome, BureauError> {
        let unit = self.home_unit(&request.unit_code)?;
        match request.kind {
            ImportKind::People => self.import_sheet::<PersonSheet>(mode, unit, request.file, progress).await,
            ImportKind::Orgs => self.import_sheet::<OrgSheet>(mode, unit, request.file, progress).await,
        }
    }

    async fn import_sheet<S: Roster>(
        &self,
        mode: Mode,
        unit: UnitId,
        file: Bytes,
        mut progress: impl FnMut(&ImportProgress) + Send,
    ) -> Result<ImportOutcome, BureauError> {
        let own_unit = Some(code_of(&self.directory(), unit));
        let options = Options { today: self.today(), own_unit };
        // Unpacking a large workbook takes a second or more.
        let read = tokio::task::spawn_blocking(move || Import::<S>::read(&file, options)).await;
        let import = read.map_err(|_| StoreError::Closed)??;
        let mut running = Running::new(&import)?;
        let mut rows = import.rows();
        progress(&running.counts);
        loop {
            let slice = Slice::read(&mut rows);
            if slice.is_empty() {
                break;
            }
            let done = match mode {
                Mode::Preview => plan_rows(self, &slice.sound).await?,
                Mode::Write => {
                    let writing = self.writing().await;
                    save_rows(self, &writing, &slice.sound, None).await?
                }
            };
            running.counts.frames += done.frames;
            running.take(&import, slice, done.rows)?;
            progress(&running.counts);
        }
        let outcome = running.finish()?;
        progress(&outcome.counts);
        Ok(outcome)
    }
}

/// A row's place in the file and its cells.
struct Place {
    line: u64,
    cells: Vec<String>,
}

/// Rows that are planned together.
struct Slice<S> {
    sound: Vec<Row<S>>,
    /// Where the sound rows are.
    places: Vec<Place>,
    refused: Vec<(Place, Vec<RowError>)>,
}

impl<S: Roster> Slice<S> {
    fn read(rows: &mut impl Iterator<Item = ImportRow<S>>) -> Slice<S> {
        let mut slice = Slice { sound: Vec::new(), places: Vec::new(), refused: Vec::new() };
        for ImportRow { line, cells, result } in rows.take(S::ROWS) {
            let place = Place { line, cells };
            match result {
                Err(errors) => slice.refused.push((place, errors)),
                Ok(row) => {
                    slice.sound.push(row);
                    slice.places.push(place);
                }
            }
        }
        slice
    }

    fn is_empty(&self) -> bool {
        self.sound.is_empty() && self.refused.is_empty()
    }
}

/// An import's results so far.
struct Running {
    counts: ImportProgress,
    refusals: Vec<RowError>,
    warnings: Vec<String>,
    refused_rows: RefusedRows<Vec<u8>>,
    header: Vec<String>,
    first_rows: Vec<FirstRow>,
}

impl Running {
    fn new<S: Roster>(import: &Import<S>) -> Result<Running, BureauError> {
        let ignored = import.ignored();
        let warning = format!("columns that are not known were ignored: {}", ignored.join(", "));
        Ok(Running {
            counts: ImportProgress { rows_total: import.lines().saturating_sub(1), ..Default::default() },
            refusals: Vec::new(),
            warnings: if ignored.is_empty() { Vec::new() } else { vec![warning] },
            refused_rows: RefusedRows::new(Vec::new(), import.header())?,
            header: import.header().to_vec(),
            first_rows: Vec::new(),
        })
    }

    fn take<S: Roster>(
        &mut self,
        import: &Import<S>,
        slice: Slice<S>,
        done: Vec<Result<Outcome, Vec<crate::kinds::reason::FieldError>>>,
    ) -> Result<(), BureauError> {
        let mut refused = slice.refused;
        let mut sound = Vec::with_capacity(FIRST_ROWS);
        for (place, outcome) in slice.places.into_iter().zip(done) {
            if let Ok(outcome) = outcome
                && sound.len() < FIRST_ROWS
            {
                sound.push(FirstRow { line: place.line, outcome: Some(outcome), cells: place.cells.clone() });
            }
            match outcome {
                Ok(Outcome::Created) => self.counts.created += 1,
                Ok(Outcome::Updated) => self.counts.updated += 1,
                Ok(Outcome::Unchanged) => self.counts.unchanged += 1,
                Err(errors) => {
                    let errors = import.row_errors(place.line, &place.cells, errors);
                    refused.push((place, errors));
                }
            }
        }
        refused.sort_by_key(|(place, _)| place.line);
        self.note_first(sound, &refused);
        self.counts.refused += refused.len() as u64;
        for (place, errors) in refused {
            self.refused_rows.push(&place.cells, &errors)?;
            self.refusals.extend(errors);
        }
        let ImportProgress { created, updated, unchanged, refused, .. } = self.counts;
        self.counts.rows_done = created + updated + unchanged + refused;
        self.counts.rows_total = self.counts.rows_total.max(self.counts.rows_done);
        Ok(())
    }

    fn note_first(&mut self, mut rows: Vec<FirstRow>, refused: &[(Place, Vec<RowError>)]) {
        let first = refused.iter().take(FIRST_ROWS).map(|(place, _)| place);
        rows.extend(first.map(|place| FirstRow {
            line: place.line,
            outcome: None,
            cells: place.cells.clone(),
        }));
        rows.sort_by_key(|row| row.line);
        let room = FIRST_ROWS - self.first_rows.len();
        self.first_rows.extend(rows.into_iter().take(room));
    }

    fn finish(mut self) -> Result<ImportOutcome, BureauError> {
        self.counts.rows_total = self.counts.rows_done;
        let file = if self.counts.refused == 0 { None } else { Some(self.refused_rows.finish()?.into()) };
        Ok(ImportOutcome {
            counts: self.counts,
            refusals: self.refusals,
            warnings: self.warnings,
            refused_file: file,
            header: self.header,
            first_rows: self.first_rows,
        })
    }
}
