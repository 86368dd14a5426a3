//! The template of an import: the columns with their drop-down lists, and a second sheet that explains them.

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, Format, Workbook};
use yanzhen_proto::v1::{MembershipState, OrgNature, OrgSetup, OrgType, PersonStatus, Retirement};

use super::{WorkbookError, head_format, sheet_name, width};
use crate::import::Sheet;
use crate::import::party::POLITICAL;
use crate::import::sheet::{MARKING, UNIT};
use crate::kinds::codes;
use crate::kinds::reason::Field;
use crate::kinds::words::Words;
use crate::kinds::{membership, party_org, person};

/// Rows that have the drop-down lists and are formatted as text.
const ROWS: u32 = 5_000;

/// What 政治面貌 may say: other parties and none are not kept apart.
const MEMBER: [&str; 3] = ["中共党员", "中共预备党员", "群众"];

/// How days may be written.
const DAY: &str = "日期，如 1946-07-15、1946年7月15日；不详时只填年月（1946-07）或年（1946）";

/// The fields that hold days.
const DAYS: [Field; 9] = [
    person::field::BIRTH,
    person::field::BEGAN_WORK,
    person::field::RETIRED_ON,
    person::field::STATUS_ON,
    membership::field::JOINED,
    membership::field::FULL_SINCE,
    party_org::field::ESTABLISHED,
    party_org::field::TERM_END,
    party_org::field::CLOSED_ON,
];

/// A workbook with the columns of a sheet, to be filled in and imported.
pub fn template<S: Sheet>(name: &str) -> Result<Vec<u8>, WorkbookError> {
    let mut book = Workbook::new();
    let (text, head) = (Format::new().set_num_format("@"), head_format());
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(name))?;
    let columns = || (0..).zip(S::COLUMNS.iter().filter(|column| column.field != MARKING));
    for (place, column) in columns() {
        let title = title(column.field, column.required);
        sheet.set_column_width(place, width(&title))?;
        // As text, a number keeps the zeros before it.
        sheet.set_column_format(place, &text)?;
        sheet.write_string_with_format(0, place, title, &head)?;
        let choices = choices(column.field);
        if !choices.is_empty() {
            let list = DataValidation::new().allow_list_strings(&choices)?;
            // The import knows more words than the list has.
            let list = list.set_error_style(DataValidationErrorStyle::Warning);
            sheet.add_data_validation(1, place, ROWS, place, &list)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let notes = book.add_worksheet();
    notes.set_name("说明")?;
    let titles = ["列", "是否必填", "怎样填"];
    for (place, (title, width)) in (0..).zip(titles.into_iter().zip([20, 10, 90])) {
        notes.set_column_width(place, width)?;
        notes.write_string_with_format(0, place, title, &head)?;
    }
    for (row, (_, column)) in (1..).zip(columns()) {
        notes.write_string(row, 0, column.field.label)?;
        notes.write_string(row, 1, if column.required { "必填" } else { "" })?;
        notes.write_string(row, 2, note(column.field))?;
    }
    Ok(book.save_to_buffer()?)
}

/// The asterisk tells what must be filled in; the import reads past it.
fn title(field: Field, required: bool) -> String {
    if required { format!("*{}", field.label) } else { field.label.to_owned() }
}

fn note(field: Field) -> String {
    let choices = choices(field);
    if !choices.is_empty() {
        return format!("从列表中选：{}", choices.join("、"));
    }
    if DAYS.contains(&field) {
        return DAY.to_owned();
    }
    let note = if field == UNIT {
        "本站点单位的代码；不填表示导入时选定的单位"
    } else if field == person::field::NUMBER {
        "单位内不重复；再次导入同一编号即修改该记录"
    } else if field == person::field::ETHNIC {
        "如 汉族，或 GB/T 3304 的两位代码"
    } else if field == person::field::RESIDENCE {
        "六位行政区划代码"
    } else if field == membership::field::BRANCH {
        "所在党支部的编号，支部须先导入"
    } else if field == party_org::field::PARENT || field == party_org::field::MERGED_INTO {
        "党组织的编号"
    } else {
        ""
    };
    note.to_owned()
}

/// The words that a column takes.
type Choices = fn() -> Vec<&'static str>;

/// The words of a column that has few.
fn choices(field: Field) -> Vec<&'static str> {
    let lists: [(Field, Choices); 8] = [
        (person::field::SEX, || (0..=9).filter_map(codes::sex_word).collect()),
        (person::field::RETIREMENT, words::<Retirement>),
        (person::field::STATUS, words::<PersonStatus>),
        (POLITICAL, || MEMBER.to_vec()),
        (membership::field::STATE, words::<MembershipState>),
        (party_org::field::TYPE, words::<OrgType>),
        (party_org::field::SETUP, words::<OrgSetup>),
        (party_org::field::NATURE, words::<OrgNature>),
    ];
    lists.iter().find(|(known, _)| field == *known).map(|(_, list)| list()).unwrap_or_default()
}

fn words<W: Words>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Day;
    use crate::import::{Import, Options, OrgSheet, PersonSheet};

    fn is_understood<S: Sheet>() {
        let file = template::<S>("模板").unwrap();
        let options = Options { today: Day::LATEST, own_unit: Some("990101".into()) };
        let import = Import::<S>::read(&file, options).unwrap();
        assert_eq!(import.ignored(), Vec::<&str>::new());
        assert_eq!(import.header().len(), S::COLUMNS.len() - 1, "all but 密级, which only refuses");
        assert_eq!(import.rows().count(), 0);
    }

    #[test]
    fn the_import_understands_its_own_template() {
        is_understood::<PersonSheet>();
        is_understood::<OrgSheet>();
    }

    #[test]
    fn every_word_of_a_list_is_understood() {
        for column in PersonSheet::COLUMNS {
            for word in choices(column.field) {
                assert!((column.set)(&mut PersonSheet::default(), word).is_ok(), "{word}");
            }
        }
        for column in OrgSheet::COLUMNS {
            for word in choices(column.field) {
                assert!((column.set)(&mut OrgSheet::default(), word).is_ok(), "{word}");
            }
        }
    }
}
