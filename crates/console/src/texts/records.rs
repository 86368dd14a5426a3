//! Words of the pages of one record: people, organisations, posts, absences.

super::texts!(Records {
    basics: "基本情况" / "Basics",
    party: "党籍与任职" / "Party and posts",
    away: "流动" / "Away",
    community: "社区" / "Community",
    private: "家庭与联系人" / "Private",
    history: "修改记录" / "History",
    members: "党员" / "Members",
    committee: "支委会" / "Committee",
    tree: "上下级党组织" / "Organisations above and below",
    above: "上级" / "Above",
    below: "下级" / "Below",
    membership: "党籍" / "Membership",
    posts: "任职" / "Posts",
    org: "党组织" / "Organisation",
    role: "职务" / "Post",
    holder: "姓名" / "Name",
    from: "起" / "From",
    to: "止" / "To",
    state: "状态" / "State",
    held: "在任" / "in office",
    ended: "已卸任" / "ended",
    appoint: "登记任职" / "Appoint",
    no_posts: "没有登记任职。" / "No posts.",
    no_posts_why: "任职在党组织的“支委会”页登记。"
        / "Posts are entered on the committee page of an organisation.",
    posts_title: "党组织任职" / "Posts",
    posts_search: "姓名或党组织" / "Name or organisation",
    no_member: "不是党员，或没有登记党籍。" / "Not a member, or not entered.",
    no_members: "没有党员隶属本组织。" / "Nobody is a member of this organisation.",
    no_tree: "没有上级，也没有下级党组织。" / "Nothing above and nothing below.",
    amend: "修改" / "Edit",
    close_person: "登记去世或转出" / "Died or moved out",
    close_person_why: "保存后不再计入在世人数和党员人数，党籍同时终止；记录和以前的数字都保留。登记错了可以用“修改记录”核对后改回。"
        / "From then on the person counts neither as living nor as a member, and the membership ends; the record and earlier figures stay.",
    close_org: "撤销或合并" / "Dissolve or merge",
    close_org_why: "保存后不再计入党组织数，也不再提示换届和缺额。仍隶属本组织的党员请先改到其他支部；合并的填写并入哪个党组织。"
        / "From then on it counts no more as an organisation and asks for no election. Give its members another branch first; for a merger name the organisation.",
    moved_away: "离开" / "Left",
    planned: "预计返回" / "Planned return",
    county: "前往县区" / "County",
    contacts: "联系人" / "Contacts",
    reports: "报到" / "Reports",
    returned: "已返回" / "back",
    still_away: "在外" / "away",
    no_away: "没有登记流动。" / "No absences.",
    no_away_why: "外出在老同志的“流动”页登记。" / "Absences are entered on the page of a person.",
    add_away: "登记流动" / "Enter an absence",
    edit_away: "修改流动登记" / "Edit the absence",
    away_title: "流动老同志" / "People away",
    name: "姓名" / "Name",
    unit: "单位" / "Unit",
    agreed: "约定" / "agreed",
    done: "已报" / "done",
    no_community: "没有登记社区报到。" / "No community.",
    no_community_why: "社区报到在老同志的“社区”页登记。"
        / "Links with a community are entered on the page of a person.",
    community_title: "社区报到" / "Links with communities",
    add_community: "登记社区报到" / "Enter a community",
    edit_community: "修改社区报到" / "Edit the community",
    consented: "本人同意" / "Consented",
    home_contact: "原单位联系人" / "Contact at the unit",
    community_contact: "社区联系人" / "Contact at the community",
    holds: "有效" / "holds",
    over: "已终止" / "ended",
    staff_title: "工作人员" / "Staff",
    staff_add: "登记工作人员" / "Add staff",
    staff_edit: "修改工作人员" / "Edit staff",
    staff_empty: "还没有登记工作人员，或没有符合条件的。" / "No staff yet, or none like that.",
    staff_empty_why: "联络员、在职书记和服务专员登记后，才能登记他们的任职。"
        / "Enter liaisons, in-service secretaries and service persons to give them posts.",
    duty: "职责" / "Duty",
    phone: "办公电话" / "Office phone",
    in_service: "在岗" / "in service",
    left: "已离岗" / "left",
    post_edit: "修改任职" / "Edit the post",
});

