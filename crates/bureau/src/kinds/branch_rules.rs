//! What the rules ask of a Party organisation: enough members and not too many, a committee or a secretary, an election
//! at the end of each term. Facts in, alerts out.

use yanzhen_proto::v1::{AppointmentRole, OrgSetup, OrgType, PartyOrg};

use super::appointment::is_committee;
use super::day::Day;

/// Full members of a branch, at least.
pub const LEAST_MEMBERS: u64 = 3;
/// Members of a branch, normally at most; in-service members of mixed branches are counted.
pub const MOST_MEMBERS: u64 = 50;
/// Members from which on a branch has a committee; below it a secretary does.
pub const COMMITTEE_FROM: u64 = 7;
/// Seats of a branch committee, at least.
pub const LEAST_SEATS: u64 = 3;
/// Seats of a branch committee, normally at most.
pub const USUAL_SEATS: u64 = 5;
/// Seats of a branch committee, at most.
pub const MOST_SEATS: u64 = 7;
/// Months by which an election can be put off, at most.
pub const MOST_POSTPONED_MONTHS: i32 = 12;
/// Days before the end of a term at which it is brought up.
pub const TERM_STAGES: [i64; 2] = [180, 90];

/// What is known of an organisation on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Full members who live.
    pub full_members: u64,
    /// Full and probationary members who live.
    pub members: u64,
    /// The posts that are held.
    pub posts: Vec<AppointmentRole>,
}

/// What an organisation falls short of, with the numbers that say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchAlert {
    /// Fewer full members than a branch needs.
    TooFewMembers {
        /// Full members, with those in service.
        full: u64,
        /// How many it needs.
        least: u64,
    },
    /// More members than a branch normally has.
    TooManyMembers {
        /// Members, with those in service.
        members: u64,
        /// How many it normally has at most.
        most: u64,
    },
    /// Nobody is secretary.
    NoSecretary,
    /// Seats of the committee are vacant.
    SeatsVacant {
        /// Seats that are held.
        held: u64,
        /// How many there are at least.
        least: u64,
    },
    /// The committee has more seats than usual.
    ManySeats {
        /// Seats that are held.
        held: u64,
        /// How many there usually are at most.
        usual: u64,
        /// How many there may be at all.
        most: u64,
    },
    /// The term is longer than the rule.
    TermLong {
        /// Its years, as they were entered.
        years: u32,
        /// The rule's.
        rule: u32,
    },
    /// The term ends soon.
    TermNear {
        /// The day.
        on: Day,
        /// Days until then.
        days: i64,
        /// The stage: 180 or 90.
        stage: i64,
    },
    /// The term has ended.
    TermOver {
        /// The day.
        on: Day,
        /// Days since then.
        days: i64,
    },
}

/// Years of a term; none where an organisation has no terms.
pub fn term_years(kind: OrgType, setup: OrgSetup) -> Option<u32> {
    match (kind, setup) {
        (OrgType::Committee, _) => Some(5),
        (OrgType::Branch | OrgType::GeneralBranch, OrgSetup::InCommunity) => Some(5),
        (OrgType::Branch | OrgType::GeneralBranch, _) => Some(3),
        (OrgType::WorkingCommittee | OrgType::Group | OrgType::Unspecified, _) => None,
    }
}

/// The day of the next election: the end of the term, or the day to which it was put off.
pub fn election_due(org: &PartyOrg) -> Option<Day> {
    let day = |text: &str| Day::normal(text).ok();
    day(&org.postponed_to).or_else(|| day(&org.term_end))
}

/// What is to be done about an organisation on the day `today`, the most pressing first; nothing for one that is closed.
pub fn alerts(org: &PartyOrg, facts: &Facts, today: Day) -> Vec<BranchAlert> {
    if !org.closed_on.is_empty() {
        return Vec::new();
    }
    let kind = org.r#type();
    let mut alerts: Vec<BranchAlert> = term(org, today).into_iter().collect();
    let leads = !matches!(kind, OrgType::Group | OrgType::Unspecified);
    if leads && !facts.posts.contains(&AppointmentRole::Secretary) {
        alerts.push(BranchAlert::NoSecretary);
    }
    if kind == OrgType::Branch {
        members(org, facts, &mut alerts);
    }
    let rule = term_years(kind, org.setup()).filter(|rule| org.term_years > *rule);
    alerts.extend(rule.map(|rule| BranchAlert::TermLong { years: org.term_years, rule }));
    alerts
}

