//! Words of entries that could not be taken in.

super::texts!(Quarantine {
    title: "异常记录" / "Set aside",
    about: "已经存下、但没能收进来的记录。重试不会丢失任何内容。"
        / "Entries that are stored and could not be taken in. Trying again loses nothing.",
    retry_all: "全部重试" / "Try all again",
    retry: "重试所选" / "Try these again",
    retry_again: "重试" / "try again",
    choose: "选择" / "choose",
    since: "时间" / "Since",
    unit: "单位" / "Unit",
    kind: "类别" / "Kind",
    record: "记录" / "Record",
    from: "来自" / "From",
    reason: "原因" / "Reason",
    none: "没有异常记录。" / "Nothing is set aside.",
    none_why: "收到的记录都已收进来。" / "All that came was taken in.",
    more: "条未列出；它们通常是同一个原因。" / "more; they commonly have the same cause.",
    tried: "条已重试，收进" / "tried, taken in:",
});
