//! Words of the Party organisations.

super::texts!(Orgs {
    title: "党支部" / "Party organisations",
    count: "个党组织" / "organisations",
    search: "全称或编号" / "Name or number",
    unit: "单位" / "Unit",
    number: "编号" / "Number",
    name: "全称" / "Name",
    kind: "类型" / "Type",
    setup: "设置方式" / "Set up",
    members: "党员（人）" / "Members",
    members_here: "离退休党员" / "Retired members",
    members_other: "在职党员" / "In-service members",
    term_end: "届满时间" / "Term ends",
    term_near: "临近届满" / "soon",
    term_over: "已届满" / "over",
    closed: "已撤并" / "closed",
    add: "登记党组织" / "Add an organisation",
    edit: "修改" / "Edit",
    empty: "没有符合条件的党组织。" / "No organisation fits.",
    empty_why: "可以换个条件，或登记一个。" / "Try another condition, or add one.",
});
