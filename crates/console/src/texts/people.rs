//! Words of the roster.

super::texts!(People {
    title: "老同志名册" / "Retired cadres",
    count: "人" / "people",
    search: "姓名、编号、原单位、支部" / "Name, number, former unit, branch",
    unit: "单位" / "Unit",
    number: "编号" / "Number",
    name: "姓名" / "Name",
    sex: "性别" / "Sex",
    birth: "出生日期" / "Born",
    retired_on: "离退休时间" / "Retired",
    kind: "类别" / "Kind",
    former_unit: "原单位" / "Former unit",
    membership: "政治面貌" / "Membership",
    branch: "隶属支部" / "Branch",
    status: "状态" / "Status",
    add: "登记老同志" / "Add a person",
    edit: "修改" / "Edit",
    empty: "没有符合条件的老同志。" / "Nobody fits.",
    empty_why: "可以换个条件，或登记一位。" / "Try another condition, or add one.",
});
