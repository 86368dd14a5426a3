//! Appointment 任职: a post in a Party organisation, held by a person or a member of staff of the same unit.

use yanzhen_proto::v1::{Appointment, AppointmentRole};
use yanzhen_sync::Kind;

use super::check::Check;
use super::column::{Column, Kept, day, id, record, shown, shown_id, value, word};
use super::day::Day;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("appointment");

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const ORG: Field = Field::new("org", "党组织");
    pub const PERSON: Field = Field::new("person", "老同志");
    pub const STAFF: Field = Field::new("staff", "工作人员");
    pub const ROLE: Field = Field::new("role", "职务");
    pub const FROM: Field = Field::new("from", "任职日期");
    pub const TO: Field = Field::new("to", "免职日期");
}

/// Whether a post belongs to the committee.
pub fn is_committee(role: AppointmentRole) -> bool {
    matches!(role, AppointmentRole::Secretary | AppointmentRole::Deputy | AppointmentRole::Member)
}

/// Whether a post is held on the day `today`.
pub fn is_held(appointment: &Appointment, today: Day) -> bool {
    let day = |text: &str| Day::normal(text).ok();
    let begun = day(&appointment.from).is_none_or(|from| !today.surely_before(from));
    // The last day still counts.
    begun && day(&appointment.to).is_none_or(|to| !to.surely_before(today))
}

impl Kept for Appointment {
    const KIND: Kind = KIND;

    const MESSAGE: &'static str = "Appointment";

    const COLUMNS: &'static [Column<Appointment>] = &[
        record(
            field::ORG,
            "party_org",
            |a| shown_id(&a.org),
            |a, typed| {
                a.org = id(typed)?;
                Ok(())
            },
        ),
        record(
            field::PERSON,
            "person",
            |a| shown_id(&a.person),
            |a, typed| {
                a.person = id(typed)?;
                Ok(())
            },
        ),
        record(
            field::STAFF,
            "staff",
            |a| shown_id(&a.staff),
            |a, typed| {
                a.staff = id(typed)?;
                Ok(())
            },
        ),
        value(
            field::ROLE,
            |a| shown::<AppointmentRole>(a.role),
            |a, typed| {
                a.role = word::<AppointmentRole>(typed)?;
                Ok(())
            },
        ),
        value(
            field::FROM,
            |a| a.from.clone(),
            |a, typed| {
                a.from = day(typed)?;
                Ok(())
            },
        ),
        value(
            field::TO,
            |a| a.to.clone(),
            |a, typed| {
                a.to = day(typed)?;
                Ok(())
            },
        ),
    ];

    fn validate(&self, today: Day) -> Result<(), Vec<FieldError>> {
        let mut check = Check::new(today);
        check.id(field::ORG, &self.org, true);
        check.id(field::PERSON, &self.person, self.staff.is_empty());
        check.id(field::STAFF, &self.staff, false);
        let both = !self.person.is_empty() && !self.staff.is_empty();
        check.refuse_if(both, field::STAFF, Reason::ExcludedBy(field::PERSON.label, "已填"));
        check.word::<AppointmentRole>(field::ROLE, self.role);
        check.refuse_if(self.from.is_empty(), field::FROM, Reason::Missing);
        let from = (field::FROM, check.past_day(field::FROM, &self.from));
        let to = (field::TO, check.past_day(field::TO, &self.to));
        check.order(from, to);
        check.finish()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn today() -> Day {
        Day::parse("2026-11-22").unwrap()
    }

    fn sound() -> Appointment {
        Appointment {
            org: Bytes::from_static(&[1; 16]),
            person: Bytes::from_static(&[2; 16]),
            role: AppointmentRole::Secretary.into(),
            from: "2023-12-18".into(),
            ..Appointment::default()
        }
    }

    fn findings(change: impl FnOnce(&mut Appointment)) -> Vec<(&'static str, Reason)> {
        let mut appointment = sound();
        change(&mut appointment);
        let errors = appointment.validate(today()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_post_is_held_by_one_person_or_member_of_staff() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|a| std::mem::swap(&mut a.person, &mut a.staff)), []);
        assert_eq!(findings(|a| a.person = Bytes::new()), [("person", Reason::Missing)]);
        let both = Reason::ExcludedBy("老同志", "已填");
        assert_eq!(findings(|a| a.staff = Bytes::from_static(&[3; 16])), [("staff", both)]);
        assert_eq!(findings(|a| a.org = Bytes::new()), [("org", Reason::Missing)]);
        assert_eq!(findings(|a| a.from = String::new()), [("from", Reason::Missing)]);
        assert_eq!(findings(|a| a.to = "2023-12-17".into()), [("to", Reason::Before("任职日期"))]);
    }

    #[test]
    fn a_post_is_held_from_its_first_day_to_its_last() {
        let held = |from: &str, to: &str| {
            is_held(&Appointment { from: from.into(), to: to.into(), ..sound() }, today())
        };
        for (from, to, is) in [
            ("2023-12-18", "", true),
            ("2026-11-22", "", true),
            ("2026-11-23", "", false),
            ("2023-12-18", "2026-11-22", true),
            ("2023-12-18", "2026-11-21", false),
            ("2023", "2026", true),
            ("2023", "2025", false),
        ] {
            assert_eq!(held(from, to), is, "{from} {to}");
        }
    }
}
