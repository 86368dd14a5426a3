//! Words of signing in and of setting up accounts.

super::texts!(SignIn {
    title: "登录控制台" / "Sign in",
    about: "离退休干部工作协同平台" / "Working together for retired cadres",
    about_more: "名册、支部、文件逐级汇总，文件通知逐级签收。"
        / "Rosters and branches go up, documents come down and are signed for.",
    login: "账号" / "Login name",
    password: "口令" / "Password",
    submit: "登录" / "Sign in",
    rule: "同一地址连续 {0} 次失败将锁定 {1} 分钟。离开座位请退出登录，{2} 分钟无操作自动退出。"
        / "{0} failures in a row lock your address for {1} minutes. Sign out when you leave; {2} idle minutes sign you out.",
    wrong: "账号或口令不正确。同一地址连续失败 {0} 次将锁定 {1} 分钟；忘记口令请联系本单位系统管理员重置。"
        / "Login name and password don't fit. {0} failures in a row lock your address for {1} minutes; who has forgotten the password asks the system administrator for a new one.",
    locked: "失败次数过多，这个地址暂时不能登录该账号。{0} 以后可以再试。"
        / "Too many failures: this address can't sign in to the account. Try again after {0}.",
    late: "输入动态码的时间已过。请重新输入账号和口令。"
        / "The code came too late. Please begin with name and password.",
    wrong_code: "动态码不正确或已经用过。请等手机上出现新的动态码再输入；手机不在身边可用一个恢复码。"
        / "The code is wrong or was used before. Wait for the next one; without the telephone use a recovery code.",
    code_title: "输入动态码" / "Enter the code",
    code_why: "口令正确。请输入手机验证器上显示的六位动态码，或一个没有用过的恢复码。"
        / "The password is right. Enter the six digits that your telephone shows, or a recovery code that was not used.",
    code: "动态码或恢复码" / "Code or recovery code",
    again: "重新登录" / "Begin again",
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
