//! Words of the head of bureau's one page.

super::texts!(Overview {
    title: "一屏总览" / "Overview",
    against: "增减对比" / "changes since",
    a_year: "比上年" / "in a year",
    people: "老同志" / "Retired cadres",
    honoured: "离休" / "Honoured",
    ordinary: "退休" / "Ordinary",
    members: "党员" / "Members",
    orgs: "党组织" / "Party organisations",
    places: "需要帮助的地方" / "Places that need help",
    no_places: "各地都正常" / "All is well everywhere",
    no_places_why: "有文件逾期、届次到期或数据未齐的单位会列在这里。"
        / "Units with overdue documents, ended terms or missing data are listed here.",
    with_what: "情况" / "With what",
    documents_overdue: "件文件逾期未办" / "overdue documents",
    terms_over: "个党组织届满未换届" / "organisations past their term",
    not_complete: "数据未齐" / "data incomplete",
    documents: "文件" / "Documents",
    incoming: "收文待办" / "Incoming, open",
    open: "发文在办" / "Issued, open",
    open_documents: "在办文件" / "Open documents",
    signed: "签收" / "Signed",
    replied: "反馈" / "Answered",
    not_asked: "不要求" / "not asked for",
    deadline: "期限" / "Deadline",
});
