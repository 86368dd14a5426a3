//! What a person is told of a step or a document that is refused.

use yanzhen_bureau::documents::DocumentError;
use yanzhen_bureau::drafts::DraftError;
use yanzhen_bureau::{BureauError, FieldError};

use crate::console::Console;
use crate::format;
use crate::problem::Problem;

/// What a person is told of a step of a draft that is refused; anything else is a page of its own.
pub(super) fn draft_refusal(error: DraftError) -> Result<String, Problem> {
    Ok(match error {
        DraftError::NotNow => "这一步已经办过，或者还没有轮到：请看文稿现在的状态。".to_owned(),
        DraftError::NotYou => "这一步不能由拟稿人本人办理，或者需要另外的权限。".to_owned(),
        DraftError::NotAuthor => "文稿只能由拟稿人修改；有意见请写明原因退回。".to_owned(),
        DraftError::NotApproved => "内容与核稿、签发时不一致，须重新核稿、签发。".to_owned(),
        DraftError::NoReason => "退回须写明原因。".to_owned(),
        DraftError::Overtaken => "文稿刚被改动过，本次操作没有生效：请看过现在的内容再办理。".to_owned(),
        DraftError::TooMany => "数量已到上限：请先下发或作废一些。".to_owned(),
        DraftError::Fields(errors) => errors.iter().map(FieldError::chinese).collect::<Vec<_>>().join("；"),
        DraftError::NotFound => return Err(Problem::not_found()),
        error @ (DraftError::Database(_) | DraftError::Open(_)) => return Err(Problem::internal(&error)),
    })
}

/// What a person is told of a step or a document that is refused; anything else is a page of its own.
pub(super) fn refusal(console: &Console, error: BureauError) -> Result<Vec<String>, Problem> {
    let at = |at: i64| format::time(at, console.now());
    match error {
        BureauError::Fields(errors) => Ok(errors.iter().map(FieldError::chinese).collect()),
        BureauError::Document(error) => Ok(vec![match error {
            DocumentError::NotBelow { code, .. } => {
                format!("单位 {code} 不在行文范围内：文件下发到下级单位，请示、报告只送直接上级。")
            }
            DocumentError::ToItself(code) => format!("单位 {code} 就是发文单位，不能作收文单位。"),
            DocumentError::ObjectMissing(name) => format!("附件“{name}”不在本机，请重新添加。"),
            DocumentError::NotDelivered { missing, all } => {
                format!("{all} 个附件还有 {missing} 个没有到齐，到齐后才能签收或办结；附件会自动续传。")
            }
            DocumentError::AlreadySigned { at: signed } => {
                format!("{} 已经签收，不能再退回；有异议请在办结时说明。", at(signed))
            }
            DocumentError::AlreadyReturned { at: returned } => {
                format!("{} 已经退回，请等待重新发文。", at(returned))
            }
            DocumentError::AlreadyReplied { at: replied } => {
                format!("{} 已经办结；原来的答复有误时，请勾选“代替原来的答复”再提交。", at(replied))
            }
            DocumentError::NotAddressed { .. } => "这份文件不是发给本单位的。".to_owned(),
            DocumentError::Recalled { at: recalled } => {
                format!("这份文件 {} 已经撤回，不再办理。", at(recalled))
            }
            DocumentError::NotIssued => "这份文件不是本单位发的，只有发文单位才能撤回或催办。".to_owned(),
            DocumentError::NoMark => {
                "本单位还没有发文机关代字，无法编号：请先在“发文设置”中填写。".to_owned()
            }
            DocumentError::NotNext { next } => format!("发文字号要连续编排，下一个是 {next}。"),
            DocumentError::NobodyAbove => "上级还没有站点，暂时不能上报。".to_owned(),
            DocumentError::WrongSource => {
                "所转发、批复或替代的文件不在本站，或者不是可以这样办理的文件。".to_owned()
            }
            DocumentError::Draft(refused) => draft_refusal(refused.0)?,
            DocumentError::NotAnId(_) => return Err(Problem::not_found()),
        }]),
        BureauError::UnknownUnit(code) => Ok(vec![format!("没有代码为“{code}”的单位。")]),
        BureauError::Refused(why) => Ok(vec![why]),
        other => Err(other.into()),
    }
}
