//! Words that all lists share.

super::texts!(Lists {
    unit: "单位" / "Unit",
    all_units: "全部单位" / "All units",
    own_only: "不含下级" / "Not those below",
    any: "不限" / "Any",
    all: "全部" / "All",
    up_to: "至" / "up to",
    filtered: "已筛选" / "Filtered by",
    without: "去掉条件：" / "Without: ",
    found: "找到" / "Found",
    rows: "每页" / "Rows",
    status: "状态" / "Status",
    member: "政治面貌" / "Membership",
    members: "中共党员" / "Members",
    not_members: "非党员" / "Not members",
    branch: "党支部" / "Branch",
    age: "年龄" / "Age",
    retired: "离退休年份" / "Retired in",
    nature: "性质" / "Nature",
    open: "现有" / "Existing",
    closed: "已撤并" / "Closed",
});
