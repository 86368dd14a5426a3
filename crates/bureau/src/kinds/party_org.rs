//! PartyOrg 党组织.

use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType, PartyOrg};
use yanzhen_sync::Kind;

use super::branch_rules::MOST_POSTPONED_MONTHS;
use super::check::Check;
use super::day::Day;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("party_org");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "PartyOrg";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const NUMBER: Field = Field::new("number", "编号");
    pub const NAME: Field = Field::new("name", "全称");
    pub const TYPE: Field = Field::new("type", "类型");
    pub const SETUP: Field = Field::new("setup", "设置方式");
    pub const NATURE: Field = Field::new("nature", "性质");
    pub const OTHER_MEMBERS: Field = Field::new("other_members", "在职党员数");
    pub const ESTABLISHED: Field = Field::new("established", "成立时间");
    pub const TERM_YEARS: Field = Field::new("term_years", "任期年限");
    pub const TERM_END: Field = Field::new("term_end", "届满时间");
    pub const POSTPONED_TO: Field = Field::new("postponed_to", "延期换届至");
    pub const POSTPONED_BY: Field = Field::new("postponed_by", "延期批准");
    pub const PLACE: Field = Field::new("place", "活动阵地");
    pub const STAR: Field = Field::new("star", "星级");
    pub const CLOSED_ON: Field = Field::new("closed_on", "撤并时间");
    pub const MERGED_INTO: Field = Field::new("merged_into", "并入党组织编号");
    pub const PARENT: Field = Field::new("parent", "上级党组织编号");
}

/// Characters of a full name.
const NAME_LIMIT: usize = 100;
/// Characters of a place.
const PLACE_LIMIT: usize = 200;
/// In-service members of one organisation, at most.
pub const MAX_OTHER_MEMBERS: u32 = 100_000;
/// Years of a term, at most: the rules know 3 and 5, a profile may know others.
pub const MAX_TERM_YEARS: u32 = 10;
/// The best grade.
pub const MAX_STAR: u32 = 5;

