//! Words of accounts and roles.

super::texts!(Accounts {
    title: "账号" / "Accounts",
    why: "系统管理员开立和停用账号；角色由安全管理员授予。"
        / "The system administrator opens and closes accounts; the security administrator gives the roles.",
    roles_title: "角色" / "Roles",
    roles_why: "角色随即生效。三员不能互相兼任，也不能兼任业务角色。"
        / "Roles hold at once. An administrator holds no other role.",
    login: "账号" / "Login name",
    name: "姓名" / "Name",
    state: "状态" / "State",
    in_use: "使用中" / "in use",
    not_set_up: "未设口令" / "no password yet",
    closed: "已停用" / "closed",
    open: "开立账号" / "Open an account",
    reset: "重置口令" / "New password",
    close: "停用" / "Close",
    close_why: "停用后立即退出登录，不能再用这个账号登录，也不能恢复；已经办过的事仍然记在这个账号名下。"
        / "A closed account is signed out at once and can't be opened again; what it did stays under its name.",
    reset_why: "原口令随即作废，立即退出登录；本人要凭新的一次性链接重新设定口令。"
        / "The password ends and the account is signed out at once; its owner chooses another one by a new link.",
    sign_out: "结束登录" / "Sign out",
    sign_out_why: "这个账号在下列浏览器上立即退出登录，没有保存的内容会丢失；本人可以再次登录。"
        / "The account is signed out at once in the browsers below, and what was not saved is lost; its owner can sign in again.",
    reset_step: "重置动态码" / "Reset the second step",
    reset_step_why: "手机和恢复码都不在时才这样办。重置后只凭口令登录；角色要求动态码的，下次登录后先要重新设置。"
        / "Only where telephone and recovery codes are lost. The password alone signs in then; where the role asks for the second step it is set up again first.",
    link_title: "请把这个链接交给" / "Hand this link to",
    link_why: "只能使用一次，7 天内有效，只在这里显示这一次。"
        / "It works once, for 7 days, and is shown only here and now.",
    give: "授予" / "Give",
    system_admin: "系统管理员" / "System administrator",
    security_admin: "安全管理员" / "Security administrator",
    audit_admin: "审计管理员" / "Audit administrator",
    clerk: "经办人" / "Clerk",
    leader: "领导" / "Leader",
    reader: "查看人" / "Reader",
    secretary: "支部书记" / "Branch secretary",
    branches: "支部编号" / "Branch numbers",
    branches_hint: "支部书记用，多个之间空一格" / "For branch secretaries, spaces between",
    unknown_branch: "没有编号为“{0}”的支部，或不止一个单位有这个编号。角色没有改动。"
        / "No branch has the number \"{0}\", or more than one has. The roles are as they were.",
    my_branches: "我的支部" / "My branches",
    my_branches_why: "您担任书记的支部；成员在支部页里。"
        / "The branches that you are secretary of; their members are on their pages.",
    no_branches: "还没有分给您支部。" / "No branch has been given to you.",
    no_branches_why: "请安全管理员在“角色”里填上支部编号。"
        / "The security administrator enters its number under Roles.",
    members: "党员" / "Members",
    bad_password: "口令应为 10 至 128 个字符，且不能与账号相同。"
        / "A password has 10 to 128 characters and is not the login name.",
    taken: "账号“{0}”已经有了，请换一个。" / "The login name \"{0}\" is taken: choose another.",
    bad_login: "“{0}”不能作账号：请用 1 至 40 个字母、汉字、数字、点或横线。"
        / "\"{0}\" can't be a login name: use up to 40 letters, digits, points and dashes.",
    bad_name: "请填写姓名，最多 50 个字。" / "Enter a name of up to 50 characters.",
    apart: "三员不能互相兼任，也不能兼任业务角色；同一个账号请只选管理员中的一种，或只选业务角色。"
        / "An administrator holds no other role: choose one administrator, or roles of the work.",
});
