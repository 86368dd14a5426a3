//! 发文字号: `云老干〔2026〕37号` is mark, year and serial.

use std::fmt;

/// Characters of a mark 代字.
const MARK_LIMIT: usize = 20;

/// A number as offices give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentNumber {
    /// 发文机关代字.
    pub mark: String,
    /// The year of four digits.
    pub year: u32,
    /// Counts from 1 in each year.
    pub serial: u32,
}

impl DocumentNumber {
    /// Reads a number; none where it is written otherwise, as older paper may be. Square brackets and full-width
    /// digits are understood.
    pub fn parse(text: &str) -> Option<DocumentNumber> {
        let folded = super::text::key(text);
        let (mark, rest) = folded.split_once(['〔', '[', '【'])?;
        let (year, rest) = rest.split_once(['〕', ']', '】'])?;
        let serial = rest.strip_suffix('号')?.trim_start_matches('第');
        let digits =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let number = DocumentNumber { mark: mark.to_owned(), year: digits(year)?, serial: digits(serial)? };
        (is_mark(mark) && year.len() == 4 && number.serial > 0).then_some(number)
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.mark, self.year, self.serial)
    }
}

/// Whether a text can be a mark: a few characters without spaces, digits and brackets.
pub fn is_mark(mark: &str) -> bool {
    let length = mark.chars().count();
    (1..=MARK_LIMIT).contains(&length) && mark.chars().all(|c| c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let number = DocumentNumber { mark: "云老干".into(), year: 2026, serial: 37 };
        assert_eq!(number.to_string(), "云老干〔2026〕37号");
        for text in ["云老干〔2026〕37号", " 云老干[2026]第３７号", "云老干【2026】 37 号"]
        {
            assert_eq!(DocumentNumber::parse(text).as_ref(), Some(&number), "{text}");
        }
        for text in
            ["", "云老干2026-37", "〔2026〕37号", "云老干〔26〕37号", "云老干〔2026〕0号", "云老干〔2026〕37"]
        {
            assert_eq!(DocumentNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_mark_is_a_few_letters() {
        assert!(is_mark("云老干") && is_mark("云老干办函"));
        for mark in ["", "云 老", "云2", "云〔", &"云".repeat(21)] {
            assert!(!is_mark(mark), "{mark}");
        }
    }
}
