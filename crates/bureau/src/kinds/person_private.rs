//! PersonPrivate: what never leaves a person's home in the clear.

use yanzhen_proto::v1::{Person, PersonPrivate, Relative};
use yanzhen_sync::{Kind, RecordId};

use super::check::Check;
use super::day::Day;
use super::reason::{Field, FieldError, Reason};
use super::{ids, text};
use crate::sealing::Stays;

/// The kind.
pub const KIND: Kind = Kind::known("person_private");

/// The message of people.proto that its envelopes hold.
pub const MESSAGE: &str = "PersonPrivate";

impl Stays for PersonPrivate {
    const KIND: Kind = KIND;
    const MESSAGE: &'static str = MESSAGE;
}

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const PERSON: Field = Field::new("person", "人员");
    pub const NATIONAL_ID: Field = Field::new("national_id", "身份证号");
    pub const PHONE: Field = Field::new("phone", "联系电话");
    pub const ADDRESS: Field = Field::new("address", "现住址");
    pub const EMERGENCY: Field = Field::new("emergency", "紧急联系人");
    pub const FAMILY: Field = Field::new("family", "家属");
    pub const RELATIVE_NAME: Field = Field::new("name", "姓名");
    pub const RELATION: Field = Field::new("relation", "关系");
    pub const RELATIVE_PHONE: Field = Field::new("phone", "电话");
}

/// Characters of a name.
const NAME_LIMIT: usize = 50;
/// Characters of a relation.
const RELATION_LIMIT: usize = 20;
/// Characters of an address.
const ADDRESS_LIMIT: usize = 200;
/// Family members of one person: a large family with room to spare.
pub const MAX_FAMILY: usize = 12;

/// The id of what is private of a person.
pub fn id_of(person: RecordId) -> RecordId {
    ids::about(&KIND, &[person])
}

/// Checks what is private; answers with everything that is wrong.
pub fn validate(private: &PersonPrivate, today: Day) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(today);
    check.id(field::PERSON, &private.person, true);
    if !private.national_id.is_empty() {
        match NationalId::parse(&private.national_id) {
            Err(reason) => check.refuse(field::NATIONAL_ID, reason),
            Ok(id) => check.refuse_if(today.surely_before(id.birth), field::NATIONAL_ID, Reason::Future),
        }
    }
    check.phone(field::PHONE, &private.phone);
    check.line(field::ADDRESS, &private.address, ADDRESS_LIMIT);
    if let Some(relative) = &private.emergency {
        check_relative(&mut check, field::EMERGENCY, relative);
        check.refuse_if(relative.phone.is_empty(), field::EMERGENCY, Reason::Missing);
    }
    check.refuse_if(private.family.len() > MAX_FAMILY, field::FAMILY, Reason::TooMany(MAX_FAMILY));
    for relative in &private.family {
        check_relative(&mut check, field::FAMILY, relative);
    }
    check.finish()
}

fn check_relative(check: &mut Check, field: Field, relative: &Relative) {
    check.required(field, &relative.name, NAME_LIMIT);
    check.line(field, &relative.relation, RELATION_LIMIT);
    check.phone(field, &relative.phone);
}

/// What doesn't fit together and may yet be right: the file 档案 goes before the identity card, and the two often differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The card names another day of birth than the file.
    Birth,
    /// The card names the other sex.
    Sex,
}

/// Compares the identity card with the person's record.
pub fn doubts(private: &PersonPrivate, person: &Person) -> Vec<Doubt> {
    let Ok(id) = NationalId::parse(&private.national_id) else { return Vec::new() };
    let mut doubts = Vec::new();
    if let Ok(birth) = Day::normal(&person.birth)
        && (birth.surely_before(id.birth) || id.birth.surely_before(birth))
    {
        doubts.push(Doubt::Birth);
    }
    if matches!(person.sex, 1 | 2) && person.sex != id.sex {
        doubts.push(Doubt::Sex);
    }
    doubts
}

/// A citizen's identity number (GB 11643): division, birth, order, check character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NationalId {
    /// The day of birth that it names.
    pub birth: Day,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex: u32,
}

impl NationalId {
    /// Reads the normal form: 17 digits and a check character, 0 to 9 or X.
    pub fn parse(number: &str) -> Result<NationalId, Reason> {
        let bytes = number.as_bytes();
        let form = bytes.len() == 18 && bytes[..17].iter().all(u8::is_ascii_digit) && bytes[0] != b'0';
        if !form || !matches!(bytes[17], b'0'..=b'9' | b'X') {
            return Err(Reason::NationalId);
        }
        if check_character(&bytes[..17]) != bytes[17] {
            return Err(Reason::CheckCharacter);
        }
        let birth = Day::parse(&number[6..14]).ok().filter(|day| day.is_full());
        let birth = birth.ok_or(Reason::NationalIdBirth)?;
        Ok(NationalId { birth, sex: if bytes[16] % 2 == 1 { 1 } else { 2 } })
    }
}

