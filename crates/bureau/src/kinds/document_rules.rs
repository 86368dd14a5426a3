//! DocumentRules: how a unit's office numbers its documents and chases them.

use yanzhen_proto::v1::DocumentRules;
use yanzhen_sync::{Kind, RecordId, UnitId};

use super::check::Check;
use super::day::Day;
use super::document_number::is_mark;
use super::ids;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("document_rules");

/// The message of documents.proto that is its body.
pub const MESSAGE: &str = "DocumentRules";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const MARK: Field = Field::new("mark", "发文机关代字");
    pub const REMIND_DAYS: Field = Field::new("remind_days", "自动催办");
}

/// Days for which a rule reminds: more would be noise.
pub const MAX_REMIND_DAYS: usize = 5;

/// Days from the deadline, before or after it, that a rule may name.
pub const FARTHEST_DAY: u32 = 60;

/// The id of `unit`'s rules.
pub fn id_of(unit: UnitId) -> RecordId {
    ids::about(&KIND, &[unit.into()])
}

/// Checks rules; answers with everything that is wrong.
pub fn validate(rules: &DocumentRules) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.refuse_if(!rules.mark.is_empty() && !is_mark(&rules.mark), field::MARK, Reason::Damaged);
    let days = &rules.remind_days;
    check.refuse_if(days.len() > MAX_REMIND_DAYS, field::REMIND_DAYS, Reason::TooMany(MAX_REMIND_DAYS));
    let too_far = days.iter().any(|day| day.unsigned_abs() > FARTHEST_DAY);
    check.refuse_if(too_far, field::REMIND_DAYS, Reason::Number(FARTHEST_DAY));
    check.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_a_mark_of_letters_and_a_few_days_near_the_deadline() {
        let reasons = |mark: &str, remind_days: &[i32]| {
            let rules = DocumentRules { mark: mark.into(), remind_days: remind_days.into() };
            let errors = validate(&rules).err().unwrap_or_default();
            errors.into_iter().map(|error| error.reason).collect::<Vec<_>>()
        };
        assert_eq!(reasons("", &[]), []);
        assert_eq!(reasons("云老干", &[-3, 0, 60]), []);
        assert_eq!(reasons("云 2", &[]), [Reason::Damaged]);
        assert_eq!(reasons("", &[1, 2, 3, 4, 5, 6]), [Reason::TooMany(5)]);
        assert_eq!(reasons("", &[-61]), [Reason::Number(60)]);
    }
}
