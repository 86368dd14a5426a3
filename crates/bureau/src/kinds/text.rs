//! What is done to texts that people typed before anything is compared or kept.

use std::borrow::Cow;

/// The character that stands where a conversion between encodings failed.
const BROKEN: char = '\u{FFFD}';

/// Drops what can't be seen, turns line breaks and odd spaces into spaces, and trims.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_invisible(c) && (c == ' ' || !c.is_whitespace());
    if text.chars().all(plain) && !text.contains("  ") {
        return Cow::Borrowed(text.trim());
    }
    let mut tidied = String::with_capacity(text.len());
    for c in text.chars().filter(|&c| !is_invisible(c)) {
        if !c.is_whitespace() {
            tidied.push(c);
        } else if !tidied.ends_with(' ') {
            tidied.push(' ');
        }
    }
    Cow::Owned(tidied.trim().to_owned())
}

/// Tidies, and turns full-width forms into the plain ones: for numbers, codes, days and words that are
/// looked up, not for texts to be read.
pub fn fold(text: &str) -> Cow<'_, str> {
    let tidied = tidy(text);
    if !tidied.chars().any(is_full_width) {
        return tidied;
    }
    Cow::Owned(tidied.chars().map(half_width).collect())
}

/// Folds, drops spaces and case: the key under which headers and words are looked up.
pub fn key(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && *c != '_').flat_map(char::to_lowercase).collect()
}

/// Tidies a person's name: no spaces between Chinese characters, one form of the dot between the parts of a
/// minority name.
pub fn name(text: &str) -> String {
    let tidied = tidy(text);
    let chinese = !tidied.chars().any(|c| c.is_ascii_alphabetic());
    let dot = |c| if matches!(c, '•' | '・' | '‧' | '●' | '．' | '･') { '·' } else { c };
    tidied.chars().filter(|c| !(chinese && *c == ' ')).map(dot).collect()
}

/// Whether a text holds what no field may: control characters, characters that reverse the direction of
/// writing, and the remains of a failed conversion. Line breaks and tabs are allowed where `lines` says so.
pub fn is_damaged(text: &str, lines: bool) -> bool {
    text.chars().any(|c| {
        let line = lines && matches!(c, '\n' | '\r' | '\t');
        c == BROKEN || (c.is_control() && !line) || is_direction(c)
    })
}

/// The beginning of a refused value, to show which one is meant.
pub fn for_refusal(value: &str) -> String {
    /// Characters that are shown.
    const SHOWN: usize = 40;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{00AD}')
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_full_width(c: char) -> bool {
    matches!(c, '\u{FF01}'..='\u{FF5E}')
}

fn half_width(c: char) -> char {
    const DISTANCE: u32 = 0xFF01 - 0x21;
    if is_full_width(c) { char::from_u32(u32::from(c) - DISTANCE).unwrap_or(c) } else { c }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tidying_drops_what_cannot_be_seen() {
        assert_eq!(tidy("\u{FEFF} 编号\u{3000}"), "编号");
        assert_eq!(tidy("一级\n调研员"), "一级 调研员");
        assert_eq!(tidy("（正）厅级"), "（正）厅级");
    }

    #[test]
    fn folding_makes_full_width_forms_plain() {
        assert_eq!(fold("ＹＣ－０１（甲）"), "YC-01(甲)");
        assert_eq!(key(" Birth_Date "), "birthdate");
        assert_eq!(key("姓　名"), "姓名");
    }

    #[test]
    fn names_lose_the_spaces_that_align_them() {
        assert_eq!(name("张　三"), "张三");
        assert_eq!(name("买买提•吐尔逊"), "买买提·吐尔逊");
        assert_eq!(name("John  Smith"), "John Smith");
    }

    #[test]
    fn damage_is_seen() {
        assert!(is_damaged("a\0b", true));
        assert!(is_damaged("a\u{FFFD}", true));
        assert!(is_damaged("a\u{202E}b", false));
        assert!(is_damaged("a\nb", false));
        assert!(!is_damaged("a\nb", true));
        assert!(!is_damaged("𠮷𬭊", false));
    }

    proptest! {
        #[test]
        fn tidying_and_folding_twice_change_nothing_more(text in any::<String>()) {
            let (tidied, folded) = (tidy(&text), fold(&text));
            prop_assert_eq!(&tidy(&tidied), &tidied);
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(key(&key(&text)), key(&text));
        }
    }
}
