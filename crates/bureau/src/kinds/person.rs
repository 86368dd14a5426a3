//! Person 离退休干部.

use yanzhen_proto::v1::{Person, PersonStatus, Retirement};
use yanzhen_sync::Kind;

use super::check::Check;
use super::codes;
use super::day::Day;
use super::reason::{Field, FieldError, Reason};
use super::words::Words;

/// The kind.
pub const KIND: Kind = Kind::known("person");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "Person";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const NUMBER: Field = Field::new("number", "编号");
    pub const NAME: Field = Field::new("name", "姓名");
    pub const SEX: Field = Field::new("sex", "性别");
    pub const BIRTH: Field = Field::new("birth", "出生日期");
    pub const ETHNIC: Field = Field::new("ethnic", "民族");
    pub const RETIREMENT: Field = Field::new("retirement", "离退休类别");
    pub const BEGAN_WORK: Field = Field::new("began_work", "参加革命工作时间");
    pub const RETIRED_ON: Field = Field::new("retired_on", "离退休时间");
    pub const CAME_ON: Field = Field::new("came_on", "转入时间");
    pub const RANK: Field = Field::new("rank", "职级");
    pub const FORMER_UNIT: Field = Field::new("former_unit", "原单位");
    pub const ENTITLEMENT: Field = Field::new("entitlement", "享受待遇");
    pub const EDUCATION: Field = Field::new("education", "学历");
    pub const RESIDENCE: Field = Field::new("residence", "居住地代码");
    pub const COUNTING_UNIT: Field = Field::new("counting_unit", "统计归属");
    pub const STATUS: Field = Field::new("status", "状态");
    pub const STATUS_ON: Field = Field::new("status_on", "状态日期");
    pub const STATUS_REASON: Field = Field::new("status_reason", "状态原因");
    pub const SKILLS: Field = Field::new("skills", "专长");
    pub const WILLINGNESS: Field = Field::new("willingness", "发挥作用意愿");
}

/// Characters of a name: the longest names of minority cadres with room to spare.
const NAME_LIMIT: usize = 50;
/// Characters of a rank, an education or another short entry.
const SHORT_LIMIT: usize = 50;
/// Characters of an entry that may take a sentence.
const LONG_LIMIT: usize = 200;

/// 离休 is for those who joined before the People's Republic was founded.
const FOUNDING: &str = "1949-10-01";

/// Checks a person as of the day `today`; answers with everything that is wrong.
pub fn validate(person: &Person, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    check.number(field::NUMBER, &person.number);
    check.required(field::NAME, &person.name, NAME_LIMIT);
    check.refuse_if(codes::sex_word(person.sex).is_none(), field::SEX, Reason::Word(codes::sex_words()));
    let unknown_group = !person.ethnic.is_empty() && codes::ethnic_name(&person.ethnic).is_none();
    check.refuse_if(unknown_group, field::ETHNIC, Reason::Ethnic);
    let division = person.residence.len() == 6 && person.residence.bytes().all(|b| b.is_ascii_digit());
    check.refuse_if(!person.residence.is_empty() && !division, field::RESIDENCE, Reason::Division);
    check.id(field::COUNTING_UNIT, &person.counting_unit, false);
    for (field, value, limit) in [
        (field::RANK, &person.rank, SHORT_LIMIT),
        (field::FORMER_UNIT, &person.former_unit, LONG_LIMIT),
        (field::ENTITLEMENT, &person.entitlement, LONG_LIMIT),
        (field::EDUCATION, &person.education, SHORT_LIMIT),
        (field::STATUS_REASON, &person.status_reason, LONG_LIMIT),
        (field::SKILLS, &person.skills, LONG_LIMIT),
        (field::WILLINGNESS, &person.willingness, LONG_LIMIT),
    ] {
        check.line(field, value, limit);
    }
    life(person, &mut check);
    check.finish()
}

/// Whether a person counts as in the care of the unit: neither dead nor moved out.
pub fn is_living(person: &Person) -> bool {
    person.status() == PersonStatus::Living
}

