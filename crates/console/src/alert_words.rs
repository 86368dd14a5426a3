//! What the bureau's alerts say on pages: what is the matter, and what to do next.

use yanzhen_bureau::kinds::away_notice::AwayAlert;
use yanzhen_bureau::kinds::branch_rules::BranchAlert;

use crate::detail::Alert;
use crate::format;
use crate::texts::Texts;

/// A text with its places {0}, {1} … filled in.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let fill = |text: String, (place, value): (usize, &&str)| text.replace(&format!("{{{place}}}"), value);
    values.iter().enumerate().fold(text.to_owned(), fill)
}

/// What an organisation falls short of.
pub(crate) fn of_branch(t: &Texts, alert: BranchAlert) -> Alert {
    let a = &t.alerts;
    let day = |day: yanzhen_bureau::Day| format::day(&day.to_string());
    let (is_bad, what, next, values) = match alert {
        BranchAlert::TooFewMembers { full, least } => {
            (false, a.few, a.few_next, vec![full.to_string(), least.to_string()])
        }
        BranchAlert::TooManyMembers { members, most } => {
            (false, a.many, a.many_next, vec![members.to_string(), most.to_string()])
        }
        BranchAlert::NoSecretary => (true, a.no_secretary, a.no_secretary_next, Vec::new()),
        BranchAlert::SeatsVacant { held, least } => {
            (true, a.seats, a.seats_next, vec![held.to_string(), least.to_string()])
        }
        BranchAlert::ManySeats { held, usual, most } => {
            let values = vec![held.to_string(), usual.to_string(), most.to_string()];
            (held > most, a.many_seats, a.many_seats_next, values)
        }
        BranchAlert::TermLong { years, rule } => {
            (false, a.term_long, a.term_long_next, vec![years.to_string(), rule.to_string()])
        }
        BranchAlert::TermNear { on, days, .. } => {
            (false, a.term_near, a.term_near_next, vec![days.to_string(), day(on)])
        }
        BranchAlert::TermOver { on, days } => {
            (true, a.term_over, a.term_over_next, vec![days.to_string(), day(on)])
        }
    };
    alert_of(is_bad, what, next, &values)
}

/// What is to be done about somebody who is away.
pub(crate) fn of_away(t: &Texts, alert: AwayAlert) -> Alert {
    let a = &t.alerts;
    let (is_bad, what, next, day) = match alert {
        AwayAlert::BeyondNotice { covered_to } => (true, a.away_beyond, a.away_beyond_next, covered_to),
        AwayAlert::PlannedBeyondNotice { covered_to } => {
            (false, a.away_planned, a.away_beyond_next, covered_to)
        }
        AwayAlert::ReportOverdue { due } => (false, a.report_due, a.report_due_next, due),
        AwayAlert::ReturnOverdue { due } => (false, a.return_due, a.return_due_next, due),
    };
    alert_of(is_bad, what, next, &[format::day(&day.to_string())])
}

fn alert_of(is_bad: bool, what: &str, next: &str, values: &[String]) -> Alert {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Alert { is_bad, what: fill(what, &values), why: fill(next, &values), link: None }
}
