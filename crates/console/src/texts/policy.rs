//! Words of the policy.

super::texts!(Policy {
    title: "登录策略" / "Sign-in policy",
    about: "由安全管理员决定，保存后对所有账号立即生效，也包括已登录的。"
        / "Decided by the security administrator; holds at once for all accounts, also for those signed in.",
    idle_minutes: "无操作自动退出（分钟）" / "Idle minutes until signed out",
    whole_hours: "一次登录最长（小时）" / "Hours of one session, at most",
    lock_after: "连续失败几次锁定" / "Failures in a row until locked",
    lock_minutes: "锁定时间（分钟）" / "Minutes of the lock",
    bounds: "{0} 至 {1}" / "{0} to {1}",
    bad: "请填 {0} 至 {1} 之间的整数" / "Enter a whole number from {0} to {1}",
    second_step: "必须使用动态码的角色" / "Roles that must use the second step",
    second_step_why: "这些角色的账号没有设置动态码的，下次打开页面时先要设置。"
        / "Accounts of these roles that have none set it up before they do anything else.",
    keeping: "保存期限" / "How long things are kept",
    years: "年" / "years",
    records: "人员、党组织和文件记录" / "Records of people, organisations and documents",
    records_kept: "一直保存；依法删除由所属单位办理，各级随之删除"
        / "for good; lawful erasure is the owner's, and every holder follows",
    keeping_why: "审计日志到期后从最早的一条起清除，其余仍可校验。期限是程序定的，不能在这里缩短。"
        / "Past their time entries of the audit log go, the oldest first, and the rest can still be verified. The time is the program's and can't be cut short here.",
    saved: "已保存，即时生效。" / "Saved; it holds at once.",
});
