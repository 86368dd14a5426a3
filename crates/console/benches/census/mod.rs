//! A city's roster as files, for benchmarks: names, offices and branches in such numbers as in life.

use std::fmt::Write as _;

/// Branches that members are spread over.
const BRANCHES: usize = 1_200;

/// Every other person is of the city bureau itself.
fn unit(number: usize) -> &'static str {
    ["990000", "990100"][number % 2]
}

/// The file of branches.
pub(crate) fn branches() -> String {
    let mut file = String::from("单位代码,编号,全称,类型,设置方式\n");
    for number in 0..BRANCHES {
        let _ = writeln!(file, "{},Z{number},第{number}支部,党支部,单独", unit(number));
    }
    file
}

/// The file of so many people.
pub(crate) fn people(count: usize) -> String {
    const FAMILY: [&str; 20] = [
        "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
        "郭", "马", "罗",
    ];
    const GIVEN: [&str; 16] = [
        "秀英", "建国", "德厚", "桂芝", "明德", "玉梅", "开泰", "兰英", "先觉", "庭芳", "素云", "守义",
        "淑华", "长山", "志强", "文",
    ];
    const OFFICES: [&str; 16] = [
        "教育局",
        "卫生局",
        "公安局",
        "农业局",
        "水务局",
        "交通局",
        "财政局",
        "民政局",
        "林业局",
        "文化局",
        "人民法院",
        "税务局",
        "供销社",
        "统计局",
        "人民医院",
        "第一中学",
    ];
    let mut file = String::from(
        "单位代码,编号,姓名,性别,出生日期,离退休类别,离退休时间,职级,原单位,政治面貌,隶属支部,专长\n",
    );
    for number in 0..count {
        let name = [FAMILY[number * 7 % 20], GIVEN[number / 20 % 16]].concat();
        let sex = if number % 5 < 3 { "男" } else { "女" };
        let (year, month, day) = (1930 + number % 32, 1 + number % 12, 1 + number % 28);
        let honoured = year < 1931 && number % 4 == 0;
        let kind = if honoured { "离休" } else { "退休" };
        // Branches are of the person's own unit.
        let branch = (number * 11 % (BRANCHES / 2)) * 2 + number % 2;
        let member = number % 3 > 0;
        let political = if member { format!("中共党员,Z{branch}") } else { "群众,".to_owned() };
        let retired = year + 60;
        let office = OFFICES[number * 13 % 16];
        let skill = if number % 50 == 0 { "书法、摄影" } else { "" };
        let _ = writeln!(
            file,
            "{},P{number:05},{name},{sex},{year}-{month:02}-{day:02},{kind},{retired}-{month:02},正科级,青原州{office},{political},{skill}",
            unit(number)
        );
    }
    file
}
