//! What clerks do with workbooks: a template filled in, sent, refused rows mended and sent again.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Reader, Xlsx, open_workbook};
use yanzhen_bureau::workbook::Table;

use crate::browser::Browser;

/// A roster with its header, as CSV without quotation marks.
pub const PEOPLE: &str = include_str!("people.csv");

/// The branches of that roster.
pub const ORGS: &str = include_str!("orgs.csv");

/// Keeps the template of a list, fills in these rows, sends the workbook, and sees what was found in it.
pub fn sends(clerk: &Browser, list: &str, rows: &str) {
    clerk.press(list);
    clerk.press("批量导入");
    let template = clerk.keep("下载模板（.xlsx）");
    fill(&template, rows);
    sends_file(clerk, &template);
}

/// Keeps the refused rows, puts right what is wrong in them, and sends them again.
pub fn sends_mended(clerk: &Browser, mends: &[(&str, &str)]) {
    let refused = clerk.keep("下载退回的行（.xlsx）");
    mend(&refused, mends);
    clerk.press("换一份文件");
    sends_file(clerk, &refused);
}

/// Has what was found written.
pub fn confirms(clerk: &Browser) {
    clerk.press("确认导入");
    clerk.sees("导入完毕");
}

fn sends_file(clerk: &Browser, file: &Path) {
    clerk.choose_file("file", file.to_str().unwrap());
    clerk.press("上传并核对");
    clerk.sees("核对完毕");
}

/// Puts rows below the header of a template, each cell in the column of its name.
fn fill(template: &Path, csv: &str) {
    let header = rows(template).swap_remove(0);
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let of = |title: &str| names.iter().position(|name| *name == title.trim_start_matches('*'));
    let places: Vec<Option<usize>> = header.iter().map(|title| of(title)).collect();
    let found = places.iter().flatten().count();
    assert_eq!(found, names.len(), "the template has all of {names:?}: {header:?}");
    let filled =
        lines.map(|cells| places.iter().map(|at| at.map_or("", |at| cells[at]).to_owned()).collect());
    write(template, &header, filled);
}

/// Puts others in place of some cells.
fn mend(file: &Path, mends: &[(&str, &str)]) {
    let mends: BTreeMap<&str, &str> = mends.iter().copied().collect();
    let mut rows = rows(file);
    let header = rows.remove(0);
    let mended = |cell: String| mends.get(cell.as_str()).map_or(cell.clone(), |right| (*right).to_owned());
    write(file, &header, rows.into_iter().map(|row| row.into_iter().map(mended).collect()));
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(file).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

fn write(file: &Path, header: &[String], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new("名册", &[], header).unwrap();
    for row in rows {
        table.push(row.into_iter().map(Into::into)).unwrap();
    }
    std::fs::write(file, table.finish().unwrap()).unwrap();
}
