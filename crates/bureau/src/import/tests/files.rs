//! Encodings, delimiters, headers, shapes of rows, and the file of refused rows.

use proptest::prelude::*;

use super::*;
use crate::import::refused::RefusedRows;

fn error<S: Sheet>(text: &str) -> FileError {
    Import::<S>::read(text.as_bytes(), options()).unwrap_err()
}

fn numbers(import: &Import<PersonSheet>) -> Vec<(u64, String)> {
    import.rows().map(|row| (row.line, row.result.unwrap().sheet.person.number)).collect()
}

#[test]
fn the_same_table_is_read_from_each_encoding_and_delimiter() {
    let text = "编号,姓名,离退休类别\r\n1,张三,离休\r\n2,李四,退休\r\n";
    let (gb, ..) = encoding_rs::GB18030.encode(text);
    let expected = [(2, "1".to_owned()), (3, "2".to_owned())];
    for bytes in [text.as_bytes(), &gb, &[b"\xEF\xBB\xBF", text.as_bytes()].concat()] {
        assert_eq!(numbers(&Import::read(bytes, options()).unwrap()), expected);
    }
    for delimiter in [";", "\t"] {
        assert_eq!(numbers(&read(&text.replace(',', delimiter))), expected);
    }
    assert_eq!(read::<PersonSheet>(&text.replace("\r\n", "\r")).lines(), 3);
    assert_eq!(numbers(&read(&text.replace("\r\n", "\r"))), expected);
}

#[test]
fn the_header_may_be_english_and_stand_below_a_title() {
    let import = read::<PersonSheet>("Number,Name,Retirement\n1,Zhang San,honoured\n");
    assert_eq!(numbers(&import), [(2, "1".to_owned())]);
    let import = read::<PersonSheet>("云川市离退休干部花名册,,\n\n编号,姓名,离退休类别\n1,张三,离休\n");
    assert_eq!(numbers(&import), [(4, "1".to_owned())]);
    assert_eq!(import.header(), ["编号", "姓名", "离退休类别"]);
}

#[test]
fn columns_that_are_missing_doubled_or_unknown_are_named() {
    assert_eq!(
        error::<PersonSheet>("\n编号,姓名\n1,张三\n"),
        FileError::MissingColumns { missing: vec![person::field::RETIREMENT], line: 2 }
    );
    assert_eq!(
        error::<PersonSheet>("编号,姓名,离退休类别,出生日期,出生年月\n"),
        FileError::DuplicateColumn {
            label: "出生日期", names: vec!["出生日期".into(), "出生年月".into()]
        }
    );
    let expected = vec![person::field::NUMBER, person::field::NAME, person::field::RETIREMENT];
    assert_eq!(error::<PersonSheet>("a,b\n1,2\n"), FileError::NoHeader { expected: expected.clone() });
    let empty = error::<PersonSheet>("");
    assert!(empty.to_string().contains("编号 (number), 姓名 (name)"), "headers may be English: {empty}");
    assert_eq!(empty, FileError::NoHeader { expected });
    let import = read::<PersonSheet>("序号,编号,姓名,血型,离退休类别,\n1,1,张三,A,离休,\n");
    assert_eq!(import.ignored(), ["血型"]);
    assert_eq!(numbers(&import).len(), 1);
}

#[test]
fn a_site_with_several_units_needs_the_column_of_units() {
    let several = Options { own_unit: None, ..options() };
    let read = |text: &str| Import::<PersonSheet>::read(text.as_bytes(), several.clone());
    let missing = FileError::MissingColumns { missing: vec![sheet::UNIT], line: 1 };
    assert_eq!(read("编号,姓名,离退休类别\n").unwrap_err(), missing);
    let import = read("单位代码,编号,姓名,离退休类别\n990100,1,张三,离休\n,2,李四,退休\n").unwrap();
    let rows: Vec<_> = import.rows().collect();
    assert_eq!(rows[0].result.as_ref().unwrap().sheet.unit, "990100");
    assert_eq!(rows[1].result.as_ref().unwrap_err()[0].reason, Reason::Missing);
}

