//! Words of offices that leave security and audit to the site above.

super::texts!(Offices {
    title: "下级账号" / "Offices below",
    about: "把安全和审计交给本站点的下级单位。角色由这里授予，随邮件送到对方站点执行。"
        / "Offices that have left security and audit to this site. Roles given here go to them by mail.",
    none: "没有下级单位把安全和审计交给本站点。" / "No office has left security and audit to this site.",
    none_why: "人手少的单位可以在初次设置时，或由其安全管理员在“登录策略”里交给上级。"
        / "A small office can do so at its first set-up, or its security administrator under Sign-in policy.",
    small: "人手少的单位" / "Small offices",
    leave: "安全和审计由上级单位负责" / "Leave security and audit to the unit above",
    leave_hint: "人手不够分设三员时选用：本单位只留系统管理员，角色由上级的安全管理员授予，审计日志由上级的审计管理员查看。"
        / "Where there are not people enough for three administrators: this office keeps the system administrator, the security administrator above gives the roles and the audit administrator above reads the log.",
    leave_why: "确认后，本单位的安全管理员和审计管理员立即失去这两个角色，也包括您自己；账号的姓名和角色报送上级。以后只有上级的安全管理员能授予角色；上级授予本单位某人安全管理员后，本单位恢复自行管理。"
        / "The security and the audit administrators here lose these roles at once, you too; names and roles of accounts go to the unit above. From then on only its security administrator gives roles; once it makes somebody here security administrator, this office decides itself again.",
    begun: "账号已建立" / "The account is open",
    begun_why: "其余人员的账号登录后由您开立，角色由上级单位的安全管理员授予。"
        / "Sign in to open accounts for the others; the security administrator of the unit above gives the roles.",
    on_the_way: "已授予，等待对方站点执行" / "given, not carried out there yet",
    refused: "对方站点未能执行：账号已停用或角色不能兼任"
        / "not carried out there: the account is closed or the roles don't go together",
    carried_out: "已执行" / "carried out",
    events: "下级操作记录" / "Events of offices below",
    events_about: "下级站点报来的操作记录，不含事由和内容；约五分钟一批，只增不改"
        / "What was done in the consoles below, without reasons and content; it comes every five minutes or so and never changes",
    no_events: "还没有下级站点报来操作记录。" / "No site below has told of events yet.",
    no_events_why: "下级站点接上线后，约五分钟报一批。"
        / "Sites tell of them every five minutes or so while they have a line.",
    office: "单位" / "Office",
});
