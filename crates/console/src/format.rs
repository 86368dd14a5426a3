//! How times, days and numbers are written on pages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use yanzhen_sync::Millis;

use crate::texts::{Language, said};

/// A time as people here read it: 今天 14:30, 11月21日 14:30, 2025年11月21日 14:30; 14:30, 21 Nov 14:30, 21 Nov 2025 14:30.
pub(crate) fn time(at_ms: Millis, now_ms: Millis) -> String {
    let (Some(at), Some(now)) = (zoned(at_ms), zoned(now_ms)) else { return "—".to_owned() };
    let pattern = if at.date() == now.date() {
        said("今天 %H:%M", "%H:%M")
    } else if at.year() == now.year() {
        said("%-m月%-d日 %H:%M", "%-d %b %H:%M")
    } else {
        said(FULL_TIME.0, FULL_TIME.1)
    };
    at.strftime(pattern).to_string()
}

/// A time in full, in Chinese and in English.
const FULL_TIME: (&str, &str) = ("%Y年%-m月%-d日 %H:%M", "%-d %b %Y %H:%M");

/// The time of day to the second: 14:32:05.
pub(crate) fn clock(at_ms: Millis) -> String {
    zoned(at_ms).map_or("—".to_owned(), |at| at.strftime("%H:%M:%S").to_string())
}

/// A time in full.
pub(crate) fn full_time(at_ms: Millis) -> String {
    let pattern = said(FULL_TIME.0, FULL_TIME.1);
    zoned(at_ms).map_or("—".to_owned(), |at| at.strftime(pattern).to_string())
}

/// A time to the second: the day and the time of day.
pub(crate) fn day_and_second(at_ms: Millis) -> (String, String) {
    let Some(at) = zoned(at_ms) else { return ("—".to_owned(), "—".to_owned()) };
    let day = said("%Y年%-m月%-d日", "%-d %b %Y");
    (at.strftime(day).to_string(), at.strftime("%H:%M:%S").to_string())
}

/// The day of a time as records hold it.
pub(crate) fn day_of(at_ms: Millis) -> String {
    zoned(at_ms).map_or(String::new(), |at| at.strftime("%Y-%m-%d").to_string())
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

/// A day as records hold it (2026-11-21, 2026-11, 2026): 2026年11月21日, or 21 Nov 2026.
pub(crate) fn day(day: &str) -> String {
    match Language::spoken() {
        Language::Chinese => chinese_day(day),
        Language::English => english_day(day),
    }
}

/// A day as official documents write it, whatever the language of the page: 2026年11月21日.
pub(crate) fn chinese_day(day: &str) -> String {
    let part = |text: &str| text.trim_start_matches('0').to_owned();
    match day.split('-').collect::<Vec<_>>().as_slice() {
        [""] => "—".to_owned(),
        [year] => format!("{year}年"),
        [year, month] => format!("{year}年{}月", part(month)),
        [year, month, day] => format!("{year}年{}月{}日", part(month), part(day)),
        _ => day.to_owned(),
    }
}

fn english_day(day: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = |text: &str| MONTHS.get(text.parse::<usize>().unwrap_or(0).wrapping_sub(1)).copied();
    match day.split('-').collect::<Vec<_>>().as_slice() {
        [""] => "—".to_owned(),
        [year, of] => month(of).map_or(day.to_owned(), |month| format!("{month} {year}")),
        [year, of, on] => {
            month(of).map_or(day.to_owned(), |month| format!("{} {month} {year}", on.trim_start_matches('0')))
        }
        _ => day.to_owned(),
    }
}

/// A day in a field, as it may be typed: 2026年11月21日, or 2026-11-21; empty for none.
pub(crate) fn typed_day(day: &str) -> String {
    if day.is_empty() { String::new() } else { said(chinese_day(day), day.to_owned()) }
}

/// A day, without the year where it is this one.
pub(crate) fn short_day(of: &str, today: &str) -> String {
    let (written, year) = (day(of), day(today.get(..4).unwrap_or_default()));
    let short = match Language::spoken() {
        Language::Chinese => written.strip_prefix(&year),
        Language::English => written.strip_suffix(&year).map(str::trim_end),
    };
    short.filter(|rest| !rest.is_empty()).map_or(written.clone(), str::to_owned)
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

/// A length of time in two units at most: 3 天 4 小时, or 3 d 4 h.
pub(crate) fn seconds(seconds: u64) -> String {
    let units = [
        (86_400, said("天", "d")),
        (3_600, said("小时", "h")),
        (60, said("分", "min")),
        (1, said("秒", "s")),
    ];
    let first = units.iter().position(|(length, _)| seconds >= *length).unwrap_or(units.len() - 1);
    let (length, unit) = units[first];
    let mut written = format!("{} {unit}", seconds / length);
    if let Some((less, smaller)) = units.get(first + 1)
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

    #[tokio::test]
    async fn an_english_page_has_english_days_and_lengths() {
        let written = Language::English.speak(async {
            assert_eq!(
                ["2026-11-21", "1949-09", "1946", ""].map(day),
                ["21 Nov 2026", "Sep 1949", "1946", "—"]
            );
            let days = ["2026-11-30", "2027-01-02", "2026", ""];
            assert_eq!(days.map(|day| short_day(day, "2026-11-22")), ["30 Nov", "2 Jan 2027", "2026", "—"]);
            assert_eq!(
                [59, 61, 22_320, 273_600].map(seconds),
                ["59 s", "1 min 1 s", "6 h 12 min", "3 d 4 h"]
            );
            assert_eq!((typed_day("2026-11-21").as_str(), typed_day("")), ("2026-11-21", String::new()));
            chinese_day("2026-11-21")
        });
        assert_eq!(written.await, "2026年11月21日", "on official documents");
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
