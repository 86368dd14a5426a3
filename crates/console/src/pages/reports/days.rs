//! Days that a page is asked for, as they were typed.

use yanzhen_bureau::Day;

/// A field for a day.
pub(crate) struct DayField {
    /// What is shown in the field.
    pub(crate) typed: String,
    /// What was typed is not a whole day of the calendar.
    pub(crate) is_wrong: bool,
    /// The day that the page shows.
    pub(crate) day: Day,
}

impl DayField {
    /// Reads what was typed, be it nothing; `otherwise` is shown then, and where it is no whole day.
    pub(crate) fn of(typed: &str, otherwise: Day) -> DayField {
        let typed = typed.trim();
        match Day::parse(typed) {
            _ if typed.is_empty() => {
                DayField { typed: otherwise.to_string(), is_wrong: false, day: otherwise }
            }
            Ok(day) if day.is_full() => DayField { typed: day.to_string(), is_wrong: false, day },
            _ => DayField { typed: typed.to_owned(), is_wrong: true, day: otherwise },
        }
    }
}

/// A link to a usual choice of days.
pub(crate) struct Preset {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) is_chosen: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it_and_what_is_none_is_kept() {
        let today = Day::parse("2026-11-22").unwrap();
        let read = |typed: &str| {
            let field = DayField::of(typed, today);
            (field.typed, field.is_wrong, field.day.to_string())
        };
        assert_eq!(read(""), ("2026-11-22".into(), false, "2026-11-22".into()));
        assert_eq!(read("2025年12月31日"), ("2025-12-31".into(), false, "2025-12-31".into()));
        assert_eq!(read("2025-02-29"), ("2025-02-29".into(), true, "2026-11-22".into()));
        assert_eq!(read("2025"), ("2025".into(), true, "2026-11-22".into()));
    }
}