/// The dates of a life, in the order in which they can only be.
fn life(person: &Person, check: &mut Check) {
    let birth = (field::BIRTH, check.past_day(field::BIRTH, &person.birth));
    let began = (field::BEGAN_WORK, check.past_day(field::BEGAN_WORK, &person.began_work));
    let retired = (field::RETIRED_ON, check.past_day(field::RETIRED_ON, &person.retired_on));
    let came = (field::CAME_ON, check.past_day(field::CAME_ON, &person.came_on));
    let status_on = (field::STATUS_ON, check.past_day(field::STATUS_ON, &person.status_on));
    check.order(birth, began);
    check.order(birth, retired);
    check.order(birth, status_on);
    check.order(began, retired);
    check.order(retired, came);

    let retirement = check.word::<Retirement>(field::RETIREMENT, person.retirement);
    if let (Some(Retirement::Honoured), Some(began), Ok(founding)) =
        (retirement, began.1, Day::normal(FOUNDING))
    {
        let after = founding == began || founding.surely_before(began);
        check.refuse_if(after, field::BEGAN_WORK, Reason::AfterFounding);
    }
    let status = check.word::<PersonStatus>(field::STATUS, person.status);
    if let Some(gone @ (PersonStatus::Deceased | PersonStatus::MovedOut)) = status {
        let missing = person.status_on.is_empty();
        check.refuse_if(missing, field::STATUS_ON, Reason::RequiredBy(field::STATUS.label, gone.word()));
        check.order(retired, status_on);
        check.order(came, status_on);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn sound() -> Person {
        Person {
            number: "YC-0203".into(),
            name: "赵明德".into(),
            sex: 1,
            birth: "1928-03".into(),
            ethnic: "01".into(),
            retirement: Retirement::Honoured.into(),
            began_work: "1946-07-01".into(),
            retired_on: "1988-12".into(),
            rank: "正处级".into(),
            residence: "620102".into(),
            status: PersonStatus::Living.into(),
            ..Default::default()
        }
    }

    fn findings(change: impl FnOnce(&mut Person)) -> Vec<(&'static str, Reason)> {
        let mut person = sound();
        change(&mut person);
        let errors = validate(&person, Day::parse("2026-11-22").unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_person_passes_and_so_does_one_of_whom_little_is_known() {
        assert_eq!(findings(|_| ()), []);
        let little = |p: &mut Person| {
            *p = Person {
                number: "1".into(),
                name: "王".into(),
                retirement: Retirement::Ordinary.into(),
                status: PersonStatus::Living.into(),
                ..Default::default()
            }
        };
        assert_eq!(findings(little), []);
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let found = findings(|p| *p = Person::default());
        let missing = ["number", "name", "retirement", "status"].map(|field| (field, Reason::Missing));
        assert_eq!(found, missing);
    }

    #[test]
    fn codes_must_be_those_of_the_standards() {
        assert_eq!(findings(|p| p.sex = 3), [("sex", Reason::Word("未知、男、女、未说明".into()))]);
        assert_eq!(findings(|p| p.sex = 9), []);
        assert_eq!(findings(|p| p.ethnic = "60".into()), [("ethnic", Reason::Ethnic)]);
        assert_eq!(findings(|p| p.ethnic = "汉族".into()), [("ethnic", Reason::Ethnic)]);
        assert_eq!(findings(|p| p.residence = "62010".into()), [("residence", Reason::Division)]);
        assert_eq!(findings(|p| p.residence = "62010x".into()), [("residence", Reason::Division)]);
        assert_eq!(findings(|p| p.retirement = 7), [("retirement", Reason::Unknown(7))]);
        assert_eq!(
            findings(|p| p.counting_unit = Bytes::from_static(b"short")),
            [("counting_unit", Reason::Id)]
        );
    }

    #[test]
    fn the_dates_of_a_life_follow_each_other() {
        assert_eq!(findings(|p| p.birth = "1946-08".into()), [("began_work", Reason::Before("出生日期"))]);
        assert_eq!(findings(|p| p.birth = "1946-07".into()), [], "the same month may be in order");
        assert_eq!(
            findings(|p| p.retired_on = "1946-06".into()),
            [("retired_on", Reason::Before("参加革命工作时间"))]
        );
        assert_eq!(findings(|p| p.birth = "2026-11-23".into())[0], ("birth", Reason::Future));
        assert_eq!(findings(|p| p.retired_on = "2026-11-22".into()), []);
        assert_eq!(findings(|p| p.birth = "1928-02-30".into()), [("birth", Reason::NoSuchDay)]);
        assert_eq!(findings(|p| p.birth = "1928/03".into()), [("birth", Reason::NotADay)]);
    }

    #[test]
    fn honoured_retirement_needs_work_begun_before_the_founding() {
        let began = |day: &str| findings(|p| p.began_work = day.into());
        assert_eq!(began("1949-09-30"), []);
        assert_eq!(began("1949"), [], "the year alone does not say");
        assert_eq!(began("1949-10-01"), [("began_work", Reason::AfterFounding)]);
        assert_eq!(began("1950"), [("began_work", Reason::AfterFounding)]);
        assert_eq!(
            findings(|p| {
                p.retirement = Retirement::Ordinary.into();
                p.began_work = "1950".into();
            }),
            []
        );
    }

    #[test]
    fn death_and_moving_out_need_a_date() {
        let died = PersonStatus::Deceased.into();
        assert_eq!(findings(|p| p.status = died), [("status_on", Reason::RequiredBy("状态", "去世"))]);
        let left = PersonStatus::MovedOut.into();
        assert_eq!(findings(|p| p.status = left), [("status_on", Reason::RequiredBy("状态", "转出"))]);
        let on = |day: &str| {
            findings(|p| {
                p.status = died;
                p.status_on = day.into();
            })
        };
        assert_eq!(on("2018-02-28"), []);
        assert_eq!(on("2018-02-29"), [("status_on", Reason::NoSuchDay)]);
        assert_eq!(on("1987"), [("status_on", Reason::Before("离退休时间"))]);
    }

    #[test]
    fn texts_have_their_limits() {
        assert_eq!(findings(|p| p.name = "阿".repeat(50)), []);
        assert_eq!(
            findings(|p| p.name = "阿".repeat(51)),
            [("name", Reason::TooLong { limit: 50, found: 51 })]
        );
        assert_eq!(findings(|p| p.skills = "书法\0".into()), [("skills", Reason::Damaged)]);
    }
}