/// ISO 7064, MOD 11-2.
fn check_character(digits: &[u8]) -> u8 {
    let sum = digits.iter().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => b'X',
        value => b'0' + u8::try_from(value).unwrap_or_default(),
    }
}

/// An identity number as typed, in the normal form.
pub fn national_id(typed: &str) -> String {
    text::fold(typed).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// A telephone number as typed, in the normal form: no spaces, no country code, one kind of hyphen.
pub fn phone(typed: &str) -> String {
    let folded = text::fold(typed);
    let plain = |c: char| match c {
        '—' | '–' | '(' | ')' => '-',
        other => other,
    };
    let number: String = folded.chars().filter(|c| !c.is_whitespace()).map(plain).collect();
    let number = number.trim_matches('-').to_owned();
    let number = number.strip_prefix("+86").map_or(number.as_str(), |rest| rest.trim_start_matches('-'));
    // A mobile number written in groups.
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if is_mobile(&digits) { digits } else { number.to_owned() }
}

/// Whether a telephone number in the normal form is one: mobile, or fixed with or without area and extension.
pub fn is_phone(number: &str) -> bool {
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let is_area = |part: &str| digits(part, 3..=4) && part.starts_with('0');
    let is_local = |part: &str| digits(part, 7..=8) && !part.starts_with('0');
    match number.split('-').collect::<Vec<_>>().as_slice() {
        [one] => is_mobile(one) || is_local(one) || (digits(one, 10..=12) && one.starts_with('0')),
        [area, local] if is_area(area) => is_local(local),
        [local, extension] => is_local(local) && digits(extension, 1..=6),
        [area, local, extension] => is_area(area) && is_local(local) && digits(extension, 1..=6),
        _ => false,
    }
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11
        && digits.starts_with('1')
        && matches!(digits.as_bytes()[1], b'3'..=b'9')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// An identity number with its middle hidden: 9901**********0016.
pub fn masked_id(number: &str) -> String {
    masked(number, 4, 4)
}

/// A telephone number with its middle hidden: 138****2046.
pub fn masked_phone(number: &str) -> String {
    masked(number, 3, 4)
}

/// An address with all but its beginning hidden, whatever its length.
pub fn masked_address(address: &str) -> String {
    let shown = 6.min(address.chars().count() / 2);
    if address.is_empty() {
        return String::new();
    }
    address.chars().take(shown).chain("******".chars()).collect()
}

/// A name with all but its first character hidden.
pub fn masked_name(name: &str) -> String {
    masked(name, 1, 0)
}

/// Hides all but some characters at both ends; of what is too short for that, all but the first.
fn masked(value: &str, first: usize, last: usize) -> String {
    let count = value.chars().count();
    let (first, last) = if count > first + last { (first, last) } else { (1, 0) };
    let hidden = |(place, c): (usize, char)| if place < first || place + last >= count { c } else { '*' };
    value.chars().enumerate().map(hidden).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// The example of GB 11643-1999.
    const EXAMPLE: &str = "11010519491231002X";

    fn sound() -> PersonPrivate {
        let relative =
            |name: &str| Relative { name: name.into(), relation: "女儿".into(), ..Default::default() };
        PersonPrivate {
            person: Bytes::from_static(&[1; 16]),
            national_id: EXAMPLE.into(),
            phone: "13812342046".into(),
            address: "古溪县城关镇东街 12 号".into(),
            emergency: Some(Relative { phone: "13900007730".into(), ..relative("赵岚") }),
            family: vec![relative("赵山")],
        }
    }

    fn findings(change: impl FnOnce(&mut PersonPrivate)) -> Vec<(&'static str, Reason)> {
        let mut private = sound();
        change(&mut private);
        let errors = validate(&private, Day::parse("2026-11-22").unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_record_passes_and_so_does_an_empty_one() {
        assert_eq!(findings(|_| ()), []);
        let empty = |p: &mut PersonPrivate| {
            *p = PersonPrivate { person: p.person.clone(), ..Default::default() };
        };
        assert_eq!(findings(empty), []);
    }

    #[test]
    fn identity_numbers_have_a_form_a_day_and_a_check_character() {
        let id = |number: &str| findings(|p| p.national_id = number.into()).pop().map(|(_, reason)| reason);
        for sound in [EXAMPLE, "440524188001010014", "620102194003050015"] {
            let whole = format!("{}{}", &sound[..17], check_character(&sound.as_bytes()[..17]) as char);
            assert_eq!(id(&whole), None, "{whole}");
        }
        assert_eq!(id("440524188001010014"), None, "the standard's second example");
        for wrong in ["110105194912310020", "110105194912310021", "11010519491231003X"] {
            assert_eq!(id(wrong), Some(Reason::CheckCharacter), "{wrong}");
        }
        for form in ["110105491231002", "11010519491231002x", "1101051949123100２X", "01010519491231002X"] {
            assert_eq!(id(form), Some(Reason::NationalId), "{form}");
        }
        for (birth, known) in [
            ("19500230", false),
            ("19520229", true),
            ("19510229", false),
            ("20000229", true),
            ("19000229", false),
            ("19490431", false),
            ("19491200", false),
        ] {
            let digits = format!("110105{birth}002");
            let whole = format!("{digits}{}", check_character(digits.as_bytes()) as char);
            assert_eq!(id(&whole), (!known).then_some(Reason::NationalIdBirth), "{birth}");
        }
        let digits = "11010520261123002";
        let whole = format!("{digits}{}", check_character(digits.as_bytes()) as char);
        assert_eq!(id(&whole), Some(Reason::Future));
    }

    #[test]
    fn any_single_wrong_digit_is_found() {
        for place in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bytes = EXAMPLE.as_bytes().to_vec();
                if bytes[place] != digit {
                    bytes[place] = digit;
                    assert_ne!(check_character(&bytes[..17]), b'X', "{place} {digit}");
                }
            }
        }
    }

    #[test]
    fn card_and_file_are_compared_as_far_as_the_file_says() {
        let doubts_of = |birth: &str, sex: u32| {
            doubts(&sound(), &Person { birth: birth.into(), sex, ..Default::default() })
        };
        assert_eq!(doubts_of("1949-12-31", 2), []);
        assert_eq!(doubts_of("1949-12", 2), []);
        assert_eq!(doubts_of("1949", 0), []);
        assert_eq!(doubts_of("", 9), []);
        assert_eq!(doubts_of("1950-01-01", 2), [Doubt::Birth]);
        assert_eq!(doubts_of("1950", 1), [Doubt::Birth, Doubt::Sex]);
    }

    #[test]
    fn telephone_numbers_are_understood_as_people_write_them() {
        for (typed, normal) in [
            ("138 1234 2046", "13812342046"),
            ("+86 138-1234-2046", "13812342046"),
            ("１３８１２３４２０４６", "13812342046"),
            ("(0931) 8401234", "0931-8401234"),
            ("0931—8401234", "0931-8401234"),
            ("010-65981234-802", "010-65981234-802"),
            ("8401234", "8401234"),
        ] {
            assert_eq!(phone(typed), normal);
            assert!(is_phone(normal), "{normal}");
        }
        for wrong in ["12812342046", "1381234204", "110", "0931", "无", "8401234-", "138123420460"] {
            assert!(!is_phone(wrong), "{wrong}");
            assert_eq!(findings(|p| p.phone = wrong.into()), [("phone", Reason::Phone)]);
        }
    }

    #[test]
    fn relatives_have_a_name_and_who_is_called_in_an_emergency_a_number() {
        assert_eq!(findings(|p| p.emergency = None), []);
        let nobody = |p: &mut PersonPrivate| p.emergency = Some(Relative::default());
        assert_eq!(findings(nobody), [("emergency", Reason::Missing), ("emergency", Reason::Missing)]);
        assert_eq!(findings(|p| p.family[0].phone = "1".into()), [("family", Reason::Phone)]);
        let many = |p: &mut PersonPrivate| p.family = vec![p.family[0].clone(); MAX_FAMILY + 1];
        assert_eq!(findings(many), [("family", Reason::TooMany(MAX_FAMILY))]);
    }

    #[test]
    fn what_is_masked_shows_its_ends_at_most() {
        assert_eq!(masked_id("990101194003050016"), "9901**********0016");
        assert_eq!(masked_phone("13812342046"), "138****2046");
        assert_eq!(masked_phone("0931-8401234"), "093*****1234");
        assert_eq!(masked_phone("8401234"), "8******");
        assert_eq!(masked_address("古溪县城关镇东街十二号院三单元"), "古溪县城关镇******");
        assert_eq!(masked_address("东街"), "东******");
        assert_eq!(masked_address(""), "");
        assert_eq!(masked_name("赵明德"), "赵**");
        assert_eq!(masked_name(""), "");
    }
}
