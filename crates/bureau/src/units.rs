//! The unit tree: read from a table, checked as a whole, and written into central's bulletin parents first.

mod plan;
mod sheet;

use std::collections::BTreeMap;

use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::directory::{Directory, UNIT, Unit};
use yanzhen_sync::{RecordId, SiteId, UnitId};

use crate::Bureau;
use crate::error::BureauError;
use crate::import::{Import, Options, RowError};
use crate::people::by_id;
use crate::writing::Writing;
use sheet::UnitSheet;

/// What an import of units came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitsImported {
    /// New units.
    pub created: u64,
    /// Units with another name, kind or place.
    pub updated: u64,
    /// Units that are known exactly so.
    pub unchanged: u64,
    /// What is wrong, in the order of the file; then nothing was imported.
    pub refusals: Vec<RowError>,
}

/// A unit in the order of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitView {
    /// The unit.
    pub unit: Unit,
    /// The code of the unit above; empty for the top.
    pub parent_code: String,
    /// Levels below the first unit shown.
    pub depth: u32,
    /// The site where it is at home.
    pub home: Option<SiteId>,
    /// Whether that site was joined for this very unit.
    pub has_site: bool,
}

impl Bureau {
    /// Imports units from a table with the columns code, name, parent_code and kind; only central can. All rows or,
    /// where any is refused, none. Units that the table leaves out stay as they are.
    pub async fn import_units(&self, table: &[u8]) -> Result<UnitsImported, BureauError> {
        let writing = self.writing().await;
        let directory = self.directory();
        if directory.root() != self.store().me() {
            let why = "only central keeps the unit tree: import it there";
            return Err(BureauError::Refused(why.to_owned()));
        }
        let options = Options { today: self.today(), own_unit: Some(String::new()) };
        let import = Import::<UnitSheet>::read(table, options)?;
        let mut refusals = Vec::new();
        let mut rows = Vec::new();
        for row in import.rows() {
            match row.result {
                Ok(sound) => rows.push(plan::Row { line: row.line, cells: row.cells, sheet: sound.sheet }),
                Err(errors) => refusals.extend(errors),
            }
        }
        let planned = plan::plan(&rows, &directory, || UnitId::from(self.new_id()));
        for (row, errors) in planned.refused {
            refusals.extend(import.row_errors(rows[row].line, &rows[row].cells, errors));
        }
        if !refusals.is_empty() {
            refusals.sort_by_key(|refusal| refusal.line);
            return Ok(UnitsImported { refusals, ..UnitsImported::default() });
        }
        self.write_units(&writing, planned.units).await
    }

    /// Writes what differs from what is held, in the order given.
    async fn write_units(
        &self,
        writing: &Writing,
        units: Vec<plan::Planned>,
    ) -> Result<UnitsImported, BureauError> {
        let ids: Vec<RecordId> = units.iter().map(|unit| unit.id.into()).collect();
        let held = by_id(self.store().records_by_ids(&UNIT, &ids).await?);
        let mut imported = UnitsImported::default();
        let mut edits = Vec::new();
        for unit in units {
            let record = held.get(&RecordId::from(unit.id));
            let Some(body) = unit.body(record) else {
                imported.unchanged += 1;
                continue;
            };
            *(if record.is_some() { &mut imported.updated } else { &mut imported.created }) += 1;
            let expected = record.map_or(Expected::New, |record| Expected::At(record.version));
            edits.push(Edit::upsert(UNIT, unit.id.into(), unit.id, body, expected));
        }
        if !edits.is_empty() {
            writing.write(Write { targets: vec![Target::Bulletin], edits }).await?;
        }
        Ok(imported)
    }

    /// The tree below a unit, with it; the whole tree where none is named.
    pub fn unit_tree(&self, under: Option<UnitId>) -> Vec<UnitView> {
        let directory = self.directory();
        let mut children: BTreeMap<Option<UnitId>, Vec<&Unit>> = BTreeMap::new();
        for unit in directory.units() {
            let above = unit.parent.filter(|parent| directory.unit(*parent).is_some());
            children.entry(above).or_default().push(unit);
        }
        for units in children.values_mut() {
            // They are taken from the end.
            units.sort_by(|a, b| b.code.cmp(&a.code));
        }
        let top = match under {
            Some(unit) => directory.unit(unit).into_iter().collect(),
            None => children.get(&None).cloned().unwrap_or_default(),
        };
        let mut waiting: Vec<(&Unit, u32)> = top.into_iter().map(|unit| (unit, 0)).collect();
        let mut views = Vec::new();
        while let Some((unit, depth)) = waiting.pop() {
            views.push(view(&directory, unit, depth));
            let below = children.get(&Some(unit.id)).into_iter().flatten();
            waiting.extend(below.map(|unit| (*unit, depth + 1)));
        }
        views
    }
}

fn view(directory: &Directory, unit: &Unit, depth: u32) -> UnitView {
    let above = unit.parent.and_then(|parent| directory.unit(parent));
    UnitView {
        parent_code: above.map(|above| above.code.clone()).unwrap_or_default(),
        depth,
        home: directory.home(unit.id).map(|home| home.site),
        has_site: directory.has_own_home(unit.id),
        unit: unit.clone(),
    }
}
