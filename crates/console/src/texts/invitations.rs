//! Words of inviting sites.

super::texts!(Invitations {
    title: "邀请接入" / "Invitations",
    invite: "邀请站点接入" / "Invite a site",
    about: "一个邀请码接入一个站点，只能用一次，只显示一次。"
        / "A token lets one site in, once, and is shown once.",
    form: "邀请一个站点" / "Invite a site",
    unit: "单位" / "Unit",
    choose: "请选择" / "choose",
    no_unit: "请选择单位" / "choose a unit",
    role: "类型" / "Kind",
    expiry: "有效期" / "Counts for",
    day: "24 小时" / "24 hours",
    two_days: "48 小时" / "48 hours",
    week: "7 天" / "7 days",
    month: "30 天" / "30 days",
    make: "生成邀请码" / "Make a token",
    made: "的邀请码已生成" / ": the token is made",
    once: "离开本页后不再显示。若遗失，请作废后重新生成。"
        / "It is not shown again once you leave this page. If it is lost, withdraw it and make another.",
    token: "邀请码" / "Token",
    hand_over: "交给对方经办人（用内部通讯或当面抄录）"
        / "Hand it to whoever sets the site up, over a line you trust",
    file: "下载接入文件" / "Download as a file",
    print: "打印接入单" / "Print",
    withdraw: "作废此码" / "Withdraw",
    fingerprint: "的指纹（电话中读给对方核对）"
        / ": the key's fingerprint, to be read out over the telephone",
    apart: "不要与邀请码用同一条消息发送。" / "Don't send it in the same message as the token.",
    scan: "扫码接入" / "As a QR code",
    code: "邀请码的二维码" / "the token as a QR code",
    expires: "到期" / "expires",
    parent: "上级" / "Joins below",
    addresses: "拨往" / "Dials",
    past: "它的上级还没有站点：" / "The unit above has no site yet: ",
    past_why: "先接入的站点会越过后接入的上级，上级将看不到它的记录。上级也要建站点的，请先邀请上级。"
        / "a site that joins first stays past it, and the unit above would see none of its records. Invite that one first if it is to have a site.",
    list: "邀请记录" / "Invitations made",
    made_at: "生成时间" / "Made",
    state: "状态" / "State",
    open: "等待使用" / "waiting",
    used: "已接入" / "used",
    expired: "已过期" / "expired",
    withdrawn: "已作废" / "withdrawn",
    none: "还没有邀请过站点。" / "No site was invited yet.",
    confirm: "作废这个邀请码？" / "Withdraw this invitation?",
    consequence: "作废后，拿着这个邀请码的电脑不能再接入；已经接入的站点不受影响。作废不能撤回，需要时请重新生成。"
        / "Nobody can join with its token any more; sites that have joined are not touched. It can't be taken back: make another one if needed.",
    back: "返回" / "Back",
    file_head: "雁阵站点接入文件" / "Yanzhen: joining a site",
    how: "在这台电脑上启动雁阵，打开接入向导，粘贴下面的邀请码："
        / "Start Yanzhen on the machine, open the join wizard and paste the token:",
});
