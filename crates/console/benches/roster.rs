//! How long pages of a full roster take on the server: the whole city's 33,226 people in one store, asked through the
//! console as a browser does, without a network. It reports and asserts nothing:
//!
//! `cargo bench --workspace --bench roster` (or with `--profile dev`, which builds sooner).

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]
#![allow(dead_code, reason = "the office has more rooms than are used here")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_bureau::workbook;
use yanzhen_console::accounts::Role;

use office::{Browser, Office};

#[path = "../tests/web/office.rs"]
mod office;

#[path = "../tests/web/quiet.rs"]
mod quiet;

/// People of the city's last census.
const PEOPLE: usize = 33_226;

/// Branches that its members are spread over.
const BRANCHES: usize = 1_200;

/// Times that each page is asked for.
const ROUNDS: u32 = 15;

/// What is looked at, and its address.
const PAGES: [(&str, &str); 20] = [
    ("first page", "/people"),
    ("page 2", "/people?page=2"),
    ("a page in the middle", "/people?page=660"),
    ("last page", "/people?page=1330"),
    ("one unit", "/people?unit=990100"),
    ("by kind", "/people?kind=1"),
    ("by sex, kind, member", "/people?kind=2&sex=2&member=yes"),
    ("by age", "/people?age_from=80&age_to=84"),
    ("by age, last page", "/people?age_from=60&page=1300"),
    ("sorted by birth", "/people?sort=birth"),
    ("sorted by birth, last page", "/people?sort=-birth&page=1330"),
    ("sorted by name", "/people?sort=name"),
    ("search: a name", "/people?q=%E7%8E%8B%E7%A7%80"),
    ("search: an office", "/people?q=%E6%95%99%E8%82%B2"),
    ("search: two words", "/people?q=%E6%95%99%E8%82%B2+%E7%8E%8B"),
    ("search: a branch", "/people?q=%E7%AC%AC7%E6%94%AF%E9%83%A8"),
    ("search: nobody", "/people?q=%E9%BE%98%E9%BE%98"),
    ("branches", "/orgs"),
    ("search through everything", "/search?q=%E7%8E%8B%E7%A7%80"),
    ("the whole list as a workbook", "/people/export"),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let office = Office::open().await;
    let began = Instant::now();
    import(&office, ImportKind::Orgs, branches().into()).await;
    let roster = workbook::of_refused(people().as_bytes()).unwrap();
    println!(
        "workbook of {PEOPLE} people: {} KB, made in {:.1} s",
        roster.len() / 1024,
        began.elapsed().as_secs_f64()
    );
    let began = Instant::now();
    import(&office, ImportKind::People, roster).await;
    println!("imported in {:.1} s", began.elapsed().as_secs_f64());
    let mut clerk = office.with(Role::Clerk).await;
    for (what, path) in PAGES {
        let [first, shortest, median] = times(&mut clerk, path).await;
        println!(
            "{what:<28} first {first:>7.2} ms   shortest {shortest:>7.2} ms   median {median:>7.2} ms   {path}"
        );
    }
}

async fn times(clerk: &mut Browser<'_>, path: &str) -> [f64; 3] {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let page = clerk.get(path).await;
        times.push(began.elapsed());
        assert!(page.status.is_success(), "{path}: {}", page.status);
    }
    let first = times[0];
    times.sort_unstable();
    [first, times[0], times[times.len() / 2]].map(|time| time.as_secs_f64() * 1_000.0)
}

async fn import(office: &Office, kind: ImportKind, file: Vec<u8>) {
    let request = ImportRequest { kind, unit_code: String::new(), file: Bytes::from(file) };
    let outcome = office.bureau.import(request, |_| ()).await.unwrap();
    assert_eq!(outcome.counts.refused, 0, "{:?}", outcome.refusals.first());
}

fn unit(number: usize) -> &'static str {
    ["990000", "990100"][number % 2]
}

fn branches() -> String {
    let mut file = String::from("单位代码,编号,全称,类型,设置方式\n");
    for number in 0..BRANCHES {
        let _ = writeln!(file, "{},Z{number},第{number}支部,党支部,单独", unit(number));
    }
    file
}

fn people() -> String {
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
    for number in 0..PEOPLE {
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
