//! Words of imports and exports.

super::texts!(Imports {
    import: "批量导入" / "Import",
    people: "导入老同志" / "Import people",
    orgs: "导入党组织" / "Import organisations",
    export: "导出" / "Export",
    step_template: "第一步：下载模板填写" / "First: fill in the template",
    template: "下载模板（.xlsx）" / "Download the template (.xlsx)",
    template_why: "模板带下拉列表和说明。自己的表格也可以，只要有表头：必填的列见说明。"
        / "It has drop-down lists and an explanation. A table of your own will do too, if its columns are named as in the template.",
    step_send: "第二步：上传核对" / "Second: send the file",
    file: "文件" / "File",
    file_hint: ".xlsx 或 CSV，最大 64 MB。只核对，不会写入。"
        / ".xlsx or CSV, 64 MB at most. It is only looked at, nothing is written.",
    unit: "没有写单位代码的行属于" / "Rows that name no unit are of",
    own_unit: "本单位" / "the own unit",
    send: "上传并核对" / "Send and check",
    no_file: "请选择一个有内容的文件。" / "Choose a file that is not empty.",
    sent: "您上传过的文件" / "Files that you have sent",
    sent_why: "本站点重新启动后不再列出；已导入的数据不受影响。"
        / "The list ends when the site starts again; what was imported stays.",
    state: "状态" / "State",
    repeat: "同一份文件可以重复导入：已有的不变，改过的才更新，退回的行改好后再导。"
        / "The same file may come again: what is in stays, what differs is updated, refused rows can be mended and sent again.",
    looking: "正在核对" / "Checking",
    ready: "核对完毕，尚未写入" / "Checked, nothing is written yet",
    running: "正在导入" / "Importing",
    stopped: "已停止" / "Stopped",
    stopped_why: "停止前处理的行已经写入，其余没有。可以接着导入，已有的不会重复。"
        / "The rows before are in, the others are not. Going on repeats nothing.",
    done: "导入完毕" / "Imported",
    failed: "这份文件没有导入" / "This file was not imported",
    failed_next: "请按上面的提示改好文件后重新上传。" / "Mend the file and send it again.",
    internal: "本机出了故障，详情已记入本机日志。再试一次；仍不行请告诉系统管理员。（DB-5000）"
        / "This site had a failure; its log has the details. Try again, or tell the system administrator. (DB-5000)",
    rows: "行" / "rows",
    created: "新增" / "New",
    updated: "更新" / "Changed",
    unchanged: "不变" / "Unchanged",
    refused: "退回" / "Refused",
    row: "行号" / "Row",
    result: "结果" / "Result",
    reason: "原因" / "Reason",
    first_rows: "前几行" / "The first rows",
    refusals: "退回的原因" / "Why rows are refused",
    more: "更多的在退回文件里" / "The file of refused rows has all of them",
    refused_file: "下载退回的行（.xlsx）" / "Download the refused rows (.xlsx)",
    start: "确认导入" / "Import",
    go_on: "接着导入" / "Go on",
    stop: "停止" / "Stop",
    another: "换一份文件" / "Another file",
    full: "正在导入的文件太多，请等其中一个结束。"
        / "Too many files are being imported: wait until one is done.",
    progress: "自动更新" / "Updates by itself",
    as_of: "导出时间" / "Exported at",
    too_many: "行数超过一张表能放下的，请缩小筛选范围。" / "More rows than a sheet holds: filter for fewer.",
});
