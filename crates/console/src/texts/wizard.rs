//! Words of the join wizard.

super::texts!(Wizard {
    title: "把这台电脑接入雁阵" / "Join this machine to Yanzhen",
    new_site: "新站点接入" / "a new site",
    not_joined: "本机尚未接入" / "not joined yet",
    steps: "步骤" / "Steps",
    step_paste: "粘贴邀请码" / "Paste the token",
    step_compare: "核对指纹" / "Compare the fingerprint",
    step_join: "加入" / "Join",
    step_done: "设置账号" / "Set up accounts",
    token: "邀请码" / "Token",
    token_hint: "以 yz1. 开头，由上级单位生成；空格、换行会自动去掉。"
        / "It begins with yz1. and comes from the unit above; spaces and line breaks don't matter.",
    next: "下一步" / "Next",
    before: "接入前请确认" / "Before you go on",
    clock: "电脑时间，请对照手机" / "This machine's time: compare it with a telephone's",
    disk: "数据盘剩余" / "Free on the disk",
    network: "网线或政务外网已接好" / "The cable or network is plugged in",
    about_token: "邀请码只能用一次，请不要转发给别人。" / "A token counts once; don't pass it on.",
    compare_title: "核对上级的指纹" / "Compare the fingerprint of the site above",
    compare_how: "请打电话给上级单位的邀请人，请对方读出“邀请接入”页上的指纹，逐组与下面对照。"
        / "Telephone whoever invited you, let them read out the fingerprint on their page, and compare it group by group.",
    fingerprint: "指纹" / "Fingerprint",
    agreed: "8 组全部一致，我已与对方通话核对"
        / "All 8 groups are the same; I compared them over the telephone",
    must_agree: "请先核对，并勾选这一项。" / "Compare first, then tick this.",
    join: "指纹一致，加入" / "They are the same: join",
    stop: "不一致，停止接入" / "They differ: stop",
    why_compare: "指纹不一致说明可能连到了别的机器，请停止并报告信息科。"
        / "Where they differ this may be another machine: stop, and report it.",
    to_be: "将要加入" / "What will be joined",
    identity: "本机身份" / "This site will be",
    network_name: "网络" / "Network",
    address: "上级地址" / "Address of the site above",
    expires: "邀请码到期" / "Token counts until",
    joining: "正在加入" / "Joining",
    progress: "进度" / "Progress",
    goes_on: "可以关闭此页，过程不会中断" / "This page can be closed; it goes on",
    dialling: "连接上级，请市局中心办理接入" / "Dialling the site above, asking central to be let in",
    starting: "启动本站点" / "Starting this site",
    refreshes: "页面每 5 秒更新，也可" / "This page is loaded again every 5 seconds, or",
    refresh: "手动刷新" / "load it now",
    next_accounts: "接入后会自动转到账号设置。" / "The set-up of accounts follows by itself.",
    lost_title: "本机还没有接入" / "This machine has not joined yet",
    lost_why: "要从接入向导的链接进入。链接写在本机数据文件夹的 console-set-up.txt 里，只有本机的管理员读得到。"
        / "It is set up through the link in the file console-set-up.txt of the data folder, which only this machine's administrator can read.",
});
