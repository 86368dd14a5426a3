//! Collects everything that is wrong with a record, so that a person sees it all at once.

use super::day::Day;
use super::person_private;
use super::reason::{Field, FieldError, Reason};
use super::text;
use super::words::Words;

/// Bytes of an id.
const ID_BYTES: usize = 16;

/// The findings on one record.
#[derive(Debug)]
pub struct Check {
    today: Day,
    errors: Vec<FieldError>,
}

impl Check {
    /// Begins a check on the day `today`.
    pub fn new(today: Day) -> Check {
        Check { today, errors: Vec::new() }
    }

    /// Ends the check.
    pub fn finish(self) -> Result<(), Vec<FieldError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    /// Notes a finding.
    pub fn refuse(&mut self, field: Field, reason: Reason) {
        self.errors.push(FieldError { field, reason });
    }

    /// Notes a finding if `wrong`.
    pub fn refuse_if(&mut self, wrong: bool, field: Field, reason: Reason) {
        if wrong {
            self.refuse(field, reason);
        }
    }

    /// One line of text of at most `limit` characters.
    pub fn line(&mut self, field: Field, value: &str, limit: usize) {
        let found = value.chars().count();
        if text::is_damaged(value, false) {
            self.refuse(field, Reason::Damaged);
        } else if value.trim() != value {
            self.refuse(field, Reason::Spaces);
        } else if found > limit {
            self.refuse(field, Reason::TooLong { limit, found });
        }
    }

    /// One line of text that must not be empty.
    pub fn required(&mut self, field: Field, value: &str, limit: usize) {
        self.refuse_if(value.is_empty(), field, Reason::Missing);
        self.line(field, value, limit);
    }

    /// 编号: what the person or organisation is known by in its unit.
    pub fn number(&mut self, field: Field, value: &str) {
        /// Characters: the longest official numbers have 18 to 25.
        const LIMIT: usize = 40;
        let before = self.errors.len();
        self.required(field, value, LIMIT);
        if self.errors.len() == before {
            self.refuse_if(value.contains(char::is_whitespace), field, Reason::Spaces);
            self.refuse_if(is_rounded(value), field, Reason::Rounded);
        }
    }

    /// A telephone number in the normal form, or nothing.
    pub fn phone(&mut self, field: Field, value: &str) {
        self.refuse_if(!value.is_empty() && !person_private::is_phone(value), field, Reason::Phone);
    }

    /// A day in the normal form, or nothing.
    pub fn day(&mut self, field: Field, value: &str) -> Option<Day> {
        if value.is_empty() {
            return None;
        }
        match Day::normal(value) {
            Ok(day) => Some(day),
            Err(error) => {
                self.refuse(field, error.into());
                None
            }
        }
    }

    /// A day that can't lie in the future, or nothing.
    pub fn past_day(&mut self, field: Field, value: &str) -> Option<Day> {
        let day = self.day(field, value)?;
        self.refuse_if(self.today.surely_before(day), field, Reason::Future);
        Some(day)
    }

    /// `later` may not lie before `earlier`.
    pub fn order(&mut self, earlier: (Field, Option<Day>), later: (Field, Option<Day>)) {
        if let (Some(first), Some(then)) = (earlier.1, later.1) {
            self.refuse_if(then.surely_before(first), later.0, Reason::Before(earlier.0.label));
        }
    }

    /// A value of an enumeration, other than "unspecified".
    pub fn word<W: Words>(&mut self, field: Field, value: i32) -> Option<W> {
        let word = W::known(value);
        if word.is_none() {
            self.refuse(field, if value == 0 { Reason::Missing } else { Reason::Unknown(value) });
        }
        word
    }

    /// An id of 16 bytes; empty only if not `required`.
    pub fn id(&mut self, field: Field, value: &[u8], required: bool) {
        if value.is_empty() {
            self.refuse_if(required, field, Reason::Missing);
        } else {
            self.refuse_if(value.len() != ID_BYTES, field, Reason::Id);
        }
    }
}

/// Whether a spreadsheet has turned a long number into something like 1.23E+17.
fn is_rounded(value: &str) -> bool {
    let Some((digits, exponent)) = value.split_once(['E', 'e']) else { return false };
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let power =
        exponent.strip_prefix('+').is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    number && power
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: Field = Field::new("number", "编号");

    fn reasons(check: impl FnOnce(&mut Check)) -> Vec<Reason> {
        let mut begun = Check::new(Day::parse("2026-11-22").unwrap());
        check(&mut begun);
        begun.finish().err().unwrap_or_default().into_iter().map(|e| e.reason).collect()
    }

    #[test]
    fn numbers_are_short_and_without_spaces() {
        assert_eq!(reasons(|c| c.number(FIELD, "YC-0203")), []);
        assert_eq!(reasons(|c| c.number(FIELD, "")), [Reason::Missing]);
        assert_eq!(reasons(|c| c.number(FIELD, "1 2")), [Reason::Spaces]);
        assert_eq!(reasons(|c| c.number(FIELD, "1.23E+17")), [Reason::Rounded]);
        assert_eq!(reasons(|c| c.number(FIELD, "12E7")), []);
        assert_eq!(reasons(|c| c.number(FIELD, &"9".repeat(40))), []);
        assert_eq!(reasons(|c| c.number(FIELD, &"9".repeat(41))), [Reason::TooLong { limit: 40, found: 41 }]);
    }

    #[test]
    fn today_is_not_the_future_and_an_open_month_may_be_the_past() {
        let future = |day: &str| reasons(|c| assert!(c.past_day(FIELD, day).is_some()));
        assert_eq!(future("2026-11-22"), []);
        assert_eq!(future("2026-11"), []);
        assert_eq!(future("2026"), []);
        assert_eq!(future("2026-11-23"), [Reason::Future]);
        assert_eq!(future("2026-12"), [Reason::Future]);
        assert_eq!(future("2027"), [Reason::Future]);
    }

    #[test]
    fn lines_count_characters_not_bytes() {
        assert_eq!(reasons(|c| c.line(FIELD, "老干部", 3)), []);
        assert_eq!(reasons(|c| c.line(FIELD, "老干部局", 3)), [Reason::TooLong { limit: 3, found: 4 }]);
        assert_eq!(reasons(|c| c.line(FIELD, "老\0", 3)), [Reason::Damaged]);
        assert_eq!(reasons(|c| c.line(FIELD, "老 ", 3)), [Reason::Spaces]);
    }
}
