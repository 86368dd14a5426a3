//! How times, days and numbers are written on pages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use yanzhen_sync::Millis;

/// A time as people here read it: 今天 14:30, 11月21日 14:30, 2025年11月21日 14:30.
pub(crate) fn time(at_ms: Millis, now_ms: Millis) -> String {
    let (Some(at), Some(now)) = (zoned(at_ms), zoned(now_ms)) else { return "—".to_owned() };
    if at.date() == now.date() {
        at.strftime("今天 %H:%M").to_string()
    } else if at.year() == now.year() {
        at.strftime("%-m月%-d日 %H:%M").to_string()
    } else {
        at.strftime("%Y年%-m月%-d日 %H:%M").to_string()
    }
}

/// The time of day to the second: 14:32:05.
pub(crate) fn clock(at_ms: Millis) -> String {
    zoned(at_ms).map_or("—".to_owned(), |at| at.strftime("%H:%M:%S").to_string())
}

/// A time in full.
pub(crate) fn full_time(at_ms: Millis) -> String {
    zoned(at_ms).map_or("—".to_owned(), |at| at.strftime("%Y年%-m月%-d日 %H:%M").to_string())
}

/// A time to the second: the day and the time of day.
pub(crate) fn day_and_second(at_ms: Millis) -> (String, String) {
    let Some(at) = zoned(at_ms) else { return ("—".to_owned(), "—".to_owned()) };
    (at.strftime("%Y年%-m月%-d日").to_string(), at.strftime("%H:%M:%S").to_string())
}

/// A time for other programs: 2026-11-21T14:30:05+08:00.
pub(crate) fn stamp(at_ms: Millis) -> String {
    zoned(at_ms).map_or(String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// When a day of the calendar (2026-11-21) begins here, or the one so many days later.
pub(crate) fn begin_of(day: &str, days_later: i64) -> Option<Millis> {
    let date: Date = day.parse().ok()?;
    let date = date.checked_add(days_later.days()).ok()?;
    Some(date.to_zoned(TimeZone::system()).ok()?.timestamp().as_millisecond())
}

/// A path with a query of what is not empty.
pub(crate) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        encoded.append_pair(name, value);
    }
    encoded.finish()
}

/// A day as records hold it (2026-11-21, 2026-11, 2026): 2026年11月21日.
pub(crate) fn day(day: &str) -> String {
    let part = |text: &str| text.trim_start_matches('0').to_owned();
    match day.split('-').collect::<Vec<_>>().as_slice() {
        [""] => "—".to_owned(),
        [year] => format!("{year}年"),
        [year, month] => format!("{year}年{}月", part(month)),
        [year, month, day] => format!("{year}年{}月{}日", part(month), part(day)),
        _ => day.to_owned(),
    }
}

/// A day, without the year where it is this one.
pub(crate) fn short_day(of: &str, today: &str) -> String {
    let written = day(of);
    let year = day(today.get(..4).unwrap_or_default());
    written.strip_prefix(&year).filter(|rest| !rest.is_empty()).map_or(written.clone(), str::to_owned)
}

/// A number with commas: 33,226.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// The same for templates, which hand over references.
pub(crate) fn counted(number: &u64) -> String {
    count(*number)
}

/// Bytes: 38.6 MB.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes as f64 / 1024.0, UNITS[0]);
    for larger in &UNITS[1..] {
        if size < 1000.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if bytes < 1000 { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}

/// A length of time in two units at most: 3 天 4 小时.
pub(crate) fn seconds(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "天"), (3_600, "小时"), (60, "分"), (1, "秒")];
    let first = UNITS.iter().position(|(length, _)| seconds >= *length).unwrap_or(UNITS.len() - 1);
    let (length, unit) = UNITS[first];
    let mut written = format!("{} {unit}", seconds / length);
    if let Some((less, smaller)) = UNITS.get(first + 1)
        && seconds % length >= *less
    {
        written += &format!(" {} {smaller}", seconds % length / less);
    }
    written
}

/// What stands for nothing.
pub(crate) fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

fn zoned(at_ms: Millis) -> Option<Zoned> {
    Timestamp::from_millisecond(at_ms).ok().map(|at| at.to_zoned(TimeZone::system()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_far_as_they_are_known() {
        let days = ["2026-11-21", "1949-09-03", "1946-07", "1946", ""];
        assert_eq!(days.map(day), ["2026年11月21日", "1949年9月3日", "1946年7月", "1946年", "—"]);
    }

    #[test]
    fn the_year_is_left_out_where_it_is_this_one() {
        let days = ["2026-11-30", "2027-01-02", "2026", ""];
        assert_eq!(days.map(|day| short_day(day, "2026-11-22")), ["11月30日", "2027年1月2日", "2026年", "—"]);
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(
            [0, 999, 1_000, 33_226, 1_234_567].map(count),
            ["0", "999", "1,000", "33,226", "1,234,567"]
        );
    }

    #[test]
    fn a_length_of_time_has_two_units_at_most() {
        let lengths = [0, 59, 60, 61, 3_600, 22_320, 86_400 + 59, 273_600].map(seconds);
        let written = ["0 秒", "59 秒", "1 分", "1 分 1 秒", "1 小时", "6 小时 12 分", "1 天", "3 天 4 小时"];
        assert_eq!(lengths, written);
    }

    #[test]
    fn bytes_are_written_in_a_unit_that_keeps_them_short() {
        let sizes = [0, 999, 1_024, 5 * 1024 * 1024, 40_474_000].map(bytes);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 KB", "5.0 MB", "38.6 MB"]);
    }
}
