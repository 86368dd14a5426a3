//! AwayNotice 流动: a person lives elsewhere for a while, and reports on agreed days.

use yanzhen_proto::v1::AwayNotice;
use yanzhen_sync::Kind;

use super::check::Check;
use super::column::{
    Alone, Column, Kept, day, days, id, line, name, phone, record, set_name, set_phone, shown_id, value,
};
use super::day::Day;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("away_notice");

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const PERSON: Field = Field::new("person", "老同志");
    pub const FROM: Field = Field::new("from", "离开日期");
    pub const TO: Field = Field::new("to", "预计返回");
    pub const COUNTY: Field = Field::new("county", "前往县区代码");
    pub const AWAY_NAME: Field = Field::new("away_name", "外地联系人");
    pub const AWAY_PHONE: Field = Field::new("away_phone", "外地联系电话");
    pub const HOME_NAME: Field = Field::new("home_name", "本地联系人");
    pub const HOME_PHONE: Field = Field::new("home_phone", "本地联系电话");
    pub const REPORT_ON: Field = Field::new("report_on", "约定报到日期");
    pub const REPORTED_ON: Field = Field::new("reported_on", "已报到日期");
    pub const RETURNED_ON: Field = Field::new("returned_on", "返回日期");
    pub const TEMPORARY_ORG: Field = Field::new("temporary_org", "临时转入党组织");
    pub const TEMPORARY_FROM: Field = Field::new("temporary_from", "临时转接日期");
}

/// Months that a notice alone covers; who stays longer is transferred for the time, so that nobody falls between two
/// places (两不管).
pub const NOTICE_MONTHS: i32 = 6;

/// Days to report in one notice: one a week for half a year.
pub const MAX_REPORTS: usize = 26;

/// Characters of an organisation's name.
const ORG_LIMIT: usize = 100;

/// Characters of a contact's name.
const NAME_LIMIT: usize = 50;

/// What is to be done about somebody who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwayAlert {
    /// Away for longer than a notice covers: a temporary transfer is due.
    BeyondNotice {
        /// The last day that the notice covers.
        covered_to: Day,
    },
    /// Means to stay away for longer than a notice covers.
    PlannedBeyondNotice {
        /// The last day that the notice covers.
        covered_to: Day,
    },
    /// Has not reported as agreed.
    ReportOverdue {
        /// The day agreed.
        due: Day,
    },
    /// Was to be back by now.
    ReturnOverdue {
        /// The day planned.
        due: Day,
    },
}

/// The last day that a notice covers; none where the first is not a whole day.
pub fn covered_to(notice: &AwayNotice) -> Option<Day> {
    Day::normal(&notice.from).ok()?.plus_months(NOTICE_MONTHS)
}

/// Whether the person is still away.
pub fn is_away(notice: &AwayNotice) -> bool {
    notice.returned_on.is_empty()
}

/// What is to be done on the day `today`. Reports are taken for the agreed days in their order, late ones too.
pub fn alerts(notice: &AwayNotice, today: Day) -> Vec<AwayAlert> {
    if !is_away(notice) {
        return Vec::new();
    }
    let mut alerts = Vec::new();
    let planned = Day::normal(&notice.to).ok();
    let covered_to = covered_to(notice).filter(|_| notice.temporary_from.is_empty());
    if let Some(covered_to) = covered_to {
        if covered_to.surely_before(today) {
            alerts.push(AwayAlert::BeyondNotice { covered_to });
        } else if planned.is_some_and(|planned| covered_to.surely_before(planned)) {
            alerts.push(AwayAlert::PlannedBeyondNotice { covered_to });
        }
    }
    let next_report = notice.report_on.get(notice.reported_on.len()).and_then(|due| Day::normal(due).ok());
    if let Some(due) = next_report.filter(|due| due.surely_before(today)) {
        alerts.push(AwayAlert::ReportOverdue { due });
    }
    if let Some(due) = planned.filter(|due| due.surely_before(today)) {
        alerts.push(AwayAlert::ReturnOverdue { due });
    }
    alerts
}

impl Kept for AwayNotice {
    const KIND: Kind = KIND;

    const MESSAGE: &'static str = "AwayNotice";

