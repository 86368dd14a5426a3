//! Words of what can go wrong on any page.

super::texts!(Problems {
    lost: "没有这个页面" / "There is no such page",
    lost_why: "地址有误，或内容不在本站点的范围内。"
        / "The address is wrong, or what it names is outside this site's part of the tree.",
    lost_next: "请从左侧菜单重新进入。" / "Start again from the menu.",
    forbidden: "您的账号不能使用这个功能" / "Your account may not do this",
    forbidden_why: "账号的角色里没有这项权限。" / "None of its roles gives the right to.",
    forbidden_next: "确需使用，请联系本单位安全管理员调整角色。"
        / "If you need it, ask the security administrator for a role.",
    signed_out: "登录已失效，内容没有保存" / "You are signed out, and nothing was saved",
    signed_out_why: "离开时间较长，或已在别处退出。"
        / "You were away for long, or the session was ended elsewhere.",
    signed_out_next: "请重新登录后再提交一次。" / "Sign in and send it again.",
    not_enrolled: "请先设置动态码" / "Set up the second step first",
    not_enrolled_why: "安全管理员要求您的角色登录时使用动态码，设置好以前不能办理其他事项。"
        / "The security administrator asks it of your role; nothing else can be done before.",
    not_enrolled_next: "请到“我的账号”按步骤设置，然后再办理。" / "Set it up under My account, then go on.",
    forged: "这次提交没有被接受" / "This was not taken",
    forged_why: "表单不是本站点刚才给出的，或登录后已换过会话。"
        / "The form is not one that this site gave to this session.",
    forged_next: "请返回上一页刷新后重新提交。" / "Go back, reload the page and send it again.",
    no_office: "这里不能授予这个账号的角色" / "The roles of this account are not given here",
    no_office_why: "这个单位没有把安全和审计交给本站点，或没有这个账号。"
        / "The office has not left security and audit to this site, or has no such account.",
    no_office_next: "请在“下级账号”里核对。" / "See the list of offices below.",
    unread: "提交的内容读不出来" / "What was sent can't be read",
    unread_why: "网址或表单中有缺失或写错的地方。"
        / "Something in the address or the form is missing or malformed.",
    unread_next: "请返回上一页重新填写。" / "Go back and fill it in again.",
    not_this_way: "这个地址不能这样打开" / "This address can't be used like that",
    not_this_way_why: "它只用来提交表单，或只用来查看。" / "It only takes a form, or is only looked at.",
    not_this_way_next: "请从左侧菜单重新进入。" / "Start again from the menu.",
    slow: "等候超时，没有办成" / "It took too long, and nothing was done",
    slow_why: "线路太慢，或本机太忙，一分钟内没有完成。"
        / "The line is too slow or this site too busy: it was not done within a minute.",
    slow_next: "请先看看内容是否已经保存，没有再提交一次。"
        / "Look whether it was saved after all; if not, send it again.",
    not_ours: "这个名称不是本站点的" / "This name is not one of this site's",
    not_ours_why: "浏览器用来打开的名称不在本站点的名称里（console_names）。"
        / "The browser asked under a name that is not among the site's (console_names).",
    not_ours_next: "请用本站点自己的地址打开，或请系统管理员把这个名称加入设置。"
        / "Use the site's own address, or ask the system administrator to add the name.",
    too_large: "提交的内容太大" / "What was sent is too large",
    too_large_why: "一次提交的表单不能超过规定的大小。" / "A form has a largest size.",
    too_large_next: "请减少内容后再提交。" / "Send less at once.",
    busy: "同时登录的人太多" / "Too many are signing in",
    busy_why: "本站点正在核对别的口令。" / "This site is checking other passwords.",
    busy_next: "请过 1 分钟再登录；一直如此请告诉系统管理员。"
        / "Sign in again in a minute; if it stays so tell the system administrator.",
    broken: "这一页没有做出来" / "This page could not be made",
    broken_why: "本机出了故障，详情已记入本机日志。" / "This site failed; its log has the details.",
    broken_next: "请再试一次；仍不行时把编号告诉系统管理员。"
        / "Try once more; if it fails again tell the system administrator the code.",
    administrator: "三员账号不能在这里重置或停用"
        / "The three administrators' accounts can't be reset or closed here",
    administrator_why: "一员若能重置另外两员，三员就不再相互制约。"
        / "If one could reset the others, the three would no longer check one another.",
    administrator_next: "请在本站点的机器上以 serve --console-reset 账号 启动一次，新链接写入数据目录的 console-set-up.txt。"
        / "Start the site once with serve --console-reset LOGIN on its machine; the new link goes to console-set-up.txt in the data folder.",
    own_roles: "不能修改自己的角色" / "You can't change your own roles",
    own_roles_why: "角色要由另一个人授予。" / "Roles are given by somebody else.",
    own_roles_next: "请另一位安全管理员办理。" / "Ask another security administrator.",
    used_link: "这个链接不能再用" / "This link is of no use any more",
    used_link_why: "已经用过、已被新的链接代替，或已过 7 天。"
        / "It was used, replaced by a later one, or is older than 7 days.",
    used_link_next: "请系统管理员重新给一个；初次设置的链接在程序启动时重新给出。"
        / "Ask the system administrator for another; the first set-up's is made anew when the program starts.",
});
