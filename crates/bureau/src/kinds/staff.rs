//! Staff 工作人员: who works for the people of a unit.

use yanzhen_proto::v1::{Staff, StaffDuty};
use yanzhen_sync::Kind;

use super::check::Check;
use super::column::{Column, Kept, day, line, shown, value, word};
use super::day::Day;
use super::person_private;
use super::reason::{Field, FieldError};

/// The kind.
pub const KIND: Kind = Kind::known("staff");

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const NAME: Field = Field::new("name", "姓名");
    pub const DUTY: Field = Field::new("duty", "职责");
    pub const OFFICE_PHONE: Field = Field::new("office_phone", "办公电话");
    pub const LEFT_ON: Field = Field::new("left_on", "离岗日期");
}

/// Characters of a name.
const NAME_LIMIT: usize = 50;

impl Kept for Staff {
    const KIND: Kind = KIND;

    const MESSAGE: &'static str = "Staff";

    const COLUMNS: &'static [Column<Staff>] = &[
        value(
            field::NAME,
            |s| s.name.clone(),
            |s, typed| {
                s.name = line(typed);
                Ok(())
            },
        ),
        value(
            field::DUTY,
            |s| shown::<StaffDuty>(s.duty),
            |s, typed| {
                s.duty = word::<StaffDuty>(typed)?;
                Ok(())
            },
        ),
        value(
            field::OFFICE_PHONE,
            |s| s.office_phone.clone(),
            |s, typed| {
                s.office_phone = person_private::phone(typed);
                Ok(())
            },
        ),
        value(
            field::LEFT_ON,
            |s| s.left_on.clone(),
            |s, typed| {
                s.left_on = day(typed)?;
                Ok(())
            },
        ),
    ];

    fn validate(&self, today: Day) -> Result<(), Vec<FieldError>> {
        let mut check = Check::new(today);
        check.required(field::NAME, &self.name, NAME_LIMIT);
        check.word::<StaffDuty>(field::DUTY, self.duty);
        check.phone(field::OFFICE_PHONE, &self.office_phone);
        check.past_day(field::LEFT_ON, &self.left_on);
        check.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::reason::Reason;
    use super::*;

    #[test]
    fn staff_have_a_name_a_duty_and_perhaps_a_number() {
        let today = Day::parse("2026-11-22").unwrap();
        let sound = Staff {
            name: "罗雨桐".into(),
            duty: StaffDuty::Liaison.into(),
            office_phone: "0931-8401234".into(),
            ..Staff::default()
        };
        assert_eq!(sound.validate(today), Ok(()));
        let findings = |change: fn(&mut Staff)| {
            let mut staff = sound.clone();
            change(&mut staff);
            let errors = staff.validate(today).err().unwrap_or_default();
            errors.into_iter().map(|e| (e.field.name, e.reason)).collect::<Vec<_>>()
        };
        let missing = [("name", Reason::Missing), ("duty", Reason::Missing)];
        assert_eq!(findings(|s| *s = Staff::default()), missing);
        assert_eq!(findings(|s| s.office_phone = "12".into()), [("office_phone", Reason::Phone)]);
        assert_eq!(findings(|s| s.left_on = "2026-11-23".into()), [("left_on", Reason::Future)]);
    }
}
