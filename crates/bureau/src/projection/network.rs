//! Units in the order of their tree, where they are at home, and sites.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Registration, Unit, UnitHomes};
use yanzhen_store::{Fields, ProjectionError, Record};
use yanzhen_sync::directory::{HOME, MAX_DEPTH, REGISTRATION, UNIT};

use super::{Batch, State, in_words};
use crate::kinds::unit;
use crate::sql::{Statement, Table, delete};

/// What follows each code in a path: it sorts before all that a code may hold, so that a unit stands before its
/// own subtree and that before the next unit, whatever their codes are.
const BEHIND_CODE: u8 = b' ';

const UNITS: Table =
    Table { name: "unit", key: &["id"], columns: &["code", "name", "kind", "parent", "depth", "path"] };

const HOMES: Table = Table { name: "home", key: &["unit"], columns: &["site", "generation"] };

const SITES: Table = Table {
    name: "site",
    key: &["id"],
    columns: &["record", "role", "unit", "parent", "epoch", "revoked", "joined_ms"],
};

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    let units = Batch::of(&UNIT, states, |_, unit| in_words(unit::validate(unit)))?;
    let homes = Batch::of(&HOME, states, |_, homes: &UnitHomes| {
        if homes.homes.is_empty() { Err("it names no home".to_owned()) } else { Ok(()) }
    })?;
    let sites = Batch::of(&REGISTRATION, states, |_, _: &Registration| Ok(()))?;
    put_units(db, &units).await?;
    put_homes(db, &homes).await?;
    put_sites(db, &sites).await?;
    Ok(())
}

async fn put_homes(db: &mut AnyConnection, homes: &Batch<'_, UnitHomes>) -> Result<(), sqlx::Error> {
    delete(db, HOMES.name, "unit", &homes.gone).await?;
    let put = |row: Statement, (record, homes): &(&Record, UnitHomes)| {
        let present = homes.homes.last().cloned().unwrap_or_default();
        row.bind(record.record.as_bytes().to_vec())
            .bind(present.site.to_vec())
            .bind(i64::from(present.generation))
    };
    HOMES.put(db, &homes.live, put).await
}

async fn put_sites(db: &mut AnyConnection, sites: &Batch<'_, Registration>) -> Result<(), sqlx::Error> {
    delete(db, SITES.name, "record", &sites.gone).await?;
    let put = |row: Statement, (record, site): &(&Record, Registration)| {
        row.bind(site.site.to_vec())
            .bind(record.record.as_bytes().to_vec())
            .bind(i64::from(site.role))
            .bind(site.unit.to_vec())
            .bind(site.parent.to_vec())
            .bind(i64::from(site.epoch))
            .bind(i64::from(site.revoked))
            .bind(site.joined_ms)
    };
    SITES.put(db, &sites.live, put).await
}

/// A row of table `unit`.
#[derive(Clone, Debug, PartialEq)]
struct UnitRow {
    id: Vec<u8>,
    code: String,
    name: String,
    kind: i64,
    parent: Vec<u8>,
    depth: i64,
    path: Vec<u8>,
}

/// Writes the units and the paths of all units whose path changes with them.
async fn put_units(db: &mut AnyConnection, units: &Batch<'_, Unit>) -> Result<(), ProjectionError> {
    if units.is_empty() {
        return Ok(());
    }
    delete(db, UNITS.name, "id", &units.gone).await?;
    let before = read_units(db).await?;
    let mut all: HashMap<Vec<u8>, UnitRow> = before.iter().map(|row| (row.id.clone(), row.clone())).collect();
    for (record, unit) in &units.live {
        let id = record.record.as_bytes().to_vec();
        let row = UnitRow {
            id: id.clone(),
            code: unit.code.clone(),
            name: unit.name.clone(),
            kind: i64::from(unit.kind),
            parent: unit.parent.to_vec(),
            depth: 0,
            path: Vec::new(),
        };
        all.insert(id, row);
    }
    let known: HashMap<&[u8], &UnitRow> = before.iter().map(|row| (row.id.as_slice(), row)).collect();
    let placed = all.values().map(|row| placed(row, &all));
    let changed: Vec<UnitRow> = placed.filter(|row| known.get(row.id.as_slice()) != Some(&row)).collect();
    let put = |query: Statement, row: &UnitRow| {
        query
            .bind(row.id.clone())
            .bind(row.code.clone())
            .bind(row.name.clone())
            .bind(row.kind)
            .bind(row.parent.clone())
            .bind(row.depth)
            .bind(row.path.clone())
    };
    Ok(UNITS.put(db, &changed, put).await?)
}

