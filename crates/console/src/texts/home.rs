//! Words of the start page.

super::texts!(Home {
    hello: "您好" / "Welcome",
    to_do: "待办" / "To do",
    to_do_order: "按期限排列" / "by deadline",
    nothing: "眼下没有待办事项。" / "Nothing to do right now.",
    nothing_why: "新到的、尚未办结的文件会出现在这里。"
        / "Documents that have come in and are not settled will appear here.",
    sign: "签收" / "Sign for",
    answer: "办理" / "Answer",
    no_deadline: "不限期" / "no deadline",
    overdue: "已逾期" / "overdue",
    sync: "同步" / "Sync",
    superior: "上级" / "Superior",
    last_contact: "最近联系" / "Last contact",
    waiting_up: "待上行" / "Not sent yet",
    sync_now: "立即同步" / "Exchange now",
    sync_hint: "恢复联系后会自动同步，一般不必手动操作。" / "It goes by itself when the line is back.",
    people: "老同志" / "Retired cadres",
    orgs: "党组织" / "Party organisations",
    honoured: "离休" / "Honoured",
    ordinary: "退休" / "Ordinary",
    never: "从未" / "never",
});
