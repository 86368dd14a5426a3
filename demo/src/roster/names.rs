//! Plausible names: surnames by frequency, given names by sex and generation.

use rand::{Rng, RngExt};

/// Surnames with their share among a thousand people, roughly; the rest is spread over the last ones.
const SURNAMES: [(&str, u32); 48] = [
    ("王", 72),
    ("李", 72),
    ("张", 68),
    ("刘", 54),
    ("陈", 45),
    ("杨", 31),
    ("赵", 23),
    ("黄", 22),
    ("周", 21),
    ("吴", 20),
    ("徐", 17),
    ("孙", 16),
    ("胡", 13),
    ("朱", 13),
    ("高", 12),
    ("林", 12),
    ("何", 12),
    ("郭", 11),
    ("马", 11),
    ("罗", 9),
    ("梁", 8),
    ("宋", 8),
    ("郑", 8),
    ("谢", 8),
    ("韩", 7),
    ("唐", 7),
    ("冯", 7),
    ("于", 6),
    ("董", 6),
    ("萧", 5),
    ("程", 5),
    ("曹", 5),
    ("袁", 5),
    ("邓", 5),
    ("许", 5),
    ("傅", 5),
    ("沈", 5),
    ("曾", 5),
    ("彭", 5),
    ("吕", 5),
    ("苏", 5),
    ("卢", 4),
    ("蒋", 4),
    ("蔡", 4),
    ("贾", 4),
    ("丁", 4),
    ("魏", 4),
    ("欧阳", 1),
];

/// One generation's given names.
struct Generation {
    /// The last year of birth.
    until: i16,
    men: Given,
    women: Given,
}

/// What given names are made of.
struct Given {
    first: &'static [&'static str],
    second: &'static [&'static str],
    whole: &'static [&'static str],
}

const GENERATIONS: [Generation; 3] = [
    Generation {
        until: 1935,
        men: Given {
            first: &[
                "德", "福", "永", "世", "宝", "文", "守", "万", "长", "玉", "振", "殿", "继", "学", "兴",
                "鸿",
            ],
            second: &[
                "贵", "祥", "才", "山", "田", "堂", "清", "林", "忠", "义", "生", "奎", "海", "财", "成",
                "先",
            ],
            whole: &["福", "贵", "忠", "义", "魁"],
        },
        women: Given {
            first: &["秀", "桂", "玉", "淑", "凤", "素", "翠", "月", "金", "兰"],
            second: &["英", "兰", "珍", "芝", "芳", "贞", "娥", "花", "莲", "香", "琴", "云"],
            whole: &["兰", "英", "珍", "莲"],
        },
    },
    Generation {
        until: 1949,
        men: Given {
            first: &[
                "国", "文", "明", "志", "永", "光", "正", "庆", "玉", "树", "家", "宗", "启", "景", "学",
                "荣",
            ],
            second: &[
                "华", "民", "才", "林", "祥", "荣", "德", "义", "明", "生", "元", "庆", "章", "礼", "春",
                "权",
            ],
            whole: &["明", "刚", "华", "荣", "斌"],
        },
        women: Given {
            first: &["秀", "淑", "桂", "玉", "慧", "美", "雅", "惠", "素", "爱"],
            second: &["华", "兰", "珍", "芬", "琴", "英", "敏", "贤", "萍", "清", "芝", "云"],
            whole: &["敏", "萍", "芬", "静"],
        },
    },
    Generation {
        until: i16::MAX,
        men: Given {
            first: &[
                "建", "国", "卫", "志", "新", "永", "红", "晓", "军", "立", "保", "爱", "跃", "利", "胜",
                "海",
            ],
            second: &[
                "国", "华", "军", "民", "平", "强", "明", "东", "生", "林", "进", "新", "光", "成", "安",
                "辉",
            ],
            whole: &["军", "伟", "勇", "强", "斌", "平", "涛"],
        },
        women: Given {
            first: &["丽", "晓", "红", "建", "玉", "美", "春", "小", "亚", "爱"],
            second: &["华", "萍", "梅", "红", "霞", "英", "琴", "敏", "娟", "玲", "芳", "燕"],
            whole: &["丽", "敏", "静", "萍", "红", "燕"],
        },
    },
];

/// A full name for somebody born in `born`.
pub(super) fn full(man: bool, born: i16, random: &mut impl Rng) -> String {
    let generation = GENERATIONS.iter().find(|g| born <= g.until).unwrap_or(&GENERATIONS[2]);
    let given = if man { &generation.men } else { &generation.women };
    let surname = weighted(&SURNAMES, random);
    if random.random_ratio(1, 7) {
        return format!("{surname}{}", pick(given.whole, random));
    }
    let first = pick(given.first, random);
    let mut second = pick(given.second, random);
    if second == first {
        second = given.second[0];
    }
    format!("{surname}{first}{second}")
}

/// One of several words, each as likely as the others.
pub(super) fn pick<'a>(words: &[&'a str], random: &mut impl Rng) -> &'a str {
    words[random.random_range(0..words.len())]
}

/// One of several words by their weights.
pub(super) fn weighted<'a>(words: &[(&'a str, u32)], random: &mut impl Rng) -> &'a str {
    let sum: u32 = words.iter().map(|(_, weight)| weight).sum();
    let mut at = random.random_range(0..sum);
    for (word, weight) in words {
        if at < *weight {
            return word;
        }
        at -= weight;
    }
    words[0].0
}
