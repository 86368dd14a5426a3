//! The people of one unit, with lives that could have been.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::names::{self, pick, weighted};
use super::orgs::Org;
use super::{Place, Totals};

/// The columns.
pub(super) const HEADER: [&str; 19] = [
    "单位代码",
    "编号",
    "姓名",
    "性别",
    "出生日期",
    "民族",
    "离退休类别",
    "参加革命工作时间",
    "离退休时间",
    "职级",
    "原单位",
    "享受待遇",
    "学历",
    "居住地代码",
    "状态",
    "政治面貌",
    "隶属支部编号",
    "入党时间",
    "转正时间",
];

/// The rosters are those of the end of this year: everybody has retired by then.
const AS_OF: i16 = 2018;

/// Percent of men.
const MEN: (u32, u32) = (85, 64);

const ETHNIC: [(&str, u32); 8] = [
    ("汉族", 950),
    ("回族", 18),
    ("满族", 8),
    ("蒙古族", 6),
    ("藏族", 6),
    ("苗族", 5),
    ("土家族", 4),
    ("壮族", 3),
];

const HONOURED_RANKS: [(&str, u32); 4] = [("正处级", 30), ("副处级", 35), ("正科级", 25), ("副厅级", 3)];

const ORDINARY_RANKS: [(&str, u32); 8] = [
    ("科员", 30),
    ("副科级", 22),
    ("正科级", 18),
    ("副处级", 6),
    ("正处级", 4),
    ("中级职称", 12),
    ("副高级职称", 6),
    ("高级工", 5),
];

const OFFICES: [&str; 20] = [
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
    "人民检察院",
    "税务局",
    "供销社",
    "粮食局",
    "统计局",
    "广播电视局",
    "人民医院",
    "第一中学",
    "党校",
];

const EDUCATION: [[(&str, u32); 4]; 2] = [
    [("小学", 35), ("初中", 40), ("高中", 15), ("中专", 10)],
    [("高中", 25), ("中专", 30), ("大学专科", 30), ("大学本科", 15)],
];

/// One retired cadre.
pub(super) struct Cadre([String; HEADER.len()]);

impl Cadre {
    pub(super) fn cells(&self) -> [String; HEADER.len()] {
        self.0.clone()
    }
}

/// Makes `totals.people()` people, 离休 first; members are dealt to the branches in turn.
pub(super) fn make(place: &Place<'_>, totals: &Totals, orgs: &[Org], random: &mut impl Rng) -> Vec<Cadre> {
    let mut branches: Vec<&str> =
        orgs.iter().filter(|org| org.is_branch()).map(|org| org.number.as_str()).collect();
    branches.shuffle(random);
    let mut branches = branches.iter().cycle();
    let honoured = membership(totals.honoured, totals.honoured_members, random);
    let ordinary = membership(totals.ordinary, totals.ordinary_members, random);
    let kinds = honoured.into_iter().map(|member| (true, member));
    let kinds = kinds.chain(ordinary.into_iter().map(|member| (false, member)));
    let make_one = |(number, (honoured, member)): (u32, (bool, bool))| {
        let branch = if member { branches.next().copied().unwrap_or_default() } else { "" };
        cadre(place, number, honoured, member.then_some(branch), random)
    };
    (1..).zip(kinds).map(make_one).collect()
}

/// For each of `people` whether they are a member, `members` times yes.
fn membership(people: u32, members: u32, random: &mut impl Rng) -> Vec<bool> {
    let mut chosen: Vec<bool> = (0..people).map(|number| number < members).collect();
    chosen.shuffle(random);
    chosen
}

fn cadre(
    place: &Place<'_>,
    number: u32,
    honoured: bool,
    branch: Option<&str>,
    random: &mut impl Rng,
) -> Cadre {
    let man = random.random_ratio(if honoured { MEN.0 } else { MEN.1 }, 100);
    let life = if honoured { Life::honoured(random) } else { Life::ordinary(man, random) };
    let joined = branch.map(|_| life.joined(honoured, random));
    let rank = weighted(if honoured { &HONOURED_RANKS } else { &ORDINARY_RANKS[..] }, random);
    let entitlement = if honoured && rank == "正处级" && random.random_ratio(1, 3) {
        "享受副厅级医疗待遇"
    } else {
        ""
    };
    let month = random.random_range(1..=12);
    let date = |year: i16| format!("{year}-{month:02}");
    Cadre([
        place.code.to_owned(),
        format!("{}-{number:05}", place.code),
        names::full(man, life.born, random),
        if man { "男" } else { "女" }.to_owned(),
        format!("{}-{:02}-{:02}", life.born, life.born_month, random.random_range(1..=28)),
        weighted(&ETHNIC, random).to_owned(),
        if honoured { "离休" } else { "退休" }.to_owned(),
        life.began_work(),
        format!("{}-{:02}-01", life.retired, life.retired_month),
        rank.to_owned(),
        format!("{}{}", place.name, pick(&OFFICES, random)),
        entitlement.to_owned(),
        weighted(&EDUCATION[usize::from(life.born > 1940)], random).to_owned(),
        place.code.to_owned(),
        "在世".to_owned(),
        if branch.is_some() { "中共党员" } else { "群众" }.to_owned(),
        branch.unwrap_or_default().to_owned(),
        joined.map(date).unwrap_or_default(),
        joined.map(|year| date(year + 1)).unwrap_or_default(),
    ])
}

/// The years of a life.
struct Life {
    born: i16,
    born_month: u8,
    began: i16,
    began_month: u8,
    retired: i16,
    retired_month: u8,
}

impl Life {
    /// Born by 1931, in the revolution before October 1949, retired since the rules of 1982.
    fn honoured(random: &mut impl Rng) -> Life {
        let born = 1931 - random.random_range(0..8_i16).min(random.random_range(0..14));
        let began = (born + random.random_range(14..=18)).min(1949);
        Life {
            born,
            born_month: random.random_range(1..=12),
            began,
            began_month: random.random_range(1..=9),
            retired: (born + 60 + random.random_range(0..=3)).max(1982),
            retired_month: random.random_range(1..=12),
        }
    }

    /// Men retire at 60, women at 55, all by the end of the roster's year.
    fn ordinary(man: bool, random: &mut impl Rng) -> Life {
        let age = if man { 60 } else { 55 };
        let span = AS_OF - age - 1932;
        let born = 1932 + random.random_range(0..=span).max(random.random_range(0..=span));
        let born_month = random.random_range(1..=12);
        Life {
            born,
            born_month,
            began: (born + random.random_range(18..=24)).max(1950),
            began_month: random.random_range(1..=12),
            retired: born + age,
            retired_month: born_month,
        }
    }

    /// The year of joining: as an adult, after work began, in good time before retirement.
    fn joined(&self, honoured: bool, random: &mut impl Rng) -> i16 {
        let earliest = (self.born + 18).max(self.began + 1);
        earliest + random.random_range(0..=if honoured { 6 } else { 14 })
    }

    fn began_work(&self) -> String {
        format!("{}-{:02}", self.began, self.began_month)
    }
}
