//! Numbers, times and texts as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

/// Stands for what is not there.
pub(crate) const NOTHING: &str = "-";

/// How times are written here.
#[derive(Clone, Debug)]
pub struct Words {
    zone: TimeZone,
}

impl Words {
    /// With times of this zone.
    pub fn new(zone: TimeZone) -> Words {
        Words { zone }
    }

    /// The minute of a time in milliseconds since 1970; a dash for 0.
    pub fn when(&self, millis: i64) -> String {
        match Timestamp::from_millisecond(millis) {
            Ok(time) if millis != 0 => {
                time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
            }
            _ => NOTHING.to_owned(),
        }
    }

    /// How long before `now` a time was, in its greatest unit; a dash for 0.
    pub fn ago(&self, millis: i64, now: i64) -> String {
        if millis == 0 {
            return NOTHING.to_owned();
        }
        let seconds = now.saturating_sub(millis) / 1_000;
        match seconds {
            ..0 => self.when(millis),
            0 => "now".to_owned(),
            _ => format!("{} ago", span(seconds)),
        }
    }

    /// How long after `now` a time will be; "now" when it is past.
    pub fn hence(&self, millis: i64, now: i64) -> String {
        match millis.saturating_sub(now) / 1_000 {
            ..=0 => "now".to_owned(),
            seconds => format!("in {}", span(seconds)),
        }
    }
}

/// A time span in its greatest unit.
pub(crate) fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A number of bytes in its greatest unit.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes.saturating_mul(10) / 1024, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// The text in one line, without what would move a terminal's cursor.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text of several lines, without what would move a terminal's cursor elsewhere; ends with a line feed.
pub(crate) fn clean_lines(text: &str) -> String {
    let mut cleaned: String = text.lines().map(|line| clean(line.trim_end()) + "\n").collect();
    if cleaned.is_empty() {
        cleaned.push('\n');
    }
    cleaned
}

/// Marks that turn the direction of writing: with them a file's name can pretend another ending.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Names and values under each other; what is empty is left out.
pub(crate) fn fields(pairs: &[(&str, &str)]) -> String {
    let shown = || pairs.iter().filter(|(_, value)| !value.is_empty());
    let width = shown().map(|(name, _)| name.width()).max().unwrap_or(0);
    shown()
        .map(|(name, value)| format!("{name}{}  {}\n", " ".repeat(width - name.width()), clean(value)))
        .collect()
}

/// "1 frame", "13 frames", "2 entries": the word is given for one.
pub fn counted(number: u64, word: &str) -> String {
    match (number, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {word}s"),
    }
}

/// A number without its zero.
pub(crate) fn nonzero(number: impl Into<u64>) -> String {
    match number.into() {
        0 => String::new(),
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (5 * 1024 * 1024, "5.0 MiB"),
            (1024 * 1024 * 1024, "1.0 GiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times_are_written_in_the_zone_asked_for() {
        let millis = 1_795_000_000_000;
        assert_eq!(Words::new(TimeZone::UTC).when(millis), "2026-11-18 11:06");
        let china = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(Words::new(china.clone()).when(millis), "2026-11-18 19:06");
        assert_eq!(Words::new(china).when(0), NOTHING);
    }

    #[test]
    fn spans_use_their_greatest_unit() {
        let words = Words::new(TimeZone::UTC);
        for (seconds, text) in
            [(0, "now"), (5, "5 s ago"), (600, "10 min ago"), (10_000, "2 h ago"), (864_000, "10 days ago")]
        {
            assert_eq!(words.ago(1_000, 1_000 + seconds * 1_000), text);
        }
        assert_eq!(words.hence(31_000, 1_000), "in 30 s");
        assert_eq!(words.hence(1_000, 31_000), "now");
    }

    #[test]
    fn a_number_and_its_word_agree() {
        let told = [(0, "frame"), (1, "frame"), (2, "frame"), (1, "entry"), (3, "entry")];
        let told = told.map(|(number, word)| counted(number, word));
        assert_eq!(told, ["0 frames", "1 frame", "2 frames", "1 entry", "3 entries"]);
    }

    #[test]
    fn what_turns_the_writing_direction_is_dropped() {
        assert_eq!(clean("a\u{202e}gpj.exe"), "agpj.exe");
    }

    #[test]
    fn empty_fields_are_left_out_and_names_are_padded_to_their_width() {
        assert_eq!(fields(&[("编号", "7"), ("性别", ""), ("id", "x")]), "编号  7\nid    x\n");
    }
}
