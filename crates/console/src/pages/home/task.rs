//! One thing to do, and the order in which such things are listed.

use yanzhen_bureau::Day;

use crate::format;

/// Days before its deadline from which a task is marked.
const SOON: i64 = 3;

/// One thing to do.
pub(crate) struct Task {
    /// A day as records hold it; none where nobody set one.
    pub(crate) deadline: Option<Day>,
    /// Something stands still until it is done: listed as if it were due today.
    pub(crate) is_trouble: bool,
    pub(crate) title: String,
    pub(crate) more: String,
    pub(crate) href: String,
    /// What its button says.
    pub(crate) act: &'static str,
}

/// How a task is marked, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    Overdue,
    Trouble,
    Soon,
    Later,
    NoDeadline,
}

/// A task as it is listed.
pub(crate) struct Listed {
    pub(crate) urgency: Urgency,
    /// The deadline in words; empty for none.
    pub(crate) due: String,
    pub(crate) task: Task,
}

impl Task {
    fn urgency(&self, today: Day) -> Urgency {
        match self.deadline.and_then(|deadline| today.days_until(deadline)) {
            Some(..0) => Urgency::Overdue,
            _ if self.is_trouble => Urgency::Trouble,
            Some(0..=SOON) => Urgency::Soon,
            Some(_) => Urgency::Later,
            None => Urgency::NoDeadline,
        }
    }
}

/// Tasks by deadline: what is overdue first, then what stands still, then what is due; last what has no deadline.
pub(crate) fn listed(tasks: Vec<Task>, today: Day) -> Vec<Listed> {
    let mut listed: Vec<Listed> = tasks
        .into_iter()
        .map(|task| {
            let due = task.deadline.map(|day| format::short_day(&day.to_string(), &today.to_string()));
            Listed { urgency: task.urgency(today), due: due.unwrap_or_default(), task }
        })
        .collect();
    listed.sort_by_key(|one| (one.urgency, one.task.deadline.unwrap_or(Day::LATEST)));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_listed_by_deadline_and_what_has_none_comes_last() {
        let task = |deadline: &str, is_trouble| Task {
            deadline: Day::parse(deadline).ok(),
            is_trouble,
            title: deadline.to_owned(),
            more: String::new(),
            href: String::new(),
            act: "",
        };
        let tasks = vec![
            task("", false),
            task("2026-11-26", false),
            task("2026-11-22", false),
            task("2026-11-25", false),
            task("", true),
            task("2026-11-20", false),
            task("2025-12-31", false),
        ];
        let listed = listed(tasks, Day::parse("2026-11-22").unwrap());
        let order: Vec<(Urgency, &str)> =
            listed.iter().map(|one| (one.urgency, one.task.title.as_str())).collect();
        use Urgency::{Later, NoDeadline, Overdue, Soon, Trouble};
        assert_eq!(
            order,
            [
                (Overdue, "2025-12-31"),
                (Overdue, "2026-11-20"),
                (Trouble, ""),
                (Soon, "2026-11-22"),
                (Soon, "2026-11-25"),
                (Later, "2026-11-26"),
                (NoDeadline, ""),
            ]
        );
    }
}
