//! Words of one's own account: where it is signed in, and the second step.

super::texts!(Me {
    title: "我的账号" / "My account",
    browsers: "登录中的浏览器" / "Signed-in browsers",
    browsers_why: "看到不认识的，请立即结束，并联系系统管理员重置口令。"
        / "End what you don't know at once, and ask the system administrator for a new password.",
    browser: "浏览器" / "Browser",
    address: "地址" / "Address",
    started: "登录时间" / "Signed in",
    seen: "最近使用" / "Last used",
    this_one: "当前" / "this one",
    end: "结束" / "End",
    end_others: "结束其他全部" / "End all others",
    password: "修改口令" / "Change the password",
    password_why: "修改后其他浏览器上的登录随即结束。" / "Other browsers are signed out at once.",
    password_done: "口令已修改。" / "The password is changed.",
    old_password: "现在的口令" / "Password now",
    new_password: "新口令" / "New password",
    wrong_password: "现在的口令不正确，没有修改。" / "The password now is another; nothing was changed.",
    second_step: "动态码" / "Second step",
    second_step_why: "登录时除口令外再输入手机验证器上的六位动态码，口令泄露也不能登录。"
        / "Besides the password, signing in asks for six digits that your telephone shows: a password alone opens nothing.",
    required: "安全管理员要求您的角色使用动态码，设置好以前不能办理其他事项。"
        / "The security administrator asks it of your role: nothing else can be done until it is set up.",
    off: "未使用" / "Off",
    on: "已启用" / "On",
    recovery_left: "未用的恢复码" / "Recovery codes left",
    begin: "开始设置" / "Set up",
    begin_again: "换一个密钥" / "Another secret",
    scan: "1. 用手机验证器扫这个二维码，或手工输入下面的密钥（每 30 秒、6 位）。"
        / "1. Scan this with the telephone's authenticator, or type the secret below (30 seconds, 6 digits).",
    qr: "动态码密钥的二维码" / "The secret as a QR code",
    secret: "密钥" / "Secret",
    confirm_why: "2. 输入手机上显示的动态码，确认能用。" / "2. Enter the code that the telephone shows now.",
    code: "动态码" / "Code",
    any_code: "动态码或恢复码" / "Code or recovery code",
    confirm: "确认启用" / "Turn on",
    codes_title: "恢复码" / "Recovery codes",
    codes_why: "手机丢失时，每个恢复码可代替动态码登录一次。只在这里显示这一次：请打印或抄下，收在别人拿不到的地方。"
        / "Without the telephone each of these signs you in once. They are shown only here and now: print them and lock them away.",
    codes_done: "我已收好" / "I have kept them",
    new_codes: "换一组恢复码" / "New recovery codes",
    new_codes_why: "原来的恢复码随即作废。" / "The old ones end at once.",
    turn_off: "停用动态码" / "Turn off",
    turn_off_why: "停用后只凭口令登录，恢复码作废。"
        / "The password alone signs in then, and the recovery codes end.",
    wrong: "动态码不正确或已经用过。请等手机上出现新的动态码再输入；仍不行时核对手机时间。"
        / "The code is wrong or was used before. Wait for the next one; if that fails too, check the telephone's clock.",
    locked: "失败次数过多。{0} 以后可以再试。" / "Too many failures. Try again after {0}.",
});
