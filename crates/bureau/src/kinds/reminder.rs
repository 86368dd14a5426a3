//! Reminder 催办: how one unit was reminded of one document.

use yanzhen_proto::v1::Reminder;
use yanzhen_sync::{Kind, RecordId, UnitId};

use super::check::Check;
use super::day::Day;
use super::ids;
use super::marking;
use super::reason::{Field, FieldError, Reason};
use super::recipient::Recipient;
use super::text;

/// The kind.
pub const KIND: Kind = Kind::known("reminder");

/// The message of documents.proto that is its body.
pub const MESSAGE: &str = "Reminder";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const DOCUMENT: Field = Field::new("document", "文件");
    pub const UNIT: Field = Field::new("unit", "单位");
    pub const TIMES: Field = Field::new("times", "催办时间");
    pub const TEXT: Field = Field::new("text", "催办内容");
    pub const BY: Field = Field::new("by", "催办人");
}

/// Times that one record keeps; the count goes on.
pub const MAX_TIMES: usize = 20;

/// Characters of what is said.
const TEXT_LIMIT: usize = 500;

/// Characters of a name.
const NAME_LIMIT: usize = 50;

/// The id of the record of how the unit `issuer` reminded a recipient of `document`. The issuer is a part of it: whatever
/// another unit writes stands in nobody's way.
pub fn id_of(issuer: UnitId, document: RecordId, who: Recipient) -> RecordId {
    let subjects: Vec<RecordId> = [issuer.into()].into_iter().chain(who.with(document)).collect();
    ids::about(&KIND, &subjects)
}

/// Checks a reminder; answers with everything that is wrong.
pub fn validate(reminder: &Reminder) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.id(field::DOCUMENT, &reminder.document, true);
    check.id(field::UNIT, &reminder.unit, true);
    check.id(field::UNIT, &reminder.branch, false);
    check.refuse_if(reminder.times.is_empty(), field::TIMES, Reason::Missing);
    check.refuse_if(reminder.times.len() > MAX_TIMES, field::TIMES, Reason::TooMany(MAX_TIMES));
    for time in &reminder.times {
        check.refuse_if(time.at_ms <= 0, field::TIMES, Reason::NoSuchDay);
        let found = time.text.chars().count();
        check.refuse_if(found > TEXT_LIMIT, field::TEXT, Reason::TooLong { limit: TEXT_LIMIT, found });
        check.refuse_if(text::is_damaged(&time.text, true), field::TEXT, Reason::Damaged);
        check.refuse_if(marking::in_body(&time.text), field::TEXT, Reason::Secret);
        check.line(field::BY, &time.by, NAME_LIMIT);
        check.day(field::TIMES, &time.rule_day);
    }
    check.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_proto::v1::reminder::Time;

    use super::*;

    fn findings(text: &str, times: usize) -> Vec<(&'static str, Reason)> {
        let time = Time { at_ms: 1, text: text.into(), by: "李晓芸".into(), rule_day: String::new() };
        let reminder = Reminder {
            document: Bytes::from_static(&[1; 16]),
            unit: Bytes::from_static(&[2; 16]),
            branch: Bytes::new(),
            times: vec![time; times],
            count: 1,
        };
        let errors = validate(&reminder).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.field.name, error.reason)).collect()
    }

    #[test]
    fn a_reminder_says_when_in_few_words_and_bears_no_marking() {
        assert_eq!(findings("请于今天签收", 20), []);
        assert_eq!(findings("", 0), [("times", Reason::Missing)]);
        assert_eq!(findings("", 21), [("times", Reason::TooMany(20))]);
        assert_eq!(findings("密级：机密", 1), [("text", Reason::Secret)]);
        assert_eq!(findings(&"催".repeat(501), 1), [("text", Reason::TooLong { limit: 500, found: 501 })]);
    }
}
