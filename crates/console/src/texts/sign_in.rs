//! Words of signing in and of setting up accounts.

super::texts!(SignIn {
    title: "登录控制台" / "Sign in",
    about: "离退休干部工作协同平台" / "Working together for retired cadres",
    about_more: "名册、支部、文件逐级汇总，文件通知逐级签收。"
        / "Rosters and branches go up, documents come down and are signed for.",
    login: "账号" / "Login name",
    password: "口令" / "Password",
    submit: "登录" / "Sign in",
    rule: "连续 5 次失败将锁定 15 分钟。离开座位请退出登录，15 分钟无操作自动退出。"
        / "Five wrong passwords lock the account for 15 minutes. Sign out when you leave; 15 idle minutes sign you out.",
    failed: "登录未成功" / "Not signed in",
    set_up_title: "初次设置：三员账号" / "First set-up: the three administrators",
    set_up_why: "系统管理员、安全管理员、审计管理员由三个人分别担任，任何一个账号都不能兼任。系统管理员现在设定口令；另外两位各得一个一次性链接，自己设定。"
        / "System, security and audit administrator are three people; no account holds two of these roles. The system administrator chooses a password now; the other two each get a link to choose their own.",
    system_admin: "系统管理员（账号、运行）" / "System administrator (accounts, running)",
    security_admin: "安全管理员（角色）" / "Security administrator (roles)",
    audit_admin: "审计管理员（监督）" / "Audit administrator (oversight)",
    name: "姓名" / "Name",
    password_again: "再输入一次口令" / "Password again",
    password_rule: "10 至 128 个字符，不能与账号相同。用一句容易记的话最好。"
        / "10 to 128 characters, not the login name. A sentence that is easy to remember is best.",
    set_up_submit: "建立账号" / "Open the accounts",
    links_title: "请把链接分别交给本人" / "Hand each link to its owner",
    links_why: "每个链接只能使用一次，7 天内有效，只在这里显示这一次。"
        / "Each link works once, for 7 days, and is shown only here and now.",
    choose_title: "设定口令" / "Choose a password",
    choose_submit: "设定" / "Choose",
    chosen: "口令已设定，请登录。" / "The password is set. Please sign in.",
    to_sign_in: "去登录" / "To sign in",
    not_same: "两次输入的口令不一样" / "The two passwords differ",
});