/// Checks an organisation as of the day `today`; answers with everything that is wrong.
pub fn validate(org: &PartyOrg, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    check.number(field::NUMBER, &org.number);
    check.required(field::NAME, &org.name, NAME_LIMIT);
    check.word::<OrgType>(field::TYPE, org.r#type);
    check.word::<OrgSetup>(field::SETUP, org.setup);
    check.word::<OrgNature>(field::NATURE, org.nature);
    for (field, value, limit) in [
        (field::OTHER_MEMBERS, org.other_members, MAX_OTHER_MEMBERS),
        (field::TERM_YEARS, org.term_years, MAX_TERM_YEARS),
        (field::STAR, org.star, MAX_STAR),
    ] {
        check.refuse_if(value > limit, field, Reason::Number(limit));
    }
    check.line(field::PLACE, &org.place, PLACE_LIMIT);
    let established = (field::ESTABLISHED, check.past_day(field::ESTABLISHED, &org.established));
    let term_end = (field::TERM_END, check.day(field::TERM_END, &org.term_end));
    let closed_on = (field::CLOSED_ON, check.past_day(field::CLOSED_ON, &org.closed_on));
    check.order(established, term_end);
    check.order(established, closed_on);
    postponement(org, &mut check);
    check.id(field::PARENT, &org.parent, false);
    check.id(field::MERGED_INTO, &org.merged_into, false);
    let merged_while_open = !org.merged_into.is_empty() && org.closed_on.is_empty();
    let needs_day = Reason::RequiredBy(field::MERGED_INTO.label, "已填");
    check.refuse_if(merged_while_open, field::CLOSED_ON, needs_day);
    check.finish()
}

/// An election is put off from a known day, by a year at most, with the approval of the higher committee.
fn postponement(org: &PartyOrg, check: &mut Check) {
    check.line(field::POSTPONED_BY, &org.postponed_by, PLACE_LIMIT);
    let Some(to) = check.day(field::POSTPONED_TO, &org.postponed_to) else { return };
    let filled = |field: Field| Reason::RequiredBy(field.label, "已填");
    check.refuse_if(org.postponed_by.is_empty(), field::POSTPONED_BY, filled(field::POSTPONED_TO));
    let Ok(term_end) = Day::normal(&org.term_end) else {
        return check.refuse(field::TERM_END, filled(field::POSTPONED_TO));
    };
    check.order((field::TERM_END, Some(term_end)), (field::POSTPONED_TO, Some(to)));
    let latest = term_end.latest().plus_months(MOST_POSTPONED_MONTHS);
    let too_late = latest.is_some_and(|latest| latest.surely_before(to.latest()));
    check.refuse_if(too_late, field::POSTPONED_TO, Reason::TooLate(MOST_POSTPONED_MONTHS));
}

/// Whether the organisation has neither been dissolved nor merged into another.
pub fn is_open(org: &PartyOrg) -> bool {
    org.closed_on.is_empty()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn sound() -> PartyOrg {
        PartyOrg {
            number: "YC-01".into(),
            name: "云川市老干部局离退休干部第一党支部".into(),
            r#type: OrgType::Branch.into(),
            setup: OrgSetup::Single.into(),
            nature: OrgNature::Regular.into(),
            established: "1998-05".into(),
            term_years: 3,
            term_end: "2027-06-30".into(),
            star: 4,
            ..Default::default()
        }
    }

    fn findings(change: impl FnOnce(&mut PartyOrg)) -> Vec<(&'static str, Reason)> {
        let mut org = sound();
        change(&mut org);
        let errors = validate(&org, Day::parse("2026-11-22").unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_organisation_passes() {
        assert_eq!(findings(|_| ()), []);
    }

    #[test]
    fn an_election_is_put_off_by_a_year_at_most_and_with_approval() {
        let to = |term_end: &str, to: &str, by: &str| {
            findings(|o| {
                o.term_end = term_end.into();
                o.postponed_to = to.into();
                o.postponed_by = by.into();
            })
        };
        let by = "局党委批复";
        let late = [("postponed_to", Reason::TooLate(12))];
        assert_eq!(to("2027-06-30", "2028-06-30", by), []);
        assert_eq!(to("2027-06-30", "2028-07-01", by), late);
        assert_eq!(to("2028-02-29", "2029-02-28", by), []);
        assert_eq!(to("2028-02-29", "2029-03-01", by), late);
        assert_eq!(to("2027-06", "2028-06", by), [], "a month may mean its last day");
        assert_eq!(to("2027-06-15", "2028-06", by), late, "and is due on it");
        assert_eq!(to("2027-06-30", "2028-06", by), []);
        assert_eq!(to("2027-06-30", "2027-06-29", by), [("postponed_to", Reason::Before("届满时间"))]);
        let approval = Reason::RequiredBy("延期换届至", "已填");
        assert_eq!(to("2027-06-30", "2028-01-01", ""), [("postponed_by", approval.clone())]);
        assert_eq!(to("", "2028-01-01", by), [("term_end", approval)]);
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let missing = ["number", "name", "type", "setup", "nature"].map(|field| (field, Reason::Missing));
        assert_eq!(findings(|o| *o = PartyOrg::default()), missing);
    }

    #[test]
    fn numbers_stay_within_their_range() {
        assert_eq!(findings(|o| o.star = 5), []);
        assert_eq!(findings(|o| o.star = 6), [("star", Reason::Number(5))]);
        assert_eq!(findings(|o| o.term_years = 11), [("term_years", Reason::Number(10))]);
        assert_eq!(findings(|o| o.other_members = 100_001), [("other_members", Reason::Number(100_000))]);
        assert_eq!(findings(|o| o.setup = 9), [("setup", Reason::Unknown(9))]);
    }

    #[test]
    fn a_term_may_end_in_the_future_but_not_before_the_beginning() {
        assert_eq!(findings(|o| o.term_end = "1998-04".into()), [("term_end", Reason::Before("成立时间"))]);
        assert_eq!(findings(|o| o.term_end = "1998-05-01".into()), []);
        assert_eq!(findings(|o| o.term_end = "2027-06-31".into()), [("term_end", Reason::NoSuchDay)]);
        assert_eq!(findings(|o| o.established = "2026-11-23".into())[0], ("established", Reason::Future));
    }

    #[test]
    fn a_merged_organisation_needs_the_day() {
        let into = Bytes::from_static(&[1; 16]);
        let found = findings(|o| o.merged_into = into.clone());
        assert_eq!(found, [("closed_on", Reason::RequiredBy("并入党组织编号", "已填"))]);
        let closed = |o: &mut PartyOrg| {
            o.merged_into = into.clone();
            o.closed_on = "2020-01-01".into();
        };
        assert_eq!(findings(closed), []);
        assert_eq!(findings(|o| o.closed_on = "1990".into()), [("closed_on", Reason::Before("成立时间"))]);
        assert_eq!(findings(|o| o.parent = Bytes::from_static(&[1])), [("parent", Reason::Id)]);
    }
}
