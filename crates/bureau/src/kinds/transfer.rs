//! Transfer 组织关系转接 and its answer: a unit releases a person to another, which accepts or returns.

use yanzhen_proto::v1::{Transfer, TransferAnswer, TransferOutcome};
use yanzhen_sync::{Kind, RecordId, UnitId};

use super::check::Check;
use super::day::Day;
use super::ids;
use super::marking;
use super::reason::{Field, FieldError, Reason};
use super::text;
use super::words::Words;

/// The kind of a transfer.
pub const KIND: Kind = Kind::known("transfer");

/// The kind of an answer to a transfer.
pub const ANSWER: Kind = Kind::known("transfer_answer");

/// The message of transfer.proto that is a transfer's body.
pub const MESSAGE: &str = "Transfer";

/// The message of transfer.proto that is an answer's body.
pub const ANSWER_MESSAGE: &str = "TransferAnswer";

/// Months for which a letter is valid at most.
pub const MONTHS_VALID: i32 = 3;

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const PERSON: Field = Field::new("person", "人员");
    pub const TO: Field = Field::new("to", "转入单位");
    pub const LETTER: Field = Field::new("letter", "介绍信编号");
    pub const ISSUED: Field = Field::new("issued", "开具日期");
    pub const VALID_UNTIL: Field = Field::new("valid_until", "有效期至");
    pub const REASON: Field = Field::new("reason", "原因");
    pub const RELEASED: Field = Field::new("released_ms", "转出");
    pub const WITHDRAWN: Field = Field::new("withdrawn_ms", "撤回");
    pub const NUMBER: Field = Field::new("number", "编号");
    pub const NAME: Field = Field::new("name", "姓名");
    pub const TRANSFER: Field = Field::new("transfer", "转接");
    pub const OUTCOME: Field = Field::new("outcome", "结果");
}

/// Characters of a letter's number.
const LETTER_LIMIT: usize = 60;
/// Characters of a reason.
const REASON_LIMIT: usize = 500;
/// Characters of the number and the name of who is released.
const NAME_LIMIT: usize = 100;

/// The id of a unit's answer to a transfer.
pub fn answer_id(transfer: RecordId, unit: UnitId) -> RecordId {
    ids::about(&ANSWER, &[transfer, unit.into()])
}

/// The last day on which a letter of the day `issued` can be valid; none unless it is a whole day.
pub fn last_day(issued: Day) -> Option<Day> {
    issued.plus_months(MONTHS_VALID)
}

/// Checks a transfer; answers with everything that is wrong.
pub fn validate(transfer: &Transfer) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    fields(transfer, &mut check);
    check.finish()
}

/// Checks a transfer that is released on the day `today`.
pub fn validate_to_release(transfer: &Transfer, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    fields(transfer, &mut check);
    let issued = Day::normal(&transfer.issued).ok();
    check.refuse_if(issued.is_some_and(|day| today.surely_before(day)), field::ISSUED, Reason::Future);
    let until = Day::normal(&transfer.valid_until).ok();
    check.refuse_if(until.is_some_and(|day| day.surely_before(today)), field::VALID_UNTIL, Reason::Past);
    check.finish()
}

fn fields(transfer: &Transfer, check: &mut Check) {
    check.id(field::PERSON, &transfer.person, true);
    check.id(field::TO, &transfer.to, true);
    check.line(field::LETTER, &transfer.letter, LETTER_LIMIT);
    let issued = whole_day(field::ISSUED, &transfer.issued, check);
    let until = whole_day(field::VALID_UNTIL, &transfer.valid_until, check);
    check.order((field::ISSUED, issued), (field::VALID_UNTIL, until));
    if let (Some(last), Some(until)) = (issued.and_then(last_day), until) {
        check.refuse_if(last < until, field::VALID_UNTIL, Reason::ValidTooLong);
    }
    reason(&transfer.reason, check);
    check.line(field::NUMBER, &transfer.number, NAME_LIMIT);
    check.line(field::NAME, &transfer.name, NAME_LIMIT);
    for (field, at) in [(field::RELEASED, transfer.released_ms), (field::WITHDRAWN, transfer.withdrawn_ms)] {
        check.refuse_if(at < 0, field, Reason::NoSuchDay);
    }
}

