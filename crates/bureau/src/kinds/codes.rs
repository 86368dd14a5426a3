//! National code tables: sex (GB/T 2261.1) and ethnic groups (GB/T 3304), both ways.

use super::text;

/// Sex codes with the word that is shown and others that are understood.
const SEX: [(u32, &str, &[&str]); 4] = [
    (0, "未知", &["未知的性别", "unknown"]),
    (1, "男", &["男性", "male", "m"]),
    (2, "女", &["女性", "female", "f"]),
    (9, "未说明", &["未说明的性别", "notstated"]),
];

/// The word for a sex code.
pub fn sex_word(code: u32) -> Option<&'static str> {
    SEX.iter().find(|(known, ..)| *known == code).map(|(_, word, _)| *word)
}

/// The sex code of a word or digit; nothing said is "unknown".
pub fn sex_code(text: &str) -> Option<u32> {
    let key = text::key(text);
    if key.is_empty() {
        return Some(0);
    }
    let same = |code: u32, word: &str, also: &[&str]| {
        key == word
            || also.contains(&key.as_str())
            || key.trim_start_matches('0') == code.to_string()
            || key == code.to_string()
    };
    SEX.iter().find(|(code, word, also)| same(*code, word, also)).map(|(code, ..)| *code)
}

/// All words for sex, for saying what is expected.
pub fn sex_words() -> String {
    SEX.map(|(_, word, _)| word).join("、")
}

/// Ethnic groups by code.
const ETHNIC: [(&str, &str); 60] = [
    ("01", "汉族"),
    ("02", "蒙古族"),
    ("03", "回族"),
    ("04", "藏族"),
    ("05", "维吾尔族"),
    ("06", "苗族"),
    ("07", "彝族"),
    ("08", "壮族"),
    ("09", "布依族"),
    ("10", "朝鲜族"),
    ("11", "满族"),
    ("12", "侗族"),
    ("13", "瑶族"),
    ("14", "白族"),
    ("15", "土家族"),
    ("16", "哈尼族"),
    ("17", "哈萨克族"),
    ("18", "傣族"),
    ("19", "黎族"),
    ("20", "傈僳族"),
    ("21", "佤族"),
    ("22", "畲族"),
    ("23", "高山族"),
    ("24", "拉祜族"),
    ("25", "水族"),
    ("26", "东乡族"),
    ("27", "纳西族"),
    ("28", "景颇族"),
    ("29", "柯尔克孜族"),
    ("30", "土族"),
    ("31", "达斡尔族"),
    ("32", "仫佬族"),
    ("33", "羌族"),
    ("34", "布朗族"),
    ("35", "撒拉族"),
    ("36", "毛南族"),
    ("37", "仡佬族"),
    ("38", "锡伯族"),
    ("39", "阿昌族"),
    ("40", "普米族"),
    ("41", "塔吉克族"),
    ("42", "怒族"),
    ("43", "乌孜别克族"),
    ("44", "俄罗斯族"),
    ("45", "鄂温克族"),
    ("46", "德昂族"),
    ("47", "保安族"),
    ("48", "裕固族"),
    ("49", "京族"),
    ("50", "塔塔尔族"),
    ("51", "独龙族"),
    ("52", "鄂伦春族"),
    ("53", "赫哲族"),
    ("54", "门巴族"),
    ("55", "珞巴族"),
    ("56", "基诺族"),
    ("57", "穿青人"),
    ("58", "革家人"),
    ("97", "其他"),
    ("98", "外国血统中国籍人士"),
];

/// The name of an ethnic code of two digits.
pub fn ethnic_name(code: &str) -> Option<&'static str> {
    ETHNIC.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// The code of an ethnic group's name, with or without 族, or of its number, also without the leading zero
/// that spreadsheets drop.
pub fn ethnic_code(text: &str) -> Option<&'static str> {
    let key = text::key(text);
    let named =
        |name: &str| key == name || (!key.is_empty() && name.strip_suffix('族') == Some(key.as_str()));
    let numbered =
        |code: &str| key == code || (key.len() == 1 && code.strip_prefix('0') == Some(key.as_str()));
    ETHNIC.iter().find(|(code, name)| named(name) || numbered(code)).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sex_is_read_by_word_and_digit() {
        for (text, code) in [
            ("男", 1),
            ("女性", 2),
            ("1", 1),
            ("02", 2),
            ("９", 9),
            ("0", 0),
            ("", 0),
            ("Female", 2),
            ("未说明", 9),
        ] {
            assert_eq!(sex_code(text), Some(code), "{text}");
        }
        for text in ["3", "x", "男女"] {
            assert_eq!(sex_code(text), None, "{text}");
        }
        assert_eq!(sex_word(1), Some("男"));
        assert_eq!(sex_word(3), None);
    }

    #[test]
    fn ethnic_names_and_codes_lead_to_each_other() {
        for (code, name) in ETHNIC {
            assert_eq!(ethnic_code(name), Some(code));
            assert_eq!(ethnic_code(code), Some(code));
            assert_eq!(ethnic_name(code), Some(name));
        }
        assert_eq!(ethnic_code("汉"), Some("01"));
        assert_eq!(ethnic_code("土"), Some("30"));
        assert_eq!(ethnic_code("1"), Some("01"));
        assert_eq!(ethnic_code("族"), None);
        assert_eq!(ethnic_code(""), None);
        assert_eq!(ethnic_code("59"), None);
        assert_eq!(ethnic_name("1"), None);
    }
}
