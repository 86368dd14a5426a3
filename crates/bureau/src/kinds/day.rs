//! Days, and the months and years alone that an old file may give instead.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use yanzhen_sync::Millis;

use super::text;

/// Years that a record of living memory can name; anything else is a slip of the keyboard.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2199;

/// A day, a month or a year; sorted by when it begins, the less precise first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: i16,
    /// 0 where only the year is known.
    month: u8,
    /// 0 where only the month is known.
    day: u8,
}

/// Why a text is not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// Not written as a day is.
    #[error("is not a date")]
    Form,
    /// The calendar has no such day, such as 2025-02-29.
    #[error("is not in the calendar")]
    Calendar,
    /// "1951.1" is what spreadsheets make of 1951.10.
    #[error("may be January or October")]
    MonthUnclear,
}

impl Day {
    /// The last day that can be written: "today" for who has no clock to compare with.
    pub const LATEST: Day = Day { year: 2199, month: 12, day: 31 };

    /// The day of a calendar date; none outside the years that records name.
    pub fn of(date: Date) -> Option<Day> {
        let day =
            Day { year: date.year(), month: date.month().unsigned_abs(), day: date.day().unsigned_abs() };
        YEARS.contains(&day.year).then_some(day)
    }

    /// The year.
    pub fn year(self) -> u32 {
        u32::try_from(self.year).unwrap_or_default()
    }

    /// The day `days` later, or earlier; none for what is not a full day, or beyond the calendar.
    pub fn plus_days(self, days: i32) -> Option<Day> {
        let (month, day) = (i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?);
        let date = Date::new(self.year, month, day).ok()?;
        Day::of(date.checked_add(jiff::Span::new().days(days)).ok()?)
    }

    /// Reads what people and spreadsheets write: `2026-11-22`, `2026/11/2`, `2026.11`, `2026年11月22日`,
    /// `20261122`, `202611`, `2026`, full-width digits, a time of day behind it, and 00 for a month or day
    /// that is not known.
    pub fn parse(text: &str) -> Result<Day, DayError> {
        let folded = text::fold(text);
        let [year, month, day] = pieces(without_time(&folded)).ok_or(DayError::Form)?;
        if month == "1" && day.is_empty() && folded.contains('.') {
            return Err(DayError::MonthUnclear);
        }
        let year = number(year, 4..=4).and_then(|y| i16::try_from(y).ok()).ok_or(DayError::Form)?;
        let month = if month.is_empty() { 0 } else { number(month, 1..=2).ok_or(DayError::Form)? };
        let day = if day.is_empty() { 0 } else { number(day, 1..=2).ok_or(DayError::Form)? };
        Day::checked(year, month, day).ok_or(DayError::Calendar)
    }

    /// Reads the normal form only, as records hold it.
    pub fn normal(text: &str) -> Result<Day, DayError> {
        let day = Day::parse(text)?;
        if day.to_string() == text { Ok(day) } else { Err(DayError::Form) }
    }

    /// Whether year, month and day are all known.
    pub fn is_full(self) -> bool {
        self.day > 0
    }

    /// The first day that it may mean: of a month or year its first one.
    pub fn first(self) -> Day {
        Day { year: self.year, month: known_or(self.month, 1), day: known_or(self.day, 1) }
    }

    /// The first day of this day's year.
    pub fn start_of_year(self) -> Day {
        Day { year: self.year, month: 1, day: 1 }
    }

    /// The last day of this day's year.
    pub fn end_of_year(self) -> Day {
        Day { year: self.year, month: 12, day: 31 }
    }

    /// The same day so many years earlier, the last of February for a leap day; none before the years that records
    /// name, or where it is not a whole day.
    pub fn years_earlier(self, years: i16) -> Option<Day> {
        Day::of(self.date()?.checked_sub(Span::new().years(years)).ok()?)
    }