fn whole_day(field: Field, value: &str, check: &mut Check) -> Option<Day> {
    check.refuse_if(value.is_empty(), field, Reason::Missing);
    let day = check.day(field, value)?;
    check.refuse_if(!day.is_full(), field, Reason::NotAFullDay);
    day.is_full().then_some(day)
}

fn reason(value: &str, check: &mut Check) {
    let found = value.chars().count();
    let too_long = Reason::TooLong { limit: REASON_LIMIT, found };
    check.refuse_if(found > REASON_LIMIT, field::REASON, too_long);
    check.refuse_if(text::is_damaged(value, true), field::REASON, Reason::Damaged);
    check.refuse_if(marking::in_body(value), field::REASON, Reason::Secret);
}

/// Checks an answer; what a person returns has a reason.
pub fn validate_answer(answer: &TransferAnswer) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.id(field::TRANSFER, &answer.transfer, true);
    let outcome = check.word::<TransferOutcome>(field::OUTCOME, answer.outcome);
    reason(&answer.reason, &mut check);
    let returned = outcome == Some(TransferOutcome::Returned);
    let needed = Reason::RequiredBy(field::OUTCOME.label, TransferOutcome::Returned.word());
    check.refuse_if(returned && answer.reason.trim().is_empty(), field::REASON, needed);
    check.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn sound() -> Transfer {
        Transfer {
            person: Bytes::from_static(&[1; 16]),
            to: Bytes::from_static(&[2; 16]),
            issued: "2026-11-30".into(),
            valid_until: "2027-02-28".into(),
            number: "A1".into(),
            name: "张三".into(),
            released_ms: 1,
            ..Transfer::default()
        }
    }

    fn findings(today: &str, change: impl FnOnce(&mut Transfer)) -> Vec<(&'static str, Reason)> {
        let mut transfer = sound();
        change(&mut transfer);
        let errors = validate_to_release(&transfer, Day::parse(today).unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.field.name, error.reason)).collect()
    }

    #[test]
    fn a_letter_is_valid_for_three_months_at_most_also_over_the_ends_of_months() {
        assert_eq!(findings("2026-11-30", |_| ()), []);
        let too_long = vec![("valid_until", Reason::ValidTooLong)];
        assert_eq!(findings("2026-11-30", |t| t.valid_until = "2027-03-01".into()), too_long);
        let leap = |until: &str| {
            findings("2027-11-30", |t| {
                t.issued = "2027-11-30".into();
                t.valid_until = until.into();
            })
        };
        assert_eq!(leap("2028-02-29"), []);
        assert_eq!(leap("2028-03-01"), too_long);
    }

    #[test]
    fn letters_are_of_whole_days_neither_to_come_nor_over() {
        assert_eq!(findings("2026-11-29", |_| ()), [("issued", Reason::Future)]);
        assert_eq!(findings("2027-03-01", |_| ()), [("valid_until", Reason::Past)]);
        assert_eq!(
            findings("2026-11-30", |t| t.issued = "2026-11".into()),
            [("issued", Reason::NotAFullDay)]
        );
        let order = findings("2026-11-30", |t| t.valid_until = "2026-11-29".into());
        assert_eq!(order[0], ("valid_until", Reason::Before("开具日期")));
        let nothing = findings("2026-11-30", |t| *t = Transfer::default());
        assert_eq!(nothing.len(), 4, "{nothing:?}");
    }

    #[test]
    fn who_returns_says_why() {
        let answer = |outcome: TransferOutcome, reason: &str| TransferAnswer {
            transfer: Bytes::from_static(&[1; 16]),
            outcome: outcome.into(),
            reason: reason.into(),
            answered_ms: 1,
            ..TransferAnswer::default()
        };
        assert!(validate_answer(&answer(TransferOutcome::Accepted, "")).is_ok());
        assert!(validate_answer(&answer(TransferOutcome::Returned, "查无此人")).is_ok());
        assert!(validate_answer(&answer(TransferOutcome::Returned, " ")).is_err());
        assert!(validate_answer(&answer(TransferOutcome::Unspecified, "")).is_err());
        assert!(validate_answer(&answer(TransferOutcome::Returned, "机密★")).is_err());
    }
}