#[test]
fn empty_lines_and_quoted_line_breaks_keep_the_line_numbers_right() {
    let text = "\n编号,姓名,专长,离退休类别\n\n1,张三,\"书法\n绘画\",离休\n,,,\n  \n2,李四,,退休\n";
    let import = read::<PersonSheet>(text);
    assert_eq!(numbers(&import), [(4, "1".to_owned()), (8, "2".to_owned())]);
    let first = import.rows().next().unwrap().result.unwrap();
    assert_eq!(first.sheet.person.skills, "书法 绘画");
    let windows = text.replace('\n', "\r\n");
    assert_eq!(numbers(&read(&windows)), [(4, "1".to_owned()), (8, "2".to_owned())]);
}

#[test]
fn delimiters_too_many_at_the_end_are_harmless_but_ragged_rows_are_refused() {
    let import = read::<PersonSheet>("编号,姓名,离退休类别,,\n1,张三,离休,,,,\n2,李四,退休\n");
    assert_eq!(numbers(&import).len(), 2);
    let ragged = refusals::<PersonSheet>("编号,姓名,离退休类别\n1,张三\n2,李四,退休,x\n");
    let reason = |found| Reason::Ragged { expected: 3, found };
    assert_eq!(ragged, [(2, String::new(), reason(2)), (3, String::new(), reason(4))]);
}

#[test]
fn an_open_quotation_mark_is_told_from_a_ragged_row() {
    let mut text = "编号,姓名,离退休类别\n1,张三,离休\n2,\"李四,退休\n".to_owned();
    for number in 3..100 {
        text += &format!("{number},王五,退休\n");
    }
    let import = read::<PersonSheet>(&text);
    let rows: Vec<_> = import.rows().collect();
    assert_eq!(rows.len(), 2);
    let refused = rows[1].result.as_ref().unwrap_err();
    assert_eq!((refused[0].line, &refused[0].reason), (3, &Reason::OpenQuote));
}

#[test]
fn zeros_and_endless_cells_are_refused() {
    assert_eq!(
        refusals::<PersonSheet>("编号,姓名,离退休类别\n1,张\0三,离休\n"),
        [(2, "姓名".to_owned(), Reason::Damaged)]
    );
    let text = format!("编号,姓名,离退休类别\n1,{},离休\n", "长".repeat(1_000_000));
    let import = read::<PersonSheet>(&text);
    let refused = import.rows().next().unwrap().result.unwrap_err();
    assert_eq!(refused[0].reason, Reason::TooLong { limit: 50, found: 1_000_000 });
    assert_eq!(refused[0].value.as_ref().unwrap().chars().count(), 41, "only its beginning is shown");
}

#[test]
fn the_same_number_twice_is_refused_with_the_first_line() {
    let refused = refusals::<PersonSheet>("编号,姓名,离退休类别\n1,张三,离休\n１,李四,退休\n2,王五,退休\n");
    assert_eq!(refused, [(3, "编号".to_owned(), Reason::Duplicate(2))]);
    let two_units = "单位代码,编号,姓名,离退休类别\n990100,1,张三,离休\n990101,1,李四,退休\n,1,王五,退休\n";
    let refused = refusals::<PersonSheet>(two_units);
    assert_eq!(refused, [(4, "编号".to_owned(), Reason::Duplicate(2))], "no unit means the site's own");
}

#[test]
fn secrecy_markings_are_refused_in_a_title_and_in_a_column() {
    let error = error::<PersonSheet>("机密★1年,,\n编号,姓名,离退休类别\n");
    assert_eq!(error, FileError::Secret);
    let text = "编号,姓名,离退休类别,密级\n1,张三,离休,秘密\n2,李四,退休,\n3,王五,退休,无\n";
    assert_eq!(refusals::<PersonSheet>(text), [(2, "密级".to_owned(), Reason::Secret)]);
}