fn members(org: &PartyOrg, facts: &Facts, alerts: &mut Vec<BranchAlert>) {
    let in_service = u64::from(org.other_members);
    let (full, members) = (facts.full_members + in_service, facts.members + in_service);
    let held = u64::try_from(facts.posts.iter().filter(|role| is_committee(**role)).count()).unwrap_or(0);
    if members >= COMMITTEE_FROM && held < LEAST_SEATS {
        alerts.push(BranchAlert::SeatsVacant { held, least: LEAST_SEATS });
    }
    if held > USUAL_SEATS {
        alerts.push(BranchAlert::ManySeats { held, usual: USUAL_SEATS, most: MOST_SEATS });
    }
    if full < LEAST_MEMBERS {
        alerts.push(BranchAlert::TooFewMembers { full, least: LEAST_MEMBERS });
    }
    if members > MOST_MEMBERS {
        alerts.push(BranchAlert::TooManyMembers { members, most: MOST_MEMBERS });
    }
}

/// What is to be done about the term of an organisation that exists on the day `today`: at most one alert, that of the
/// latest stage.
pub fn term(org: &PartyOrg, today: Day) -> Option<BranchAlert> {
    term_years(org.r#type(), org.setup())?;
    let on = election_due(org)?;
    // Where only the month is known, the term ends with it.
    let days = today.days_until(on.latest())?;
    if days <= 0 {
        return Some(BranchAlert::TermOver { on, days: -days });
    }
    let stage = TERM_STAGES.into_iter().rev().find(|stage| days <= *stage)?;
    Some(BranchAlert::TermNear { on, days, stage })
}

#[cfg(test)]
mod tests {
    use yanzhen_proto::v1::OrgNature;

    use super::AppointmentRole::{Deputy, Instructor, Liaison, Member, Secretary};
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn branch() -> PartyOrg {
        PartyOrg {
            r#type: OrgType::Branch.into(),
            setup: OrgSetup::Single.into(),
            nature: OrgNature::Regular.into(),
            ..PartyOrg::default()
        }
    }

    fn facts(members: u64, posts: &[AppointmentRole]) -> Facts {
        Facts { full_members: members, members, posts: posts.to_vec() }
    }

    fn today() -> Day {
        day("2026-11-22")
    }

    #[test]
    fn a_branch_has_three_full_members_and_normally_fifty_at_most() {
        let of = |full_members, members, other_members| {
            let posts = vec![Secretary, Deputy, Member];
            let org = PartyOrg { other_members, ..branch() };
            alerts(&org, &Facts { full_members, members, posts }, today())
        };
        assert_eq!(of(3, 3, 0), []);
        assert_eq!(
            of(2, 3, 0),
            [BranchAlert::TooFewMembers { full: 2, least: 3 }],
            "probation is not enough"
        );
        assert_eq!(of(2, 2, 1), [], "who is in service counts in a mixed branch");
        assert_eq!(of(50, 50, 0), []);
        assert_eq!(of(50, 51, 0), [BranchAlert::TooManyMembers { members: 51, most: 50 }]);
        assert_eq!(of(40, 40, 11), [BranchAlert::TooManyMembers { members: 51, most: 50 }]);
    }

    #[test]
    fn from_seven_members_on_there_is_a_committee_and_below_a_secretary() {
        let of = |members, posts: &[AppointmentRole]| alerts(&branch(), &facts(members, posts), today());
        let vacant = |held| BranchAlert::SeatsVacant { held, least: 3 };
        assert_eq!(of(6, &[Secretary]), []);
        assert_eq!(of(6, &[]), [BranchAlert::NoSecretary]);
        assert_eq!(of(7, &[Secretary]), [vacant(1)]);
        assert_eq!(of(7, &[Secretary, Deputy, Member]), []);
        assert_eq!(of(7, &[Member, Member, Member]), [BranchAlert::NoSecretary]);
        assert_eq!(of(7, &[Secretary, Member, Liaison, Instructor]), [vacant(2)], "these have no seat");
        let with = |seats: usize| [vec![Secretary], vec![Member; seats - 1]].concat();
        assert_eq!(of(30, &with(5)), []);
        assert_eq!(of(30, &with(6)), [BranchAlert::ManySeats { held: 6, usual: 5, most: 7 }]);
        assert_eq!(of(30, &with(8)), [BranchAlert::ManySeats { held: 8, usual: 5, most: 7 }]);
    }

    #[test]
    fn the_end_of_a_term_is_brought_up_three_times() {
        let of = |on: &str| {
            let org = PartyOrg { term_end: on.into(), ..branch() };
            alerts(&org, &facts(5, &[Secretary]), today())
        };
        let near = |on: &str, days, stage| [BranchAlert::TermNear { on: day(on), days, stage }];
        assert_eq!(of(""), []);
        assert_eq!(of("2027-05-22"), []);
        assert_eq!(of("2027-05-21"), near("2027-05-21", 180, 180));
        assert_eq!(of("2027-02-21"), near("2027-02-21", 91, 180));
        assert_eq!(of("2027-02-20"), near("2027-02-20", 90, 90));
        assert_eq!(of("2026-11-23"), near("2026-11-23", 1, 90));
        assert_eq!(of("2026-11-22"), [BranchAlert::TermOver { on: today(), days: 0 }]);
        assert_eq!(of("2026-11-21"), [BranchAlert::TermOver { on: day("2026-11-21"), days: 1 }]);
        assert_eq!(of("2026-11"), near("2026-11", 8, 90), "a month ends with its last day");
        assert_eq!(of("2024-02"), [BranchAlert::TermOver { on: day("2024-02"), days: 997 }]);
    }

    #[test]
    fn an_election_that_was_put_off_is_due_on_its_new_day() {
        let org = PartyOrg {
            term_end: "2026-11-01".into(),
            postponed_to: "2027-11-01".into(),
            postponed_by: "局党委 2026 年 40 号".into(),
            ..branch()
        };
        assert_eq!(alerts(&org, &facts(5, &[Secretary]), today()), []);
        let over = BranchAlert::TermOver { on: day("2027-11-01"), days: 1 };
        assert_eq!(alerts(&org, &facts(5, &[Secretary]), day("2027-11-02")), [over]);
    }

    #[test]
    fn a_term_is_no_longer_than_the_rule() {
        let of = |setup: OrgSetup, term_years| {
            let org = PartyOrg { setup: setup.into(), term_years, ..branch() };
            alerts(&org, &facts(5, &[Secretary]), today())
        };
        assert_eq!(of(OrgSetup::Single, 0), [], "not entered");
        assert_eq!(of(OrgSetup::Single, 3), []);
        assert_eq!(of(OrgSetup::Single, 4), [BranchAlert::TermLong { years: 4, rule: 3 }]);
        assert_eq!(of(OrgSetup::InCommunity, 5), []);
    }

    #[test]
    fn terms_have_their_length_and_some_organisations_none() {
        use OrgSetup::{InCommunity, Joint, Single};
        for (kind, setup, years) in [
            (OrgType::Branch, Single, Some(3)),
            (OrgType::Branch, Joint, Some(3)),
            (OrgType::Branch, InCommunity, Some(5)),
            (OrgType::GeneralBranch, Single, Some(3)),
            (OrgType::Committee, Single, Some(5)),
            (OrgType::WorkingCommittee, Single, None),
            (OrgType::Group, Single, None),
        ] {
            assert_eq!(term_years(kind, setup), years, "{kind:?} {setup:?}");
            let org = PartyOrg {
                r#type: kind.into(),
                setup: setup.into(),
                term_end: "2020-01-01".into(),
                ..branch()
            };
            let alerts = alerts(&org, &facts(5, &[Secretary]), today());
            assert_eq!(alerts.len(), usize::from(years.is_some()), "{kind:?} {setup:?}");
        }
    }

    #[test]
    fn a_closed_organisation_asks_for_nothing_and_a_group_for_no_secretary() {
        let closed = PartyOrg { closed_on: "2026-01-01".into(), ..branch() };
        assert_eq!(alerts(&closed, &Facts::default(), today()), []);
        let group = PartyOrg { r#type: OrgType::Group.into(), ..branch() };
        assert_eq!(alerts(&group, &Facts::default(), today()), []);
    }
}
