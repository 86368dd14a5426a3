//! Workbooks as people make them, and as nobody should.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use yanzhen_bureau::Day;
use yanzhen_bureau::import::{FileError, Import, ImportRow, Options, PersonSheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn saved(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn read(file: &[u8]) -> Result<Vec<ImportRow<PersonSheet>>, FileError> {
    let options = Options { today: Day::LATEST, own_unit: Some("990101".into()) };
    Ok(Import::read(file, options)?.rows().collect())
}

fn sound(row: &ImportRow<PersonSheet>) -> &PersonSheet {
    &row.result.as_ref().unwrap().sheet
}

#[test]
fn days_and_numbers_are_read_as_they_are_shown() {
    let file = saved(|sheet| {
        sheet.write_row(0, 0, ["编号", "姓名", "离退休类别", "出生日期"]).unwrap();
        let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
        let birth = ExcelDateTime::from_ymd(1946, 7, 17).unwrap();
        for row in 1..5 {
            sheet.write_row(row, 1, ["赵明德", "退休"]).unwrap();
        }
        sheet.write_number(1, 0, 1).unwrap();
        sheet.write_datetime_with_format(1, 3, &birth, &day).unwrap();
        sheet.write_string(2, 0, "0012").unwrap();
        sheet.write_number(2, 3, 17_000).unwrap();
        sheet.write_number(3, 0, 1001.0).unwrap();
        sheet.write_number(3, 3, 1946).unwrap();
        sheet.write_number(4, 0, 19_460_715).unwrap();
        sheet.write_number(4, 3, 19_460_715).unwrap();
    });
    let rows = read(&file).unwrap();
    let people = rows.iter().map(|row| {
        let person = &sound(row).person;
        (person.number.as_str(), person.birth.as_str())
    });
    let expected =
        [("1", "1946-07-17"), ("0012", "1946-07-17"), ("1001", "1946"), ("19460715", "1946-07-15")];
    assert_eq!(people.collect::<Vec<_>>(), expected);
}

#[test]
fn titles_blank_rows_line_breaks_and_merged_cells_disturb_nothing() {
    let file = saved(|sheet| {
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 3, "2026年离退休干部名册", &plain).unwrap();
        sheet.write_row(2, 0, ["编号", "姓\n名", "离退休类别", "原单位"]).unwrap();
        sheet.write_row(4, 0, ["A1", "赵明德", "退休"]).unwrap();
        sheet.write_row(7, 0, ["A2", "孙,桂\"芝", "退休"]).unwrap();
        sheet.write_row(8, 0, ["A3", "王秀英", "在职"]).unwrap();
        sheet.merge_range(4, 3, 8, 3, "县教育局", &plain).unwrap();
        sheet.write_string(20, 40, "   ").unwrap();
    });
    let rows = read(&file).unwrap();
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [5, 8, 9], "lines are the sheet's rows");
    assert_eq!(sound(&rows[0]).person.former_unit, "县教育局");
    assert_eq!(
        sound(&rows[1]).person.former_unit,
        "县教育局",
        "the whole area holds what its first cell does"
    );
    assert_eq!(sound(&rows[1]).person.name, "孙,桂\"芝");
    assert!(rows[2].result.is_err());
    let short = saved(|sheet| {
        sheet.write_row(0, 0, ["编号", "姓名", "离退休类别", "原单位"]).unwrap();
        sheet.write_row(1, 0, ["A1", "赵明德", "退休"]).unwrap();
    });
    assert_eq!(
        sound(&read(&short).unwrap()[0]).person.former_unit,
        "",
        "empty cells at a row's end are there"
    );
}

#[test]
fn what_a_formula_could_not_work_out_is_refused_in_its_row() {
    let file = saved(|sheet| {
        sheet.write_row(0, 0, ["编号", "姓名", "离退休类别"]).unwrap();
        sheet.write_row(1, 0, ["A1", "", "退休"]).unwrap();
        let failed = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
        sheet.write_formula(1, 1, failed).unwrap();
    });
    assert!(read(&file).unwrap()[0].result.is_err());
}

#[test]
fn a_sheet_without_end_is_refused() {
    let file = saved(|sheet| {
        sheet.write_row(0, 0, ["编号", "姓名", "离退休类别"]).unwrap();
        sheet.write_row(1_048_575, 0, ["A1", "赵明德", "退休"]).unwrap();
    });
    assert_eq!(read(&file).unwrap_err(), FileError::TooManyRows);
}

#[test]
fn an_archive_that_unpacks_to_more_than_any_roster_is_refused_before_it_is_read() {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut small = ZipWriter::new(Cursor::new(Vec::new()));
    small.start_file("zeros", options).unwrap();
    small.write_all(&vec![0; 8 << 20]).unwrap();
    let small = small.finish().unwrap();
    let mut archive = ZipArchive::new(small).unwrap();
    let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
    for part in 0..65 {
        bomb.raw_copy_file_rename(archive.by_index(0).unwrap(), format!("xl/{part}.xml")).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(read(&bomb).unwrap_err(), FileError::Bloated);
}

#[test]
fn texts_that_are_said_to_be_without_number_are_refused_before_there_is_room_for_them() {
    let sound = saved(|sheet| {
        sheet.write_row(0, 0, ["编号", "姓名", "离退休类别"]).unwrap();
        sheet.write_row(1, 0, ["A1", "赵明德", "退休"]).unwrap();
    });
    let with_strings = |strings: &str| {
        let mut archive = ZipArchive::new(Cursor::new(&sound)).unwrap();
        let mut other = ZipWriter::new(Cursor::new(Vec::new()));
        for place in 0..archive.len() {
            let part = archive.by_index_raw(place).unwrap();
            if part.name().unwrap() != "xl/sharedStrings.xml" {
                other.raw_copy_file(part).unwrap();
            }
        }
        other.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
        other.write_all(strings.as_bytes()).unwrap();
        other.finish().unwrap().into_inner()
    };
    let texts = "<si><t>编号</t></si><si><t>姓名</t></si><si><t>离退休类别</t></si><si><t>A1</t></si>\
                 <si><t>赵明德</t></si><si><t>退休</t></si></sst>";
    let of = |begin: &str| read(&with_strings(&format!("{begin}{texts}"))).map(|rows| rows.len());
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert_eq!(of(&format!("{xml}<sst>")).unwrap(), 1);
    assert_eq!(of(&format!("\u{FEFF}{xml}<sst count='6' uniqueCount = '6'>")).unwrap(), 1);
    for (begin, refused) in [
        (format!("{xml}<sst uniqueCount=\"1000000000000\">"), FileError::Bloated),
        (format!("{xml}<sst\nuniqueCount\t=\r\n'5000001'>"), FileError::Bloated),
        (format!("{xml}<x:sst uniqueCount='99999999999'>"), FileError::Bloated),
        (format!("{xml}<!-- <sst> --><sst uniqueCount='1000000000000'>"), FileError::DamagedWorkbook),
        (format!("{xml}<a/><sst uniqueCount='1000000000000'>"), FileError::DamagedWorkbook),
        (format!("{xml}{}<sst uniqueCount='1000000000000'>", " ".repeat(9_000)), FileError::DamagedWorkbook),
    ] {
        assert_eq!(of(&begin).unwrap_err(), refused, "{}", begin.trim());
    }
}

#[test]
fn old_workbooks_and_those_with_a_password_are_named() {
    assert_eq!(read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1]).unwrap_err(), FileError::OldWorkbook);
    assert_eq!(read(b"PK\x03\x04").unwrap_err(), FileError::DamagedWorkbook);
}
