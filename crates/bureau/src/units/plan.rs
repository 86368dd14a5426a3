//! Checks a table of units against itself and against the tree that is there.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::Unit;
use yanzhen_store::Record;
use yanzhen_sync::UnitId;
use yanzhen_sync::directory::{Directory, MAX_DEPTH};

use super::sheet::{PARENT, UnitSheet};
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::{unit, unknown};
use crate::people::decoded;

/// A row that is sound by itself.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
    pub(super) sheet: UnitSheet,
}

/// A unit as the table wants it.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) id: UnitId,
    pub(super) unit: Unit,
    depth: usize,
}

/// What a table comes to.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Parents before their children.
    pub(super) units: Vec<Planned>,
    /// What is wrong, by the rows' places.
    pub(super) refused: Vec<(usize, Vec<FieldError>)>,
}

impl Planned {
    /// The body to write; none if the record holds exactly this. Keeps what the table doesn't say.
    pub(super) fn body(&self, held: Option<&Record>) -> Option<Bytes> {
        let Some(record) = held else { return Some(Bytes::from(self.unit.encode_to_vec())) };
        let old: Unit = decoded(record);
        let new =
            Unit { valid_from: old.valid_from.clone(), valid_to: old.valid_to.clone(), ..self.unit.clone() };
        if new == old {
            return None;
        }
        Some(unknown::keep_unknown(record.body.as_deref().unwrap_or_default(), &new, unit::MESSAGE))
    }
}

/// Plans a table. `new_id` gives the ids of new units.
pub(super) fn plan(rows: &[Row], directory: &Directory, mut new_id: impl FnMut() -> UnitId) -> Plan {
    let mut plan = Plan::default();
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    let mut tree = Tree { directory, ids: BTreeMap::new(), parents: BTreeMap::new() };
    for (place, row) in rows.iter().enumerate() {
        let code = row.sheet.unit.code.as_str();
        if let Some(line) = lines.get(code) {
            plan.refused.push((place, refusal(unit::field::CODE, Reason::Duplicate(*line))));
            continue;
        }
        lines.insert(code, row.line);
        tree.ids.insert(code, tree.id_of(row).unwrap_or_else(&mut new_id));
    }
    for row in rows {
        if let (Some(id), Some(parent)) = (tree.find(&row.sheet.unit.code), tree.find(&row.sheet.parent)) {
            tree.parents.insert(id, parent);
        }
    }
    for (place, row) in rows.iter().enumerate() {
        match tree.place(row) {
            Ok(planned) => plan.units.push(planned),
            Err(reason) => plan.refused.push((place, refusal(PARENT, reason))),
        }
    }
    plan.units.sort_by(|a, b| (a.depth, &a.unit.code).cmp(&(b.depth, &b.unit.code)));
    plan
}

fn refusal(field: crate::kinds::reason::Field, reason: Reason) -> Vec<FieldError> {
    vec![FieldError { field, reason }]
}

/// The tree as it would be.
struct Tree<'a> {
    directory: &'a Directory,
    /// The units of the table.
    ids: BTreeMap<&'a str, UnitId>,
    /// The parents that the table gives.
    parents: BTreeMap<UnitId, UnitId>,
}

impl Tree<'_> {
    /// The unit that a row is about, unless it is new: the one with its code, or central's own unit, which has a
    /// place from the beginning, for the row at the top.
    fn id_of(&self, row: &Row) -> Option<UnitId> {
        if let Some(known) = self.directory.unit_by_code(&row.sheet.unit.code) {
            return Some(known.id);
        }
        let own = self.directory.genesis().unit;
        let vacant = row.sheet.parent.is_empty() && self.directory.unit(own).is_none();
        (vacant && !self.ids.values().any(|id| *id == own)).then_some(own)
    }

    fn find(&self, code: &str) -> Option<UnitId> {
        let in_table = self.ids.get(code).copied();
        in_table.or_else(|| self.directory.unit_by_code(code).map(|unit| unit.id))
    }

    fn parent(&self, unit: UnitId) -> Option<UnitId> {
        let given = self.parents.get(&unit).copied();
        given.or_else(|| self.directory.unit(unit)?.parent)
    }

    /// The row's place in the tree, if it can have it.
    fn place(&self, row: &Row) -> Result<Planned, Reason> {
        let id = self.find(&row.sheet.unit.code).ok_or(Reason::UnknownUnit)?;
        let is_top = id == self.directory.genesis().unit;
        let mut wanted = row.sheet.unit.clone();
        match (is_top, row.sheet.parent.is_empty()) {
            (true, true) => {}
            (true, false) | (false, true) => return Err(Reason::OnlyTop),
            (false, false) => {
                let parent = self.find(&row.sheet.parent).ok_or(Reason::UnknownUnit)?;
                wanted.parent = parent.to_bytes();
            }
        }
        let depth = self.depth(id).ok_or(Reason::Circle)?;
        if let Some(known) = self.directory.unit(id)
            && known.parent != self.parent(id)
            && self.moves_home(id)
        {
            return Err(Reason::Rehomed);
        }
        Ok(Planned { id, unit: wanted, depth })
    }

    /// Units above a unit; none in a circle or beyond all depth.
    fn depth(&self, unit: UnitId) -> Option<usize> {
        let mut passed = BTreeSet::from([unit]);
        let mut at = unit;
        while let Some(above) = self.parent(at) {
            if !passed.insert(above) || passed.len() > MAX_DEPTH {
                return None;
            }
            at = above;
        }
        Some(passed.len() - 1)
    }

    /// Whether a unit would stand below another site than before: its records would move, or its site would.
    fn moves_home(&self, unit: UnitId) -> bool {
        let before = self.directory.unit(unit).and_then(|known| known.parent);
        let before = before.and_then(|parent| self.directory.home(parent)).map(|home| home.site);
        let mut above = self.parent(unit);
        let after = loop {
            let Some(at) = above else { break None };
            if self.directory.has_own_home(at) {
                break self.directory.home(at).map(|home| home.site);
            }
            above = self.parent(at);
        };
        before != after
    }
}
