//! Finds secrecy markings 密级: this network is not for secret documents.
//!
//! A marking stands at the head of a document (`秘密★1年`, `机密★`, `绝密`, `密级：秘密`), in brackets in a
//! title (`【机密】…`), or begins a file's name. The words themselves are ordinary and stay allowed in ordinary
//! sentences (秘密工作, 保守国家秘密).

/// The three levels, also as traditional characters.
const LEVELS: [&str; 5] = ["绝密", "机密", "秘密", "絕密", "機密"];

/// What a level is called where it is filled in.
const LABELS: [&str; 7] = ["密级和保密期限", "密级", "密級", "保密等级", "涉密等级", "秘密等级", "定密等级"];

/// What may be filled in there without being a marking.
const OPEN_VALUES: [&str; 10] = ["", "无", "否", "公开", "非密", "非涉密", "不涉密", "未定密", "普通", "/"];

/// What may follow a level that stands alone on its line.
const ENDINGS: [&str; 11] = ["", "件", "级", "文件", "资料", "材料", "特急", "加急", "特提", "平急", "急件"];

/// Lines at the head of a text where a level alone is a marking: copy number, level, urgency, issuer, number,
/// title, with room for lines between them.
const HEAD_LINES: usize = 12;

const STARS: [char; 4] = ['★', '☆', '✩', '⭐'];
const OPENING: [char; 6] = ['【', '[', '（', '(', '〔', '［'];
const CLOSING: [char; 6] = ['】', ']', '）', ')', '〕', '］'];
const QUOTES: [char; 6] = ['“', '"', '「', '『', '‘', '\''];

/// Whether a title, a document number or a one-line text carries a marking.
pub fn in_title(title: &str) -> bool {
    title
        .lines()
        .any(|line| begins_marked(line, true) || starred(line) || bracketed(line) || labelled(line, true))
}

/// Whether a text of many lines carries a marking.
pub fn in_body(body: &str) -> bool {
    body.lines().filter(|line| !line.trim().is_empty()).enumerate().any(|(index, line)| {
        let head = index < HEAD_LINES;
        let marked = if head {
            begins_marked(line, false) || starred(line)
        } else {
            after_level(bare(line)).is_some_and(begins_with_star)
        };
        marked || labelled(line, head)
    })
}

/// Whether a file's name carries a marking.
pub fn in_file_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    in_title(stem)
}

/// Whether the value of a column or field 密级 is a marking.
pub fn is_level(value: &str) -> bool {
    let value = value.trim_matches(is_trimming);
    !OPEN_VALUES.contains(&value)
}

/// A line that begins with a level and then does not go on like a sentence. `titled` lines may continue with
/// a title behind a space, colon or dash.
fn begins_marked(line: &str, titled: bool) -> bool {
    let line = bare(line);
    let (open, line) = line.strip_prefix(OPENING).map_or((false, line), |inner| (true, inner));
    let Some(rest) = after_level(line) else { return false };
    if begins_with_star(rest) {
        return true;
    }
    let tail = after_period(rest).trim_start();
    if open {
        return tail.starts_with(CLOSING);
    }
    let separated = tail.starts_with([':', '：', '-', '—', '_', '|', '（', '(', '·'])
        || rest.starts_with(char::is_whitespace);
    ENDINGS.contains(&tail.trim_matches(is_trimming)) || (titled && separated)
}

/// A level with a star behind it anywhere in the line, unless it is quoted.
fn starred(line: &str) -> bool {
    levels_in(line).any(|(before, rest)| begins_with_star(rest) && !before.ends_with(QUOTES))
}

/// A level alone in brackets anywhere in the line.
fn bracketed(line: &str) -> bool {
    levels_in(line).any(|(before, rest)| {
        before.trim_end().ends_with(OPENING) && after_period(rest).trim_start().starts_with(CLOSING)
    })
}

/// `密级：…` with something filled in; outside the head of a text (not `any_value`) only with a level.
fn labelled(line: &str, any_value: bool) -> bool {
    let line = bare(line).trim_start_matches(OPENING);
    let Some(rest) = LABELS.iter().find_map(|label| strip_spaced(line, label)) else { return false };
    let rest = rest.trim_start();
    match rest.strip_prefix([':', '：']) {
        Some(value) => is_level(value) && (any_value || after_level(bare(value)).is_some()),
        None => {
            let whole = |rest: &str| {
                begins_with_star(rest) || after_period(rest).trim_matches(is_trimming).is_empty()
            };
            after_level(rest).is_some_and(whole)
        }
    }
}

/// Each level in the line: what stands before and behind it.
fn levels_in(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = line.char_indices().filter(|(_, c)| LEVELS.iter().any(|level| level.starts_with(*c)));
    starts.filter_map(|(at, _)| Some((&line[..at], after_level(&line[at..])?)))
}

fn after_level(text: &str) -> Option<&str> {
    LEVELS.iter().find_map(|level| strip_spaced(text, level))
}

