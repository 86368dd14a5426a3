//! Words of the tables of figures.

super::texts!(Reports {
    title: "离退休干部和党组织汇总表" / "Retired cadres and Party organisations",
    as_of: "制表时间" / "Made at",
    incomplete: "本表可能不完整" / "This table may be incomplete",
    mismatch: "有的数对不上" / "Some sums do not come out",
    unit: "单位" / "Unit",
    range: "范围" / "Range",
    whole: "本站点全部" / "All of this site",
    people: "人员" / "People",
    orgs: "党组织" / "Party organisations",
    total: "合计" / "Total",
    honoured: "离休" / "Honoured",
    ordinary: "退休" / "Ordinary",
    members: "其中党员" / "Members",
    single: "单独" / "Single",
    joint: "联合等" / "Joint",
    show: "查看" / "Show",
});
