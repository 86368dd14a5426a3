//! Words of transfers of people.

super::texts!(Transfers {
    title: "组织关系转接" / "Transfers",
    open: "在办" / "Open",
    all: "全部" / "All",
    empty: "没有正在办理的转接。" / "No transfer is under way.",
    empty_why: "要转出一位老同志，请在名册中打开其页面，点“转出”。"
        / "To transfer a person, open their page in the roster and choose “Transfer out”.",
    name: "姓名" / "Name",
    number: "原编号" / "Former number",
    from: "转出单位" / "From",
    to: "转入单位" / "To",
    letter: "介绍信编号" / "Letter no.",
    issued: "开具日期" / "Letter of",
    valid_until: "有效期至" / "Valid until",
    valid_hint: "不填为开具之日起三个月，也是最长期限"
        / "Empty for three months after the letter's day, the longest there is",
    issued_hint: "不填为今天" / "Empty for today",
    reason: "原因" / "Reason",
    state: "状态" / "State",
    days_left: "剩余天数" / "Days left",
    days: "天" / "days",
    over: "已过期" / "over",
    released_on: "转出时间" / "Released",
    answered_on: "答复时间" / "Answered",
    answer_reason: "退回原因" / "Reason of return",
    incoming: "待本站接收" / "To be answered here",
    released: "待接收" / "Released",
    withdrawing: "撤回中" / "Withdrawing",
    accepted: "已接收" / "Accepted",
    returned: "已退回" / "Returned",
    withdrawn: "已撤回" / "Withdrawn",
    expired: "过期退回" / "Expired",
    release: "转出" / "Transfer out",
    release_title: "转出老同志" / "Transfer a person",
    choose_unit: "请选择单位" / "Choose a unit",
    review: "下一步：核对" / "Next: check",
    confirm_title: "请核对后确认转出" / "Check, then confirm",
    confirm_away: "确认后，资料将送往对方站点。对方接收之前，这位同志仍计入原单位，但不能修改；对方接收后，转由对方站点管理。家庭与联系人资料在接收后加密送去，途中无人可读，送到后本站点即删除；任职、流动和社区报到在接收之日终止，由新单位另行登记。"
        / "The records go to the other site. Until it accepts, the person counts here and can't be changed; once it has, they are kept there. What is private follows the acceptance, sealed so that nobody on the way reads it, and is erased here once it has come; posts, absences and community links end on that day, and the new unit enters its own.",
    confirm_here: "两个单位都在本站点，确认后立即转入新单位，家庭与联系人资料随之转去；任职、流动和社区报到当日终止，由新单位另行登记。"
        / "Both units are kept at this site: the person moves at once, and what is private with them; posts, absences and community links end on that day, and the new unit enters its own.",
    confirm: "确认转出" / "Transfer out",
    back: "返回修改" / "Back",
    new_number: "在新单位的编号" / "Number in the new unit",
    new_number_hint: "不填则沿用原编号" / "Empty to keep the former one",
    branch: "隶属支部编号" / "Number of the branch",
    branch_hint: "可以以后再填" / "May be filled in later",
    same_site: "仅在两个单位同属本站点时填写" / "Only where both units are kept at this site",
    accept: "接收" / "Accept",
    accept_why: "接收后，这位同志从此计入转入单位，由本站点管理。"
        / "From then on the person counts in the new unit and is kept here.",
    give_back: "退回" / "Return",
    give_back_why: "退回不能撤销：这位同志仍由原单位管理，要等对方重新转出才能再接收。"
        / "This can't be taken back: the person stays with the former unit, until it releases them again.",
    withdraw: "撤回" / "Withdraw",
    withdraw_why: "撤回须由对方站点确认：对方若已先接收，以接收为准。确认之前仍不能修改这位同志的资料。"
        / "The other site has to confirm: if it has accepted before, that stands. Until then the person can't be changed.",
    withdrawing_why: "已提出撤回，正在等待对方站点确认。"
        / "Asked back; the other site has not confirmed yet.",
    person: "打开人员页面" / "Open the person",
    under_way: "正在办理转接，资料暂时不能修改。"
        / "A transfer is under way: the records can't be changed now.",
    show: "查看转接" / "Show the transfer",
    no_unit_chosen: "请选择转入单位。" / "Choose the unit that is to take the person.",
    under_way_before: "{0}已有一件转接正在办理：请先撤回那一件，或等待对方答复。"
        / "A transfer of {0} is under way: withdraw that one, or wait for its answer.",
    not_living: "{0}已不在管理范围内（去世或转出），不能再转出。"
        / "{0} has died or left and can't be transferred.",
    to_itself: "这位同志本来就在这个单位，请选择另一个单位。"
        / "The person is in that unit already: choose another.",
    answered_before: "这件转接已经答复过，不能再办理。" / "This transfer has been answered.",
    withdrawn_before: "对方已经撤回这件转接，不能再接收。"
        / "This transfer was withdrawn and can't be accepted any more.",
    letter_expired: "介绍信有效期到{0}为止，已经过期：请转出单位重新开具。"
        / "The letter was valid until {0}: the unit that releases must issue another.",
    not_arrived: "这位同志的资料还没有到齐：待本站点同步后再接收。"
        / "The person's records are not all here: accept once this site is in sync.",
    private_coming: "家庭与联系人资料正从原单位送来：到齐后才能修改。"
        / "What is private is on its way from the old unit: amend it once it is here.",
    number_taken: "编号“{0}”在新单位已经用过：请在“在新单位的编号”中换一个。"
        / "Number \"{0}\" is taken in the new unit: choose another one.",
    no_such_branch: "转入单位没有编号为“{0}”的支部。" / "The new unit has no branch with number \"{0}\".",
});