    /// When the day ends in a time zone.
    pub fn end(self, zone: &TimeZone) -> Option<Millis> {
        let next = self.date()?.tomorrow().ok()?;
        Some(next.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
    }

    /// Whether each day that `self` may mean lies before each day that `other` may mean.
    pub fn surely_before(self, other: Day) -> bool {
        let latest = (self.year, known_or(self.month, 12), known_or(self.day, 31));
        let earliest = (other.year, known_or(other.month, 1), known_or(other.day, 1));
        latest < earliest
    }

    /// Days from this one to another, negative for an earlier one; none where one of them is not a whole day.
    pub fn days_until(self, other: Day) -> Option<i64> {
        let span = self.date()?.until(other.date()?).ok()?;
        Some(span.get_days().into())
    }

    /// What a day so many years before is written as, also where its year has no 29 February: to be compared with,
    /// not kept.
    pub(crate) fn years_before(self, years: u16) -> String {
        let year = i32::from(self.year) - i32::from(years);
        format!("{:04}-{:02}-{:02}", year.max(0), known_or(self.month, 1), known_or(self.day, 1))
    }

    /// The day so many months later, or the last of that month where it is shorter; none where the day is not known, or
    /// beyond the years that records name.
    pub fn plus_months(self, months: i32) -> Option<Day> {
        Day::of(self.date()?.checked_add(Span::new().try_months(months).ok()?).ok()?)
    }

    /// The last day that this one may mean.
    pub fn latest(self) -> Day {
        let month = known_or(self.month, 12);
        let last = Date::new(self.year, month.cast_signed(), 1).map_or(31, Date::days_in_month);
        Day { year: self.year, month, day: known_or(self.day, last.unsigned_abs()) }
    }

    fn date(self) -> Option<Date> {
        let whole = self.is_full().then_some(self)?;
        Date::new(whole.year, whole.month.cast_signed(), whole.day.cast_signed()).ok()
    }

    fn checked(year: i16, month: u16, day: u16) -> Option<Day> {
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let known_below_unknown = month == 0 && day > 0;
        if !YEARS.contains(&year) || known_below_unknown {
            return None;
        }
        Date::new(year, known_or(month, 1).cast_signed(), known_or(day, 1).cast_signed()).ok()?;
        Some(Day { year, month, day })
    }
}

fn known_or(part: u8, otherwise: u8) -> u8 {
    if part == 0 { otherwise } else { part }
}

/// Drops the "0:00" that spreadsheets put behind a day.
fn without_time(text: &str) -> &str {
    match text.split_once([' ', 'T']) {
        Some((day, time)) if time.contains(':') && time.bytes().all(|b| b.is_ascii_digit() || b == b':') => {
            day
        }
        _ => text,
    }
}

/// Year, month and day as digits; month and day are empty where they are not given.
fn pieces(text: &str) -> Option<[&str; 3]> {
    if let Some((year, rest)) = text.split_once('年') {
        let Some((month, rest)) = rest.split_once('月') else {
            return rest.is_empty().then_some([year.trim(), "", ""]);
        };
        let day = if rest.is_empty() { "" } else { rest.strip_suffix(['日', '号'])? };
        return Some([year.trim(), month.trim(), day.trim()]);
    }
    let Some(separator) = text.chars().find(|c| matches!(c, '-' | '/' | '.')) else {
        let digits = text.is_ascii() && matches!(text.len(), 4 | 6 | 8);
        return digits.then(|| [&text[..4], text.get(4..6).unwrap_or(""), text.get(6..8).unwrap_or("")]);
    };
    let mut parts = text.split(separator);
    let found = [parts.next()?, parts.next()?, parts.next().unwrap_or("")];
    let trailing_separator = found[1].is_empty() || (found[2].is_empty() && text.ends_with(separator));
    (parts.next().is_none() && !trailing_separator).then_some(found)
}

fn number(digits: &str, length: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let fits = length.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month > 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day > 0 { write!(f, "-{:02}", self.day) } else { Ok(()) }
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        Day::parse(text).map_or_else(|error| format!("{error:?}"), |day| day.to_string())
    }

    #[test]
    fn all_usual_ways_of_writing_a_day_come_to_the_normal_form() {
        for text in [
            "2026-11-22",
            "2026/11/22",
            "2026.11.22",
            "2026年11月22日",
            "2026 年 11 月 22 日",
            "2026年11月22号",
            "20261122",
            "２０２６－１１－２２",
            " 2026/11/22 0:00 ",
            "2026-11-22T00:00:00",
        ] {
            assert_eq!(read(text), "2026-11-22", "{text}");
        }
        for text in ["2026-11", "2026/11", "2026.11", "2026年11月", "202611", "20261100", "2026-11-00"] {
            assert_eq!(read(text), "2026-11", "{text}");
        }
        for text in ["2026", "2026年", "2026-00-00"] {
            assert_eq!(read(text), "2026", "{text}");
        }
        assert_eq!(read("1951/7/1"), "1951-07-01");
    }