#[test]
fn refused_rows_are_written_to_be_corrected_and_read_again() {
    let text = "编号,姓名,离退休类别,出生日期\n1,张三,离休,1928-02-30\n2,\"李,四\",在职,1940\n3,王五,退休\n";
    let import = read::<PersonSheet>(text);
    let mut file = RefusedRows::new(Vec::new(), import.header()).unwrap();
    for row in import.rows() {
        file.push(&row.cells, &row.result.unwrap_err()).unwrap();
    }
    let written = String::from_utf8(file.finish().unwrap()).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "\u{FEFF}编号,姓名,离退休类别,出生日期,原因");
    assert_eq!(
        lines[1],
        "1,张三,离休,1928-02-30,出生日期“1928-02-30”：日历上没有这一天，或年份不在1850至2199之间"
    );
    assert!(
        lines[2].starts_with("2,\"李,四\",在职,1940,离退休类别“在职”：应为以下之一：离休、退休"),
        "{}",
        lines[2]
    );
    assert!(lines[3].starts_with("3,王五,退休,,本行有3格"), "{}", lines[3]);

    let corrected = written.replace("1928-02-30,", "1928-02-29,").replace("在职,", "退休,");
    let again = Import::<PersonSheet>::read(corrected.as_bytes(), options()).unwrap();
    assert!(again.ignored().is_empty());
    assert_eq!(numbers(&again).len(), 3);
    let mut second = RefusedRows::new(Vec::new(), again.header()).unwrap();
    second.push(&["1", "2", "3", "4", "old reason", "beyond"].map(String::from), &[]).unwrap();
    let second = String::from_utf8(second.finish().unwrap()).unwrap();
    assert_eq!(second.lines().next(), Some("\u{FEFF}编号,姓名,离退休类别,出生日期,原因"));
    assert_eq!(second.lines().nth(1), Some("1,2,3,4,,beyond"), "old reasons are dropped");
}

#[test]
fn errors_name_line_column_and_value_in_both_languages() {
    let import = read::<PersonSheet>("编号,姓名,离退休类别,出生年月\n1,张三,离休,1951.1\n");
    let errors = import.rows().next().unwrap().result.unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "line 2, column 出生年月, \"1951.1\" may be January or October: write 1951.01 or 1951.10"
    );
    assert_eq!(errors[0].chinese(), "出生年月“1951.1”：分不清是1月还是10月，请写作 1951.01 或 1951.10");
}

#[test]
fn forty_thousand_rows_are_read_one_by_one() {
    let mut text = "编号,姓名,离退休类别,出生日期,政治面貌\n".to_owned();
    for number in 0..40_000 {
        text += &format!("{number},张三,退休,1950-01-02,中共党员\n");
    }
    let import = read::<PersonSheet>(&text);
    assert_eq!(import.rows().filter(|row| row.result.is_ok()).count(), 40_000);
    assert_eq!(import.rows().last().unwrap().line, 40_001);
    assert_eq!(import.lines(), 40_001);
}

fn read_all<S: Sheet>(bytes: &[u8]) {
    if let Ok(import) = Import::<S>::read(bytes, options()) {
        let mut file = RefusedRows::new(Vec::new(), import.header()).unwrap();
        for row in import.rows() {
            assert!(row.line <= import.lines());
            if let Err(errors) = row.result {
                assert!(!errors.is_empty());
                file.push(&row.cells, &errors).unwrap();
            }
        }
        file.finish().unwrap();
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all::<PersonSheet>(&bytes);
        read_all::<OrgSheet>(&bytes);
    }

    #[test]
    fn any_rows_below_a_header_are_read_or_refused(
        rows in "([0-9年月/.\"\\r\\n,;\\t张离休退中共党员群众★\\x00 ]|\\PC){0,200}", cut in 0_usize..40,
    ) {
        let people = format!("编号,姓名,离退休类别,出生日期,政治面貌,入党时间,支部编号,状态\n{rows}");
        read_all::<PersonSheet>(people.as_bytes());
        read_all::<PersonSheet>(&people.as_bytes()[cut.min(people.len())..]);
        read_all::<OrgSheet>(format!("编号,名称,类型,设置方式,任期,星级,上级编号\n{rows}").as_bytes());
    }
}
