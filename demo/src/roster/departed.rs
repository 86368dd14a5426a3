//! People who were in a unit's care and are no longer: they make the years differ, and count nowhere today.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::names;

const HEADER: [&str; 8] = ["单位代码", "编号", "姓名", "性别", "出生日期", "类别", "离退休时间", "转入时间"];

const END: [&str; 3] = ["状态", "状态日期", "状态原因"];

/// Years before this one in which they went.
const YEARS_BACK: i16 = 6;

/// Of a hundred, those who died; the others moved away.
const DIED: u32 = 85;

/// Of a hundred, those who had come from elsewhere.
const CAME: u32 = 8;

/// A file of `count` people of one unit who went in the years before `year`.
pub fn departed(seed: u64, code: &str, count: u32, year: i16) -> Result<String, csv::Error> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER.iter().chain(&END))?;
    for number in 1..=count {
        writer.write_record(cells(code, number, year, &mut random))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("cells and delimiters are UTF-8"))
}

fn cells(code: &str, number: u32, year: i16, random: &mut impl Rng) -> [String; 11] {
    let man = random.random_ratio(3, 5);
    let honoured = random.random_ratio(1, 6);
    let born = if honoured { random.random_range(1924..1931) } else { random.random_range(1936..year - 62) };
    let retired = born + if man { 60 } else { 55 };
    let gone = random.random_range((year - YEARS_BACK).max(retired + 1)..year);
    let came = random.random_ratio(CAME, 100).then_some(retired + 1).filter(|came| *came < gone);
    let died = random.random_ratio(DIED, 100);
    let month = random.random_range(1..=12);
    let day = random.random_range(1..=28);
    [
        code.to_owned(),
        format!("{code}-X{number:04}"),
        names::full(man, born, random),
        if man { "男" } else { "女" }.to_owned(),
        format!("{born}-{:02}", random.random_range(1..=12)),
        if honoured { "离休" } else { "退休" }.to_owned(),
        format!("{retired}"),
        came.map(|came| format!("{came}-05-20")).unwrap_or_default(),
        if died { "去世" } else { "转出" }.to_owned(),
        format!("{gone}-{month:02}-{day:02}"),
        if died { "病逝" } else { "随子女异地居住，关系转出" }.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_gone_and_the_same_seed_makes_the_same_people() {
        let file = departed(7, "990101", 50, 2026).unwrap();
        assert_eq!(file, departed(7, "990101", 50, 2026).unwrap());
        assert_eq!(file.lines().count(), 51);
        assert!(file.lines().skip(1).all(|line| line.contains("去世") || line.contains("转出")));
    }
}
