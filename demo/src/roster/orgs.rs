//! The Party organisations of one unit: a committee over general branches over branches.

use rand::{Rng, RngExt};

use super::names::pick;
use super::{Place, Totals};

/// The columns.
pub(super) const HEADER: [&str; 13] = [
    "单位代码",
    "编号",
    "全称",
    "类型",
    "设置方式",
    "性质",
    "在职党员数",
    "成立时间",
    "任期年限",
    "届满时间",
    "活动阵地",
    "星级",
    "上级党组织编号",
];

/// Organisations from which on a unit has a committee.
const WITH_COMMITTEE: u32 = 10;
/// Branches for each general branch.
const BRANCHES_PER_GENERAL: u32 = 20;

const COMMUNITIES: [&str; 12] =
    ["临江", "南苑", "文昌", "东风", "翠屏", "滨河", "和平", "新桥", "桂园", "北关", "长宁", "兴盛"];

const SYSTEMS: [&str; 14] = [
    "教育系统",
    "卫生系统",
    "公安系统",
    "农业系统",
    "水利系统",
    "交通系统",
    "财税系统",
    "商务系统",
    "文化系统",
    "林业系统",
    "工信系统",
    "政法系统",
    "住建系统",
    "供销系统",
];

const PLACES: [&str; 5] =
    ["老干部活动中心", "老年大学", "社区党群服务中心", "机关党员活动室", "文化活动中心"];

/// One organisation.
pub(super) struct Org {
    unit: String,
    pub(super) number: String,
    name: String,
    kind: &'static str,
    setup: &'static str,
    others: u32,
    established: String,
    term_years: u32,
    term_end: String,
    place: String,
    star: u32,
    parent: String,
}

impl Org {
    /// Whether people can belong to it.
    pub(super) fn is_branch(&self) -> bool {
        self.kind == "党支部"
    }

    pub(super) fn cells(&self) -> [String; HEADER.len()] {
        [
            self.unit.clone(),
            self.number.clone(),
            self.name.clone(),
            self.kind.to_owned(),
            self.setup.to_owned(),
            "常规".to_owned(),
            self.others.to_string(),
            self.established.clone(),
            self.term_years.to_string(),
            self.term_end.clone(),
            self.place.clone(),
            if self.star == 0 { String::new() } else { self.star.to_string() },
            self.parent.clone(),
        ]
    }
}

/// Makes `totals.orgs()` organisations; what stands above others is set up jointly.
pub(super) fn make(place: &Place<'_>, totals: &Totals, random: &mut impl Rng) -> Vec<Org> {
    let committees = u32::from(totals.orgs() >= WITH_COMMITTEE).min(totals.orgs_joint);
    let generals = (totals.orgs() / (BRANCHES_PER_GENERAL + 1)).min(totals.orgs_joint - committees);
    let branches = totals.orgs() - committees - generals;
    let mut orgs = Vec::with_capacity(totals.orgs() as usize);
    for _ in 0..committees {
        orgs.push(org(place, orgs.len(), "党委", "联合", format!("{}离退休干部党委", place.name), random));
    }
    for number in 1..=generals {
        let name = format!("{}离退休干部第{number}党总支", place.name);
        orgs.push(org(place, orgs.len(), "党总支", "联合", name, random));
    }
    for number in 0..branches {
        let setup = if number < totals.orgs_single { "单独" } else { joint(random) };
        let name = branch_name(place, setup, number + 1, random);
        orgs.push(org(place, orgs.len(), "党支部", setup, name, random));
    }
    set_parents(&mut orgs, committees as usize, generals as usize);
    orgs
}

fn joint(random: &mut impl Rng) -> &'static str {
    pick(&["联合", "与在职合编", "与在职合编", "编入社区"], random)
}

fn branch_name(place: &Place<'_>, setup: &str, number: u32, random: &mut impl Rng) -> String {
    match setup {
        "编入社区" => {
            format!("{}{}社区离退休干部第{number}党支部", place.name, pick(&COMMUNITIES, random))
        }
        "单独" => format!("{}离退休干部第{number}党支部", place.name),
        _ => format!("{}{}第{number}党支部", place.name, pick(&SYSTEMS, random)),
    }
}

fn org(
    place: &Place<'_>,
    before: usize,
    kind: &'static str,
    setup: &'static str,
    name: String,
    random: &mut impl Rng,
) -> Org {
    let term_years = if kind == "党委" || setup == "编入社区" { 5 } else { 3 };
    Org {
        unit: place.code.to_owned(),
        number: format!("{}-Z{:04}", place.code, before + 1),
        name,
        kind,
        setup,
        others: if setup == "与在职合编" { random.random_range(3..20) } else { 0 },
        established: format!("{}-{:02}", random.random_range(1984..2016), random.random_range(1..=12)),
        term_years,
        term_end: format!("{}-{:02}-28", random.random_range(2027..2030), random.random_range(1..=12)),
        place: format!("{}{}", place.name, pick(&PLACES, random)),
        star: random.random_range(0..=5),
        parent: String::new(),
    }
}

/// Branches hang on the general branches in turn, else on the committee.
fn set_parents(orgs: &mut [Org], committees: usize, generals: usize) {
    let above: Vec<String> = orgs.iter().take(committees + generals).map(|org| org.number.clone()).collect();
    for (at, org) in orgs.iter_mut().enumerate().skip(committees) {
        let branch = at.checked_sub(committees + generals);
        let over = match branch {
            Some(branch) if generals > 0 => above.get(committees + branch % generals),
            _ => above.first().filter(|_| committees > 0),
        };
        org.parent = over.cloned().unwrap_or_default();
    }
}