/// Skips the years of secrecy behind a level.
fn after_period(text: &str) -> &str {
    let text = text.trim_start();
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit() || ('０'..='９').contains(&c));
    let years = ["年", "个月", "月", "天"].iter().find_map(|unit| number.trim_start().strip_prefix(unit));
    match years {
        Some(rest) if number.len() < text.len() => rest,
        _ => text.strip_prefix("长期").unwrap_or(text),
    }
}

fn begins_with_star(text: &str) -> bool {
    let text = text.trim_start();
    // An asterisk is a star only before the years: otherwise it is emphasis.
    let years = |rest: &str| rest.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '长');
    text.starts_with(STARS) || text.strip_prefix(['*', '＊']).is_some_and(years)
}

/// Strips `word` from the beginning, spaces between its characters allowed.
fn strip_spaced<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    word.chars().try_fold(text, |rest, c| rest.trim_start().strip_prefix(c))
}

fn bare(line: &str) -> &str {
    line.trim_start_matches(is_trimming)
}

/// Spaces and the marks of headings, emphasis, quotations and tables.
fn is_trimming(c: char) -> bool {
    c.is_whitespace() || matches!(c, '#' | '>' | '*' | '_' | '`' | '|' | '-' | '—' | '\u{FEFF}' | '\u{200B}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markings_in_titles_are_found() {
        for title in [
            "秘密★1年",
            "机密★关于做好走访慰问工作的通知",
            "绝密",
            "【机密】关于做好走访慰问工作的通知",
            "关于做好走访慰问工作的通知（秘密）",
            "关于做好走访慰问工作的通知【机密★5年】",
            "秘密：关于做好走访慰问工作的通知",
            "机 密 关于做好走访慰问工作的通知",
            "密级：秘密",
            "絕密",
        ] {
            assert!(in_title(title), "{title}");
        }
    }

    #[test]
    fn ordinary_titles_pass() {
        for title in [
            "关于做好保守国家秘密工作的通知",
            "秘密工作条例学习辅导",
            "机密文件管理办法",
            "学习《中华人民共和国保守国家秘密法》的通知",
            "《绝密》观后感",
            "密级管理规定",
            "云老干〔2026〕7号",
            "关于评选五★支部的通知",
            "",
        ] {
            assert!(!in_title(title), "{title}");
        }
    }

    #[test]
    fn markings_at_the_head_of_a_body_are_found() {
        for body in [
            "秘密★1年\n\n各县老干部局：",
            "000001\n机密★\n特急\n\n通知",
            "000001　　机密★10年　　特急\n通知",
            "\n\n　绝 密\n通知",
            "# 机密\n\n通知",
            "**秘密**\n通知",
            "密级：秘密\n通知",
            "密 级： 机密★3年\n通知",
            "密级　绝密\n通知",
            "保密等级：机密",
            "秘密 1年\n通知",
            "机密 特急\n通知",
            "【秘密】\n通知",
            "密级：内部\n通知",
            "秘密*5年",
        ] {
            assert!(in_body(body), "{body}");
        }
        let late = format!("{}机密★1年\n", "各单位要认真学习。\n".repeat(40));
        assert!(in_body(&late));
        let late = format!("{}密级：机密\n", "各单位要认真学习。\n".repeat(40));
        assert!(in_body(&late));
    }

    #[test]
    fn ordinary_bodies_pass() {
        for body in [
            "各县老干部局：\n要严格保守党和国家的秘密，不得在本网络传输机密文件。",
            "秘密级、机密级、绝密级文件一律不得上网。",
            "**秘密**工作不得上网",
            "国家秘密的密级分为绝密、机密、秘密三级，标注如“机密★1年”。",
            "密级：\n通知",
            "密级：无\n通知",
            "密级：公开",
            "密级管理由保密办负责。",
            "机密工作者的回忆",
        ] {
            assert!(!in_body(body), "{body}");
        }
        let late = format!("{}秘密\n", "各单位要认真学习。\n".repeat(40));
        assert!(!in_body(&late), "a heading far below is no marking");
    }

    #[test]
    fn markings_that_begin_file_names_are_found() {
        for name in [
            "机密.docx",
            "秘密★1年 名单.pdf",
            "【绝密】名单.xlsx",
            "秘密_名单.xlsx",
            "机密-附件1.pdf",
            "机密(1).pdf",
            "机密文件.pdf",
            "名单（秘密）.pdf",
        ] {
            assert!(in_file_name(name), "{name}");
        }
        for name in ["保密法.pdf", "秘密工作回忆录.docx", "走访慰问名单.xlsx", "通知.pdf", ".pdf", ""]
        {
            assert!(!in_file_name(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_a_panic(text in any::<String>()) {
            let _ = (in_title(&text), in_body(&text), in_file_name(&text), is_level(&text));
        }

        #[test]
        fn texts_like_markings_are_searched_without_a_panic(text in "[绝机秘密级★*：:（）1年\n #.]{0,16}") {
            let _ = (in_title(&text), in_body(&text), in_file_name(&text), is_level(&text));
        }
    }
}
