//! Why a document or a draft does not go on.

super::texts!(Refusals {
    not_now: "这一步已经办过，或者还没有轮到：请看文稿现在的状态。"
        / "This step was taken before, or it is not its turn yet: see how the draft stands now.",
    not_you: "这一步不能由拟稿人本人办理，或者需要另外的权限。"
        / "Its author may not take this step, or it needs another right.",
    not_author: "文稿只能由拟稿人修改；有意见请写明原因退回。"
        / "Only its author changes a draft; return it and say why.",
    not_approved: "内容与核稿、签发时不一致，须重新核稿、签发。"
        / "It is not what was checked and signed off: both are needed anew.",
    no_reason: "退回须写明原因。" / "Say why it is returned.",
    overtaken: "文稿刚被改动过，本次操作没有生效：请看过现在的内容再办理。"
        / "The draft was changed just now and nothing was done: look at it as it is now.",
    too_many: "数量已到上限：请先下发或作废一些。"
        / "There are as many as there may be: issue or drop some first.",
    not_below: "单位 {0} 不在行文范围内：文件下发到下级单位，请示、报告只送直接上级。"
        / "Unit {0} is out of reach: documents go to units below, requests and reports to the one above.",
    no_branch: "{0}不是现有的党支部，请从列表中选择。"
        / "{0} is no Party branch that exists: choose one of the list.",
    to_itself: "单位 {0} 就是发文单位，不能作收文单位。"
        / "Unit {0} issues the document and can't receive it.",
    object_missing: "附件“{0}”不在本机，请重新添加。"
        / "The attachment \"{0}\" is not on this machine: add it again.",
    not_delivered: "{1} 个附件还有 {0} 个没有到齐，到齐后才能签收或办结；附件会自动续传。"
        / "{0} of {1} attachments are not here yet: sign or settle it once all are; they come by themselves.",
    already_signed: "{0} 已经签收，不能再退回；有异议请在办结时说明。"
        / "It was signed for ({0}) and can't be returned any more: say what is wrong when you settle it.",
    already_returned: "{0} 已经退回，请等待重新发文。"
        / "It was returned ({0}): wait until it is issued anew.",
    already_replied: "{0} 已经办结；原来的答复有误时，请勾选“代替原来的答复”再提交。"
        / "It was settled ({0}): if that reply is wrong, tick \"In place of the earlier reply\".",
    not_addressed: "这份文件不是发给本单位的。" / "This document is not for this unit.",
    recalled: "这份文件 {0} 已经撤回，不再办理。"
        / "This document was recalled ({0}) and is not to be acted on.",
    not_issued: "这份文件不是本单位发的，只有发文单位才能撤回或催办。"
        / "This unit did not issue the document: only its issuer recalls it or reminds of it.",
    no_mark: "本单位还没有发文机关代字，无法编号：请先在“发文设置”中填写。"
        / "The unit has no mark for its numbers yet: set it under \"Settings\" first.",
    not_next: "发文字号要连续编排，下一个是 {0}。" / "Numbers have no gaps: the next one is {0}.",
    nobody_above: "上级还没有站点，暂时不能上报。" / "No unit above has a site that this could go to.",
    wrong_source: "所转发、批复或替代的文件不在本站，或者不是可以这样办理的文件。"
        / "What this passes on, answers or replaces is not here, or not one to do that with.",
    unknown_unit: "没有代码为“{0}”的单位。" / "There is no unit with code \"{0}\".",
});