    const COLUMNS: &'static [Column<AwayNotice>] = &[
        record(
            field::PERSON,
            "person",
            |a| shown_id(&a.person),
            |a, typed| {
                a.person = id(typed)?;
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
        value(
            field::COUNTY,
            |a| a.county.clone(),
            |a, typed| {
                a.county = line(typed);
                Ok(())
            },
        ),
        value(
            field::AWAY_NAME,
            |a| name(&a.away_contact),
            |a, typed| {
                set_name(&mut a.away_contact, typed);
                Ok(())
            },
        ),
        value(
            field::AWAY_PHONE,
            |a| phone(&a.away_contact),
            |a, typed| {
                set_phone(&mut a.away_contact, typed);
                Ok(())
            },
        ),
        value(
            field::HOME_NAME,
            |a| name(&a.home_contact),
            |a, typed| {
                set_name(&mut a.home_contact, typed);
                Ok(())
            },
        ),
        value(
            field::HOME_PHONE,
            |a| phone(&a.home_contact),
            |a, typed| {
                set_phone(&mut a.home_contact, typed);
                Ok(())
            },
        ),
        value(
            field::REPORT_ON,
            |a| a.report_on.join("、"),
            |a, typed| {
                a.report_on = days(typed)?;
                Ok(())
            },
        ),
        value(
            field::REPORTED_ON,
            |a| a.reported_on.join("、"),
            |a, typed| {
                a.reported_on = days(typed)?;
                Ok(())
            },
        ),
        value(
            field::RETURNED_ON,
            |a| a.returned_on.clone(),
            |a, typed| {
                a.returned_on = day(typed)?;
                Ok(())
            },
        ),
        value(
            field::TEMPORARY_ORG,
            |a| a.temporary_org.clone(),
            |a, typed| {
                a.temporary_org = line(typed);
                Ok(())
            },
        ),
        value(
            field::TEMPORARY_FROM,
            |a| a.temporary_from.clone(),
            |a, typed| {
                a.temporary_from = day(typed)?;
                Ok(())
            },
        ),
    ];

    fn validate(&self, today: Day) -> Result<(), Vec<FieldError>> {
        let mut check = Check::new(today);
        check.id(field::PERSON, &self.person, true);
        check.refuse_if(self.from.is_empty(), field::FROM, Reason::Missing);
        let from = (field::FROM, check.day(field::FROM, &self.from));
        // Half a year is counted from a day.
        check.refuse_if(from.1.is_some_and(|from| !from.is_full()), field::FROM, Reason::NotAFullDay);
        let to = (field::TO, check.day(field::TO, &self.to));
        let returned = (field::RETURNED_ON, check.past_day(field::RETURNED_ON, &self.returned_on));
        check.order(from, to);
        check.order(from, returned);
        let temporary = (field::TEMPORARY_FROM, check.past_day(field::TEMPORARY_FROM, &self.temporary_from));
        check.order(from, temporary);
        check.order(temporary, returned);
        check.line(field::TEMPORARY_ORG, &self.temporary_org, ORG_LIMIT);
        let filled = |field: Field| Reason::RequiredBy(field.label, "已填");
        let (org, since) = (!self.temporary_org.is_empty(), !self.temporary_from.is_empty());
        check.refuse_if(since && !org, field::TEMPORARY_ORG, filled(field::TEMPORARY_FROM));
        check.refuse_if(org && !since, field::TEMPORARY_FROM, filled(field::TEMPORARY_ORG));
        let is_division = self.county.len() == 6 && self.county.bytes().all(|b| b.is_ascii_digit());
        check.refuse_if(!is_division, field::COUNTY, Reason::Division);
        for (fields, contact) in [
            ((field::AWAY_NAME, field::AWAY_PHONE), &self.away_contact),
            ((field::HOME_NAME, field::HOME_PHONE), &self.home_contact),
        ] {
            check.required(fields.0, &name(contact), NAME_LIMIT);
            check.refuse_if(phone(contact).is_empty(), fields.1, Reason::Missing);
            check.phone(fields.1, &phone(contact));
        }
        for (field, days) in [(field::REPORT_ON, &self.report_on), (field::REPORTED_ON, &self.reported_on)] {
            check.refuse_if(days.len() > MAX_REPORTS, field, Reason::TooMany(MAX_REPORTS));
            for report in days {
                let on = match field == field::REPORTED_ON {
                    true => check.past_day(field, report),
                    false => check.day(field, report),
                };
                check.order(from, (field, on));
            }
            let ascends = days.windows(2).all(|pair| pair[0] < pair[1]);
            check.refuse_if(!ascends, field, Reason::NotAscending);
        }
        check.finish()
    }

    /// Notices one after another must not hide a long absence: the open one is ended first.
    fn alone(&self) -> Option<Alone> {
        let (field, person) = (field::PERSON, self.person.clone());
        is_away(self).then_some(Alone { field, person, table: "away_notice", condition: "returned_on = ''" })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_proto::v1::Contact;

    use super::*;

    fn day_of(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn sound() -> AwayNotice {
        let contact = |name: &str| Some(Contact { name: name.into(), phone: "13800002046".into() });
        AwayNotice {
            person: Bytes::from_static(&[1; 16]),
            from: "2026-08-31".into(),
            county: "460200".into(),
            away_contact: contact("赵岚"),
            home_contact: contact("罗雨桐"),
            ..AwayNotice::default()
        }
    }

    fn findings(change: impl FnOnce(&mut AwayNotice)) -> Vec<(&'static str, Reason)> {
        let mut notice = sound();
        change(&mut notice);
        let errors = notice.validate(day_of("2026-11-22")).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_notice_names_where_from_when_and_two_contacts() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|n| n.from = "2026-08".into()), [("from", Reason::NotAFullDay)]);
        assert_eq!(findings(|n| n.county = "46020".into()), [("county", Reason::Division)]);
        assert_eq!(findings(|n| n.to = "2026-08-30".into()), [("to", Reason::Before("离开日期"))]);
        let filled = |label| Reason::RequiredBy(label, "已填");
        let since = [("temporary_from", filled("临时转入党组织"))];
        assert_eq!(findings(|n| n.temporary_org = "东岸社区党支部".into()), since);
        let org = [("temporary_org", filled("临时转接日期"))];
        assert_eq!(findings(|n| n.temporary_from = "2026-10-01".into()), org);
        let missing = [("away_name", Reason::Missing), ("away_phone", Reason::Missing)];
        assert_eq!(findings(|n| n.away_contact = None), missing);
        let reports = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect::<Vec<_>>();
        assert_eq!(findings(|n| n.report_on = reports(&["2026-10-01", "2026-12-01"])), []);
        let backwards = reports(&["2026-12-01", "2026-10-01"]);
        assert_eq!(findings(|n| n.report_on = backwards), [("report_on", Reason::NotAscending)]);
        let to_come = reports(&["2026-12-01"]);
        assert_eq!(findings(|n| n.reported_on = to_come), [("reported_on", Reason::Future)]);
    }

    #[test]
    fn half_a_year_ends_on_the_same_day_of_the_month_or_on_its_last() {
        for (from, covered) in [
            ("2026-05-22", "2026-11-22"),
            ("2026-08-31", "2027-02-28"),
            ("2023-08-31", "2024-02-29"),
            ("2023-08-29", "2024-02-29"),
            ("2023-08-28", "2024-02-28"),
            ("2024-02-29", "2024-08-29"),
            ("2026-03-31", "2026-09-30"),
            ("2026-12-31", "2027-06-30"),
        ] {
            let notice = AwayNotice { from: from.into(), ..sound() };
            assert_eq!(covered_to(&notice), Some(day_of(covered)), "{from}");
            let on = |today: &str| alerts(&notice, day_of(today));
            assert_eq!(on(covered), [], "{from}: the last day is covered");
            let beyond = AwayAlert::BeyondNotice { covered_to: day_of(covered) };
            assert_eq!(on(&day_of(covered).plus_days(1).unwrap().to_string()), [beyond], "{from}");
        }
    }

    #[test]
    fn what_is_to_be_done_is_said_from_the_day_after() {
        let notice = |to: &str, report_on: &[&str], reported_on: &[&str]| AwayNotice {
            to: to.into(),
            report_on: report_on.iter().map(|day| (*day).to_owned()).collect(),
            reported_on: reported_on.iter().map(|day| (*day).to_owned()).collect(),
            ..sound()
        };
        let on = |notice: &AwayNotice, today: &str| alerts(notice, day_of(today));
        let due = day_of("2026-11-01");
        let agreed = notice("", &["2026-11-01", "2026-12-01"], &[]);
        assert_eq!(on(&agreed, "2026-11-01"), []);
        assert_eq!(on(&agreed, "2026-11-02"), [AwayAlert::ReportOverdue { due }]);
        let late = notice("", &["2026-11-01", "2026-12-01"], &["2026-11-05"]);
        assert_eq!(on(&late, "2026-11-22"), [], "a late report is one");
        assert_eq!(on(&late, "2026-12-02"), [AwayAlert::ReportOverdue { due: day_of("2026-12-01") }]);

        let back = notice("2026-11-01", &[], &[]);
        assert_eq!(on(&back, "2026-11-01"), []);
        assert_eq!(on(&back, "2026-11-02"), [AwayAlert::ReturnOverdue { due }]);
        let covered_to = day_of("2027-02-28");
        let long = notice("2027-03-01", &[], &[]);
        assert_eq!(on(&long, "2026-11-22"), [AwayAlert::PlannedBeyondNotice { covered_to }]);
        assert_eq!(on(&notice("2027-02-28", &[], &[]), "2026-11-22"), []);

        let taken_in = AwayNotice {
            temporary_org: "三亚市东岸社区党支部".into(),
            temporary_from: "2027-02-01".into(),
            ..notice("2027-06-01", &[], &[])
        };
        assert_eq!(
            on(&taken_in, "2027-03-01"),
            [],
            "who is transferred for the time falls between no two places"
        );

        let returned = AwayNotice { returned_on: "2026-11-20".into(), ..agreed };
        assert_eq!(on(&returned, "2027-12-31"), []);
    }
}