super::texts!(Alerts {
    title: "提醒" / "Alerts",
    about: "届次、班子、党员人数和流动中需要处理的事"
        / "Terms, committees, numbers of members and absences that need seeing to",
    of: "党组织或老同志" / "Organisation or person",
    what: "情况" / "What",
    nothing: "没有需要提醒的事。" / "Nothing needs seeing to.",
    few: "正式党员 {0} 人，不足 {1} 人" / "{0} full members, fewer than {1}",
    few_next: "支部应有 {1} 名以上正式党员，请考虑联合组建或并入其他支部。"
        / "A branch has at least {1}: consider a joint branch or a merger.",
    many: "党员 {0} 人，超过 {1} 人" / "{0} members, more than {1}",
    many_next: "一般不超过 {1} 人，请考虑分设支部或改设党总支。"
        / "Normally at most {1}: consider dividing the branch.",
    no_secretary: "没有书记" / "No secretary",
    no_secretary_next: "缺额应及时补选；任命后请登记任职。"
        / "Vacancies are filled at once; enter the post when somebody is appointed.",
    seats: "支委会 {0} 人，不足 {1} 人" / "{0} on the committee, fewer than {1}",
    seats_next: "党员 7 人以上的支部应设支委会，3 至 5 人；缺额应及时补选。"
        / "From 7 members on a branch has a committee of 3 to 5; vacancies are filled at once.",
    many_seats: "支委会 {0} 人，一般不超过 {1} 人" / "{0} on the committee, normally at most {1}",
    many_seats_next: "最多 {2} 人。" / "At most {2}.",
    term_long: "任期年限 {0} 年，规定为 {1} 年" / "A term of {0} years, where the rule is {1}",
    term_long_next: "请核对任期年限和届满时间。" / "Check the years of the term and its end.",
    term_near: "本届还有 {0} 天届满（{1}）" / "The term ends in {0} days ({1})",
    term_near_next: "请按时准备换届；确需延期的，经上级党组织批准最多延 1 年。"
        / "Prepare the election; with approval it can be put off by a year at most.",
    term_over: "本届已届满 {0} 天（{1}）" / "The term ended {0} days ago ({1})",
    term_over_next: "请尽快换届，或报上级党组织批准延期后填写“延期换届至”。"
        / "Hold the election, or enter the approved postponement.",
    away_beyond: "流动已超过半年（{0} 止）" / "Away for more than half a year (until {0})",
    away_beyond_next: "超过半年的应办理临时转接，避免两不管；办好后在流动登记中填写“临时转入党组织”。"
        / "Beyond half a year a temporary transfer is due; enter the organisation there when it is done.",
    away_planned: "计划流动超过半年（{0} 止）" / "Means to stay beyond half a year (until {0})",
    report_due: "约定 {0} 报到，还没有报到" / "Was to report on {0}",
    report_due_next: "请联系本人或外地联系人，报到后补记日期。"
        / "Ask the person or the contact there, then enter the day.",
    return_due: "预计 {0} 返回，还没有登记返回" / "Was to be back on {0}",
    return_due_next: "请核实是否已经返回；仍在外的修改预计返回日期。"
        / "Find out; if still away, enter another day.",
});

super::texts!(Private {
    exists: "已登记，只在本单位可以查看" / "Kept, and seen only at its home",
    nothing: "没有登记" / "Nothing kept",
    note: "只在本站点以明文保存；上报的是密文备份，上级打不开。"
        / "In the clear at this site alone; what goes up is a sealed backup.",
    coming: "家庭与联系人资料正从原单位送来" / "What is private is on its way from the former unit",
    coming_why: "资料加密传送，送到之前不能查看和修改；两个站点都连上后自动送到。"
        / "It travels sealed, and can be neither seen nor changed until it has come; that happens by itself once both sites have their lines.",
    edit: "修改家庭与联系人" / "Edit what is private",
    open_title: "查看遮盖内容" / "Open a masked field",
    open_note: "须填写事由，本次查看连同事由记入审计。"
        / "A reason is needed; the view and its reason go into the audit log.",
    which: "查看内容" / "Field",
    reason: "事由" / "Reason",
    reason_hint: "如：办理异地就医备案" / "Such as: registering care elsewhere",
    reason_missing: "请填写事由" / "Give a reason",
    show: "显示" / "Show",
    shown: "以下内容只显示这一次，刷新或离开后重新遮盖" / "Shown this once; hidden again on the next load",
    shown_for: "秒后自动遮盖" / "seconds until it is hidden",
    hidden: "已遮盖" / "Hidden again",
    differs_birth: "身份证号中的出生日期与档案不一致" / "The card names another day of birth than the file",
    differs_birth_next: "以档案为准；请核对是否有一处录错。"
        / "The file counts; check whether one was mistyped.",
    differs_sex: "身份证号中的性别与登记不一致" / "The card names the other sex",
    differs_sex_next: "请核对身份证号和性别。" / "Check the number and the sex.",
    emergency: "紧急联系人" / "Emergency contact",
    family: "家属" / "Family",
    survivor: "遗属" / "survivor",
});

super::texts!(History {
    time: "时间" / "Time",
    site: "站点" / "Site",
    who: "经手人" / "Who",
    revision: "第几次" / "Revision",
    what: "内容" / "What",
    before: "原来" / "Before",
    after: "改为" / "After",
    entered: "登记" / "entered",
    retired: "停用" / "retired",
    private_changed: "家庭与联系人（内容不显示）" / "private (content not shown)",
    unknown: "—" / "—",
    elsewhere: "经手人记在其所在站点的审计日志里，这里只知道是哪个站点。"
        / "Who did it stands in the audit log of the site itself; here only the site is known.",
    here: "经手人取自本站点的审计日志，导入和命令行的修改没有记名。"
        / "Who did it is taken from this site's audit log; imports and commands name nobody.",
    none: "没有修改记录。" / "No history.",
});