    #[test]
    fn days_that_the_calendar_lacks_are_refused() {
        assert_eq!(read("2024-02-29"), "2024-02-29");
        assert_eq!(read("2000-02-29"), "2000-02-29");
        for text in ["2025-02-29", "1900-02-29", "2026-04-31", "2026-13", "2026-00-05", "1849", "2200"] {
            assert_eq!(read(text), "Calendar", "{text}");
        }
        for month in [1, 3, 5, 7, 8, 10, 12] {
            assert!(Day::parse(&format!("2026-{month}-31")).is_ok());
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "昨天", "26-11-22", "2026-11-22-1", "2026-", "2026-11-", "18810", "2026年11", "-", "2026 11"]
        {
            assert_eq!(read(text), "Form", "{text}");
        }
    }

    #[test]
    fn a_month_that_lost_its_zero_in_a_spreadsheet_is_refused() {
        assert_eq!(read("1951.1"), "MonthUnclear");
        assert_eq!(read("1951.01"), "1951-01");
        assert_eq!(read("1951.2"), "1951-02");
        assert_eq!(read("1951.1.1"), "1951-01-01");
        assert_eq!(read("1951/1"), "1951-01");
    }

    #[test]
    fn only_the_normal_form_is_normal() {
        assert!(Day::normal("2026-11-22").is_ok());
        assert!(Day::normal("2026").is_ok());
        assert_eq!(Day::normal("2026/11/22"), Err(DayError::Form));
        assert_eq!(Day::normal("2026-11-00"), Err(DayError::Form));
    }

    #[test]
    fn a_day_is_surely_before_another_only_if_no_reading_says_otherwise() {
        let before = |a: &str, b: &str| Day::parse(a).unwrap().surely_before(Day::parse(b).unwrap());
        assert!(before("1949-09-30", "1949-10-01"));
        assert!(before("1949-09", "1949-10"));
        assert!(before("1948", "1949"));
        assert!(!before("1949", "1949-10-01"));
        assert!(!before("1949-10", "1949-10-01"));
        assert!(!before("1949-10-01", "1949-10-01"));
        assert!(before("2025-02", "2025-03-01"));
    }

    #[test]
    fn months_later_is_the_same_day_or_the_last_of_a_shorter_month() {
        for (from, months, then) in [
            ("2023-08-31", 6, "2024-02-29"),
            ("2022-08-31", 6, "2023-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", 48, "2028-02-29"),
            ("2026-11-30", 3, "2027-02-28"),
            ("2026-10-31", 1, "2026-11-30"),
            ("2026-12-15", 1, "2027-01-15"),
        ] {
            let day = Day::parse(from).unwrap().plus_months(months).unwrap();
            assert_eq!(day.to_string(), then, "{from} + {months}");
        }
        assert_eq!(Day::parse("2026-11").unwrap().plus_months(1), None);
        assert_eq!(Day::LATEST.plus_days(1), None);
    }

    #[test]
    fn the_last_day_that_a_month_or_a_year_may_mean() {
        for (of, last) in [
            ("2024-02", "2024-02-29"),
            ("2023-02", "2023-02-28"),
            ("2026-11", "2026-11-30"),
            ("2026", "2026-12-31"),
            ("2026-11-22", "2026-11-22"),
        ] {
            assert_eq!(Day::parse(of).unwrap().latest().to_string(), last);
        }
    }

    #[test]
    fn years_back_from_a_leap_day_end_on_the_last_of_february() {
        let back =
            |day: &str, years| Day::parse(day).unwrap().years_earlier(years).map(|day| day.to_string());
        assert_eq!(back("2024-02-29", 1).as_deref(), Some("2023-02-28"));
        assert_eq!(back("2024-02-29", 4).as_deref(), Some("2020-02-29"));
        assert_eq!(back("2026-12-31", 60).as_deref(), Some("1966-12-31"));
        assert_eq!(back("2026-12", 1), None);
        assert_eq!(Day::parse("2026-02").unwrap().first().to_string(), "2026-02-01");
        assert_eq!(Day::parse("2026").unwrap().end_of_year().to_string(), "2026-12-31");
    }

    #[test]
    fn days_sort_by_their_beginning() {
        let mut days = ["1950", "1949-10-01", "1949", "1949-10"].map(|d| Day::parse(d).unwrap());
        days.sort();
        assert_eq!(days.map(|d| d.to_string()), ["1949", "1949-10", "1949-10-01", "1950"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            let _ = Day::parse(&text);
        }

        #[test]
        fn texts_like_days_are_read_without_a_panic(text in "[0-9年月日./ -]{0,12}") {
            if let Ok(day) = Day::parse(&text) {
                prop_assert_eq!(Day::normal(&day.to_string()), Ok(day));
            }
        }
    }
}
