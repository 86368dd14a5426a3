//! Membership 党籍: each person has one record of it, however often it changes.

use yanzhen_proto::v1::{Membership, MembershipState, Person};
use yanzhen_sync::{Kind, RecordId};

use super::check::Check;
use super::day::Day;
use super::ids;
use super::person;
use super::reason::{Field, FieldError, Reason};
use super::words::Words;

/// The kind.
pub const KIND: Kind = Kind::known("membership");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "Membership";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const PERSON: Field = Field::new("person", "人员");
    pub const BRANCH: Field = Field::new("branch", "隶属支部编号");
    pub const JOINED: Field = Field::new("joined", "入党时间");
    pub const FULL_SINCE: Field = Field::new("full_since", "转正时间");
    pub const STATE: Field = Field::new("state", "党籍状态");
}

/// The id of a person's membership.
pub fn id_of(person: RecordId) -> RecordId {
    ids::about(&KIND, &[person])
}

/// Whether a person in this state is a member: full or probationary.
pub fn is_member(state: MembershipState) -> bool {
    matches!(state, MembershipState::Full | MembershipState::Probationary)
}

/// Checks a membership as of the day `today`; answers with everything that is wrong.
pub fn validate(membership: &Membership, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    check.id(field::PERSON, &membership.person, true);
    check.id(field::BRANCH, &membership.branch, false);
    let joined = (field::JOINED, check.past_day(field::JOINED, &membership.joined));
    let full = (field::FULL_SINCE, check.past_day(field::FULL_SINCE, &membership.full_since));
    check.order(joined, full);
    let state = check.word::<MembershipState>(field::STATE, membership.state);
    if state == Some(MembershipState::Probationary) {
        let probationary = MembershipState::Probationary.word();
        let excluded = Reason::ExcludedBy(field::STATE.label, probationary);
        check.refuse_if(!membership.full_since.is_empty(), field::FULL_SINCE, excluded);
    }
    check.finish()
}

/// Checks a membership against the person's own dates.
pub fn validate_beside(membership: &Membership, person: &Person, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    let birth = (person::field::BIRTH, Day::normal(&person.birth).ok());
    for (field, value) in [(field::JOINED, &membership.joined), (field::FULL_SINCE, &membership.full_since)] {
        check.order(birth, (field, Day::normal(value).ok()));
    }
    check.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn today() -> Day {
        Day::parse("2026-11-22").unwrap()
    }

    fn sound() -> Membership {
        Membership {
            person: Bytes::from_static(&[1; 16]),
            branch: Bytes::from_static(&[2; 16]),
            joined: "1952-07".into(),
            full_since: "1953-07".into(),
            state: MembershipState::Full.into(),
        }
    }

    fn findings(change: impl FnOnce(&mut Membership)) -> Vec<(&'static str, Reason)> {
        let mut membership = sound();
        change(&mut membership);
        let errors = validate(&membership, today()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_membership_passes_with_and_without_a_branch() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|m| m.branch = Bytes::new()), []);
        assert_eq!(findings(|m| m.state = MembershipState::Ended.into()), []);
    }

    #[test]
    fn person_and_state_are_required() {
        let found = findings(|m| *m = Membership::default());
        assert_eq!(found, [("person", Reason::Missing), ("state", Reason::Missing)]);
        assert_eq!(findings(|m| m.branch = Bytes::from_static(&[2; 15])), [("branch", Reason::Id)]);
    }

    #[test]
    fn nobody_is_a_full_member_before_joining_or_on_probation() {
        assert_eq!(
            findings(|m| m.full_since = "1952-06".into()),
            [("full_since", Reason::Before("入党时间"))]
        );
        assert_eq!(findings(|m| m.joined = "2026-12".into())[0], ("joined", Reason::Future));
        assert_eq!(
            findings(|m| m.state = MembershipState::Probationary.into()),
            [("full_since", Reason::ExcludedBy("党籍状态", "预备党员"))]
        );
    }

    #[test]
    fn nobody_joins_before_birth() {
        let person = Person { birth: "1953".into(), ..Default::default() };
        let errors = validate_beside(&sound(), &person, today()).unwrap_err();
        assert_eq!(errors, [FieldError { field: field::JOINED, reason: Reason::Before("出生日期") }]);
        assert_eq!(validate_beside(&sound(), &Person::default(), today()), Ok(()));
    }

    #[test]
    fn each_person_has_one_membership_id() {
        let (a, b) = (RecordId::new([1; 16]), RecordId::new([2; 16]));
        assert_eq!(id_of(a), id_of(a));
        assert_ne!(id_of(a), id_of(b));
        assert_ne!(id_of(a), a);
    }
}