/// The unit with its place in the tree. A unit whose parent has not arrived stands at the top until it does.
fn placed(row: &UnitRow, all: &HashMap<Vec<u8>, UnitRow>) -> UnitRow {
    let mut codes = vec![row.code.as_str()];
    let mut passed = HashSet::from([row.id.as_slice()]);
    let mut at = row;
    while let Some(above) = all.get(&at.parent)
        && passed.insert(above.id.as_slice())
        && codes.len() < MAX_DEPTH
    {
        codes.push(&above.code);
        at = above;
    }
    let mut path = Vec::new();
    for code in codes.iter().rev() {
        path.extend_from_slice(code.as_bytes());
        path.push(BEHIND_CODE);
    }
    let depth = i64::try_from(codes.len() - 1).unwrap_or_default();
    UnitRow { depth, path, ..row.clone() }
}

async fn read_units(db: &mut AnyConnection) -> Result<Vec<UnitRow>, ProjectionError> {
    let rows =
        sqlx::query("SELECT id, code, name, kind, parent, depth, path FROM unit").fetch_all(db).await?;
    let read = |row| {
        let mut fields = Fields::of("unit", row);
        Ok(UnitRow {
            id: fields.bytes()?.to_vec(),
            code: fields.text()?.to_owned(),
            name: fields.text()?.to_owned(),
            kind: fields.int()?,
            parent: fields.bytes()?.to_vec(),
            depth: fields.int()?,
            path: fields.bytes()?.to_vec(),
        })
    };
    let read = rows.iter().map(read).collect::<Result<Vec<_>, yanzhen_store::StoreError>>();
    read.map_err(|error| ProjectionError::Invalid(error.to_string()))
}

/// The range of paths that holds the unit with this path and all units below it: from the first up to, but not
/// with, the second.
pub(crate) fn subtree(path: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut end = path.to_vec();
    if let Some(last) = end.last_mut() {
        *last = BEHIND_CODE + 1;
    }
    (path.to_vec(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u8, code: &str, parent: u8) -> (Vec<u8>, UnitRow) {
        let parent = if parent == 0 { Vec::new() } else { vec![parent] };
        let row = UnitRow {
            id: vec![id],
            code: code.into(),
            name: String::new(),
            kind: 1,
            parent,
            depth: 0,
            path: Vec::new(),
        };
        (vec![id], row)
    }

    #[test]
    fn paths_sort_as_the_tree_is_read_and_subtrees_are_ranges() {
        let all = HashMap::from([
            row(1, "99", 0),
            row(2, "9901", 1),
            row(3, "990101", 2),
            row(4, "9901-1", 1),
            row(5, "9902", 1),
        ]);
        let mut rows: Vec<UnitRow> = all.values().map(|row| placed(row, &all)).collect();
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        let order: Vec<(u8, i64)> = rows.iter().map(|row| (row.id[0], row.depth)).collect();
        assert_eq!(order, [(1, 0), (2, 1), (3, 2), (4, 1), (5, 1)]);
        let (from, to) = subtree(&rows[1].path);
        let below: Vec<u8> =
            rows.iter().filter(|row| row.path >= from && row.path < to).map(|row| row.id[0]).collect();
        assert_eq!(below, [2, 3]);
    }

    #[test]
    fn a_circle_and_a_missing_parent_come_to_an_end() {
        let all = HashMap::from([row(1, "a", 2), row(2, "b", 1), row(3, "c", 9)]);
        assert_eq!(placed(&all[&vec![1]], &all).path, b"b a ");
        assert_eq!(placed(&all[&vec![3]], &all).path, b"c ");
    }
}
